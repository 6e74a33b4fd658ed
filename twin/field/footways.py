"""A person's way on foot or by bicycle along the roads' sides, as a line that is walked off."""

from __future__ import annotations

import math
from typing import Literal

import msgspec
import numpy as np

from twin.city.locate import Locator
from twin.city.model import City, Roads
from twin.city.paths import Paths
from twin.core.words import Mode

Travel = Literal["foot", "bicycle"]
Point = tuple[float, float]
_LANE_M = 3.4
_PAVEMENT_M = 1.6


class Trip(msgspec.Struct):
    """``x_m``, ``y_m`` are the line's points, ``along_m`` the way to each; ``done_m`` of it is behind."""

    mode: Travel
    speed_mps: float
    along_m: np.ndarray
    x_m: np.ndarray
    y_m: np.ndarray
    done_m: float = 0.0

    @property
    def total_m(self) -> float:
        return float(self.along_m[-1])

    def pose(self) -> tuple[float, float, float]:
        """x, y, heading in degrees from north."""
        along = self.along_m
        ahead = min(max(int(along.searchsorted(self.done_m, side="right")), 1), len(along) - 1)
        begin_m, end_m = float(along[ahead - 1]), float(along[ahead])
        share = min(max((self.done_m - begin_m) / max(end_m - begin_m, 1e-9), 0.0), 1.0)
        x, y = float(self.x_m[ahead - 1]), float(self.y_m[ahead - 1])
        dx, dy = float(self.x_m[ahead]) - x, float(self.y_m[ahead]) - y
        return x + dx * share, y + dy * share, math.degrees(math.atan2(dx, dy)) % 360.0


class Footways:
    """Finds ways for those who walk or cycle."""

    def __init__(self, city: City, locator: Locator) -> None:
        self._roads = city.roads
        self._locator = locator
        self._paths = {"foot": Paths(city.roads, Mode.FOOT), "bicycle": Paths(city.roads, Mode.BICYCLE)}
        self._modes = {"foot": Mode.FOOT, "bicycle": Mode.BICYCLE}

    def trip(self, start: Point, end: Point, mode: Travel, speed_mps: float) -> Trip:
        """Door to door; straight across where the roads offer no way."""
        x, y = [start[0], end[0]], [start[1], end[1]]
        edges, offsets, _ = self._locator.nearest_edges(x, y, self._modes[mode])
        route = self._paths[mode].route(int(edges[0]), int(edges[1]), self._roads.length_m)
        line = [start]
        if len(route) > 1 or (len(route) == 1 and offsets[1] >= offsets[0]):
            for place, edge in enumerate(route.tolist()):
                begin = float(offsets[0]) if place == 0 else 0.0
                stop = float(offsets[1]) if place == len(route) - 1 else float(self._roads.length_m[edge])
                line.extend(_pavement(self._roads, edge, begin, stop))
        line.append(end)
        points = np.array(line)
        steps = np.hypot(*np.diff(points, axis=0).T)
        along = np.concatenate(([0.0], np.cumsum(steps)))
        return Trip(mode, speed_mps, along, points[:, 0].copy(), points[:, 1].copy())


def _pavement(roads: Roads, edge: int, begin_m: float, stop_m: float) -> list[Point]:
    """The part of an edge between two offsets, moved to its right-hand side."""
    shape = roads.shape(edge)
    steps = np.hypot(*np.diff(shape, axis=0).T)
    along = np.concatenate(([0.0], np.cumsum(steps)))
    inner = along[(along > begin_m) & (along < stop_m)]
    marks = np.concatenate(([begin_m], inner, [max(stop_m, begin_m)]))
    ahead = np.clip(np.searchsorted(along, marks, side="right"), 1, len(shape) - 1)
    direction = shape[ahead] - shape[ahead - 1]
    length = np.maximum(np.hypot(direction[:, 0], direction[:, 1]), 1e-9)
    width = float(roads.lanes[edge]) * _LANE_M
    aside = (width if roads.reverse[edge] >= 0 else 0.5 * width) + _PAVEMENT_M
    x = np.interp(marks, along, shape[:, 0]) + aside * direction[:, 1] / length
    y = np.interp(marks, along, shape[:, 1]) - aside * direction[:, 0] / length
    return list(zip(x.tolist(), y.tolist(), strict=True))
