"""``run.py services report``: measures of services and the fairness report, from a run's journal and register alone."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

import msgspec
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from services.app.composition import World, read_world
from services.app.recorded import recorded_settings
from services.collaboration.authority import Authority
from services.engine.desk import Turn
from services.facts.base import Event
from services.hall.catalogue import Service, load_services
from services.hall.fairness import LEAST, Fairness, fairness, home_districts
from services.hall.guardians import Guardians
from services.hall.identity import Identities
from services.hall.legal import Ground, Ledger, needs_of
from services.hall.legal_desk import LegalDesk
from services.hall.service_measures import CHANNELS, Group, by
from services.hall.service_record import ServiceBook
from services.storage.stores import open_archive
from services.storage.vault import Vault
from twin.state.beliefs import MoverBelief

SHOWN = {
    "errands": "all", "completed": "done", "refused": "ref.", "gave_up": "quit", "trips": "trips",
    "materials": "docs", "elapsed_h": "hours", "waiting_min": "wait", "right_first": "right", "unmet": "unmet",
}  # fmt: skip
"""Of the figures, those that a terminal has room for, by their titles; all of them are in the JSON."""


def report_services(data: Path, report: Path | None = None, console: Console | None = None) -> int:
    """Print both; ``report`` takes them as JSON. Raises :class:`services.storage.stores.StoresError`."""
    console = console or Console()
    opened = open_archive(data)
    try:
        with tempfile.TemporaryDirectory(prefix="civitwin-services-") as folder:
            settings = recorded_settings(opened.objects, opened.archive.segments()[-1], Path(folder))
            world = read_world(settings)
            services = load_services(settings.config_dir / "services", world.departments)
        book, legal, now_ms = ServiceBook(), _legal(world, services, opened.vault), 0
        for entry in opened.archive.entries(0):
            book.note(entry.fact, entry.city_ms)
            if isinstance(entry.fact, Event):
                legal.apply(entry.fact, Turn(entry.turn, entry.city_ms, settings.seed))
            now_ms = entry.city_ms
    finally:
        opened.close()
    fair = _fairness(book, world, legal.ledger, now_ms)
    groups = {
        "service": by(book.records, lambda one: one.service, list(services)),
        "channel": by(book.records, lambda one: one.channel, CHANNELS),
    }
    for title, found in groups.items():
        console.print(_table(title, found))
    for dimension, rows in fair.groups.items():
        shown = [Group(row.key, row.figures) for row in rows if row.figures is not None]
        hidden = len(rows) - len(shown)
        table = _table(f"fairness by {dimension}", shown)
        if hidden:
            table.caption = f"{hidden} groups not shown: fewer than {LEAST} people, or what would give them away"
        console.print(table)
    console.print(_beside(fair))
    if report is not None:
        plain = {"city_ms": now_ms, **groups, "fairness": fair, "least": LEAST}
        report.write_bytes(msgspec.json.format(msgspec.json.encode(plain), indent=2) + b"\n")
    return 0


class _Nobody:
    """No belief behind a journal: nobody is heard, and nobody has to be."""

    def grant(self, person: str, purposes: Iterable[str]) -> None: ...

    def person_position(self, person: str) -> MoverBelief | None:
        return None


def _legal(world: World, services: dict[str, Service], vault: Vault) -> LegalDesk:
    """What everybody agreed to, and took back since."""
    guardians = Guardians(world.residents)
    ledger = Ledger(world.residents, needs_of(services), guardians)
    return LegalDesk(
        ledger, world.residents, guardians, world.departments, Authority(world.roster), Identities(vault), _Nobody()
    )


def _fairness(book: ServiceBook, world: World, ledger: Ledger, now_ms: int) -> Fairness:
    def online(person: str) -> bool:
        return isinstance(ledger.consent(person, "service", "", now_ms), Ground)

    return fairness(book, world.residents, home_districts(world.city, world.residents), online, now_ms)


def _table(title: str, groups: tuple[Group, ...] | list[Group]) -> Table:
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("which", no_wrap=True, max_width=14)
    for name in SHOWN.values():
        table.add_column(name, justify="right", no_wrap=True)
    for group in groups:
        table.add_row(group.key, *(_cell(getattr(group.figures, name)) for name in SHOWN))
    return table


def _cell(value: float | int | None) -> str:
    if value is None:
        return "–"
    return str(value) if isinstance(value, int) else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _beside(fair: Fairness) -> str:
    out = fair.excluded
    return (
        f"Beside it: {out.unmet} of {fair.total.completed} completed without meeting a clerk; "
        f"{out.without_online} of {out.residents} residents cannot apply online, {out.of_applicants} of them applied "
        f"another way; {out.gave_up} gave up, {out.turned_away} were turned away, {out.sent_home} sent home, "
        f"{out.missed} did not come."
    )
