"""Which fields of a case a step changes, beside its state, clocks and history."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from services.facts.governance import (
    CaseAcknowledged,
    CaseClosed,
    CaseEvent,
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
from services.governance.case import Assignment, Case, Check, Refusal
from services.governance.story import LOST

REFUSAL_MS = 600_000
"""A unit that refused or was lost is not asked again for the same case before this."""


def _grown(case: Case, event: EvidenceAdded, now: int) -> dict[str, Any]:
    return {
        "evidence": (*case.evidence, event.evidence),
        "severity": event.severity,
        "acknowledged": case.acknowledged and event.severity >= case.severity,
        "observed_ms": min(case.observed_ms, event.evidence.observed_ms),
    }


def _filed(case: Case, event: CaseFiled, now: int) -> dict[str, Any]:
    return {"filed_by": event.by, "owner": event.by, "doubtful": False, "department": "", "wants_check": ""}


def _routed(case: Case, event: CaseRouted, now: int) -> dict[str, Any]:
    return {"department": event.department, "trace": event.tried, "unavailable": False}


def _unrouted(case: Case, event: CaseUnrouted, now: int) -> dict[str, Any]:
    return {"department": "", "trace": event.tried, "owner": event.owner}


def _dispatched(case: Case, event: UnitDispatched, now: int) -> dict[str, Any]:
    return {
        "assignment": Assignment(
            unit=event.unit,
            order=event.order,
            task=event.task,
            number=event.number,
            expires_ms=event.expires_ms,
            travel_s=event.travel_s,
            heard_ms=now,
        ),
        "task": event.number,
        "orders": case.orders + 1,
        "candidates": event.candidates,
        "unavailable": False,
        "owner": event.actor.holder or event.actor.id,
    }


def _failed(case: Case, event: DispatchFailed, now: int) -> dict[str, Any]:
    return {"candidates": event.candidates, "unavailable": True, "assignment": None}


def _mine(case: Case, order: str) -> bool:
    return case.assignment is not None and case.assignment.order == order


def _acknowledged(case: Case, event: UnitAcknowledged, now: int) -> dict[str, Any]:
    if case.assignment is not None and _mine(case, event.order):
        return {"assignment": msgspec.structs.replace(case.assignment, acknowledged=True, heard_ms=now)}
    if case.check is not None and case.check.order == event.order:
        return {"check": msgspec.structs.replace(case.check, acknowledged=True)}
    return {}


def _progressed(case: Case, event: UnitProgressed, now: int) -> dict[str, Any]:
    if case.assignment is not None and _mine(case, event.order):
        return {"assignment": msgspec.structs.replace(case.assignment, state=event.state, heard_ms=now)}
    return {}


def _lost(case: Case, event: UnitLost, now: int) -> dict[str, Any]:
    refusals = (
        *(entry for entry in case.refusals if entry.until_ms > now and entry.unit != event.unit),
        Refusal(event.unit, now + REFUSAL_MS, LOST[event.how]),
    )
    if case.check is not None and case.check.order == event.order:
        return {"check": None, "wants_check": case.check.stage, "refusals": refusals}
    return {"assignment": None if _mine(case, event.order) else case.assignment, "refusals": refusals}


def _done(case: Case, event: TaskDone, now: int) -> dict[str, Any]:
    if case.assignment is not None and _mine(case, event.order):
        return {
            "assignment": msgspec.structs.replace(case.assignment, state="done", heard_ms=now),
            "task": event.number + 1,
        }
    return {}


def _tested(case: Case, event: ClosingTestBegun, now: int) -> dict[str, Any]:
    return {"tested_ms": now, "wants_check": "", "check": None}


def _undecided(case: Case, event: ClosingTestUndecided, now: int) -> dict[str, Any]:
    return {"wants_check": "closing", "readings": event.readings}


def _check_ordered(case: Case, event: CheckOrdered, now: int) -> dict[str, Any]:
    check = Check(
        unit=event.unit,
        order=event.order,
        collector=event.collector,
        stage=event.stage,
        expires_ms=event.expires_ms,
    )
    return {"check": check, "wants_check": "", "unchecked": False, "orders": case.orders + 1, "owner": event.collector}


def _check_failed(case: Case, event: CheckFailed, now: int) -> dict[str, Any]:
    return {"wants_check": event.stage, "unchecked": True}


def _check_reported(case: Case, event: CheckReported, now: int) -> dict[str, Any]:
    return {
        "check": None
        if case.check is None
        else msgspec.structs.replace(case.check, finding=event.finding, reported_ms=now)
    }


def _reworked(case: Case, event: CaseReworked, now: int) -> dict[str, Any]:
    return {
        "reworks": case.reworks + 1,
        "task": 0,
        "assignment": None,
        "check": None,
        "wants_check": "",
        "tested_ms": -1,
        "unavailable": False,
    }


def _returned(case: Case, event: CaseReturned, now: int) -> dict[str, Any]:
    return {
        "department": "",
        "excluded": (*case.excluded, event.department) if event.department else case.excluded,
        "assignment": None,
        "task": 0,
        "unavailable": False,
    }


def _taken(case: Case, event: CaseTakenOver, now: int) -> dict[str, Any]:
    return {"manual": True, "owner": event.owner, "acknowledged": True}


def _overdue(case: Case, event: ClockOverdue, now: int) -> dict[str, Any]:
    return {
        "clocks": tuple(
            msgspec.structs.replace(clock, overdue=True) if clock.name == event.clock and clock.running else clock
            for clock in case.clocks
        )
    }


def _ended(case: Case, event: CaseEvent, now: int) -> dict[str, Any]:
    fields: dict[str, Any] = {"closed_ms": now, "assignment": None, "wants_check": ""}
    if isinstance(event, CaseClosed):
        fields |= {"outcome": event.outcome, "readings": event.readings or case.readings}
    if isinstance(event, CaseMerged):
        fields["merged_into"] = event.into
    return fields


CHANGES: dict[type[CaseEvent], Callable[[Case, Any, int], dict[str, Any]]] = {
    EvidenceAdded: _grown,
    CaseAcknowledged: lambda case, event, now: {"acknowledged": True},
    CaseFiled: _filed,
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
