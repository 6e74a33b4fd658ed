"""Replay: the recording through the same engine again, compared with the journal byte for byte.

Turns that a restart declared to be without effect are passed over. A turn that rests on the data of an erased person
cannot be computed any more: it is taken as the journal has it, and counted. The state is compared too, by a digest a
desk, at every segment's beginning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Protocol

import msgspec

from services.engine.desk import Desk
from services.engine.difference import Difference, compare, compare_state, unrecorded
from services.engine.done import Done, Position, outcome_of
from services.engine.engine import Engine
from services.engine.memory import MemoryJournal, NoOutbox, NoRecorder
from services.engine.ports import History, Senses
from services.facts.base import Command
from services.facts.engine import NoteRestart, PersonErased, ReloadConfig
from services.facts.records import Checkpoint, Entry
from services.facts.registry import Registry
from twin.core.errors import CivitwinError
from twin.link.recording import BatchRecord, CommandRecord, Header, Record, TickRecord


class ReplayError(CivitwinError):
    """A recording that cannot be replayed from where it begins."""


class Segments(History, Protocol):
    """A history whose segments can be read one by one."""

    def segments(self) -> list[Header]: ...

    def segment(self, header: Header) -> Iterator[Record]: ...

    def checkpoint(self, number: int) -> Checkpoint | None:
        """None where it is gone or cannot be read."""


Build = Callable[[Header], tuple[Senses, Sequence[Desk]]]
"""Fresh senses and desks as a segment's header says: its city, its configuration."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What was gone through. ``without_effect`` turns were never committed, ``imposed`` ones rest on erased data."""

    segments: int
    turns: int
    facts: int
    without_effect: int
    imposed: int
    restarts: int
    difference: Difference | None


