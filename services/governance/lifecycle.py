"""The life of a case as one table: in which state, which step, by whom, under which guard, leads where.

After the working states of the digital city management standards: 上报 → 立案 → 派遣 → 处置 → 反馈 → 核查 → 结案, with
side exits. A step that has no row is refused. Clocks named in ``starts`` begin with the step, those in ``stops`` end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from services.collaboration.authority import POST_TEXT
from services.facts.base import Actor
from services.facts.closures import ClosureLifted, ClosureOrdered
from services.facts.collaboration import ACCEPTING, CENTRE, DISPATCHING
from services.facts.governance import (
    CaseAccepted,
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
    NoteAdded,
    TaskDone,
    UnitAcknowledged,
    UnitDispatched,
    UnitLost,
    UnitProgressed,
)
from services.governance.case import Case, CaseState, ClockName
from services.governance.guards import (
    back_to_acceptor,
    back_to_dispatcher,
    checking,
    early_only,
    filable,
    forced,
    proved,
    reasoned,
    refiled,
    routed,
    same_order,
)
from twin.core.text import Text

Guard = Callable[[Case, CaseEvent], Text | None]
S = CaseState

UNIT = ("unit",)
CLOCK = ("clock",)


@dataclass(frozen=True, slots=True)
class Row:
    """``who``: posts (as persons, or as those who authorised a rule), "unit" for a crew's word, "clock"."""

    state: CaseState
    step: type[CaseEvent]
    next: CaseState
    who: tuple[str, ...]
    guard: Guard | None = None
    starts: tuple[ClockName, ...] = ()
    stops: tuple[ClockName, ...] = ()


ROWS: tuple[Row, ...] = (
    # collection and filing 上报、受理、立案
    Row(S.REPORTED, CaseAccepted, S.PENDING_REGISTER, ACCEPTING),
    Row(S.REPORTED, CaseNotAccepted, S.NOT_ACCEPTED, ACCEPTING, reasoned, stops=("accept",)),
    Row(S.PENDING_REGISTER, CaseFiled, S.PENDING_DISPATCH, ACCEPTING, filable, ("dispatch",), ("accept",)),
    Row(S.PENDING_REGISTER, CaseNotAccepted, S.NOT_ACCEPTED, ACCEPTING, reasoned, stops=("accept",)),
    # check before filing 核实
    Row(S.PENDING_REGISTER, CheckOrdered, S.PENDING_VERIFY, ACCEPTING),
    Row(S.PENDING_REGISTER, CheckFailed, S.PENDING_REGISTER, ACCEPTING),
    Row(S.PENDING_VERIFY, UnitAcknowledged, S.PENDING_VERIFY, UNIT, checking),
    Row(S.PENDING_VERIFY, UnitProgressed, S.PENDING_VERIFY, UNIT, checking),
    Row(S.PENDING_VERIFY, UnitLost, S.PENDING_REGISTER, (*UNIT, *CLOCK, *CENTRE), checking),
    Row(S.PENDING_VERIFY, CheckReported, S.PENDING_REGISTER, ("collector",), checking),
    # routing and dispatch 派遣
    Row(S.PENDING_DISPATCH, CaseRouted, S.PENDING_DISPATCH, DISPATCHING),
    Row(S.PENDING_DISPATCH, CaseUnrouted, S.PENDING_DISPATCH, DISPATCHING),
    Row(S.PENDING_DISPATCH, DispatchFailed, S.PENDING_DISPATCH, (*DISPATCHING, "handler")),
    Row(S.PENDING_DISPATCH, UnitDispatched, S.PENDING_HANDLE, (*DISPATCHING, "handler"), routed,
        ("handle",), ("dispatch",)),
    Row(S.PENDING_DISPATCH, CaseReturned, S.RETURNED, DISPATCHING, back_to_acceptor, ("accept",), ("dispatch",)),
    Row(S.RETURNED, CaseFiled, S.PENDING_DISPATCH, ACCEPTING, refiled, ("dispatch",), ("accept",)),
    Row(S.RETURNED, CaseNotAccepted, S.NOT_ACCEPTED, ACCEPTING, reasoned, stops=("accept",)),
    # handling 处置
    Row(S.PENDING_HANDLE, UnitAcknowledged, S.HANDLING, UNIT, same_order),
    Row(S.PENDING_HANDLE, UnitLost, S.PENDING_DISPATCH, (*UNIT, *CLOCK, *DISPATCHING, "handler"), same_order,
        ("dispatch",)),
    Row(S.PENDING_HANDLE, CaseReturned, S.PENDING_DISPATCH, (*DISPATCHING, "handler"), back_to_dispatcher,
        ("dispatch",)),
    Row(S.HANDLING, UnitProgressed, S.HANDLING, UNIT, same_order),
    Row(S.HANDLING, UnitLost, S.PENDING_DISPATCH, (*UNIT, *CLOCK, *DISPATCHING, "handler"), same_order,
        ("dispatch",)),
    Row(S.HANDLING, TaskDone, S.HANDLING, UNIT, same_order),
    Row(S.HANDLING, UnitDispatched, S.PENDING_HANDLE, (*DISPATCHING, "handler"), routed),
    Row(S.HANDLING, DispatchFailed, S.PENDING_DISPATCH, (*DISPATCHING, "handler")),
    Row(S.HANDLING, CaseReturned, S.PENDING_DISPATCH, (*DISPATCHING, "handler"), back_to_dispatcher, ("dispatch",)),
    # feedback 反馈
    Row(S.HANDLING, CaseFedBack, S.HANDLE_FINISH, (*DISPATCHING, "handler"), starts=("check",), stops=("handle",)),
    Row(S.HANDLE_FINISH, ClosingTestBegun, S.PENDING_CHECK, CENTRE),
    # the sensors were calm before the crew said so
    Row(S.PENDING_DISPATCH, ClosingTestBegun, S.PENDING_CHECK, CENTRE, early_only, ("check",), ("dispatch",)),
    Row(S.PENDING_HANDLE, ClosingTestBegun, S.PENDING_CHECK, CENTRE, early_only, ("check",)),
    Row(S.HANDLING, ClosingTestBegun, S.PENDING_CHECK, CENTRE, early_only, ("check",)),
    Row(S.PENDING_CHECK, UnitAcknowledged, S.PENDING_CHECK, UNIT),
    Row(S.PENDING_CHECK, UnitProgressed, S.PENDING_CHECK, UNIT),
    Row(S.PENDING_CHECK, UnitLost, S.PENDING_CHECK, (*UNIT, *CLOCK, *CENTRE, "handler")),
    Row(S.PENDING_CHECK, TaskDone, S.PENDING_CHECK, UNIT),
    # check before closing 核查, and closing 结案
    Row(S.PENDING_CHECK, ClosingTestUndecided, S.PENDING_CHECK, CENTRE),
    Row(S.PENDING_CHECK, CheckOrdered, S.PENDING_CHECK, CENTRE),
    Row(S.PENDING_CHECK, CheckFailed, S.PENDING_CHECK, CENTRE),
    Row(S.PENDING_CHECK, CheckReported, S.PENDING_CHECK, ("collector",), checking),
    Row(S.PENDING_CHECK, CaseReworked, S.PENDING_DISPATCH, CENTRE, reasoned, ("dispatch",), ("check", "handle")),
    Row(S.PENDING_CHECK, CaseClosed, S.CLOSED, (*CENTRE, "collector"), proved, stops=("check", "handle")),
    # force: the duty chief alone, by name
    *(
        Row(state, CaseClosed, S.CLOSED, ("duty_chief",), forced, stops=("accept", "dispatch", "handle", "check"))
        for state in (
            S.REPORTED, S.PENDING_REGISTER, S.PENDING_VERIFY, S.PENDING_DISPATCH, S.PENDING_HANDLE, S.HANDLING,
            S.HANDLE_FINISH, S.RETURNED,
        )
    ),
    # the same thing twice
    *(
        Row(state, CaseMerged, S.MERGED, CENTRE, stops=("accept", "dispatch", "handle"))
        for state in (
            S.REPORTED, S.PENDING_REGISTER, S.PENDING_VERIFY, S.PENDING_DISPATCH, S.PENDING_HANDLE, S.RETURNED,
        )
    ),
)  # fmt: skip

