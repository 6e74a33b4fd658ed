"""From overlapping centrelines to a clean planar street graph: cut at junctions, rejoined, without slivers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from twin.city.generate.arterials import Street

_GRID_M = 0.1  # all junctions lie on this grid, so that two computed alike are one
_SHORTEST_M = 26.0  # shorter links between junctions are contracted
_RANK = {
    name: rank for rank, name in enumerate(("trunk", "primary", "secondary", "tertiary", "residential", "service"))
}
Node = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Link:
    """A street between two junctions, with the street it is part of."""

    line: BaseGeometry
    street: Street

    @property
    def ends(self) -> tuple[Node, Node]:
        a, b = self.line.coords[0], self.line.coords[-1]
        return (a[0], a[1]), (b[0], b[1])


def make_network(streets: Sequence[Street], keep: BaseGeometry) -> list[Link]:
    """Cut, join and clean. ``keep`` is the line on which dead ends may stay (the edge of the extent)."""
    links = _cut(streets)
    links = _join(_trim(_join(links), keep))
    for _ in range(4):
        shorter = _contract(links)
        if len(shorter) == len(links):
            break
        again = [Street(one.street.key, one.street.road_class, one.line, one.street.crosses) for one in shorter]
        links = _join(_trim(_cut(again), keep))
    return sorted(_largest(links), key=lambda link: link.line.coords[:])


def _cut(streets: Sequence[Street]) -> list[Link]:
    """Every street cut where any crosses or meets it. Where two coincide the greater one stays."""
    noded = shapely.unary_union([street.line for street in streets], grid_size=_GRID_M)
    parts = [part for part in shapely.get_parts(noded) if part.length > 0]
    lines = np.array([street.line for street in streets], dtype=object)
    middles = shapely.line_interpolate_point(np.array(parts, dtype=object), 0.5, normalized=True)
    tree = shapely.STRtree(lines)
    part, candidate = tree.query(middles, predicate="dwithin", distance=1.0)
    best: dict[int, int] = {}
    for p, c in sorted(zip(part.tolist(), candidate.tolist(), strict=True)):
        if p not in best or _RANK[streets[c].road_class] < _RANK[streets[best[p]].road_class]:
            best[p] = c
    return [Link(parts[p], streets[c]) for p, c in sorted(best.items())]


def _at(links: Sequence[Link]) -> dict[Node, list[int]]:
    at: dict[Node, list[int]] = defaultdict(list)
    for index, link in enumerate(links):
        for end in link.ends:
            at[end].append(index)
    return at


def _trim(links: list[Link], keep: BaseGeometry) -> list[Link]:
    """Without dead ends, again and again, except at the edge of the extent; short loops go too."""
    links = [link for link in links if link.ends[0] != link.ends[1] or link.line.length > 150.0]
    while True:
        at = _at(links)
        loose = {end for end, mine in at.items() if len(mine) == 1 and keep.distance(shapely.Point(end)) > 1.0}
        kept = [link for link in links if not (set(link.ends) & loose)]
        if len(kept) == len(links):
            return links
        links = kept


def _join(links: list[Link]) -> list[Link]:
    """Two links of one street that meet where nothing else does become one."""
    pool: dict[int, Link] = dict(enumerate(links))
    at = _at(links)
    for node in sorted(at):
        mine = at[node]
        if len(mine) != 2 or mine[0] == mine[1]:
            continue
        a, b = pool[mine[0]], pool[mine[1]]
        if a.street.key != b.street.key:
            continue
        pool[mine[0]] = Link(_chain(a.line, b.line, node), a.street)
        del pool[mine[1]]
        for end in b.ends:
            at[end] = [mine[0] if index == mine[1] else index for index in at[end]]
    return [pool[index] for index in sorted(pool)]


def _chain(a: BaseGeometry, b: BaseGeometry, node: Node) -> BaseGeometry:
    first, second = list(a.coords), list(b.coords)
    if first[-1] != node:
        first.reverse()
    if second[0] != node:
        second.reverse()
    return shapely.LineString(first + second[1:])


def _contract(links: list[Link]) -> list[Link]:
    """Short links vanish: both their ends move to the end that more or greater streets share."""
    at = _at(links)
    moved: dict[Node, Node] = {}
    gone: set[int] = set()
    order = sorted(range(len(links)), key=lambda i: (links[i].line.length, links[i].ends))
    for index in order:
        link = links[index]
        a, b = link.ends
        if link.line.length >= _SHORTEST_M or a == b or a in moved or b in moved:
            continue
        stay, go = (a, b) if _weight(a, at, links) >= _weight(b, at, links) else (b, a)
        if go in moved.values():
            continue
        moved[go] = stay
        gone.add(index)
    kept = []
    for index, link in enumerate(links):
        if index in gone:
            continue
        coords = [(c[0], c[1]) for c in link.line.coords]
        coords[0], coords[-1] = moved.get(coords[0], coords[0]), moved.get(coords[-1], coords[-1])
        line = shapely.LineString(_eased(coords))
        if line.length > 1.0:
            kept.append(Link(line, link.street))
    return kept


def _eased(coords: list[Node]) -> list[Node]:
    """Drops inner points so near a moved end that the line would fold back."""
    first, last = np.array(coords[0]), np.array(coords[-1])
    inner = [
        point
        for point in coords[1:-1]
        if np.hypot(*(np.array(point) - first)) > _SHORTEST_M and np.hypot(*(np.array(point) - last)) > _SHORTEST_M
    ]
    return [coords[0], *inner, coords[-1]]


def _weight(node: Node, at: dict[Node, list[int]], links: list[Link]) -> float:
    return sum(10.0 - _RANK[links[index].street.road_class] for index in at[node])


def _largest(links: list[Link]) -> list[Link]:
    """The largest connected part."""
    parent: dict[Node, Node] = {}

    def root(node: Node) -> Node:
        while parent.setdefault(node, node) != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for link in links:
        a, b = (root(end) for end in link.ends)
        parent[a] = b
    sizes: dict[Node, int] = defaultdict(int)
    for link in links:
        sizes[root(link.ends[0])] += 1
    best = max(sorted(sizes), key=lambda node: sizes[node])
    return [link for link in links if root(link.ends[0]) == best]
