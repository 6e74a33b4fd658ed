"""Where a point is: its grid cell, and the road edge it is on. All columns; a raster narrows every search down."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from twin.city.cover import holders
from twin.city.model import City, Floats, Indices
from twin.core.words import Mode

_CELL_PIXELS = 60_000
_ROAD_PIXEL_M = 12.0
_REACH_M = 30.0
"""A position farther than this from every road is on none."""
_UNSURE = -2
_TURN_PENALTY_M = 40.0  # for a heading at right angles to the road
_STAY_BONUS_M = 4.0  # for the edge one was on, half of it for those it leads to


class Locator:
    """Made once a city; every method takes arrays (N,) or scalars and returns arrays (N,)."""

    def __init__(self, city: City) -> None:
        self._city = city
        low_x, low_y, high_x, high_y = city.extent
        self._low = np.array([low_x, low_y])
        self._high = np.array([high_x, high_y])
        self._shapes = [cell.shape for cell in city.cells]
        span = self._high - self._low
        self._pixel_m = max(5.0, float(np.sqrt(span[0] * span[1] / _CELL_PIXELS)))
        self._raster = self._cell_raster()
        self._segments = Segments(city)

    def inside(self, x_m: ArrayLike, y_m: ArrayLike) -> NDArray[np.bool_]:
        """Whether each point is within the city's extent."""
        x, y = _columns(x_m, y_m)
        within: NDArray[np.bool_] = (x >= self._low[0]) & (x <= self._high[0])
        within &= (y >= self._low[1]) & (y <= self._high[1])
        return within

    def cells(self, x_m: ArrayLike, y_m: ArrayLike) -> Indices:
        """Index into ``City.cells``, or -1."""
        x, y = _columns(x_m, y_m)
        found = np.full(len(x), -1, np.int32)
        rows = np.nonzero(self.inside(x, y))[0]
        column, row = self._pixel(x[rows], y[rows])
        found[rows] = self._raster[row, column]
        unsure = np.nonzero(found == _UNSURE)[0]
        if len(unsure):
            found[unsure] = holders(self._shapes, shapely.points(x[unsure], y[unsure]))
        return found

    def nearest_edges(self, x_m: ArrayLike, y_m: ArrayLike, modes: Mode = Mode.CAR) -> tuple[Indices, Floats, Floats]:
        """(edge, offset along it, distance) of the nearest edge open to all of ``modes``, however far; of a two-way
        road the side that has the point on its right."""
        x, y = _columns(x_m, y_m)
        return self._segments.nearest(x, y, int(modes))

    def match(
        self, x_m: ArrayLike, y_m: ArrayLike, heading_deg: ArrayLike, previous_edge: ArrayLike
    ) -> tuple[Indices, Floats]:
        """(edge, offset) that a moving thing is on, -1 farther than 30 m from any. Heading (NaN: unknown) counts as
        much as distance, and the edge it was on (-1: none) is kept while it is nearly as good as another."""
        x, y = _columns(x_m, y_m)
        heading = np.broadcast_to(np.asarray(heading_deg, np.float64), x.shape)
        previous = np.broadcast_to(np.asarray(previous_edge, np.int32), x.shape)
        return self._segments.match(x, y, heading, previous)

    def _pixel(self, x: Floats, y: Floats) -> tuple[Indices, Indices]:
        column = ((x - self._low[0]) / self._pixel_m).astype(np.int32)
        row = ((y - self._low[1]) / self._pixel_m).astype(np.int32)
        return column, row

    def _cell_raster(self) -> NDArray[np.int32]:
        """The cell that a pixel lies in wholly; ``_UNSURE`` where an outline crosses it."""
        columns, rows = (np.floor((self._high - self._low) / self._pixel_m).astype(int) + 1).tolist()
        x = self._low[0] + (np.arange(columns) + 0.5) * self._pixel_m
        y = self._low[1] + (np.arange(rows) + 0.5) * self._pixel_m
        grid_x, grid_y = (grid.ravel() for grid in np.meshgrid(x, y))
        raster = holders(self._shapes, shapely.points(grid_x, grid_y))
        half = self._pixel_m / 2
        boxes = shapely.box(grid_x - half, grid_y - half, grid_x + half, grid_y + half)
        outlines = shapely.boundary(np.array(self._shapes, dtype=object))
        _, crossed = shapely.STRtree(boxes).query(outlines, predicate="intersects")
        raster[crossed] = _UNSURE
        raster[raster < 0] = _UNSURE
        return raster.reshape(rows, columns)


