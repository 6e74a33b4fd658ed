"""The hours that are compared (``config/evaluation/hours.toml``): what a study changes of the field."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import msgspec

from twin.core.errors import ConfigError
from twin.field.settings import Settings, Storm


class Hours(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``clogged``: the share of underpasses whose pump the storm's first water clogs; ``position_share``: of the
    budget, for phones that tell their place."""

    position_share: Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
    clogged: Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
    storm: Storm


def load_hours(path: Path) -> Hours:
    """Raises :class:`ConfigError` naming file and key."""
    try:
        return msgspec.toml.decode(path.read_bytes(), type=Hours)
    except (OSError, msgspec.DecodeError) as fault:
        raise ConfigError(path, str(fault)) from fault


def changed_by(hours: Hours) -> Callable[[Settings], Settings]:
    """What makes a field have this storm."""

    def change(settings: Settings) -> Settings:
        replace = msgspec.structs.replace
        rates = settings.hazards.rates
        rates = replace(rates, real=replace(rates.real, clogged=hours.clogged))
        return replace(
            settings,
            weather=replace(settings.weather, storms={settings.tempo: hours.storm}),
            people=replace(settings.people, position_share=hours.position_share),
            hazards=replace(settings.hazards, rates=rates),
        )

    return change
