"""What the engine and the stores hand to each other: journalled facts, checkpoints, messages to send."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import msgspec

from services.facts.base import Command, Event


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to publish below the server's namespace.

    ``key`` identifies it in the outbox until acknowledged (by a report naming it, or by a desk's ``settled``); an
    empty key is sent once. ``retain`` messages are sent again on every connect. A keyed message is not resent after
    ``expires_ms`` of city time; 0 means never.
    """

    topic: str
    payload: bytes
    qos: int = 1
    retain: bool = False
    key: str = ""
    expires_ms: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """A journalled fact. ``body`` is its canonical JSON, ``desk`` who decided it (empty for a command)."""

    sequence: int
    turn: int
    city_ms: int
    desk: str
    fact: Command | Event
    body: bytes


@dataclass(frozen=True, slots=True)
class Known:
    """A command that was journalled before, and what came of it."""

    command: Command
    events: tuple[Event, ...]


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """The whole state after ``turn``: one part a desk, and belief as the part ``senses``."""

    turn: int
    city_ms: int
    sequence: int  # the journal's last at that time
    parts: dict[str, bytes]

    def digests(self) -> dict[str, str]:
        """SHA-256 by part, in the parts' order."""
        return {name: hashlib.sha256(data).hexdigest() for name, data in self.parts.items()}
