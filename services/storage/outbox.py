"""Messages to send, kept until they need not be sent again.

Keyed messages (orders, answers) are resent, ever more slowly, until acknowledged, settled or expired. Retained ones
are remembered by topic, cleared ones too, and sent again on every connect: a broker killed without persistence has
lost them, another may still hold what was lifted meanwhile. The rest are sent once and are not stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sql

from services.facts.records import Outgoing
from services.storage.database import OUTBOX
from services.storage.vault import ErasedError, Vault
from twin.link.recording import pseudonym

FIRST_RESEND_MS = 2_000
LAST_RESEND_MS = 60_000
"""Wall time between the first two sendings of a keyed message, and the most between any two."""


@dataclass(slots=True)
class _Held:
    message: Outgoing
    due_wall_ms: int = 0  # 0: at once; -1: not before the next connect
    wait_ms: int = FIRST_RESEND_MS


class Outbox:
    """All that is to be sent, in memory and in the journal's database."""

    def __init__(self, database: sql.Engine, vault: Vault) -> None:
        self._database = database
        self._vault = vault
        self._held: dict[str, _Held] = {}  # by key, or by topic for a retained message without one
        self._once: list[Outgoing] = []
        self._acknowledged: dict[str, None] = {}
        self._load()

    # --- from the engine --------------------------------------------------------------------------------------------

    def write(
        self, connection: sql.Connection, outgoing: Sequence[Outgoing], settled: Sequence[str]
    ) -> tuple[Sequence[Outgoing], list[str]]:
        """Inside the journal's transaction; hand what it returns to :meth:`wrote` once that is committed. Whoever was
        erased can be told nothing more: what is for them is neither kept nor sent."""
        outgoing = [message for message in outgoing if not self._for_nobody(message)]
        gone = [*self._acknowledged, *settled]
        kept = {_slot(message): message for message in outgoing if message.key or message.retain}
        if gone or kept:
            connection.execute(sql.delete(OUTBOX).where(OUTBOX.c.key.in_([*gone, *kept])))
        values = [self._row(slot, message) for slot, message in kept.items()]
        if values:
            connection.execute(sql.insert(OUTBOX), values)
        return outgoing, gone

    def _for_nobody(self, message: Outgoing) -> bool:
        person = pseudonym(f"/{message.topic}")
        return bool(person) and self._vault.erased(self._vault.holder(person))

    def wrote(self, kept: tuple[Sequence[Outgoing], list[str]]) -> None:
        """The transaction is committed: from now on these are due."""
        outgoing, gone = kept
        for key in gone:
            self._held.pop(key, None)
            self._acknowledged.pop(key, None)
        for message in outgoing:
            if message.key or message.retain:
                slot = _slot(message)
                self._held.pop(slot, None)
                self._held[slot] = _Held(message)
            else:
                self._once.append(message)

    def acknowledge(self, key: str, topic: str) -> None:
        """Received: not sent again. Deleted from the disk with the next commit; one more sending after a crash does
        no harm, since receivers know the keys. Nobody acknowledges what was sent to another, on another topic."""
        held = self._held.get(key)
        if held is not None and held.message.key and held.message.topic == topic:
            del self._held[key]
            self._acknowledged[key] = None

    # --- to the bus -------------------------------------------------------------------------------------------------

    def due(self, wall_ms: int, city_ms: int) -> list[Outgoing]:
        """What to publish now, oldest first; the next sending of each keyed message is planned from now."""
        messages, self._once = self._once, []
        for slot, held in list(self._held.items()):
            message = held.message
            if message.expires_ms and city_ms > message.expires_ms:
                del self._held[slot]
                self._acknowledged[slot] = None
            elif 0 <= held.due_wall_ms <= wall_ms:
                messages.append(message)
                held.due_wall_ms = wall_ms + held.wait_ms if message.key else -1
                held.wait_ms = min(2 * held.wait_ms, LAST_RESEND_MS)
        return messages

    def reconnected(self) -> None:
        """A new session with a broker: everything held is due at once."""
        for held in self._held.values():
            held.due_wall_ms, held.wait_ms = 0, FIRST_RESEND_MS

    def __len__(self) -> int:
        return len(self._held)

    @property
    def waiting(self) -> int:
        """Keyed messages that nobody has acknowledged yet."""
        return sum(1 for held in self._held.values() if held.message.key)

    # --- disk -------------------------------------------------------------------------------------------------------

    def _row(self, slot: str, message: Outgoing) -> dict[str, object]:
        person, payload = pseudonym(f"/{message.topic}"), message.payload
        if person:
            payload = self._vault.seal(self._vault.holder(person), payload, _context(message.topic, slot))
        return {
            "key": slot,
            "keyed": bool(message.key),
            "topic": message.topic,
            "payload": payload,
            "qos": message.qos,
            "retain": message.retain,
            "expires_ms": message.expires_ms,
        }

    def _load(self) -> None:
        with self._database.begin() as connection:
            rows = connection.execute(sql.select(OUTBOX).order_by(OUTBOX.c.number)).all()
        for row in rows:
            person, payload = pseudonym(f"/{row.topic}"), row.payload
            if person:
                try:
                    payload = self._vault.open(self._vault.holder(person), payload, _context(row.topic, row.key))
                except ErasedError:
                    self._acknowledged[row.key] = None  # nobody can be told any more
                    continue
            key = row.key if row.keyed else ""
            self._held[row.key] = _Held(Outgoing(row.topic, payload, row.qos, row.retain, key, row.expires_ms))


def _slot(message: Outgoing) -> str:
    return message.key or f"retained {message.topic}"


def _context(topic: str, slot: str) -> bytes:
    return f"outbox/{slot}/{topic}".encode()
