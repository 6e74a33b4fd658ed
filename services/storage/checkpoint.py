"""Checkpoints on disk: one file each, whole or not at all, unreadable once a person in it was erased."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from services.facts.records import Checkpoint
from services.storage.vault import Vault, VaultError
from services.storage.whole import write_whole
from twin.core.errors import CivitwinError

MAGIC = b"CIVCKP1\n"
SUFFIX = ".ckpt"
KEEP = 4
"""Newest checkpoints kept; the first readable segment's is kept beside them."""


class CheckpointError(CivitwinError):
    """A checkpoint that is torn, damaged, erased or of another version."""


class Checkpoints:
    """The checkpoints of a data directory, numbered as the segments that begin with them. Each is sealed under a key
    of its own: to erase a person, the next checkpoint is written and the keys of all earlier ones are destroyed."""

    def __init__(self, directory: Path, vault: Vault) -> None:
        self._directory = directory
        self._vault = vault
        directory.mkdir(parents=True, exist_ok=True)

    def numbers(self) -> list[int]:
        """Of the files there are, oldest first."""
        return sorted(int(path.stem) for path in self._directory.glob(f"*{SUFFIX}") if path.stem.isdecimal())

    def name(self, number: int) -> str:
        return f"{number:08d}{SUFFIX}"

    def write(self, number: int, checkpoint: Checkpoint) -> None:
        """On the disk under its name when this returns; a crash before leaves no file of that name."""
        sealed = self._vault.seal(_key(number), msgspec.msgpack.encode(checkpoint), MAGIC)
        write_whole(self._directory / self.name(number), MAGIC + hashlib.sha256(sealed).digest() + sealed)

    def read(self, number: int) -> Checkpoint:
        """Raises :class:`CheckpointError` saying why it cannot be used."""
        path = self._directory / self.name(number)
        if not path.exists():
            raise CheckpointError(f"{path}: there is no such checkpoint")
        data = path.read_bytes()
        digest, sealed = data[len(MAGIC) : len(MAGIC) + 32], data[len(MAGIC) + 32 :]
        if not data.startswith(MAGIC) or hashlib.sha256(sealed).digest() != digest:
            raise CheckpointError(f"{path}: torn or damaged")
        try:
            return msgspec.msgpack.decode(self._vault.open(_key(number), sealed, MAGIC), type=Checkpoint)
        except (VaultError, msgspec.MsgspecError) as fault:
            raise CheckpointError(f"{path}: {fault}") from fault

    def readable(self) -> Iterator[Checkpoint]:
        """Newest first; those that cannot be used are passed over."""
        for number in reversed(self.numbers()):
            try:
                yield self.read(number)
            except CheckpointError:
                continue

    def forget_before(self, number: int) -> None:
        """A person was erased: earlier checkpoints can never be read again."""
        self._remove([earlier for earlier in self.numbers() if earlier < number])

    def prune(self, first_segment: int) -> None:
        """Keep the newest few and that of the first segment there is."""
        self._remove([number for number in self.numbers()[:-KEEP] if number != first_segment])

    def _remove(self, numbers: Sequence[int]) -> None:
        """Keys first: a file that a crash leaves behind is unreadable already."""
        if numbers:
            self._vault.discard(_key(number) for number in numbers)
        for number in numbers:
            (self._directory / self.name(number)).unlink()


def _key(number: int) -> str:
    return f"checkpoint/{number}"
