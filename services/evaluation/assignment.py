"""Cars on the roads by the hour: shortest paths at times that follow from all volumes (user equilibrium by the
conjugate method of Frank and Wolfe), with the volume-delay function of the Bureau of Public Roads. Every car counts,
residents' and others' alike.

No queue spills back over a junction here, and a full road never stops: what is lost in a jam is understated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from services.evaluation.adoption_settings import RoadRules
from twin.city.households import Flags, Ints
from twin.city.model import City, Floats
from twin.core.words import Mode, RoadClass

HOURS = 24
HOUR_S = 3600.0
_HALVINGS = 14
_MOST_OF_LAST = 0.95


@dataclass(frozen=True, slots=True)
class Trips:
    """Cars in one hour: (N,) edges that they leave from and go to, and how many they are."""

    origin: Ints
    goal: Ints
    cars: Floats

    def __add__(self, other: Trips) -> Trips:
        return Trips(
            np.concatenate((self.origin, other.origin)), np.concatenate((self.goal, other.goal)),
            np.concatenate((self.cars, other.cars)),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Loaded:
    """One hour on the roads: cars on each edge (E,), the time that each takes (E,), and how far from equilibrium the
    last round still was (0: nobody could be quicker elsewhere)."""

    volume: Floats
    time_s: Floats
    gap: float


class Network:
    """The roads as capacities and free times. Made once a city."""

    def __init__(self, city: City, rules: RoadRules) -> None:
        roads = city.roads
        self.allowed: Flags = (roads.modes & int(Mode.CAR)) != 0
        self.length_m = roads.length_m
        self._start, self._end = roads.start.astype(np.int64), roads.end.astype(np.int64)
        self._nodes, self._drivable = len(roads.node_xy), np.flatnonzero(self.allowed)
        self._hop = self._start[self._drivable] * self._nodes + self._end[self._drivable]
        lit = np.isin(roads.end, [each.node for each in city.intersections])
        self.free_s: Floats = roads.length_m / np.maximum(roads.speed_mps, 0.1) + rules.light_s * lit
        lane = np.zeros(max(RoadClass) + 1)
        for name, each in rules.capacity.items():
            lane[RoadClass[name.upper()]] = each
        self.capacity: Floats = np.maximum(lane[roads.road_class] * np.maximum(roads.lanes, 1), 1.0)
        self._rules = rules

    def times_s(self, volume: Floats) -> Floats:
        """(E,) seconds on each edge at so many cars an hour."""
        rules = self._rules
        return np.asarray(self.free_s * (1.0 + rules.alpha * (volume / self.capacity) ** rules.beta))

    def load(self, trips: Trips) -> Loaded:
        """The hour's cars on their ways. Those for whom there is none stay off the roads."""
        if not len(trips.origin):
            return Loaded(np.zeros(len(self.length_m)), self.free_s, 0.0)
        volume, gap = self.all_or_nothing(trips, self.free_s), 0.0
        target: Floats | None = None
        for _ in range(self._rules.rounds):
            time_s = self.times_s(volume)
            shortest = self.all_or_nothing(trips, time_s)
            spent = float(volume @ time_s)
            gap = float((volume - shortest) @ time_s) / spent if spent > 0.0 else 0.0
            if gap <= self._rules.gap:
                break
            target = shortest if target is None else self._conjugate(volume, target, shortest)
            volume = volume + self._step(volume, target - volume) * (target - volume)
        return Loaded(volume, self.times_s(volume), gap)

    def _conjugate(self, volume: Floats, last: Floats, shortest: Floats) -> Floats:
        """Between the last target and the shortest ways, so that this step does not undo the last one (M. Mitradjieva,
        P. O. Lindberg, Transportation Science 47, 2013)."""
        rules = self._rules
        steep = self.free_s * rules.alpha * rules.beta * (volume / self.capacity) ** (rules.beta - 1.0) / self.capacity
        before = (last - volume) * steep
        along, across = float(before @ (shortest - volume)), float(before @ (shortest - last))
        part = along / across if across != 0.0 else 0.0
        part = min(max(part, 0.0), _MOST_OF_LAST)
        return np.asarray(part * last + (1.0 - part) * shortest)

    def _step(self, volume: Floats, towards: Floats) -> float:
        """How far to go towards the shortest ways: where the sum of all edges' time integrals is least."""
        low, high = 0.0, 1.0
        for _ in range(_HALVINGS):
            middle = (low + high) / 2.0
            if float(towards @ self.times_s(volume + middle * towards)) > 0.0:
                high = middle
            else:
                low = middle
        return (low + high) / 2.0

    def all_or_nothing(self, trips: Trips, time_s: Floats) -> Floats:
        """(E,) cars on each edge if all took the shortest way at these times; the goal's own edge is not counted."""
        away = trips.origin != trips.goal
        origin, cars = trips.origin[away], trips.cars[away]
        volume = np.bincount(origin, weights=cars, minlength=len(self.length_m)).astype(np.float64)
        goals, which = np.unique(self._start[trips.goal[away]], return_inverse=True)
        hops, edges = self._quickest(time_s)
        far_s, onward = dijkstra(self._graph(hops, time_s[edges]), indices=goals, return_predecessors=True)
        from_node = np.zeros((len(goals), self._nodes))
        np.add.at(from_node, (which, self._end[origin]), cars)
        tree, node = np.nonzero(_gathered(from_node, far_s, onward) * (onward >= 0))
        taken = edges[np.searchsorted(hops, node * self._nodes + onward[tree, node])]
        return volume + np.bincount(taken, weights=from_node[tree, node], minlength=len(volume))

    def reachable(self, trips: Trips) -> Flags:
        """(N,) whether there is a way by car."""
        goals, which = np.unique(self._start[trips.goal], return_inverse=True)
        if not len(goals):
            return np.zeros(0, np.bool_)
        hops, edges = self._quickest(self.free_s)
        away = np.atleast_2d(dijkstra(self._graph(hops, self.free_s[edges]), indices=goals))
        return np.asarray(np.isfinite(away[which, self._end[trips.origin]]))

    def _quickest(self, time_s: Floats) -> tuple[Ints, Ints]:
        """Hops from node to node (``from * nodes + to``, rising) and the quickest edge of each."""
        order = np.lexsort((time_s[self._drivable], self._hop))
        hop = self._hop[order]
        first = np.concatenate(([True], np.diff(hop) != 0))[: len(hop)]
        return hop[first], self._drivable[order[first]]

    def _graph(self, hops: Ints, time_s: Floats) -> csr_array:
        """Towards where one goes: a way back along each hop."""
        ends = (hops % self._nodes, hops // self._nodes)
        return csr_array((np.maximum(time_s, 1e-6), ends), shape=(self._nodes, self._nodes))


def _gathered(cars: Floats, far_s: Floats, onward: NDArray[np.int32]) -> Floats:
    """(T, N) cars that pass each node of each tree, in place of those that begin there: from the farthest node on, each
    hands its own to the next. Those without a way are left out."""
    cars[onward < 0] *= np.isfinite(far_s[onward < 0])
    trees = np.arange(len(cars))
    for node in np.argsort(-far_s, axis=1, kind="stable").T:
        after = onward[trees, node]
        some = after >= 0
        cars[trees[some], after[some]] += cars[trees[some], node[some]]
    return cars


@dataclass(frozen=True, slots=True)
class RoadDay:
    """A day on the roads, all cars together: hours under way, hours beyond free flow, the gap left at worst, and how
    long the busiest hour's ways take against free flow."""

    vehicle_h: float
    lost_h: float
    peak_ratio: float
    gap: float


def road_day(network: Network, hours: list[Trips]) -> RoadDay:
    """``hours`` are the day's 24."""
    total = lost = gap = 0.0
    ratio = 1.0
    for trips in hours:
        loaded = network.load(trips)
        spent, free = float(loaded.volume @ loaded.time_s), float(loaded.volume @ network.free_s)
        total, lost = total + spent / HOUR_S, lost + (spent - free) / HOUR_S
        ratio, gap = max(ratio, spent / free if free > 0.0 else 1.0), max(gap, loaded.gap)
    return RoadDay(total, lost, ratio, gap)
