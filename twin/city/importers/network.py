"""From ways with shared nodes to a clean street graph: cut at the border, split at junctions, joined between them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import msgspec
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from twin.city import layers
from twin.city.importers.extent import Box
from twin.city.model import Floats

Node = int | str
_SHORT_M = 30.0
"""A piece shorter than this may take on the class, lanes and name of the piece that it continues."""


@dataclass(frozen=True, slots=True)
class Way:
    """A mapped way: its nodes and their positions, (n, 2) local metres; NaN where the file lacks a node."""

    id: str
    nodes: tuple[Node, ...]
    xy: Floats
    road: layers.Road


@dataclass(frozen=True, slots=True)
class Link:
    """A street between two nodes, drawn from ``a`` to ``b``; a one-way street is driven so."""

    id: str
    a: Node
    b: Node
    xy: Floats
    road: layers.Road

    @property
    def length_m(self) -> float:
        return float(np.hypot(*np.diff(self.xy, axis=0).T).sum())

    def turned(self) -> Link:
        """The same street drawn the other way; lanes change sides. Only for two-way streets."""
        road = self.road
        if road.lanes_backward is not None and road.lanes_backward != road.lanes:
            road = msgspec.structs.replace(road, lanes=road.lanes_backward, lanes_backward=road.lanes)
        return Link(self.id, self.b, self.a, self.xy[::-1], road)


def cut(ways: Iterable[Way], box: Box) -> list[Way]:
    """The parts of ways inside the box. Where one crosses the border, it ends there on a node of its own; where the
    file lacks a node, it ends before it."""
    area = shapely.box(*box)
    pieces: list[Way] = []
    for way in ways:
        x, y = way.xy.T
        inside = (x >= box[0]) & (x <= box[2]) & (y >= box[1]) & (y <= box[3])
        pieces += [way] if inside.all() else _parts(way, inside, area)
    return pieces


def _parts(way: Way, inside: NDArray[np.bool_], area: shapely.Polygon) -> list[Way]:
    parts: list[Way] = []
    run: list[tuple[Node, Floats]] = []

    def close() -> None:
        if len(run) > 1:
            nodes, line = zip(*run, strict=True)
            parts.append(Way(f"{way.id}-{len(parts)}", nodes, np.array(line), way.road))
        run.clear()

    for here, node in enumerate(way.nodes):
        crossing: list[Floats] = []
        if here and not (inside[here] and inside[here - 1]) and not np.isnan(way.xy[here - 1 : here + 1]).any():
            crossing = _crossings(area, way.xy[here - 1], way.xy[here])
        if here and not inside[here - 1]:
            close()
        run += [(f"{way.id}-border-{here}-{number}", end) for number, end in enumerate(crossing)]
        if inside[here]:
            run.append((node, way.xy[here]))
        else:
            close()
    close()
    return parts


def _crossings(area: shapely.Polygon, a: Floats, b: Floats) -> list[Floats]:
    """Where a segment that leaves or enters the box meets its border, in the order from a to b."""
    part = shapely.intersection(area, shapely.LineString([a, b]))
    if part.is_empty or part.length == 0.0:
        return []
    ends = [np.asarray(point) for point in (part.coords[0], part.coords[-1])]
    ends.sort(key=lambda point: float(np.hypot(*(point - a))))
    return [end for end in ends if np.hypot(*(end - a)) > 1e-6 and np.hypot(*(end - b)) > 1e-6]


def split(ways: Sequence[Way]) -> list[Link]:
    """Links between junctions: nodes where ways meet, cross themselves or end."""
    used: dict[Node, int] = defaultdict(int)
    for way in ways:
        for index, node in enumerate(way.nodes):
            used[node] += 2 if index in (0, len(way.nodes) - 1) else 1
    links: list[Link] = []
    for way in ways:
        start = 0
        for index in range(1, len(way.nodes)):
            if used[way.nodes[index]] > 1:
                xy = way.xy[start : index + 1]
                links.append(Link(f"{way.id}-{start}", way.nodes[start], way.nodes[index], xy, way.road))
                start = index
    return [link for link in links if link.length_m > 0.0]


def joined(links: Iterable[Link], keep: frozenset[Node] = frozenset()) -> list[Link]:
    """Links with every node removed that only continues a street, except those of ``keep``."""
    by_id = dict(enumerate(links))
    at: dict[Node, list[int]] = defaultdict(list)
    for number, link in by_id.items():
        at[link.a].append(number)
        at[link.b].append(number)
    for node in list(at):
        if node in keep or len(at[node]) != 2 or at[node][0] == at[node][1]:
            continue
        first, second = at[node]
        one = _continued(by_id[first], by_id[second], node)
        if one is None:
            continue
        by_id[first] = one
        del by_id[second]
        del at[node]
        for end in (one.a, one.b):
            at[end] = [first if number == second else number for number in at[end]]
    return list(by_id.values())


def _continued(left: Link, right: Link, node: Node) -> Link | None:
    """Both as one link through ``node``, or None where they are different streets."""
    if left.a == left.b or right.a == right.b or {left.a, left.b} == {right.a, right.b}:
        return None
    one_way = bool(left.road.oneway)
    if one_way != bool(right.road.oneway) or left.road.modes != right.road.modes:
        return None
    if one_way:
        if left.a == node:
            left, right = right, left
        if left.b != node or right.a != node:
            return None
    else:
        left = left if left.b == node else left.turned()
        right = right if right.a == node else right.turned()
    longer, shorter = (left, right) if left.length_m >= right.length_m else (right, left)
    same = all(
        getattr(left.road, name) == getattr(right.road, name)
        for name in ("road_class", "name_en", "name_zh", "bridge", "tunnel", "lanes", "lanes_backward")
    )
    if not same and shorter.length_m >= _SHORT_M:
        return None
    road = msgspec.structs.replace(
        longer.road,
        bridge=left.road.bridge or right.road.bridge,
        tunnel=left.road.tunnel or right.road.tunnel,
    )
    return Link(longer.id, left.a, right.b, np.concatenate((left.xy, right.xy[1:])), road)


def largest(links: Sequence[Link], *, strong: bool) -> list[Link]:
    """The links of the largest part in which one gets from everywhere to everywhere (``strong``: by car)."""
    if not links:
        return []
    index: dict[Node, int] = {}
    arcs = []
    for link in links:
        a, b = (index.setdefault(node, len(index)) for node in (link.a, link.b))
        arcs.append((a, b))
        if not (strong and link.road.oneway):
            arcs.append((b, a))
    table = np.array(arcs)
    graph = csr_array((np.ones(len(table)), (table[:, 0], table[:, 1])), shape=(len(index), len(index)))
    _, part = connected_components(graph, directed=True, connection="strong")
    length = np.zeros(part.max() + 1)
    for link in links:
        if part[index[link.a]] == part[index[link.b]]:
            length[part[index[link.a]]] += link.length_m
    core = int(np.argmax(length))
    return [link for link in links if part[index[link.a]] == core and part[index[link.b]] == core]


def looped(links: Iterable[Link]) -> list[Link]:
    """Links that begin and end in one node are cut in two, since an edge must lead somewhere."""
    found: list[Link] = []
    for link in links:
        if link.a != link.b:
            found.append(link)
            continue
        middle = max(1, len(link.xy) // 2)
        if len(link.xy) < 3:
            continue
        node = f"{link.id}-turn"
        found.append(replace(link, b=node, xy=link.xy[: middle + 1]))
        found.append(Link(f"{link.id}-back", node, link.b, link.xy[middle:], link.road))
    return found
