"""What colleagues must not forget: until when each was busy, what was refused them, where a person has just acted."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from services.collaboration.canon import canonical, revive
from services.engine.desk import Fact, Turn
from services.exercise.settings import Settings
from services.facts.base import CommandRefused, Event
from services.facts.engine import TurnAbandoned

SPLIT = "#"
"""Between the parts of a colleague's command id: seat, task, city time."""


class _State(msgspec.Struct):
    free_ms: dict[str, int] = {}  # seat → when it put down its last task
    aside_ms: dict[str, int] = {}  # task's key → not before
    touched_ms: dict[str, int] = {}  # case → a person's last act
    paused_ms: int = -1  # a turn came to nothing: not before


class MemoryDesk:
    """Decides nothing: all of it follows from the journal, so a restart loses none and a replay needs no colleague."""

    name = "colleagues"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._state = _State()

    def free_ms(self, seat: str) -> int:
        return self._state.free_ms.get(seat, 0)

    def aside(self, key: str, city_ms: int) -> bool:
        """Whether a task is left for later."""
        return city_ms < max(self._state.aside_ms.get(key, -1), self._state.paused_ms)

    def left_alone(self, case: str, city_ms: int) -> bool:
        """Whether a person has acted on this case so lately that colleagues keep off."""
        touched = self._state.touched_ms.get(case, -1)
        return touched >= 0 and city_ms - touched < self._settings.leave_alone_s * 1000

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        return ()

    def apply(self, event: Event, turn: Turn) -> None:
        now, actor = turn.city_ms, event.actor
        retry_ms = now + round(self._settings.retry_s * 1000)
        if isinstance(event, TurnAbandoned):
            self._state.paused_ms = retry_ms
        elif actor.kind == "colleague":
            self._state.free_ms[actor.id] = now
            if isinstance(event, CommandRefused):
                self._put_aside(event.cause, retry_ms, now)
        elif actor.kind == "person" and actor.post != "collector" and not isinstance(event, CommandRefused):
            case = getattr(event, "case", "")
            if case:
                self._forget(self._state.touched_ms, now - round(self._settings.leave_alone_s * 1000))
                self._state.touched_ms[case] = now

    def _put_aside(self, id: str, until_ms: int, city_ms: int) -> None:
        parts = id.split(SPLIT)
        if len(parts) == 3:
            self._forget(self._state.aside_ms, city_ms)
            self._state.aside_ms[parts[1]] = until_ms

    @staticmethod
    def _forget(times: dict[str, int], before_ms: int) -> None:
        for key in [key for key, at_ms in times.items() if at_ms < before_ms]:
            del times[key]

    def snapshot(self) -> bytes:
        return canonical(self._state)

    def restore(self, data: bytes) -> None:
        self._state = revive(data, _State)
