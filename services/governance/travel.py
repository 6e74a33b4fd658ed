"""How long each unit needs to an incident, by the speeds and closures that the twin believes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from services.governance.lookup import Lookup
from services.governance.sensing import Sensing
from twin.city.locate import Locator
from twin.city.paths import Paths
from twin.city.units import Unit

BEELINE_MPS = 5.0
"""Where no road is known to lead there: as the crow flies, at a walking crew's speed; marked as an estimate."""


class Travel:
    """Believed travel times; trees are cached by :class:`Paths` while the edge times stay the same."""

    def __init__(self, lookup: Lookup, paths: Paths, locator: Locator, senses: Sensing) -> None:
        self._lookup = lookup
        self._paths = paths
        self._locator = locator
        self._senses = senses

    def position(self, unit: Unit) -> tuple[float, float]:
        """Where the unit was last heard, else its depot, else the origin."""
        heard = self._senses.unit_position(unit.id)
        if heard is not None:
            return heard.x_m, heard.y_m
        depot = self._lookup.places.get(unit.depot)
        return depot.xy if depot else (0.0, 0.0)

    def seconds(self, units: Sequence[Unit], x_m: float, y_m: float) -> list[tuple[float, bool]]:
        """For each unit (seconds from now until it arrives, whether a road is known); response time included."""
        if not units:
            return []
        spots = np.array([self.position(unit) for unit in units], np.float64)
        if len(self._lookup.city.roads) == 0:
            return [self._beeline(unit, spot, x_m, y_m) for unit, spot in zip(units, spots, strict=True)]
        edges, offsets, _ = self._locator.nearest_edges(spots[:, 0], spots[:, 1])
        driving = self._driving(edges, offsets, x_m, y_m)
        return [
            (float(time) / max(unit.speed_factor, 0.1) + unit.response_s, True)
            if math.isfinite(time)
            else self._beeline(unit, spot, x_m, y_m)
            for unit, spot, time in zip(units, spots, driving, strict=True)
        ]

    def _driving(
        self, edges: NDArray[np.int32], offsets: NDArray[np.float64], x_m: float, y_m: float
    ) -> NDArray[np.float64]:
        """Seconds from each (edge, offset) to the target, along either side of the target's road."""
        roads = self._lookup.city.roads
        believed = self._senses.edge_times()
        free = self._paths.free_flow_s
        own = np.where(np.isfinite(believed), believed, free)  # one may leave, or enter, a closed road
        target, along, _ = self._locator.nearest_edges(x_m, y_m)
        sides = [(int(target[0]), float(along[0]))]
        back = int(roads.reverse[sides[0][0]])
        if back >= 0:
            sides.append((back, float(roads.length_m[back]) - sides[0][1]))
        best = np.full(len(edges), np.inf)
        share = offsets / np.maximum(roads.length_m[edges], 0.1)
        for edge, offset in sides:
            tree = self._paths.times_to(edge, believed)
            from_start = tree[edges]
            for row in np.flatnonzero(~np.isfinite(from_start)):
                exits = self._paths.exits(int(edges[row]))
                if len(exits):
                    from_start = from_start.copy()
                    from_start[row] = own[edges[row]] + tree[exits].min()
            last = own[edge] * offset / max(float(roads.length_m[edge]), 0.1)
            there = from_start - share * own[edges] + last
            same = (edges == edge) & (offsets <= offset)
            there = np.where(same, own[edge] * (offset - offsets) / max(float(roads.length_m[edge]), 0.1), there)
            best = np.minimum(best, np.maximum(there, 0.0))
        return best

    @staticmethod
    def _beeline(unit: Unit, spot: NDArray[np.float64], x_m: float, y_m: float) -> tuple[float, bool]:
        return math.hypot(float(spot[0]) - x_m, float(spot[1]) - y_m) / BEELINE_MPS + unit.response_s, False
