"""What else must be true for a step of a case, beside its state and post. None: nothing stands against it."""

from __future__ import annotations

from services.facts.governance import (
    CaseClosed,
    CaseEvent,
    CaseFiled,
    CaseReturned,
    ClosingTestBegun,
    OrderEvent,
)
from services.governance.case import Case
from twin.core.text import Text


def reasoned(case: Case, event: CaseEvent) -> Text | None:
    """A refusal or rework gives its reason."""
    return None if event.reason.strip() else Text("a reason is needed")


def filable(case: Case, event: CaseEvent) -> Text | None:
    """Weak evidence alone is filed only after a collector confirmed it; somebody is responsible for every filing."""
    if isinstance(event, CaseFiled) and not event.by:
        return Text("who files is responsible: nobody is named")
    found = case.check.finding if case.check and case.check.stage == "filing" else ""
    if case.doubtful and found not in ("confirmed", "unresolved"):
        return Text("a collector has to confirm it before filing")
    return None


def refiled(case: Case, event: CaseEvent) -> Text | None:
    """After a return the main step is not simply repeated: a person files it again."""
    if event.actor.kind != "person":
        return Text("a returned case is filed again by a person only")
    return reasoned(case, event)


def routed(case: Case, event: CaseEvent) -> Text | None:
    return None if case.department else Text("no department is responsible yet")


def same_order(case: Case, event: CaseEvent) -> Text | None:
    """The word of a unit counts for the order it is under, and for no other."""
    under = case.assignment.order if case.assignment else ""
    if isinstance(event, OrderEvent) and event.order == under:
        return None
    return Text("this order is not in force")


def checking(case: Case, event: CaseEvent) -> Text | None:
    under = case.check.order if case.check else ""
    if isinstance(event, OrderEvent) and event.order == under:
        return None
    return Text("this field check is not in force")


def back_to_acceptor(case: Case, event: CaseEvent) -> Text | None:
    """Dispatcher → acceptor: not our bureau."""
    if isinstance(event, CaseReturned) and event.to != "acceptor":
        return Text("from here a case goes back to the acceptor")
    return reasoned(case, event)


def back_to_dispatcher(case: Case, event: CaseEvent) -> Text | None:
    """Department → dispatcher: not our unit."""
    if isinstance(event, CaseReturned) and event.to != "dispatcher":
        return Text("from here a case goes back to the dispatcher")
    return reasoned(case, event)


def early_only(case: Case, event: CaseEvent) -> Text | None:
    """Before the feedback, only calm sensors begin the closing test."""
    if isinstance(event, ClosingTestBegun) and event.early:
        return None
    return Text("the crew has not reported yet")


def forced(case: Case, event: CaseEvent) -> Text | None:
    """Without a passed test: the duty chief in person, with a reason."""
    if not isinstance(event, CaseClosed) or event.outcome != "untested":
        return Text("the closing test has not been passed")
    if event.actor.kind != "person" or event.actor.post != "duty_chief" or not event.actor.id:
        return Text("only the duty chief, by name, closes without a test")
    return reasoned(case, event)


def proved(case: Case, event: CaseEvent) -> Text | None:
    """Verified by calm readings, checked by the named collector who was ordered, or forced."""
    if not isinstance(event, CaseClosed):
        return Text("this closes nothing")
    match event.outcome:
        case "verified":
            if event.readings and all(proof.state == "calm" for proof in event.readings):
                return None
            return Text("the closing test has not been passed")
        case "checked":
            check = case.check
            if (
                check is not None
                and check.stage == "closing"
                and check.finding in ("resolved", "nothing_found")
                and event.checked_by
                and event.checked_by == check.collector
            ):
                return None
            return Text("no collector has found it resolved")
        case "untested":
            return forced(case, event)
