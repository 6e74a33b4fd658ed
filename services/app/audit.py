"""``run.py journal audit``: what must hold over the journals of runs, proved or listed."""

from __future__ import annotations

from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import track
from rich.table import Table

from services.facts.base import Event
from services.governance.audit import Audit, audit
from services.storage.stores import open_archive


class Audited(msgspec.Struct, frozen=True, kw_only=True):
    """All runs together; ``physical``: scenes that fired in any of them."""

    physical: tuple[str, ...]
    violations: int
    runs: dict[str, Audit]


def audit_journal(data: tuple[Path, ...], report: Path | None = None, console: Console | None = None) -> int:
    """Audit each run; 1 where anything is violated. ``report`` takes it all as JSON. Raises
    :class:`services.storage.stores.StoresError`."""
    console = console or Console()
    runs = {str(folder): read_audit(folder, console) for folder in data}
    for name, found in runs.items():
        _say(name, found, console)
    physical = tuple(sorted({scene for found in runs.values() for scene in found.tally.physical}))
    violations = sum(len(found.violations) for found in runs.values())
    console.print(f"{len(physical)} physical scenes in all: {', '.join(physical)}")
    if report is not None:
        whole = Audited(physical=physical, violations=violations, runs=runs)
        report.write_bytes(msgspec.json.format(msgspec.json.encode(whole), indent=2) + b"\n")
    return 1 if violations else 0


def read_audit(data: Path, console: Console) -> Audit:
    """The audit of one data folder, also while a server writes it."""
    opened = open_archive(data)
    try:
        entries = track(opened.archive.entries(0), description="Auditing", console=console, transient=True)
        return audit([(entry.city_ms, entry.fact) for entry in entries if isinstance(entry.fact, Event)])
    finally:
        opened.close()


def _say(name: str, found: Audit, console: Console) -> None:
    table = Table(title=name, title_justify="left")
    for title in ("rule", "asked of", "violations"):
        table.add_column(title, justify="left" if title == "rule" else "right")
    for rule, asked in found.proved.items():
        broken = sum(violation.rule == rule for violation in found.violations)
        table.add_row(rule, str(asked), f"[red]{broken}[/]" if broken else "0")
    console.print(table)
    for violation in found.violations:
        console.print(f"[red]{violation.rule}[/]: {violation.what}", highlight=False)
    tally = found.tally
    rows = (
        ("scenes", tally.scenes), ("ends", tally.ends | {"open": tally.open}), ("overdue", tally.overdue),
        ("refused", tally.refused),
    )  # fmt: skip
    for label, counts in rows:
        console.print(f"{label}: {', '.join(f'{what} {times}' for what, times in counts.items()) or 'none'}")
    for one in tally.circling:
        console.print(f"[yellow]round in circles[/]: {one.case} ({one.scene}) {one.step} ×{one.times}")
    console.print(f"half of the cases ended within {tally.minutes:g} min")
