"""Devices that watch over people: gas detectors, care alarms, cameras of fire lanes, light monitors, river gauges."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely

from twin.city import layers
from twin.city.draft import Draft, edge_names, is_drivable
from twin.city.model import Floats
from twin.city.seeding.spread import apart
from twin.city.seeding.wanted import Wanted, spot
from twin.core.words import RoadClass

_SHOPS, _ALONG, _HOMES = 24, 14, 28
_HOME_M2 = (80.0, 1500.0)
_SIGNAL = "02015"
_VALVE_M = 6.0


def watch_over(draft: Draft) -> Iterator[Wanted]:
    yield from _gas(draft)
    yield from _care(draft)
    for row in draft.places:
        if row.properties.kind == "fire_lane":
            yield Wanted("lane_camera", spot(row), place=row.id)
        elif row.properties.kind == "river_bank":
            yield Wanted("river_level", spot(row), place=row.id)
        elif row.properties.kind == "site":
            x, y = spot(row)
            yield Wanted("air", (x, y), place=row.id)
            yield Wanted("noise", (x + 4.0, y), place=row.id)
    yield from _lights(draft)


def _gas(draft: Draft) -> Iterator[Wanted]:
    """In kitchens of shops and restaurants, and in valve pits along the mains below middling streets."""
    shops = [row for row in draft.buildings if row.properties.use == "retail"]
    xy = np.array([row.shape.representative_point().coords[0] for row in shops]).reshape(-1, 2)
    for index in apart(xy, _SHOPS):
        yield Wanted("gas", _point(xy, index))
    rows = [row for row in draft.roads if is_drivable(row.properties) and not row.properties.bridge]
    rows = [row for row in rows if not row.properties.tunnel and row.shape.length > 40.0]
    mains = [
        row
        for row in rows
        if RoadClass.SECONDARY <= layers.ROAD_CLASSES[row.properties.road_class] <= RoadClass.TERTIARY
    ] or rows
    middle = [row.shape.interpolate(0.6, normalized=True).coords[0] for row in mains]
    pits = np.array(middle).reshape(-1, 2) + np.array([_VALVE_M, _VALVE_M])
    for index in apart(pits, _ALONG):
        yield Wanted("gas", _point(pits, index), edge=edge_names(mains[index])[0])


def _care(draft: Draft) -> Iterator[Wanted]:
    """In homes of elderly people who live alone."""
    low, high = _HOME_M2
    homes = [row for row in draft.buildings if row.properties.use == "residential" and low < row.shape.area < high]
    xy = np.array([row.shape.representative_point().coords[0] for row in homes]).reshape(-1, 2)
    for index in apart(xy, _HOMES):
        yield Wanted("care_alarm", _point(xy, index))


def _lights(draft: Draft) -> Iterator[Wanted]:
    """One a controller, in its box."""
    boxes = [row for row in draft.components if row.properties.code == _SIGNAL]
    xy = np.array([row.shape.coords[0] for row in boxes]).reshape(-1, 2)
    for row in draft.intersections:
        here = np.array(row.shape.coords[0][:2])
        away = np.hypot(*(xy - here).T) if len(xy) else np.zeros(0)
        near = int(np.argmin(away)) if len(away) and float(away.min()) < 40.0 else -1
        point = boxes[near].shape if near >= 0 else shapely.Point(here + np.array([9.0, 9.0]))
        component = boxes[near].id if near >= 0 else None
        edge = next((edge for group in row.properties.groups for edge in group.edges), None)
        yield Wanted("light_monitor", (point.x, point.y), component=component, edge=edge)


def _point(xy: Floats, index: int) -> tuple[float, float]:
    return float(xy[index, 0]), float(xy[index, 1])
