"""Which polygon of a cover (grid cells, zones) holds a point, exactly."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

_GAP_M = 0.5
"""Coordinates on file are rounded, so neighbours may leave a hair's breadth between them."""


def holders(shapes: Sequence[object], points: NDArray[np.object_]) -> NDArray[np.int32]:
    """(N,) index of the polygon that holds each shapely point, the first of two neighbours on their border, or -1."""
    found = np.full(len(points), -1, np.int32)
    if not len(points) or not len(shapes):
        return found
    tree = shapely.STRtree(list(shapes))
    point, polygon = tree.query(points, predicate="intersects")
    order = np.lexsort((polygon, point))[::-1]  # the lowest index is written last and stays
    found[point[order]] = polygon[order]
    lost = np.nonzero(found < 0)[0]
    if len(lost):
        near, polygon = tree.query_nearest(points[lost], max_distance=_GAP_M, all_matches=False)
        found[lost[near]] = polygon
    return found
