"""The words a city may use from ``config/``: departments, device kinds, component and matter codes."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path

from twin.city.kinds import DeviceKind, load_kinds
from twin.city.taxonomy import Class, Taxonomy, load_editions, load_taxonomy
from twin.city.units import Department, load_departments
from twin.core.errors import ConfigError


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


def load_catalogue(config: Path | None = None, day: datetime.date | None = None) -> Catalogue:
    """Read the three; the taxonomy is the edition in force on ``day``, else the one that takes effect last. Raises
    :class:`ConfigError`."""
    directory = config or config_directory()
    editions = load_editions(directory / "taxonomy")
    taxonomy = editions.latest if day is None else editions.on(day)
    if taxonomy is None:
        raise ConfigError(directory / "taxonomy", f"no edition is in force on {day}")
    return Catalogue(
        load_departments(directory / "departments.toml"), load_kinds(directory / "device_kinds.toml"), taxonomy
    )


__all__ = ["Catalogue", "Class", "Taxonomy", "config_directory", "load_catalogue", "load_taxonomy"]
