"""The commands desk: what people at a post may do with a case, each refused with a reason where it cannot be done."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from services.collaboration.authority import Authority
from services.collaboration.canon import canonical
from services.engine.desk import Fact, Turn
from services.facts.base import CommandRefused, Event
from services.facts.because import because
from services.facts.evidence import RuleTried
from services.facts.governance import (
    AcceptCase,
    AcknowledgeCase,
    AddNote,
    AssignUnit,
    CaseAccepted,
    CaseAcknowledged,
    CaseClosed,
    CaseCommand,
    CaseEvent,
    CaseFiled,
    CaseNotAccepted,
    CaseReturned,
    CaseRouted,
    CaseTakenOver,
    CloseByForce,
    NoteAdded,
    OrderFieldCheck,
    RejectCase,
    ReturnCase,
    RouteCase,
    TakeOver,
    UnitLost,
)
from services.governance.case import Case, CaseState
from services.governance.cases import CaseDesk
from services.governance.checks import CheckDesk
from services.governance.dispatch import DispatchDesk
from services.governance.lifecycle import refusal
from services.governance.selection import Selection
from twin.core.text import Name, Text

Answer = tuple[CaseEvent, ...] | Text
"""Events to journal, or the reason why not."""


class CommandDesk:
    """Keeps nothing; every answer is either events or one refusal."""

    name = "commands"

    def __init__(self, cases: CaseDesk, checks: CheckDesk, dispatch: DispatchDesk, selection: Selection) -> None:
        self._cases = cases
        self._checks = checks
        self._dispatch = dispatch
        self._selection = selection
        self._authority: Authority = cases.authority

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        if not isinstance(fact, CaseCommand):
            return ()
        against = self._authority.refusal(fact, turn.city_ms)
        case = self._cases.get(fact.case)
        answer: Answer
        if against is not None:
            answer = against
        elif case is None:
            answer = Text("there is no case {case}", {"case": fact.case})
        else:
            answer = self._checked(case, self._answer(case, fact, turn), turn)
        if isinstance(answer, Text):
            return (CommandRefused(actor=fact.actor, cause=fact.id, command=type(fact).__name__, why=answer),)
        return answer

    def _checked(self, case: Case, answer: Answer, turn: Turn) -> Answer:
        """Each event must be allowed after the ones before it; one forbidden step forbids the command."""
        if isinstance(answer, Text):
            return answer
        ahead = case
        for event in answer:
            against = refusal(ahead, event)
            if against is not None:
                return against
            ahead = self._cases.ahead(ahead, event, turn)
        return answer or Text("nothing can be done about it now")

    def _answer(self, case: Case, fact: CaseCommand, turn: Turn) -> Answer:
        match fact:
            case AcknowledgeCase():
                return (CaseAcknowledged(actor=fact.actor, cause=fact.id, case=case.id),)
            case AcceptCase():
                return self._accept(case, fact)
            case RejectCase():
                reason = fact.why_not.strip()
                return (CaseNotAccepted(actor=fact.actor, cause=fact.id, reason=reason, case=case.id),)
            case RouteCase():
                return self._route(case, fact)
            case AssignUnit():
                return self._assign(case, fact, turn)
            case ReturnCase():
                return self._back(case, fact)
            case OrderFieldCheck():
                return self._check(case, fact, turn)
            case CloseByForce():
                reason = fact.why_forced.strip()
                return (CaseClosed(actor=fact.actor, cause=fact.id, reason=reason, case=case.id, outcome="untested"),)
            case TakeOver():
                return (CaseTakenOver(actor=fact.actor, cause=fact.id, case=case.id, owner=fact.actor.id),)
            case AddNote():
                if not fact.note.strip():
                    return Text("the note is empty")
                return (NoteAdded(actor=fact.actor, cause=fact.id, case=case.id, note=fact.note.strip()),)
            case _:
                return Text("nobody answers this command")

    def _accept(self, case: Case, fact: AcceptCase) -> Answer:
        accepted = CaseAccepted(actor=fact.actor, cause=fact.id, case=case.id)
        filed = CaseFiled(
            actor=fact.actor, cause=fact.id, case=case.id, by=fact.actor.id, **because("accepted by hand")
        )
        if case.state is not CaseState.REPORTED:
            return (filed,)
        return (accepted,) if case.doubtful else (accepted, filed)

    def _route(self, case: Case, fact: RouteCase) -> Answer:
        departments = self._cases.lookup.departments
        if fact.department not in departments:
            return Text("there is no department {department}", {"department": fact.department})
        by_hand = RuleTried(
            "by hand",
            Name("by hand", "人工指定"),
            True,
            Text("named by {person}", {"person": self._cases.lookup.person_name(fact.actor.id)}),
        )
        routed = CaseRouted(
            actor=fact.actor, cause=fact.id, **because("named by hand"), case=case.id, department=fact.department,
            rule="by hand", tried=(*case.trace, by_hand),
        )  # fmt: skip
        return (routed,)

    def _assign(self, case: Case, fact: AssignUnit, turn: Turn) -> Answer:
        scene = self._cases.scenes.of(case)
        task = scene.tasks[min(case.task, len(scene.tasks) - 1)]
        unit = self._cases.lookup.units.get(fact.unit)
        if unit is None:
            return Text("there is no unit {unit}", {"unit": fact.unit})
        if task not in unit.skills:
            return Text("{unit} cannot do this task", {"unit": unit.name})
        willing = msgspec.structs.replace(case, refusals=())  # a person may ask again
        against = self._selection.unfit(unit, willing, set(), turn.city_ms)
        if against is not None:
            return Text("{unit}: {why}", {"unit": unit.name, "why": against})
        found = self._selection.among((unit,), willing, set(), turn.city_ms)
        order = self._dispatch.dispatched(
            case, fact.actor, unit.id, found.travel_s, found.candidates, turn, because("assigned by hand")
        )
        under = case.assignment
        if under is None or (case.state is CaseState.HANDLING and under.state == "done"):
            return (order,)
        recalled = UnitLost(
            actor=fact.actor, cause=fact.id, **because("another unit was assigned"), case=case.id, unit=under.unit,
            order=under.order, how="recalled",
        )  # fmt: skip
        return (recalled, order)

    def _back(self, case: Case, fact: ReturnCase) -> Answer:
        to_acceptor = case.state is CaseState.PENDING_DISPATCH
        return (
            CaseReturned(
                actor=fact.actor, cause=fact.id, reason=fact.why_back.strip(), case=case.id,
                to="acceptor" if to_acceptor else "dispatcher", department=case.department,
            ),
        )  # fmt: skip

    def _check(self, case: Case, fact: OrderFieldCheck, turn: Turn) -> Answer:
        stage = self._checks.stage_of(case)
        if stage is None:
            return Text("a collector looks before filing, or before closing")
        if case.check is not None and not case.check.finding:
            return Text("a collector is on the way already")
        return tuple(
            event
            for event in self._checks.order(case, stage, fact.actor, turn, set(), because("ordered by hand"))
            if isinstance(event, CaseEvent)
        )

    def apply(self, event: Event, turn: Turn) -> None:
        """The cases desk keeps what came of it."""

    def snapshot(self) -> bytes:
        return canonical(None)

    def restore(self, data: bytes) -> None:
        """Nothing is kept."""
