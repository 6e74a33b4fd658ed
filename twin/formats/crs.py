"""GCJ-02 and BD-09, the shifted coordinates of Chinese maps and handsets, to and from WGS 84.

Both shifts apply inside mainland China only; outside the usual rectangle GCJ-02 equals WGS 84. No closed inverse of
GCJ-02 exists: it is found by iteration, which gains two digits a round. Neither system is in PROJ.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

Crs = Literal["wgs84", "gcj02", "bd09"]

_SEMI_MAJOR_M = 6_378_245.0  # Krasovsky 1940, on which GCJ-02 is computed
_ECCENTRICITY_SQUARED = 0.006_693_421_622_965_943
_BD_ANGLE = math.pi * 3000.0 / 180.0
_ENOUGH_DEG = 1e-10
_ROUNDS = 20


def in_shifted_area(latitude: float, longitude: float) -> bool:
    """The rectangle inside which GCJ-02 is shifted."""
    return 0.8293 <= latitude <= 55.8271 and 72.004 <= longitude <= 137.8347


def _waves(x: float, y: float) -> tuple[float, float]:
    """The shift north and east, in metres, of a point x and y degrees from 105° E, 35° N."""
    pi = math.pi
    common = (20 * math.sin(6 * x * pi) + 20 * math.sin(2 * x * pi)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x)) + common
    north += (20 * math.sin(y * pi) + 40 * math.sin(y / 3 * pi)) * 2 / 3
    north += (160 * math.sin(y / 12 * pi) + 320 * math.sin(y * pi / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x)) + common
    east += (20 * math.sin(x * pi) + 40 * math.sin(x / 3 * pi)) * 2 / 3
    east += (150 * math.sin(x / 12 * pi) + 300 * math.sin(x / 30 * pi)) * 2 / 3
    return north, east


def wgs84_to_gcj02(latitude: float, longitude: float) -> tuple[float, float]:
    if not in_shifted_area(latitude, longitude):
        return latitude, longitude
    north, east = _waves(longitude - 105.0, latitude - 35.0)
    radians = math.radians(latitude)
    shape = 1 - _ECCENTRICITY_SQUARED * math.sin(radians) ** 2
    meridional = _SEMI_MAJOR_M * (1 - _ECCENTRICITY_SQUARED) / (shape * math.sqrt(shape))
    prime_vertical = _SEMI_MAJOR_M / math.sqrt(shape) * math.cos(radians)
    return latitude + math.degrees(north / meridional), longitude + math.degrees(east / prime_vertical)


def _inverse(
    forward: Callable[[float, float], tuple[float, float]], latitude: float, longitude: float
) -> tuple[float, float]:
    found_latitude, found_longitude = latitude, longitude
    for _ in range(_ROUNDS):
        there = forward(found_latitude, found_longitude)
        north, east = latitude - there[0], longitude - there[1]
        found_latitude, found_longitude = found_latitude + north, found_longitude + east
        if abs(north) < _ENOUGH_DEG and abs(east) < _ENOUGH_DEG:
            break
    return found_latitude, found_longitude


def gcj02_to_wgs84(latitude: float, longitude: float) -> tuple[float, float]:
    if not in_shifted_area(latitude, longitude):
        return latitude, longitude
    return _inverse(wgs84_to_gcj02, latitude, longitude)


def gcj02_to_bd09(latitude: float, longitude: float) -> tuple[float, float]:
    radius = math.hypot(longitude, latitude) + 0.000_02 * math.sin(latitude * _BD_ANGLE)
    angle = math.atan2(latitude, longitude) + 0.000_003 * math.cos(longitude * _BD_ANGLE)
    return radius * math.sin(angle) + 0.006, radius * math.cos(angle) + 0.0065


def bd09_to_gcj02(latitude: float, longitude: float) -> tuple[float, float]:
    return _inverse(gcj02_to_bd09, latitude, longitude)


def to_wgs84(latitude: float, longitude: float, crs: Crs) -> tuple[float, float]:
    """(latitude, longitude) in WGS 84 degrees."""
    if crs == "bd09":
        latitude, longitude = bd09_to_gcj02(latitude, longitude)
    return (latitude, longitude) if crs == "wgs84" else gcj02_to_wgs84(latitude, longitude)


def from_wgs84(latitude: float, longitude: float, crs: Crs) -> tuple[float, float]:
    """The inverse of :func:`to_wgs84`."""
    if crs == "wgs84":
        return latitude, longitude
    shifted = wgs84_to_gcj02(latitude, longitude)
    return gcj02_to_bd09(*shifted) if crs == "bd09" else shifted
