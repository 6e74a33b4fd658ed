"""CityJSON 1.1 and 2.0 (``.city.json``): footprints with heights, and surfaces, in longitude and latitude."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from twin.city.importers.extent import ImportingError
from twin.city.model import Floats

VERSIONS = ("1.1", "2.0")
_GROUND = {
    "WaterBody": "water",
    "PlantCover": "park",
    "Road": "square",
    "Railway": "industrial",
    "TransportSquare": "square",
    "LandUse": "other",
}
_BUILDINGS = ("Building", "BuildingPart")
_LEAST_HEIGHT_M = 2.0
_LEAST_FACE_M2 = 0.005
_DEPTH = {"MultiSurface": 1, "CompositeSurface": 1, "Solid": 2, "MultiSolid": 3, "CompositeSolid": 3}
"""How many lists of lists stand around a surface in ``boundaries``."""


class _Transform(msgspec.Struct):
    scale: tuple[float, float, float]
    translate: tuple[float, float, float]


class _Metadata(msgspec.Struct, rename="camel"):
    reference_system: str = ""
    title: str = ""


class _Geometry(msgspec.Struct):
    type: str
    boundaries: list[Any] = []
    lod: str = "0"
    semantics: dict[str, Any] | None = None


class _Object(msgspec.Struct):
    type: str
    attributes: dict[str, Any] | None = None
    geometry: list[_Geometry] = []
    children: list[str] = []


class _File(msgspec.Struct):
    type: str
    version: str
    CityObjects: dict[str, _Object]
    vertices: list[tuple[float, float, float]]
    transform: _Transform | None = None
    metadata: _Metadata = msgspec.field(default_factory=_Metadata)


@dataclass(frozen=True, slots=True)
class Surface:
    """An object's shape in longitude and latitude: a building with its height, or ground of a kind (height 0)."""

    id: str
    kind: str
    shape: BaseGeometry
    height_m: float
    attributes: dict[str, Any]


def read_cityjson(path: Path) -> list[Surface]:
    """All buildings and ground surfaces. Raises :class:`ImportingError` where the file, its version or its reference
    system cannot be used."""
    try:
        file = msgspec.json.decode(path.read_bytes(), type=_File)
    except (OSError, msgspec.DecodeError, RecursionError) as fault:
        raise ImportingError(f"{path}: no CityJSON ({fault})") from fault
    if file.type != "CityJSON" or not file.version.startswith(VERSIONS):
        raise ImportingError(f"{path}: CityJSON {file.version} is not read; convert it to {' or '.join(VERSIONS)}")
    move = _projection(file.metadata.reference_system, path)
    vertices = np.array(file.vertices, dtype=np.float64).reshape(-1, 3)
    if file.transform is not None:
        vertices = vertices * file.transform.scale + file.transform.translate
    xy: list[list[float]] = vertices[:, :2].tolist()
    found: list[Surface] = []
    for id, one in file.CityObjects.items():
        kind = "building" if one.type in _BUILDINGS else _GROUND.get(one.type)
        if kind is None or not one.geometry:
            continue
        shape, height = _flattened(one, vertices, xy)
        if not shape.is_empty:
            height = _measured(one, height) if kind == "building" else 0.0
            found.append(Surface(id, kind, shapely.transform(shape, move), height, one.attributes or {}))
    return found


def _projection(reference: str, path: Path) -> Callable[[Floats], Any]:
    code = re.search(r"(\d+)/?$", reference)
    if code is None:
        raise ImportingError(
            f"{path}: metadata.referenceSystem is missing; set it, e.g. https://www.opengis.net/def/crs/EPSG/0/7415"
        )
    try:
        transformer = pyproj.Transformer.from_crs(int(code[1]), "OGC:CRS84", always_xy=True)
    except pyproj.exceptions.CRSError as fault:
        raise ImportingError(f"{path}: unknown reference system {reference!r}") from fault
    return lambda xy: np.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))


def _flattened(one: _Object, vertices: Floats, xy: Sequence[Sequence[float]]) -> tuple[BaseGeometry, float]:
    """Outline from above and height, of the finest geometry: its ground surfaces where they are named, else the faces
    of a solid that look down, else all faces."""
    geometry = max(one.geometry, key=lambda geometry: geometry.lod)
    surfaces = list(_surfaces(geometry))
    used = [index for rings, _ in surfaces for ring in rings for index in ring]
    if not used or max(used) >= len(vertices) or min(used) < 0:
        return shapely.Polygon(), 0.0
    ground = [rings for rings, named in surfaces if named == "GroundSurface"]
    faces = [(_signed_m2(rings[0], xy), rings) for rings in ground or [rings for rings, _ in surfaces]]
    faces = [(area, rings) for area, rings in faces if abs(area) > _LEAST_FACE_M2]
    down = [(area, rings) for area, rings in faces if area < 0] if _DEPTH[geometry.type] > 1 else []
    flat = _polygons([rings for _, rings in down or faces], vertices)
    outline = shapely.union_all(flat) if len(flat) else shapely.Polygon()
    return outline, float(np.ptp(vertices[used, 2]))


def _polygons(faces: Sequence[list[list[int]]], vertices: Floats) -> NDArray[np.object_]:
    """Faces seen from above. Most are triangles, which are made all at once and cannot be invalid."""
    triangles = [rings[0] for rings in faces if len(rings) == 1 and len(rings[0]) == 3]
    others = [rings for rings in faces if len(rings) > 1 or len(rings[0]) != 3]
    plain = shapely.polygons(vertices[np.array(triangles, np.int64).reshape(-1, 3), :2])
    drawn = [shapely.Polygon(vertices[rings[0], :2], [vertices[ring, :2] for ring in rings[1:]]) for rings in others]
    found: NDArray[np.object_] = np.concatenate((plain, shapely.make_valid(np.array(drawn, dtype=object))))
    return found


def _signed_m2(ring: Sequence[int], xy: Sequence[Sequence[float]]) -> float:
    """The area of a ring seen from above; negative where its front looks down, 0 where it stands upright."""
    x0, y0 = xy[ring[0]]
    spots = [(xy[index][0] - x0, xy[index][1] - y0) for index in ring]
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise([*spots, spots[0]])) / 2


def _surfaces(geometry: _Geometry) -> Iterator[tuple[list[list[int]], str]]:
    """(rings of vertex indices, the surface's semantic type or "") of every surface."""
    depth = _DEPTH.get(geometry.type, 0)
    if not depth:
        return
    semantics = geometry.semantics or {}
    types = [surface.get("type", "") for surface in semantics.get("surfaces", [])]
    yield from _walk(geometry.boundaries, semantics.get("values"), depth, types)


def _walk(boundaries: list[Any], values: Any, depth: int, types: list[str]) -> Iterator[tuple[list[list[int]], str]]:
    for index, inner in enumerate(boundaries):
        value = values[index] if isinstance(values, list) and index < len(values) else None
        if depth > 1:
            yield from _walk(inner, value, depth - 1, types)
        elif isinstance(inner, list) and inner and all(isinstance(ring, list) and len(ring) > 2 for ring in inner):
            yield inner, types[value] if isinstance(value, int) and 0 <= value < len(types) else ""


def _measured(one: _Object, extent_m: float) -> float:
    """The height that is stated, else that of the geometry."""
    stated = (one.attributes or {}).get("measuredHeight")
    if isinstance(stated, int | float) and stated > 0:
        return float(stated)
    return max(extent_m, _LEAST_HEIGHT_M)
