"""The life of a case as one table: in which state, which step, by whom, under which guard, leads where, with which
clocks, and who owns the case then. A step that has no row is refused with the reason."""

from __future__ import annotations

from services.facts.base import Actor
from services.facts.casework import (
    AppealDecided,
    AppealLodged,
    AppealReviewed,
    CaseOffered,
    CaseRecategorised,
    CaseSplit,
    CaseSupervised,
    CaseTaken,
    ClockResumed,
    FalseAlarmNoted,
    FollowedUp,
    FollowUpDue,
    ResidentAsked,
    SupervisionLifted,
    TierMoved,
    TimeApproved,
    TimeAsked,
    TimeGranted,
    TimeRefused,
)
from services.facts.closures import ClosureLifted, ClosureOrdered
from services.facts.collaboration import ACCEPTING, CENTRE, GOVERNING, HANDLING
from services.facts.governance import (
    CaseAcknowledged,
    CaseEvent,
    CaseTakenOver,
    ClockOverdue,
    EvidenceAdded,
    NoteAdded,
)
from services.facts.ledger import DecisionWeighed, TollEstimated
from services.facts.posts import WHO_TEXT
from services.facts.response import (
    NoticeCancelled,
    NoticeIssued,
    PriorityDecided,
    VehiclesWarned,
    WarningWithdrawn,
)
from services.governance.case import Case, CaseState
from services.governance.claim_guards import (
    appealable,
    movable,
    recoded,
    resumable,
    reviewable,
    splittable,
    supervisable,
    time_askable,
    time_decidable,
    time_granted,
    time_refusable,
)
from services.governance.guards import offered, taken
from services.governance.rows import CLOCK, ROWS, UNIT, Guard, Row
from twin.core.text import Text

__all__ = [
    "ANYWHERE", "ASIDE", "CLOSED_ONLY", "ROWS", "STATE_TEXT", "TABLE", "Row", "refusal", "role", "row_of",
]  # fmt: skip

S = CaseState

Aside = tuple[tuple[str, ...], Guard | None]

ANYWHERE: dict[type[CaseEvent], Aside] = {
    EvidenceAdded: (CENTRE, None),
    CaseAcknowledged: (GOVERNING, None),
    CaseTakenOver: (CENTRE, None),
    NoteAdded: (GOVERNING, None),
    ClockOverdue: (CLOCK, None),
    ClosureOrdered: (CENTRE, None),
    ClosureLifted: (CENTRE, None),
    CaseOffered: ((*GOVERNING, *UNIT, *CLOCK, "collector", "resident"), offered),
    CaseTaken: ((*GOVERNING, *UNIT, "resident"), taken),
    TimeAsked: (HANDLING, time_askable),
    TimeApproved: (("department_head", "duty_chief"), time_decidable),
    TimeGranted: (("duty_chief",), time_granted),
    TimeRefused: (("department_head", "duty_chief", *CLOCK), time_refusable),
    ClockResumed: ((*HANDLING, "duty_chief", *CLOCK), resumable),
    CaseSupervised: (("duty_chief",), supervisable),
    SupervisionLifted: (("duty_chief",), supervisable),
    TierMoved: ((*CENTRE, "subdistrict_head"), movable),
    CaseRecategorised: (ACCEPTING, recoded),
    CaseSplit: (CENTRE, splittable),
    FalseAlarmNoted: (ACCEPTING, None),
}
"""Steps that leave the state as it is, in every state that is not an end, with who may and under which guard."""

CLOSED_ONLY: dict[type[CaseEvent], Aside] = {
    AppealLodged: (HANDLING, appealable),
    AppealReviewed: (("assessor", "duty_chief"), reviewable),
    AppealDecided: (("assessor", "duty_chief"), reviewable),
    FollowedUp: ((*ACCEPTING, "assessor", "resident"), None),
}
"""Steps that only a closed case takes, and that leave it closed."""

AFTER_THE_END = (NoteAdded, ClosureLifted)
"""Ended cases still take notes, and lift their closures."""

ASIDE: tuple[type[CaseEvent], ...] = (
    TollEstimated, DecisionWeighed, NoticeIssued, NoticeCancelled, VehiclesWarned, WarningWithdrawn, PriorityDecided,
    ResidentAsked, FollowUpDue,
)  # fmt: skip
"""Facts that other desks keep beside a case: no steps of its life."""

TABLE: dict[tuple[CaseState, type[CaseEvent], str], Row] = {(row.state, row.step, row.only): row for row in ROWS}


def row_of(case: Case, event: CaseEvent) -> Row | None:
    """The table's row for a step from the case's state, or None where the state admits no such step."""
    step = type(event)
    aside = ANYWHERE.get(step)
    if aside is not None and (not case.ended or step in AFTER_THE_END):
        return Row(case.state, step, case.state, *aside)
    late = CLOSED_ONLY.get(step)
    if late is not None and case.state is S.CLOSED:
        return Row(case.state, step, case.state, *late)
    found = TABLE.get((case.state, step, ""))
    return found or TABLE.get((case.state, step, getattr(event, "to", "")))


def refusal(case: Case, event: CaseEvent) -> Text | None:
    """Why this step may not be taken now by this actor; None where it may."""
    row = row_of(case, event)
    if row is None:
        return Text("a case that is {state} admits no such step", {"state": STATE_TEXT[case.state]})
    acting = role(event.actor)
    if acting not in row.who:
        return Text(
            "this step is for {posts}, not for {post}",
            {"posts": posts_text(row.who), "post": WHO_TEXT.get(acting, Text("none"))},
        )
    return row.guard(case, event) if row.guard else None


def role(actor: Actor) -> str:
    """The word that ``Row.who`` knows an actor by."""
    if actor.kind in ("person", "rule", "colleague"):
        return actor.post
    return {"unit": "unit", "resident": "resident", "system": "clock"}.get(actor.kind, "")


def posts_text(posts: tuple[str, ...]) -> Text:
    """Posts in words: ``acceptor or duty chief``."""
    words = [WHO_TEXT.get(post, Text("none")) for post in dict.fromkeys(posts)]
    told = words[0] if words else Text("none")
    for word in words[1:]:
        told = Text("{some} or {another}", {"some": told, "another": word})
    return told


STATE_TEXT: dict[CaseState, Text] = {
    S.REPORTED: Text("reported"),
    S.PENDING_REGISTER: Text("waiting to be filed"),
    S.PENDING_VERIFY: Text("being checked before filing"),
    S.PENDING_DISPATCH: Text("waiting for dispatch"),
    S.PENDING_HANDLE: Text("order sent"),
    S.HANDLING: Text("being handled"),
    S.HANDLE_FINISH: Text("crew reports done"),
    S.PENDING_CHECK: Text("closing test runs"),
    S.RETURNED: Text("returned"),
    S.CLOSED: Text("closed"),
    S.NOT_ACCEPTED: Text("not accepted"),
    S.MERGED: Text("merged"),
}
