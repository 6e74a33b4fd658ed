"""The classes of what is managed and what can be wrong, as editions of a data pack with effective dates, local
extensions and a crosswalk between editions."""

from __future__ import annotations

import csv
import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from twin.core.errors import ConfigError
from twin.core.text import Name

LOCAL = 900
"""Local extensions of a major are numbered from here to 999, counted down."""


class _Major(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    en: str
    zh: str


class _Pack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    standard: str
    effective: datetime.date
    majors: dict[str, _Major]
    table: str = ""
    local: str = ""
    crosswalk: str = ""
    until: datetime.date | None = None


class Class(msgspec.Struct, frozen=True):
    """One class of GB/T 47678.5: ``kind`` is component or matter, ``major`` its 2-digit group."""

    code: str
    kind: str
    major: str
    name: Name


class Crossing(msgspec.Struct, frozen=True):
    """What a class or major of an earlier edition is called in this one. An earlier major is ``component/01``,
    ``matter/04``, or ``matter/04:…`` for a part of it; ``code`` is a major, a class, or empty where it has no heir."""

    standard: str
    earlier: str
    code: str
    name: Name


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """One edition of the classes, by code; ``local`` are the city's own extensions, which the standard does not know.
    In force from ``effective`` until ``until`` (exclusive; None: until a later one takes effect)."""

    standard: str
    effective: datetime.date
    majors: dict[str, Name]
    classes: dict[str, Class]
    local: dict[str, Class] = field(default_factory=dict)
    crosswalk: tuple[Crossing, ...] = ()
    until: datetime.date | None = None

    def find(self, code: str) -> Class | None:
        """A class of the standard or a local one."""
        return self.classes.get(code) or self.local.get(code)

    def since(self, standard: str, earlier: str) -> tuple[Crossing, ...]:
        """What became of an earlier edition's class."""
        return tuple(one for one in self.crosswalk if one.standard == standard and one.earlier == earlier)


@dataclass(frozen=True, slots=True)
class Editions:
    """All editions, the earliest first."""

    all: tuple[Taxonomy, ...]

    @property
    def latest(self) -> Taxonomy:
        return self.all[-1]

    def on(self, day: datetime.date) -> Taxonomy | None:
        """The edition in force on a day; None before the first."""
        found = [one for one in self.all if one.effective <= day and (one.until is None or day < one.until)]
        return found[-1] if found else None


def load_editions(directory: Path) -> Editions:
    """Every edition of a folder. Raises :class:`ConfigError` where there is none."""
    editions = [load_taxonomy(path) for path in sorted(directory.glob("*.toml"))]
    if not editions:
        raise ConfigError(directory, "no edition of the component classes here")
    return Editions(tuple(sorted(editions, key=lambda edition: edition.effective)))


def load_taxonomy(path: Path) -> Taxonomy:
    """Read one edition, a TOML header and the tables it names. Raises :class:`ConfigError` naming file and line."""
    try:
        pack = msgspec.toml.decode(path.read_bytes(), type=_Pack)
    except (OSError, msgspec.DecodeError) as fault:
        raise ConfigError(path, str(fault)) from fault
    if pack.until is not None and pack.until <= pack.effective:
        raise ConfigError(f"{path}: until", "an edition ends after it begins")
    classes = _classes(path.with_name(pack.table), pack) if pack.table else {}
    local = _classes(path.with_name(pack.local), pack) if pack.local else {}
    for code in local:
        if code in classes or not code[2:].isdigit() or not LOCAL <= int(code[2:]) <= 999:
            where = path.with_name(pack.local)
            raise ConfigError(where, f"{code}: a local extension is a major with a number from {LOCAL} to 999")
    majors = {key: Name(major.en, major.zh) for key, major in pack.majors.items()}
    crosswalk = tuple(_crossings(path.with_name(pack.crosswalk), majors, classes | local)) if pack.crosswalk else ()
    return Taxonomy(pack.standard, pack.effective, majors, classes, local, crosswalk, pack.until)


def _rows(table: Path, columns: int) -> Iterator[tuple[int, list[str]]]:
    """Lines of a CSV after its header, each with its number."""
    try:
        with table.open(encoding="utf-8", newline="") as lines:
            for number, row in enumerate(csv.reader(lines), start=1):
                if number == 1:
                    continue
                if len(row) != columns:
                    raise ConfigError(f"{table}:{number}", f"expected {columns} columns: {_COLUMNS[columns]}")
                yield number, row
    except OSError as fault:
        raise ConfigError(table, str(fault)) from fault


_COLUMNS = {
    5: "code, component|matter, a known major, two names",
    4: "standard:class, a code or major of this edition or nothing, two names",
}


def _classes(table: Path, pack: _Pack) -> dict[str, Class]:
    classes: dict[str, Class] = {}
    for number, row in _rows(table, 5):
        if row[1] not in ("component", "matter") or row[2] not in pack.majors:
            raise ConfigError(f"{table}:{number}", f"expected {_COLUMNS[5]}")
        classes[row[0]] = Class(row[0], row[1], row[2], Name(row[3], row[4]))
    return classes


def _crossings(table: Path, majors: dict[str, Name], classes: dict[str, Class]) -> Iterator[Crossing]:
    for number, row in _rows(table, 4):
        standard, _, earlier = row[0].partition(":")
        if not earlier or (row[1] and row[1] not in majors and row[1] not in classes):
            raise ConfigError(f"{table}:{number}", f"expected {_COLUMNS[4]}")
        yield Crossing(standard, earlier, row[1], Name(row[2], row[3]))
