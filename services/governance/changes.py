"""Which fields of a case a main step changes, beside its state, clocks and history."""

from __future__ import annotations

from typing import Any

import msgspec

from services.facts.casework import UrgentLaneTaken
from services.facts.governance import (
    CaseAcknowledged,
    CaseClosed,
    CaseEvent,
    CaseFedBack,
    CaseFiled,
    CaseMerged,
    CaseNotAccepted,
    CaseReturned,
    CaseReworked,
    CaseRouted,
    CaseTakenOver,
    CaseUnrouted,
    CheckFailed,
    CheckOrdered,
    CheckReported,
    ClockOverdue,
    ClosingTestBegun,
    ClosingTestUndecided,
    DispatchFailed,
    EvidenceAdded,
    TaskDone,
    UnitAcknowledged,
    UnitDispatched,
    UnitLost,
    UnitProgressed,
)
from services.governance.case import Assignment, Case, CaseState, Check, Clock, Limit, Refusal
from services.governance.claim_changes import CLAIMS
from services.governance.limits import stricter
from services.governance.setting import Change, Setting, clocks_but
from services.governance.story import LOST

REFUSAL_MS = 600_000
"""A unit that refused or was lost is not asked again for the same case before this."""


def _grown(case: Case, event: EvidenceAdded, at: Setting) -> dict[str, Any]:
    grown = msgspec.structs.replace(case, evidence=(*case.evidence, event.evidence), severity=event.severity)
    return {
        "evidence": grown.evidence,
        "severity": event.severity,
        "acknowledged": case.acknowledged and event.severity >= case.severity,
        "doubtful": case.doubtful and event.evidence.condition in at.scene.evidence.doubtful,
        "observed_ms": min(case.observed_ms, event.evidence.observed_ms),
        **stricter_fields(grown, at),
    }


def stricter_fields(case: Case, at: Setting) -> dict[str, Any]:
    """A filed case's limit is chosen again when evidence worsens, and only ever becomes stricter."""
    if case.limit is None:
        return {}
    chosen = stricter(case.limit, at.limit(case), at.calendar, at.now_ms)
    if chosen is case.limit:
        return {}
    return {"limit": chosen, "clocks": tuple(_tightened(clock, chosen, at) for clock in case.clocks)}


def _tightened(clock: Clock, limit: Limit, at: Setting) -> Clock:
    due = at.calendar.add(limit.kind, clock.started_ms, limit.amount)
    if clock.name != "handle" or not clock.running or due >= clock.due_ms:
        return clock
    return msgspec.structs.replace(clock, due_ms=due, kind=limit.kind, amount=limit.amount, limit=limit.why)


def _filed(case: Case, event: CaseFiled, at: Setting) -> dict[str, Any]:
    """Papers that follow what was acted on first change nothing else."""
    filed: dict[str, Any] = {"filed_by": event.by, "doubtful": False, "limit": case.limit or at.limit(case)}
    if case.urgent and case.state is not CaseState.RETURNED:
        return filed
    return filed | {"department": "", "wants_check": "", "returned": False, "task": 0}


def _urgent(case: Case, event: UrgentLaneTaken, at: Setting) -> dict[str, Any]:
    return {
        "urgent": True,
        "file_by_ms": event.file_by_ms,
        "commands": event.commands,
        "doubtful": False,
        "wants_check": "",
        "check": None,
        "limit": case.limit or at.limit(case),
    }


def _routed(case: Case, event: CaseRouted, at: Setting) -> dict[str, Any]:
    return {"department": event.department, "trace": event.tried, "unavailable": False, "returned": False}


def _unrouted(case: Case, event: CaseUnrouted, at: Setting) -> dict[str, Any]:
    return {"department": "", "trace": event.tried}


def _dispatched(case: Case, event: UnitDispatched, at: Setting) -> dict[str, Any]:
    return {
        "assignment": Assignment(
            unit=event.unit,
            order=event.order,
            task=event.task,
            number=event.number,
            expires_ms=event.expires_ms,
            travel_s=event.travel_s,
            heard_ms=at.now_ms,
        ),
        "task": event.number,
        "orders": case.orders + 1,
        "candidates": event.candidates,
        "unavailable": False,
    }


def _failed(case: Case, event: DispatchFailed, at: Setting) -> dict[str, Any]:
    return {"candidates": event.candidates, "unavailable": True, "assignment": None}


def _mine(case: Case, order: str) -> bool:
    return case.assignment is not None and case.assignment.order == order


def _acknowledged(case: Case, event: UnitAcknowledged, at: Setting) -> dict[str, Any]:
    if case.assignment is not None and _mine(case, event.order):
        return {"assignment": msgspec.structs.replace(case.assignment, acknowledged=True, heard_ms=at.now_ms)}
    if case.check is not None and case.check.order == event.order:
        return {"check": msgspec.structs.replace(case.check, acknowledged=True)}
    return {}


def _progressed(case: Case, event: UnitProgressed, at: Setting) -> dict[str, Any]:
    if case.assignment is not None and _mine(case, event.order):
        return {"assignment": msgspec.structs.replace(case.assignment, state=event.state, heard_ms=at.now_ms)}
    return {}


