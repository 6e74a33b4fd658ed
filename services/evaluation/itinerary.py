"""A day after the choice: who stays where from when until when, and the ways in between."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.evaluation.adoption_settings import AdoptionSettings, Ways
from services.evaluation.choices import Choices
from twin.city.habits import BICYCLE, BUS, CAR, FOOT, MODES, nearer
from twin.city.households import Flags, Ints
from twin.city.lives import Lives
from twin.city.model import City, Floats
from twin.city.plan_draft import HOME, SCHOOL, SHOPPING, Plan
from twin.core.chance import generator

LIFT = len(MODES)
DAY_S = 86_400.0
_FRAIL_FROM, _CYCLES_FROM = 75, 12
_FETCHED_S = 2400.0  # the plan's margin before a pupil whom nobody fetched goes home alone
_BROUGHT_S = 900.0  # and before one whom nobody brought sets out
_HERE_M = 1.0


@dataclass(frozen=True, slots=True)
class Entries:
    """Where residents mean to be, in order of resident and time: (P,) columns, ``xy`` (P, 2); ``place`` and
    ``building`` as in :class:`twin.city.plans.Plan`; ``number`` is the plan's entry, -1 for a way out that virtual
    presence gave time for."""

    row: Ints
    start_s: Floats
    kind: NDArray[np.uint8]
    xy: Floats
    place: Ints
    building: Ints
    number: Ints


@dataclass(frozen=True, slots=True)
class Itinerary:
    """Stays (S,), the first of each resident at home from midnight on. A stay that is not the first begins with a way:
    ``mode`` (``MODES`` or ``LIFT``, -1: none), ``from_xy``, ``from_kind``, ``length_m`` and ``travel_s`` as residents
    reckon. ``arrive_s`` and ``leave_s`` in seconds of the day, never out of order."""

    entries: Entries
    mode: NDArray[np.int8]
    from_xy: Floats
    from_kind: NDArray[np.uint8]
    length_m: Floats
    travel_s: Floats
    arrive_s: Floats
    leave_s: Floats

    @property
    def trip(self) -> Flags:
        """(S,) the stays that one travels to."""
        return np.asarray(self.mode >= 0)


def itinerary(
    city: City, lives: Lives, plan: Plan, choices: Choices, settings: AdoptionSettings, seed: int
) -> Itinerary:
    """The day with what is virtual done at home, and part of the time saved spent on further ways out."""
    planned = _planned(lives, plan, choices)
    as_planned = _travelled(lives, planned, settings.ways)
    if not choices.virtual.any():
        return as_planned
    without = _at_home(lives, planned, choices.virtual)
    saved_s = np.maximum(_spent(lives, as_planned) - _spent(lives, _travelled(lives, without, settings.ways)), 0.0)
    extra = _further(city, lives, plan, choices, settings, saved_s, seed)
    return _travelled(lives, _merged(without, extra), settings.ways)


def _planned(lives: Lives, plan: Plan, choices: Choices) -> Entries:
    """The plan's entries; pupils who are brought and fetched go with whoever does it."""
    start = plan.start_s.copy()
    brought = lives.habits.escort[choices.row] >= 0
    at_school = choices.kind == SCHOOL
    after = np.concatenate(([False], at_school[:-1]))
    start[brought & at_school] -= _BROUGHT_S
    start[brought & after] = np.maximum(start[brought & after] - _FETCHED_S, 0.0)
    return Entries(
        choices.row, start, choices.kind, np.column_stack((plan.x_m, plan.y_m)), plan.place.astype(np.int64),
        plan.building.astype(np.int64), np.arange(len(start)),
    )  # fmt: skip


def _at_home(lives: Lives, entries: Entries, virtual: Flags) -> Entries:
    row = entries.row
    return Entries(
        row, entries.start_s, np.where(virtual, HOME, entries.kind).astype(np.uint8),
        np.where(virtual[:, None], lives.habits.home_xy[row], entries.xy), np.where(virtual, -1, entries.place),
        np.where(virtual, lives.people.home[row], entries.building), entries.number,
    )  # fmt: skip


