"""School days: working days within a term, by ``config/school_terms.toml``."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Protocol

import msgspec

from twin.core.errors import ConfigError


class WorkingDays(Protocol):
    """What the calendar of working days must say."""

    def works(self, day: datetime.date) -> bool: ...


class Weekdays:
    """Monday to Friday, where there is no calendar."""

    def works(self, day: datetime.date) -> bool:
        return day.weekday() < 5


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    terms: tuple[tuple[datetime.date, datetime.date], ...]


class SchoolDays:
    """A school year that no term touches has school on every working day."""

    def __init__(self, terms: tuple[tuple[datetime.date, datetime.date], ...], working: WorkingDays) -> None:
        self._terms = terms
        self._working = working
        self._years = {day.year for term in terms for day in term}

    def has_school(self, day: datetime.date) -> bool:
        within = day.year not in self._years or any(first <= day <= last for first, last in self._terms)
        return within and self._working.works(day)


def load_school_days(path: Path, working: WorkingDays | None = None) -> SchoolDays:
    """Raises :class:`ConfigError` naming file and key; without a file there is school on every working day."""
    if not path.exists():
        return SchoolDays((), working or Weekdays())
    try:
        file = msgspec.toml.decode(path.read_bytes(), type=_File)
    except (OSError, msgspec.DecodeError) as fault:
        raise ConfigError(path, str(fault)) from fault
    for first, last in file.terms:
        if last < first:
            raise ConfigError(f"{path}: terms", f"the term of {first} ends before it begins")
    return SchoolDays(file.terms, working or Weekdays())
