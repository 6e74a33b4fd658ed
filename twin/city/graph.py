"""The road graph as columns, built from rows of roads; and the nearest drivable edge to a place."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.city import layers
from twin.city.draft import Draft, edge_names, ends
from twin.city.model import Floats, Indices, Roads
from twin.core.words import Mode


def build_roads(draft: Draft) -> tuple[Roads, dict[str, int]]:
    """The graph, and the index of each edge by its name (``<road id>/forward`` …).

    Edges come in the order of rows, forward before backward. A node lies where the first road that ends there puts it,
    and every road's line is made to end exactly there.
    """
    node_of, node_xy = _nodes(draft)
    edge_of: dict[str, int] = {}
    columns: list[tuple[int, int, int, int, float, int, bool, bool, int]] = []
    shapes: list[Floats] = []
    for row in draft.roads:
        spec = row.properties
        line = np.asarray(row.shape.coords, dtype=np.float64)[:, :2].copy()
        first, last = (node_of[node] for node in ends(row))
        line[0], line[-1] = node_xy[first], node_xy[last]
        names = edge_names(row)
        here = len(columns)
        for direction, name in enumerate(names):
            lanes = spec.lanes if direction == 0 or spec.lanes_backward is None else spec.lanes_backward
            a, b = (first, last) if direction == 0 else (last, first)
            other = here + 1 - direction if len(names) == 2 else -1
            columns.append((a, b, _class(spec), lanes, spec.speed_kmh / 3.6, _modes(spec), bool(spec.bridge),
                            bool(spec.tunnel), other))  # fmt: skip
            shapes.append(line if direction == 0 else line[::-1])
            edge_of[name] = here + direction
    table = list(zip(*columns, strict=True)) or [()] * 9
    starts = np.concatenate(([0], np.cumsum([len(shape) for shape in shapes])))
    roads = Roads(
        node_xy,
        tuple(node_of),
        np.array(table[0], np.int32),
        np.array(table[1], np.int32),
        np.array(table[2], np.uint8),
        np.array(table[3], np.uint8),
        np.array(table[4], np.float32),
        np.array([np.hypot(*np.diff(shape, axis=0).T).sum() for shape in shapes]),
        np.array(table[5], np.uint8),
        np.array(table[6], np.bool_),
        np.array(table[7], np.bool_),
        np.array(table[8], np.int32),
        tuple(row.id for row in draft.roads for _ in edge_names(row)),
        tuple(row.properties.name for row in draft.roads for _ in edge_names(row)),
        np.concatenate(shapes) if shapes else np.zeros((0, 2)),
        starts.astype(np.int32),
    )
    return roads, edge_of


def _nodes(draft: Draft) -> tuple[dict[str, int], Floats]:
    node_of: dict[str, int] = {}
    xy: list[tuple[float, ...]] = []
    for row in draft.roads:
        for node, spot in zip(ends(row), (row.shape.coords[0], row.shape.coords[-1]), strict=True):
            if node not in node_of:
                node_of[node] = len(xy)
                xy.append(spot[:2])
    return node_of, np.array(xy, dtype=np.float64).reshape(-1, 2)


def _class(road: layers.Road) -> int:
    return int(layers.ROAD_CLASSES[road.road_class])


def _modes(road: layers.Road) -> int:
    names = layers.DRIVING if road.modes is None else road.modes
    return int(sum(int(layers.MODES[name]) for name in dict.fromkeys(names)))


def drivable_edges(roads: Roads) -> Indices:
    """Edges that cars may use."""
    return np.nonzero(roads.modes & int(Mode.CAR))[0].astype(np.int32)


def edge_lines(roads: Roads, edges: Indices) -> NDArray[np.object_]:
    """Shapely lines of some edges."""
    lines: NDArray[np.object_] = np.empty(len(edges), dtype=object)
    lines[:] = [shapely.LineString(roads.shape(int(edge))) for edge in edges]
    return lines


def near_edge(roads: Roads, edges: Indices, points: NDArray[np.object_]) -> tuple[Indices, Floats]:
    """The nearest of ``edges`` to each point, one that has the point on its right where there are two, and the
    offset along it."""
    if not len(points):
        return np.zeros(0, np.int32), np.zeros(0)
    lines = edge_lines(roads, edges)
    _, nearest = shapely.STRtree(lines).query_nearest(points, all_matches=False)
    offsets = shapely.line_locate_point(lines[nearest], points)
    chosen = edges[nearest].astype(np.int32)
    for row, (edge, offset) in enumerate(zip(chosen.tolist(), offsets.tolist(), strict=True)):
        other = int(roads.reverse[edge])
        line = lines[nearest[row]]
        before = np.array(line.interpolate(max(0.0, offset - 0.5)).coords[0])
        after = np.array(line.interpolate(offset + 0.5).coords[0])
        away = np.array(points[row].coords[0]) - (before + after) / 2
        along = after - before
        on_left = along[0] * away[1] - along[1] * away[0] > 0
        if on_left and other >= 0 and roads.modes[other] & int(Mode.CAR):
            chosen[row] = other
            offsets[row] = roads.length_m[edge] - offset
    return chosen, offsets
