"""The commands desk: what people at a post may do with a case, each refused with a reason where it cannot be done."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from services.collaboration.authority import person_of
from services.collaboration.canon import canonical
from services.engine.desk import Fact, Turn
from services.facts.base import CommandRefused, Event
from services.facts.casework import MergeCase, SplitCase
from services.facts.collaboration import HANDLING
from services.facts.governance import AcknowledgeCase, AddNote, CaseCommand, CaseEvent
from services.governance.answers import Answer, StepAnswers
from services.governance.case import Case
from services.governance.cases import CaseDesk
from services.governance.checks import CheckDesk
from services.governance.claim_answers import ClaimAnswers
from services.governance.dispatch import DispatchDesk
from services.governance.filing import FilingDesk
from services.governance.lifecycle import posts_text, refusal
from services.governance.selection import Selection
from twin.city.catalogue import Taxonomy
from twin.core.text import Text

OPEN_TO_ALL = (AcknowledgeCase, AddNote)
ELSEWHERE = (SplitCase, MergeCase)
"""Commands whose answer, and refusal, is the incidents desk's; the cases follow it."""


class CommandDesk:
    """Keeps nothing; every answer is either events or one refusal."""

    name = "commands"

    def __init__(
        self, cases: CaseDesk, checks: CheckDesk, dispatch: DispatchDesk, selection: Selection, filing: FilingDesk,
        taxonomy: Taxonomy,
    ) -> None:  # fmt: skip
        self._cases = cases
        self._authority = cases.authority
        steps, claims = StepAnswers(cases, checks, dispatch, selection, filing), ClaimAnswers(cases, taxonomy)
        self._answers: dict[type[CaseCommand], Callable[..., Answer]] = {**steps.table(), **claims.table()}

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        if not isinstance(fact, CaseCommand) or isinstance(fact, ELSEWHERE):
            return ()
        case = self._cases.get(fact.case)
        answer: Answer | None = self._barred(fact, turn)
        if answer is None and case is None:
            answer = Text("there is no case {case}", {"case": fact.case})
        elif answer is None and case is not None:
            answer = self._stranger(case, fact, turn)
            answer = answer or self._checked(case, self._answer(case, fact, turn), turn)
        if isinstance(answer, Text):
            return (CommandRefused(actor=fact.actor, cause=fact.id, command=type(fact).__name__, why=answer),)
        return answer or ()

    def _answer(self, case: Case, fact: CaseCommand, turn: Turn) -> Answer:
        answers = self._answers.get(type(fact))
        return Text("nobody answers this command") if answers is None else answers(case, fact, turn)

    def _barred(self, fact: CaseCommand, turn: Turn) -> Text | None:
        """Why this sender may not give this command at all, with the posts that may."""
        if fact.actor.kind == "resident" and "resident" in type(fact).posts:
            return None
        if fact.actor.kind in ("person", "colleague") and fact.actor.post not in type(fact).posts:
            acting = posts_text((fact.actor.post,) if fact.actor.post else ())
            return Text("this is for {posts}, not for {post}", {"posts": posts_text(type(fact).posts), "post": acting})
        return self._authority.refusal(fact, turn.city_ms)

    def _stranger(self, case: Case, fact: CaseCommand, turn: Turn) -> Text | None:
        """A department acts on its own cases only: those it is in charge of, owns, or is offered."""
        if fact.actor.post not in HANDLING or isinstance(fact, OPEN_TO_ALL):
            return None
        own = self._authority.department(fact.actor, turn.city_ms)
        concerned = {case.department, case.commands, case.holder.department}
        if case.offer is not None:
            concerned.add(case.offer.to_department)
        if own in concerned:
            return None
        person = self._cases.lookup.person_name(person_of(fact.actor))
        name = self._cases.lookup.department_name(own)
        return Text(
            "{person} acts for {department}, which does not have this case", {"person": person, "department": name}
        )

    def _checked(self, case: Case, answer: Answer, turn: Turn) -> Answer:
        """Each event must be allowed after the ones before it; one forbidden step forbids the command. Whoever acts on
        a case that is offered to the post takes it with the first step that is the owner's."""
        if isinstance(answer, Text):
            return answer
        ahead, events = case, list[CaseEvent]()
        for event in answer:
            took = self._cases.taken_for(ahead, event, turn)
            for one in (event,) if took is None else (took, event):
                against = refusal(ahead, one)
                if against is not None:
                    return against
                ahead = self._cases.ahead(ahead, one, turn)
                events.append(one)
        return tuple(events) or Text("nothing can be done about it now")

    def apply(self, event: Event, turn: Turn) -> None:
        """The cases desk keeps what came of it."""

    def snapshot(self) -> bytes:
        return canonical(None)

    def restore(self, data: bytes) -> None:
        """Nothing is kept."""
