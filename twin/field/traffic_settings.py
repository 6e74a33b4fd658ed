"""``config/field/traffic.toml``, typed."""

from __future__ import annotations

from pathlib import Path

import msgspec

from twin.core.errors import ConfigError
from twin.core.words import StationType


class Population(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    vehicles: int
    per_lane_km: float
    largest: int
    by_hour: tuple[float, ...]
    departures_per_s: float
    attractors: int
    least_trip_m: float


class VehicleKind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kind: str  # name of a StationType
    share: float
    length_m: float
    width_m: float
    acceleration_mps2: float

    @property
    def station(self) -> StationType:
        return StationType[self.kind]


class Driving(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    headway_s: float
    least_gap_m: float
    comfortable_mps2: float
    hardest_mps2: float
    sideways_mps2: float
    speed_factor: tuple[float, float]
    lane_width_m: float
    lane_change_s: float


class JunctionRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    gap_s: float
    impatience_s: float
    standoff_s: float
    corner_m: float
    stuck_s: float
    turn_back_s: float


class Routing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    refresh_s: float
    light_s: float
    blocked_s: float


class BusRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    length_m: float
    width_m: float
    acceleration_mps2: float
    dwell_s: tuple[float, float]
    most_per_line: int


class Flood(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    slow_m: float
    shut_m: float
    stall_m: float
    crawl_mps: float


class SirenRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    notice_m: float
    red_mps: float
    hold_s: float
    least_green_s: float


class TrafficSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    population: Population
    kinds: tuple[VehicleKind, ...]
    driving: Driving
    junctions: JunctionRules
    routing: Routing
    buses: BusRules
    flood: Flood
    sirens: SirenRules


def load_traffic(path: Path) -> TrafficSettings:
    """Read and check the file. Raises :class:`ConfigError` naming file and key."""
    try:
        settings = msgspec.toml.decode(path.read_bytes(), type=TrafficSettings)
    except (OSError, msgspec.DecodeError) as fault:
        raise ConfigError(path, str(fault)) from fault
    if len(settings.population.by_hour) != 24:
        raise ConfigError(f"{path}: population.by_hour", "must have 24 values, one for each hour")
    for index, kind in enumerate(settings.kinds):
        if kind.kind not in StationType.__members__:
            raise ConfigError(f"{path}: kinds[{index}].kind", f"{kind.kind!r} is no station type")
    if abs(sum(kind.share for kind in settings.kinds) - 1.0) > 1e-6:
        raise ConfigError(f"{path}: kinds", "the shares must add up to 1")
    return settings


def traffic_settings(config: Path, vehicles: int | None) -> TrafficSettings:
    """As configured, or with exactly ``vehicles`` at the busiest hour."""
    settings = load_traffic(config / "traffic.toml")
    if vehicles is None:
        return settings
    exact = msgspec.structs.replace(settings.population, vehicles=vehicles, per_lane_km=0.0)
    return msgspec.structs.replace(settings, population=exact)
