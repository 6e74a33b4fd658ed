"""Who meets whom face to face: whoever is at one place for long enough at the same time, as far as a room goes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twin.city.households import Ints
from twin.city.model import Floats


@dataclass(frozen=True, slots=True)
class Presences:
    """(P,) one for each resident and place: from the first coming to the last leaving, and the largest room they are
    in there."""

    row: Ints
    place: Ints
    arrive_s: Floats
    leave_s: Floats
    room: Ints


def presences(row: Ints, place: Ints, arrive_s: Floats, leave_s: Floats, room: Ints) -> Presences:
    """Of stays (S,); ``place`` < 0 is nowhere. Who comes twice to one place is there once."""
    there = np.flatnonzero(place >= 0)
    order = there[np.lexsort((row[there], place[there]))]
    fresh = np.ones(len(order), np.bool_)
    fresh[1:] = (np.diff(place[order]) != 0) | (np.diff(row[order]) != 0)
    first = np.flatnonzero(fresh)
    if not len(first):
        return Presences(order, order, np.zeros(0), np.zeros(0), order)
    return Presences(
        row[order][first], place[order][first], np.minimum.reduceat(arrive_s[order], first),
        np.maximum.reduceat(leave_s[order], first), np.maximum.reduceat(room[order], first),
    )  # fmt: skip


def company(here: Presences, least_s: float) -> Ints:
    """(P,) how many others each shares the place with for ``least_s`` or longer.

    Two stays that are both that long fail to overlap by so much in one way only: the other comes too late, or leaves
    too early. So two sorted columns tell the number.
    """
    found = np.zeros(len(here.row), np.int64)
    long = np.flatnonzero(here.leave_s - here.arrive_s >= least_s)
    for some in np.split(long, np.flatnonzero(np.diff(here.place[long])) + 1):
        come, go = np.sort(here.arrive_s[some]), np.sort(here.leave_s[some])
        too_late = len(some) - np.searchsorted(come, here.leave_s[some] - least_s, side="right")
        too_early = np.searchsorted(go, here.arrive_s[some] + least_s, side="left")
        found[some] = len(some) - 1 - too_late - too_early
    return found


def met_in_rooms(here: Presences, least_s: float, usual: Ints, residents: int) -> Floats:
    """(R,) how many people each meets: of the ``room - 1`` others whom a full room holds that part which the company at
    the same time is of the usual one (``usual``, by place: how many residents come there on an ordinary day)."""
    others = np.maximum(usual[here.place] - 1, 0)
    part = np.minimum(company(here, least_s) / np.maximum(others, 1), 1.0)
    people = np.minimum(here.room - 1, others) * part
    return np.bincount(here.row, weights=people, minlength=residents).astype(np.float64)


def usual_company(here: Presences, places: int) -> Ints:
    """(places,) how many different residents come to each."""
    return np.bincount(here.place, minlength=places)


def pairs(
    row: Ints, group: Ints, arrive_s: Floats, leave_s: Floats, least_s: float
) -> tuple[Ints, Ints, Floats]:  # fmt: skip
    """Stays of different residents in one small group that share ``least_s`` or more: two indices, and the seconds.
    Each pair once; ``group`` < 0 is none."""
    order = np.flatnonzero(group >= 0)
    order = order[np.argsort(group[order], kind="stable")]
    found: list[tuple[Ints, Ints, Floats]] = [(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))]
    for apart in range(1, int(np.bincount(group[order]).max(initial=0))):
        one, other = order[:-apart], order[apart:]
        near = (group[one] == group[other]) & (row[one] != row[other])
        one, other = one[near], other[near]
        shared = np.minimum(leave_s[one], leave_s[other]) - np.maximum(arrive_s[one], arrive_s[other])
        some = shared >= least_s
        found.append((one[some], other[some], shared[some]))
    ones, others, seconds = (np.concatenate(column) for column in zip(*found, strict=True))
    return ones, others, seconds
