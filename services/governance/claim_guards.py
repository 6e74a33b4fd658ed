"""What stands against more time, supervision, tiers, codes, reopening and appeals."""

from __future__ import annotations

from services.collaboration.authority import person_of
from services.facts.casework import (
    AppealDecided,
    AppealLodged,
    AppealReviewed,
    CaseRecategorised,
    CaseReopened,
    CaseSplit,
    CaseSupervised,
    SupervisionLifted,
    TierMoved,
    TimeApproved,
    TimeAsked,
    TimeGranted,
    TimeRefused,
)
from services.facts.governance import CaseEvent
from services.governance.case import Case, CaseState
from services.governance.guards import reasoned
from twin.core.text import Text

TIERS = ("city", "district", "subdistrict")
IN_WORK = (CaseState.PENDING_DISPATCH, CaseState.PENDING_HANDLE, CaseState.HANDLING)


def time_askable(case: Case, event: CaseEvent) -> Text | None:
    """More time is asked for while the handling clock runs and is not overdue, one request at a time."""
    if not isinstance(event, TimeAsked) or event.minutes < 1:
        return Text("say for how many minutes")
    clock = case.clock("handle")
    if clock is None or not clock.running or case.state not in IN_WORK:
        return Text("the handling clock does not run")
    if clock.overdue:
        return Text("it is overdue: more time is refused")
    if clock.paused:
        return Text("the clock is suspended already")
    if case.time_asked is not None:
        return Text("a request for time is being decided already")
    return reasoned(case, event)


def time_decidable(case: Case, event: CaseEvent) -> Text | None:
    """Two approvals: the department's head, then the duty chief; never the one who asked."""
    asked = case.time_asked
    if asked is None:
        return Text("nobody has asked for time")
    if person_of(event.actor) == asked.person:
        return Text("who asked for time does not decide about it")
    if not isinstance(event, TimeApproved):
        return reasoned(case, event)
    clock = case.clock("handle")
    if clock is None or not clock.running or clock.overdue:
        return Text("it is overdue: more time is refused")
    wanted = "department_head" if not asked.approved_by else "duty_chief"
    if event.actor.post != wanted:
        first = Text("the department head approves first")
        return first if wanted == "department_head" else Text("the duty chief gives the second approval")
    if person_of(event.actor) in asked.approved_by:
        return Text("the second approval is another person's")
    return None


def time_granted(case: Case, event: CaseEvent) -> Text | None:
    asked = case.time_asked
    if not isinstance(event, TimeGranted) or asked is None or len(asked.approved_by) < 2:
        return Text("two approvals are needed")
    return None


def time_refusable(case: Case, event: CaseEvent) -> Text | None:
    """A person who may decide refuses with a reason; the clock refuses what has become overdue or has ended."""
    if case.time_asked is None:
        return Text("nobody has asked for time")
    if event.actor.kind == "system":
        return reasoned(case, event)
    return time_decidable(case, event) if isinstance(event, TimeRefused) else Text("this refuses nothing")


def resumable(case: Case, event: CaseEvent) -> Text | None:
    clock = case.clock("handle")
    return None if clock is not None and clock.paused else Text("the clock is not suspended")


def supervisable(case: Case, event: CaseEvent) -> Text | None:
    if isinstance(event, CaseSupervised) and case.supervised:
        return Text("it is supervised already")
    if isinstance(event, SupervisionLifted) and not case.supervised:
        return Text("it is not supervised")
    return reasoned(case, event)


def movable(case: Case, event: CaseEvent) -> Text | None:
    """提级 by whoever cannot decide it, 下派 only of what is no danger."""
    if not isinstance(event, TierMoved) or event.to not in TIERS or event.to == case.tier:
        return Text("it is at this tier already")
    if not case.filed_by and not case.urgent:
        return Text("it is filed before it goes to another tier")
    if TIERS.index(event.to) > TIERS.index(case.tier):
        if event.actor.post == "subdistrict_head":
            return Text("the subdistrict moves a case upwards only")
        if case.severity <= 2 or case.urgent:
            return Text("a danger stays with its tier: only moves upwards are possible")
    return reasoned(case, event)


def recoded(case: Case, event: CaseEvent) -> Text | None:
    if not isinstance(event, CaseRecategorised) or event.code == case.code:
        return Text("it has this code already")
    return reasoned(case, event)


def splittable(case: Case, event: CaseEvent) -> Text | None:
    """Some of its signals, never all."""
    if not isinstance(event, CaseSplit):
        return Text("this splits nothing")
    own = {entry.signal for entry in case.evidence}
    gone = set(event.signals)
    if not gone or not gone < own:
        return Text("name some of the case's signals, not all of them")
    return reasoned(case, event)


def reopenable(case: Case, event: CaseEvent) -> Text | None:
    if not isinstance(event, CaseReopened) or case.merged_into:
        return Text("a merged case lives on in the other one")
    return reasoned(case, event)


def appealable(case: Case, event: CaseEvent) -> Text | None:
    if isinstance(event, AppealLodged) and case.appeal is not None:
        return Text("an appeal is lodged once")
    return reasoned(case, event)


def reviewable(case: Case, event: CaseEvent) -> Text | None:
    """Two reviewers, neither of them the one who appealed."""
    appeal = case.appeal
    if appeal is None or appeal.decided:
        return Text("no appeal waits for review")
    who = person_of(event.actor)
    if isinstance(event, AppealReviewed):
        if who == appeal.person:
            return Text("who appealed does not review it")
        if who in appeal.granted_by:
            return Text("the second reviewer is another person")
        return reasoned(case, event)
    if isinstance(event, AppealDecided) and event.granted and len(appeal.granted_by) < 2:
        return Text("two reviewers have to grant it")
    return None
