"""The sky over the city: a pure function of seed and city time, so that it needs no snapshot."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import numpy as np

from twin.core.chance import fraction, generator
from twin.field.settings import Showers, Tempo, WeatherSettings

DAY_S = 86_400.0
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


class Weather:
    """Showers by a seeded schedule from ``start_ms`` on; temperature, wind and daylight by the local clock."""

    def __init__(self, settings: WeatherSettings, seed: int, start_ms: int, tempo: Tempo, utc_offset_s: float) -> None:
        self._settings = settings
        self._seed = seed
        self._start_ms = start_ms
        self._offset_s = utc_offset_s
        self._showers = settings.showers[tempo]
        self._begin_s, self._hold_s, self._peak = _schedule(self._showers, seed)

    def rain(self, city_ms: int) -> float:
        """mm/h."""
        since_s = (city_ms - self._start_ms) / 1000.0
        k = int(np.searchsorted(self._begin_s, since_s, side="right")) - 1
        if k < 0:
            return 0.0
        into_s, plan = since_s - float(self._begin_s[k]), self._showers
        end_of_hold_s = plan.ramp_s + float(self._hold_s[k])
        share = min(1.0, into_s / plan.ramp_s, max(0.0, 1.0 - (into_s - end_of_hold_s) / plan.tail_s))
        gust = 1.0 + 0.05 * math.sin(into_s / 47.0)
        return float(self._peak[k]) * share * gust

    def shower(self, city_ms: int) -> int:
        """The number of the latest shower begun, from 0; -1 before the first."""
        since_s = (city_ms - self._start_ms) / 1000.0
        return int(np.searchsorted(self._begin_s, since_s, side="right")) - 1

    def at(self, city_ms: int) -> Sky:
        local_s = city_ms / 1000.0 + self._offset_s
        day_s = local_s % DAY_S
        warm, wind = self._settings.temperature_c, self._settings.wind_mps
        rain = self.rain(city_ms)
        temperature = warm.mean + warm.swing * math.cos((day_s / 3600.0 - 15.0) / 24.0 * 2 * math.pi)
        phase = 2 * math.pi * fraction(self._seed, "wind")
        return Sky(
            rain_mm_h=rain,
            temperature_c=temperature - min(3.0, rain / 25.0),
            wind_mps=max(0.4, wind.mean + wind.swing * math.sin(local_s / 2900.0 + phase)),
            wind_to_rad=phase + 0.35 * math.sin(local_s / 5200.0),
            daylight=self._daylight(day_s / 3600.0),
            day_s=day_s,
            weekday=int(local_s // DAY_S + 3) % 7,  # 1970-01-01 was a Thursday
        )

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


def _schedule(plan: Showers, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Beginnings and holds in seconds after the start, peaks in mm/h."""
    draws = generator(seed, "showers").random((_SHOWERS_AHEAD, 3))
    hold = _within(plan.hold_s, draws[:, 1])
    wet = plan.ramp_s + hold + plan.tail_s
    gaps = _within(plan.gap_s, draws[:, 0])
    gaps[0] = _within(plan.first_s, draws[:1, 0])[0]
    begins = np.cumsum(gaps) + np.concatenate(([0.0], np.cumsum(wet)[:-1]))
    return begins, hold, _within(plan.peak_mm_h, draws[:, 2])


def _within(span: tuple[float, float], draw: np.ndarray) -> np.ndarray:
    low, high = span
    return low + (high - low) * draw
