"""The life of a case, row by row; :mod:`services.governance.lifecycle` reads it.

After the working states of the digital city management standards: 上报 → 立案 → 派遣 → 处置 → 反馈 → 核查 → 结案, with
side exits, the urgent lane 先处置后补录 and the five legal returns.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from services.facts.casework import CaseReopened, UrgentLaneTaken
from services.facts.collaboration import ACCEPTING, CENTRE, DISPATCHING, HANDLING
from services.facts.governance import (
    CaseAccepted,
    CaseClosed,
    CaseEvent,
    CaseFedBack,
    CaseFiled,
    CaseMerged,
    CaseNotAccepted,
    CaseReturned,
    CaseReworked,
    CaseRouted,
    CaseUnrouted,
    CheckFailed,
    CheckOrdered,
    CheckReported,
    ClosingTestBegun,
    ClosingTestUndecided,
    DispatchFailed,
    TaskDone,
    UnitAcknowledged,
    UnitDispatched,
    UnitLost,
    UnitProgressed,
)
from services.governance.case import Case, CaseState, ClockName
from services.governance.claim_guards import reopenable
from services.governance.closing_guards import early_only, forced, proved
from services.governance.guards import (
    at_once,
    back_to_acceptor,
    back_to_dispatcher,
    checking,
    filable,
    merged_by_hand,
    papers,
    reasoned,
    refiled,
    routable,
    routed,
    same_order,
    unfounded,
)
from twin.core.text import Text

Guard = Callable[[Case, CaseEvent], Text | None]
S = CaseState

UNIT = ("unit",)
CLOCK = ("clock",)
ALL: tuple[ClockName, ...] = ("accept", "file", "dispatch", "handle", "check")


@dataclass(frozen=True, slots=True)
class Row:
    """``who``: posts (as persons, colleagues, or as those who authorised a rule), "unit" for a crew's word, "clock".
    Clocks in ``starts`` begin with the step, those in ``stops`` end. ``owner`` is the post to which the case is offered
    by the step, "handler" that of the department in charge; empty: whoever owns it keeps it. ``only`` tells apart two
    rows of one state and step: the event's ``to``."""

    state: CaseState
    step: type[CaseEvent]
    next: CaseState
    who: tuple[str, ...]
    guard: Guard | None = None
    starts: tuple[ClockName, ...] = ()
    stops: tuple[ClockName, ...] = ()
    owner: str = ""
    only: str = ""


def _filing() -> tuple[Row, ...]:
    """上报、受理、核实、立案, and the urgent lane."""
    lane = tuple(
        Row(state, UrgentLaneTaken, S.PENDING_DISPATCH, (*CENTRE, "subdistrict_head"), at_once,
            ("file", "dispatch"), ("accept",), "dispatcher")
        for state in (S.REPORTED, S.PENDING_REGISTER)
    )  # fmt: skip
    follow = tuple(
        Row(state, CaseFiled, state, ACCEPTING, papers, stops=("file", "accept"))
        for state in (S.PENDING_DISPATCH, S.PENDING_HANDLE, S.HANDLING, S.HANDLE_FINISH, S.PENDING_CHECK)
    )
    dropped = tuple(
        Row(state, CaseNotAccepted, S.NOT_ACCEPTED, ACCEPTING, unfounded, stops=ALL)
        for state in (S.PENDING_DISPATCH, S.PENDING_HANDLE, S.HANDLING, S.PENDING_CHECK)
    )
    return (
        Row(S.REPORTED, CaseAccepted, S.PENDING_REGISTER, ACCEPTING),
        Row(S.REPORTED, CaseNotAccepted, S.NOT_ACCEPTED, ACCEPTING, reasoned, stops=ALL),
        Row(S.PENDING_REGISTER, CaseFiled, S.PENDING_DISPATCH, ACCEPTING, filable, ("dispatch",), ("accept",),
            "dispatcher"),
        Row(S.PENDING_REGISTER, CaseNotAccepted, S.NOT_ACCEPTED, ACCEPTING, reasoned, stops=ALL),
        Row(S.PENDING_REGISTER, CheckOrdered, S.PENDING_VERIFY, ACCEPTING),
        Row(S.PENDING_REGISTER, CheckFailed, S.PENDING_REGISTER, ACCEPTING),
        Row(S.PENDING_VERIFY, UnitAcknowledged, S.PENDING_VERIFY, UNIT, checking),
        Row(S.PENDING_VERIFY, UnitProgressed, S.PENDING_VERIFY, UNIT, checking),
        Row(S.PENDING_VERIFY, UnitLost, S.PENDING_REGISTER, (*UNIT, *CLOCK, *CENTRE), checking),
        Row(S.PENDING_VERIFY, CheckReported, S.PENDING_REGISTER, ("collector",), checking),
        Row(S.RETURNED, CaseFiled, S.PENDING_DISPATCH, ACCEPTING, refiled, ("dispatch",), ("accept", "file"),
            "dispatcher"),
        Row(S.RETURNED, CaseNotAccepted, S.NOT_ACCEPTED, ACCEPTING, reasoned, stops=ALL),
        *lane,
        *follow,
        *dropped,
    )  # fmt: skip


