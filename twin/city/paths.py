"""Shortest paths over directed edges: a turn is a step from edge to edge, a U-turn only where there is no other way."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from twin.city.model import Floats, Indices, Roads
from twin.core.words import Mode

_CACHED_TREES = 512
_NEVER = -9999  # scipy's mark for "no predecessor"


class Paths:
    """Paths for one mode of travel. Trees towards a destination are cached for the edge times they were made with."""

    def __init__(self, roads: Roads, mode: Mode = Mode.CAR) -> None:
        self.roads = roads
        self.allowed = (roads.modes & int(mode)) != 0
        self.free_flow_s: Floats = roads.length_m / np.maximum(roads.speed_mps, 0.1)
        self._from, self._to = _turns(roads, self.allowed)
        order = np.lexsort((self._from, self._to))  # rows of the reversed graph: the edge turned into
        self._from, self._to = self._from[order], self._to[order]
        counts = np.bincount(self._to, minlength=len(roads))
        self._rows = np.concatenate(([0], np.cumsum(counts))).astype(np.int32)
        self._trees: OrderedDict[tuple[int, bytes], tuple[Floats, Indices]] = OrderedDict()

    def times_to(self, end_edge: int, edge_time_s: Floats) -> Floats:
        """(E,) seconds from the start of each edge to the start of ``end_edge``; inf where there is no way.

        ``edge_time_s`` is (E,), inf on closed edges. The result is shared: do not write to it.
        """
        return self._tree(end_edge, edge_time_s)[0]

    def all_times_to(self, end_edges: Sequence[int], edge_time_s: Floats) -> Floats:
        """(K, E) :meth:`times_to` for many ends in one go; nothing is remembered."""
        graph = self._graph(np.ascontiguousarray(edge_time_s, dtype=np.float64))
        times: Floats = np.atleast_2d(dijkstra(graph, indices=np.asarray(end_edges, np.int32)))
        return times

    def all_trees_to(self, end_edges: Sequence[int], edge_time_s: Floats) -> tuple[Floats, Indices]:
        """(K, E) :meth:`all_times_to`, and the edge that each edge's shortest path goes on to (negative: none)."""
        graph = self._graph(np.ascontiguousarray(edge_time_s, dtype=np.float64))
        times, onward = dijkstra(graph, indices=np.asarray(end_edges, np.int32), return_predecessors=True)
        return np.atleast_2d(times), np.atleast_2d(onward)

    def route(self, start_edge: int, end_edge: int, edge_time_s: Floats) -> Indices:
        """The edges from ``start_edge`` to ``end_edge``, both included; empty when there is no way.

        The two may be closed themselves: someone who stands on a closed road may leave it, and a crew may reach it.
        """
        if start_edge == end_edge:
            return np.array([start_edge], np.int32)
        time, successor = self._tree(end_edge, edge_time_s)
        first = start_edge
        if not np.isfinite(time[start_edge]):
            exits = self.exits(start_edge)
            reachable = exits[np.isfinite(time[exits])]
            if not len(reachable):
                return np.zeros(0, np.int32)
            first = int(reachable[np.argmin(time[reachable])])
        edges = [start_edge] if first == start_edge else [start_edge, first]
        while edges[-1] != end_edge:
            edges.append(int(successor[edges[-1]]))
        return np.array(edges, np.int32)

    def exits(self, edge: int) -> Indices:
        """The edges that one may turn into at the end of ``edge``."""
        found: Indices = self._to[self._from == edge]
        return found

    def _tree(self, end_edge: int, edge_time_s: Floats) -> tuple[Floats, Indices]:
        times = np.ascontiguousarray(edge_time_s, dtype=np.float64)
        key = (end_edge, blake2b(times.data, digest_size=16).digest())
        found = self._trees.get(key)
        if found is not None:
            self._trees.move_to_end(key)
            return found
        time, successor = dijkstra(self._graph(times), indices=end_edge, return_predecessors=True)
        tree = (time, successor.astype(np.int32))
        self._trees[key] = tree
        if len(self._trees) > _CACHED_TREES:
            self._trees.popitem(last=False)
        return tree

    def _graph(self, times: Floats) -> csr_array:
        size = len(self.roads)
        weights = np.maximum(times[self._from], 1e-6)  # a zero would be read as "no turn"
        return csr_array((weights, self._from, self._rows), shape=(size, size))


def _turns(roads: Roads, allowed: NDArray[np.bool_]) -> tuple[Indices, Indices]:
    """All (from edge, to edge) pairs that one may drive. Back into the reverse only where nothing else leaves, or where
    nothing else leads into it, so that every edge of a connected network can be reached and left."""
    edges = np.nonzero(allowed)[0]
    order = edges[np.argsort(roads.start[edges], kind="stable")]
    counts = np.bincount(roads.start[order], minlength=len(roads.node_xy))
    first = np.concatenate(([0], np.cumsum(counts)))
    fan = counts[roads.end[edges]]
    source = np.repeat(edges, fan)
    within = np.arange(len(source)) - np.repeat(np.cumsum(fan) - fan, fan)
    target = order[first[roads.end[source]] + within]
    back = roads.reverse[source] == target
    forward_ways_in = np.bincount(target[~back], minlength=len(roads))
    keep = ~back | (np.repeat(fan, fan) == 1) | (forward_ways_in[target] == 0)
    return source[keep].astype(np.int32), target[keep].astype(np.int32)
