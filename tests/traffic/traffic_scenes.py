"""Small scenes and what must always hold in them, for the tests of the traffic."""

from __future__ import annotations

import itertools

import msgspec
import numpy as np
import shapely

from services.app.bench_traffic import NOON_MS, SETTINGS, grid_city, populated
from twin.city.model import City
from twin.core.words import StationType
from twin.field.traffic import Traffic
from twin.field.traffic_settings import TrafficSettings, load_traffic

STEP_S = 0.2


def settings(vehicles: int) -> TrafficSettings:
    return populated(load_traffic(SETTINGS), vehicles)


def busy(vehicles: int = 120, side: int = 5, seed: int = 3, city: City | None = None) -> Traffic:
    return Traffic(city or grid_city(side, side, minor_every=3), seed, settings(vehicles), NOON_MS)


def empty(city: City, seed: int = 3) -> Traffic:
    """No traffic but what the test puts there."""
    return Traffic(city, seed, settings(0), NOON_MS)


def edge_between(city: City, a: int, b: int) -> int:
    """The edge from node a to node b."""
    return int(np.flatnonzero((city.roads.start == a) & (city.roads.end == b))[0])


def car(traffic: Traffic, start: int, end: int, offset_m: float, **more: object) -> int:
    return traffic.spawn(StationType.CAR, start, end, start_offset_m=offset_m, **more)  # type: ignore[arg-type]


def run(traffic: Traffic, seconds: float, step_s: float = STEP_S) -> None:
    for _ in range(round(seconds / step_s)):
        traffic.step(step_s)


def nearest_gap(traffic: Traffic) -> float:
    """The smallest gap, bumper to bumper, between followers in a lane, from the public columns and the lanes."""
    columns = traffic._network.fleet.columns
    order = traffic._network.fleet.order
    keys = sorted(
        (int(columns.lane[r]), float(columns.offset_m[r]), float(columns.length_m[r])) for r in order
    )  # fmt: skip
    gaps = [b[1] - b[2] - a[1] for a, b in itertools.pairwise(keys) if a[0] == b[0]]
    return min(gaps, default=np.inf)


def bodies(traffic: Traffic, share: float = 0.8) -> list[shapely.Polygon]:
    """The vehicles' outlines, ``share`` of their true size, those in a lane."""
    columns, rows = traffic._network.fleet.columns, traffic._network.fleet.order
    heading = np.radians(traffic.heading_deg[rows])
    ahead = np.column_stack([np.sin(heading), np.cos(heading)])
    side = np.column_stack([ahead[:, 1], -ahead[:, 0]])
    length, width = columns.length_m[rows, None], columns.width_m[rows, None]
    middle = np.column_stack([traffic.x_m[rows], traffic.y_m[rows]]) - ahead * length / 2
    corners = [
        middle + ahead * length / 2 * share * a + side * width / 2 * share * b
        for a, b in ((1, 1), (1, -1), (-1, -1), (-1, 1))
    ]
    return [shapely.Polygon(points) for points in np.stack(corners, axis=1)]


def touching(traffic: Traffic, share: float = 0.8) -> int:
    """Pairs of vehicles whose outlines overlap."""
    outlines = np.array(bodies(traffic, share), np.object_)
    first, second = shapely.STRtree(outlines).query(outlines, predicate="intersects")
    return int((first < second).sum())


def without_lights(side: int) -> City:
    return grid_city(side, side, lanes=1, lit=False)


def changed(base: TrafficSettings, part: str, **values: object) -> TrafficSettings:
    return msgspec.structs.replace(base, **{part: msgspec.structs.replace(getattr(base, part), **values)})
