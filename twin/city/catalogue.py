"""The words a city may use from ``config/``: departments, device kinds, component and matter codes."""

from __future__ import annotations

import csv
import datetime
from dataclasses import dataclass
from pathlib import Path

import msgspec

from twin.city.kinds import DeviceKind, load_kinds
from twin.city.units import Department, load_departments
from twin.core.errors import ConfigError
from twin.core.text import Name


class _Major(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    en: str
    zh: str


class _Pack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    standard: str
    table: str
    effective: datetime.date
    majors: dict[str, _Major]


class Class(msgspec.Struct, frozen=True):
    """One class of GB/T 47678.5: ``kind`` is component or matter, ``major`` its 2-digit group."""

    code: str
    kind: str
    major: str
    name: Name


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """One edition of the classes, by code."""

    standard: str
    effective: datetime.date
    majors: dict[str, Name]
    classes: dict[str, Class]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything in ``config/`` that a city's files refer to by id."""

    departments: dict[str, Department]
    kinds: dict[str, DeviceKind]
    taxonomy: Taxonomy


def config_directory() -> Path:
    """``config/`` of the checkout, or of the installed package. Raises :class:`ConfigError` where neither is."""
    root = Path(__file__).resolve().parents[2]
    for candidate in (root / "config", root / "civitwin_data" / "config"):
        if (candidate / "departments.toml").is_file():
            return candidate
    raise ConfigError(root / "config", "there is no configuration here; reinstall Civitwin")


def load_taxonomy(path: Path) -> Taxonomy:
    """Read one edition, a TOML header and the CSV it names. Raises :class:`ConfigError` naming file and line."""
    try:
        pack = msgspec.toml.decode(path.read_bytes(), type=_Pack)
    except (OSError, msgspec.DecodeError) as fault:
        raise ConfigError(path, str(fault)) from fault
    table = path.with_name(pack.table)
    classes: dict[str, Class] = {}
    try:
        with table.open(encoding="utf-8", newline="") as lines:
            for number, row in enumerate(csv.reader(lines), start=1):
                if number == 1:
                    continue
                if len(row) != 5 or row[1] not in ("component", "matter") or row[2] not in pack.majors:
                    raise ConfigError(f"{table}:{number}", "expected code, component|matter, a known major, two names")
                classes[row[0]] = Class(row[0], row[1], row[2], Name(row[3], row[4]))
    except OSError as fault:
        raise ConfigError(table, str(fault)) from fault
    majors = {key: Name(major.en, major.zh) for key, major in pack.majors.items()}
    return Taxonomy(pack.standard, pack.effective, majors, classes)


def load_catalogue(config: Path | None = None) -> Catalogue:
    """Read the three; the taxonomy is the edition that takes effect last. Raises :class:`ConfigError`."""
    directory = config or config_directory()
    editions = [load_taxonomy(path) for path in sorted((directory / "taxonomy").glob("*.toml"))]
    if not editions:
        raise ConfigError(directory / "taxonomy", "no edition of the component classes here")
    return Catalogue(
        load_departments(directory / "departments.toml"),
        load_kinds(directory / "device_kinds.toml"),
        max(editions, key=lambda edition: edition.effective),
    )
