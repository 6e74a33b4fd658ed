"""The ``roads`` layer of an imported city, and the nodes at which its traffic lights stand."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
import shapely
from numpy.typing import NDArray

from twin.city import layers
from twin.city.draft import Row, is_drivable
from twin.city.importers.extent import Box, ImportingError
from twin.city.importers.junctions import driveable
from twin.city.importers.network import Link, Node, Way, cut, joined, largest, looped, split
from twin.city.model import Floats

_REACH_M = 35.0
"""How far a footpath's loose end is drawn to reach the streets, and a mapped light to reach its junction."""
_VERGE_M = 14.0
"""Streets end so far within the border, since their lanes, and what stands beside them, must lie inside it too."""
_SHORTEST_M = 3.0
_KEPT_M = 0.3  # lines are simplified by this much


def lay_streets(ways: Sequence[Way], box: Box) -> tuple[list[Row[layers.Road]], dict[Node, str]]:
    """Rows of drivable streets and of paths that hang together with them, and the id of the node that stands for each
    mapped node. Raises :class:`ImportingError` where no car could get anywhere."""
    pieces = cut(ways, (box[0] + _VERGE_M, box[1] + _VERGE_M, box[2] - _VERGE_M, box[3] - _VERGE_M))
    streets, stands_for = driveable(split([way for way in pieces if is_drivable(way.road)]))
    if not streets:
        raise ImportingError("no street in it is open to cars in both directions; import a larger extract")
    paths = _paths([way for way in pieces if not is_drivable(way.road)], streets, stands_for)
    whole = [link for link in largest([*streets, *paths], strong=False) if not is_drivable(link.road)]
    links = [*streets, *looped(whole)]
    names = _names(links)
    rows = [_row(number, link, names) for number, link in enumerate(links, start=1)]
    return rows, {node: names[stands_for.get(node, node)] for node in (*stands_for, *names) if
                  stands_for.get(node, node) in names}  # fmt: skip


def _names(links: Sequence[Link]) -> dict[Node, str]:
    nodes = dict.fromkeys(node for link in links for node in (link.a, link.b))
    return {node: f"n{number}" for number, node in enumerate(nodes, start=1)}


def _row(number: int, link: Link, names: dict[Node, str]) -> Row[layers.Road]:
    road = msgspec.structs.replace(link.road, start_node=names[link.a], end_node=names[link.b])
    return Row(f"r{number:05d}", shapely.LineString(link.xy).simplify(_KEPT_M), road)


def _paths(ways: Sequence[Way], streets: Sequence[Link], stands_for: dict[Node, Node]) -> list[Link]:
    """Foot and cycle ways, their loose ends drawn to the nearest street corner within reach."""
    corners: dict[Node, Floats] = {}
    for link in streets:
        corners.setdefault(link.a, link.xy[0])
        corners.setdefault(link.b, link.xy[-1])
    known = [Link(link.id, stands_for.get(link.a, link.a), stands_for.get(link.b, link.b), link.xy, link.road)
             for link in split(ways)]  # fmt: skip
    keep = frozenset(corners)
    links = joined(known, keep)
    ends: dict[Node, int] = {}
    for link in links:
        for node in (link.a, link.b):
            ends[node] = ends.get(node, 0) + 1
    loose = [node for node, count in ends.items() if count == 1 and node not in corners]
    target = _nearest(loose, links, corners)
    found = [_reaching(link, target, corners) for link in links]
    return [link for link in found if link.length_m >= _SHORTEST_M]


def _nearest(loose: Sequence[Node], links: Sequence[Link], corners: dict[Node, Floats]) -> dict[Node, Node]:
    spots = {node: spot for link in links for node, spot in ((link.a, link.xy[0]), (link.b, link.xy[-1]))}
    if not loose:
        return {}
    names = list(corners)
    tree = shapely.STRtree(shapely.points(np.array([corners[name] for name in names])))
    points = shapely.points(np.array([spots[node] for node in loose]))
    end, corner = tree.query_nearest(points, max_distance=_REACH_M, all_matches=False)
    return {loose[e]: names[c] for e, c in zip(end.tolist(), corner.tolist(), strict=True)}


def _reaching(link: Link, target: dict[Node, Node], corners: dict[Node, Floats]) -> Link:
    """The link ending in street corners where its ends are theirs, or are drawn to them."""
    a, b = target.get(link.a, link.a), target.get(link.b, link.b)
    line = link.xy
    if a in corners and np.hypot(*(line[0] - corners[a])) > 0.01:
        line = np.concatenate((corners[a][None], line))
    if b in corners and np.hypot(*(line[-1] - corners[b])) > 0.01:
        line = np.concatenate((line, corners[b][None]))
    return Link(link.id, a, b, line, link.road)


def lit_nodes(lights: NDArray[np.float64], rows: Sequence[Row[layers.Road]]) -> list[str]:
    """Junctions for mapped traffic lights, (n, 2) metres: each light belongs to the nearest junction of at least three
    drivable legs within reach. Lights are mapped at stop lines, so several make one junction."""
    legs: dict[str, int] = {}
    spots: dict[str, tuple[float, ...]] = {}
    for row in rows:
        if is_drivable(row.properties):
            for node, spot in (
                (row.properties.start_node or "", row.shape.coords[0]),
                (row.properties.end_node or "", row.shape.coords[-1]),
            ):
                legs[node] = legs.get(node, 0) + 1
                spots[node] = spot
    junctions = [node for node, count in legs.items() if count >= 3]
    if not junctions or not len(lights):
        return []
    tree = shapely.STRtree(shapely.points(np.array([spots[node][:2] for node in junctions])))
    _, nearest = tree.query_nearest(shapely.points(lights), max_distance=_REACH_M, all_matches=False)
    return sorted({junctions[index] for index in nearest.tolist()})
