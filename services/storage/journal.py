"""The journal: commands and events for good, one transaction a turn, together with what is to be sent for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import sqlalchemy as sql

from services.facts.base import Command, Event
from services.facts.records import Entry, Known, Outgoing
from services.facts.registry import Registry
from services.storage import chain
from services.storage.database import JOURNAL
from services.storage.outbox import Outbox


class Journal:
    """The one writer of a database's journal. ``wall_ms`` stamps rows outside of their hash."""

    def __init__(self, database: sql.Engine, facts: Registry, outbox: Outbox, wall_ms: Callable[[], int]) -> None:
        self._database = database
        self._facts = facts
        self._outbox = outbox
        self._wall_ms = wall_ms
        with database.begin() as connection:
            last = connection.execute(
                sql.select(JOURNAL.c.sequence, JOURNAL.c.turn, JOURNAL.c.hash)
                .order_by(JOURNAL.c.sequence.desc())
                .limit(1)
            ).first()
        self._sequence: int = last[0] if last is not None else 0
        self._turn: int = last[1] if last is not None else 0
        self._hash: bytes = last[2] if last is not None else chain.ORIGIN

    @property
    def sequence(self) -> int:
        """Of the last fact; 0 while there is none."""
        return self._sequence

    @property
    def turn(self) -> int:
        """The last turn that committed anything."""
        return self._turn

    def commit(self, entries: Sequence[Entry], outgoing: Sequence[Outgoing], settled: Sequence[str]) -> None:
        """One turn; on the disk when this returns. Raises ``sqlalchemy.exc.SQLAlchemyError``: nothing was changed."""
        wall_ms, before = self._wall_ms(), self._hash
        values = []
        for entry in entries:
            type_, body = type(entry.fact).__name__, entry.body.decode()
            command_id = entry.fact.id if isinstance(entry.fact, Command) else None
            before = chain.link(entry.sequence, entry.turn, entry.city_ms, entry.desk, type_, command_id, body, before)
            values.append(
                {
                    "sequence": entry.sequence,
                    "turn": entry.turn,
                    "city_ms": entry.city_ms,
                    "desk": entry.desk,
                    "type": type_,
                    "command_id": command_id,
                    "body": body,
                    "hash": before,
                    "wall_ms": wall_ms,
                }
            )
        with self._database.begin() as connection:
            connection.execute(sql.insert(JOURNAL), values)
            kept = self._outbox.write(connection, outgoing, settled)
        self._outbox.wrote(kept)
        self._sequence, self._turn, self._hash = entries[-1].sequence, entries[-1].turn, before

    def known(self, command_id: str) -> Known | None:
        """A command journalled before, and the events of its turn."""
        with self._database.begin() as connection:
            turn = connection.execute(
                sql.select(JOURNAL.c.turn).where(JOURNAL.c.command_id == command_id)
            ).scalar_one_or_none()
            if turn is None:
                return None
            bodies = connection.execute(
                sql.select(JOURNAL.c.body).where(JOURNAL.c.turn == turn).order_by(JOURNAL.c.sequence)
            ).scalars()
            command, *events = (self._facts.decode(body.encode()) for body in bodies)
        if not isinstance(command, Command):
            raise TypeError(f"turn {turn} does not begin with its command")
        return Known(command, tuple(event for event in events if isinstance(event, Event)))

    def entries(self, after_turn: int) -> Iterator[Entry]:
        """Facts of later turns, in order."""
        return read(self._database, self._facts, after_turn)


def read(database: sql.Engine, facts: Registry, after_turn: int = 0) -> Iterator[Entry]:
    """Decoded facts of turns past ``after_turn``. Raises :class:`services.facts.registry.UnreadableError`."""
    for row in chain.rows(database, after_turn=after_turn):
        body = row.body.encode()
        yield Entry(row.sequence, row.turn, row.city_ms, row.desk, facts.decode(body), body)
