"""What the engine needs around it: belief, a journal, a recording, an outbox. ``services.storage`` has the lasting
ones, :mod:`services.engine.memory` those that keep nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from services.facts.records import Checkpoint, Entry, Known, Outgoing
from twin.core.bus import Message
from twin.link.recording import BatchRecord, Record
from twin.state.batch import Batch


class Senses(Protocol):
    """Belief and signal memory. Takes whatever came; what it will not have, it counts and never raises."""

    def take(self, messages: Sequence[Message], received_ms: int, wall_ms: float | None = None) -> Batch:
        """Decode, validate and believe one turn's messages. ``wall_ms`` is for latency figures alone, never state."""

    def advance(self, city_ms: int) -> None:
        """City time moves: freshness, dwell, silence."""

    def resume(self, city_ms: int, down_ms: int) -> None:
        """The twin was away for ``down_ms``: that time counts for no dwell."""

    def snapshot(self) -> bytes: ...

    def restore(self, data: bytes) -> None: ...


class Journal(Protocol):
    """What was decided, for good."""

    @property
    def sequence(self) -> int:
        """Of the last fact; 0 while there is none."""

    def commit(self, entries: Sequence[Entry], outgoing: Sequence[Outgoing], settled: Sequence[str]) -> None:
        """One turn in one transaction, on the disk when this returns: facts, messages to send, and the keys of those
        that need not be sent again. Never called for a turn without entries."""

    def known(self, command_id: str) -> Known | None:
        """A command journalled before, with what came of it."""

    def entries(self, after_turn: int) -> Iterator[Entry]:
        """Facts of later turns, in order."""


class Recorder(Protocol):
    """All that enters, before anything is made of it."""

    def batch(self, turn: int, city_ms: int, messages: Sequence[Message], retaken: bool) -> None: ...

    def tick(self, turn: int, city_ms: int) -> None: ...

    def command(self, turn: int, city_ms: int, body: bytes) -> None: ...

    def sync(self) -> None:
        """What was recorded is on the disk when this returns; called before a commit."""

    def full(self, city_ms: int) -> bool:
        """Whether it is time for a new segment."""

    def rotate(self, checkpoint: Checkpoint, after_turn: int) -> None:
        """Begin a segment with this checkpoint. ``after_turn``: recorded turns past it did not take effect."""

    def erase(self, person: str) -> None:
        """Destroy the person's key; :meth:`rotate` follows at once and makes older checkpoints unreadable."""


class Outbox(Protocol):
    """Only what the engine tells it outside of a commit."""

    def acknowledge(self, key: str, topic: str) -> None:
        """What was sent under this key on this topic was received; forgotten at the latest with the next commit."""


class History(Protocol):
    """A data directory as recovery reads it."""

    def checkpoints(self) -> Iterator[Checkpoint]:
        """The readable ones, newest first; a torn one is passed over."""

    def ended(self) -> int:
        """The turn with which the newest segment began: it and all before it are in no doubt; 0 where there is none."""

    def records(self, after_turn: int) -> Iterator[Record]:
        """What was recorded of later turns, in order, over all segments, up to a torn end; turns that a later
        restart declared to be without effect are left out."""

    def messages(self, record: BatchRecord) -> tuple[list[Message], tuple[str, ...]]:
        """A batch's messages that can be read, and the pseudonyms of those that cannot any more."""

    def entries(self, after_turn: int) -> Iterator[Entry]: ...
