"""The turn: record what entered, believe it, decide, commit. Everything that changes state passes through here.

A turn whose record led to no event commits nothing: its number is known from the recording alone. Since the next
record is written only after the commit, at most the last recorded turn can be in doubt after a crash; recovery leaves
it without effect and takes its messages in again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from services.engine import bounds, rights
from services.engine.desk import Desk, Fact, Sends, Settles, Tick, Turn
from services.engine.done import Done, Outcome, Position, outcome_of
from services.engine.house import HouseDesk
from services.engine.ports import Journal, Outbox, Recorder, Senses
from services.engine.step import AbandonedError, Steps
from services.facts.base import Command, Event
from services.facts.engine import NoteRestart, PersonErased, ReloadConfig, TurnAbandoned
from services.facts.records import Checkpoint, Entry, Known, Outgoing
from services.facts.registry import Registry
from twin.core.bus import Message
from twin.core.errors import CivitwinError
from twin.core.text import Text
from twin.state.batch import Batch, UnitSaid

BOUND = 20_000
"""Events in one step past which desks are taken to answer each other without end."""

_FAILED = "the engine was not begun, or a store failed in an earlier turn: recover it"


class EngineError(CivitwinError):
    """The engine is used in a way it cannot be: out of order, or after a failure of its stores."""


class Engine:
    """One thread, one journal. ``desks`` are asked in order and must include a :class:`HouseDesk`.

    An exception out of any method but :class:`EngineError` means that a store failed: drop the engine and recover.
    """

    def __init__(
        self,
        senses: Senses,
        desks: Sequence[Desk],
        seed: int,
        journal: Journal,
        recorder: Recorder,
        outbox: Outbox,
        *,
        facts: Registry,
        position: Position | None = None,
        bound: int = BOUND,
    ) -> None:
        self.position = position or Position()
        self.city_ms = self.position.city_ms
        self.turn = self.position.turn
        self.seed, self._facts, self._bound = seed, facts, bound
        self._journal, self._recorder, self._outbox = journal, recorder, outbox
        self._work_with(senses, desks)
        self._base: Checkpoint | None = None
        self._busy = False

    def _work_with(self, senses: Senses, desks: Sequence[Desk]) -> None:
        house = next((desk for desk in desks if isinstance(desk, HouseDesk)), None)
        if house is None or len({desk.name for desk in desks} | {"senses"}) <= len(desks):
            raise EngineError("desks need a HouseDesk among them and names of their own")
        self.senses, self.desks = senses, tuple(desks)
        self._steps = Steps(self.desks, self._facts, house.known, self._bound)
        self._speakers = tuple(  # asked once: what a protocol demands is slow to look up
            (
                desk,
                desk.outgoing if isinstance(desk, Sends) else None,
                desk.settled if isinstance(desk, Settles) else None,
            )
            for desk in self.desks
        )

    # --- records ----------------------------------------------------------------------------------------------------

    def begin(self, city_ms: int) -> list[Done]:
        """Write the first checkpoint and segment at city time ``city_ms``; after a restart also put it on record and
        take in again what was in doubt. Returns the turns that this took."""
        resumed = self.position.checkpoint >= 0
        down_ms = max(0, city_ms - self.city_ms) if resumed else 0
        if not resumed:
            self.city_ms = max(city_ms, self.city_ms)
        for person in self.position.erased:
            self._recorder.erase(person)
        self.rotate(self.position.last_turn)
        if not resumed:
            return []
        restart = NoteRestart(
            id=f"restart/{self.turn + 1}",
            checkpoint=self.position.checkpoint,
            last_turn=self.position.last_turn,
            down_ms=down_ms,
        )
        turns = [self.obey(restart, self.city_ms + down_ms)]
        if self.position.doubtful:
            turns.append(self.take(self.position.doubtful, self.city_ms, retaken=True))
        return turns

    def take(
        self, messages: Sequence[Message], city_ms: int, *, wall_ms: float | None = None, retaken: bool = False
    ) -> Done:
        """One turn over the messages of one drain, received at ``city_ms``; ``wall_ms`` is for latency figures."""
        turn = self._next(city_ms)
        self._recorder.batch(turn.number, turn.city_ms, messages, retaken)
        batch = self.senses.take(messages, turn.city_ms, wall_ms)
        if batch.notices:
            self._acknowledge(batch)
        return self._finish(turn, (), self._step(batch, turn, ()))

    def tick(self, city_ms: int) -> Done:
        """City time moves to ``city_ms``; never back."""
        turn = self._next(city_ms)
        self._recorder.tick(turn.number, turn.city_ms)
        self.senses.advance(turn.city_ms)
        return self._finish(turn, (), self._step(Tick(turn.city_ms), turn, ()))

    def command(self, command: Command) -> Outcome:
        """A person's or process's wish; accepted means committed. The same id again gives the same outcome."""
        if (known := self._journal.known(command.id)) is not None:
            return self._again(command, known)
        done = self.obey(command, self.city_ms)
        return outcome_of(command, done.events, done.outgoing)

    def obey(self, command: Command, city_ms: int) -> Done:
        """A turn over a command that is not known yet."""
        body = self._facts.encode(command)
        turn = self._next(city_ms)
        self._recorder.command(turn.number, turn.city_ms, body)
        own = Entry(self._journal.sequence + 1, turn.number, turn.city_ms, "", command, body)
        refusal = rights.refusal(command) or bounds.refusal(command)
        if isinstance(command, NoteRestart) and refusal is None:
            self.senses.resume(turn.city_ms, command.down_ms)
        entries = self._step(refusal or command, turn, (own,))
        if not entries:
            entries = self._step(rights.nothing_came_of(command), turn, (own,))
        return self._finish(turn, (own,), entries)

    def reload(self, command: ReloadConfig, senses: Senses, desks: Sequence[Desk], city_ms: int) -> Done:
        """Go on with other senses and desks, in the state of this moment, from the turn of ``command`` on; with those
        from before where that turn comes to nothing. A new segment should follow. Raises :class:`EngineError`, with
        nothing changed, where they cannot take the state up."""
        before, state = (self.senses, self.desks), self.checkpoint()
        try:
            _take_up(state, senses, desks)
        except Exception as fault:
            raise EngineError(f"{type(fault).__name__}: {fault}") from fault
        self._work_with(senses, desks)
        done = self.obey(command, city_ms)
        if not outcome_of(command, done.events, ()).accepted:
            _take_up(self.checkpoint(), *before)
            self._work_with(*before)
        return done

    def impose(
        self, turn_number: int, city_ms: int, messages: Sequence[Message] | None, entries: Sequence[Entry]
    ) -> Done:
        """A turn whose input cannot be read any more (its person was erased): believe what is readable and apply what
        the journal says came of it. ``messages`` None: the turn was no batch."""
        turn = self._next(city_ms, turn_number)
        if messages is not None:
            self.senses.take(messages, turn.city_ms)
        for entry in entries:
            if isinstance(entry.fact, Event):
                self._steps.apply(entry.fact, turn)
        return self._finish(turn, (), list(entries))

    # --- state ------------------------------------------------------------------------------------------------------

    def checkpoint(self) -> Checkpoint:
        """The whole state as it is now, between two turns."""
        parts = {"senses": self.senses.snapshot(), **{desk.name: desk.snapshot() for desk in self.desks}}
        return Checkpoint(turn=self.turn, city_ms=self.city_ms, sequence=self._journal.sequence, parts=parts)

    def digests(self) -> dict[str, str]:
        """SHA-256 of belief and of every desk."""
        return self.checkpoint().digests()

    def rotate(self, after_turn: int | None = None) -> None:
        """Begin a new segment with a checkpoint of now; never with what a failed turn left behind."""
        if self._busy:
            raise EngineError(_FAILED)
        self._rotate(after_turn)

    def _rotate(self, after_turn: int | None = None) -> None:
        self._base = self.checkpoint()
        self._recorder.rotate(self._base, self.turn if after_turn is None else after_turn)

    # --- the turn ---------------------------------------------------------------------------------------------------

    def _next(self, city_ms: int, number: int | None = None) -> Turn:
        if self._base is None or self._busy:
            raise EngineError(_FAILED)
        self._busy = True
        self.turn = self.turn + 1 if number is None else number
        self.city_ms = max(self.city_ms, city_ms)
        return Turn(self.turn, self.city_ms, self.seed)

    def _step(self, body: Fact, turn: Turn, before: tuple[Entry, ...]) -> list[Entry]:
        """What follows from a record, or from an event of the engine's own."""
        first = self._journal.sequence + 1 + len(before)
        try:
            if isinstance(body, Event):
                return self._steps.begin_with(body, turn, first)
            return self._steps.run(body, turn, first)
        except AbandonedError as fault:
            return self._abandon(fault, turn, first)

    def _abandon(self, fault: AbandonedError, turn: Turn, first: int) -> list[Entry]:
        """Back to the state before the turn, by the way that recovery takes; then say so on the record."""
        if self._base is None:
            raise EngineError("the engine was not begun") from fault
        for desk in self.desks:
            desk.restore(self._base.parts[desk.name])
        for entry in self._journal.entries(self._base.turn):
            if isinstance(entry.fact, Event):
                self._steps.apply(entry.fact, Turn(entry.turn, entry.city_ms, self.seed))
        said = TurnAbandoned(
            desk=fault.desk, fact=fault.fact, fault=fault.fault, dropped=fault.dropped, cause=f"turn/{turn.number}"
        )
        return self._steps.begin_with(said, turn, first)

    def _finish(self, turn: Turn, own: tuple[Entry, ...], decided: list[Entry]) -> Done:
        outgoing: list[Outgoing] = []
        if own or decided:
            settled: list[str] = []
            for entry in tuple(decided):
                decided += self._send(entry, turn, self._journal.sequence + len(own) + len(decided), outgoing, settled)
            self._recorder.sync()
            self._journal.commit((*own, *decided), outgoing, settled)
            erased = [entry.fact.person for entry in decided if isinstance(entry.fact, PersonErased)]
            for person in erased:
                self._recorder.erase(person)
            if erased:
                self._rotate()
        if self._recorder.full(self.city_ms):
            self._rotate()
        self._busy = False
        return Done(turn, (*own, *decided), tuple(outgoing))

    def _send(
        self, entry: Entry, turn: Turn, sequence: int, outgoing: list[Outgoing], settled: list[str]
    ) -> list[Entry]:
        """Gather what the desks want sent or no longer sent; returns the faults on record, if a desk raised."""
        faults: list[Entry] = []
        if not isinstance(entry.fact, Event):
            return faults
        for desk, sends, settles in self._speakers:
            try:
                if sends:
                    outgoing.extend(sends(entry.fact))
                if settles:
                    settled.extend(settles(entry.fact))
            except Exception as fault:  # noqa: BLE001 - the state is sound; what one desk cannot say is put on record
                failure = self._steps.failure(desk, entry.fact, fault, f"#{entry.sequence}", turn)
                if failure:
                    faults += self._steps.begin_with(failure, turn, sequence + 1 + len(faults))
        return faults

    def _acknowledge(self, batch: Batch) -> None:
        for notice in batch.notices:
            if isinstance(notice, UnitSaid) and notice.report.order_id:
                self._outbox.acknowledge(notice.report.order_id, f"units/{notice.report.unit}/order")

    def _again(self, command: Command, known: Known) -> Outcome:
        if self._facts.encode(command) != self._facts.encode(known.command):
            return Outcome(False, Text("The id {id} was used for another command", {"id": command.id}), ())
        return replace(outcome_of(command, known.events, ()), again=True)


def _take_up(state: Checkpoint, senses: Senses, desks: Sequence[Desk]) -> None:
    senses.restore(state.parts["senses"])
    for desk in desks:
        desk.restore(state.parts[desk.name])
