"""A day's plan as columns, and the draft it is made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twin.city.habits import Habits, nearer
from twin.city.households import Flags, Ints
from twin.city.model import City, Floats, Indices
from twin.city.population import Population
from twin.core.chance import generator

ACTIVITIES = (
    "home", "work", "school", "escort", "lunch", "shopping", "leisure", "errand", "care", "visit",
)  # fmt: skip
HOME, WORK, SCHOOL, ESCORT, LUNCH, SHOPPING, LEISURE, ERRAND, CARE, VISIT = range(len(ACTIVITIES))
HOUR_S = 3600.0
SHOPS = ("market", "mall")
_DETOUR = 1.35  # streets against the straight line
_MPS = np.array([1.25, 4.0, 3.6, 7.0])  # by mode, door to door
_START_S = np.array([20.0, 40.0, 260.0, 90.0])


@dataclass(frozen=True, slots=True)
class Plan:
    """Entries of all residents, those of row r at ``first[r]:first[r + 1]``, in order of time, the first at home. From
    ``start_s`` (second of the day) one is, or is on the way, there; ``place`` indexes places, ``building`` buildings
    (-1: neither). ``bound`` rows keep to the minute."""

    first: Ints
    start_s: Floats
    activity: NDArray[np.uint8]
    x_m: Floats
    y_m: Floats
    place: NDArray[np.int16]
    building: Indices
    bound: Flags


class Draft:
    """Entries as they are thought of, a column of rows at a time."""

    def __init__(self, city: City, people: Population, habits: Habits, salt: str) -> None:
        self.city, self.people, self.habits = city, people, habits
        self.dice = generator(people.seed, "plans", salt).random((len(people), 24))
        self._parts: list[tuple[NDArray[Any], ...]] = []
        self._near: dict[tuple[str, ...], tuple[Indices, Floats]] = {}
        self._shops = np.flatnonzero(np.array(city.buildings.use) == "retail")

    def add(self, rows: Ints, start_s: Floats, activity: int, xy: Floats, place: ArrayLike = -1,
            building: ArrayLike = -1) -> None:  # fmt: skip
        """Entries for some rows: arrays of the same length."""
        count = len(rows)
        self._parts.append((
            rows, np.broadcast_to(start_s, count), np.full(count, activity), xy.reshape(-1, 2),
            np.broadcast_to(place, count), np.broadcast_to(building, count),
        ))  # fmt: skip

    def home(self, rows: Ints, start_s: Floats) -> None:
        self.add(rows, start_s, HOME, self.habits.home_xy[rows], building=self.people.home[rows])

    def travel_s(self, rows: Ints, here: Floats, there: Floats) -> Floats:
        """What each reckons with."""
        mode = self.habits.mode[rows]
        took: Floats = _START_S[mode] + np.hypot(*(here - there).T) * _DETOUR / _MPS[mode]
        return took

    def go(
        self, rows: Ints, start_s: Floats, activity: int, kinds: tuple[str, ...], here: Floats, share: Floats
    ) -> None:
        """To one of the three nearest places of these kinds, where there is one."""
        places, xy = self._of(kinds)
        if not len(places) or not len(rows):
            return
        away = np.hypot(here[:, None, 0] - xy[None, :, 0], here[:, None, 1] - xy[None, :, 1])
        near = np.argsort(away, axis=1, kind="stable")[:, : min(3, len(places))]
        pick = near[np.arange(len(rows)), (share * near.shape[1]).astype(np.int64)]
        self.add(rows, start_s, activity, xy[pick], place=places[pick])

    def shop(self, rows: Ints, start_s: Floats, here: Floats, share: Floats, activity: int = SHOPPING) -> None:
        """To a shop near, or the market where there is none."""
        if not len(self._shops):
            self.go(rows, start_s, activity, SHOPS, here, share)
            return
        pick = self._shops[nearer(here, self.city.buildings.centre_xy[self._shops], share, 250.0)]
        self.add(rows, start_s, activity, self.city.buildings.centre_xy[pick], building=pick)

    def visit(self, rows: Ints, start_s: Floats, activity: int) -> None:
        """To somebody else's home."""
        host = host_of(rows, len(self.people))
        self.add(rows, start_s, activity, self.habits.home_xy[host], building=self.people.home[host])

    def _of(self, kinds: tuple[str, ...]) -> tuple[Indices, Floats]:
        if kinds not in self._near:
            rows = [row for row, place in enumerate(self.city.places) if place.kind in kinds]
            xy = np.array([self.city.places[row].xy for row in rows]).reshape(-1, 2)
            self._near[kinds] = np.array(rows, np.int32), xy
        return self._near[kinds]

    def plan(self, bound: Flags) -> Plan:
        """All entries in order."""
        count = len(self.people)
        rows, start, activity, xy, place, building = (np.concatenate(part) for part in zip(*self._parts, strict=True))
        keep = (start >= 0.0) & (start < 24 * HOUR_S - 60.0)
        order = np.flatnonzero(keep)[np.lexsort((np.arange(int(keep.sum())), start[keep], rows[keep]))]
        rows = rows[order]
        first = np.searchsorted(rows, np.arange(count + 1))
        return Plan(
            first, start[order], activity[order].astype(np.uint8), xy[order, 0], xy[order, 1],
            place[order].astype(np.int16), building[order].astype(np.int32), bound,
        )  # fmt: skip


def host_of(rows: Ints, residents: int) -> Ints:
    """Whom each of these residents visits."""
    return (rows * 7919 + 13) % residents
