"""Where vehicles are: along the edges' shapes, right of their line, smoothly round bends and through junctions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.city.model import Roads
from twin.field.fleet import PARKED, Columns
from twin.field.lanes import Floats, Lanes
from twin.field.turns import Turns

WHEELS = 0.8
"""The rear wheels are this share of a vehicle's length behind its front bumper."""

ROUND_M = 3.0
"""A bend of an edge's shape is rounded over this distance on each side."""


@dataclass(frozen=True, slots=True)
class Poses:
    """A pose for each row asked for; headings clockwise from north."""

    x_m: Floats
    y_m: Floats
    heading_deg: Floats


class Tracks:
    """The shapes as vertices with tangents, V in all, and the ends of all lanes at the junctions' boxes.

    Vectors are (2, n), x before y, so that arithmetic runs along n (and ``take`` is many times as fast as an index).
    """

    def __init__(self, roads: Roads, lanes: Lanes, turns: Turns) -> None:
        self._lanes, self._turns = lanes, turns
        points, tangents, along, counts = [], [], [], []
        for edge in range(len(roads)):
            p, t, s = _refine(roads.shape(edge), float(roads.length_m[edge]))
            points.append(p)
            tangents.append(t)
            along.append(s)
            counts.append(len(p))
        self._crooked = np.diff(roads.shape_start) > 2
        self._first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        self._base = np.concatenate([[0.0], np.cumsum(roads.length_m + 10.0)])
        self._points = np.concatenate(points).T.copy() if points else np.zeros((2, 0))
        self._tangents = np.concatenate(tangents).T.copy() if tangents else np.zeros((2, 0))
        self._along = np.concatenate(along) if along else np.zeros(0)
        self._keys = self._along + np.repeat(self._base[:-1], counts)
        straight = np.zeros(len(lanes))
        self._ends = self.line(lanes.edge, lanes.stop_m, lanes.lateral_m + straight)
        self._begins = self.line(lanes.edge, lanes.entry_m, lanes.lateral_m + straight)

    def line(self, edge: NDArray[np.int64], offset_m: Floats, lateral_m: Floats) -> tuple[Floats, Floats]:
        """Points and unit tangents, both (2, n), at an offset along edges and to the right of their lines."""
        vertex = self._first[edge]
        some = self._crooked[edge].nonzero()[0]
        if len(some):
            bent = edge[some]
            found = np.searchsorted(self._keys, self._base[bent] + offset_m[some], side="right") - 1
            vertex[some] = np.minimum(np.maximum(found, self._first[bent]), self._first[bent + 1] - 2)
        span = self._along[vertex + 1] - self._along[vertex]
        share = (offset_m - self._along[vertex]) / np.maximum(span, 1e-9)
        tangent = self._tangents.take(vertex, 1) * (1.0 - share) + self._tangents.take(vertex + 1, 1) * share
        tangent /= np.maximum(_length(tangent), 1e-9)
        point = self._points.take(vertex, 1) * (1.0 - share) + self._points.take(vertex + 1, 1) * share
        return point + _right(tangent) * lateral_m, tangent

    def poses(self, columns: Columns, rows: NDArray[np.int64]) -> Poses:
        """Poses of rows of the fleet: the middle of the front bumper, which is where offsets are counted.

        The rear wheels follow the same way, so that on a bend the heading is the chord's between them.
        """
        lanes, lane, offset = self._lanes, columns.lane[rows], columns.offset_m[rows]
        where = _Where(lane, offset, columns.shift_m[rows], columns.turn[rows], columns.came[rows])
        moving = columns.place[rows] != PARKED
        where.turn[~moving] = where.came[~moving] = -1
        point, tangent = self._at(where)
        back = WHEELS * columns.length_m[rows]
        bent = offset > lanes.stop_m[lane]
        bent |= offset - back < lanes.entry_m[lane]
        bent |= self._crooked[lanes.edge[lane]]
        some = (bent & moving).nonzero()[0]
        if len(some):
            rear, _ = self._at(where.behind(some, back[some]))
            chord = point.take(some, 1) - rear
            size = _length(chord)
            tangent[:, some] = np.where(size > 0.2, chord / np.maximum(size, 1e-9), tangent.take(some, 1))
        heading = np.degrees(np.arctan2(tangent[0], tangent[1])) % 360.0
        return Poses(point[0], point[1], heading)

    def _at(self, where: _Where) -> tuple[Floats, Floats]:
        """Points and tangents on the ways of vehicles; a negative offset lies on the lane before, through the box."""
        lanes, turns = self._lanes, self._turns
        lane, offset, turn, came = where.lane.copy(), where.offset.copy(), where.turn.copy(), where.came.copy()
        before = ((offset < 0) & (came >= 0)).nonzero()[0]
        if len(before):
            lane[before] = turns.lane[came[before]]
            offset[before] += lanes.length_m[lane[before]]
            turn[before], came[before] = came[before], -1
        point, tangent = self.line(lanes.edge[lane], offset, lanes.lateral_m[lane] + where.shift)
        into = offset - lanes.stop_m[lane]
        leaving = ((into > 0) & (turn >= 0)).nonzero()[0]
        if len(leaving):
            self._bend(point, tangent, leaving, turn[leaving], into[leaving], where.shift[leaving])
        arriving = ((offset < lanes.entry_m[lane]) & (came >= 0)).nonzero()[0]
        if len(arriving):
            begun = turns.lane[came[arriving]]
            done = offset[arriving] + (lanes.length_m - lanes.stop_m)[begun]
            self._bend(point, tangent, arriving, came[arriving], done, where.shift[arriving])
        return point, tangent

    def _bend(
        self,
        point: Floats,
        tangent: Floats,
        which: NDArray[np.int64],
        turn: NDArray[np.int64],
        done: Floats,
        shift: Floats,
    ) -> None:
        """Replace the poses of ``which`` by those on a cubic curve from the stop line to the junction's far side."""
        lanes = self._lanes
        a, b = self._turns.lane[turn], self._turns.out[turn]
        whole = (lanes.length_m - lanes.stop_m)[a] + lanes.entry_m[b]
        t = np.minimum(np.maximum(done / np.maximum(whole, 1e-6), 0.0), 1.0)
        p0, p3 = self._ends[0].take(a, 1), self._begins[0].take(b, 1)
        reach = 0.4 * _length(p3 - p0)
        p1, p2 = p0 + self._ends[1].take(a, 1) * reach, p3 - self._begins[1].take(b, 1) * reach
        u = 1.0 - t
        where = u * u * u * p0 + 3 * u * u * t * p1 + 3 * u * t * t * p2 + t * t * t * p3
        slope = u * u * (p1 - p0) + 2 * u * t * (p2 - p1) + t * t * (p3 - p2)
        slope /= np.maximum(_length(slope), 1e-9)
        where += _right(slope) * shift
        for row in (0, 1):
            point[row][which], tangent[row][which] = where[row], slope[row]