class Replay:
    """One replay of one data directory; ``progress`` is told of every turn gone through."""

    def __init__(
        self, history: Segments, build: Build, facts: Registry, progress: Callable[[int], None] = lambda _: None
    ) -> None:
        self._history = history
        self._build = build
        self._facts = facts
        self._progress = progress
        self._headers = history.segments()
        self._made = ("", "", "", 0)  # what the engine at work was made with
        if not self._headers:
            raise ReplayError("nothing was recorded here")
        self._turns = self._seen = self._without_effect = self._imposed = self._restarts = 0
        erased = (entry.fact for entry in history.entries(0) if isinstance(entry.fact, PersonErased))
        self._erased = {event.person.encode(): None for event in erased}

    def run(self) -> Replayed:
        """Until the first difference or the end. Raises :class:`ReplayError`."""
        difference = self._difference()
        return Replayed(
            len(self._headers),
            self._turns,
            self._seen,
            self._without_effect,
            self._imposed,
            self._restarts,
            difference,
        )

    def _difference(self) -> Difference | None:
        first = self._headers[0]
        journal, engine = self._begun(first)
        expected = _ByTurn(self._history.entries(first.turn))
        for index, header in enumerate(self._headers):
            kept = self._history.checkpoint(header.number)
            changed = bool(index) and self._changed(self._headers[index - 1], header)
            untold = frozenset({"senses"}) if self._imposed or changed else frozenset[str]()
            difference = compare_state(header.turn, header.digests, engine.checkpoint(), kept, untold)
            if difference is not None:
                return difference
            if changed:  # recovery believed the last turns by the new conditions, so belief is taken as it was kept
                journal, engine = self._begun(header, kept or engine.checkpoint())
            engine.rotate()
            journal.facts.clear()
            last = min((later.after_turn for later in self._headers[index + 1 :]), default=None)
            difference = self._segment(engine, header, last, expected)
            if difference is not None:
                return difference
        rest = expected.rest()
        return unrecorded(rest) if rest else None

    def _changed(self, before: Header, header: Header) -> bool:
        """Whether a start changed what the run is made with: recovery then believed the last turns by the new
        conditions. A reload while the server ran began this segment itself, in the state that is replayed too."""
        made = _made_with(header)
        return made != self._made or (made != _made_with(before) and self._restarted(header))

    def _restarted(self, header: Header) -> bool:
        first = next(iter(self._history.segment(header)), None)
        return isinstance(first, CommandRecord) and isinstance(self._facts.decode(first.body), NoteRestart)

    def _begun(self, header: Header, state: Checkpoint | None = None) -> tuple[MemoryJournal, Engine]:
        """An engine as the segment's header says, in the given state, else in that of the segment's checkpoint."""
        senses, desks = self._build(header)
        self._made = _made_with(header)
        journal, position = MemoryJournal(), Position()
        if state is None and header.turn:
            state = self._history.checkpoint(header.number)
            if state is None:
                raise ReplayError(f"the recording begins with turn {header.turn}, whose checkpoint cannot be read")
        if state is not None:
            senses.restore(state.parts["senses"])
            for desk in desks:
                desk.restore(state.parts[desk.name])
            position = Position(turn=header.turn, last_turn=header.turn, city_ms=header.city_ms)
            journal = MemoryJournal(state.sequence)
        engine = Engine(
            senses, desks, header.seed, journal, NoRecorder(), NoOutbox(), facts=self._facts, position=position
        )
        engine.begin(header.city_ms)
        return journal, engine

    def _segment(self, engine: Engine, header: Header, last: int | None, expected: _ByTurn) -> Difference | None:
        for record, following in pairwise(chain(self._history.segment(header), (None,))):
            if record is None:
                break
            self._progress(1)
            if last is not None and record.turn > last:
                self._without_effect += 1
                continue
            wanted = expected.of(record.turn)
            if wanted and wanted[0].turn < record.turn:
                return unrecorded(wanted[0])
            engine.turn = record.turn - 1
            found = self._again(engine, header, record, wanted).entries
            if found and not wanted and last is None and following is None:
                self._without_effect += 1  # cut off before its commit, and no restart has said so yet
                continue
            self._turns += 1
            self._seen += len(found)
            difference = compare(record, wanted, found)
            if difference is not None:
                return difference
        return None

    def _again(self, engine: Engine, header: Header, record: Record, wanted: Sequence[Entry]) -> Done:
        if isinstance(record, BatchRecord):
            messages, unreadable = self._history.messages(record)
            self._erased.update((pseudonym.encode(), None) for pseudonym in unreadable)
            if unreadable or self._rests_on_erased(wanted):
                self._imposed += 1
                return engine.impose(record.turn, record.city_ms, messages, wanted)
            return engine.take(messages, record.city_ms)
        if self._rests_on_erased(wanted):
            self._imposed += 1
            return engine.impose(record.turn, record.city_ms, None, wanted)
        if isinstance(record, TickRecord):
            return engine.tick(record.city_ms)
        command = self._facts.decode(record.body)
        if not isinstance(command, Command):
            raise ReplayError(f"turn {record.turn} records no command")
        self._restarts += isinstance(command, NoteRestart)
        if isinstance(command, ReloadConfig) and command.hash != header.config:
            return self._reload(engine, command, header, record.city_ms)
        return engine.obey(command, record.city_ms)

    def _reload(self, engine: Engine, command: ReloadConfig, header: Header, city_ms: int) -> Done:
        """The configuration was changed while the server ran; the next segment's header will name it too."""
        header = msgspec.structs.replace(header, config=command.hash, settings=command.settings or header.settings)
        done = engine.reload(command, *self._build(header), city_ms)
        if outcome_of(command, done.events, ()).accepted:
            self._made = _made_with(header)
        return done

    def _rests_on_erased(self, wanted: Sequence[Entry]) -> bool:
        if any(isinstance(entry.fact, PersonErased) for entry in wanted):
            return False
        return any(person in entry.body for entry in wanted for person in self._erased)


def _made_with(header: Header) -> tuple[str, str, str, int]:
    """What a restart may have changed: senses and desks are then built anew around the same state."""
    return header.city, header.config, header.settings, header.seed


class _ByTurn:
    """The journal's facts, turn by turn."""

    def __init__(self, entries: Iterator[Entry]) -> None:
        self._entries = entries
        self._next = next(entries, None)

    def of(self, turn: int) -> list[Entry]:
        """The facts of this turn; or one of an earlier turn that was never asked for."""
        found: list[Entry] = []
        while self._next is not None and self._next.turn <= turn:
            if self._next.turn < turn:
                return [self._next]
            found.append(self._next)
            self._next = next(self._entries, None)
        return found

    def rest(self) -> Entry | None:
        """The first fact that no record led to."""
        return self._next
