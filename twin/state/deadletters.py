"""The dead letters: what was refused, with its raw payload, until somebody looks or it is too much to keep."""

from __future__ import annotations

import hashlib
import logging
from collections import deque
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import msgspec
import sqlalchemy as sql

from twin.core.bus import Message
from twin.core.errors import ConfigError
from twin.state.counts import Refusal

MAX_LETTERS: Final = 20_000
MAX_BYTES: Final = 64 << 20
WAITING: Final = 1_000
"""Refusals that wait in memory while the file cannot be written; the oldest are let go."""
_PERSONAL: Final = "/person/"
_SHOWN: Final = 300  # characters of a detail

_log = logging.getLogger(__name__)

_metadata = sql.MetaData()
_letters = sql.Table(
    "letters",
    _metadata,
    sql.Column("id", sql.Integer, primary_key=True, autoincrement=True),
    sql.Column("reason", sql.String, nullable=False),
    sql.Column("detail", sql.String, nullable=False),
    sql.Column("topic", sql.String, nullable=False),
    sql.Column("payload", sql.LargeBinary, nullable=False),
    sql.Column("bytes", sql.Integer, nullable=False),
    sql.Column("sha256", sql.String, nullable=False),
    sql.Column("withheld", sql.Boolean, nullable=False),
    sql.Column("retained", sql.Boolean, nullable=False),
    sql.Column("source", sql.String, nullable=False),
    sql.Column("sender", sql.String, nullable=False),
    sql.Column("received_ms", sql.Integer, nullable=False),
    sql.Column("again", sql.Boolean, nullable=False, default=False),
    sqlite_autoincrement=True,
)


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """One refused message. ``withheld``: a person's message is never kept, only its size and digest."""

    id: int
    reason: str
    detail: str
    topic: str
    payload: bytes
    bytes: int
    sha256: str
    withheld: bool
    retained: bool
    source: str
    sender: str
    received_ms: int
    again: bool


class DeadLetters:
    """A bounded SQLite file; the oldest letters make room. Safe for a server that keeps and a tool that lists. While
    another process holds the file, or the disk is full, what is kept waits in memory: it must not stop the twin."""

    def __init__(self, path: Path, max_letters: int = MAX_LETTERS, max_bytes: int = MAX_BYTES) -> None:
        self._max_letters, self._max_bytes = max_letters, max_bytes
        self._engine = sql.create_engine(f"sqlite:///{path}")
        sql.event.listen(self._engine, "connect", _configure)
        try:
            _metadata.create_all(self._engine)
            with self._engine.connect() as connection:
                count, size = connection.execute(sql.select(sql.func.count(), sql.func.sum(_letters.c.bytes))).one()
        except sql.exc.DatabaseError as fault:
            raise ConfigError(path, f"{fault.orig}; move this file away: a new one is begun") from fault
        self._count, self._bytes = int(count), int(size or 0)
        self._waiting: deque[dict[str, object]] = deque(maxlen=WAITING)

    def __len__(self) -> int:
        return self._count

    def keep(self, refusals: Sequence[Refusal]) -> None:
        """One transaction for all of a turn's refusals."""
        if not refusals:
            return
        self._waiting.extend(_row(refusal) for refusal in refusals)
        try:
            with self._engine.begin() as connection:
                connection.execute(_letters.insert(), list(self._waiting))
            self._count += len(self._waiting)
            self._bytes += sum(int(str(row["bytes"])) for row in self._waiting)
            self._waiting.clear()
            if self._count > self._max_letters or self._bytes > self._max_bytes:
                self._make_room()
        except sql.exc.OperationalError as fault:
            _log.warning("%d refused messages wait to be kept: %s", len(self._waiting), fault.orig)

    def _make_room(self) -> None:
        """Drop the oldest until a tenth of both bounds is free, so that this is rare."""
        query = sql.select(_letters.c.id, _letters.c.bytes).order_by(_letters.c.id)
        with self._engine.connect() as connection:
            entries = connection.execute(query).all()
        self._count, self._bytes = len(entries), sum(entry.bytes for entry in entries)
        last = 0
        for entry in entries:
            if self._count <= self._max_letters * 0.9 and self._bytes <= self._max_bytes * 0.9:
                break
            last = entry.id
            self._count -= 1
            self._bytes -= entry.bytes
        with self._engine.begin() as connection:
            connection.execute(_letters.delete().where(_letters.c.id <= last))

    def newest(self, limit: int = 100, reason: str | None = None) -> tuple[DeadLetter, ...]:
        """The newest letters, the newest first."""
        query = sql.select(_letters).order_by(_letters.c.id.desc()).limit(limit)
        if reason is not None:
            query = query.where(_letters.c.reason == reason)
        with self._engine.connect() as connection:
            return tuple(DeadLetter(**row._mapping) for row in connection.execute(query))

    def counts(self) -> dict[str, int]:
        """Letters held by reason."""
        query = (
            sql.select(_letters.c.reason, sql.func.count().label("held"))
            .group_by(_letters.c.reason)
            .order_by(_letters.c.reason)
        )
        with self._engine.connect() as connection:
            return {row.reason: row.held for row in connection.execute(query)}

    def ask_again(self, ids: Iterable[int] | None = None, reason: str | None = None) -> int:
        """Mark letters to be taken in again: the named ones, those of a reason, or all. How many were marked; a
        withheld one cannot be."""
        query = _letters.update().values(again=True).where(~_letters.c.withheld)
        if ids is not None:
            query = query.where(_letters.c.id.in_(tuple(ids)))
        if reason is not None:
            query = query.where(_letters.c.reason == reason)
        with self._engine.begin() as connection:
            return connection.execute(query).rowcount

    def marked(self, limit: int = 1_000) -> list[Message]:
        """The marked letters in the order in which they came, and forget them: what is refused once more comes back
        as a new letter."""
        query = sql.select(_letters).where(_letters.c.again).order_by(_letters.c.id).limit(limit)
        try:
            with self._engine.begin() as connection:
                rows = connection.execute(query).all()
                if rows:
                    connection.execute(_letters.delete().where(_letters.c.id.in_([row.id for row in rows])))
        except sql.exc.OperationalError as fault:
            _log.warning("no letters can be taken in again now: %s", fault.orig)
            return []
        self._count -= len(rows)
        self._bytes -= sum(row.bytes for row in rows)
        return [Message(row.topic, row.payload, row.retained) for row in rows]

    def close(self) -> None:
        self._engine.dispose()


def _configure(connection: object, _: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]  # sqlite3.Connection, untyped in SQLAlchemy's event
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA busy_timeout = 100")  # the twin waits meanwhile
    cursor.close()


def _row(refusal: Refusal) -> dict[str, object]:
    # What may not be taken in for want of a legal basis may not be kept either, and a topic of a person says enough.
    withheld = _PERSONAL in refusal.topic
    return {
        "reason": refusal.reason.value,
        "detail": refusal.detail[:_SHOWN],
        "topic": refusal.topic,
        "payload": b"" if withheld else refusal.payload,
        "bytes": len(refusal.payload),
        "sha256": hashlib.sha256(refusal.payload).hexdigest(),
        "withheld": withheld,
        "retained": refusal.retained,
        "source": refusal.source,
        "sender": refusal.sender,
        "received_ms": refusal.received_ms,
        "again": False,
    }
