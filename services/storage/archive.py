"""A data directory as it is read: checkpoints, segments and journal, for recovery, replay and proof."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sql

from services.facts.records import Checkpoint, Entry
from services.facts.registry import Registry
from services.storage.checkpoint import CheckpointError, Checkpoints
from services.storage.journal import read
from services.storage.recorder import segment_numbers, segment_path
from services.storage.sealing import Sealing
from services.storage.vault import Vault
from twin.core.bus import Message
from twin.link.recording import (
    BatchRecord,
    Header,
    Record,
    opened_messages,
    read_header,
    read_records,
)


class Archive:
    """Reads only. ``directory`` holds the segments."""

    def __init__(
        self, directory: Path, checkpoints: Checkpoints, database: sql.Engine, facts: Registry, vault: Vault
    ) -> None:
        self._directory = directory
        self._checkpoints = checkpoints
        self._database = database
        self._facts = facts
        self._sealing = Sealing(vault)

    def checkpoints(self) -> Iterator[Checkpoint]:
        """The readable ones, newest first."""
        return self._checkpoints.readable()

    def checkpoint(self, number: int) -> Checkpoint | None:
        """That a segment begins with; None where it is gone or cannot be read."""
        try:
            return self._checkpoints.read(number)
        except CheckpointError:
            return None

    def segments(self) -> list[Header]:
        """Headers in order; a segment torn before its header was whole holds nothing and is left out."""
        headers = (read_header(segment_path(self._directory, n)) for n in segment_numbers(self._directory))
        return [header for header in headers if header is not None]

    def ended(self) -> int:
        """The turn with which the newest segment began."""
        return max((header.turn for header in self.segments()), default=0)

    def segment(self, header: Header) -> Iterator[Record]:
        """All that one segment recorded, turns without effect too."""
        return read_records(segment_path(self._directory, header.number))

    def size(self) -> int:
        """Bytes of all segments."""
        return sum(segment_path(self._directory, n).stat().st_size for n in segment_numbers(self._directory))

    def records(self, after_turn: int) -> Iterator[Record]:
        """Later turns over all segments, without those that a later restart declared to be without effect."""
        headers = self.segments()
        for index, header in enumerate(headers):
            following = [later.after_turn for later in headers[index + 1 :]]
            if following and following[0] <= after_turn:
                continue
            last = min(following, default=None)
            for record in self.segment(header):
                if record.turn > after_turn and (last is None or record.turn <= last):
                    yield record

    def messages(self, record: BatchRecord) -> tuple[list[Message], tuple[str, ...]]:
        """A batch's messages that can be read, and the pseudonyms of those that cannot any more."""
        return opened_messages(record, self._sealing.open)

    def entries(self, after_turn: int) -> Iterator[Entry]:
        return read(self._database, self._facts, after_turn)

    def last_wall_ms(self) -> int:
        """When the recording was last written to, by the file system's clock; 0 where there is none."""
        numbers = segment_numbers(self._directory)
        if not numbers:
            return 0
        return segment_path(self._directory, numbers[-1]).stat().st_mtime_ns // 1_000_000
