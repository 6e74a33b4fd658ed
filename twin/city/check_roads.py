"""Faults of roads, traffic lights and bus lines."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from twin.city import layers
from twin.city.draft import Draft, Row, edge_names, ends, is_drivable
from twin.city.faults import Fault

_SHORTEST_M = 0.5
_APART_M = 0.5  # ends of roads that share a node may differ by this much
_CURE_CLASS = f"use one of {', '.join(layers.ROAD_CLASSES)}"
_CURE_MODE = f"use some of {', '.join(layers.MODES)}"


def check_roads(draft: Draft) -> list[Fault]:
    """Each road by itself, then nodes, then whether a car gets from everywhere to everywhere."""
    faults: list[Fault] = []
    nodes: dict[str, tuple[float, ...]] = {}
    for row in draft.roads:
        faults += _check_road(row)
        for node, spot in zip(ends(row), (row.shape.coords[0], row.shape.coords[-1]), strict=True):
            known = nodes.setdefault(node, spot)
            if np.hypot(known[0] - spot[0], known[1] - spot[1]) > _APART_M:
                problem = f"it ends elsewhere than the other roads at node {node!r}"
                faults.append(Fault("roads", row.id, problem, "move its end there or name another node"))
    if not any(is_drivable(row.properties) for row in draft.roads):
        return [*faults, Fault("roads", "", "no road is open to cars", "draw at least one")]
    return faults + _check_connected(draft)


def _check_road(row: Row[layers.Road]) -> list[Fault]:
    spec = row.properties
    rules = (
        (spec.road_class not in layers.ROAD_CLASSES, f"road_class {spec.road_class!r} is unknown", _CURE_CLASS),
        (not 1 <= spec.lanes <= 8, f"lanes is {spec.lanes}", "give 1 to 8 lanes a direction"),
        (
            spec.lanes_backward is not None and not 1 <= spec.lanes_backward <= 8,
            f"lanes_backward is {spec.lanes_backward}",
            "give 1 to 8 lanes, or oneway = true",
        ),
        (not 1.0 <= spec.speed_kmh <= 130.0, f"speed_kmh is {spec.speed_kmh}", "give 1 to 130 km/h"),
        (not set(spec.modes or ()) <= set(layers.MODES), f"modes {spec.modes} are not all known", _CURE_MODE),
        (spec.modes == (), "nobody may use it", _CURE_MODE),
        (row.shape.length < _SHORTEST_M, f"it is {row.shape.length:.2f} m long", "remove it and join its ends"),
    )
    return [Fault("roads", row.id, problem, cure) for wrong, problem, cure in rules if wrong]


def _check_connected(draft: Draft) -> list[Fault]:
    """Every drivable road must lie in the largest strongly connected part."""
    rows = [row for row in draft.roads if is_drivable(row.properties)]
    node_of: dict[str, int] = {}
    arcs: list[tuple[int, int]] = []
    for row in rows:
        a, b = (node_of.setdefault(node, len(node_of)) for node in ends(row))
        arcs.append((a, b))
        if not row.properties.oneway:
            arcs.append((b, a))
    table = np.array(arcs)
    graph = csr_array((np.ones(len(table)), (table[:, 0], table[:, 1])), shape=(len(node_of), len(node_of)))
    _, part = connected_components(graph, directed=True, connection="strong")
    core = int(np.argmax(np.bincount(part)))
    return [
        Fault("roads", row.id, "no way from here to the rest of the network and back", "join it, or remove it")
        for row in rows
        if any(part[node_of[node]] != core for node in ends(row))
    ]


def check_intersections(draft: Draft, edges: set[str]) -> list[Fault]:
    """Traffic lights: the node exists, its incoming edges are governed, the plan shows every group green."""
    incoming: dict[str, set[str]] = {}
    for road in draft.roads:
        if not is_drivable(road.properties):
            continue
        first, last = ends(road)
        incoming.setdefault(last, set()).add(f"{road.id}/forward")
        if len(edge_names(road)) == 2:
            incoming.setdefault(first, set()).add(f"{road.id}/backward")
    numbers = Counter(row.properties.number for row in draft.intersections)
    faults = []
    for row in draft.intersections:
        spec = row.properties
        arriving = incoming.get(spec.node, set())
        governed = {edge for group in spec.groups for edge in group.edges}
        groups = {group.number for group in spec.groups}
        green = {number for phase in spec.phases for number in phase.groups}
        rules = (
            (not arriving, f"no drivable edge arrives at node {spec.node!r}", "name the node of a road's end"),
            (bool(governed - arriving), "a group governs an edge that is not incoming", "list incoming edges only"),
            (bool(arriving - governed), "an incoming edge is in no group", "put every incoming edge into a group"),
            (any(not group.edges for group in spec.groups), "a group is empty", "remove it"),
            (len(groups) < len(spec.groups), "two groups have one number", "number groups 1, 2, 3 …"),
            (green != groups, "phases and groups do not match", "give every group a green phase, and no other"),
            (any(p.green_s <= 0 or p.amber_s < 0 or p.all_red_s < 0 for p in spec.phases), "a phase has no time",
             "give seconds above 0"),
            (not 1 <= spec.number <= 65535, f"number {spec.number} does not fit", "use 1 to 65535"),
            (numbers[spec.number] > 1, f"number {spec.number} is used twice", "number every intersection differently"),
        )  # fmt: skip
        faults += [Fault("intersections", row.id, problem, cure) for wrong, problem, cure in rules if wrong]
    return faults


def check_lines(draft: Draft, edges: set[str]) -> list[Fault]:
    """Bus lines: one edge leads to the next, stops lie on the line's own edges."""
    roads = {row.id: row for row in draft.roads}
    faults = []
    for row in draft.bus_lines:
        spec = row.properties
        unknown = sorted({edge for edge in spec.edges if edge not in edges})
        if unknown or not spec.edges:
            problem = f"there is no edge {unknown[0]!r}" if unknown else "it has no edges"
            faults.append(Fault("bus_lines", row.id, problem, "name edges as <road id>/forward or /backward"))
            continue
        travelled = [_travel(roads, edge) for edge in spec.edges]
        if any(before[1] != after[0] for before, after in pairwise([*travelled, travelled[0]])):
            faults.append(
                Fault(
                    "bus_lines",
                    row.id,
                    "its edges do not make one closed drive",
                    "list them in driving order, there and back",
                )
            )
        barred = [edge for edge in spec.edges if "bus" not in (_road(roads, edge).modes or layers.DRIVING)]
        if barred:
            faults.append(Fault("bus_lines", row.id, f"buses may not use {barred[0]}", "add bus to its modes"))
        if spec.headway_s <= 0:
            faults.append(Fault("bus_lines", row.id, "headway_s is not above 0", "give the seconds between buses"))
        for stop in spec.stops:
            length = roads[stop.edge.rpartition("/")[0]].shape.length if stop.edge in edges else -1.0
            if stop.edge not in spec.edges or not 0.0 <= stop.offset_m <= length + 0.5:
                problem = f"stop {stop.name_en!r} is not on the line"
                faults.append(Fault("bus_lines", row.id, problem, "use an edge of the line and an offset within it"))
    return faults


def _road(roads: dict[str, Row[layers.Road]], edge: str) -> layers.Road:
    return roads[edge.rpartition("/")[0]].properties


def _travel(roads: dict[str, Row[layers.Road]], edge: str) -> tuple[str, str]:
    road, _, direction = edge.rpartition("/")
    first, last = ends(roads[road])
    return (first, last) if direction == "forward" else (last, first)
