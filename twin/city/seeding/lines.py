"""Bus lines between the places people go to, there and back, with stops and their names."""

from __future__ import annotations

import numpy as np
import shapely

from twin.city import layers
from twin.city.draft import Draft, Row, edge_names
from twin.city.graph import build_roads, near_edge
from twin.city.model import Floats, Roads
from twin.city.paths import Paths
from twin.city.seeding.spread import apart
from twin.core.text import Name
from twin.core.words import Mode, RoadClass

_LINES = 6
_STOP_M = 380.0
_CORNER_M = 25.0  # a stop stands at least this far from junctions
_TERMINALS = ("bus_station", "metro", "hospital", "university", "mall", "service_hall", "market", "park", "school")
_HEADWAY_S = (240.0, 300.0, 360.0, 360.0, 420.0, 480.0)


def lay_bus_lines(draft: Draft) -> None:
    """Up to six lines that join terminals lying far apart through greater streets; each is one closed drive."""
    roads, _ = build_roads(draft)
    names = [name for row in draft.roads for name in edge_names(row)]
    paths = Paths(roads, Mode.BUS)
    wanted_s = paths.free_flow_s * np.where(roads.road_class <= int(RoadClass.SECONDARY), 1.0, 2.2)
    spots = _terminals(draft, roads)
    able = np.nonzero((roads.modes & int(Mode.BUS)) > 0)[0].astype(np.int32)
    edges, _ = near_edge(roads, able, shapely.points(spots))
    half = len(edges) // 2
    for number in range(min(_LINES, half)):
        start, turn = int(edges[number]), int(edges[number + half])
        out, back = paths.route(start, turn, wanted_s), paths.route(turn, start, wanted_s)
        drive = [*out.tolist(), *back.tolist()[1:-1]]
        if len(out) < 4 or len(back) < 4:
            continue
        serial = len(draft.bus_lines) + 1
        line = layers.Line(
            edges=tuple(names[edge] for edge in drive),
            stops=_stops(roads, names, drive),
            headway_s=_HEADWAY_S[number % len(_HEADWAY_S)],
            name_en=f"Line {serial}",
            name_zh=f"{serial}路",
        )
        shape = shapely.LineString(np.concatenate([roads.shape(edge) for edge in drive]))
        draft.bus_lines.append(Row(f"bus-{serial}", shape, line))


def _terminals(draft: Draft, roads: Roads) -> Floats:
    """(K, 2), far apart: places where there are enough, else nodes."""
    spots = [row.shape.centroid.coords[0] for row in draft.places if row.properties.kind in _TERMINALS]
    xy = np.array(spots).reshape(-1, 2)
    if len(xy) < 8:
        xy = np.concatenate([xy, roads.node_xy])
    order = apart(xy, 2 * _LINES)
    chosen = xy[order]
    angle = np.arctan2(chosen[:, 1] - chosen[:, 1].mean(), chosen[:, 0] - chosen[:, 0].mean())
    around: Floats = chosen[np.argsort(angle, kind="stable")]  # so that the opposite one is half the list away
    return around


def _stops(roads: Roads, names: list[str], drive: list[int]) -> tuple[layers.Stop, ...]:
    stops: list[layers.Stop] = []
    since_m = _STOP_M
    used: set[int] = set()
    for edge, following in zip(drive, [*drive[1:], drive[0]], strict=True):
        length_m = float(roads.length_m[edge])
        if since_m + length_m >= _STOP_M and length_m > 2.5 * _CORNER_M and edge not in used:
            offset = float(np.clip(_STOP_M - since_m, _CORNER_M, length_m - _CORNER_M))
            name = _stop_name(roads, edge, following)
            stops.append(layers.Stop(names[edge], round(offset, 1), name.en, name.zh))
            used.add(edge)
            since_m = length_m - offset
        else:
            since_m += length_m
    return tuple(stops)


def _stop_name(roads: Roads, edge: int, following: int) -> Name:
    """After the street and the one it meets next."""
    here = roads.name[edge] or Name("Unnamed road", "无名路")
    node = roads.end[edge]
    others = [roads.name[e] for e in np.nonzero(roads.start == node)[0].tolist()]
    cross = next((name for name in others if name is not None and name != here), None)
    if cross is None:
        return here
    return Name(f"{here.en} at {cross.en}", f"{here.zh}{cross.zh}口")
