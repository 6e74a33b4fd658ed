"""The hash chain: each journal row's SHA-256 covers the row before, so that none can be changed, lost or put in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

import msgspec
import sqlalchemy as sql

from services.storage.database import JOURNAL

ORIGIN = bytes(32)
"""What the first row's hash follows."""
_PAGE = 5_000

_columns = (
    JOURNAL.c.sequence,
    JOURNAL.c.turn,
    JOURNAL.c.city_ms,
    JOURNAL.c.desk,
    JOURNAL.c.type,
    JOURNAL.c.command_id,
    JOURNAL.c.body,
    JOURNAL.c.hash,
)


@dataclass(frozen=True, slots=True)
class Row:
    """A journal row, all but its wall time."""

    sequence: int
    turn: int
    city_ms: int
    desk: str
    type: str
    command_id: str | None
    body: str
    hash: bytes


@dataclass(frozen=True, slots=True)
class Break:
    """Where the chain first does not hold."""

    sequence: int
    problem: str


def link(
    sequence: int, turn: int, city_ms: int, desk: str, type_: str, command_id: str | None, body: str, before: bytes
) -> bytes:
    """The hash of a row after the row with hash ``before``."""
    canonical = msgspec.json.encode((sequence, turn, city_ms, desk, type_, command_id, body, before.hex()))
    return hashlib.sha256(canonical).digest()


def rows(database: sql.Engine, after_sequence: int = 0, after_turn: int = 0) -> Iterator[Row]:
    """Rows in order, read in pages: a long journal never lies in memory whole, and none is read inside a transaction
    that outlasts its page."""
    while True:
        with database.begin() as connection:
            page = connection.execute(
                sql.select(*_columns)
                .where(JOURNAL.c.sequence > after_sequence, JOURNAL.c.turn > after_turn)
                .order_by(JOURNAL.c.sequence)
                .limit(_PAGE)
            ).all()
        yield from (Row(*row) for row in page)
        if len(page) < _PAGE:
            return
        after_sequence = page[-1][0]


def verify(journal: Iterable[Row]) -> tuple[int, Break | None]:
    """How many rows hold, and where the chain first breaks (None: nowhere)."""
    before, expected = ORIGIN, 1
    for row in journal:
        if row.sequence != expected:
            return expected - 1, Break(expected, f"row {expected} is missing: row {row.sequence} follows")
        if link(*_hashed(row), before) != row.hash:
            return expected - 1, Break(row.sequence, f"row {row.sequence} ({row.type}) is not what was committed")
        before, expected = row.hash, expected + 1
    return expected - 1, None


def _hashed(row: Row) -> tuple[int, int, int, str, str, str | None, str]:
    return row.sequence, row.turn, row.city_ms, row.desk, row.type, row.command_id, row.body


def export(journal: Iterable[Row], out: BinaryIO) -> int:
    """One JSON object a line, the same bytes for the same journal; returns the number of lines."""
    count = 0
    for row in journal:
        line = {
            "sequence": row.sequence,
            "turn": row.turn,
            "city_ms": row.city_ms,
            "kind": "event" if row.command_id is None else "command",
            "type": row.type,
            "desk": row.desk,
            "fact": msgspec.Raw(row.body.encode()),
            "hash": row.hash.hex(),
        }
        out.write(msgspec.json.encode(line) + b"\n")
        count += 1
    return count
