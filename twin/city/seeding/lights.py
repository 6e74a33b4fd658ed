"""Traffic lights where greater streets meet, with fixed-time plans of two to four phases."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import shapely

from twin.city import layers
from twin.city.draft import Draft, Row, edge_names, ends, is_drivable
from twin.core.words import RoadClass

_APART_M = 75.0
_NODES_A_LIGHT = 40
"""A city with fewer lights than one for so many junctions gets lights on lesser streets too."""
_WAVE_MPS = 13.0  # green waves run at this speed
_AMBER_S, _ALL_RED_S = 3.0, 2.0
_SAME_AXIS_DEG = 35.0


@dataclass(frozen=True, slots=True)
class _Leg:
    """One road at a node: its incoming edge (empty where a one-way leads away), direction away from the node."""

    edge: str
    road_class: RoadClass
    bearing_deg: float


def lay_lights(draft: Draft, nodes: Iterable[str] | None = None) -> None:
    """Put lights on the given nodes, or on those that the rule chooses: three legs secondary or better, or two primary
    or better and a third at least tertiary; no nearer to a greater junction with lights than 75 m."""
    legs, spots = _legs(draft)
    if nodes is None:
        wanted = _by_rule(legs, spots)
    else:
        wanted = [node for node in dict.fromkeys(nodes) if len([leg for leg in legs.get(node, []) if leg.edge]) >= 2]
    for number, node in enumerate(sorted(wanted), start=1):
        groups, phases = _plan(legs[node])
        cycle = sum(phase.green_s + phase.amber_s + phase.all_red_s for phase in phases)
        x, y = spots[node]
        crossing = layers.Crossing(
            number=number,
            node=node,
            groups=groups,
            phases=phases,
            offset_s=round(((x + 0.6 * y) / _WAVE_MPS) % cycle, 1),
        )
        draft.intersections.append(Row(f"x{number:03d}", shapely.Point(x, y), crossing))


def _legs(draft: Draft) -> tuple[dict[str, list[_Leg]], dict[str, tuple[float, float]]]:
    legs: dict[str, list[_Leg]] = {}
    spots: dict[str, tuple[float, float]] = {}
    for row in draft.roads:
        if not is_drivable(row.properties):
            continue
        coords = list(row.shape.coords)
        road_class = layers.ROAD_CLASSES[row.properties.road_class]
        both = len(edge_names(row)) == 2
        first, last = ends(row)
        for node, a, b, edge in (
            (first, coords[0], coords[1], f"{row.id}/backward" if both else ""),
            (last, coords[-1], coords[-2], f"{row.id}/forward"),
        ):
            bearing = float(np.degrees(np.arctan2(b[0] - a[0], b[1] - a[1]))) % 360.0
            legs.setdefault(node, []).append(_Leg(edge, road_class, bearing))
            spots.setdefault(node, (a[0], a[1]))
    return legs, spots


def _by_rule(legs: dict[str, list[_Leg]], spots: dict[str, tuple[float, float]]) -> list[str]:
    """The rule of :func:`lay_lights`, a class lower, and lower again, where a city has few greater streets."""
    least = max(1, len([node for node, mine in legs.items() if len(mine) >= 3]) // _NODES_A_LIGHT)
    for lower in range(4):
        chosen = _apart(_busy(legs, lower), legs, spots)
        if len(chosen) >= least:
            break
    return chosen


def _busy(legs: dict[str, list[_Leg]], lower: int) -> list[str]:
    busy = []
    for node, mine in legs.items():
        great, main, good = (
            sum(int(leg.road_class) <= int(limit) + lower for leg in mine)
            for limit in (RoadClass.SECONDARY, RoadClass.PRIMARY, RoadClass.TERTIARY)
        )
        arriving = sum(bool(leg.edge) for leg in mine)
        if len(mine) >= 3 and arriving >= 2 and (great >= 3 or (good >= 3 and main >= 2)):
            busy.append(node)
    return busy


def _apart(nodes: list[str], legs: dict[str, list[_Leg]], spots: dict[str, tuple[float, float]]) -> list[str]:
    """The greatest first; none too near one that is chosen."""

    def rank(node: str) -> tuple[int, str]:
        return sum(int(leg.road_class) for leg in legs[node]) - 6 * len(legs[node]), node

    chosen: list[str] = []
    for node in sorted(nodes, key=rank):
        x, y = spots[node]
        if all(np.hypot(spots[other][0] - x, spots[other][1] - y) >= _APART_M for other in chosen):
            chosen.append(node)
    return chosen


def _plan(legs: list[_Leg]) -> tuple[tuple[layers.Group, ...], tuple[layers.Phase, ...]]:
    """Opposite legs share a group. The side street of a great crossing gets one phase for each of its two legs."""
    axes = _axes([leg for leg in legs if leg.edge])
    axes.sort(key=lambda axis: (min(leg.road_class for leg in axis), -len(axis), axis[0].edge))
    great = all(leg.road_class <= RoadClass.PRIMARY for axis in axes for leg in axis)
    parts: list[list[_Leg]] = []
    for rank, axis in enumerate(axes):
        split = great and rank > 0 and len(axis) == 2 and len(axes) == 2
        parts.extend([[leg] for leg in axis] if split else [axis])
    while len(parts) > 4:
        parts[-2:] = [parts[-2] + parts[-1]]
    groups = tuple(
        layers.Group(number, tuple(sorted(leg.edge for leg in part))) for number, part in enumerate(parts, start=1)
    )
    phases = tuple(
        layers.Phase((number,), _green_s(part, number == 1, len(parts)), _AMBER_S, _ALL_RED_S)
        for number, part in enumerate(parts, start=1)
    )
    return groups, phases


def _axes(legs: list[_Leg]) -> list[list[_Leg]]:
    """Pairs of legs that face each other, straightest first; what is left stands alone."""
    pairs = sorted(
        (abs((a.bearing_deg - b.bearing_deg) % 360.0 - 180.0), a.edge, b.edge, i, j)
        for i, a in enumerate(legs)
        for j, b in enumerate(legs)
        if i < j
    )
    free, axes = set(range(len(legs))), []
    for bend, _, _, i, j in pairs:
        if bend <= _SAME_AXIS_DEG and i in free and j in free:
            free -= {i, j}
            axes.append([legs[i], legs[j]])
    return axes + [[legs[i]] for i in sorted(free)]


def _green_s(part: list[_Leg], main: bool, count: int) -> float:
    best = min(leg.road_class for leg in part)
    seconds = {RoadClass.MOTORWAY: 40.0, RoadClass.TRUNK: 38.0, RoadClass.PRIMARY: 34.0, RoadClass.SECONDARY: 26.0}.get(
        best, 18.0
    )
    if not main:
        seconds *= 0.75
    return round(max(12.0, seconds * (0.8 if count > 2 else 1.0)))