ANYWHERE: dict[type[CaseEvent], tuple[str, ...]] = {
    EvidenceAdded: CENTRE,
    CaseAcknowledged: (*CENTRE, "handler"),
    CaseTakenOver: CENTRE,
    NoteAdded: (*CENTRE, "handler"),
    ClockOverdue: CLOCK,
    ClosureOrdered: CENTRE,
    ClosureLifted: CENTRE,
}
"""Steps that leave the state as it is, in every state that is not an end; ended cases still take notes, and lift
their closures."""

AFTER_THE_END = (NoteAdded, ClosureLifted)

TABLE: dict[tuple[CaseState, type[CaseEvent]], Row] = {(row.state, row.step): row for row in ROWS}


def row_of(case: Case, step: type[CaseEvent]) -> Row | None:
    """The table's row for a step from the case's state, or None where the state admits no such step."""
    if step in ANYWHERE:
        if case.ended and step not in AFTER_THE_END:
            return None
        return Row(case.state, step, case.state, ANYWHERE[step])
    return TABLE.get((case.state, step))


def refusal(case: Case, event: CaseEvent) -> Text | None:
    """Why this step may not be taken now by this actor; None where it may."""
    row = row_of(case, type(event))
    if row is None:
        return Text("a case that is {state} admits no such step", {"state": STATE_TEXT[case.state]})
    acting = role(event.actor)
    if acting not in row.who:
        return Text("this step is not for this post: {post}", {"post": POST_TEXT.get(acting, Text("none"))})
    return row.guard(case, event) if row.guard else None


def role(actor: Actor) -> str:
    """The word that ``Row.who`` knows an actor by."""
    if actor.kind in ("person", "rule"):
        return actor.post
    return {"unit": "unit", "system": "clock"}.get(actor.kind, "")


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
