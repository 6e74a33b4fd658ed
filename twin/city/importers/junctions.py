"""Mapped junctions made driveable: the many nodes of one real junction become one, stubs and slivers go.

A junction of two dual carriageways is mapped as four nodes a few metres apart. Vehicles that obey one traffic light a
node would block each other between them, so the node that stands for all of them is where the streets meet.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import shapely

from twin.city.importers.network import Link, Node, joined, largest, looped
from twin.city.model import Floats

_WITHIN_M = 24.0
"""Links shorter than this between two junctions lie within one real junction …"""
_ANY_M = 12.0
"""… and shorter than this are too short to drive on whatever they join."""
_ACROSS_M = 50.0
"""No junction is larger than this."""
_STUB_M = 25.0
_BACK_M = 60.0  # between the carriageways of one street where they are cut
_TWIN_M = 10.0  # two links that differ less in length are one street mapped twice
_ROUNDS = 6


def driveable(links: Sequence[Link]) -> tuple[list[Link], dict[Node, Node]]:
    """The clean street graph of mapped drivable links, and which of its nodes stands for each mapped one."""
    stands_for: dict[Node, Node] = {}
    found = joined(largest(_turned_back(links), strong=True))
    for _ in range(_ROUNDS):
        before = len(found)
        found, merged = _contracted(found)
        stands_for = {old: merged.get(new, new) for old, new in stands_for.items()} | merged
        found = joined(largest(_trimmed(_single(found)), strong=True))
        if len(found) == before and not merged:
            break
    return looped(found), stands_for


def _turned_back(links: Sequence[Link]) -> list[Link]:
    """With a way round where both carriageways of a street are cut at the border, since the city through which one
    would really come back is not there."""
    leads, comes = _degrees([]), _degrees([])
    for link in links:
        for a, b in ((link.a, link.b),) if link.road.oneway else ((link.a, link.b), (link.b, link.a)):
            leads[a] += 1
            comes[b] += 1
    out = [link for link in links if not leads[link.b]]
    back = [link for link in links if not comes[link.a]]
    rounds: list[Link] = []
    if back:
        tree = shapely.STRtree(shapely.points(np.array([link.xy[0] for link in back])))
        for link in out:
            near = tree.query_nearest(shapely.Point(link.xy[-1]), max_distance=_BACK_M, all_matches=False)
            if len(near):
                other = back[int(near[0])]
                line = np.array([link.xy[-1], other.xy[0]])
                rounds.append(Link(f"{link.id}-round", link.b, other.a, line, link.road))
    return [*links, *rounds]


def _degrees(links: Sequence[Link]) -> dict[Node, int]:
    degree: dict[Node, int] = defaultdict(int)
    for link in links:
        degree[link.a] += 1
        degree[link.b] += 1
    return degree


def _positions(links: Sequence[Link]) -> dict[Node, Floats]:
    return {node: spot for link in links for node, spot in ((link.a, link.xy[0]), (link.b, link.xy[-1]))}


def _contracted(links: Sequence[Link]) -> tuple[list[Link], dict[Node, Node]]:
    """Short links shrunk to a node, shortest first, never over more than :data:`_ACROSS_M`; a street on a bridge or in
    a tunnel is never drawn together with one that is not."""
    degree, spots = _degrees(links), _positions(links)
    group: dict[Node, list[Node]] = {node: [node] for node in spots}
    home: dict[Node, Node] = {node: node for node in spots}
    for link in sorted(links, key=lambda link: (link.length_m, link.id)):
        if link.length_m > _WITHIN_M:
            break
        a, b = home[link.a], home[link.b]
        both = degree[link.a] > 2 and degree[link.b] > 2
        if a == b or not (both or link.length_m < _ANY_M):
            continue
        members = np.array([spots[node] for node in (*group[a], *group[b])])
        if np.hypot(*np.ptp(members, axis=0)) > _ACROSS_M:
            continue
        group[a] += group.pop(b)
        for node in group[a]:
            home[node] = a
    merged: dict[Node, Node] = {}
    for name, nodes in group.items():
        if len(nodes) > 1:
            spot = np.average([spots[node] for node in nodes], axis=0, weights=[degree[node] for node in nodes])
            for node in nodes:
                merged[node] = name
                spots[node] = spot
    return [_drawn(link, merged, spots) for link in links if not _inside(link, merged)], merged


def _inside(link: Link, merged: dict[Node, Node]) -> bool:
    same = link.a in merged and merged[link.a] == merged.get(link.b)
    return same and link.length_m < 2 * _ACROSS_M


def _drawn(link: Link, merged: dict[Node, Node], spots: dict[Node, Floats]) -> Link:
    """The link between the nodes that now stand for its ends, without the kinks that the shift would leave."""
    if link.a not in merged and link.b not in merged:
        return link
    line = link.xy
    for _ in range(2):
        node = link.a if line is link.xy else link.b
        if node in merged:
            moved = float(np.hypot(*(spots[node] - line[0])))
            away = np.hypot(*(line - spots[node]).T)
            keep = away > 1.3 * moved
            keep[-1] = True
            line = np.concatenate((spots[node][None], line[1:][keep[1:]]))
        line = line[::-1].copy()
    return replace(link, a=merged.get(link.a, link.a), b=merged.get(link.b, link.b), xy=line)


def _single(links: Sequence[Link]) -> list[Link]:
    """Of two links of a kind and length between the same nodes, which lie on top of each other, only one."""
    kept: dict[tuple[str, str, bool], list[Link]] = defaultdict(list)
    for link in sorted(links, key=lambda link: (link.length_m, link.id)):
        one_way = bool(link.road.oneway)
        a, b = str(link.a), str(link.b)
        twins = kept[(a, b, True) if one_way else (min(a, b), max(a, b), False)]
        if link.a == link.b or all(abs(twin.length_m - link.length_m) > _TWIN_M for twin in twins):
            twins.append(link)
    return [link for twins in kept.values() for link in twins]


def _trimmed(links: Sequence[Link]) -> list[Link]:
    """Without dead ends too short to be worth driving into."""
    degree = _degrees(links)
    return [link for link in links if link.length_m >= _STUB_M or min(degree[link.a], degree[link.b]) > 1]