class Segments:
    """The straight pieces of all roads, and for every pixel those within reach of it."""

    def __init__(self, city: City) -> None:
        roads = city.roads
        self._roads = roads
        self._from_xy, self._to_xy, self._forward, self._before_m = _pieces(city)
        self._backward = roads.reverse[self._forward]
        span = self._to_xy - self._from_xy
        self._length_m = np.hypot(*span.T)
        self._bearing_deg = np.degrees(np.arctan2(span[:, 0], span[:, 1]))
        low_x, low_y, high_x, high_y = city.extent
        self._low = np.array([low_x, low_y])
        self._size = (np.ceil((np.array([high_x, high_y]) - self._low) / _ROAD_PIXEL_M).astype(int) + 1).tolist()
        self._start, self._piece = self._raster()
        self._trees: dict[int, tuple[shapely.STRtree, Indices]] = {}

    def _raster(self) -> tuple[Indices, Indices]:
        columns, rows = self._size
        x = self._low[0] + (np.arange(columns) + 0.5) * _ROAD_PIXEL_M
        y = self._low[1] + (np.arange(rows) + 0.5) * _ROAD_PIXEL_M
        centres = shapely.points(*(grid.ravel() for grid in np.meshgrid(x, y)))
        reach = _REACH_M + _ROAD_PIXEL_M * 0.71
        pieces = shapely.linestrings(np.stack([self._from_xy, self._to_xy], axis=1))
        piece, pixel = shapely.STRtree(centres).query(pieces, predicate="dwithin", distance=reach)
        order = np.lexsort((piece, pixel))
        start = np.concatenate(([0], np.cumsum(np.bincount(pixel, minlength=len(centres)))))
        return start.astype(np.int32), piece[order].astype(np.int32)

    def match(self, x: Floats, y: Floats, heading: Floats, previous: Indices) -> tuple[Indices, Floats]:
        """See :meth:`Locator.match`."""
        edge, offset = np.full(len(x), -1, np.int32), np.zeros(len(x))
        row, piece = self._candidates(x, y)
        along, distance, _ = self._project(piece, x[row], y[row])
        near = np.nonzero(distance <= _REACH_M)[0]
        if not len(near):
            return edge, offset
        row, piece, along, distance = row[near], piece[near], along[near], distance[near]
        angle = np.radians(heading[row] - self._bearing_deg[piece])
        options = []
        for backward in (False, True):
            known = self._backward[piece] if backward else self._forward[piece]
            cosine = np.where(np.isnan(angle), 0.5, -np.cos(angle) if backward else np.cos(angle))
            cost = distance + _TURN_PENALTY_M * (1.0 - cosine)
            cost = np.where(known < 0, np.inf, cost)
            was = previous[row]
            leads = (was >= 0) & (self._roads.end[was] == self._roads.start[known])
            cost = cost - np.where(known == was, _STAY_BONUS_M, np.where(leads, _STAY_BONUS_M / 2, 0.0))
            here = self._before_m[piece] + along
            here = self._roads.length_m[known] - here if backward else here
            options.append((row, known, here, cost))
        row, known, here, cost = (np.concatenate(pair) for pair in zip(*options, strict=True))
        order = np.lexsort((known, cost, row))
        first = order[np.concatenate(([True], row[order][1:] != row[order][:-1]))]
        first = first[np.isfinite(cost[first])]
        edge[row[first]] = known[first]
        offset[row[first]] = here[first]
        return edge, offset

    def _candidates(self, x: Floats, y: Floats) -> tuple[Indices, Indices]:
        """(row, piece) pairs for all pieces within reach of each point's pixel."""
        columns, rows = self._size
        column = np.floor((x - self._low[0]) / _ROAD_PIXEL_M)
        line = np.floor((y - self._low[1]) / _ROAD_PIXEL_M)
        inside = np.nonzero((column >= 0) & (column < columns) & (line >= 0) & (line < rows))[0]
        pixel = (line[inside] * columns + column[inside]).astype(np.int64)
        fan = self._start[pixel + 1] - self._start[pixel]
        row = np.repeat(inside, fan)
        within = np.arange(len(row)) - np.repeat(np.cumsum(fan) - fan, fan)
        return row.astype(np.int32), self._piece[np.repeat(self._start[pixel], fan) + within]

    def _project(self, piece: Indices, x: Floats, y: Floats) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        """(metres along the piece, distance from it, whether the point is on its left)."""
        origin = self._from_xy[piece]
        span = self._to_xy[piece] - origin
        length = self._length_m[piece]
        away_x, away_y = x - origin[:, 0], y - origin[:, 1]
        along = np.clip((away_x * span[:, 0] + away_y * span[:, 1]) / np.maximum(length, 1e-9), 0.0, length)
        share = along / np.maximum(length, 1e-9)
        distance = np.hypot(away_x - span[:, 0] * share, away_y - span[:, 1] * share)
        return along, distance, span[:, 0] * away_y - span[:, 1] * away_x > 0

    def nearest(self, x: Floats, y: Floats, modes: int) -> tuple[Indices, Floats, Floats]:
        """See :meth:`Locator.nearest_edges`. The tree of each set of modes is made when first asked for."""
        if modes not in self._trees:
            able = np.nonzero((self._roads.modes[self._forward] & modes) == modes)[0].astype(np.int32)
            lines = shapely.linestrings(np.stack([self._from_xy[able], self._to_xy[able]], axis=1))
            self._trees[modes] = (shapely.STRtree(lines), able)
        tree, able = self._trees[modes]
        row, found = tree.query_nearest(shapely.points(x, y), all_matches=False)
        piece = np.zeros(len(x), np.int32)
        piece[row] = able[found]
        along, distance, left = self._project(piece, x, y)
        edge, offset = self._forward[piece], self._before_m[piece] + along
        other = self._backward[piece]
        turn = left & (other >= 0) & ((self._roads.modes[other] & modes) == modes)
        return (
            np.where(turn, other, edge).astype(np.int32),
            np.where(turn, self._roads.length_m[edge] - offset, offset),
            distance,
        )


def _pieces(city: City) -> tuple[Floats, Floats, Indices, Floats]:
    """(from, to, edge, metres before it on the edge) of every straight piece; a two-way road gives its first edge's."""
    roads = city.roads
    every = np.arange(len(roads))
    mine = (roads.reverse < 0) | (every < roads.reverse)
    owner = np.repeat(every, np.diff(roads.shape_start))
    last = np.zeros(len(owner), np.bool_)
    last[roads.shape_start[1:] - 1] = True
    first = np.nonzero(mine[owner] & ~last)[0]
    start_xy, end_xy = roads.shape_xy[first], roads.shape_xy[first + 1]
    length = np.hypot(*(end_xy - start_xy).T)
    edge = owner[first].astype(np.int32)
    total = np.cumsum(length) - length
    begins = np.concatenate(([True], edge[1:] != edge[:-1]))
    before = total - np.maximum.accumulate(np.where(begins, total, 0.0))
    return start_xy, end_xy, edge, before


def _columns(x_m: ArrayLike, y_m: ArrayLike) -> tuple[Floats, Floats]:
    x = np.atleast_1d(np.asarray(x_m, dtype=np.float64))
    y = np.atleast_1d(np.asarray(y_m, dtype=np.float64))
    return x, y