def _further(
    city: City, lives: Lives, plan: Plan, choices: Choices, settings: AdoptionSettings, saved_s: Floats, seed: int
) -> Entries:
    """Ways to a shop near home and back: as many as the time saved allows, on average. More time, more ways."""
    rules, dice = settings.rebound, generator(seed, "adoption", "rebound").random((len(lives), 2))
    shops, rows = np.flatnonzero(np.array(city.buildings.use) == "retail"), np.flatnonzero(saved_s > 0.0)
    if not len(shops):
        return _none()
    home = lives.habits.home_xy[rows]
    shop = shops[nearer(home, city.buildings.centre_xy[shops], dice[rows, 0], rules.half_m)]
    xy = city.buildings.centre_xy[shop]
    _, _, one_way_s = way(lives, rows, home, xy, settings.ways)
    most = np.floor(rules.share * saved_s[rows] / np.maximum(2.0 * one_way_s, 1.0) + dice[rows, 1]).astype(np.int64)
    most = np.minimum(most, rules.most)
    first = np.full(len(lives), np.inf)  # when one would have set out for what is now virtual
    np.minimum.at(first, choices.row[choices.virtual], plan.start_s[choices.virtual])
    row = np.repeat(np.arange(len(rows)), most)
    number = np.arange(len(row)) - np.repeat(np.cumsum(most) - most, most)
    stay_s = rules.stay_min * 60.0
    out_s = first[rows[row]] + stay_s + number * (2.0 * stay_s + 2.0 * one_way_s[row])
    back_s = out_s + one_way_s[row] + stay_s
    both = np.repeat(row, 2)
    back = np.arange(len(both)) % 2 == 1
    return Entries(
        rows[both], np.column_stack((out_s, back_s)).ravel(), np.where(back, HOME, SHOPPING).astype(np.uint8),
        np.where(back[:, None], home[both], xy[both]), np.full(len(both), -1),
        np.where(back, lives.people.home[rows[both]], shop[both]).astype(np.int64), np.full(len(both), -1),
    )  # fmt: skip


def _none() -> Entries:
    empty = np.zeros(0, np.int64)
    return Entries(empty, np.zeros(0), empty.astype(np.uint8), np.zeros((0, 2)), empty, empty, empty)


def _merged(one: Entries, other: Entries) -> Entries:
    """Both in order of resident and time; what would begin after midnight is left for another day."""
    pairs = [(getattr(one, name), getattr(other, name)) for name in Entries.__slots__]
    columns = dict(zip(Entries.__slots__, (np.concatenate(pair) for pair in pairs), strict=True))
    order = np.lexsort((columns["start_s"], columns["row"]))
    order = order[columns["start_s"][order] < DAY_S]
    return Entries(**{name: column[order] for name, column in columns.items()})


def _travelled(lives: Lives, entries: Entries, ways: Ways) -> Itinerary:
    """Entries at the place where one is already are no ways; nobody leaves before they have come."""
    fresh = np.concatenate(([True], np.diff(entries.row) != 0))
    step = np.concatenate(([np.inf], np.hypot(*np.diff(entries.xy, axis=0).T)))
    keep = np.flatnonzero(fresh | (step > _HERE_M))
    kept = Entries(**{name: getattr(entries, name)[keep] for name in Entries.__slots__})
    first = fresh[keep]
    before = np.maximum(np.arange(len(keep)) - 1, 0)
    here = np.where(first[:, None], kept.xy, kept.xy[before])
    from_kind = np.where(first, HOME, kept.kind[before]).astype(np.uint8)
    mode, length_m, travel_s = way(lives, kept.row, here, kept.xy, ways)
    brought = (lives.habits.escort[kept.row] >= 0) & ((kept.kind == SCHOOL) | (from_kind == SCHOOL))
    mode = np.where(brought & (lives.habits.mode[lives.habits.escort[kept.row]] == CAR) & (mode != FOOT), LIFT, mode)
    mode, length_m, travel_s = np.where(first, -1, mode), np.where(first, 0.0, length_m), np.where(first, 0.0, travel_s)
    arrive = np.minimum(np.where(first, 0.0, kept.start_s + travel_s), DAY_S)
    for _ in range(int(np.bincount(kept.row).max(initial=1))):  # a late arrival puts off what comes after it
        late = ~first & (arrive < np.minimum(arrive[before] + travel_s, DAY_S))
        if not late.any():
            break
        arrive[late] = np.minimum(arrive[before] + travel_s, DAY_S)[late]
    leave = np.append(np.where(first[1:], DAY_S, arrive[1:] - travel_s[1:]), DAY_S)[: len(keep)]
    return Itinerary(kept, mode.astype(np.int8), here, from_kind, length_m, travel_s, arrive, np.maximum(leave, arrive))


def way(lives: Lives, row: Ints, here: Floats, there: Floats, ways: Ways) -> tuple[NDArray[np.int8], Floats, Floats]:
    """Mode, metres and seconds of each way, by the rules that residents of the field go by: what is near is walked; a
    car serves beyond that, a bicycle those who can, the bus the others."""
    away = np.hypot(*(there - here).T)
    usual, age = lives.habits.mode[row], lives.people.households.age[row]
    cycles = (age >= _CYCLES_FROM) & (age < _FRAIL_FROM) & (lives.people.disability[row] != 1)
    mode = np.where(usual == CAR, np.where(away > ways.drive_beyond_m, CAR, np.where(cycles, BICYCLE, BUS)), usual)
    mode = np.where(away <= ways.walk_within_m, FOOT, mode)
    mps = np.array([ways.mps[name] for name in MODES])
    lost = np.array([ways.start_s[name] for name in MODES])
    length = away * ways.detour
    return mode.astype(np.int8), length, lost[mode] + length / mps[mode]


def _spent(lives: Lives, day: Itinerary) -> Floats:
    """(R,) seconds on the way."""
    return np.bincount(day.entries.row, weights=day.travel_s, minlength=len(lives)).astype(np.float64)
