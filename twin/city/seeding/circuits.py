"""Lamp circuits: runs of lamps that stand near each other and share a supply."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely

from twin.city import layers
from twin.city.draft import Draft, Row
from twin.city.seeding.spread import apart

LAMP = "01037"
_LAMPS = 12
_FARTHEST_M = 330.0  # from the first lamp of a circuit to its last


def lamp_circuits(draft: Draft, count: int) -> Iterator[tuple[str, list[Row[layers.Component]]]]:
    """Up to ``count`` circuits with their lamps, spread over the city; no lamp is in two."""
    lamps = [row for row in draft.components if row.properties.code == LAMP]
    xy = np.array([row.shape.coords[0] for row in lamps]).reshape(-1, 2)
    free = np.ones(len(lamps), np.bool_)
    serial = 0
    for first in apart(xy, 4 * count):
        if serial == count or not free[first]:
            continue
        road = _main_road(draft, lamps[first])
        away = np.hypot(*(xy - xy[first]).T)
        along = shapely.distance(road, shapely.points(xy)) < 25.0 if road is not None else np.ones(len(xy), np.bool_)
        able = np.nonzero(free & along & (away < _FARTHEST_M))[0]
        mine = able[np.argsort(away[able], kind="stable")][:_LAMPS]
        if len(mine) < _LAMPS // 2:
            continue
        free[mine] = False
        serial += 1
        yield f"circuit-{serial:02d}", [lamps[index] for index in np.sort(mine).tolist()]


def _main_road(draft: Draft, lamp: Row[layers.Component]) -> object:
    """All of the street that a lamp stands on."""
    nearest = min(draft.roads, key=lambda row: (row.shape.distance(lamp.shape), row.id))
    name = nearest.properties.name
    if name is None:
        return nearest.shape
    return shapely.union_all([row.shape for row in draft.roads if row.properties.name == name])
