"""Where movers are between two frames: along their edges where both frames know one, else straight."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.city.model import Roads
from twin.core.views import Frame
from twin.render.plan import LANE_M

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

JUMP_M = 150.0
"""A longer way than this between two frames is not driven but begun anew."""
ON_AXIS_M = 0.35
"""A position this near to the axis of a two-way street carries no lane: it is drawn on its own side."""
SLOWEST_S, FASTEST_S = 1.5, 0.02


@dataclass(frozen=True, slots=True)
class Movers:
    """All movers at one moment, columns of equal length. Headings clockwise from north."""

    id: Ints
    kind: NDArray[np.uint8]
    x_m: Floats
    y_m: Floats
    heading_deg: Floats
    speed_mps: NDArray[np.float32]
    freshness: NDArray[np.uint8]
    provenance: NDArray[np.uint8]
    department: NDArray[np.int8]
    look: NDArray[np.uint8] | None = None

    def __len__(self) -> int:
        return len(self.id)

    def row(self, id: int) -> int:
        """The row of a mover, or -1 when it is no more."""
        found = np.flatnonzero(self.id == id)
        return int(found[0]) if len(found) else -1


@dataclass(frozen=True, slots=True)
class _Leg:
    """The way from one frame to the next. Most movers go straight; ``bent`` are the rows that pass a corner and are
    looked up along their edges every time."""

    begin_x: Floats
    begin_y: Floats
    way_x: Floats
    way_y: Floats
    begin_heading: Floats
    turn: Floats
    bent: Ints
    edge_one: Ints  # of the bent rows, as all below
    offset_one: Floats
    edge_two: Ints
    way_m: Floats
    side_one: Floats
    side_two: Floats


class Motion:
    """Keeps the last two frames and gives the movers at any moment between them."""

    def __init__(self, roads: Roads) -> None:
        self._start, self._end = roads.start.astype(np.int64), roads.end.astype(np.int64)
        self._length = roads.length_m
        self._first = roads.shape_start.astype(np.int64)
        self._points = roads.shape_xy
        step = np.hypot(*np.diff(roads.shape_xy, axis=0).T) if len(roads.shape_xy) > 1 else np.zeros(0)
        step[self._first[1:-1] - 1] = 1.0  # from one edge's end to the next one's start: any gap keeps the order
        self._way = np.concatenate([[0.0], np.cumsum(step)])
        two_way = roads.reverse >= 0
        self._own_side = np.where(two_way, roads.lanes * LANE_M / 2, 0.0)
        self.frame: Frame | None = None
        self._leg: _Leg | None = None
        self._arrived_s = 0.0
        self._interval_s = 0.1

    def clear(self) -> None:
        """Forget what was seen (a new snapshot begins)."""
        self.frame, self._leg = None, None

    def push(self, frame: Frame, now_s: float) -> None:
        """A new frame arrived at ``now_s``."""
        if self.frame is not None and frame.city_ms >= self.frame.city_ms:
            gap = min(max(now_s - self._arrived_s, FASTEST_S), SLOWEST_S)
            self._interval_s += (gap - self._interval_s) * 0.3
        self._leg = self._between(self.frame, frame)
        self.frame, self._arrived_s = frame, now_s

    def at(self, now_s: float) -> Movers | None:
        """The movers at ``now_s``; None before the first frame. Never runs ahead of what was told."""
        frame, leg = self.frame, self._leg
        if frame is None or leg is None:
            return None
        share = min(1.0, max(0.0, (now_s - self._arrived_s) / self._interval_s))
        x = leg.begin_x + leg.way_x * share
        y = leg.begin_y + leg.way_y * share
        heading = leg.begin_heading + leg.turn * share
        if len(leg.bent):
            way = leg.offset_one + leg.way_m * share
            past = (way > self._length[leg.edge_one]) & (leg.edge_two != leg.edge_one)
            way = np.where(past, way - self._length[leg.edge_one], way)
            edge = np.where(past, leg.edge_two, leg.edge_one)
            _segment, px, py, dx, dy = self._point(edge, way)
            side = leg.side_one + (leg.side_two - leg.side_one) * share
            x[leg.bent], y[leg.bent] = px + dy * side, py - dx * side
            heading[leg.bent] = np.degrees(np.arctan2(dx, dy))
        return Movers(
            frame.id,
            frame.kind,
            x,
            y,
            heading,
            frame.speed_mps,
            frame.freshness,
            frame.provenance,
            frame.department,
            frame.look,
        )

    def _point(self, edge: Ints, offset_m: Floats) -> tuple[Ints, Floats, Floats, Floats, Floats]:
        """On which piece of which line an offset falls, the point on the axis there, and the unit direction."""
        first = self._first[edge]
        way = self._way[first] + np.clip(offset_m, 0.0, self._length[edge])
        segment = np.clip(np.searchsorted(self._way, way, side="right") - 1, first, self._first[edge + 1] - 2)
        one, two = self._points[segment], self._points[segment + 1]
        long = np.maximum(self._way[segment + 1] - self._way[segment], 1e-9)
        share = np.minimum((way - self._way[segment]) / long, 1.0)
        dx, dy = (two[:, 0] - one[:, 0]) / long, (two[:, 1] - one[:, 1]) / long
        x, y = one[:, 0] + (two[:, 0] - one[:, 0]) * share, one[:, 1] + (two[:, 1] - one[:, 1]) * share
        return segment, x, y, dx, dy

    def _side(self, edge: Ints, px: Floats, py: Floats, dx: Floats, dy: Floats, x_m: Floats, y_m: Floats) -> Floats:
        """How far to the right of the axis each position lies; one on the axis goes to its own side."""
        side = (x_m - px) * dy - (y_m - py) * dx
        own = self._own_side[edge]
        return np.where((np.abs(side) < ON_AXIS_M) & (own > 0), own, np.clip(side, -25.0, 25.0))

    def _between(self, one: Frame | None, two: Frame) -> _Leg:
        count = len(two.id)
        end_x, end_y = two.x_m.astype(float), two.y_m.astype(float)
        end_heading = np.nan_to_num(two.heading_deg.astype(float))
        edge_two, offset_two = two.edge.astype(np.int64), two.offset_m.astype(float)
        on_edge = edge_two >= 0
        row = _rows(one, two)
        known = row >= 0
        begin_x, begin_y, begin_heading = end_x.copy(), end_y.copy(), end_heading.copy()
        edge_one, offset_one = np.where(on_edge, edge_two, 0), offset_two.copy()
        way, along = np.zeros(count), on_edge.copy()
        if one is not None and known.any():
            at = row[known]
            begin_x[known], begin_y[known] = one.x_m[at], one.y_m[at]
            begin_heading[known] = np.nan_to_num(one.heading_deg[at].astype(float))
            far = np.hypot(end_x - begin_x, end_y - begin_y) > JUMP_M
            begin_x, begin_y = np.where(far, end_x, begin_x), np.where(far, end_y, begin_y)
            was = np.full(count, -1, np.int64)
            was[known] = one.edge[at]
            before = offset_two.copy()
            before[known] = one.offset_m[at]
            way, along, edge_one, offset_one = self._ways(was, before, edge_two, offset_two, known & ~far)
        turn = (end_heading - begin_heading + 180.0) % 360.0 - 180.0
        rows = np.flatnonzero(along)
        edge_a, edge_b = edge_one[rows], edge_two[rows]
        segment_a, ax, ay, adx, ady = self._point(edge_a, offset_one[rows])
        segment_b, bx, by, bdx, bdy = self._point(edge_b, offset_two[rows])
        side_a = self._side(edge_a, ax, ay, adx, ady, begin_x[rows], begin_y[rows])
        side_b = self._side(edge_b, bx, by, bdx, bdy, end_x[rows], end_y[rows])
        begin_x[rows], begin_y[rows] = ax + ady * side_a, ay - adx * side_a
        end_x[rows], end_y[rows] = bx + bdy * side_b, by - bdx * side_b
        begin_heading[rows] = np.degrees(np.arctan2(adx, ady))
        turn[rows] = 0.0
        bent = segment_a != segment_b
        return _Leg(
            begin_x,
            begin_y,
            end_x - begin_x,
            end_y - begin_y,
            begin_heading,
            turn,
            rows[bent],
            edge_a[bent],
            offset_one[rows][bent],
            edge_b[bent],
            way[rows][bent],
            side_a[bent],
            side_b[bent],
        )

    def _ways(
        self, was: Ints, before: Floats, edge: Ints, offset: Floats, known: NDArray[np.bool_]
    ) -> tuple[Floats, NDArray[np.bool_], Ints, Floats]:
        """Metres driven along edges, which rows have such a way, and where it begins."""
        on_edge = edge >= 0
        both = known & on_edge & (was >= 0)
        safe_was, safe_edge = np.maximum(was, 0), np.maximum(edge, 0)
        same = both & (was == edge)
        follows = both & ~same & (self._end[safe_was] == self._start[safe_edge])
        way = np.where(same, offset - before, 0.0)
        way = np.where(follows, self._length[safe_was] - before + offset, way)
        driven = (same & (np.abs(way) < JUMP_M)) | (follows & (way < JUMP_M))
        fresh = on_edge & ~known
        way = np.where(driven, way, 0.0)
        return way, driven | fresh, np.where(driven, safe_was, safe_edge), np.where(driven, before, offset)


def _rows(one: Frame | None, two: Frame) -> Ints:
    """For every mover of ``two`` its row in ``one``, or -1."""
    if one is None or not len(one.id):
        return np.full(len(two.id), -1, np.int64)
    order = np.argsort(one.id, kind="stable")
    place = np.minimum(np.searchsorted(one.id[order], two.id), len(order) - 1)
    row = order[place]
    return np.where(one.id[row] == two.id, row, -1)
