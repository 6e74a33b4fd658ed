"""Ports that keep nothing: for replay, forks, fast simulation and tests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from services.facts.base import Command, Event
from services.facts.records import Checkpoint, Entry, Known, Outgoing
from twin.core.bus import Message


class MemoryJournal:
    """A journal that lives as long as the process; ``sent`` gathers what a real one would put into the outbox."""

    def __init__(self, sequence: int = 0) -> None:
        self.facts: list[Entry] = []
        self.sent: list[Outgoing] = []
        self._sequence = sequence

    @property
    def sequence(self) -> int:
        return self._sequence

    def commit(self, entries: Sequence[Entry], outgoing: Sequence[Outgoing], settled: Sequence[str]) -> None:
        self.facts.extend(entries)
        self.sent.extend(outgoing)
        self._sequence = entries[-1].sequence

    def known(self, command_id: str) -> Known | None:
        for entry in self.facts:
            if isinstance(entry.fact, Command) and entry.fact.id == command_id:
                events = tuple(e.fact for e in self.facts if e.turn == entry.turn and isinstance(e.fact, Event))
                return Known(entry.fact, events)
        return None

    def entries(self, after_turn: int) -> Iterator[Entry]:
        return (entry for entry in list(self.facts) if entry.turn > after_turn)


class NoRecorder:
    """Records nothing and is never full."""

    def batch(self, turn: int, city_ms: int, messages: Sequence[Message], retaken: bool) -> None: ...

    def tick(self, turn: int, city_ms: int) -> None: ...

    def command(self, turn: int, city_ms: int, body: bytes) -> None: ...

    def sync(self) -> None: ...

    def full(self, city_ms: int) -> bool:
        return False

    def rotate(self, checkpoint: Checkpoint, after_turn: int) -> None: ...

    def erase(self, person: str) -> None: ...


class NoOutbox:
    def acknowledge(self, key: str, topic: str) -> None: ...
