"""The routing desk: which department a filed case goes to, with every rule that was tried; and who must say so where
no rule does."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from services.collaboration.canon import canonical, revive
from services.engine.desk import Action, Fact, Section, Turn
from services.facts.base import Actor, Event
from services.facts.because import Because, because
from services.facts.casework import CaseReopened, TierMoved, UrgentLaneTaken
from services.facts.evidence import Contender
from services.facts.governance import (
    CaseClosed,
    CaseEvent,
    CaseFiled,
    CaseMerged,
    CaseNotAccepted,
    CaseReturned,
    CaseReworked,
    CaseRouted,
    CaseUnrouted,
)
from services.governance.case import Case, CaseState
from services.governance.cases import CaseDesk
from services.governance.jurisdiction import Jurisdictions
from services.governance.rule_terms import Question
from services.governance.rulebook import Routed, Rulebook
from services.governance.rules import Rule
from twin.core.text import Name, Text
from twin.core.views import Table

_LEAVING = (CaseRouted, CaseReturned, CaseClosed, CaseMerged, CaseNotAccepted)


class Unrouted(msgspec.Struct, frozen=True):
    """A case that waits for a person to name the department: whose desk it lies on, and between whom it lies."""

    case: str
    owner: str
    since_ms: int
    contenders: tuple[Contender, ...]


class _State(msgspec.Struct):
    waiting: dict[str, Unrouted] = {}


class RoutingDesk:
    """Keeps the queue of those that no rule routed; the trace lies in the case."""

    name = "routing"

    def __init__(self, cases: CaseDesk, rulebook: Rulebook, jurisdictions: Jurisdictions) -> None:
        self._cases = cases
        self._rulebook = rulebook
        self._jurisdictions = jurisdictions
        self._state = _State()

    def queue(self) -> tuple[Unrouted, ...]:
        """Those that wait for a person, the longest first."""
        return tuple(sorted(self._state.waiting.values(), key=lambda entry: (entry.since_ms, entry.case)))

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        if isinstance(fact, CaseFiled | UrgentLaneTaken | CaseReturned | CaseReworked | CaseReopened | TierMoved):
            case = self._cases.get(fact.case)
            waits = case is not None and case.state is CaseState.PENDING_DISPATCH and not case.department
            if (
                case is not None
                and waits
                and not case.manual
                and self._cases.permits(self._cases.scenes.of(case), "route")
            ):
                return self._route(case, turn, anew=isinstance(fact, TierMoved))
        return ()

    def _route(self, case: Case, turn: Turn, *, anew: bool) -> Iterable[Event]:
        """``anew``: it lies with somebody already, and stays there where no rule knows better."""
        found = self.ask(case, turn.city_ms)
        if anew and found.rule is None:
            return ()
        event = self._unrouted(case, found, turn) if found.rule is None else self._routed(case, found, found.rule, turn)
        return self._cases.allowed(case, event, turn)

    def ask(self, case: Case, city_ms: int) -> Routed:
        """What the rules say of a case now."""
        question = question_of(case, self._cases, city_ms)
        tolerance_m = self._rulebook.rules.tolerance_m
        return self._rulebook.route(question, self._jurisdictions.around(case.x_m, case.y_m, case.cell, tolerance_m))

    def _routed(self, case: Case, found: Routed, rule: Rule, turn: Turn) -> CaseRouted:
        id = f"routing/{rule.id}"
        actor = self._cases.authority.rule(id, rule.author, turn.city_ms) or Actor("rule", id, rule.author)
        return CaseRouted(
            actor=actor,
            cause=case.id,
            **because("rule {rule}, in force since {date}", rule=rule.id, date=rule.effective.isoformat()),
            case=case.id,
            department=found.department,
            rule=rule.id,
            tried=found.tried,
            author=rule.author,
            effective=rule.effective.isoformat(),
            until=rule.until.isoformat() if rule.until else "",
        )

    def _unrouted(self, case: Case, found: Routed, turn: Turn) -> CaseUnrouted:
        chief = self._cases.authority.roster.holder("duty_chief", turn.city_ms)
        holder = chief.id if chief else ""
        rule = "routing/border" if found.contenders else "routing/none"
        return CaseUnrouted(
            actor=Actor("rule", rule, "duty_chief", holder),
            cause=case.id,
            **self._why(found),
            case=case.id,
            tried=found.tried,
            owner=holder,
            contenders=found.contenders,
        )

    def _why(self, found: Routed) -> Because:
        if not found.contenders:
            return because("none of {count} rules matches: the duty chief decides", count=len(found.tried))
        own = found.contenders[0]
        other = next(one for one in found.contenders if one.department != own.department)
        return because(
            "{metres} m from another jurisdiction: {department} or {other}, the duty chief decides",
            metres=other.away_m,
            department=self._called(own.department),
            other=self._called(other.department),
        )

    def _called(self, department: str) -> Name | Text:
        return self._cases.lookup.department_name(department) if department else Text("nobody")

    def apply(self, event: Event, turn: Turn) -> None:
        if isinstance(event, CaseUnrouted):
            entry = Unrouted(event.case, event.owner, turn.city_ms, event.contenders)
            self._state.waiting[event.case] = entry
        elif isinstance(event, CaseEvent) and isinstance(event, _LEAVING):
            self._state.waiting.pop(event.case, None)

    def sections(self, case: str) -> Iterable[Section]:
        """Between whom a case lies."""
        waiting = self._state.waiting.get(case)
        if waiting is None or not waiting.contenders:
            return ()
        parts = {part.id: part.name for part in self._cases.lookup.city.meta.parts}
        rows = tuple(
            (
                parts.get(one.subdistrict, one.subdistrict),
                parts.get(one.district, one.district),
                one.away_m,
                self._called(one.department),
                one.rule or "–",
            )
            for one in waiting.contenders
        )
        columns = (Text("Subdistrict"), Text("District"), Text("Metres away"), Text("Department"), Text("Rule"))
        return (Table(title=Text("Whose case is it?"), columns=columns, rows=rows),)

    def actions(self, case: str) -> Iterable[Action]:
        """One a contender."""
        waiting = self._state.waiting.get(case)
        if waiting is None:
            return ()
        departments = dict.fromkeys(one.department for one in waiting.contenders if one.department)
        return tuple(
            Action(
                command="RouteCase",
                label=Text("It is for {department}", {"department": self._called(department)}),
                fixed={"case": case, "department": department},
                posts=("dispatcher", "duty_chief"),
            )
            for department in departments
        )

    def snapshot(self) -> bytes:
        return canonical(self._state)

    def restore(self, data: bytes) -> None:
        self._state = revive(data, _State)


def question_of(case: Case, cases: CaseDesk, city_ms: int) -> Question:
    """What the rules may look at of a case."""
    lookup, scene = cases.lookup, cases.scenes.of(case)
    place = lookup.places.get(case.place)
    return Question(
        code=case.code,
        severity=case.severity,
        city_ms=city_ms,
        district=lookup.district(case.cell),
        subdistrict=lookup.subdistrict(case.cell),
        scene=case.scene,
        lead=scene.lead,
        tasks=scene.tasks,
        place_kind=place.kind if place else "",
        tier=case.tier,
        owner=lookup.owner(case.target),
        maintainer=lookup.maintainer(case.target),
        values=tuple((entry.condition, entry.value) for entry in case.evidence),
        excluded=case.excluded,
    )
