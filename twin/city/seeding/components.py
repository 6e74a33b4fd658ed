"""Components along streets and in parks: covers, lamps, bins, hydrants, trees, benches, signals, stops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.city import layers
from twin.city.assemble import extent
from twin.city.draft import Draft, Row, is_drivable
from twin.city.model import Floats
from twin.core.chance import generator
from twin.core.words import RoadClass

LANE_M = 3.3
_CORNER_M = 12.0  # nothing stands nearer to a junction
_MOST = 12_000
"""In a city of any size; larger ones get every second, third … thing."""


@dataclass(frozen=True, slots=True)
class _Rule:
    """Things of a class every so many metres along streets between two road classes; ``beside_m`` from the kerb
    (negative: in the carriageway), on one side, or alternating. Several codes take turns."""

    codes: tuple[tuple[str, str], ...]  # (class, owner)
    every_m: float
    beside_m: float
    both_sides: bool
    classes: tuple[RoadClass, RoadClass]
    on_bridges: bool = False


_MAIN = (RoadClass.MOTORWAY, RoadClass.SECONDARY)
_SIDE = (RoadClass.TERTIARY, RoadClass.SERVICE)
_ANY = (RoadClass.MOTORWAY, RoadClass.SERVICE)
_COVERS = (
    ("01003", "urban_management"),  # storm drain
    ("01002", "urban_management"),  # sewage
    ("01001", "water"),  # water supply
    ("01007", "operations_centre"),  # telecom
    ("01005", "operations_centre"),  # power
    ("01011", "operations_centre"),  # gas
)
_RULES = (
    _Rule((("01037", "urban_management"),), 36.0, 1.2, True, _MAIN, on_bridges=True),
    _Rule((("01037", "urban_management"),), 42.0, 1.0, False, _SIDE),
    _Rule(_COVERS, 52.0, -1.7, False, _ANY),
    _Rule((("01004", "urban_management"),), 95.0, -0.3, True, _MAIN),
    _Rule((("03005", "sanitation"),), 110.0, 2.2, True, (RoadClass.PRIMARY, RoadClass.TERTIARY)),
    _Rule((("03005", "sanitation"),), 150.0, 1.8, False, (RoadClass.RESIDENTIAL, RoadClass.SERVICE)),
    _Rule((("01013", "fire_rescue"),), 170.0, 1.6, False, (RoadClass.PRIMARY, RoadClass.SERVICE)),
    _Rule((("04002", "landscape"),), 27.0, 2.6, True, (RoadClass.PRIMARY, RoadClass.SECONDARY)),
    _Rule((("04002", "landscape"),), 46.0, 2.0, False, (RoadClass.TERTIARY, RoadClass.RESIDENTIAL)),
    _Rule((("02010", "police"),), 240.0, 1.5, True, _MAIN, on_bridges=True),
)
_LAMP, _POWER_BOX, _SIGNAL, _STOP = "01037", "01060", "02015", "02004"
_BENCH, _TREE = "04007", "04003"
_LAMPS_A_BOX = 48


def lay_components(draft: Draft, seed: int) -> None:
    """Lay them all; what would stand in a building, in the water or outside the extent is left out."""
    found: list[tuple[str, str, Floats]] = []
    for number, rule in enumerate(_RULES):
        found.extend(_along_streets(draft, rule, seed, number))
    found.extend(_at_lights(draft))
    found.extend(_at_stops(draft))
    found.extend(_in_parks(draft, seed))
    found.extend(_power_boxes(found))
    spots = shapely.points(np.array([xy for _, _, xy in found]).reshape(-1, 2))
    free = np.nonzero(_free(draft, spots))[0]
    thin = max(1, -(-len(free) // _MOST))
    for serial, index in enumerate(free[::thin].tolist(), start=1):
        code, owner, _ = found[index]
        draft.components.append(Row(f"c{serial:05d}", spots[index], layers.Component(code=code, owner=owner)))


def _along_streets(draft: Draft, rule: _Rule, seed: int, number: int) -> list[tuple[str, str, Floats]]:
    dice = generator(seed, "components", number)
    found, turn = [], 0
    for row in draft.roads:
        spec = row.properties
        road_class = layers.ROAD_CLASSES[spec.road_class]
        if not (rule.classes[0] <= road_class <= rule.classes[1]) or not is_drivable(spec):
            continue
        if (spec.bridge and not rule.on_bridges) or (spec.tunnel and rule.beside_m > 0):
            continue
        length = row.shape.length
        steps = np.arange(_CORNER_M + rule.every_m * float(dice.uniform(0.2, 0.6)), length - _CORNER_M, rule.every_m)
        backward = 0 if spec.oneway else spec.lanes if spec.lanes_backward is None else spec.lanes_backward
        for step in steps.tolist():
            sides = (1, -1) if rule.both_sides else ((1, -1)[turn % 2],)
            for side in sides:
                lanes = spec.lanes if side > 0 or not backward else backward
                xy = _beside(row.shape, step, side * (LANE_M * lanes * (1.0 if backward else 0.5) + rule.beside_m))
                found.append((*rule.codes[turn % len(rule.codes)], xy))
                turn += 1
    return found


def _beside(line: shapely.LineString, along_m: float, right_m: float) -> Floats:
    """A point to the right of a line (left where negative)."""
    a = np.array(line.interpolate(max(0.0, along_m - 1.0)).coords[0])
    b = np.array(line.interpolate(along_m + 1.0).coords[0])
    direction = (b - a) / max(1e-6, float(np.hypot(*(b - a))))
    spot: Floats = (a + b) / 2 + right_m * np.array([direction[1], -direction[0]])
    return spot


def _at_lights(draft: Draft) -> list[tuple[str, str, Floats]]:
    """A signal controller at every junction with lights."""
    return [(_SIGNAL, "police", np.array(row.shape.coords[0]) + np.array([11.0, 11.0])) for row in draft.intersections]


def _at_stops(draft: Draft) -> list[tuple[str, str, Floats]]:
    roads = {row.id: row for row in draft.roads}
    spots: dict[tuple[str, float], Floats] = {}
    for line in draft.bus_lines:
        for stop in line.properties.stops:
            road, _, direction = stop.edge.rpartition("/")
            row = roads[road]
            along = stop.offset_m if direction == "forward" else row.shape.length - stop.offset_m
            side = 1.0 if direction == "forward" else -1.0
            spots[stop.edge, stop.offset_m] = _beside(row.shape, along, side * (LANE_M * row.properties.lanes + 2.0))
    return [(_STOP, "urban_management", xy) for _, xy in sorted(spots.items(), key=lambda item: item[0])]


def _in_parks(draft: Draft, seed: int) -> list[tuple[str, str, Floats]]:
    """A bench every 1,800 m² and a tree every 450 m² of park and square, at random."""
    found: list[tuple[str, str, Floats]] = []
    for number, row in enumerate(draft.areas):
        if row.properties.kind not in ("park", "square") or row.shape.area > 400_000.0:
            continue
        dice = generator(seed, "parks", number)
        inner = row.shape.buffer(-3.0)
        for code, owner, each_m2 in ((_BENCH, "landscape", 1800.0), (_TREE, "landscape", 450.0)):
            if inner.is_empty or (code == _TREE and row.properties.kind == "square"):
                continue
            low_x, low_y, high_x, high_y = inner.bounds
            count = int(shapely.box(*inner.bounds).area / each_m2)
            xy = dice.uniform((low_x, low_y), (high_x, high_y), (count, 2))
            inside = shapely.contains_xy(inner, xy[:, 0], xy[:, 1])
            found.extend((code, owner, spot) for spot in xy[inside])
    return found


def _power_boxes(found: Sequence[tuple[str, str, Floats]]) -> list[tuple[str, str, Floats]]:
    """One beside every forty-eighth lamp."""
    lamps = [xy for code, _, xy in found if code == _LAMP]
    return [(_POWER_BOX, "urban_management", xy + np.array([1.4, 0.8])) for xy in lamps[::_LAMPS_A_BOX]]


def _free(draft: Draft, spots: NDArray[np.object_]) -> NDArray[np.bool_]:
    low_x, low_y, high_x, high_y = extent(draft)
    x, y = shapely.get_x(spots), shapely.get_y(spots)
    free: NDArray[np.bool_] = (x > low_x + 1) & (x < high_x - 1) & (y > low_y + 1) & (y < high_y - 1)
    buildings = [row.shape for row in draft.buildings]
    blocked, _ = shapely.STRtree(buildings).query(spots, predicate="intersects") if buildings else (np.zeros(0, int), 0)
    free[blocked] = False
    water = [row.shape for row in draft.areas if row.properties.kind == "water"]
    bridges = [row.shape.buffer(30.0) for row in draft.roads if row.properties.bridge]
    if water:
        wet, _ = shapely.STRtree(water).query(spots, predicate="intersects")
        dry = np.zeros(len(spots), np.bool_)
        if bridges:
            dry[shapely.STRtree(bridges).query(spots, predicate="intersects")[0]] = True
        free[wet] &= dry[wet]
    return free
