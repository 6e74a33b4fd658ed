"""An OpenStreetMap extract (``.osm``, ``.osm.pbf``) read into plain rows, nothing interpreted yet."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import osmium
import osmium.filter
import shapely.wkb

from twin.city.importers.extent import Box, ImportingError
from twin.city.importers.extract import Extract, MappedArea, MappedNode, MappedWay

ORIGIN = ("© OpenStreetMap contributors, ODbL", "ODbL-1.0")
_WAY_KEYS = ("highway", "building", "natural", "waterway", "railway")
_NODE_KEYS = ("highway", "amenity", "shop", "leisure", "place", "railway", "emergency", "public_transport")
_AREA_KEYS = ("building", "amenity", "shop", "leisure", "landuse", "natural", "waterway", "place", "highway", "railway")


def read_extract(path: Path, tell: Callable[[float], None]) -> Extract:
    """Read a file; ``tell`` hears the share done. Raises :class:`ImportingError` for one that is no extract."""
    found = Extract(ORIGIN)
    factory = osmium.geom.WKBFactory()
    try:
        found.bounds = _bounds(path)
        processor = osmium.FileProcessor(str(path)).with_locations()
        processor.with_areas(osmium.filter.KeyFilter(*_AREA_KEYS)).with_filter(
            osmium.filter.KeyFilter(*dict.fromkeys(_WAY_KEYS + _NODE_KEYS + _AREA_KEYS))
        )
        for number, entity in enumerate(processor):
            if number % 5000 == 0:
                tell(1.0 - math.exp(-number / 200_000))  # the count is not known beforehand
            _take(found, entity, factory)
    except (RuntimeError, OSError) as fault:
        raise ImportingError(f"{path}: {fault}") from fault
    tell(1.0)
    return found


def _bounds(path: Path) -> Box | None:
    with osmium.io.Reader(str(path)) as reader:
        box = reader.header().box()
    if not box.valid():
        return None
    low, high = box.bottom_left, box.top_right
    return low.lon, low.lat, high.lon, high.lat


def _take(
    found: Extract,
    entity: object,
    factory: osmium.geom.WKBFactory,
) -> None:
    if isinstance(entity, osmium.osm.Node):
        if entity.location.valid():
            found.nodes.append(MappedNode(str(entity.id), entity.location.lon, entity.location.lat, dict(entity.tags)))
    elif isinstance(entity, osmium.osm.Way):
        tags = dict(entity.tags)
        if any(key in tags for key in ("highway", "natural", "railway")):
            spots = [(n.lon, n.lat) if n.location.valid() else (math.nan, math.nan) for n in entity.nodes]
            if len(spots) > 1:
                lonlat = np.array(spots, dtype=np.float64)
                found.ways.append(MappedWay(str(entity.id), tuple(n.ref for n in entity.nodes), lonlat, tags))
    elif isinstance(entity, osmium.osm.Area):
        try:
            shape = shapely.wkb.loads(factory.create_multipolygon(entity), hex=True)
        except RuntimeError:
            return  # an outline that is not closed within the extract
        kind = "w" if entity.from_way() else "r"
        found.areas.append(MappedArea(f"{kind}{entity.orig_id()}", shape, dict(entity.tags)))
