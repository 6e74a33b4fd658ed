"""What became of a turn and of a command, and where an engine goes on."""

from __future__ import annotations

from dataclasses import dataclass

from services.engine.desk import Turn
from services.facts.base import Command, CommandRefused, Event
from services.facts.engine import TurnAbandoned
from services.facts.records import Entry, Outgoing
from twin.core.bus import Message
from twin.core.text import Text


@dataclass(frozen=True, slots=True)
class Done:
    """A turn that is over: its committed entries (a command's own among them) and what it put into the outbox."""

    turn: Turn
    entries: tuple[Entry, ...] = ()
    outgoing: tuple[Outgoing, ...] = ()

    @property
    def events(self) -> tuple[Event, ...]:
        return tuple(entry.fact for entry in self.entries if isinstance(entry.fact, Event))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a command; ``reason`` is given whenever it was not accepted."""

    accepted: bool
    reason: Text | None
    events: tuple[Event, ...]
    outgoing: tuple[Outgoing, ...] = ()
    again: bool = False  # the same command was given before: nothing was done anew


@dataclass(frozen=True, slots=True)
class Position:
    """Where an engine goes on: the last turn number ever used, the last turn that took effect and its city time, the
    checkpoint that was started from (-1: none, a new city), messages of a turn in doubt, whose erasure to finish."""

    turn: int = 0
    last_turn: int = 0
    city_ms: int = 0
    checkpoint: int = -1
    doubtful: tuple[Message, ...] = ()
    erased: tuple[str, ...] = ()


def outcome_of(command: Command, events: tuple[Event, ...], outgoing: tuple[Outgoing, ...]) -> Outcome:
    """Whether the turn's events say that it was refused, or that the turn came to nothing."""
    for event in events:
        if isinstance(event, CommandRefused) and event.cause == command.id:
            return Outcome(False, event.why or Text(event.reason or "Refused"), events, outgoing)
        if isinstance(event, TurnAbandoned):
            why = Text("A fault in {desk}: nothing was changed", {"desk": event.desk})
            return Outcome(False, why, events, outgoing)
    return Outcome(True, None, events, outgoing)
