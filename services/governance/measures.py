"""The measures of governance from the journal alone, each a fraction that cannot be raised by anything but the work.

Every measure judges affairs (:mod:`measures_affair`): an affair is in the denominator as soon as it was completed, or
should have been, or was waved through; deferring, suspending and returning change no limit that it is held to. The
reference's own reading, with deferred cases taken out, stands beside as ``book``. What there is nothing to measure of
is None, never 0 or 100 %.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from services.governance.measures_affair import Affair, affairs
from services.governance.measures_book import Book
from services.governance.measures_judges import (
    MINUTE_MS,
    Judge,
    Judged,
    accurate,
    asked,
    at_all,
    by_the_book,
    came_back,
    clerical,
    confirmed,
    delay,
    flawed,
    hops,
    in_time,
    limbo,
    never_there,
    passed,
    pleased,
    refusals,
    reworked,
    said,
    sent_back,
    urgent,
)
from services.governance.measures_record import Record

By = Literal["city", "area", "department", "post", "scene"]
BYS: tuple[By, ...] = ("city", "area", "department", "post", "scene")


class Areas(Protocol):
    """Where a grid cell lies."""

    def of(self, cell: int) -> tuple[str, ...]:
        """Ids of its district and subdistrict, as ``district:…`` and ``subdistrict:…``; empty where it has none."""


@dataclass(frozen=True, slots=True)
class Measure:
    """``better``: which way is good; ``scored`` False for figures that only stand beside. ``post`` answers for it."""

    id: str
    better: Literal["high", "low"]
    post: str
    judge: Judge
    unit: Literal["share", "minutes", "count"] = "share"
    scored: bool = True
    book: Callable[[Record, int], Judged] | None = None


@dataclass(slots=True)
class Figure:
    """A fraction; ``value`` is None where there is nothing to measure."""

    numerator: float = 0.0
    denominator: float = 0.0
    book_numerator: float = 0.0
    book_denominator: float = 0.0

    @property
    def value(self) -> float | None:
        return self.numerator / self.denominator if self.denominator else None

    @property
    def book(self) -> float | None:
        return self.book_numerator / self.book_denominator if self.book_denominator else None


@dataclass(slots=True)
class Group:
    """One area, department, post or scene: its figures by measure, and what stays visible beside them."""

    key: str
    figures: dict[str, Figure] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)


MEASURES: tuple[Measure, ...] = (
    Measure("closing", "high", "duty_chief", at_all("close"), book=by_the_book("close", False)),
    Measure("on_time_closing", "high", "duty_chief", in_time("close"), book=by_the_book("close", True)),
    Measure("urgent_closing", "high", "duty_chief", urgent(at_all("close"))),
    Measure("urgent_on_time_closing", "high", "duty_chief", urgent(in_time("close"))),
    Measure("handling", "high", "handler", at_all("handle"), book=by_the_book("handle", False)),
    Measure("on_time_handling", "high", "handler", in_time("handle"), book=by_the_book("handle", True)),
    Measure("rework", "low", "handler", flawed(reworked, "handle")),
    Measure("on_time_filing", "high", "acceptor", in_time("accept")),
    Measure("on_time_dispatch", "high", "dispatcher", in_time("dispatch")),
    Measure("accurate_dispatch", "high", "dispatcher", accurate),
    Measure("returned", "low", "dispatcher", flawed(sent_back, "accept")),
    Measure("passed_check", "high", "collector", passed),
    Measure("came_back", "low", "handler", came_back),
    Measure("clerical", "high", "duty_chief", clerical, scored=False),
    Measure("resident_verified", "high", "assessor", confirmed),
    Measure("response_12345", "high", "acceptor", asked(in_time("accept"))),
    Measure("resolution_12345", "high", "assessor", asked(confirmed), book=said("solved")),
    Measure("satisfaction_12345", "high", "assessor", asked(pleased), book=said("satisfied")),
    Measure("false_alarms", "low", "acceptor", never_there),
    Measure("detection_delay", "low", "acceptor", delay, unit="minutes"),
    Measure("limbo", "low", "", limbo, unit="minutes"),
    Measure("hops", "low", "", hops, unit="count", scored=False),
    Measure("refusals", "low", "handler", refusals, unit="count", scored=False),
)
OF_ALL = ("false_alarms",)
"""Measures in which an affair that turned out to be nothing counts, too."""

COUNTS: dict[str, Callable[[Record], bool]] = {
    "opened": lambda record: True,
    "open": lambda record: not record.end,
    "closed_verified": lambda record: record.end == "closed" and record.outcome == "verified",
    "closed_checked": lambda record: record.end == "closed" and record.outcome == "checked",
    "closed_untested": lambda record: record.end == "closed" and record.outcome == "untested",
    "not_accepted": lambda record: record.end == "not_accepted",
    "nothing_found": lambda record: record.unreal,
    "merged": lambda record: record.end == "merged",
    "split_off": lambda record: bool(record.split_from),
    "again": lambda record: bool(record.again_of),
    "reopened": lambda record: record.reopened > 0,
    "deferred": lambda record: record.extensions > 0,
    "suspended": lambda record: record.suspensions > 0,
    "exempt": lambda record: record.exempt,
    "supervised": lambda record: record.supervised,
    "asked": lambda record: record.asked > 0,
    "reached": lambda record: record.reached,
}


def measure(book: Book, now_ms: int, by: By, areas: Areas) -> tuple[Group, ...]:
    """The figures of every group, in the order of their keys."""
    groups: dict[str, Group] = {}
    for affair in affairs(book):
        for key in _keys(affair, by, areas):
            group = groups.setdefault(key, Group(key))
            _count(group, affair)
            if not affair.exempt:
                _add(group, affair, now_ms, by)
    if by == "post":
        _by_sender(groups, book, now_ms)
    return tuple(groups[key] for key in sorted(groups))


def _keys(affair: Affair, by: By, areas: Areas) -> Iterable[str]:
    """An affair counts for every group that had a part in it; one that gave it back is not rid of it."""
    records = affair.records
    match by:
        case "city":
            found = [""]
        case "scene":
            found = [record.scene for record in records]
        case "area":
            found = [area for record in records for area in areas.of(record.cell)]
        case "department":
            found = [one for record in records for one in record.departments] or ["–"]
        case "post":
            found = [measure.post for measure in MEASURES if measure.post]
    return dict.fromkeys(found)


def _add(group: Group, affair: Affair, now_ms: int, by: By) -> None:
    for one in MEASURES:
        if by == "post" and one.post != group.key:
            continue
        if affair.unreal and one.id not in OF_ALL:
            continue
        numerator, denominator = one.judge(affair, now_ms)
        figure = group.figures.setdefault(one.id, Figure())
        figure.numerator += numerator * affair.weight
        figure.denominator += denominator * affair.weight
        if one.book is not None:
            for record in affair.records:
                above, below = one.book(record, now_ms)
                figure.book_numerator += above
                figure.book_denominator += below


def _by_sender(groups: dict[str, Group], book: Book, now_ms: int) -> None:
    """Limbo by the post that had handed on: its minutes ÷ all affairs."""
    found = [affair for affair in affairs(book) if not affair.exempt and not affair.unreal]
    total = sum(affair.weight for affair in found)
    for affair in found:
        for sender, spent_ms in affair.limbo_ms(now_ms).items():
            post = sender.partition("/")[0]
            figure = groups.setdefault(post, Group(post)).figures.setdefault("limbo", Figure(0.0, float(total)))
            figure.numerator += spent_ms / MINUTE_MS * affair.weight


def _count(group: Group, affair: Affair) -> None:
    for record in affair.records:
        for name, holds in COUNTS.items():
            group.counts[name] = group.counts.get(name, 0) + int(holds(record))
