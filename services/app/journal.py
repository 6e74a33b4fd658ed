"""``run.py journal``: prove the chain, write the journal out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sql
from rich.console import Console
from rich.progress import track

from services.storage import chain
from services.storage.database import JOURNAL
from services.storage.stores import Opened, open_archive


def verify_journal(data: Path, console: Console | None = None) -> int:
    """Check the hash chain from the first row to the last; 1 where it breaks. Raises
    :class:`services.storage.stores.StoresError`."""
    console = console or Console()
    opened = open_archive(data)
    count, broken = chain.verify(_rows(opened, console, "Verifying"))
    opened.close()
    if broken is not None:
        console.print(f"[red]The chain breaks at row {broken.sequence}[/]: {broken.problem}. {count} rows before hold.")
        return 1
    console.print(f"[green]All {count} rows hold[/], each by the hash of the one before.")
    return 0


def export_journal(data: Path, jsonl: Path, console: Console | None = None) -> int:
    """Write every row as a line of JSON: the same journal gives the same bytes."""
    console = console or Console()
    opened = open_archive(data)
    with jsonl.open("wb") as out:
        count = chain.export(_rows(opened, console, "Exporting"), out)
    opened.close()
    console.print(f"{count} rows written to {jsonl}.")
    return 0


def _rows(opened: Opened, console: Console, doing: str) -> Iterator[chain.Row]:
    with opened.database.begin() as connection:
        total = connection.execute(sql.select(sql.func.count()).select_from(JOURNAL)).scalar_one()
    rows = chain.rows(opened.database)
    yield from track(rows, description=doing, total=total, console=console, transient=True)
