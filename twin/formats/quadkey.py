"""Web-Mercator quadkeys: the tail of a V2X topic, one digit a level, coarse to fine."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

DEPTH = 22
"""Levels in a topic; a tile is then about 9.6 m wide at the equator."""
_LATITUDE_LIMIT = 85.051_128_779_806_59


def _tiles(latitude: ArrayLike, longitude: ArrayLike, depth: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    sine = np.sin(np.radians(np.clip(np.asarray(latitude, np.float64), -_LATITUDE_LIMIT, _LATITUDE_LIMIT)))
    east = np.asarray(longitude, np.float64) / 360.0 + 0.5
    south = 0.5 - np.log((1 + sine) / (1 - sine)) / (4 * math.pi)
    size = 1 << depth
    return (
        np.clip(np.floor(east * size), 0, size - 1).astype(np.int64),
        np.clip(np.floor(south * size), 0, size - 1).astype(np.int64),
    )


def quadkey_levels(latitude: ArrayLike, longitude: ArrayLike, depth: int = DEPTH) -> list[str]:
    """Topic tails ``0/3/1/…`` of many positions at once."""
    x, y = _tiles(np.atleast_1d(latitude), np.atleast_1d(longitude), depth)
    bits = np.arange(depth - 1, -1, -1)
    digits = (x[:, None] >> bits & 1) + 2 * (y[:, None] >> bits & 1)
    text = np.full((len(x), 2 * depth - 1), ord("/"), np.uint8)
    text[:, ::2] = digits + ord("0")
    return [row.decode("ascii") for row in text.view(f"S{2 * depth - 1}").ravel().tolist()]


def quadkey(latitude: float, longitude: float, depth: int = DEPTH) -> str:
    """The digits of one position, without slashes."""
    return quadkey_levels(latitude, longitude, depth)[0].replace("/", "")


def bounds(key: str) -> tuple[float, float, float, float]:
    """(south, west, north, east) in degrees of a tile named by its digits."""
    x = y = 0
    for digit in key:
        value = int(digit)
        x, y = x << 1 | value & 1, y << 1 | value >> 1
    size = 1 << len(key)

    def latitude(row: int) -> float:
        return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * row / size))))

    return latitude(y + 1), x / size * 360 - 180, latitude(y), (x + 1) / size * 360 - 180
