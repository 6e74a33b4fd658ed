"""``run.py deadletters``: see what was refused, have it taken in again."""

from __future__ import annotations

import datetime
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from twin.core.errors import CivitwinError
from twin.state.deadletters import DeadLetters

FILE = "deadletters.db"
_SHOWN = 60  # characters of a payload


class NoLettersError(CivitwinError):
    """A data directory without dead letters' file."""


def _opened(data: Path) -> DeadLetters:
    if not (data / FILE).exists():
        raise NoLettersError(f"{data}: no server has kept dead letters here ({FILE} is missing)")
    return DeadLetters(data / FILE)


def list_deadletters(data: Path, reason: str | None = None, limit: int = 50, console: Console | None = None) -> int:
    """A table of the newest refusals, and how many there are by reason."""
    console = console or Console()
    letters = _opened(data)
    table = Table("id", "city time (UTC)", "reason", "source", "what, where and in what words")
    for letter in letters.newest(limit, reason):
        shown = "(withheld)" if letter.withheld else letter.payload[:_SHOWN].decode(errors="replace")
        at = datetime.datetime.fromtimestamp(letter.received_ms / 1000, datetime.UTC)
        table.add_row(
            str(letter.id),
            f"{at:%m-%d %H:%M:%S}",
            letter.reason,
            letter.source,
            escape(f"{letter.detail}\n{letter.topic}\n{shown}"),
        )
    counts = letters.counts()
    letters.close()
    if table.row_count:
        console.print(table)
    console.print(", ".join(f"{name}: {count}" for name, count in counts.items()) or "No dead letters.")
    return 0


def retake_deadletters(data: Path, reason: str | None = None, console: Console | None = None) -> int:
    """Mark them for the server, which takes them in with its next tick; what is refused again comes back."""
    console = console or Console()
    letters = _opened(data)
    marked = letters.ask_again(reason=reason)
    letters.close()
    console.print(f"{marked} messages will be taken in again by the server of {data}.")
    return 0
