"""Roads, and buildings and ground where there are any, out of one GeoJSON FeatureCollection.

Property names are those in common use (``highway``, ``class``, ``fclass``, ``maxspeed`` …); they are brought to
OpenStreetMap's, and the rest is as for an extract. Lines join where they share a vertex, to about 0.1 m.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyproj
import shapely
import shapely.geometry
from shapely.geometry.base import BaseGeometry

from twin.city.importers.compose import draft_of
from twin.city.importers.extent import ImportingError
from twin.city.importers.extract import Extract, MappedArea, MappedNode, MappedWay
from twin.city.importers.finish import Progress, finish, title_of
from twin.city.model import Floats
from twin.core.text import Text

_KEYS = {
    "highway": ("highway", "road_class", "fclass", "class", "roadclass", "type", "kind"),
    "name": ("name", "street", "streetname", "road_name", "label"),
    "name:en": ("name:en", "name_en"),
    "name:zh": ("name:zh", "name_zh", "name_cn"),
    "oneway": ("oneway", "one_way"),
    "lanes": ("lanes", "numlanes", "lane_count"),
    "lanes:backward": ("lanes:backward", "lanes_backward"),
    "maxspeed": ("maxspeed", "speed_kmh", "speed_limit", "speedlimit", "speed"),
    "bridge": ("bridge", "is_bridge"),
    "tunnel": ("tunnel", "is_tunnel"),
    "height": ("height", "height_m", "hoehe"),
    "building:levels": ("building:levels", "levels", "floors", "storeys"),
}
_ONEWAY = {"true": "yes", "1": "yes", "yes": "yes", "ft": "yes", "f": "yes", "-1": "-1", "tf": "-1", "t": "-1"}
_AREA_KEYS = ("landuse", "natural", "leisure", "amenity", "place", "shop", "waterway")
_VERTEX_DEG = 1e-6


class _Feature(msgspec.Struct):
    geometry: dict[str, Any] | None
    properties: dict[str, Any] | None = None


class _Collection(msgspec.Struct):
    features: list[_Feature]
    crs: Any = None
    attribution: str = ""
    licence: str = ""


def import_geojson(path: Path, out: Path, seed: int = 1, progress: Progress | None = None) -> None:
    """Read a FeatureCollection and write the city's folder. Raises :class:`ImportingError` for one without roads."""
    tell = progress or (lambda share, what: None)
    tell(0.0, Text("Reading the map"))
    extract = read_geojson(path)
    tell(0.3, Text("Joining streets"))
    finish(draft_of(extract, title_of(path)), out, seed, tell)


def read_geojson(path: Path) -> Extract:
    """The file as a map in degrees. Raises :class:`ImportingError` where it is no FeatureCollection."""
    try:
        file = msgspec.json.decode(path.read_bytes(), type=_Collection)
    except (OSError, msgspec.DecodeError, RecursionError) as fault:
        raise ImportingError(f"{path}: no GeoJSON FeatureCollection ({fault})") from fault
    found = Extract((file.attribution, file.licence))
    move = _projection(file.crs, path)
    for number, feature in enumerate(file.features, start=1):
        for shape in _shapes(feature, path, number):
            _take(found, f"{number}", shapely.transform(shape, move), _tags(feature.properties or {}))
    return found


def _shapes(feature: _Feature, path: Path, number: int) -> Iterator[BaseGeometry]:
    if not feature.geometry:
        return
    try:
        shape = shapely.force_2d(shapely.geometry.shape(feature.geometry))
    except (ValueError, TypeError, KeyError, AttributeError, shapely.errors.ShapelyError) as fault:
        raise ImportingError(f"{path}: feature {number} has no usable geometry ({fault})") from fault
    yield from shapely.get_parts(shape)


def _projection(crs: Any, path: Path) -> Any:
    """To longitude and latitude; only files older than RFC 7946 name another reference system."""
    name = crs.get("properties", {}).get("name", "") if isinstance(crs, dict) else ""
    if not name or "CRS84" in name or re.search(r"\b4326$", name):
        return lambda xy: xy
    try:
        transformer = pyproj.Transformer.from_crs(name, "OGC:CRS84", always_xy=True)
    except pyproj.exceptions.CRSError as fault:
        raise ImportingError(f"{path}: unknown reference system {name!r}") from fault
    return lambda xy: np.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))


def _tags(properties: dict[str, Any]) -> dict[str, str]:
    given = {key.lower(): value for key, value in properties.items() if value is not None and value != ""}
    tags = {key: _text(given[key]) for key in (*_AREA_KEYS, "building", "junction", "service") if key in given}
    for key, names in _KEYS.items():
        name = next((name for name in names if name in given), None)
        if name is not None:
            tags[key] = _text(given[name])
    for key in ("bridge", "tunnel"):
        if key in tags:
            tags[key] = "no" if tags[key].lower() in ("no", "false", "0", "f", "n") else "yes"
    if "oneway" in tags:
        tags["oneway"] = _ONEWAY.get(tags["oneway"].lower(), "no")
    return tags


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _take(found: Extract, id: str, shape: BaseGeometry, tags: dict[str, str]) -> None:
    if shape.geom_type == "LineString":
        lonlat: Floats = shapely.get_coordinates(shape)
        nodes = tuple(f"{x:.0f},{y:.0f}" for x, y in (lonlat / _VERTEX_DEG).tolist())
        road = tags | {"highway": tags.get("highway", "residential").lower()}
        found.ways.append(MappedWay(f"{id}-{len(found.ways)}", nodes, lonlat, road))
    elif shape.geom_type == "Polygon":
        ground = {key: value for key, value in tags.items() if key != "highway"}
        if not any(key in ground for key in (*_AREA_KEYS, "building")):
            ground["building"] = tags.get("highway", "yes")  # a bare footprint; "type" may say what it is for
        found.areas.append(MappedArea(id, shape, ground))
    elif shape.geom_type == "Point":
        found.nodes.append(MappedNode(id, shape.x, shape.y, tags))
