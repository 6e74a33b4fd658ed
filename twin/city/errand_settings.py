"""``config/errands.toml``, typed: what residents ask of the hall, and how they go about it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

from twin.city.register_facts import FACTS, Condition
from twin.core.errors import ConfigError

Tempo = Literal["real", "demo"]
Span = tuple[float, float]
Offline = Literal["counter", "kiosk", "phone"]


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class Wanted(_Strict, frozen=True):
    """How many of so many residents ask for a service on a working day, on average, and who may be among them.
    ``once``: nobody asks twice; ``for_child``: the share of askers with a child at home who ask in its name."""

    per_day: float
    once: bool = False
    for_child: float = 0.0
    who: tuple[Condition, ...] = ()


class Channels(_Strict, frozen=True):
    online: float
    virtual: float
    offline: dict[Offline, float]


class Conduct(_Strict, frozen=True):
    """Shares, but for ages and days."""

    missing_material: float
    missing_answer: float
    wrong_answer: float
    unwanted: float
    brings: float
    appeals: float
    withdraws: float
    takes_back: float
    agrees_again: float
    proxy: float
    proxy_from_age: int
    mandate_days: float


class Pace(_Strict, frozen=True):
    set_off_h: dict[Tempo, Span]
    reply_h: dict[Tempo, Span]
    resend_min: float
    patience_min: float
    remind_min: float
    forget_days: float


class ErrandSettings(_Strict, frozen=True):
    per_residents: int
    hours: Span
    remember_days: int
    times: dict[Tempo, float]
    demand: dict[str, Wanted]
    channels: Channels
    conduct: Conduct
    pace: Pace


def load_errand_settings(path: Path) -> ErrandSettings:
    """Read and check the file; whether its services exist, whoever knows the catalogue checks. Raises
    :class:`ConfigError` naming file, key and reason."""
    try:
        settings = msgspec.toml.decode(path.read_bytes(), type=ErrandSettings)
    except (OSError, msgspec.DecodeError) as fault:
        raise ConfigError(path, str(fault)) from fault
    for key, reason in (*_demand_faults(settings), *_conduct_faults(settings)):
        raise ConfigError(f"{path}: {key}", reason)
    return settings


def _demand_faults(settings: ErrandSettings) -> Iterator[tuple[str, str]]:
    if settings.per_residents < 1:
        yield "per_residents", "at least 1"
    if not 0 <= settings.remember_days <= 250:
        yield "remember_days", "from 0 to 250"
    if not 0.0 <= settings.hours[0] < settings.hours[1] <= 24.0:
        yield "hours", "from and to, within a day"
    for tempo, times in settings.times.items():
        if not 0.0 <= times <= 1000.0:
            yield f"times.{tempo}", "from 0 to 1,000"
    for id, wanted in settings.demand.items():
        if not 0.0 < wanted.per_day <= 1000.0:
            yield f"demand.{id}.per_day", "more than 0, and at most 1,000"
        if not 0.0 <= wanted.for_child <= 1.0:
            yield f"demand.{id}.for_child", "a share"
        for one in wanted.who:
            if one.fact not in FACTS:
                yield f"demand.{id}.who", f"the register has no {one.fact!r}"


def _conduct_faults(settings: ErrandSettings) -> Iterator[tuple[str, str]]:
    for key, value in msgspec.structs.asdict(settings.conduct).items():
        if key not in ("proxy_from_age", "mandate_days") and not 0.0 <= value <= 1.0:
            yield f"conduct.{key}", "a share"
    if not 0.0 < settings.conduct.mandate_days <= 365.0:
        yield "conduct.mandate_days", "more than 0, and a year at most"
    for key in ("online", "virtual"):
        if not 0.0 <= getattr(settings.channels, key) <= 1.0:
            yield f"channels.{key}", "a share"
    shares = settings.channels.offline.values()
    if any(share < 0.0 for share in shares) or abs(sum(shares) - 1.0) > 1e-6:
        yield "channels.offline", "shares that add up to 1"
    for key in ("set_off_h", "reply_h"):
        for tempo, (low, high) in getattr(settings.pace, key).items():
            if not 0.0 <= low <= high:
                yield f"pace.{key}.{tempo}", "shortest and longest, not negative"
    for key in ("resend_min", "patience_min", "remind_min", "forget_days"):
        if getattr(settings.pace, key) <= 0.0:
            yield f"pace.{key}", "more than 0"
    for table in ("times", "pace.set_off_h", "pace.reply_h"):
        found = settings.times if table == "times" else getattr(settings.pace, table.partition(".")[2])
        if set(found) != {"real", "demo"}:
            yield table, "one figure for real, one for demo"
