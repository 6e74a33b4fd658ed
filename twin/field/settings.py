"""``config/field/*.toml``, typed: how the simulated city behaves. Unknown keys are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from twin.core.errors import ConfigError
from twin.field.people_settings import PeopleSettings

Tempo = Literal["real", "demo"]
Span = tuple[float, float]
Work = tuple[float, float, float]
ByTempo = dict[Tempo, float]


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table whose unknown keys are mistakes."""


class Swing(_Strict, frozen=True):
    mean: float
    swing: float


class Showers(_Strict, frozen=True):
    """Rain events: uniform ranges in seconds and mm/h."""

    first_s: Span
    gap_s: Span
    ramp_s: float
    hold_s: Span
    tail_s: float
    peak_mm_h: Span


class WeatherSettings(_Strict, frozen=True):
    temperature_c: Swing
    wind_mps: Swing
    sunrise_h: float
    sunset_h: float
    showers: dict[Tempo, Showers]


class DemoRates(_Strict, frozen=True):
    """``count`` of each kind in every window, within its first ``span`` share."""

    window_s: float
    span: float
    clogged: float
    count: dict[str, int]


class RealRates(_Strict, frozen=True):
    clogged: float
    per_year: dict[str, float]


class Rates(_Strict, frozen=True):
    demo: DemoRates
    real: RealRates


class FloodSettings(_Strict, frozen=True):
    catchment_ratio: float
    basin_m2: Span
    runoff: float
    lag_s: float
    pump_design_mm_h: float
    clogged_share: float
    rim_m: float
    truck_m3_s: float
    unclog_s: float
    wet_m: float
    dry_m: float


class FireSettings(_Strict, frozen=True):
    growth_kw_s2: float
    limit_kw: float
    suppression_kw_s: float
    out_kw: float
    ceiling_m: float
    reach_m: float
    smoke_clears_s: float


class CollisionSettings(_Strict, frozen=True):
    denm_every_s: float
    gap_m: float


class LampSettings(_Strict, frozen=True):
    test_every_s: ByTempo
    test_s: float
    watts: float


class CoverSettings(_Strict, frozen=True):
    tilt_deg: Span
    denm_share: float


class BinSettings(_Strict, frozen=True):
    full_after_s: ByTempo
    surge_s: float
    overflow: float
    collected_h: float


class MainSettings(_Strict, frozen=True):
    normal_kpa: float
    drop_kpa: float
    reach_m: float
    isolated_kpa: float
    refill_s: float


class AirSettings(_Strict, frozen=True):
    source_g_s: Span
    settle_s: float
    near_m: float
    high_ug_m3: float


class TreeSettings(_Strict, frozen=True):
    lanes: int
    crash_s: float
    denm_share: float


class HazardSettings(_Strict, frozen=True):
    rates: Rates
    flood: FloodSettings
    fire: FireSettings
    collision: CollisionSettings
    lamp: LampSettings
    cover: CoverSettings
    bin: BinSettings
    main: MainSettings
    air: AirSettings
    tree: TreeSettings


class BlockFault(_Strict, frozen=True):
    """In each block of time, the share of devices that suffer."""

    share: float
    block_s: float


class Faults(_Strict, frozen=True):
    dropout: float
    outage: BlockFault
    stuck: BlockFault
    prompt_gap_s: float


class Battery(_Strict, frozen=True):
    """Per cent; ``mains`` kinds have none."""

    mains: tuple[str, ...]
    start: Span
    weak_share: float
    weak_start: Span
    drain_per_day: float
    weak_drain_per_hour: ByTempo


class GatewaySettings(_Strict, frozen=True):
    failures_per_day: ByTempo
    repair_s: Span


class Imprecision(_Strict, frozen=True):
    """How one quantity is misread, in its own unit; a change of ``prompt`` is reported at once (0: never)."""

    noise: float = 0.0
    bias: float = 0.0
    drift_per_day: float = 0.0
    prompt: float = 0.0


class DeviceSettings(_Strict, frozen=True):
    faults: Faults
    battery: Battery
    gateways: GatewaySettings
    quantity: dict[str, dict[str, Imprecision]]


class CrewSettings(_Strict, frozen=True):
    refuse_share: ByTempo
    break_down_share: ByTempo
    repair_s: float
    linger_s: float
    look_around_s: float
    search_m: float
    check_m: float
    check_error: float
    recent_s: float
    far_m: dict[str, float]
    work_s: dict[str, Work]


class Settings(_Strict, frozen=True):
    """All of it, with the tempo chosen."""

    tempo: Tempo
    weather: WeatherSettings
    hazards: HazardSettings
    devices: DeviceSettings
    crews: CrewSettings
    people: PeopleSettings


T = TypeVar("T")


def load_settings(directory: Path, tempo: Tempo) -> Settings:
    """Read ``config/field/``. Raises :class:`ConfigError` naming file and key."""
    return Settings(
        tempo,
        _read(directory / "weather.toml", WeatherSettings),
        _read(directory / "hazards.toml", HazardSettings),
        _read(directory / "devices.toml", DeviceSettings),
        _read(directory / "crews.toml", CrewSettings),
        _read(directory / "people.toml", PeopleSettings),
    )


def _read(path: Path, type_: type[T]) -> T:
    try:
        return msgspec.toml.decode(path.read_bytes(), type=type_)
    except (OSError, msgspec.DecodeError) as fault:
        raise ConfigError(path, str(fault)) from fault
