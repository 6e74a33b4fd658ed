"""Who meets whom face to face: whoever is at one place for long enough at the same time, as far as a room goes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twin.city.households import Ints
from twin.city.model import Floats


@dataclass(frozen=True, slots=True)
class Pairs:
    """Two stays (as indices; each pair both ways round) and the seconds that they share."""

    one: Ints
    other: Ints
    shared_s: Floats


def pairs(row: Ints, place: Ints, arrive_s: Floats, leave_s: Floats, least_s: float) -> Pairs:
    """Stays (S,) of different residents at one place that share ``least_s`` or more. ``place`` < 0 is nowhere."""
    order = np.flatnonzero(place >= 0)
    order = order[np.argsort(place[order], kind="stable")]
    found: list[tuple[Ints, Ints, Floats]] = [(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))]
    for stays in np.split(order, np.flatnonzero(np.diff(place[order])) + 1):
        begin = np.maximum(arrive_s[stays][:, None], arrive_s[stays][None, :])
        together = np.minimum(leave_s[stays][:, None], leave_s[stays][None, :]) - begin
        one, other = np.nonzero((together >= least_s) & (row[stays][:, None] != row[stays][None, :]))
        found.append((stays[one], stays[other], together[one, other]))
    return Pairs(*(np.concatenate(column) for column in zip(*found, strict=True)))


def usual_company(row: Ints, place: Ints, places: int) -> Ints:
    """(places,) how many different residents come to each."""
    there = place >= 0
    come = np.unique(np.column_stack((place[there], row[there])), axis=0)
    return np.bincount(come[:, 0], minlength=places)


def met_in_rooms(row: Ints, place: Ints, room: Ints, together: Pairs, usual: Ints, residents: int) -> Floats:
    """(R,) how many people each meets where the residents stand for many more.

    ``room`` (S,) is how many share the room of a stay. The part of a place's usual company that is there at the same
    time is the part of a full room that one meets: ``(room - 1) * met / (usual - 1)``, each person once. Where nobody
    else of those modelled ever comes, the part is the mean of all others.
    """
    there = np.flatnonzero(place >= 0)
    if not len(there):
        return np.zeros(residents)
    presence, which = np.unique(np.column_stack((row[there], place[there])), axis=0, return_inverse=True)
    of = np.full(len(row), -1)
    of[there] = which.reshape(-1)
    size = np.zeros(len(presence))
    np.maximum.at(size, of[there], room[there])
    who = np.unique(np.column_stack((of[together.one], row[together.other])), axis=0)
    count = np.bincount(who[:, 0], minlength=len(presence))
    company = usual[presence[:, 1]] - 1
    known = company > 0
    part = np.minimum(count / np.maximum(company, 1), 1.0)
    common = float(part[known].mean()) if known.any() else 0.0
    people = (size - 1.0) * np.where(known, part, common)
    return np.bincount(presence[:, 0], weights=np.maximum(people, 0.0), minlength=residents).astype(np.float64)
