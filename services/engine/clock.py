"""The clock desk: how fast city time runs, and who may say so."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from services.engine.desk import Fact, Turn
from services.facts.base import CommandRefused, Event
from services.facts.clock import AttachFeed, ClockSet, DetachFeed, FeedAttached, FeedDetached, SetClock
from twin.core.text import Text


class _State(msgspec.Struct):
    pace: float = 1.0
    running: bool = True
    since_ms: int = 0
    feeds: list[str] = []


class ClockDesk:
    """Pace and pause. Anchoring them to a wall clock is the server's work: it reads ``pace``, ``running``."""

    name = "clock"

    def __init__(self, pace: float = 1.0) -> None:
        self._state = _State(pace=pace)

    @property
    def pace(self) -> float:
        """City seconds in a second of wall time, while running."""
        return self._state.pace

    @property
    def running(self) -> bool:
        return self._state.running

    @property
    def feeds(self) -> tuple[str, ...]:
        """Live feeds attached; while there is one, the clock is locked to the wall's."""
        return tuple(self._state.feeds)

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        match fact:
            case SetClock():
                return (self._set(fact, turn),)
            case AttachFeed() if fact.feed not in self._state.feeds:
                attached = FeedAttached(actor=fact.actor, feed=fact.feed)
                if self._state.pace == 1.0 and self._state.running:
                    return (attached,)
                why = Text("The live feed {feed} runs on the wall clock", {"feed": fact.feed})
                return (
                    attached,
                    ClockSet(actor=fact.actor, city_ms=turn.city_ms, pace=1.0, running=True, why=why),
                )
            case DetachFeed() if fact.feed in self._state.feeds:
                return (FeedDetached(actor=fact.actor, feed=fact.feed),)
            case _:
                return ()

    def _set(self, wish: SetClock, turn: Turn) -> Event:
        pace = self._state.pace if wish.pace is None else wish.pace
        running = self._state.running if wish.running is None else wish.running
        if self._state.feeds and (pace != 1.0 or not running):
            why = Text("City time is locked to the wall clock while {feed} is attached", {"feed": self._state.feeds[0]})
            return CommandRefused(actor=wish.actor, command="SetClock", cause=wish.id, why=why)
        return ClockSet(actor=wish.actor, city_ms=turn.city_ms, pace=pace, running=running)

    def apply(self, event: Event, turn: Turn) -> None:
        match event:
            case ClockSet():
                self._state.pace, self._state.running = event.pace, event.running
                self._state.since_ms = event.city_ms
            case FeedAttached():
                self._state.feeds.append(event.feed)
            case FeedDetached():
                self._state.feeds.remove(event.feed)
            case _:
                pass

    def snapshot(self) -> bytes:
        return msgspec.msgpack.encode(self._state)

    def restore(self, data: bytes) -> None:
        self._state = msgspec.msgpack.decode(data, type=_State)
