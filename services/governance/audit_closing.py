"""No case is closed with a failed or undecided test without a named check, or the duty chief's named force."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from services.facts.base import Event
from services.facts.governance import CaseClosed, CaseOpened, CaseReworked, CheckReported

Timed = tuple[int, Event]


def closing_faults(journal: Sequence[Timed]) -> Iterable[str]:
    """What each closing rests on, against what was on the journal until then."""
    reports: dict[str, CheckReported] = {}
    for city_ms, event in journal:
        match event:
            case CheckReported() if event.stage == "closing":
                reports[event.case] = event
            case CaseOpened() | CaseReworked():
                reports.pop(event.case, None)
            case CaseClosed():
                for what in _FAULTS[event.outcome](event, reports.get(event.case)):
                    yield f"{event.case}: closed at {city_ms} as {event.outcome}, {what}"
            case _:
                pass


def _verified(closed: CaseClosed, check: CheckReported | None) -> Iterable[str]:
    if not closed.readings:
        yield "without a reading"
    for proof in closed.readings:
        if proof.state != "calm":
            yield f"while {proof.condition} of {proof.subject} was {proof.state}"
    yield from _denied(closed)


def _checked(closed: CaseClosed, check: CheckReported | None) -> Iterable[str]:
    if not closed.checked_by:
        yield "but nobody is named who checked it"
    elif check is None or check.finding not in ("resolved", "nothing_found") or check.collector != closed.checked_by:
        yield f"but {closed.checked_by} has not reported since that nothing is there"
    for proof in closed.readings:
        if proof.state == "not_calm":
            yield f"while {proof.condition} of {proof.subject} was not calm"
    yield from _denied(closed)


def _untested(closed: CaseClosed, check: CheckReported | None) -> Iterable[str]:
    actor = closed.actor
    named = actor.id if actor.kind == "person" else actor.holder if actor.kind == "colleague" else ""
    if actor.post != "duty_chief" or not named:
        yield "but not by a duty chief who is named"
    if not closed.reason:
        yield "without a reason"


def _denied(closed: CaseClosed) -> Iterable[str]:
    for truth in closed.truths:
        if truth.says == "not_done" and truth.who != "department":
            yield f"while the {truth.who} said that it was not done"


_FAULTS = {"verified": _verified, "checked": _checked, "untested": _untested}
