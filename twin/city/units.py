"""Departments, ``config/departments.toml``, and the units that their depots in a city hold."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from twin.city.model import City
from twin.core.errors import ConfigError
from twin.core.text import Name

Tier = Literal["city", "district", "subdistrict"]


class _Name(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    en: str
    zh: str


class _UnitKind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kind: str
    name: _Name
    per_depot: int
    skills: tuple[str, ...]
    speed_factor: float
    response_s: float
    emergency: bool


class _Department(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: _Name
    colour: str
    units: tuple[_UnitKind, ...]
    tier: Tier = "city"
    desks: dict[str, _Name] = {}
    depots: str = ""


class UnitKind(msgspec.Struct, frozen=True):
    """A kind of crew: how many a depot holds, what it can do, how fast it drives and how long it needs to start."""

    kind: str
    name: Name
    per_depot: int
    skills: tuple[str, ...]
    speed_factor: float
    response_s: float
    emergency: bool


class Department(msgspec.Struct, frozen=True):
    """Who owns work; ``colour`` is ``#rrggbb``. ``desks``: what the desks of a centre are called, by post.
    ``depots``: the department in whose depots its units stand; empty where it has its own."""

    id: str
    name: Name
    colour: str
    units: tuple[UnitKind, ...]
    tier: Tier = "city"
    desks: tuple[tuple[str, Name], ...] = ()
    depots: str = ""


class Unit(msgspec.Struct, frozen=True):
    """One crew with its vehicle, at home in the depot with place id ``depot``."""

    id: str
    kind: str
    name: Name
    department: str
    depot: str
    skills: tuple[str, ...]
    speed_factor: float
    response_s: float
    emergency: bool


def load_departments(path: Path) -> dict[str, Department]:
    """Read the departments in file order. Raises :class:`ConfigError` naming file and key."""
    try:
        entries = msgspec.toml.decode(path.read_bytes(), type=dict[str, _Department])
    except (OSError, msgspec.DecodeError) as fault:
        raise ConfigError(path, str(fault)) from fault
    for id, entry in entries.items():
        if entry.depots and entry.depots not in entries:
            raise ConfigError(f"{path}: {id}.depots", f"no department {entry.depots!r}")
    return {id: _department(id, entry) for id, entry in entries.items()}


def _department(id: str, entry: _Department) -> Department:
    desks = tuple((post, Name(name.en, name.zh)) for post, name in entry.desks.items())
    return Department(
        id, Name(entry.name.en, entry.name.zh), entry.colour, tuple(map(_kind, entry.units)), entry.tier, desks,
        entry.depots,
    )  # fmt: skip


def units_of(city: City, departments: dict[str, Department]) -> tuple[Unit, ...]:
    """Every unit of the city, in the order of departments, depots and kinds; numbered from 1 within its kind."""
    units: list[Unit] = []
    for department in departments.values():
        home = department.depots or department.id
        depots = [place for place in city.of_kind("depot") if place.department == home]
        for kind in department.units:
            homes = [depot.id for depot in depots for _ in range(kind.per_depot)]
            units.extend(_unit(department.id, kind, number, home) for number, home in enumerate(homes, start=1))
    return tuple(units)


def _kind(entry: _UnitKind) -> UnitKind:
    return UnitKind(
        entry.kind,
        Name(entry.name.en, entry.name.zh),
        entry.per_depot,
        entry.skills,
        entry.speed_factor,
        entry.response_s,
        entry.emergency,
    )


def _unit(department: str, kind: UnitKind, number: int, depot: str) -> Unit:
    name = Name(f"{kind.name.en} {number}", f"{kind.name.zh}{number}号")
    return Unit(
        f"{kind.kind}_{number}",
        kind.kind,
        name,
        department,
        depot,
        kind.skills,
        kind.speed_factor,
        kind.response_s,
        kind.emergency,
    )
