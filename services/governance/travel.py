"""How long each unit needs to an incident, by the speeds and closures that the twin believes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.governance.lookup import Lookup
from services.governance.sensing import Sensing
from twin.city.locate import Locator
from twin.city.model import Floats, Indices
from twin.city.paths import Paths
from twin.city.units import Unit

BEELINE_MPS = 5.0
"""Where no road is known to lead there: as the crow flies, at a walking crew's speed; marked as an estimate."""

Spot = tuple[float, float]


class Times(NamedTuple):
    """(T, U) seconds from now until each unit is at each spot, response time included; whether a road is known."""

    seconds: Floats
    known: NDArray[np.bool_]


class Travel:
    """Believed travel times. Trees towards spots are kept while the picture of the roads (:meth:`Sensing.trip_times`)
    stays the same: it is renewed every city minute and with every closure."""

    def __init__(self, lookup: Lookup, paths: Paths, locator: Locator, senses: Sensing) -> None:
        self._lookup = lookup
        self._paths = paths
        self._locator = locator
        self._senses = senses
        self._picture: Floats = np.zeros(0)
        self._trees: Floats = np.zeros((0, len(lookup.city.roads)))
        self._row_of: dict[int, int] = {}
        self._sides: dict[Spot, tuple[tuple[int, float], ...]] = {}

    def position(self, unit: Unit) -> Spot:
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
        times = self.times(units, ((x_m, y_m),))
        return [(float(s), bool(k)) for s, k in zip(times.seconds[0], times.known[0], strict=True)]

    def times(self, units: Sequence[Unit], spots: Sequence[Spot], at: Sequence[Spot] | None = None) -> Times:
        """All units to all spots. ``at``: where the units are, where that is known already."""
        here = np.array(at if at is not None else [self.position(unit) for unit in units], np.float64).reshape(-1, 2)
        there = np.array(spots, np.float64).reshape(-1, 2)
        response = np.array([unit.response_s for unit in units])
        factor = np.array([max(unit.speed_factor, 0.1) for unit in units])
        away = np.hypot(there[:, None, 0] - here[None, :, 0], there[:, None, 1] - here[None, :, 1])
        beeline = away / BEELINE_MPS + response
        if len(self._lookup.city.roads) == 0 or not len(units) or not len(spots):
            return Times(beeline, np.zeros(beeline.shape, np.bool_))
        driving = self._driving(here, spots) / factor + response
        known = np.isfinite(driving)
        return Times(np.where(known, driving, beeline), known)

    def _driving(self, here: Floats, spots: Sequence[Spot]) -> Floats:
        """(T, U) seconds of driving, along whichever side of a spot's road is the quicker; inf where no way leads."""
        roads = self._lookup.city.roads
        believed = self._look()
        own = np.where(
            np.isfinite(believed), believed, self._paths.free_flow_s
        )  # one may leave, or enter, a closed road
        edges, offsets, _ = self._locator.nearest_edges(here[:, 0], here[:, 1])
        share = offsets / np.maximum(roads.length_m[edges], 0.1)
        self._find(spots)
        rows = [(row, *side) for row, spot in enumerate(spots) for side in self._sides[spot]]
        spot, end, offset = (np.array(column) for column in zip(*rows, strict=True))
        trees = self._trees[[self._row_of[int(edge)] for edge in end]]
        from_start = trees[:, edges]
        for column in np.flatnonzero(~np.isfinite(from_start).all(axis=0)):
            exits = self._paths.exits(int(edges[column]))
            if len(exits):
                out = own[edges[column]] + trees[:, exits].min(axis=1)
                from_start[:, column] = np.where(np.isfinite(from_start[:, column]), from_start[:, column], out)
        whole = own[end] / np.maximum(roads.length_m[end], 0.1)
        times = from_start - (share * own[edges])[None, :] + (whole * offset)[:, None]
        ahead = offset[:, None] - offsets[None, :]
        same = (end[:, None] == edges[None, :]) & (ahead >= 0)
        times = np.maximum(np.where(same, whole[:, None] * ahead, times), 0.0)
        best: Floats = np.minimum.reduceat(times, np.searchsorted(spot, np.arange(len(spots))), axis=0)
        return best

    def _look(self) -> Floats:
        """The picture of the roads; trees made by another one are forgotten."""
        now = self._senses.trip_times()
        if not np.array_equal(now, self._picture):
            self._picture = now.copy()
            self._trees, self._row_of = self._trees[:0], {}
        return self._picture

    def _find(self, spots: Sequence[Spot]) -> None:
        """Sides of the road and trees for spots that have none yet."""
        fresh = list(dict.fromkeys(spot for spot in spots if spot not in self._sides))
        if fresh:
            if len(self._sides) > 4096:
                self._sides.clear()
                fresh = list(dict.fromkeys(spots))
            places = np.array(fresh, np.float64)
            found = self._locator.nearest_edges(places[:, 0], places[:, 1])[:2]
            for at, edge, offset in zip(fresh, *(column.tolist() for column in found), strict=True):
                self._sides[at] = self._both(edge, offset)
        wanted = dict.fromkeys(edge for at in spots for edge, _ in self._sides[at] if edge not in self._row_of)
        if wanted:
            ends: Indices = np.array(list(wanted), np.int32)
            self._row_of |= {edge: len(self._trees) + index for index, edge in enumerate(wanted)}
            self._trees = np.vstack((self._trees, self._paths.all_times_to(ends.tolist(), self._picture)))

    def _both(self, edge: int, offset: float) -> tuple[tuple[int, float], ...]:
        roads = self._lookup.city.roads
        back = int(roads.reverse[edge])
        return ((edge, offset),) if back < 0 else ((edge, offset), (back, float(roads.length_m[back]) - offset))
