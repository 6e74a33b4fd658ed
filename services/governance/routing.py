"""The routing desk: which department a filed case goes to, with every rule that was tried."""

from __future__ import annotations

from collections.abc import Iterable

from services.collaboration.canon import canonical
from services.engine.desk import Fact, Turn
from services.facts.base import Actor, Event
from services.facts.because import because
from services.facts.governance import CaseFiled, CaseReturned, CaseRouted, CaseUnrouted
from services.governance.case import Case, CaseState
from services.governance.cases import CaseDesk
from services.governance.lifecycle import refusal
from services.governance.rules import Rule, route


class RoutingDesk:
    """Keeps nothing of its own: the trace lies in the case."""

    name = "routing"

    def __init__(self, cases: CaseDesk, rules: tuple[Rule, ...]) -> None:
        self._cases = cases
        self._rules = rules

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        if isinstance(fact, CaseFiled) or (isinstance(fact, CaseReturned) and fact.to == "dispatcher"):
            case = self._cases.get(fact.case)
            if case is not None and case.state is CaseState.PENDING_DISPATCH and not case.manual:
                return self._route(case, turn)
        return ()

    def _route(self, case: Case, turn: Turn) -> Iterable[Event]:
        authority = self._cases.authority
        found = route(case, self._cases.scenes.of(case), self._rules, self._cases.lookup, turn.city_ms)
        event: CaseRouted | CaseUnrouted
        if found.rule is None:
            chief = authority.roster.holder("duty_chief", turn.city_ms)
            event = CaseUnrouted(
                actor=Actor("rule", "routing/none", "duty_chief", chief.id if chief else ""),
                cause=case.id,
                **because("none of {count} rules matches: the duty chief decides", count=len(found.tried)),
                case=case.id,
                tried=found.tried,
                owner=chief.id if chief else "",
            )
        else:
            rule = f"routing/{found.rule.id}"
            actor = authority.rule(rule, found.rule.author, turn.city_ms) or Actor("rule", rule, found.rule.author)
            event = CaseRouted(
                actor=actor,
                cause=case.id,
                **because(
                    "rule {rule}, in force since {date}", rule=found.rule.id, date=found.rule.effective.isoformat()
                ),
                case=case.id,
                department=found.department,
                rule=found.rule.id,
                tried=found.tried,
            )
        return () if refusal(case, event) else (event,)

    def apply(self, event: Event, turn: Turn) -> None:
        """The cases desk keeps what came of it."""

    def snapshot(self) -> bytes:
        return canonical(None)

    def restore(self, data: bytes) -> None:
        """Nothing is kept."""
