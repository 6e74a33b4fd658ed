"""``config/field/*.toml``, typed: how the simulated city behaves. Unknown keys are refused."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TypeVar

import msgspec

from twin.city.virtual import PlacePlan, plans_in
from twin.core.errors import ConfigError
from twin.field.hazard_settings import HazardSettings
from twin.field.people_settings import Matter, PeopleSettings
from twin.field.tables import ByTempo, Span, Strict, Tempo, Work
from twin.field.virtual_settings import VirtualSettings

__all__ = ["Tempo"]


class Swing(Strict, frozen=True):
    mean: float
    swing: float


class Showers(Strict, frozen=True):
    """Rain events: uniform ranges in seconds and mm/h."""

    first_s: Span
    gap_s: Span
    ramp_s: float
    hold_s: Span
    tail_s: float
    peak_mm_h: Span


class Storm(Strict, frozen=True):
    """Instead of the first shower, where the field starts between two hours of the day."""

    starts_h: Span
    first_s: float
    ramp_s: float
    hold_s: float
    tail_s: float
    peak_mm_h: Span
    wind_mps: float


class WarningSettings(Strict, frozen=True):
    """Levels from the least (Ⅳ) to the greatest (Ⅰ)."""

    every_s: float
    lead_s: ByTempo
    sure: float
    rainstorm: tuple[float, float, float, float]
    gale: tuple[float, float, float, float]


class WeatherSettings(Strict, frozen=True):
    temperature_c: Swing
    wind_mps: Swing
    sunrise_h: float
    sunset_h: float
    showers: dict[Tempo, Showers]
    storms: dict[Tempo, Storm]
    warnings: WarningSettings


class BlockFault(Strict, frozen=True):
    """In each block of time, the share of devices that suffer."""

    share: float
    block_s: float


class Faults(Strict, frozen=True):
    dropout: float
    outage: BlockFault
    stuck: BlockFault
    prompt_gap_s: float


class Battery(Strict, frozen=True):
    """Per cent; ``mains`` kinds have none."""

    mains: tuple[str, ...]
    start: Span
    weak_share: float
    weak_start: Span
    drain_per_day: float
    weak_drain_per_hour: ByTempo


class GatewaySettings(Strict, frozen=True):
    failures_per_day: ByTempo
    repair_s: Span


class Imprecision(Strict, frozen=True):
    """How one quantity is misread, in its own unit; a change of ``prompt`` is reported at once (0: never)."""

    noise: float = 0.0
    bias: float = 0.0
    drift_per_day: float = 0.0
    prompt: float = 0.0


class DeviceSettings(Strict, frozen=True):
    faults: Faults
    battery: Battery
    gateways: GatewaySettings
    quantity: dict[str, dict[str, Imprecision]]


class CrewSettings(Strict, frozen=True):
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
    at_screens: tuple[str, ...] = ()  # tasks whose object is no thing of the field


class RoundSettings(Strict, frozen=True):
    """Rounds of collectors; ``matter`` names what they can see."""

    first_s: Span
    rest_s: Span
    stop_s: Span
    look_every_s: float
    see_m: float
    cell_m: float
    again_s: float
    miss_share: float
    false_share: float
    regret_s: float
    night: float
    matter: dict[str, Matter]


class Settings(Strict, frozen=True):
    """All of it, with the tempo chosen."""

    tempo: Tempo
    weather: WeatherSettings
    hazards: HazardSettings
    devices: DeviceSettings
    crews: CrewSettings
    people: PeopleSettings
    rounds: RoundSettings
    virtual: VirtualSettings
    places: dict[str, PlacePlan]  # virtual ones


T = TypeVar("T")
N = TypeVar("N", int, float)
_NEVER_S = 1e9


def load_settings(directory: Path, tempo: Tempo) -> Settings:
    """Read ``config/field/``. Raises :class:`ConfigError` naming file and key."""
    return Settings(
        tempo,
        _read(directory / "weather.toml", WeatherSettings),
        _read(directory / "hazards.toml", HazardSettings),
        _read(directory / "devices.toml", DeviceSettings),
        _read(directory / "crews.toml", CrewSettings),
        _read(directory / "people.toml", PeopleSettings),
        _read(directory / "rounds.toml", RoundSettings),
        _read(directory / "virtual.toml", VirtualSettings),
        plans_in(directory.parent / "virtual"),
    )


def quieted(settings: Settings, hazards: Collection[str], *, rain: bool, faults: bool, false_reports: bool) -> Settings:
    """The same city in which nothing goes wrong by itself but these kinds of hazard, and the rest where allowed."""
    replace, rates = msgspec.structs.replace, settings.hazards.rates
    demo = replace(rates.demo, count=_only(rates.demo.count, hazards), clogged=rates.demo.clogged * rain)
    real = replace(rates.real, per_year=_only(rates.real.per_year, hazards), clogged=rates.real.clogged * rain)
    settings = replace(settings, hazards=replace(settings.hazards, rates=replace(rates, demo=demo, real=real)))
    if not rain:
        showers = {
            tempo: replace(each, first_s=(_NEVER_S, _NEVER_S)) for tempo, each in settings.weather.showers.items()
        }
        settings = replace(settings, weather=replace(settings.weather, showers=showers, storms={}))
    never = dict.fromkeys(settings.virtual.trouble.rush_every_s, _NEVER_S)
    calm = replace(settings.virtual.trouble, rush_every_s=never, misconduct_every_s=never)
    settings = replace(settings, virtual=replace(settings.virtual, trouble=calm))
    if not faults:
        devices, none = settings.devices, dict.fromkeys(settings.devices.gateways.failures_per_day, 0.0)
        sound = replace(devices.faults, outage=replace(devices.faults.outage, share=0.0),
                        stuck=replace(devices.faults.stuck, share=0.0))  # fmt: skip
        devices = replace(devices, faults=sound, battery=replace(devices.battery, weak_share=0.0),
                          gateways=replace(devices.gateways, failures_per_day=none))  # fmt: skip
        settings = replace(settings, devices=devices)
    if not false_reports:
        reports = replace(
            settings.people.reports, false_per_day=dict.fromkeys(settings.people.reports.false_per_day, 0.0)
        )
        settings = replace(settings, people=replace(settings.people, reports=reports),
                           rounds=replace(settings.rounds, false_share=0.0))  # fmt: skip
    return settings


def _only(rates: dict[str, N], kinds: Collection[str]) -> dict[str, N]:
    return {kind: rate for kind, rate in rates.items() if kind in kinds}


def _read(path: Path, type_: type[T]) -> T:
    try:
        return msgspec.toml.decode(path.read_bytes(), type=type_)
    except (OSError, msgspec.DecodeError) as fault:
        raise ConfigError(path, str(fault)) from fault
