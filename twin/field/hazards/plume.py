"""How what a source releases spreads with the wind: a Gaussian plume at the ground, with a puff around the source."""

from __future__ import annotations

import math

import numpy as np

from twin.field.hazards.base import Floats
from twin.field.weather import Sky

_START_M = 12.0  # the source is not a point


def concentration(xy: Floats, source: tuple[float, float], grams_per_s: float, sky: Sky, near_m: float) -> Floats:
    """µg/m³ at (n, 2) places, for a ground source; urban spread (Briggs), averaged over a meandering wind."""
    dx, dy = xy[:, 0] - source[0], xy[:, 1] - source[1]
    cosine, sine = math.cos(sky.wind_to_rad), math.sin(sky.wind_to_rad)
    along, across = dx * cosine + dy * sine, dy * cosine - dx * sine
    x = np.maximum(along, 0.0)
    wide, high = 0.32 * x + _START_M, 0.20 * x + _START_M
    plume = np.where(along > 0.0, np.exp(-0.5 * (across / wide) ** 2) / (wide * high), 0.0)
    puff = np.exp(-((dx * dx + dy * dy) / (near_m * near_m))) / (8.0 * _START_M * _START_M)
    return 1e6 * grams_per_s / (math.pi * sky.wind_mps) * np.maximum(plume, puff)
