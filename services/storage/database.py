"""The journal's database: one SQLite file, write-ahead log, every commit on the disk before it returns."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sql

from twin.core.errors import CivitwinError


class DatabaseError(CivitwinError):
    """A file that should be a journal and is not."""


TABLES = sql.MetaData()

JOURNAL = sql.Table(
    "journal",
    TABLES,
    sql.Column("sequence", sql.Integer, primary_key=True, autoincrement=False),
    sql.Column("turn", sql.Integer, nullable=False, index=True),
    sql.Column("city_ms", sql.BigInteger, nullable=False),
    sql.Column("desk", sql.Text, nullable=False),  # who decided it; empty for a command
    sql.Column("type", sql.Text, nullable=False, index=True),
    sql.Column("command_id", sql.Text, unique=True),  # of a command; NULL for an event
    sql.Column("body", sql.Text, nullable=False),  # canonical JSON
    sql.Column("hash", sql.LargeBinary(32), nullable=False),  # over all of the above and the hash before
    sql.Column("wall_ms", sql.BigInteger, nullable=False),  # of the commit; outside the hash
)

OUTBOX = sql.Table(
    "outbox",
    TABLES,
    sql.Column("number", sql.Integer, primary_key=True),
    sql.Column("key", sql.Text, nullable=False, unique=True),  # of a keyed message, else "retained <topic>"
    sql.Column("keyed", sql.Boolean, nullable=False),
    sql.Column("topic", sql.Text, nullable=False, index=True),
    sql.Column("payload", sql.LargeBinary, nullable=False),  # sealed where the topic is a person's
    sql.Column("qos", sql.Integer, nullable=False),
    sql.Column("retain", sql.Boolean, nullable=False),
    sql.Column("expires_ms", sql.BigInteger, nullable=False),  # city time; 0 never
)


def open_database(path: Path) -> sql.Engine:
    """The database of a data directory, made if it is not there. One connection a process writes. Raises
    :class:`DatabaseError` for a file that is none."""
    engine = sql.create_engine(f"sqlite:///{path}", poolclass=sql.StaticPool)

    @sql.event.listens_for(engine, "connect")
    def _pragmas(connection: object, _: object) -> None:
        cursor = connection.cursor()  # type: ignore[attr-defined]  # a sqlite3.Connection
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA busy_timeout=5000")
        cursor.close()

    try:
        TABLES.create_all(engine)
    except sql.exc.OperationalError:  # locked, or no room: the file itself is not to blame
        raise
    except sql.exc.DatabaseError as fault:
        raise DatabaseError(f"{path}: {fault.orig}; put a copy in its place, or give another --data") from fault
    return engine
