"""Cutting polygons in two, for parcels and grid cells."""

from __future__ import annotations

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry


def halves(piece: BaseGeometry, share: float = 0.5) -> tuple[BaseGeometry, BaseGeometry]:
    """The polygon cut across its long side, at a share of it; the parts may be of several pieces or empty."""
    corners = np.array(shapely.oriented_envelope(piece).exterior.coords)[:4]
    a, b = corners[1] - corners[0], corners[3] - corners[0]
    if np.hypot(*a) < np.hypot(*b):
        a, b = b, a
    origin = corners[0]
    near = [origin - b - a * 0.2, origin - b + a * share, origin + 2 * b + a * share, origin + 2 * b - a * 0.2]
    knife = shapely.Polygon(near)
    return piece.intersection(knife), piece.difference(knife)
