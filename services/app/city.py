"""``run.py city``: make, import and check cities."""

from __future__ import annotations

import importlib
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from twin.city.check import check
from twin.city.generate import generate
from twin.core.text import Text


def _bar(out: Console) -> Progress:
    return Progress(TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=out)


def _said(what: Text | str) -> str:
    return what.msgid.format_map(what.args) if isinstance(what, Text) else what


def generate_city(seed: int, out: Path | None = None) -> int:
    """Write a generated city, by default into ``city-<seed>`` here; its faults are printed if it has any."""
    out = out or Path(f"city-{seed}")
    console = Console()
    with _bar(console) as bar:
        task = bar.add_task("generating", total=1.0)
        generate(seed, out, lambda done, what: bar.update(task, completed=done, description=_said(what)))
    return check_city(out)


def import_city(file: Path, out: Path, into: Path | None = None) -> int:
    module = importlib.import_module("services.app.import_city")
    console = Console()
    with _bar(console) as bar:
        task = bar.add_task("importing", total=1.0)

        def show(done: float, what: Text | str) -> None:
            bar.update(task, completed=done, description=_said(what))

        module.import_city(file, out, into, show)
    return check_city(out)


def check_city(directory: Path) -> int:
    """Print every fault; 1 when there is any."""
    console = Console()
    faults = check(directory)
    if not faults:
        console.print(f"[green]{directory}: no fault")
        return 0
    table = Table("layer", "feature", "problem", "cure", title=f"{len(faults)} faults in {directory}")
    for fault in faults:
        table.add_row(fault.layer, fault.feature, fault.problem, fault.cure)
    console.print(table)
    return 1