def _lost(case: Case, event: UnitLost, at: Setting) -> dict[str, Any]:
    refusals = (
        *(entry for entry in case.refusals if entry.until_ms > at.now_ms and entry.unit != event.unit),
        Refusal(event.unit, at.now_ms + REFUSAL_MS, LOST[event.how]),
    )
    if case.check is not None and case.check.order == event.order:
        return {"check": None, "wants_check": case.check.stage, "refusals": refusals}
    return {"assignment": None if _mine(case, event.order) else case.assignment, "refusals": refusals}


def _done(case: Case, event: TaskDone, at: Setting) -> dict[str, Any]:
    if case.assignment is not None and _mine(case, event.order):
        return {
            "assignment": msgspec.structs.replace(case.assignment, state="done", heard_ms=at.now_ms),
            "task": event.number + 1,
        }
    return {}


def _tested(case: Case, event: ClosingTestBegun, at: Setting) -> dict[str, Any]:
    return {"tested_ms": at.now_ms, "tested_early": event.early, "wants_check": "", "check": None}


def _fed_back(case: Case, event: CaseFedBack, at: Setting) -> dict[str, Any]:
    return {"fed_back_ms": at.now_ms, "time_asked": None, "suspended_until_ms": -1}


def _undecided(case: Case, event: ClosingTestUndecided, at: Setting) -> dict[str, Any]:
    return {"wants_check": "closing", "readings": event.readings}


def _check_ordered(case: Case, event: CheckOrdered, at: Setting) -> dict[str, Any]:
    check = Check(
        unit=event.unit,
        order=event.order,
        collector=event.collector,
        stage=event.stage,
        expires_ms=event.expires_ms,
    )
    return {"check": check, "wants_check": "", "unchecked": False, "orders": case.orders + 1}


def _check_failed(case: Case, event: CheckFailed, at: Setting) -> dict[str, Any]:
    return {"wants_check": event.stage, "unchecked": True}


def _check_reported(case: Case, event: CheckReported, at: Setting) -> dict[str, Any]:
    return {
        "check": None
        if case.check is None
        else msgspec.structs.replace(case.check, finding=event.finding, reported_ms=at.now_ms)
    }


def _reworked(case: Case, event: CaseReworked, at: Setting) -> dict[str, Any]:
    """The dispatcher routes it again, with a reason; the same department may get it."""
    return {
        "reworks": case.reworks + 1,
        "returned": True,
        "department": "",
        "task": 0,
        "assignment": None,
        "check": None,
        "wants_check": "",
        "fed_back_ms": -1,
        "tested_ms": -1,
        "tested_early": False,
        "unavailable": False,
    }


def _returned(case: Case, event: CaseReturned, at: Setting) -> dict[str, Any]:
    return {
        "returned": True,
        "department": "",
        "time_asked": None,
        "excluded": (*case.excluded, event.department) if event.department else case.excluded,
        "assignment": None,
        "task": 0,
        "unavailable": False,
    }


def _taken(case: Case, event: CaseTakenOver, at: Setting) -> dict[str, Any]:
    return {"manual": True, "acknowledged": True}


def _overdue(case: Case, event: ClockOverdue, at: Setting) -> dict[str, Any]:
    return {
        "clocks": clocks_but(
            case, lambda clock: clock.name == event.clock and clock.running,
            lambda clock: msgspec.structs.replace(clock, overdue=True),
        )
    }  # fmt: skip


def _ended(case: Case, event: CaseEvent, at: Setting) -> dict[str, Any]:
    waited = at.now_ms - case.offer.since_ms if case.offer else 0
    fields: dict[str, Any] = {
        "closed_ms": at.now_ms,
        "assignment": None,
        "wants_check": "",
        "offer": None,
        "limbo_ms": case.limbo_ms + waited,
        "time_asked": None,
        "suspended_until_ms": -1,
    }
    if isinstance(event, CaseClosed):
        fields |= {"outcome": event.outcome, "readings": event.readings or case.readings}
    if isinstance(event, CaseMerged):
        fields["merged_into"] = event.into
    return fields


CHANGES: dict[type[CaseEvent], Change] = {
    **CLAIMS,
    EvidenceAdded: _grown,
    CaseAcknowledged: lambda case, event, at: {"acknowledged": True},
    CaseFiled: _filed,
    UrgentLaneTaken: _urgent,
    CaseFedBack: _fed_back,
    CaseRouted: _routed,
    CaseUnrouted: _unrouted,
    UnitDispatched: _dispatched,
    DispatchFailed: _failed,
    UnitAcknowledged: _acknowledged,
    UnitProgressed: _progressed,
    UnitLost: _lost,
    TaskDone: _done,
    ClosingTestBegun: _tested,
    ClosingTestUndecided: _undecided,
    CheckOrdered: _check_ordered,
    CheckFailed: _check_failed,
    CheckReported: _check_reported,
    CaseReworked: _reworked,
    CaseReturned: _returned,
    CaseTakenOver: _taken,
    ClockOverdue: _overdue,
    CaseClosed: _ended,
    CaseNotAccepted: _ended,
    CaseMerged: _ended,
}
