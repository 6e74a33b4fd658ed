"""``run.py measures``: the measures of governance from a run's journal, and nothing else."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import track
from rich.table import Table

from services.app.recorded import recorded_settings
from services.app.truth import Compared, compared, find_truth, load_truth
from services.governance.measures import BYS, MEASURES, By, Figure, Group, measure
from services.governance.measures_book import Book
from services.governance.measures_desk import CityAreas
from services.governance.measures_page import fraction, shown
from services.governance.measures_settings import MeasureSettings, load_measures
from services.storage.stores import Opened, open_archive
from twin.city.load import load


def print_measures(
    data: Path,
    by: By | None = None,
    report: Path | None = None,
    truth: bool = False,
    console: Console | None = None,
) -> int:
    """Print the figures, by city or as told; ``report`` takes all of them as JSON. Raises
    :class:`services.storage.stores.StoresError`."""
    console = console or Console()
    opened = open_archive(data)
    try:
        areas, settings = _recorded(opened)
        book, now_ms = read_book(opened, settings, console)
        found: dict[str, object] = {"city_ms": now_ms, "cases": len(book)}
        for one in BYS:
            found[one] = {group.key: _plain(group) for group in measure(book, now_ms, one, areas)}
        for group in measure(book, now_ms, by or "city", areas):
            console.print(_table(group, by or "city"))
        if truth:
            rows = compared(load_truth(find_truth(data)), opened.archive.entries(0))
            found["truth"] = [msgspec.to_builtins(row) for row in rows]
            console.print(_truth_table(rows))
        if report is not None:
            report.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n")
    finally:
        opened.close()
    return 0


def _recorded(opened: Opened) -> tuple[CityAreas, MeasureSettings]:
    """The areas of the city that the run was in, and the settings that it was measured by."""
    with tempfile.TemporaryDirectory(prefix="civitwin-measures-") as folder:
        settings = recorded_settings(opened.objects, opened.archive.segments()[-1], Path(folder))
        path = settings.config_dir / "measures.toml"
        return CityAreas(load(settings.city_dir)), load_measures(path) if path.exists() else MeasureSettings()


def read_book(opened: Opened, settings: MeasureSettings, console: Console) -> tuple[Book, int]:
    """The book as the live desk keeps it, and the city time of the journal's last fact."""
    book, now_ms = Book(settings.again), 0
    for entry in track(opened.archive.entries(0), description="Reading", console=console, transient=True):
        book.note(entry.fact, entry.city_ms)
        now_ms = entry.city_ms
    return book, now_ms


def _plain(group: Group) -> dict[str, object]:
    return {
        "measures": {name: _fraction(figure) for name, figure in group.figures.items()},
        "counts": group.counts,
    }


def _fraction(figure: Figure) -> dict[str, float | None]:
    plain: dict[str, float | None] = {
        "value": figure.value, "numerator": round(figure.numerator, 6), "denominator": figure.denominator,
    }  # fmt: skip
    if figure.book_denominator:
        plain |= {"book_numerator": figure.book_numerator, "book_denominator": figure.book_denominator}
    return plain


def _table(group: Group, by: By) -> Table:
    table = Table(title=f"{by} {group.key}".strip(), title_justify="left")
    for title in ("measure", "value", "fraction", "by the books", "post"):
        table.add_column(title, justify="left" if title in ("measure", "post") else "right")
    for one in MEASURES:
        figure = group.figures.get(one.id)
        if figure is None:
            continue
        name = one.id if one.scored else f"({one.id})"
        book = f"{figure.book_numerator:g}/{figure.book_denominator:g}" if figure.book_denominator else ""
        table.add_row(name, shown(one, figure), fraction(figure) if one.unit == "share" else "", book, one.post)
    seen = {name: count for name, count in group.counts.items() if count}
    if seen:
        table.caption = ", ".join(f"{name} {count}" for name, count in seen.items())
    return table


def _truth_table(rows: Sequence[Compared]) -> Table:
    table = Table(title="beside what really happened", title_justify="left")
    for title in ("hazard", "case", "scene", "noticed, min", "closed early", "estimated", "exposed", "vehicles"):
        table.add_column(title)
    for row in rows:
        noticed = "" if row.noticed_min is None else f"{row.noticed_min:.1f}"
        table.add_row(
            f"{row.kind} {row.hazard}".strip() or "none", row.case or "nobody noticed", row.scene, noticed,
            "yes" if row.early else "", str(row.estimated), str(row.residents), str(row.vehicles),
        )  # fmt: skip
    real = [row for row in rows if row.kind]
    table.caption = (
        f"{sum(bool(row.case) for row in real)} of {len(real)} hazards noticed, "
        f"{sum(row.early for row in real)} closed while they lasted, {len(rows) - len(real)} cases about nothing"
    )
    return table
