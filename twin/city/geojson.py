"""GeoJSON text (RFC 7946) to and from rows: decoding is typed, and every refused feature is named."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Generic, TypeVar

import msgspec
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry
from shapely.geometry.polygon import orient

from twin.city.draft import Row
from twin.city.faults import Fault
from twin.city.layers import Layer, Properties
from twin.core.frame import LocalFrame

_Position = Annotated[list[float], msgspec.Meta(min_length=2, max_length=4)]
_LineString = Annotated[list[_Position], msgspec.Meta(min_length=2)]
_Ring = Annotated[list[_Position], msgspec.Meta(min_length=4)]
_Rings = Annotated[list[_Ring], msgspec.Meta(min_length=1)]
_DECIMALS = 7  # of a degree: about a centimetre


class Point(msgspec.Struct, frozen=True, tag=True):
    coordinates: _Position


class LineString(msgspec.Struct, frozen=True, tag=True):
    coordinates: _LineString


class Polygon(msgspec.Struct, frozen=True, tag=True):
    coordinates: _Rings


class MultiPolygon(msgspec.Struct, frozen=True, tag=True):
    coordinates: Annotated[list[_Rings], msgspec.Meta(min_length=1)]


_Geometry = Point | LineString | Polygon | MultiPolygon
P = TypeVar("P", bound=Properties)


class Feature(msgspec.Struct, Generic[P], frozen=True, tag=True):
    id: str | int
    geometry: _Geometry
    properties: P


class _Collection(msgspec.Struct, Generic[P], frozen=True, tag="FeatureCollection"):
    features: list[Feature[P]]


class _Loose(msgspec.Struct, frozen=True, tag="FeatureCollection"):
    features: list[msgspec.Raw]


class _Identity(msgspec.Struct, frozen=True):
    id: str | int | None = None


def decode(data: bytes, layer: Layer, frame: LocalFrame) -> tuple[list[Row[Properties]], list[Fault]]:
    """A file's rows in local metres, and what was wrong with the features left out."""
    faults: list[Fault] = []
    try:
        features: list[Feature[Properties]] = msgspec.json.decode(data, type=_Collection[layer.properties]).features  # type: ignore[name-defined]
    except msgspec.DecodeError:
        features, faults = _one_by_one(data, layer)
    usable = []
    for feature in features:
        problem = _geometry_fault(feature.geometry, layer)
        if problem:
            faults.append(Fault(layer.name, str(feature.id), *problem))
        else:
            usable.append(feature)
    shapes = _shapes([feature.geometry for feature in usable], frame)
    return [Row(str(f.id), shape, f.properties) for f, shape in zip(usable, shapes, strict=True)], faults


def _one_by_one(data: bytes, layer: Layer) -> tuple[list[Feature[Properties]], list[Fault]]:
    try:
        raw = msgspec.json.decode(data, type=_Loose).features
    except msgspec.DecodeError as fault:
        return [], [Fault(layer.name, "", str(fault), "save the layer as a GeoJSON FeatureCollection")]
    features, faults = [], []
    decoder = msgspec.json.Decoder(Feature[layer.properties])  # type: ignore[name-defined]
    for number, text in enumerate(raw):
        try:
            features.append(decoder.decode(text))
        except msgspec.DecodeError as fault:
            faults.append(Fault(layer.name, _identity(text, number), str(fault), "see docs/city-model.md for the key"))
    return features, faults


def _identity(text: msgspec.Raw, number: int) -> str:
    try:
        identity = msgspec.json.decode(text, type=_Identity).id
    except msgspec.DecodeError:
        identity = None
    return f"#{number}" if identity is None else str(identity)


