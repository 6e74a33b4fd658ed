"""The main streets: ring, avenues along the river, embankments, streets across it on bridges, one diagonal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from twin.city.generate.terrain import HALF_X_M, HALF_Y_M, Terrain, extent_box
from twin.core.chance import generator

RING_U_M = 1560.0
RING_V_M = 1110.0
RAIL_V_M = 800.0
"""The railway runs here on the side that is not the old town's."""
RAIL_HALF_M = 13.0
FRONTAGE_M = 68.0
"""From the railway to the streets beside it."""


@dataclass(frozen=True, slots=True)
class Street:
    """A centreline before it is cut at junctions. ``key`` tells streets apart; ``road_class`` as in the layer."""

    key: str
    road_class: str
    line: BaseGeometry
    crosses: str = ""  # how it passes the railway: "under", "over" or, empty, not at all


@dataclass(frozen=True, slots=True)
class Plan:
    """The skeleton of a city. ``crossings`` are the u of the streets that cross the river, west to east."""

    streets: tuple[Street, ...]
    railway: BaseGeometry  # a line
    crossings: tuple[float, ...]
    avenue_v: float


def make_plan(terrain: Terrain, seed: int) -> Plan:
    """The same seed gives the same skeleton."""
    dice = generator(seed, "arterials")
    crossings = tuple(base + float(dice.uniform(-50, 50)) for base in (-940.0, -360.0, 300.0, 930.0))
    avenue = float(dice.uniform(500.0, 560.0))
    far = HALF_X_M + 300.0
    rail_side = -terrain.mirror
    streets = [Street("ring", "trunk", _ring(terrain))]
    for side in (1, -1):
        streets.append(Street(f"bank{side}", "secondary", terrain.curve(terrain.bank(side))))
        streets.append(Street(f"avenue{side}", "primary", terrain.curve([(-far, side * avenue), (far, side * avenue)])))
    passes = ("under", "over", "under", "under")
    for number, (u, way) in enumerate(zip(crossings, passes, strict=True)):
        top = HALF_Y_M + 300.0
        line = terrain.curve([(u, -top), (u, top)])
        streets.append(Street(f"cross{number}", "primary" if number != 1 else "secondary", line, way))
    for shift in (-FRONTAGE_M, FRONTAGE_M):
        line = terrain.curve(_along_rail(rail_side, shift))
        streets.append(Street(f"frontage{shift:+.0f}", "tertiary", line))
    for number, (u, v) in enumerate(((-1, 1), (1, 1), (1, -1), (-1, -1))):
        inside, outside = (u * RING_U_M * 0.84, v * RING_V_M * 0.84), (u * (HALF_X_M + 100.0), v * (HALF_Y_M + 40.0))
        streets.append(Street(f"gate{number}", "secondary", terrain.curve([inside, outside])))
    streets.append(_diagonal(terrain, crossings, avenue))
    box = extent_box()
    railway = terrain.curve(_along_rail(rail_side, 0.0)).intersection(box)
    clipped = [_clip(street, box) for street in streets]
    return Plan(tuple(clipped), railway, crossings, avenue)


def _along_rail(side: int, shift: float) -> list[tuple[float, float]]:
    far = HALF_X_M + 300.0
    return [(-far, side * RAIL_V_M + shift), (far, side * (RAIL_V_M + 40.0) + shift)]


def _clip(street: Street, box: BaseGeometry) -> Street:
    line = street.line.intersection(box)
    if line.geom_type != "LineString":
        line = max(line.geoms, key=lambda part: part.length)
    return Street(street.key, street.road_class, line, street.crosses)


def _ring(terrain: Terrain) -> BaseGeometry:
    """A rounded rectangle in river coordinates; it bridges the river twice."""
    angle = np.linspace(0.0, 2 * np.pi, 240, endpoint=False) + 0.3
    power = 0.42
    u = RING_U_M * np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** power
    v = RING_V_M * np.sign(np.sin(angle)) * np.abs(np.sin(angle)) ** power
    xy = terrain.to_xy(u, v)
    return shapely.LineString(np.concatenate([xy, xy[:1]]))


def _diagonal(terrain: Terrain, crossings: tuple[float, ...], avenue: float) -> Street:
    """A boulevard from the avenue beside the old town to the ring's corner."""
    side = terrain.mirror
    a = (crossings[1], side * avenue)
    b = (crossings[0] - 420.0, side * RING_V_M)
    return Street("diagonal", "secondary", terrain.curve([a, b]))
