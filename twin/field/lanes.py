"""Lanes of the directed edges: where each lies, where its stop line is, which lanes lead to which turn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.city.model import Roads
from twin.core.words import Mode

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

STRAIGHT_COSINE = 0.87
"""Roads that meet at a sharper angle than 30° make a corner."""

SHORTEST_SHARE = 0.38
"""A junction takes at most this share of an edge at each end."""


@dataclass(frozen=True, slots=True)
class Lanes:
    """L lanes over E edges; the lanes of edge e are ``first[e]`` … ``first[e + 1] - 1``, the rightmost first.

    The box of a junction covers the last ``length - stop`` metres of each incoming and the first ``entry`` metres of
    each outgoing edge. Edges that nobody drives have no lanes.
    """

    first: Ints  # (E + 1,)
    edge: Ints  # (L,)
    number: Ints  # (L,) from the right, 0 first
    count: Ints  # (E,)
    lateral_m: Floats  # (L,) of its middle, to the right of the edge's line
    length_m: Floats  # (L,)
    stop_m: Floats  # (L,) of the stop line
    entry_m: Floats  # (L,) where the box of its first node ends
    start: Ints  # (L,) node
    end: Ints  # (L,) node
    cars: Flags  # (E,) open to ordinary vehicles
    out_first: Ints  # (N + 1,) into out_edges
    out_edges: Ints  # drivable edges by the node where they begin
    rank: Ints  # (E,) position of an edge among those that begin at its node
    heading_in: Floats  # (E, 2) unit vector at the edge's end
    heading_out: Floats  # (E, 2) unit vector at its start

    def __len__(self) -> int:
        return len(self.edge)


def lay(roads: Roads, lit: set[int], width_m: float, corner_m: float) -> Lanes:
    """Lay lanes of ``width_m`` on every drivable edge; ``lit`` are the nodes with traffic lights."""
    driven = (roads.modes & (int(Mode.CAR) | int(Mode.BUS))) != 0
    count = np.where(driven, np.maximum(roads.lanes, 1), 0).astype(np.int64)
    first = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    edge = np.repeat(np.arange(len(roads), dtype=np.int64), count)
    number = (np.arange(len(edge)) - first[edge]).astype(np.int64)
    paired = (roads.reverse >= 0) & driven[np.maximum(roads.reverse, 0)]
    from_left = count[edge] - 1 - number
    lateral = np.where(paired[edge], (from_left + 0.5) * width_m, (from_left - (count[edge] - 1) / 2) * width_m)
    back = _setbacks(roads, driven, paired, count, lit, width_m, corner_m)
    most = roads.length_m * SHORTEST_SHARE
    entry, stop = np.minimum(back[roads.start], most), roads.length_m - np.minimum(back[roads.end], most)
    out_first, out_edges, rank = _outgoing(roads, driven)
    heading_in, heading_out = _headings(roads)
    return Lanes(
        first,
        edge,
        number,
        count,
        lateral,
        roads.length_m[edge],
        stop[edge],
        entry[edge],
        roads.start[edge].astype(np.int64),
        roads.end[edge].astype(np.int64),
        (roads.modes & int(Mode.CAR)) != 0,
        out_first,
        out_edges,
        rank,
        heading_in,
        heading_out,
    )


def _setbacks(
    roads: Roads, driven: Flags, paired: Flags, count: Ints, lit: set[int], width_m: float, corner_m: float
) -> Floats:
    """(N,) how far from a node its stop lines lie: past the kerb of the widest road, where three or more meet."""
    half = np.where(paired, count * width_m, count * width_m / 2)
    widest, legs = np.zeros(len(roads.node_xy)), np.zeros(len(roads.node_xy))
    used = np.flatnonzero(driven)
    np.maximum.at(widest, roads.start[used], half[used])
    np.maximum.at(widest, roads.end[used], half[used])
    np.add.at(legs, roads.start[used], 1)
    np.add.at(legs, roads.end[used[~paired[used]]], 1)
    light = np.zeros(len(roads.node_xy))
    light[sorted(lit)] = 1.0
    wide = (legs > 2) | (light > 0) | _bends(roads, used, legs)
    return np.where(wide, widest + corner_m + light, np.where(legs == 2, corner_m, 1.0))


def _bends(roads: Roads, used: NDArray[np.int64], legs: Floats) -> Flags:
    """(N,) nodes where two roads meet at an angle."""
    into, out = _headings(roads)
    bends = np.zeros(len(legs), np.bool_)
    leaves: dict[int, list[int]] = {}
    for edge in used[legs[roads.start[used]] == 2]:
        leaves.setdefault(int(roads.start[edge]), []).append(int(edge))
    for edge in used[legs[roads.end[used]] == 2]:
        node = int(roads.end[edge])
        for after in leaves.get(node, []):
            if after != roads.reverse[edge] and float(into[edge] @ out[after]) < STRAIGHT_COSINE:
                bends[node] = True
    return bends


def _outgoing(roads: Roads, driven: Flags) -> tuple[Ints, Ints, Ints]:
    used = np.flatnonzero(driven)
    out_edges = used[np.argsort(roads.start[used], kind="stable")].astype(np.int64)
    out_first = np.zeros(len(roads.node_xy) + 1, np.int64)
    np.add.at(out_first, roads.start[used] + 1, 1)
    out_first = np.cumsum(out_first).astype(np.int64)
    rank = np.zeros(len(roads), np.int64)
    rank[out_edges] = np.arange(len(out_edges)) - out_first[roads.start[out_edges]]
    return out_first, out_edges, rank


def _headings(roads: Roads) -> tuple[Floats, Floats]:
    begin, finish = roads.shape_start[:-1], roads.shape_start[1:]
    into = roads.shape_xy[finish - 1] - roads.shape_xy[finish - 2]
    out = roads.shape_xy[begin + 1] - roads.shape_xy[begin]
    return into / _norm(into)[:, None], out / _norm(out)[:, None]


def _norm(vectors: Floats) -> Floats:
    return np.maximum(np.sqrt(vectors[:, 0] * vectors[:, 0] + vectors[:, 1] * vectors[:, 1]), 1e-9)
