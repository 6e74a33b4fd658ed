"""What a run came to, counted: scenes, ends of cases, refusals, and whatever goes round in circles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from services.facts.base import CommandRefused, Event
from services.facts.duty import DutyLogged
from services.facts.governance import (
    CaseClosed,
    CaseEvent,
    CaseMerged,
    CaseNotAccepted,
    CaseOpened,
    CaseReturned,
    CaseReworked,
    CheckOrdered,
    ClockOverdue,
    UnitDispatched,
)
from services.facts.working import Escalated, RequestSent

Timed = tuple[int, Event]

OFTEN: tuple[tuple[type[Event], int], ...] = (
    (CaseReworked, 3), (UnitDispatched, 12), (CaseReturned, 4), (CheckOrdered, 6), (RequestSent, 8), (Escalated, 12),
    (DutyLogged, 12),
)  # fmt: skip
"""How often a step may be taken in one case before it counts as going round in circles."""


class Circling(msgspec.Struct, frozen=True):
    """A case in which the same step was taken again and again."""

    case: str
    scene: str
    step: str
    times: int


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """Counts over a run; ``physical`` are scenes that something in the streets set off, not a message alone."""

    events: dict[str, int]
    scenes: dict[str, int]
    physical: tuple[str, ...]
    ends: dict[str, int]
    open: int
    minutes: float  # from opening to the end, the middle one
    overdue: dict[str, int]
    refused: dict[str, int]
    circling: tuple[Circling, ...]


def tally(journal: Sequence[Timed]) -> Tally:
    opened: dict[str, tuple[int, str]] = {}
    physical: set[str] = set()
    ends: dict[str, str] = {}
    lasted: list[int] = []
    overdue: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    steps: Counter[tuple[str, type[Event]]] = Counter()
    for city_ms, event in journal:
        match event:
            case CaseOpened():
                opened[event.case] = (city_ms, event.scene)
                if event.source not in ("weather", "superior"):
                    physical.add(event.scene)
            case CaseClosed() | CaseNotAccepted() | CaseMerged():
                ends[event.case] = ended(event)
                lasted.append(city_ms - opened.get(event.case, (city_ms, ""))[0])
            case ClockOverdue():
                overdue[event.clock] += 1
            case CommandRefused():
                refused[f"{event.command}: {event.reason}"] += 1
            case _:
                pass
        steps[getattr(event, "case", ""), type(event)] += 1
    scene = {case: name for case, (_, name) in opened.items()}
    return Tally(
        events=_counted(type(event).__name__ for _, event in journal),
        scenes=_counted(scene.values()),
        physical=tuple(sorted(physical)),
        ends=_counted(ends.values()),
        open=len(opened.keys() - ends.keys()),
        minutes=round(sorted(lasted)[len(lasted) // 2] / 60_000, 1) if lasted else 0.0,
        overdue=_counted(overdue.elements()),
        refused=_counted(refused.elements()),
        circling=_circling(steps, scene),
    )


def ended(event: CaseEvent) -> str:
    """How a case ended, in a word."""
    if isinstance(event, CaseClosed):
        return event.outcome
    return "merged" if isinstance(event, CaseMerged) else "not accepted"


def _counted(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items(), key=lambda one: (-one[1], one[0])))


def _circling(steps: Counter[tuple[str, type[Event]]], scene: dict[str, str]) -> tuple[Circling, ...]:
    return tuple(
        Circling(case, name, kind.__name__, steps[case, kind])
        for case, name in scene.items()
        for kind, most in OFTEN
        if steps[case, kind] > most
    )
