"""The clocks desk: what is overdue is noticed once, and stays visible."""

from __future__ import annotations

from collections.abc import Iterable

from services.collaboration.canon import canonical
from services.engine.desk import Fact, Tick, Turn
from services.facts.base import SYSTEM, Event
from services.facts.because import because
from services.facts.governance import ClockOverdue
from services.governance.cases import CaseDesk
from services.governance.lifecycle import refusal
from services.governance.story import CLOCK


class ClockDesk:
    """Clocks lie in the cases; limits are in city time and run through the night (紧急工作时)."""

    name = "clocks"

    def __init__(self, cases: CaseDesk) -> None:
        self._cases = cases

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        if not isinstance(fact, Tick):
            return
        for case in self._cases.open():
            for clock in case.clocks:
                if clock.running and not clock.overdue and turn.city_ms > clock.due_ms:
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

    def apply(self, event: Event, turn: Turn) -> None:
        """The cases desk keeps what came of it."""

    def snapshot(self) -> bytes:
        return canonical(None)

    def restore(self, data: bytes) -> None:
        """Nothing is kept."""
