"""The handoffs desk: each step that is another post's to follow offers the case to it; taken by whoever acts.

Between offer and taking lies limbo, and the sender still owns. A shift change passes the case on to whoever relieves.
"""

from __future__ import annotations

from collections.abc import Iterable

from services.collaboration.canon import canonical
from services.engine.desk import Fact, Tick, Turn
from services.facts.base import Actor, Event
from services.facts.because import because
from services.facts.casework import CaseOffered, CaseReopened, CaseTaken, TierMoved, UrgentLaneTaken
from services.facts.collaboration import ACCEPTING, HANDLING
from services.facts.governance import (
    CaseEvent,
    CaseFiled,
    CaseReturned,
    CaseReworked,
    CaseRouted,
    CaseUnrouted,
    UnitAcknowledged,
)
from services.governance.case import Case, CaseState, Holder
from services.governance.cases import CaseDesk
from services.governance.lifecycle import ROWS, refusal
from services.governance.ownership import SHIFT

NEXT_OWNER: dict[tuple[type[CaseEvent], str], str] = {(row.step, row.only): row.owner for row in ROWS if row.owner}
"""Which post a step hands the case to; the table says the same in every state."""


class HandoffDesk:
    """Keeps nothing: owner and offer lie in the cases."""

    name = "handoffs"

    def __init__(self, cases: CaseDesk) -> None:
        self._cases = cases

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        if isinstance(fact, Tick):
            return self._relieve(turn)
        if not isinstance(fact, CaseEvent):
            return ()
        case = self._cases.get(fact.case)
        if case is None or case.ended:
            return ()
        match fact:
            case CaseUnrouted():
                return self._on_the_desk(case, fact, turn)
            case CaseReopened():
                return self._again(case, fact, turn)
            case TierMoved():
                return self._to_tier(case, fact)
            case UnitAcknowledged():
                return self._crew_took(case, fact, turn)
            case _:
                return self._offer(case, fact)

    def _offer(self, case: Case, fact: CaseEvent) -> Iterable[Event]:
        post = NEXT_OWNER.get((type(fact), "")) or NEXT_OWNER.get((type(fact), getattr(fact, "to", "")), "")
        if not post or (isinstance(fact, CaseFiled) and case.urgent and case.holder.post != "acceptor"):
            return ()  # papers that follow hand nothing on
        department = ""
        if isinstance(fact, UrgentLaneTaken) and fact.commands:
            post, department = "handler", fact.commands
        elif post == "handler":
            department = case.department
        return self._offered(case, fact, post, department)

    def _to_tier(self, case: Case, fact: TierMoved) -> Iterable[Event]:
        """下派: to the desk of the lower tier's centre; 提级 to the city: its dispatcher. The sender owns it until the
        desk takes it."""
        if fact.to == "city":
            return self._offered(case, fact, "dispatcher", "")
        desk = self._cases.lookup.desk_of(fact.to)
        return self._offered(case, fact, "handler", desk) if desk else ()

    def _offered(self, case: Case, fact: CaseEvent, post: str, department: str) -> Iterable[Event]:
        """Nothing is offered to the post that owns the case already, unless it comes back."""
        back = isinstance(fact, CaseReturned | CaseReworked) or (isinstance(fact, CaseRouted) and case.reworks > 0)
        holder = case.holder
        owns = (
            post == holder.post
            if post not in HANDLING
            else (holder.post in HANDLING and holder.department == department)
        )
        if owns and not isinstance(fact, CaseReturned | CaseReworked) and case.offer is None:
            return ()
        if case.offer is not None and (case.offer.to_post, case.offer.to_department) == (post, department):
            return ()
        event = CaseOffered(
            actor=fact.actor,
            cause=case.id,
            reason=fact.reason,
            why=fact.why,
            case=case.id,
            from_post=holder.post,
            from_department=holder.department,
            to_post=post,
            to_department=department,
            back=back,
        )
        return () if refusal(case, event) else (event,)

    def _taken(self, case: Case, actor: Actor, holder: Holder, cause: str, **why: object) -> Iterable[Event]:
        event = CaseTaken(
            actor=actor, cause=cause, case=case.id, post=holder.post, department=holder.department,
            person=holder.person, **why,  # type: ignore[arg-type]
        )  # fmt: skip
        return () if refusal(case, event) else (event,)

    def _on_the_desk(self, case: Case, fact: CaseUnrouted, turn: Turn) -> Iterable[Event]:
        """What no rule routes lies with the duty chief by name, at once."""
        chief = self._cases.staffing.holder("duty_chief", "", turn.city_ms)
        return self._taken(case, fact.actor, chief, case.id, **because("no rule routes it: the duty chief decides"))

    def _again(self, case: Case, fact: CaseReopened, turn: Turn) -> Iterable[Event]:
        """Whoever put down the resident's word owns it until the dispatcher takes it."""
        post = fact.actor.post if fact.actor.post in ACCEPTING else "acceptor"
        holder = self._cases.staffing.holder(post, "", turn.city_ms)
        rule = self._cases.authority.rule("roster/reopening", "acceptor", turn.city_ms)
        taken = tuple(
            self._taken(case, rule or fact.actor, holder, case.id, **because("who put down the resident's word"))
        )
        if not taken:
            return ()
        offer = CaseOffered(
            actor=fact.actor, cause=case.id, reason=fact.reason, why=fact.why, case=case.id, from_post=holder.post,
            from_department=holder.department, to_post="dispatcher", to_department="", back=True,
        )  # fmt: skip
        return (*taken, offer)

    def _crew_took(self, case: Case, fact: UnitAcknowledged, turn: Turn) -> Iterable[Event]:
        """A department whose crew sets out has taken the case."""
        offer = case.offer
        if offer is None or offer.to_post not in HANDLING or case.state is not CaseState.HANDLING:
            return ()
        if offer.to_department != case.department:
            return ()  # a crew does not take it for the desk of a tier
        holder = self._cases.staffing.holder("handler", offer.to_department, turn.city_ms)
        reason = because("the department's crew has acknowledged")
        return self._taken(case, fact.actor, holder, fact.order, **reason)

    def _relieve(self, turn: Turn) -> Iterable[Event]:
        """Owners whose shift is over are relieved by whoever holds the post now."""
        events: list[Event] = []
        for case in self._cases.open():
            relief = self._cases.staffing.relief(case.holder, turn.city_ms)
            if relief is None:
                continue
            actor = Actor("rule", SHIFT, relief.post, relief.person)
            name = self._cases.lookup.person_name(case.holder.person)
            events += self._taken(case, actor, relief, case.id, **because("the shift of {person} is over", person=name))
        return events

    def apply(self, event: Event, turn: Turn) -> None:
        """The cases desk keeps what came of it."""

    def snapshot(self) -> bytes:
        return canonical(None)

    def restore(self, data: bytes) -> None:
        """Nothing is kept."""
