"""Places that must be kept clear or watched: fire lanes beside large buildings, gauged banks of the river."""

from __future__ import annotations

import numpy as np
import shapely
from shapely.ops import nearest_points

from twin.city import layers
from twin.city.draft import Draft, Row, is_drivable
from twin.city.model import Floats
from twin.city.seeding.spread import apart
from twin.core.text import Name

_GUARDED = ("mall", "hospital")
_COMPOUNDS = 9
_LANE_M = (26.0, 4.0)  # long, wide
_FROM_ROAD_M = 90.0
_RIVER_M2 = 20_000.0
_BANKS, _BANK_FROM_ROAD_M, _BANK_EVERY_M = 6, 150.0, 40.0
_HOMES_M2 = 350.0


def lay_fire_lanes(draft: Draft) -> None:
    """At malls and hospitals, and beside the largest houses of residential compounds, on the side of the street."""
    roads = [row for row in draft.roads if is_drivable(row.properties)]
    tree = shapely.STRtree([row.shape for row in roads])
    for place in [row for row in draft.places if row.properties.kind in _GUARDED]:
        name = place.properties.name
        if name is not None and place.shape.geom_type == "Polygon":
            inside = [row.shape for row in draft.buildings if place.shape.intersects(row.shape)]
            if inside:
                _add(draft, roads, tree, max(inside, key=lambda shape: (shape.area, shape.wkt)), name)
    homes = [row for row in draft.buildings if row.properties.use == "residential" and row.shape.area > _HOMES_M2]
    homes = homes or [row for row in draft.buildings if row.properties.use == "residential"]
    xy = np.array([row.shape.centroid.coords[0] for row in homes]).reshape(-1, 2)
    for index in apart(xy, _COMPOUNDS):
        near = roads[int(tree.nearest(homes[index].shape))].properties.name or Name("Residential", "住宅")
        _add(draft, roads, tree, homes[index].shape, Name(f"{near.en} Compound", f"{near.zh}小区"))


def _add(
    draft: Draft, roads: list[Row[layers.Road]], tree: shapely.STRtree, house: shapely.Geometry, name: Name
) -> None:
    """A strip along the house, between it and the nearest street."""
    road = roads[int(tree.nearest(house))].shape
    here, there = nearest_points(house, road)
    gap = here.distance(there)
    if gap > _FROM_ROAD_M or gap < 0.1:
        return
    along = road.project(there)
    a, b = (np.array(road.interpolate(at).coords[0]) for at in (max(0.0, along - 2.0), along + 2.0))
    way = (b - a) / max(float(np.hypot(*(b - a))), 1e-6)
    middle = np.array(here.coords[0]) + (np.array(there.coords[0]) - np.array(here.coords[0])) * min(0.5, 4.0 / gap)
    half = way * _LANE_M[0] / 2
    strip = shapely.LineString([middle - half, middle + half]).buffer(_LANE_M[1] / 2, cap_style="flat")
    number = 1 + sum(row.properties.kind == "fire_lane" for row in draft.places)
    spec = layers.Spot(kind="fire_lane", name_en=f"{name.en} fire lane", name_zh=f"{name.zh}消防车通道")
    draft.places.append(Row(f"fire-lane-{number}", strip, spec))


def lay_river_banks(draft: Draft) -> None:
    """Points of the bank that a street comes near to, first beside the bridges; none where there is no river."""
    rivers = [row for row in draft.areas if row.properties.kind == "water" and row.shape.area > _RIVER_M2]
    if not rivers:
        return
    river = max(rivers, key=lambda row: (row.shape.area, row.id))
    xy = _bank(draft, river.shape)
    if not len(xy):
        return
    name = river.properties.name or Name("River", "河")
    bridges = [row for row in draft.places if row.properties.kind == "bridge"]
    spots = np.array([row.shape.centroid.coords[0] for row in bridges]).reshape(-1, 2)
    reach = np.array([np.min(np.hypot(*(spots - at).T)) < 2 * _BANK_FROM_ROAD_M for at in xy]) if len(spots) else None
    near = xy[reach] if reach is not None and reach.sum() >= _BANKS else xy
    for number, index in enumerate(apart(near, _BANKS), start=1):
        spec = layers.Spot(kind="river_bank", name_en=f"{name.en} gauge {number}", name_zh=f"{name.zh}{number}号水位站")
        draft.places.append(Row(f"river-bank-{number}", shapely.Point(near[index]), spec))


def _bank(draft: Draft, water: shapely.Geometry) -> Floats:
    """(N, 2) points a few metres from the water, near streets and inside the extent of the roads."""
    streets = shapely.STRtree([row.shape for row in draft.roads])
    low_x, low_y, high_x, high_y = shapely.total_bounds([row.shape for row in draft.roads]).tolist()
    line = water.buffer(3.0).boundary
    lines = shapely.get_parts(line) if line.geom_type != "LineString" else [line]
    found = []
    for part in lines:
        for at in np.arange(0.0, part.length, _BANK_EVERY_M).tolist():
            point = part.interpolate(at)
            inside = low_x < point.x < high_x and low_y < point.y < high_y
            if inside and len(streets.query(point, predicate="dwithin", distance=_BANK_FROM_ROAD_M)):
                found.append((point.x, point.y))
    return np.array(found).reshape(-1, 2)
