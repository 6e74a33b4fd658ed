"""What every desk of this package says to a command that cannot be."""

from __future__ import annotations

from services.facts.base import Command, CommandRefused
from twin.core.text import Text


def refused(command: Command, why: Text) -> CommandRefused:
    return CommandRefused(actor=command.actor, cause=command.id, command=type(command).__name__, why=why)


def unsaid(words: str, longest: int) -> Text | None:
    """Why these words will not do: none at all, or too many."""
    if not words.strip():
        return Text("there are no words")
    if len(words) > longest:
        return Text("{length} characters are too many: {longest} at most", {"length": len(words), "longest": longest})
    return None


def numbered(prefix: str, serial: int) -> str:
    return f"{prefix}-{serial:04d}"


def serial_of(id: str) -> int:
    """The number in ``Q-0012``."""
    return int(id.rpartition("-")[2])