@dataclass(slots=True)
class _Where:
    """What a point on a vehicle's way depends on."""

    lane: NDArray[np.int64]
    offset: Floats
    shift: Floats
    turn: NDArray[np.int64]
    came: NDArray[np.int64]

    def behind(self, some: NDArray[np.int64], back_m: Floats) -> _Where:
        """The points ``back_m`` behind those of ``some``."""
        return _Where(self.lane[some], self.offset[some] - back_m, self.shift[some], self.turn[some], self.came[some])


def _length(vectors: Floats) -> Floats:
    x, y = vectors
    return np.asarray(np.sqrt(x * x + y * y))


def _right(tangent: Floats) -> Floats:
    """Turned clockwise."""
    return np.stack((tangent[1], -tangent[0]))


def _refine(shape: Floats, length_m: float) -> tuple[Floats, Floats, Floats]:
    """Vertices, unit tangents and distances along one shape, each inner vertex replaced by three so that the
    direction turns over a few metres and not at a point."""
    steps = np.diff(shape, axis=0)
    sizes = np.sqrt((steps * steps).sum(axis=1))
    keep = np.concatenate([[True], sizes > 1e-6])
    if not keep.all() and keep.sum() >= 2:
        return _refine(shape[keep], length_m)
    units = steps / np.maximum(sizes, 1e-9)[:, None]
    along = np.concatenate([[0.0], np.cumsum(sizes)])
    scale = length_m / max(along[-1], 1e-9)
    points, tangents, places = [shape[0]], [units[0]], [0.0]
    for k in range(1, len(shape) - 1):
        before, after = min(ROUND_M, sizes[k - 1] / 3), min(ROUND_M, sizes[k] / 3)
        mean = units[k - 1] + units[k]
        norm = float(np.sqrt((mean * mean).sum()))
        mean = mean / norm if norm > 0.2 else units[k]
        points += [shape[k] - units[k - 1] * before, shape[k], shape[k] + units[k] * after]
        tangents += [units[k - 1], mean, units[k]]
        places += [along[k] - before, along[k], along[k] + after]
    points.append(shape[-1])
    tangents.append(units[-1])
    places.append(along[-1])
    return np.array(points), np.array(tangents), np.array(places) * scale
