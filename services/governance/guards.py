"""What else must be true for a step of a case, beside its state and post. None: nothing stands against it."""

from __future__ import annotations

from services.collaboration.authority import person_of
from services.facts.casework import UrgentLaneTaken
from services.facts.collaboration import CENTRE, DISPATCHING, HANDLING
from services.facts.governance import (
    CaseEvent,
    CaseFiled,
    CaseMerged,
    CaseReturned,
    CaseRouted,
    OrderEvent,
)
from services.governance.case import Case
from twin.core.text import Text

IN_PERSON = ("person", "colleague")
FOUNDLESS = ("resolved", "nothing_found")


def reasoned(case: Case, event: CaseEvent) -> Text | None:
    """A refusal, return or rework gives its reason."""
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
    """After a return the main step is not simply repeated: somebody files it again, and says why."""
    if isinstance(event, CaseFiled) and not event.by:
        return Text("who files is responsible: nobody is named")
    if event.actor.kind not in IN_PERSON:
        return Text("a returned case is filed again by a person only")
    return reasoned(case, event)


def papers(case: Case, event: CaseEvent) -> Text | None:
    """补录: the papers of a case that was acted on first."""
    if not case.urgent or case.filed_by:
        return Text("it is filed already")
    if isinstance(event, CaseFiled) and not event.by:
        return Text("who files is responsible: nobody is named")
    return None


def at_once(case: Case, event: CaseEvent) -> Text | None:
    """The urgent lane is entered once, before filing, with a limit for the papers."""
    if case.urgent or case.filed_by:
        return Text("it is filed or in the urgent lane already")
    if isinstance(event, UrgentLaneTaken) and event.file_by_ms <= 0:
        return Text("the papers need a limit")
    return reasoned(case, event)


def unfounded(case: Case, event: CaseEvent) -> Text | None:
    """What was acted on first is dropped only where nobody filed it, and where a collector found nothing or the duty
    chief answers for it in person."""
    if not case.urgent or case.filed_by:
        return Text("a filed case is closed, not refused")
    found = case.check.finding if case.check else ""
    chief = event.actor.kind == "person" and event.actor.post == "duty_chief"
    if found not in FOUNDLESS and not chief:
        return Text("a collector has to find nothing there, or the duty chief to answer for it in person")
    return reasoned(case, event)


def routable(case: Case, event: CaseEvent) -> Text | None:
    """A department routes to itself only where it commands its own units; the desk of a lower tier, which owns the case
    without having been routed it, names the department like a dispatcher; after a return the reason is given."""
    if not isinstance(event, CaseRouted) or not event.department:
        return Text("no department is named")
    if event.actor.post not in DISPATCHING and case.commands != event.department and not _tiers_desk(case, event):
        return Text("only the dispatcher names the department")
    own = case.commands if case.commands not in case.excluded else ""
    if own and own != event.department and event.actor.kind == "rule":
        return Text("this department commands its own units: only a person names another")
    return reasoned(case, event) if case.returned else None


def _tiers_desk(case: Case, event: CaseEvent) -> bool:
    owner = case.holder
    apart = owner.post in HANDLING and owner.department != case.department
    return apart and event.actor.kind in IN_PERSON and person_of(event.actor) == owner.person


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
    if not isinstance(event, CaseReturned) or event.actor.post not in DISPATCHING:
        return Text("only the dispatcher returns a case to the acceptor")
    return reasoned(case, event)


def back_to_dispatcher(case: Case, event: CaseEvent) -> Text | None:
    """Department → dispatcher: not our unit. A department returns what it has been routed."""
    if not case.department:
        return Text("no department is responsible yet")
    return reasoned(case, event)


def merged_by_hand(case: Case, event: CaseEvent) -> Text | None:
    """Work under way is given up for another case by a person only."""
    if not isinstance(event, CaseMerged) or event.into == case.id:
        return Text("a case is merged into another one")
    if event.actor.kind not in IN_PERSON:
        return Text("a crew is at work: only a person merges the case now")
    return reasoned(case, event)


def offered(case: Case, event: CaseEvent) -> Text | None:
    """Only the owner's case is handed on, and to somebody."""
    to = getattr(event, "to_post", "")
    sender = (getattr(event, "from_post", ""), getattr(event, "from_department", ""))
    if not to:
        return Text("nobody is named to take it")
    if sender != (case.holder.post, case.holder.department):
        return Text("only the post that owns a case hands it on")
    return None


def taken(case: Case, event: CaseEvent) -> Text | None:
    """A person takes what is offered to the post; the centre may also take a case out of other hands."""
    post, person = getattr(event, "post", ""), getattr(event, "person", "")
    if not post or not person:
        return Text("nobody is named to take it")
    if event.actor.kind not in IN_PERSON or event.actor.post in CENTRE:
        return None
    offer = case.offer
    mine = offer is not None and (
        event.actor.post == offer.to_post or (event.actor.post in HANDLING and offer.to_post in HANDLING)
    )
    return None if mine else Text("it is not offered to this post")
