"""The clocks desk: what is overdue is noticed once, stays visible and is supervised; suspensions end in time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from services.collaboration.canon import canonical
from services.engine.desk import Fact, Tick, Turn
from services.facts.base import SYSTEM, Event
from services.facts.because import Because, because
from services.facts.casework import CaseSupervised, ClockResumed, Ground, TimeRefused, UrgentLaneTaken
from services.facts.governance import CaseFiled, ClockOverdue
from services.governance.case import Case
from services.governance.cases import CaseDesk
from services.governance.lifecycle import refusal
from services.governance.story import CLOCK


class ClockDesk:
    """Clocks lie in the cases; what counts towards them says the calendar."""

    name = "clocks"

    def __init__(self, cases: CaseDesk) -> None:
        self._cases = cases

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        match fact:
            case Tick():
                return [event for case in self._cases.open() for event in self._watch(case, turn)]
            case ClockOverdue():
                return self._after(fact, turn)
            case CaseFiled() | UrgentLaneTaken():
                case = self._cases.get(fact.case)
                grave = case is not None and 0 < case.severity <= self._cases.calendar.supervision.importance
                reason = because("of this severity it is supervised")
                return self._supervise(case, "importance", reason, turn) if case is not None and grave else ()
            case _:
                return ()

    def _watch(self, case: Case, turn: Turn) -> Iterator[Event]:
        if 0 <= case.suspended_until_ms <= turn.city_ms:
            ended = ClockResumed(actor=SYSTEM, cause=case.id, **because("the suspension is over"), case=case.id)
            if refusal(case, ended) is None:
                yield ended
            return
        for clock in case.clocks:
            if clock.running and not clock.paused and not clock.overdue and turn.city_ms > clock.due_ms:
                event = ClockOverdue(
                    actor=SYSTEM,
                    cause=case.id,
                    **because("the limit for {clock} has passed", clock=CLOCK[clock.name]),
                    case=case.id,
                    clock=clock.name,
                    due_ms=clock.due_ms,
                )
                if refusal(case, event) is None:
                    yield event

    def _after(self, fact: ClockOverdue, turn: Turn) -> Iterable[Event]:
        """A request for time that is still undecided lapses; the case is supervised."""
        case = self._cases.get(fact.case)
        if case is None or case.ended:
            return ()
        events: list[Event] = []
        if fact.clock == "handle" and case.time_asked is not None:
            lapsed = TimeRefused(
                actor=SYSTEM, cause=case.id, **because("overdue before both had approved"), case=case.id,
                kind=case.time_asked.kind,
            )  # fmt: skip
            events += () if refusal(case, lapsed) else (lapsed,)
        if fact.clock in self._cases.calendar.supervision.clocks:
            reason = because("the limit for {clock} has passed", clock=CLOCK[fact.clock])
            events += self._supervise(case, "timeout", reason, turn)
        return events

    def _supervise(self, case: Case, ground: Ground, reason: Because, turn: Turn) -> tuple[Event, ...]:
        actor = self._cases.authority.rule(f"supervision/{ground}", "duty_chief", turn.city_ms)
        if actor is None or case.supervised:
            return ()
        event = CaseSupervised(actor=actor, cause=case.id, case=case.id, ground=ground, **reason)
        return () if refusal(case, event) else (event,)

    def apply(self, event: Event, turn: Turn) -> None:
        """The cases desk keeps what came of it."""

    def snapshot(self) -> bytes:
        return canonical(None)

    def restore(self, data: bytes) -> None:
        """Nothing is kept."""