def _handling() -> tuple[Row, ...]:
    """派遣、处置、反馈."""
    sending = (*DISPATCHING, *HANDLING)
    losing = (*UNIT, *CLOCK, *sending)
    back = tuple(
        Row(state, CaseReturned, S.PENDING_DISPATCH, sending, back_to_dispatcher, ("dispatch",), (), "dispatcher",
            "dispatcher")
        for state in (S.PENDING_DISPATCH, S.PENDING_HANDLE, S.HANDLING)
    )  # fmt: skip
    return (
        Row(S.PENDING_DISPATCH, CaseRouted, S.PENDING_DISPATCH, sending, routable, owner="handler"),
        Row(S.PENDING_DISPATCH, CaseUnrouted, S.PENDING_DISPATCH, DISPATCHING, owner="duty_chief"),
        Row(S.PENDING_DISPATCH, DispatchFailed, S.PENDING_DISPATCH, sending),
        Row(S.PENDING_DISPATCH, UnitDispatched, S.PENDING_HANDLE, sending, routed, ("handle",), ("dispatch",)),
        Row(S.PENDING_DISPATCH, CaseReturned, S.RETURNED, DISPATCHING, back_to_acceptor, ("accept",), ("dispatch",),
            "acceptor", "acceptor"),
        *back,
        Row(S.PENDING_HANDLE, UnitAcknowledged, S.HANDLING, UNIT, same_order),
        Row(S.PENDING_HANDLE, UnitLost, S.PENDING_DISPATCH, losing, same_order, ("dispatch",)),
        Row(S.HANDLING, UnitProgressed, S.HANDLING, UNIT, same_order),
        Row(S.HANDLING, UnitLost, S.PENDING_DISPATCH, losing, same_order, ("dispatch",)),
        Row(S.HANDLING, TaskDone, S.HANDLING, UNIT, same_order),
        Row(S.HANDLING, UnitDispatched, S.PENDING_HANDLE, sending, routed),
        Row(S.HANDLING, DispatchFailed, S.PENDING_DISPATCH, sending),
        Row(S.HANDLING, CaseFedBack, S.HANDLE_FINISH, sending, None, ("check",), ("handle",), "acceptor"),
    )  # fmt: skip


def _closing() -> tuple[Row, ...]:
    """核查、结案, rework, and back after closing."""
    early = tuple(
        Row(state, ClosingTestBegun, S.PENDING_CHECK, CENTRE, early_only, ("check",), ("dispatch",), "acceptor")
        for state in (S.PENDING_DISPATCH, S.PENDING_HANDLE, S.HANDLING)
    )
    return (
        *early,
        Row(S.HANDLE_FINISH, ClosingTestBegun, S.PENDING_CHECK, CENTRE),
        Row(S.PENDING_CHECK, UnitAcknowledged, S.PENDING_CHECK, UNIT),
        Row(S.PENDING_CHECK, UnitProgressed, S.PENDING_CHECK, UNIT),
        Row(S.PENDING_CHECK, UnitLost, S.PENDING_CHECK, (*UNIT, *CLOCK, *CENTRE, *HANDLING)),
        Row(S.PENDING_CHECK, TaskDone, S.PENDING_CHECK, UNIT),
        Row(S.PENDING_CHECK, ClosingTestUndecided, S.PENDING_CHECK, CENTRE),
        Row(S.PENDING_CHECK, CheckOrdered, S.PENDING_CHECK, CENTRE),
        Row(S.PENDING_CHECK, CheckFailed, S.PENDING_CHECK, CENTRE),
        Row(S.PENDING_CHECK, CheckReported, S.PENDING_CHECK, ("collector",), checking),
        Row(S.PENDING_CHECK, CaseReworked, S.PENDING_DISPATCH, CENTRE, reasoned, ("dispatch",), ("check", "handle"),
            "dispatcher"),
        Row(S.PENDING_CHECK, CaseClosed, S.CLOSED, (*CENTRE, "collector"), proved, stops=ALL),
        Row(S.CLOSED, CaseReopened, S.PENDING_DISPATCH, (*ACCEPTING, "resident"), reopenable, ("dispatch",), (),
            "dispatcher"),
    )  # fmt: skip


def _exits() -> tuple[Row, ...]:
    """By force: the duty chief alone, by name. The same thing twice: merged, by hand once a crew is at work."""
    waiting = (S.REPORTED, S.PENDING_REGISTER, S.PENDING_VERIFY, S.PENDING_DISPATCH, S.PENDING_HANDLE, S.RETURNED)
    working = (S.HANDLING, S.HANDLE_FINISH, S.PENDING_CHECK)
    force = tuple(
        Row(state, CaseClosed, S.CLOSED, ("duty_chief",), forced, stops=ALL)
        for state in (*waiting, S.HANDLING, S.HANDLE_FINISH)
    )
    merged = tuple(Row(state, CaseMerged, S.MERGED, CENTRE, stops=ALL) for state in waiting)
    by_hand = tuple(Row(state, CaseMerged, S.MERGED, CENTRE, merged_by_hand, stops=ALL) for state in working)
    return (*force, *merged, *by_hand)


ROWS: tuple[Row, ...] = (*_filing(), *_handling(), *_closing(), *_exits())
