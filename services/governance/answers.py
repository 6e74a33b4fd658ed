"""Answers to commands about a case's main steps: events to journal, or the reason why not."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from services.collaboration.authority import person_of
from services.engine.desk import Turn
from services.facts.because import because
from services.facts.casework import AcceptHandoff, CaseTaken, DeclareUrgent
from services.facts.collaboration import CENTRE, HANDLING
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
    CaseReworked,
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
from services.governance.filing import FilingDesk
from services.governance.selection import Selection
from twin.core.text import Name, Text

Answer = tuple[CaseEvent, ...] | Text
"""Events to journal, or the reason why not."""


class StepAnswers:
    """Reads desks; changes nothing."""

    def __init__(
        self, cases: CaseDesk, checks: CheckDesk, dispatch: DispatchDesk, selection: Selection, filing: FilingDesk
    ) -> None:
        self._cases = cases
        self._checks = checks
        self._dispatch = dispatch
        self._selection = selection
        self._filing = filing

    def table(self) -> dict[type[CaseCommand], Callable[..., Answer]]:
        return {
            AcknowledgeCase: self._acknowledge,
            AcceptCase: self._accept,
            RejectCase: self._reject,
            AcceptHandoff: self._take,
            DeclareUrgent: self._urgent,
            RouteCase: self._route,
            AssignUnit: self._assign,
            ReturnCase: self._back,
            OrderFieldCheck: self._check,
            CloseByForce: self._force,
            TakeOver: self._take_over,
            AddNote: self._note,
        }

    def _acknowledge(self, case: Case, fact: AcknowledgeCase, turn: Turn) -> Answer:
        return (CaseAcknowledged(actor=fact.actor, cause=fact.id, case=case.id),)

    def _note(self, case: Case, fact: AddNote, turn: Turn) -> Answer:
        if not fact.note.strip():
            return Text("the note is empty")
        return (NoteAdded(actor=fact.actor, cause=fact.id, case=case.id, note=fact.note.strip()),)

    def _reject(self, case: Case, fact: RejectCase, turn: Turn) -> Answer:
        reason = fact.why_not.strip()
        return (CaseNotAccepted(actor=fact.actor, cause=fact.id, reason=reason, case=case.id),)

    def _force(self, case: Case, fact: CloseByForce, turn: Turn) -> Answer:
        reason = fact.why_forced.strip()
        return (CaseClosed(actor=fact.actor, cause=fact.id, reason=reason, case=case.id, outcome="untested"),)

    def _accept(self, case: Case, fact: AcceptCase, turn: Turn) -> Answer:
        accepted = CaseAccepted(actor=fact.actor, cause=fact.id, case=case.id)
        again = case.state is CaseState.RETURNED
        words = fact.why_filed.strip()
        filed = CaseFiled(actor=fact.actor, cause=fact.id, case=case.id, by=person_of(fact.actor), reason=words)
        if not words and not again:
            filed = msgspec.structs.replace(filed, **because("accepted by hand"))
        if case.state is not CaseState.REPORTED:
            return (filed,)
        return (accepted,) if case.doubtful else (accepted, filed)

    def _take(self, case: Case, fact: AcceptHandoff, turn: Turn) -> Answer:
        offer = case.offer
        if offer is None:
            return Text("it is not offered to anybody")
        department = offer.to_department
        if fact.actor.post in CENTRE:
            if offer.to_post not in CENTRE:
                return Text("it is offered to a department")
            department = self._cases.staffing.department(fact.actor.post, turn.city_ms)
        return (self._taken(case, fact, department, Text("accepts what was handed on")),)

    def _taken(self, case: Case, fact: CaseCommand, department: str, why: Text) -> CaseTaken:
        return CaseTaken(
            actor=fact.actor, cause=fact.id, reason=why.msgid, why=why, case=case.id, post=fact.actor.post,
            department=department, person=person_of(fact.actor),
        )  # fmt: skip

    def _urgent(self, case: Case, fact: DeclareUrgent, turn: Turn) -> Answer:
        words = fact.why_urgent.strip()
        if not words:
            return Text("a reason is needed")
        reason = because("{words}", words=words)
        events = tuple(
            event for event in self._filing.lane(case, fact.actor, reason, turn) if isinstance(event, CaseEvent)
        )
        return events or Text("only what is not filed yet can be acted on first")

    def _route(self, case: Case, fact: RouteCase, turn: Turn) -> Answer:
        if fact.department not in self._cases.lookup.departments:
            return Text("there is no department {department}", {"department": fact.department})
        by_hand = RuleTried(
            "by hand",
            Name("by hand", "人工指定"),
            True,
            Text("named by {person}", {"person": self._cases.lookup.person_name(person_of(fact.actor))}),
        )
        words = fact.why_routed.strip()
        routed = CaseRouted(
            actor=fact.actor, cause=fact.id, reason=words, case=case.id, department=fact.department,
            rule="by hand", tried=(*case.trace, by_hand),
        )  # fmt: skip
        if not words and not case.returned:
            routed = msgspec.structs.replace(routed, **because("named by hand"))
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

    def _back(self, case: Case, fact: ReturnCase, turn: Turn) -> Answer:
        """The legal returns: department → dispatcher, dispatcher → acceptor, and rework out of the closing test."""
        reason = fact.why_back.strip()
        if case.state is CaseState.PENDING_CHECK:
            return (CaseReworked(actor=fact.actor, cause=fact.id, reason=reason, case=case.id),)
        from_department = fact.actor.post in HANDLING or case.state is not CaseState.PENDING_DISPATCH
        return (
            CaseReturned(
                actor=fact.actor, cause=fact.id, reason=reason, case=case.id,
                to="dispatcher" if from_department else "acceptor",
                department=case.department if from_department else "",
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

    def _take_over(self, case: Case, fact: TakeOver, turn: Turn) -> Answer:
        """Into one's own hands: the post owns it from here on."""
        department = self._cases.staffing.department(fact.actor.post, turn.city_ms)
        over = CaseTakenOver(actor=fact.actor, cause=fact.id, case=case.id, owner=person_of(fact.actor))
        mine = (case.holder.post, case.holder.person) == (fact.actor.post, person_of(fact.actor))
        if mine and case.offer is None:
            return (over,)
        return (self._taken(case, fact, department, Text("takes it over")), over)
