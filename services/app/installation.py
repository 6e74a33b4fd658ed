"""Where the project's own data stand, in a checkout and in an installed package, and which city and day it opens."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from twin.city.catalogue import config_directory
from twin.core.errors import CivitwinError, ConfigError

Tempo = Literal["real", "demo"]


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``config/civitwin.toml``: what opens when nothing else is said."""

    city: str  # a folder, relative to the data root
    start_day: datetime.date  # a fixed day, so that a run can be repeated
    start_at: str  # HH:MM in the city's time zone
    pace: float  # city seconds in a second of wall time
    tempo: Tempo
    seed: int
    residents: int
    backlog_days: int  # working days that the hall has worked before a simulated city opens
    vehicles: int
    message_budget_per_s: int  # simulated messages in a second of wall time (DESIGN: alarms first, CAM takes the rest)
    checkpoint_s: float  # wall time between checkpoints
    keep_runs: int  # demo runs whose data are kept


def runs_directory() -> Path:
    """Where demos keep their data unless told otherwise."""
    return Path.home() / ".local" / "share" / "civitwin" / "runs"


def newest_run() -> Path:
    """The data folder of the demo that was started last. Raises :class:`CivitwinError` where there is none."""
    found = sorted(runs_directory().glob("*/endpoints.json"), key=lambda path: path.stat().st_mtime)
    if not found:
        raise CivitwinError("no run on this machine; start one, or name its data folder")
    return found[-1].parent


def data_root() -> Path:
    """The folder that holds ``config/`` and ``assets/``."""
    return config_directory().parent


def choice() -> Choice:
    """Raises :class:`ConfigError` naming file and key."""
    path = config_directory() / "civitwin.toml"
    try:
        return msgspec.toml.decode(path.read_bytes(), type=Choice)
    except (OSError, msgspec.DecodeError) as fault:
        raise ConfigError(path, str(fault)) from fault


def city_directory(given: Path | None) -> Path:
    """The city to open: the one given, else the configured default."""
    directory = given if given is not None else data_root() / choice().city
    if not (directory / "city.toml").is_file():
        raise ConfigError(directory, "no city.toml here; `run.py city generate` or `city import` makes a city")
    return directory


def time_zone(city: Path) -> str:
    """The IANA name in a city's ``city.toml``."""
    return str(msgspec.toml.decode((city / "city.toml").read_bytes()).get("time_zone", "UTC"))


def start_of_day(city: Path, at: str) -> int:
    """City time (ms UTC) of HH:MM on the configured day, in the city's own time zone."""
    try:
        moment = datetime.time.fromisoformat(at)
    except ValueError as fault:
        raise ConfigError(f"--at {at}", "a time of day looks like 08:30") from fault
    day = datetime.datetime.combine(choice().start_day, moment, ZoneInfo(time_zone(city)))
    return round(day.timestamp() * 1000)


__all__ = [
    "Choice", "Tempo", "choice", "city_directory", "config_directory", "data_root", "newest_run",
    "runs_directory", "start_of_day", "time_zone",
]  # fmt: skip
