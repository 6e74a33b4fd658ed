"""Which fields a case's side steps change: handing over, more time, supervision, tier, code, reopening, appeal."""

from __future__ import annotations

from typing import Any

import msgspec

from services.collaboration.authority import person_of
from services.facts.casework import (
    AppealDecided,
    AppealLodged,
    AppealReviewed,
    CaseOffered,
    CaseRecategorised,
    CaseReopened,
    CaseSplit,
    CaseSupervised,
    CaseTaken,
    ClockResumed,
    FalseAlarmNoted,
    FollowedUp,
    SupervisionLifted,
    TierMoved,
    TimeApproved,
    TimeAsked,
    TimeGranted,
    TimeRefused,
)
from services.facts.governance import CaseEvent
from services.governance.case import Appeal, Case, Clock, FollowUp, Holder, Offer, TimeRequest
from services.governance.limits import resumed, suspended
from services.governance.ownership import SHIFT
from services.governance.setting import Change, Setting, clocks_but


def _offered(case: Case, event: CaseOffered, at: Setting) -> dict[str, Any]:
    """A new offer takes the place of the one before; limbo goes on."""
    return {
        "offer": Offer(event.to_post, event.to_department, at.now_ms, event.back),
        "limbo_ms": case.limbo_ms + _waited(case, at),
    }


def _taken(case: Case, event: CaseTaken, at: Setting) -> dict[str, Any]:
    """Another person at the same post (a shift change) is no hop, and leaves an offer standing."""
    holder = Holder(event.post, event.department, event.person)
    before = case.holder
    if (holder.post, holder.department) == (before.post, before.department) and event.actor.id == SHIFT:
        return {"holder": holder}
    moved = (holder.post, holder.department) != (before.post, before.department)
    return {
        "holder": holder,
        "offer": None,
        "limbo_ms": case.limbo_ms + _waited(case, at),
        "hops": case.hops + (1 if moved else 0),
    }


def _waited(case: Case, at: Setting) -> int:
    return at.now_ms - case.offer.since_ms if case.offer else 0


def _asked(case: Case, event: TimeAsked, at: Setting) -> dict[str, Any]:
    return {
        "time_asked": TimeRequest(
            kind=event.kind, minutes=event.minutes, person=person_of(event.actor), asked_ms=at.now_ms, why=event.reason
        )
    }


def _approved(case: Case, event: TimeApproved, at: Setting) -> dict[str, Any]:
    asked = case.time_asked
    if asked is None:
        return {}
    who = (*asked.approved_by, person_of(event.actor))
    return {"time_asked": msgspec.structs.replace(asked, approved_by=who)}


def _granted(case: Case, event: TimeGranted, at: Setting) -> dict[str, Any]:
    fields: dict[str, Any] = {"time_asked": None, "time_grants": case.time_grants + 1}
    if event.kind == "extension":
        return fields | {
            "clocks": clocks_but(case, _handling, lambda clock: msgspec.structs.replace(clock, due_ms=event.until_ms))
        }
    return fields | {
        "suspended_until_ms": event.until_ms,
        "clocks": clocks_but(case, _handling, lambda clock: suspended(clock, at.now_ms, event.until_ms)),
    }


def _resumed(case: Case, event: ClockResumed, at: Setting) -> dict[str, Any]:
    """Not later than granted: a tick that came late gives nothing away."""
    now = min(at.now_ms, case.suspended_until_ms) if case.suspended_until_ms >= 0 else at.now_ms
    return {
        "suspended_until_ms": -1,
        "clocks": clocks_but(case, lambda clock: clock.paused, lambda clock: resumed(clock, at.calendar, now)),
    }


def _handling(clock: Clock) -> bool:
    return clock.name == "handle" and clock.running


def _split(case: Case, event: CaseSplit, at: Setting) -> dict[str, Any]:
    kept = tuple(entry for entry in case.evidence if entry.signal not in event.signals)
    return {"evidence": kept, "observed_ms": min(entry.observed_ms for entry in kept)}


def _reopened(case: Case, event: CaseReopened, at: Setting) -> dict[str, Any]:
    """From now on a named checker has to agree as well, since the others were wrong before."""
    return {
        "reopened": case.reopened + 1,
        "reopened_ms": at.now_ms,
        "truths": tuple(dict.fromkeys((*case.truths, "checker"))),
        "returned": True,
        "department": "",
        "closed_ms": -1,
        "outcome": "",
        "acknowledged": False,
        "task": 0,
        "assignment": None,
        "check": None,
        "fed_back_ms": -1,
        "tested_ms": -1,
        "tested_early": False,
        "readings": (),
        "unavailable": False,
        "manual": False,
        "follow_up": None,
    }


def _lodged(case: Case, event: AppealLodged, at: Setting) -> dict[str, Any]:
    return {"appeal": Appeal(person=person_of(event.actor), why=event.reason, lodged_ms=at.now_ms)}


def _reviewed(case: Case, event: AppealReviewed, at: Setting) -> dict[str, Any]:
    if case.appeal is None or not event.granted:
        return {}
    who = (*case.appeal.granted_by, person_of(event.actor))
    return {"appeal": msgspec.structs.replace(case.appeal, granted_by=who)}


def _decided(case: Case, event: AppealDecided, at: Setting) -> dict[str, Any]:
    """Exempt from statistics; clocks, overdue marks and history stay as they are."""
    if case.appeal is None:
        return {}
    word = "granted" if event.granted else "refused"
    return {"appeal": msgspec.structs.replace(case.appeal, decided=word), "exempt": event.granted}


def _followed(case: Case, event: FollowedUp, at: Setting) -> dict[str, Any]:
    return {
        "follow_up": FollowUp(
            at_ms=at.now_ms, reached=event.reached, solved=event.solved, satisfied=event.satisfied
        )
    }  # fmt: skip


CLAIMS: dict[type[CaseEvent], Change] = {
    CaseOffered: _offered,
    CaseTaken: _taken,
    TimeAsked: _asked,
    TimeApproved: _approved,
    TimeGranted: _granted,
    TimeRefused: lambda case, event, at: {"time_asked": None},
    ClockResumed: _resumed,
    CaseSupervised: lambda case, event, at: {"supervised": True, "supervision": event.ground},
    SupervisionLifted: lambda case, event, at: {"supervised": False},
    TierMoved: lambda case, event, at: {"tier": event.to},
    CaseRecategorised: lambda case, event, at: {"code": event.code},
    CaseSplit: _split,
    CaseReopened: _reopened,
    AppealLodged: _lodged,
    AppealReviewed: _reviewed,
    AppealDecided: _decided,
    FollowedUp: _followed,
    FalseAlarmNoted: lambda case, event, at: {"false_alarm": True},
}
