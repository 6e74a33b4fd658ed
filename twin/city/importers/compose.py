"""From a map as it was read to the bare city: streets, ground, buildings, places, zones, lights where mapped."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely

from twin.city import layers
from twin.city.draft import Draft
from twin.city.importers import osm_tags
from twin.city.importers.extent import Box, ImportingError, box_m, dense_box, frame_of
from twin.city.importers.extract import Extract
from twin.city.importers.ground import lay_areas, lay_buildings, sea, settled, to_metres, unbroken
from twin.city.importers.network import Way
from twin.city.importers.parts import Quarter, administer
from twin.city.importers.places import Found, lay_places
from twin.city.importers.streets import lay_streets, lit_nodes
from twin.city.model import Floats
from twin.city.seeding import lay_lights
from twin.core.frame import LocalFrame
from twin.core.text import Name

_QUARTER_KINDS = ("suburb", "quarter", "neighbourhood")
_TOWN_KINDS = ("city", "town", "municipality", "village", "hamlet")


def draft_of(extract: Extract, title: str) -> Draft:
    """The bare city of an extract, with lights where they are mapped; ``title`` names it where the map does not."""
    streets = [(way, road) for way in extract.ways if (road := osm_tags.road_of(way.tags)) is not None]
    box_deg = _dense_box(extract, [way.lonlat for way, _ in streets])
    frame = frame_of(box_deg)
    box = box_m(box_deg, frame)
    ways = []
    for way, road in streets:
        xy = np.column_stack(frame.to_xy(way.lonlat[:, 0], way.lonlat[:, 1]))
        step = -1 if osm_tags.is_reversed(way.tags) else 1
        ways.append(Way(f"w{way.id}", way.nodes[::step], xy[::step], road))
    rows, _ = lay_streets(ways, box)
    meta, zones = administer(_title(extract, title), list(_quarters(extract, frame)), box, frame, extract.origin)
    draft = Draft(meta, roads=rows, zones=zones)
    draft.areas = lay_areas(_areas(extract, frame, box), box)
    draft.buildings = settled(lay_buildings(_buildings(extract, frame), box), draft.areas)
    lay_places(draft, list(_places(extract, frame)), box)
    lights = [frame.to_xy(n.longitude, n.latitude) for n in extract.nodes if n.tags.get("highway") == "traffic_signals"]
    lit = lit_nodes(np.array(lights, dtype=np.float64).reshape(-1, 2), rows)
    if lit:
        lay_lights(draft, lit)
    return draft


def _dense_box(extract: Extract, lines: list[Floats]) -> Box:
    if not lines:
        raise ImportingError("the file holds no streets; import an extract that has highways")
    points = np.concatenate(lines)
    points = points[~np.isnan(points[:, 0])]
    return dense_box(points[:, 0], points[:, 1], extract.bounds)


def _title(extract: Extract, fallback: str) -> Name:
    towns = [node for node in extract.nodes if node.tags.get("place") in _TOWN_KINDS and "name" in node.tags]
    towns.sort(key=lambda node: (_TOWN_KINDS.index(node.tags["place"]), node.id))
    name = osm_tags.name_of(towns[0].tags) if towns else None
    return name or Name(fallback.replace("_", " ").title(), fallback)


def _quarters(extract: Extract, frame: LocalFrame) -> Iterator[Quarter]:
    nodes = [node for node in extract.nodes if node.tags.get("place") in _QUARTER_KINDS]
    kind = next((k for k in _QUARTER_KINDS if sum(n.tags["place"] == k for n in nodes) > 1), None)
    for node in sorted(nodes, key=lambda node: node.id):
        name = osm_tags.name_of(node.tags)
        if name is not None and node.tags["place"] == kind:
            x, y = frame.to_xy(node.longitude, node.latitude)
            yield Quarter(name, float(x), float(y))


def _areas(extract: Extract, frame: LocalFrame, box: Box) -> Iterator[tuple[shapely.Geometry, layers.Ground]]:
    for area in extract.areas:
        kind = osm_tags.area_of(area.tags)
        if kind is not None and osm_tags.building_of(area.tags) is None:
            name = osm_tags.name_of(area.tags)
            spec = layers.Ground(kind=kind, name_en=name.en if name else None, name_zh=name.zh if name else None)
            yield to_metres(area.shape, frame), spec
    coast = [
        to_metres(line, frame)
        for way in extract.ways
        if way.tags.get("natural") == "coastline"
        for line in unbroken(way.lonlat)
    ]
    for water in sea(coast, box):
        yield water, layers.Ground(kind="water")


def _buildings(extract: Extract, frame: LocalFrame) -> Iterator[tuple[shapely.Geometry, layers.Building]]:
    for area in extract.areas:
        spec = osm_tags.building_of(area.tags)
        if spec is not None:
            yield to_metres(area.shape, frame), spec


def _places(extract: Extract, frame: LocalFrame) -> Iterator[Found]:
    shapes = [(area.tags, area.shape) for area in extract.areas]
    shapes += [(node.tags, shapely.Point(node.longitude, node.latitude)) for node in extract.nodes]
    for tags, shape in shapes:
        kind, department = osm_tags.place_of(tags), osm_tags.depot_of(tags) or ""
        if department or kind:
            yield Found(
                "depot" if department else kind or "", to_metres(shape, frame), osm_tags.name_of(tags), department
            )
