"""``run.py bench``: figures of this machine, measured with the project's own code."""

from __future__ import annotations

import importlib
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table


def run_bench(what: str, report: Path | None = None) -> int:
    """Print the figures of one bench and write them to ``report``."""
    out = Console()
    module = importlib.import_module(f"services.app.bench_{what}")
    result: dict[str, object] = getattr(module, f"bench_{what}")(out)
    table = Table("figure", "value", title=f"bench {what}")
    for name, value in result.items():
        table.add_row(name, str(value))
    out.print(table)
    if report is not None:
        report.write_bytes(msgspec.json.format(msgspec.json.encode(result)) + b"\n")
    return 0
