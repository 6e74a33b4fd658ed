"""Shapes of an imported city made fit for its layers: valid, inside the border, of one part where a layer wants one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import msgspec
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from twin.city import layers
from twin.city.draft import Row
from twin.city.importers.extent import Box
from twin.city.model import Floats
from twin.core.chance import fraction
from twin.core.frame import LocalFrame

_LEAST_BUILDING_M2 = 12.0
_LEAST_AREA_M2 = 40.0
_SIMPLER_M = 0.15
_GRID_M = 0.1
_PROBE_M = 0.5
_BREAK_M = 80.0
_GARAGE_M2 = 40.0
_LIVED_IN = 0.4
_USE_ON = {"business": "office", "industrial": "industrial", "campus": "school", "residential": "residential"}


def to_metres(shape: BaseGeometry, frame: LocalFrame) -> BaseGeometry:
    """A shape in longitude and latitude, in local metres."""

    def move(degrees: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> object:
        return np.column_stack(frame.to_xy(degrees[:, 0], degrees[:, 1]))

    moved: BaseGeometry = shapely.transform(shape, move)
    return moved


def polygons(shape: BaseGeometry) -> Iterator[shapely.Polygon]:
    """The polygons of a shape, made valid."""
    whole = shape if shape.is_valid else shapely.make_valid(shape)
    for part in shapely.get_parts(whole, return_index=False):
        if part.geom_type == "Polygon":
            yield part
        elif part.geom_type in ("MultiPolygon", "GeometryCollection"):
            yield from polygons(part)


def _snapped(shape: BaseGeometry) -> Iterator[shapely.Polygon]:
    """Simplified polygons whose corners lie so far apart that rounding on file leaves them valid."""
    slim = shape.simplify(_SIMPLER_M)
    yield from polygons(shapely.set_precision(slim if slim.is_valid else shape, _GRID_M))


def lay_buildings(found: Iterable[tuple[BaseGeometry, layers.Building]], box: Box) -> list[Row[layers.Building]]:
    """One row a footprint that stands inside the border; each part of a multipolygon is a building."""
    area = shapely.box(*box)
    rows: list[Row[layers.Building]] = []
    for shape, spec in found:
        for whole in polygons(shape):
            for part in _snapped(whole):
                if part.area >= _LEAST_BUILDING_M2 and area.contains(part.representative_point()):
                    rows.append(Row(f"b{len(rows) + 1:05d}", part, spec))
    return rows


def settled(rows: Sequence[Row[layers.Building]], areas: Sequence[Row[layers.Ground]]) -> list[Row[layers.Building]]:
    """Buildings of which the map says nothing take their use from the ground they stand on. In business quarters some
    are lived in; small ones are garages."""
    known = [row for row in areas if row.properties.kind in _USE_ON]
    tree = shapely.STRtree([row.shape for row in known])
    found: list[Row[layers.Building]] = []
    for row in rows:
        use = row.properties.use
        if use == "other":
            below = tree.query(row.shape.representative_point(), predicate="intersects").tolist()
            use = _USE_ON[known[min(below)].properties.kind] if below else "residential"
            if use == "office" and fraction(0, "lived in", row.id) < _LIVED_IN:
                use = "residential"
            if row.shape.area < _GARAGE_M2:
                use = "garage"
        found.append(Row(row.id, row.shape, msgspec.structs.replace(row.properties, use=use)))
    return found


def lay_areas(found: Iterable[tuple[BaseGeometry, layers.Ground]], box: Box) -> list[Row[layers.Ground]]:
    """Ground clipped at the border, one row a polygon."""
    area = shapely.box(*box)
    rows: list[Row[layers.Ground]] = []
    for shape, spec in found:
        for whole in polygons(shape):
            for piece in _snapped(shapely.intersection(whole, area)):
                if piece.area >= _LEAST_AREA_M2:
                    rows.append(Row(f"a{len(rows) + 1:04d}", piece, spec))
    return rows


def unbroken(points: Floats) -> list[shapely.LineString]:
    """The runs of a line between its missing (NaN) points."""
    missing = np.isnan(points[:, 0])
    runs = np.split(points, np.nonzero(missing)[0])
    known = [run[~np.isnan(run[:, 0])] for run in runs]
    return [shapely.LineString(run) for run in known if len(run) > 1]


def sea(coast: Sequence[BaseGeometry], box: Box) -> list[shapely.Polygon]:
    """The water side of coastlines, which have it on their right. An end that lies just within the border, where the
    extract breaks off, is drawn to it."""
    area = shapely.box(*box)
    lines = [_to_border(part, area) for line in coast for part in shapely.get_parts(shapely.intersection(line, area))]
    inside = [line for line in lines if line.geom_type == "LineString" and line.length > 0.0]
    if not inside:
        return []
    noded = shapely.unary_union([*inside, area.boundary])
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    return [face for face in faces if sum(_side(face, line) for line in inside) > 0]


def _to_border(line: BaseGeometry, area: shapely.Polygon) -> BaseGeometry:
    if line.geom_type != "LineString" or line.is_closed:
        return line
    coords = [np.asarray(point[:2]) for point in line.coords]
    for end in (0, -1):
        border = shapely.shortest_line(shapely.Point(coords[end]), area.boundary)
        if 0.0 < border.length < _BREAK_M:
            over = np.asarray(border.coords[1]) - coords[end]  # a little farther, so that rounding leaves no gap
            coords.insert(0 if end == 0 else len(coords), coords[end] + over * (1 + 0.1 / border.length))
    return shapely.LineString(coords)


def _side(face: shapely.Polygon, line: BaseGeometry) -> int:
    """How many of a coastline's segments have the face on their right, less those that have it on their left."""
    votes = 0
    for part in shapely.get_parts(line):
        coords = shapely.get_coordinates(part)
        for a, b in pairwise(coords):
            length = float(np.hypot(*(b - a)))
            if length < 2 * _PROBE_M:
                continue
            right = np.array([b[1] - a[1], a[0] - b[0]]) / length * _PROBE_M
            middle = (a + b) / 2
            votes += int(face.contains(shapely.Point(middle + right)))
            votes -= int(face.contains(shapely.Point(middle - right)))
    return votes
