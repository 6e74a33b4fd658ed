"""Mapped junctions made driveable: the many nodes of one real junction become one, stubs and slivers go.

A junction of two dual carriageways is mapped as four nodes a few metres apart. Vehicles that obey one traffic light a node
would block each other between them, so the node that stands for all of them is where the streets meet.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from twin.city.importers.network import Link, Node, joined, largest, looped
from twin.city.model import Floats

_WITHIN_M = 24.0
"""Links shorter than this between two junctions lie within one real junction …"""
_ANY_M = 12.0
"""… and shorter than this are too short to drive on whatever they join."""
_ACROSS_M = 50.0
"""No junction is larger than this."""
_STUB_M = 25.0
_ROUNDS = 6


def driveable(links: Sequence[Link]) -> tuple[list[Link], dict[Node, Node]]:
    """The clean street graph of mapped drivable links, and which of its nodes stands for each mapped one."""
    stands_for: dict[Node, Node] = {}
    found = joined(largest(links, strong=True))
    for _ in range(_ROUNDS):
        before = len(found)
        found, merged = _contracted(found)
        stands_for = {old: merged.get(new, new) for old, new in stands_for.items()} | merged
        found = joined(largest(_trimmed(_single(found)), strong=True))
        if len(found) == before and not merged:
            break
    return looped(found), stands_for


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
    """One link where two of a kind would lie side by side between the same nodes: opposite one-way carriageways that
    are joined at both ends become a two-way street, true doubles are dropped."""
    best: dict[tuple[object, ...], Link] = {}
    for link in links:
        key = (str(link.a), str(link.b)) if link.road.oneway else tuple(sorted((str(link.a), str(link.b))))
        key = (*key, bool(link.road.oneway))
        known = best.get(key)
        if link.a == link.b or known is None:
            best[key if link.a != link.b else (*key, link.id)] = link
        elif _near(known, link):
            best[key] = min(known, link, key=lambda one: (one.length_m, one.id))
        else:
            best[(*key, link.id)] = link
    return list(best.values())


def _near(left: Link, right: Link) -> bool:
    return abs(left.length_m - right.length_m) < 10.0


def _trimmed(links: Sequence[Link]) -> list[Link]:
    """Without dead ends too short to be worth driving into."""
    degree = _degrees(links)
    return [link for link in links if link.length_m >= _STUB_M or min(degree[link.a], degree[link.b]) > 1]
