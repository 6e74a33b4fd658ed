"""Measures of services and life events from their records: what it took, how long, and how it ended."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence

import msgspec

from services.hall.service_record import HOUR_MS, MINUTE_MS, Record

CHANNELS = ("online", "virtual", "kiosk", "counter", "phone")


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Of one group of errands. Means are over those that ended with a result, per errand; None where there is none.
    ``right_first`` and the other shares are 0–1 of all that ended."""

    errands: int
    open: int
    completed: int
    refused: int
    gave_up: int
    steps: float | None
    trips: float | None
    materials: float | None
    elapsed_h: float | None  # median, from the form to the last document
    staff_min: float | None
    applicant_min: float | None  # in queues and at counters
    waiting_min: float | None  # of those who came to a hall
    right_first: float | None
    proxied: int = 0
    unmet: int = 0  # completed without meeting a clerk at all: contacts lost
    missed: int = 0  # visits to which nobody came
    sent_home: int = 0  # by closed counters


class Group(msgspec.Struct, frozen=True):
    key: str
    figures: Figures


def figures(records: Iterable[Record]) -> Figures:
    all_ = list(records)
    ended = [one for one in all_ if one.end]
    done = [one for one in ended if one.end == "completed"]
    came = [one for one in all_ if one.trips]
    return Figures(
        errands=len(all_),
        open=len(all_) - len(ended),
        completed=len(done),
        refused=sum(one.end == "refused" for one in ended),
        gave_up=sum(one.gave_up for one in ended),
        steps=_mean(one.acts for one in done),
        trips=_mean(one.trips for one in done),
        materials=_mean(one.materials for one in done),
        elapsed_h=_rounded(statistics.median([(one.ended_ms - one.begun_ms) / HOUR_MS for one in done]))
        if done
        else None,
        staff_min=_mean(one.staff_ms / MINUTE_MS for one in done),
        applicant_min=_mean((one.waited_ms + one.there_ms) / MINUTE_MS for one in done),
        waiting_min=_mean(one.waited_ms / MINUTE_MS for one in came),
        right_first=_mean(float(one.first_time_right) for one in ended),
        proxied=sum(one.proxied for one in all_),
        unmet=sum(one.met == 0 for one in done),
        missed=sum(one.missed for one in all_),
        sent_home=sum(one.sent_home for one in all_),
    )


def by(records: Iterable[Record], key: Callable[[Record], str], order: Sequence[str] = ()) -> tuple[Group, ...]:
    """Groups in the order given, others behind them by name."""
    groups: dict[str, list[Record]] = {}
    for record in records:
        groups.setdefault(key(record), []).append(record)
    place = {one: number for number, one in enumerate(order)}
    return tuple(
        Group(one, figures(groups[one])) for one in sorted(groups, key=lambda key: (place.get(key, len(place)), key))
    )


def _mean(values: Iterable[float]) -> float | None:
    found = list(values)
    return _rounded(statistics.fmean(found)) if found else None


def _rounded(value: float) -> float:
    return round(value, 3)
