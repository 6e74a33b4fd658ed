"""Writes the recording of a data directory: one segment at a time, each begun with a checkpoint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from services.facts.records import Checkpoint
from services.storage.checkpoint import Checkpoints
from services.storage.sealing import Sealing
from services.storage.vault import Vault
from services.storage.whole import sync_folder
from twin.core.bus import Message
from twin.link.recording import (
    SUFFIX,
    CommandRecord,
    Header,
    Segment,
    TickRecord,
    sealed_batch,
)


@dataclass(frozen=True, slots=True)
class Limits:
    """When a segment is full, and how much of the recording is kept."""

    segment_bytes: int = 64 << 20
    segment_city_ms: int = 30 * 60_000
    keep_bytes: int = 8 << 30  # oldest segments beyond this are deleted; 0 keeps all


@dataclass(frozen=True, slots=True)
class Identity:
    """What a recording was made with: seed, code version, and the object digests of city, configuration and the
    settings that the server was started with (empty: none)."""

    seed: int
    code: str
    city: str
    config: str
    settings: str = ""


class Recorder:
    """The writer of segments. The first is made by :meth:`rotate`."""

    def __init__(
        self, directory: Path, vault: Vault, checkpoints: Checkpoints, identity: Identity, limits: Limits
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._vault, self._sealing = vault, Sealing(vault)
        self._checkpoints = checkpoints
        self.identity = identity
        self._limits = limits
        self._segment: Segment | None = None
        self._erasing = False

    def becomes(self, identity: Identity) -> None:
        """What is recorded from the next segment on is made with something else; :meth:`rotate` should follow."""
        self.identity = identity

    def batch(self, turn: int, city_ms: int, messages: Sequence[Message], retaken: bool) -> None:
        self._open.write(sealed_batch(turn, city_ms, messages, retaken, self._sealing.seal))

    def tick(self, turn: int, city_ms: int) -> None:
        self._open.write(TickRecord(turn, city_ms))

    def command(self, turn: int, city_ms: int, body: bytes) -> None:
        self._open.write(CommandRecord(turn, city_ms, body))

    def sync(self) -> None:
        self._open.sync()

    def full(self, city_ms: int) -> bool:
        segment = self._open
        return (
            segment.bytes >= self._limits.segment_bytes
            or city_ms - segment.header.city_ms >= self._limits.segment_city_ms
        )

    def rotate(self, checkpoint: Checkpoint, after_turn: int) -> None:
        """First the checkpoint, then the segment that names it: a crash between leaves a checkpoint without records,
        from which recovery can start as well."""
        number = max([0, *self._checkpoints.numbers(), *segment_numbers(self._directory)]) + 1
        self._checkpoints.write(number, checkpoint)
        if self._segment is not None:
            self._segment.close()
        header = Header(
            number=number,
            seed=self.identity.seed,
            code=self.identity.code,
            city=self.identity.city,
            config=self.identity.config,
            settings=self.identity.settings,
            city_ms=checkpoint.city_ms,
            turn=checkpoint.turn,
            after_turn=after_turn,
            checkpoint=self._checkpoints.name(number),
            digests=checkpoint.digests(),
        )
        self._segment = Segment(segment_path(self._directory, number), header)
        self._segment.sync()
        sync_folder(self._directory)
        if self._erasing:
            self._checkpoints.forget_before(number)
            self._erasing = False
        self._prune()

    def erase(self, person: str) -> None:
        """Destroy the person's key; the next :meth:`rotate` makes earlier checkpoints unreadable."""
        self._vault.erase(person)
        self._erasing = True

    def close(self) -> None:
        if self._segment is not None:
            self._segment.close()
            self._segment = None

    @property
    def _open(self) -> Segment:
        if self._segment is None:
            raise ValueError("no segment was begun")
        return self._segment

    def _prune(self) -> None:
        """Oldest segments go first; never the one being written."""
        numbers = segment_numbers(self._directory)
        sizes = {number: segment_path(self._directory, number).stat().st_size for number in numbers}
        while self._limits.keep_bytes and len(numbers) > 1 and sum(sizes.values()) > self._limits.keep_bytes:
            oldest = numbers.pop(0)
            del sizes[oldest]
            segment_path(self._directory, oldest).unlink()
        self._checkpoints.prune(numbers[0])


def segment_path(directory: Path, number: int) -> Path:
    return directory / f"{number:08d}{SUFFIX}"


def segment_numbers(directory: Path) -> list[int]:
    """Of the segments there are, oldest first."""
    return sorted(int(path.stem) for path in directory.glob(f"*{SUFFIX}") if path.stem.isdecimal())
