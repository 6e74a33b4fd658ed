"""The sky over the city: a pure function of seed and city time, so that it needs no snapshot."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import numpy as np

from twin.core.chance import fraction, generator
from twin.field.settings import Showers, Storm, Tempo, WeatherSettings

DAY_S = 86_400.0
HOUR_S = 3600.0
_FORECAST_S = 30.0
_SHOWERS_AHEAD = 600


class Sky(msgspec.Struct, frozen=True):
    """One moment. ``wind_to_rad`` is where the wind blows to, mathematically (x east, counter-clockwise)."""

    rain_mm_h: float
    temperature_c: float
    wind_mps: float
    wind_to_rad: float
    daylight: float  # 0 night – 1 day
    day_s: float  # local seconds since midnight
    weekday: int  # 0 Monday


class Event(NamedTuple):
    """One rain, to come or under way: ``mm`` in its wettest hour, ``wind_mps`` the mean wind while it lasts."""

    number: int
    begins_ms: int
    ends_ms: int
    mm: float
    wind_mps: float


class _Events(NamedTuple):
    """Columns over the rains to come, in seconds after the start and mm/h."""

    begin_s: np.ndarray
    ramp_s: np.ndarray
    hold_s: np.ndarray
    tail_s: np.ndarray
    peak: np.ndarray


class Weather:
    """Showers by a seeded schedule from ``start_ms`` on; temperature, wind and daylight by the local clock."""

    def __init__(self, settings: WeatherSettings, seed: int, start_ms: int, tempo: Tempo, utc_offset_s: float) -> None:
        self._settings = settings
        self._seed = seed
        self._start_ms = start_ms
        self._offset_s = utc_offset_s
        hour = (start_ms / 1000.0 + utc_offset_s) % DAY_S / 3600.0
        storm = settings.storms.get(tempo)
        self._storm = storm if storm is not None and storm.starts_h[0] <= hour < storm.starts_h[1] else None
        self._events = _schedule(settings.showers[tempo], self._storm, seed)

    def rain(self, city_ms: int) -> float:
        """mm/h."""
        k = self.shower(city_ms)
        if k < 0:
            return 0.0
        into_s = (city_ms - self._start_ms) / 1000.0 - float(self._events.begin_s[k])
        return float(self._events.peak[k]) * self._share(k, into_s) * (1.0 + 0.05 * math.sin(into_s / 47.0))

    def _share(self, k: int, into_s: float) -> float:
        """Of its peak, 0–1."""
        ramp_s, tail_s = float(self._events.ramp_s[k]), float(self._events.tail_s[k])
        past_s = into_s - ramp_s - float(self._events.hold_s[k])
        return max(0.0, min(1.0, into_s / ramp_s, 1.0 - past_s / tail_s))

    def coming(self, city_ms: int, lead_s: float) -> Event | None:
        """The rain that falls now or begins within ``lead_s``."""
        k = self.shower(city_ms)
        since_s = (city_ms - self._start_ms) / 1000.0
        if k < 0 or since_s >= self._ends_s(k):
            k += 1
        if k >= len(self._events.begin_s) or self._events.begin_s[k] - since_s > lead_s:
            return None
        begin_s = float(self._events.begin_s[k])
        wet_s = np.arange(0.0, min(self._ends_s(k) - begin_s, HOUR_S), _FORECAST_S)
        amount = sum(self._share(k, float(into)) for into in wet_s) * float(self._events.peak[k]) * _FORECAST_S / HOUR_S
        wind = self._settings.wind_mps.mean + (self._storm.wind_mps if self._storm is not None and k == 0 else 0.0)
        start = self._start_ms
        return Event(k, start + int(begin_s * 1000), start + int(self._ends_s(k) * 1000), amount, wind)

    def _ends_s(self, k: int) -> float:
        events = self._events
        return float(events.begin_s[k] + events.ramp_s[k] + events.hold_s[k] + events.tail_s[k])

    def shower(self, city_ms: int) -> int:
        """The number of the latest shower begun, from 0; -1 before the first."""
        since_s = (city_ms - self._start_ms) / 1000.0
        return int(np.searchsorted(self._events.begin_s, since_s, side="right")) - 1

    def at(self, city_ms: int) -> Sky:
        local_s = city_ms / 1000.0 + self._offset_s
        day_s = local_s % DAY_S
        warm, wind = self._settings.temperature_c, self._settings.wind_mps
        rain = self.rain(city_ms)
        temperature = warm.mean + warm.swing * math.cos((day_s / 3600.0 - 15.0) / 24.0 * 2 * math.pi)
        phase = 2 * math.pi * fraction(self._seed, "wind")
        blows = wind.mean + wind.swing * math.sin(local_s / 2900.0 + phase) + self._gale(city_ms)
        return Sky(
            rain_mm_h=rain,
            temperature_c=temperature - min(3.0, rain / 25.0),
            wind_mps=max(0.4, blows),
            wind_to_rad=phase + 0.35 * math.sin(local_s / 5200.0),
            daylight=self._daylight(day_s / 3600.0),
            day_s=day_s,
            weekday=int(local_s // DAY_S + 3) % 7,  # 1970-01-01 was a Thursday
        )

    def _gale(self, city_ms: int) -> float:
        """What a storm adds to the wind."""
        if self._storm is None or self.shower(city_ms) != 0:
            return 0.0
        into_s = (city_ms - self._start_ms) / 1000.0 - float(self._events.begin_s[0])
        return self._storm.wind_mps * self._share(0, into_s) * (1.0 + 0.08 * math.sin(into_s / 31.0))

    def _daylight(self, hour: float) -> float:
        rise, fall = self._settings.sunrise_h, self._settings.sunset_h
        twilight_h = 0.5
        return min(max((hour - rise) / twilight_h, 0.0), max((fall - hour) / twilight_h, 0.0), 1.0)


def utc_offset_s(time_zone: str, longitude: float, city_ms: int) -> float:
    """Seconds to add to UTC; by the sun where the machine has no such time zone in its database."""
    try:
        moment = datetime.fromtimestamp(city_ms / 1000.0, UTC).astimezone(ZoneInfo(time_zone))
    except (ZoneInfoNotFoundError, ValueError):
        return round(longitude / 15.0) * 3600.0
    offset = moment.utcoffset()
    return offset.total_seconds() if offset else 0.0


def _schedule(plan: Showers, storm: Storm | None, seed: int) -> _Events:
    """Beginnings in seconds after the start, durations, peaks in mm/h; the first one is the storm, if there is one."""
    draws = generator(seed, "showers").random((_SHOWERS_AHEAD, 3))
    hold, peak = _within(plan.hold_s, draws[:, 1]), _within(plan.peak_mm_h, draws[:, 2])
    ramp, tail = np.full(len(hold), plan.ramp_s), np.full(len(hold), plan.tail_s)
    gaps = _within(plan.gap_s, draws[:, 0])
    gaps[0] = _within(plan.first_s, draws[:1, 0])[0]
    if storm is not None:
        gaps[0], ramp[0], hold[0], tail[0] = storm.first_s, storm.ramp_s, storm.hold_s, storm.tail_s
        peak[0] = _within(storm.peak_mm_h, draws[:1, 2])[0]
    wet = ramp + hold + tail
    begins = np.cumsum(gaps) + np.concatenate(([0.0], np.cumsum(wet)[:-1]))
    return _Events(begins, ramp, hold, tail, peak)


def _within(span: tuple[float, float], draw: np.ndarray) -> np.ndarray:
    low, high = span
    return low + (high - low) * draw
