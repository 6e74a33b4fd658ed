"""``run.py services check``: every fault of the service catalogue, and of the counters behind it."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from services.app import installation
from services.collaboration.roster import Roster, load_roster
from services.hall.catalogue import Service, read_services
from services.hall.catalogue_check import Fault
from services.hall.hall_settings import load_hall
from twin.city.units import load_departments
from twin.core.errors import CivitwinError


def check_services(config: Path | None = None, console: Console | None = None) -> int:
    """Print what is wrong, each with file, key and reason; 1 where anything is."""
    out = console or Console()
    folder = config or installation.config_directory()
    directory = folder / "services"
    if not any(directory.glob("*.toml")):
        raise CivitwinError(f"{directory}: no services")
    departments = load_departments(folder / "departments.toml")
    services, found = read_services(directory, departments)
    faults = [
        *found,
        *beside(folder, services),
        *unattended(services, load_roster(folder / "people.toml", tuple(departments))),
    ]
    if faults:
        table = Table("file", "key", "reason", title=f"{len(faults)} faults")
        for fault in faults:
            table.add_row(escape(fault.file), escape(fault.key), escape(fault.reason))
        out.print(table)
        return 1
    bundles = sum(service.bundle for service in services.values())
    out.print(f"[green]{len(services) - bundles} single items and {bundles} life events without a fault.[/]")
    return 0


def beside(folder: Path, services: dict[str, Service]) -> list[Fault]:
    """What ``hall.toml`` names that there is not: fields of forms, and scenes that close a hall."""
    hall, file = load_hall(folder / "hall.toml"), "hall.toml"
    fields = {field.id for service in services.values() for field in service.fields}
    scenes = {path.stem for path in (folder / "scenes").glob("*.toml")}
    asked = [(f"declared.{fact}", field) for fact, field in hall.declared.items()]
    asked += [(f"register.{field}", field) for field in hall.register]
    faults = [Fault(file, key, f"no form asks {field!r}") for key, field in asked if services and field not in fields]
    faults += [
        Fault(file, f"closed_by.{scene}", f"there is no scene {scene!r}")
        for scene in hall.closed_by
        if scene not in scenes
    ]
    return faults


def unattended(services: dict[str, Service], roster: Roster) -> list[Fault]:
    """Items at whose counter nobody ever sits, and services whose forms nobody takes in."""
    duties = [duty for person in roster.people for duty in person.duties]
    manned = {duty.department for duty in duties if duty.post == "clerk"}
    faults: list[Fault] = []
    for service in services.values():
        if service.reception not in manned:
            faults.append(
                Fault(f"{service.id}.toml", "reception", f"{service.reception!r} has no clerk in people.toml")
            )
        if service.bundle:
            continue
        faults += [
            Fault(
                f"{service.id}.toml", f"items[{index}].department", f"{item.department!r} has no clerk in people.toml"
            )
            for index, item in enumerate(service.items)
            if item.department not in manned
        ]
    return faults
