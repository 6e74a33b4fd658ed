"""The city as lines and polygons ready to draw: what is static is taken apart once, with boxes to find it by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.city.model import City, Roads
from twin.core.words import RoadClass

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LANE_M = 3.25
KERB_M = 0.9
CORNER_M = 4.0  # from the kerb line of the crossing street to the stop line


@dataclass(frozen=True, slots=True)
class Lines:
    """One line a street between two nodes: the two directions of a two-way street are one. ``box`` (R, 4)."""

    points: tuple[Floats, ...]
    edge: Ints  # the directed edge each was taken from
    road_class: Ints
    width_m: Floats
    forward: Ints  # lanes with the line
    backward: Ints  # lanes against it
    bridge: NDArray[np.bool_]
    tunnel: NDArray[np.bool_]
    square: NDArray[np.bool_]  # (R, 2) whether the line's start and end meet a tunnel's mouth
    stop_m: Floats  # (R, 2) from the line's start and end to the stop lines there
    lit: NDArray[np.bool_]  # (R, 2) whether lights govern its start and end
    box: Floats


@dataclass(frozen=True, slots=True)
class Shapes:
    """Polygons and their boxes; ``shape`` is an object array of shapely Polygons."""

    shape: NDArray[np.object_]
    kind: tuple[str, ...]
    box: Floats


@dataclass(frozen=True, slots=True)
class Plan:
    """All static geometry of a city, in drawing order."""

    extent: tuple[float, float, float, float]
    cover: Shapes  # land use, without water
    water: Shapes
    roads: Lines
    buildings: tuple[Floats, ...]  # outer rings
    courts: tuple[tuple[Floats, ...], ...]  # holes of each
    building_box: Floats
    building_height: NDArray[np.float32]


def seen(box: Floats, view: tuple[float, float, float, float], margin: float = 0.0) -> Ints:
    """Indices of the boxes that touch a view."""
    west, south, east, north = view
    if not len(box):
        return np.zeros(0, np.int64)
    return np.flatnonzero(
        (box[:, 0] <= east + margin)
        & (box[:, 2] >= west - margin)
        & (box[:, 1] <= north + margin)
        & (box[:, 3] >= south - margin)
    )


def make_plan(city: City) -> Plan:
    """Take a city apart for drawing."""
    water: list[tuple[str, Any]] = []
    cover: list[tuple[str, Any]] = []
    for area in city.areas:
        (water if area.kind == "water" else cover).append((area.kind, shapely.clip_by_rect(area.shape, *city.extent)))
    rings = [np.asarray(shape.exterior.coords)[:, :2] for shape in city.buildings.shape]
    courts = tuple(tuple(np.asarray(hole.coords)[:, :2] for hole in shape.interiors) for shape in city.buildings.shape)
    boxes = np.array([[*ring.min(0), *ring.max(0)] for ring in rings]).reshape(-1, 4)
    return Plan(
        city.extent,
        _shapes(cover),
        _shapes(water),
        _lines(city),
        tuple(rings),
        courts,
        boxes,
        city.buildings.height_m,
    )


def _shapes(pairs: list[tuple[str, Any]]) -> Shapes:
    parts: list[Any] = []
    kinds: list[str] = []
    for kind, shape in pairs:
        for part in shapely.get_parts(shape):
            if part.geom_type == "Polygon" and not part.is_empty:
                parts.append(part)
                kinds.append(kind)
    shapes = np.array(parts, dtype=object)
    return Shapes(shapes, tuple(kinds), shapely.bounds(shapes).reshape(-1, 4))


def stop_lines(roads: Roads) -> Floats:
    """(N,) metres from a node to its stop lines: past the kerb of the widest street that meets there."""
    half = np.where(roads.reverse >= 0, roads.lanes, roads.lanes / 2) * LANE_M
    half[roads.road_class >= RoadClass.CYCLEWAY] = 0.0
    widest = np.zeros(len(roads.node_xy))
    np.maximum.at(widest, roads.start, half)
    np.maximum.at(widest, roads.end, half)
    return widest + CORNER_M


def _lines(city: City) -> Lines:
    roads = city.roads
    one_way = roads.reverse < 0
    taken = np.flatnonzero(one_way | (np.arange(len(roads)) < roads.reverse))
    forward = roads.lanes[taken].astype(np.int64)
    backward = np.where(one_way[taken], 0, roads.lanes[np.maximum(roads.reverse[taken], 0)]).astype(np.int64)
    road_class = roads.road_class[taken].astype(np.int64)
    narrow = road_class >= RoadClass.CYCLEWAY
    width = np.where(narrow, 2.4, (forward + backward) * LANE_M + KERB_M)
    points = tuple(roads.shape(int(edge)) for edge in taken)
    box = np.array([[*line.min(0), *line.max(0)] for line in points]).reshape(-1, 4)
    mouths = np.zeros(len(roads.node_xy), np.bool_)
    for ends in (roads.start, roads.end):
        mouths[ends[roads.tunnel]] = True
    meets = np.stack([mouths[roads.start[taken]], mouths[roads.end[taken]]], axis=1) & ~roads.tunnel[taken][:, None]
    lit = np.zeros(len(roads.node_xy), np.bool_)
    lit[[int(roads.end[edge]) for one in city.intersections for group in one.groups for edge in group.edges]] = True
    ends = np.stack([roads.start[taken], roads.end[taken]], axis=1)
    return Lines(
        points, taken, road_class, width, forward, backward, roads.bridge[taken], roads.tunnel[taken], meets,
        stop_lines(roads)[ends], lit[ends], box,
    )  # fmt: skip
