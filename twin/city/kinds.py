"""The catalogue of device kinds, ``config/device_kinds.toml``: the words the field and the twin share, and no more."""

from __future__ import annotations

from pathlib import Path

import msgspec

from twin.core.errors import ConfigError
from twin.core.text import Name


class Quantity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One measured quantity; ``range`` and ``jump_per_s`` in ``unit`` (a SenML unit name)."""

    id: str
    unit: str
    range: tuple[float, float]
    jump_per_s: float


class _Name(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    en: str
    zh: str


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: _Name
    icon: str
    period_s: float
    stale_s: float
    quantities: tuple[Quantity, ...]


class DeviceKind(msgspec.Struct, frozen=True):
    """How often a kind reports, when its silence means staleness, and what it measures (most important first)."""

    id: str
    name: Name
    icon: str
    period_s: float
    stale_s: float
    quantities: tuple[Quantity, ...]


def load_kinds(path: Path) -> dict[str, DeviceKind]:
    """Read the catalogue in file order. Raises :class:`ConfigError` naming file and key."""
    try:
        entries = msgspec.toml.decode(path.read_bytes(), type=dict[str, _Entry])
    except (OSError, msgspec.DecodeError) as fault:
        raise ConfigError(path, str(fault)) from fault
    return {
        id: DeviceKind(id, Name(e.name.en, e.name.zh), e.icon, e.period_s, e.stale_s, e.quantities)
        for id, e in entries.items()
    }
