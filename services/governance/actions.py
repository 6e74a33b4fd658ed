"""What a person may propose from a case's page, by its state. The commands desk checks everything again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from services.facts.base import Command
from services.facts.casework import (
    AcceptHandoff,
    AskForTime,
    DecideTime,
    DeclareUrgent,
    LiftSupervision,
    LodgeAppeal,
    MarkFalseAlarm,
    MergeCase,
    MoveTier,
    Recategorise,
    RecordFollowUp,
    ReopenCase,
    ResumeClock,
    ReviewAppeal,
    SplitCase,
    SuperviseCase,
)
from services.facts.governance import (
    AcceptCase,
    AcknowledgeCase,
    AddNote,
    AssignUnit,
    CloseByForce,
    OrderFieldCheck,
    RejectCase,
    ReturnCase,
    RouteCase,
    TakeOver,
)
from services.governance.case import Case, CaseState
from services.governance.choices import Choices
from twin.core.text import Text
from twin.core.views import Action, Choice

S = CaseState
UNFILED = (S.REPORTED, S.PENDING_REGISTER, S.RETURNED)
IN_WORK = (S.PENDING_DISPATCH, S.PENDING_HANDLE, S.HANDLING)
REASON = Text("Reason")

When = Callable[[Case], bool]


@dataclass(frozen=True, slots=True)
class Offered:
    """One action: when it is offered, what it asks for, and from which lists (by name, worked out for the case)."""

    command: type[Command]
    label: Text
    when: When
    asks: dict[str, Text] = field(default_factory=dict)
    lists: dict[str, str] = field(default_factory=dict)
    numbers: tuple[str, ...] = ()
    many: tuple[str, ...] = ()
    more: bool = False
    danger: bool = False


def _handling(case: Case) -> bool:
    clock = case.clock("handle")
    return clock is not None and clock.running and not clock.overdue and case.state in IN_WORK


def _appealable(case: Case) -> bool:
    return case.state is S.CLOSED and case.appeal is None and bool(case.department)


OFFERED: tuple[Offered, ...] = (
    Offered(AcknowledgeCase, Text("Acknowledge"), lambda case: not case.ended and not case.acknowledged),
    Offered(AcceptHandoff, Text("Take the case"), lambda case: case.offer is not None),
    Offered(AcceptCase, Text("Accept and file"), lambda case: case.state in (S.REPORTED, S.PENDING_REGISTER)),
    Offered(AcceptCase, Text("File again"), lambda case: case.state is S.RETURNED, {"why_filed": REASON}),
    Offered(AcceptCase, Text("File what was acted on first"),
            lambda case: case.urgent and not case.filed_by and not case.ended and case.state is not S.RETURNED),
    Offered(RejectCase, Text("Do not accept"), lambda case: case.state in UNFILED, {"why_not": REASON}),
    Offered(DeclareUrgent, Text("Act first, file later"),
            lambda case: case.state in (S.REPORTED, S.PENDING_REGISTER, S.PENDING_VERIFY) and not case.urgent,
            {"why_urgent": REASON}),
    Offered(RouteCase, Text("Name the department"), lambda case: case.state is S.PENDING_DISPATCH,
            {"department": Text("Department"), "why_routed": REASON}, {"department": "departments"}),
    Offered(AssignUnit, Text("Send another unit"), lambda case: case.state in IN_WORK and bool(case.department),
            {"unit": Text("Unit")}, {"unit": "units"}),
    Offered(ReturnCase, Text("Return"), lambda case: case.state in IN_WORK, {"why_back": REASON}),
    Offered(ReturnCase, Text("Send back for rework"), lambda case: case.state is S.PENDING_CHECK,
            {"why_back": REASON}),
    Offered(OrderFieldCheck, Text("Order a field check"),
            lambda case: case.state in (S.PENDING_REGISTER, S.PENDING_CHECK)
            and (case.check is None or bool(case.check.finding))),
    Offered(DecideTime, Text("Decide about more time"), lambda case: case.time_asked is not None,
            {"granted": Text("Granted"), "why_decided": REASON}, {"granted": "yes_no"}),
    Offered(AskForTime, Text("Ask for more time"),
            lambda case: _handling(case) and case.time_asked is None and case.suspended_until_ms < 0,
            {"kind": Text("Kind"), "minutes": Text("Minutes"), "why_more": REASON}, {"kind": "times"}, ("minutes",),
            more=True),
    Offered(ResumeClock, Text("End the suspension"), lambda case: case.suspended_until_ms >= 0),
    Offered(ReopenCase, Text("Reopen"), lambda case: case.state is S.CLOSED, {"why_again": REASON}),
    Offered(RecordFollowUp, Text("Record a follow-up"), lambda case: case.state is S.CLOSED and case.follow_up is None,
            {"reached": Text("Reached"), "solved": Text("Solved"), "satisfied": Text("Satisfied")},
            {"reached": "yes_no", "solved": "yes_no", "satisfied": "yes_no"}),
    Offered(LodgeAppeal, Text("Appeal"), _appealable, {"why_appeal": REASON}, more=True),
    Offered(ReviewAppeal, Text("Review the appeal"), lambda case: case.appeal is not None and not case.appeal.decided,
            {"granted": Text("Granted"), "why_reviewed": REASON}, {"granted": "yes_no"}),
    Offered(TakeOver, Text("Take over"), lambda case: not case.ended and not case.manual),
    Offered(AddNote, Text("Add a note"), lambda case: True, {"note": Text("Note")}),
    Offered(SuperviseCase, Text("Supervise"), lambda case: not case.ended and not case.supervised,
            {"ground": Text("Ground"), "why_supervised": REASON}, {"ground": "grounds"}, more=True),
    Offered(LiftSupervision, Text("Lift the supervision"), lambda case: not case.ended and case.supervised,
            {"why_lifted": REASON}, more=True),
    Offered(MoveTier, Text("Move to another tier"), lambda case: not case.ended,
            {"to": Text("Tier"), "why_moved": REASON}, {"to": "tiers"}, more=True),
    Offered(Recategorise, Text("Change the code"), lambda case: not case.ended,
            {"code": Text("Code"), "why_code": REASON}, {"code": "codes"}, more=True),
    Offered(SplitCase, Text("Split off signals"), lambda case: not case.ended and len(case.evidence) > 1,
            {"signals": Text("Signals"), "why_split": REASON}, {"signals": "signals"}, many=("signals",), more=True),
    Offered(MergeCase, Text("Merge into another case"), lambda case: not case.ended,
            {"into": Text("Case"), "why_merged": REASON}, {"into": "cases"}, more=True),
    Offered(MarkFalseAlarm, Text("A false alarm"),
            lambda case: case.state in UNFILED or (case.urgent and not case.filed_by and not case.ended),
            {"why_false": REASON}, more=True),
    Offered(CloseByForce, Text("Close by force"), lambda case: not case.ended, {"why_forced": REASON}, more=True,
            danger=True),
)  # fmt: skip
"""In the order in which they are usually wanted."""


def actions_of(case: Case, choices: Choices) -> tuple[Action, ...]:
    """What the case's state admits; a list without entries is not offered."""
    found: list[Action] = []
    for offered in OFFERED:
        if not offered.when(case):
            continue
        lists: dict[str, tuple[Choice, ...]] = {name: choices.of(kind, case) for name, kind in offered.lists.items()}
        if all(lists.values()):
            found.append(
                Action(
                    command=offered.command.__name__,
                    label=offered.label,
                    fixed={"case": case.id},
                    asks=offered.asks,
                    choices=lists,
                    numbers=offered.numbers,
                    many=offered.many,
                    danger=offered.danger,
                    more=offered.more,
                    posts=offered.command.posts,
                )
            )
    return tuple(found)
