"""What a person may propose from a case's page, by its state. The commands desk checks everything again."""

from __future__ import annotations

from services.governance.case import Case, CaseState
from twin.core.text import Text
from twin.core.views import Action

S = CaseState


def actions_of(case: Case) -> tuple[Action, ...]:
    """In the order in which they are usually wanted."""
    fixed: dict[str, str | int | float | bool] = {"case": case.id}
    actions: list[Action] = []
    if not case.ended and not case.acknowledged:
        actions.append(Action(command="AcknowledgeCase", label=Text("Acknowledge"), fixed=fixed))
    if case.state in (S.REPORTED, S.PENDING_REGISTER, S.RETURNED):
        actions.append(Action(command="AcceptCase", label=Text("Accept and file"), fixed=fixed))
        actions.append(
            Action(command="RejectCase", label=Text("Do not accept"), fixed=fixed, asks={"why_not": Text("Reason")})
        )
    if case.state is S.PENDING_DISPATCH:
        asks = {"department": Text("Department")}
        actions.append(Action(command="RouteCase", label=Text("Name the department"), fixed=fixed, asks=asks))
    if case.state in (S.PENDING_DISPATCH, S.PENDING_HANDLE, S.HANDLING) and case.department:
        asks = {"unit": Text("Unit")}
        actions.append(Action(command="AssignUnit", label=Text("Send another unit"), fixed=fixed, asks=asks))
    if case.state in (S.PENDING_DISPATCH, S.PENDING_HANDLE, S.HANDLING):
        asks = {"why_back": Text("Reason")}
        actions.append(Action(command="ReturnCase", label=Text("Return"), fixed=fixed, asks=asks))
    if case.state in (S.PENDING_REGISTER, S.PENDING_CHECK) and case.check is None:
        actions.append(Action(command="OrderFieldCheck", label=Text("Order a field check"), fixed=fixed))
    if not case.ended and not case.manual:
        actions.append(Action(command="TakeOver", label=Text("Take over"), fixed=fixed))
    actions.append(Action(command="AddNote", label=Text("Add a note"), fixed=fixed, asks={"note": Text("Note")}))
    if not case.ended:
        asks = {"why_forced": Text("Reason")}
        actions.append(
            Action(command="CloseByForce", label=Text("Close by force"), fixed=fixed, asks=asks, danger=True)
        )
    return tuple(actions)
