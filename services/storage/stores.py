"""A data directory, opened: the one place that knows which file is what."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sql

from services.facts.registry import Registry, all_facts
from services.storage.archive import Archive
from services.storage.checkpoint import Checkpoints
from services.storage.database import open_database
from services.storage.journal import Journal
from services.storage.objects import Objects
from services.storage.outbox import Outbox
from services.storage.recorder import Identity, Limits, Recorder
from services.storage.vault import Vault, random_key
from twin.core.errors import CivitwinError

JOURNAL_FILE = "journal.db"


class StoresError(CivitwinError):
    """A data directory that cannot be opened."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What every reader of a data directory needs."""

    directory: Path
    database: sql.Engine
    facts: Registry
    vault: Vault
    objects: Objects
    archive: Archive

    def close(self) -> None:
        self.database.dispose()


def open_archive(
    directory: Path,
    *,
    facts: Registry | None = None,
    register: Mapping[str, str] | None = None,
    passphrase: str = "",
) -> Opened:
    """Read a data directory, also while a server writes it. Raises :class:`StoresError`."""
    if not (directory / JOURNAL_FILE).exists():
        raise StoresError(f"{directory}: no data of a server here ({JOURNAL_FILE} is missing)")
    return _open(directory, facts or all_facts(), Vault(directory / "keys", register=register, passphrase=passphrase))


def _open(directory: Path, facts: Registry, vault: Vault) -> Opened:
    database = open_database(directory / JOURNAL_FILE)
    archive = Archive(directory / "recording", Checkpoints(directory / "checkpoints", vault), database, facts, vault)
    return Opened(directory, database, facts, vault, Objects(directory / "objects"), archive)


def in_use(directory: Path) -> bool:
    """Whether a server has this data directory open."""
    lock = directory / "lock"
    if not lock.exists():
        return False
    with lock.open("rb") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


class Stores:
    """A data directory for its one server. ``wall_ms`` stamps journal rows, outside of their hash."""

    def __init__(
        self,
        directory: Path,
        *,
        identify: Callable[[Objects], Identity],
        wall_ms: Callable[[], int],
        facts: Registry | None = None,
        limits: Limits | None = None,
        register: Mapping[str, str] | None = None,
        new_key: Callable[[str], bytes] = random_key,
        passphrase: str = "",
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(directory / "lock", os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as fault:
            os.close(self._lock)
            raise StoresError(f"{directory}: another server uses this data; give another --data") from fault
        self.facts = facts or all_facts()
        self.vault = Vault(directory / "keys", register=register, new_key=new_key, passphrase=passphrase)
        self._opened = _open(directory, self.facts, self.vault)
        self.objects, self.archive = self._opened.objects, self._opened.archive
        self.outbox = Outbox(self._opened.database, self.vault)
        self.journal = Journal(self._opened.database, self.facts, self.outbox, wall_ms)
        self.identity = identify(self.objects)
        self.recorder = Recorder(
            directory / "recording",
            self.vault,
            Checkpoints(directory / "checkpoints", self.vault),
            self.identity,
            limits or Limits(),
        )

    @property
    def database(self) -> sql.Engine:
        return self._opened.database

    def close(self) -> None:
        """Everything on the disk, the directory free for the next server."""
        self.recorder.close()
        self._opened.close()
        os.close(self._lock)