def _geometry_fault(geometry: _Geometry, layer: Layer) -> tuple[str, str] | None:
    kind = type(geometry).__name__
    if kind not in layer.geometry:
        return f"geometry is a {kind}", f"draw it as {' or '.join(layer.geometry)}"
    for line in _lines(geometry):
        for position in line:
            if not (-180.0 <= position[0] <= 180.0 and -90.0 <= position[1] <= 90.0):
                return f"position {position[:2]} is no longitude and latitude", "save the layer in WGS 84 (EPSG:4326)"
    if isinstance(geometry, Polygon | MultiPolygon):
        for ring in _lines(geometry):
            if ring[0][:2] != ring[-1][:2]:
                return "a ring is not closed", "repeat its first position at its end"
    return None


def _lines(geometry: _Geometry) -> Iterable[list[list[float]]]:
    if isinstance(geometry, Point):
        return ([geometry.coordinates],)
    if isinstance(geometry, LineString):
        return (geometry.coordinates,)
    if isinstance(geometry, Polygon):
        return geometry.coordinates
    return (ring for rings in geometry.coordinates for ring in rings)


def _shapes(geometries: list[_Geometry], frame: LocalFrame) -> list[BaseGeometry]:
    """Shapely geometries in metres; all coordinates are converted in one array."""
    flat = [position[:2] for geometry in geometries for line in _lines(geometry) for position in line]
    degrees = np.array(flat, dtype=np.float64).reshape(-1, 2)
    metres = np.column_stack(frame.to_xy(degrees[:, 0], degrees[:, 1]))
    at, shapes = 0, []
    for geometry in geometries:
        parts = []
        for line in _lines(geometry):
            parts.append(metres[at : at + len(line)])
            at += len(line)
        shapes.append(_shape(geometry, parts))
    return shapes


def _shape(geometry: _Geometry, parts: list[NDArray[np.float64]]) -> BaseGeometry:
    if isinstance(geometry, Point):
        return shapely.Point(parts[0][0])
    if isinstance(geometry, LineString):
        return shapely.LineString(parts[0])
    if isinstance(geometry, Polygon):
        return shapely.Polygon(parts[0], parts[1:])
    polygons, at = [], 0
    for rings in geometry.coordinates:
        polygons.append(shapely.Polygon(parts[at], parts[at + 1 : at + len(rings)]))
        at += len(rings)
    return shapely.MultiPolygon(polygons)


def encode(layer: Layer, rows: Iterable[Row[Properties]], frame: LocalFrame) -> bytes:
    """One feature a line, coordinates rounded to 1e-7 degrees, defaults left out; outer rings anticlockwise."""
    lines = [msgspec.json.encode(_feature(row, frame)) for row in rows]
    head = f'{{"type":"FeatureCollection","name":"{layer.name}","features":[\n'.encode()
    return head + b",\n".join(lines) + b"\n]}\n"


def _feature(row: Row[Properties], frame: LocalFrame) -> dict[str, Any]:
    geometry = _mapping(row.shape, frame)
    return {"type": "Feature", "id": row.id, "properties": row.properties, "geometry": geometry}


def _mapping(shape: BaseGeometry, frame: LocalFrame) -> dict[str, Any]:
    def degrees(line: BaseGeometry) -> list[list[float]]:
        metres = shapely.get_coordinates(line)
        lonlat = np.column_stack(frame.to_lonlat(metres[:, 0], metres[:, 1]))
        rounded: list[list[float]] = np.round(lonlat, _DECIMALS).tolist()
        return rounded

    def rings(polygon: BaseGeometry) -> list[list[list[float]]]:
        polygon = orient(polygon)
        return [degrees(polygon.exterior), *(degrees(hole) for hole in polygon.interiors)]

    kind = shape.geom_type
    if kind == "Point":
        return {"type": kind, "coordinates": degrees(shape)[0]}
    if kind == "LineString":
        return {"type": kind, "coordinates": degrees(shape)}
    if kind == "Polygon":
        return {"type": kind, "coordinates": rings(shape)}
    if kind == "MultiPolygon":
        return {"type": kind, "coordinates": [rings(part) for part in shape.geoms]}
    raise ValueError(f"a {kind} has no place in a city's layers")
