"""How near two spots are: as the crow flies, or along the roads, by which two sides of a river are far apart."""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from twin.city.locate import Locator
from twin.city.model import City

BESIDE_M: Final = 25.0
"""Within this distance things are beside each other, whatever the roads: two carriageways, a crossing's corners."""
_CACHED: Final = 128


class Nearness:
    """Walks the roads in both directions: what is near does not depend on one-way signs. Searches go no further than
    asked, and are kept by edge."""

    def __init__(self, city: City, locator: Locator) -> None:
        roads = city.roads
        self._roads = roads
        self._locator = locator
        size = len(roads.node_xy)
        order = np.argsort(-roads.length_m, kind="stable")  # of parallel roads the shortest is set last
        shortest = {
            (min(a, b), max(a, b)): metres
            for a, b, metres in zip(
                roads.start[order].tolist(), roads.end[order].tolist(), roads.length_m[order].tolist(), strict=True
            )
        }
        ends = np.array(sorted(shortest), np.int32).reshape(-1, 2)
        metres = np.array([max(shortest[a, b], 1e-3) for a, b in ends.tolist()])
        self._graph = coo_array((metres, (ends[:, 0], ends[:, 1])), shape=(size, size)).tocsr()
        self._found: OrderedDict[tuple[int, int], NDArray[np.float32]] = OrderedDict()

    def near(self, a: tuple[float, float], b: tuple[float, float], radius_m: float, along_roads: bool) -> bool:
        """Whether two spots are within the radius of each other."""
        straight = math.hypot(a[0] - b[0], a[1] - b[1])
        if straight > radius_m:
            return False
        return not along_roads or straight <= BESIDE_M or self.way_m(a, b, radius_m) <= radius_m

    def way_m(self, a: tuple[float, float], b: tuple[float, float], limit_m: float) -> float:
        """Metres along the roads between the road spots nearest to two points; inf where it is more than the limit."""
        edges, offsets, _ = self._locator.nearest_edges([a[0], b[0]], [a[1], b[1]])
        one, other = (int(edge) for edge in edges)
        if one < 0 or other < 0:
            return math.inf
        roads, (here, there) = self._roads, offsets.tolist()
        if one == other:
            return abs(float(here - there))
        if int(roads.reverse[one]) == other:
            return abs(float(here - (roads.length_m[other] - there)))
        reached = self._reached(one, limit_m)
        ways = [
            first + float(reached[row, node]) + last
            for row, first in enumerate((here, roads.length_m[one] - here))
            for node, last in ((roads.start[other], there), (roads.end[other], roads.length_m[other] - there))
        ]
        best = float(min(ways))
        return best if best <= limit_m else math.inf

    def _reached(self, edge: int, limit_m: float) -> NDArray[np.float32]:
        """(2, N) metres from the two ends of an edge to every node within the limit."""
        key = (edge, math.ceil(limit_m))
        found = self._found.get(key)
        if found is None:
            ends = [int(self._roads.start[edge]), int(self._roads.end[edge])]
            found = dijkstra(self._graph, directed=False, indices=ends, limit=float(key[1])).astype(np.float32)
            self._found[key] = found
            if len(self._found) > _CACHED:
                self._found.popitem(last=False)
        self._found.move_to_end(key)
        return found
