"""Recovery: checkpoint + journal = the desks; checkpoint + recording = belief. And the proof that both still hold."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from itertools import chain

import msgspec

from services.engine import rights
from services.engine.desk import Desk, Turn
from services.engine.done import Position
from services.engine.engine import Engine
from services.engine.ports import History, Senses
from services.facts.base import Event
from services.facts.engine import NoteRestart, PersonErased
from services.facts.records import Checkpoint, Entry
from services.facts.registry import Registry
from twin.core.bus import Message
from twin.link.recording import BatchRecord, CommandRecord, Record, TickRecord

_log = logging.getLogger(__name__)


def recover(
    senses: Senses, desks: Sequence[Desk], history: History, facts: Registry, seed: int, finished: int = 0
) -> Position:
    """Bring fresh senses and desks to the state of the last turn that took effect. Returns where to go on; a position
    without a checkpoint (-1) means that there is no history and the city is new.

    The last recorded turn is in doubt unless the journal has it or a later segment began: it may have been cut off
    before its commit. It is left without effect; a batch's messages are handed back to be taken in again, once.
    ``finished`` names a turn that is known to have ended, so that up to it nothing is in doubt (to prove a live
    engine's state).
    """
    start, fresh = _restored(senses, desks, history)
    finished = max(finished, history.ended())
    rebuilding = _Rebuilding(senses, desks, facts, seed, history)
    entries = history.entries(start.turn)
    doubtful: Record | None = None
    for record in history.records(start.turn):
        if doubtful is not None:
            entries = rebuilding.turn(doubtful, entries)
        doubtful = record
    last_recorded = doubtful.turn if doubtful else 0
    entry = next(entries, None)
    entries = chain(() if entry is None else (entry,), entries)
    messages: tuple[Message, ...] = ()
    if doubtful is not None and (doubtful.turn <= finished or rebuilding.committed(doubtful.turn, entry)):
        entries = rebuilding.turn(doubtful, entries)
    elif isinstance(doubtful, BatchRecord) and not doubtful.retaken:
        messages = tuple(history.messages(doubtful)[0])
    rebuilding.rest(entries)
    effective = max(rebuilding.last_turn, start.turn)
    if fresh and effective == 0 and not last_recorded:
        return Position()
    return Position(
        turn=max(effective, last_recorded),
        last_turn=effective,
        city_ms=max(rebuilding.city_ms, start.city_ms),
        checkpoint=start.turn,
        doubtful=messages,
        erased=tuple(rebuilding.erased),
    )


def _restored(senses: Senses, desks: Sequence[Desk], history: History) -> tuple[Checkpoint, bool]:
    """Restore from the newest checkpoint that fits; at last from nothing (True), with the whole journal to apply."""
    fresh = Checkpoint(
        turn=0,
        city_ms=0,
        sequence=0,
        parts={"senses": senses.snapshot(), **{desk.name: desk.snapshot() for desk in desks}},
    )
    for checkpoint in chain(history.checkpoints(), (fresh,)):
        if set(checkpoint.parts) != set(fresh.parts):
            _log.warning("the checkpoint of turn %d has the parts of another version", checkpoint.turn)
            continue
        try:
            senses.restore(checkpoint.parts["senses"])
            for desk in desks:
                desk.restore(checkpoint.parts[desk.name])
        except (msgspec.MsgspecError, LookupError, TypeError, ValueError) as fault:
            if checkpoint is fresh:
                raise
            _log.warning("the checkpoint of turn %d does not fit this version: %s", checkpoint.turn, fault)
            continue
        return checkpoint, checkpoint is fresh
    return fresh, True


class _Rebuilding:
    """Applies recorded turns to belief and their journalled events to the desks, turn by turn, as it was lived."""

    def __init__(self, senses: Senses, desks: Sequence[Desk], facts: Registry, seed: int, history: History) -> None:
        self._senses = senses
        self._desks = desks
        self._facts = facts
        self._seed = seed
        self._history = history
        self.last_turn = 0
        self.city_ms = 0
        self.erased: dict[str, None] = {}

    def turn(self, record: Record, entries: Iterator[Entry]) -> Iterator[Entry]:
        """One recorded turn and the entries up to it; returns the entries that are left."""
        believe(self._senses, record, self._facts, self._history)
        self.last_turn, self.city_ms = record.turn, max(self.city_ms, record.city_ms)
        for entry in entries:
            if entry.turn > record.turn:
                return chain((entry,), entries)
            self._apply(entry)
        return iter(())

    def rest(self, entries: Iterator[Entry]) -> None:
        """Journalled turns whose records were lost."""
        for entry in entries:
            self._apply(entry)

    def committed(self, turn: int, following: Entry | None) -> bool:
        """Whether the journal has this turn or a later one; ``following`` is the first entry not applied yet."""
        return self.last_turn >= turn or (following is not None and following.turn >= turn)

    def _apply(self, entry: Entry) -> None:
        turn = Turn(entry.turn, entry.city_ms, self._seed)
        if isinstance(entry.fact, Event):
            for desk in self._desks:
                desk.apply(entry.fact, turn)
        if isinstance(entry.fact, PersonErased):
            self.erased[entry.fact.person] = None
        self.last_turn = max(self.last_turn, entry.turn)
        self.city_ms = max(self.city_ms, entry.city_ms)


def believe(senses: Senses, record: Record, facts: Registry, history: History) -> None:
    """What a record does to belief and signal memory, and nothing else."""
    match record:
        case BatchRecord():
            senses.take(history.messages(record)[0], record.city_ms)
        case TickRecord():
            senses.advance(record.city_ms)
        case CommandRecord():
            command = facts.decode(record.body)
            if isinstance(command, NoteRestart) and rights.may(command):
                senses.resume(record.city_ms, command.down_ms)


def unproved(live: Engine, senses: Senses, desks: Sequence[Desk], history: History, facts: Registry) -> tuple[str, ...]:
    """Rebuild a live engine's state in fresh senses and desks from what is on the disk; names the parts whose digests
    are not the same. Empty is the proof that the journal applied to the checkpoint is the live state."""
    recover(senses, desks, history, facts, live.seed, live.turn)
    expected = live.digests()
    rebuilt = Checkpoint(
        turn=live.turn,
        city_ms=live.city_ms,
        sequence=0,
        parts={"senses": senses.snapshot(), **{desk.name: desk.snapshot() for desk in desks}},
    ).digests()
    return tuple(name for name in expected if rebuilt.get(name) != expected[name])
