"""A person's way along the roads: on foot or bicycle beside them, by car in their lanes, as a line of points."""

from __future__ import annotations

from typing import Literal

import numpy as np

from twin.city.locate import Locator
from twin.city.model import City, Roads
from twin.city.paths import Paths
from twin.core.words import Mode
from twin.field.hazards.base import Floats, Point

Travel = Literal["foot", "bicycle", "car"]
_MODES: dict[Travel, Mode] = {"foot": Mode.FOOT, "bicycle": Mode.BICYCLE, "car": Mode.CAR}
_LANE_M = 3.4
_PAVEMENT_M = 1.6
_KNOWN = 30_000  # points whose nearest edge is remembered


class Footways:
    """Finds ways; remembers pavements and where doors open on them. Nothing of it is state."""

    def __init__(self, city: City, locator: Locator) -> None:
        self._roads, self._locator = city.roads, locator
        self._paths = {travel: Paths(city.roads, mode) for travel, mode in _MODES.items()}
        self._sides: dict[tuple[int, bool], tuple[Floats, Floats]] = {}  # by edge and whether a car's
        self._doors: dict[tuple[float, float, int], tuple[int, float]] = {}

    def line(self, start: Point, end: Point, travel: Travel, times_s: Floats | None = None) -> tuple[Floats, Floats]:
        """Points from door to door; straight across where the roads offer no way. Cars go by ``times_s`` (E,)."""
        route, from_m, to_m = self._route(start, end, travel, times_s)
        parts = [np.array([start])]
        for place, edge in enumerate(route):
            points, along = self._side(edge, travel == "car")
            low = from_m if place == 0 else 0.0
            high = to_m if place == len(route) - 1 else float(self._roads.length_m[edge])
            parts.append(_between(points, along, low, high))
        line = np.concatenate([*parts, np.array([end])])
        return line[:, 0], line[:, 1]

    def drive_s(self, start: Point, end: Point, times_s: Floats) -> float:
        """Seconds that a drive takes by these times of the edges; 0 where there is no way."""
        route, from_m, to_m = self._route(start, end, "car", times_s)
        if len(route) < 2:
            return 0.0
        length, some = self._roads.length_m, np.array(route)
        whole = float(times_s[some[1:-1]].sum())
        first, last = route[0], route[-1]
        return (
            whole
            + float(times_s[first] * (1 - from_m / max(length[first], 1.0)))
            + float(times_s[last] * to_m / max(length[last], 1.0))
        )

    def door(self, spot: Point, mode: Mode) -> tuple[int, float]:
        """(edge, offset) of the nearest road."""
        key = (spot[0], spot[1], int(mode))
        if key not in self._doors:
            if len(self._doors) >= _KNOWN:
                self._doors.clear()
            edges, offsets, _ = self._locator.nearest_edges([spot[0]], [spot[1]], mode)
            self._doors[key] = int(edges[0]), float(offsets[0])
        return self._doors[key]

    def _route(
        self, start: Point, end: Point, travel: Travel, times_s: Floats | None
    ) -> tuple[list[int], float, float]:
        """Edges, offset on the first, offset on the last; no edges where there is no way or no need of one."""
        paths, roads = self._paths[travel], self._roads
        (first, from_m), (last, to_m) = self.door(start, _MODES[travel]), self.door(end, _MODES[travel])
        cost = roads.length_m if times_s is None else times_s
        if travel != "car":  # whoever walks may go against the traffic
            other = int(roads.reverse[first])
            if other == last:
                last, to_m = first, float(roads.length_m[first]) - to_m
            if first == last:
                return [first], from_m, to_m
            reach = paths.times_to(last, cost)
            ahead, back = reach[first] - from_m, reach[other] if other >= 0 else np.inf
            if other >= 0 and back - (roads.length_m[first] - from_m) < ahead:
                first, from_m = other, float(roads.length_m[first]) - from_m
        elif first == last:
            return ([first] if to_m >= from_m else []), from_m, to_m
        route = paths.route(first, last, cost).tolist()
        return (route if len(route) > 1 else []), from_m, to_m

    def _side(self, edge: int, car: bool) -> tuple[Floats, Floats]:
        """An edge's line moved to its right, and the way along the edge to each of its points."""
        key = (edge, car)
        if key not in self._sides:
            self._sides[key] = _moved(self._roads, edge, car)
        return self._sides[key]


def _between(points: Floats, along: Floats, low: float, high: float) -> Floats:
    """The part of a line from one of its metres to another, backwards where that is the smaller."""
    first, last = min(low, high), max(low, high)
    if first <= 0.0 and last >= along[-1]:
        part = points
    else:
        ends = np.column_stack([np.interp([first, last], along, points[:, column]) for column in (0, 1)])
        part = np.concatenate((ends[:1], points[(along > first) & (along < last)], ends[1:]))
    return part if low <= high else part[::-1]


def _moved(roads: Roads, edge: int, car: bool) -> tuple[Floats, Floats]:
    shape = roads.shape(edge)
    steps = np.diff(shape, axis=0)
    length = np.maximum(np.hypot(steps[:, 0], steps[:, 1]), 1e-9)
    along = np.concatenate(([0.0], np.cumsum(length)))
    ahead = np.minimum(np.arange(len(shape)), len(steps) - 1)
    width = float(roads.lanes[edge]) * _LANE_M
    kerb = width if roads.reverse[edge] >= 0 else 0.5 * width
    aside = kerb - 0.5 * _LANE_M if car else kerb + _PAVEMENT_M
    x = shape[:, 0] + aside * steps[ahead, 1] / length[ahead]
    y = shape[:, 1] - aside * steps[ahead, 0] / length[ahead]
    return np.column_stack((x, y)), along
