"""Trips: vehicles depart, drive to where they want to be and park there; the population follows the hour."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from twin.city.model import City, Roads
from twin.core import chance
from twin.field.fleet import Fleet, Floats
from twin.field.lanes import Lanes
from twin.field.places import Places
from twin.field.routes import PUBLIC, Routes
from twin.field.traffic_settings import Population, VehicleKind

HOUR_MS = 3_600_000
LEAST_EDGE_M = 45.0
TRIES = 6


class Departures:
    """Origins anywhere in the network's largest strongly connected part, goals among a fixed set of attractors."""

    def __init__(
        self, city: City, lanes: Lanes, routes: Routes, population: Population, kinds: tuple[VehicleKind, ...],
        speed_factor: tuple[float, float], seed: int,
    ) -> None:  # fmt: skip
        self._roads, self._lanes, self._routes = city.roads, lanes, routes
        self._population, self._kinds, self._factor, self._seed = population, kinds, speed_factor, seed
        self._shares = np.cumsum([kind.share for kind in kinds])
        connected = _strongest(city.roads, lanes)
        usable = connected & lanes.cars & (city.roads.length_m >= LEAST_EDGE_M)
        if not usable.any():
            usable = connected & lanes.cars
        self.origins = np.flatnonzero(usable)
        weights = city.roads.length_m[self.origins] * lanes.count[self.origins]
        self._weights: Floats = np.cumsum(weights) / max(float(weights.sum()), 1e-9)
        self.goals = self._attractors(city, connected)
        lane_km = float((city.roads.length_m * lanes.count)[connected].sum()) / 1000
        most = max(population.vehicles, round(population.per_lane_km * lane_km))
        self.most = min(most, population.largest) if len(self.origins) else 0
        self.serial = 0
        self.owed = 0.0  # departures saved up

    def _attractors(self, city: City, connected: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Edges by the entrances of places first, then drawn at random."""
        wanted = [p.entrance_edge for p in city.places if 0 <= p.entrance_edge < len(connected)]
        wanted = [edge for edge in dict.fromkeys(wanted) if connected[edge] and self._lanes.cars[edge]]
        most = self._population.attractors
        drawn = chance.generator(self._seed, "traffic", "attractors").permutation(self.origins)
        chosen = list(dict.fromkeys([*wanted[: most // 2], *(int(edge) for edge in drawn)]))[:most]
        return np.array(sorted(chosen), np.int64)

    def target(self, city_ms: int, utc_offset_ms: int = 0) -> int:
        """How many should be under way, between the hours' values."""
        hours = ((city_ms + utc_offset_ms) % (24 * HOUR_MS)) / HOUR_MS
        hour, share = int(hours) % 24, hours % 1.0
        by_hour = self._population.by_hour
        return round(self.most * (by_hour[hour] * (1 - share) + by_hour[(hour + 1) % 24] * share))

    def depart(self, fleet: Fleet, missing: int, step_s: float, at_once: bool = False) -> NDArray[np.int64]:
        """Send off up to ``missing`` vehicles at the configured rate (all of them ``at_once``). Returns their rows."""
        if missing <= 0 or not len(self.goals):
            self.owed = 0.0
            return np.zeros(0, np.int64)
        self.owed = min(self.owed + self._population.departures_per_s * step_s, max(1.0, float(missing)))
        count = missing if at_once else min(missing, int(self.owed))
        self.owed -= 0 if at_once else count
        places = Places(fleet, self._lanes) if count else None
        rows = [row for _ in range(count) if places and (row := self._one(fleet, places, at_once)) >= 0]
        return np.array(rows, np.int64)

    def _one(self, fleet: Fleet, places: Places, moving: bool) -> int:
        """One departure; -1 where no room was found in a few tries."""
        self.serial += 1
        draw = chance.generator(self._seed, "traffic", "trip", self.serial).random(3 + 4 * TRIES)
        kind = self._kinds[min(int(np.searchsorted(self._shares, draw[0])), len(self._kinds) - 1)]
        for attempt in range(TRIES):
            where, along, to, which = draw[3 + 4 * attempt : 7 + 4 * attempt]
            pick = min(int(np.searchsorted(self._weights, where, side="right")), len(self.origins) - 1)
            origin = int(self.origins[pick])
            goal = int(self.goals[int(to * len(self.goals))])
            if not self._worth(origin, goal):
                continue
            # while the city fills, vehicles are all over the road; later they leave the kerb
            number = int(which * self._lanes.count[origin]) if moving else 0
            lane = int(self._lanes.first[origin]) + number
            low = float(self._lanes.entry_m[lane]) + kind.length_m + (6.0 if moving else 14.0)
            offset = low + along * max(float(self._lanes.stop_m[lane]) - 3.0 - low, 0.0)
            ahead = places.free(lane, offset, kind.length_m, least_m=6.0)
            if ahead < 6.0:
                continue
            row = self._make(fleet, kind, goal, draw[1], draw[2])
            limit = float(self._roads.speed_mps[origin])
            pace = 0.7 * limit if moving else min(4.0, limit)
            places.put(row, lane, offset, min(pace, float(np.sqrt(2.0 * max(ahead - 4.0, 0.0)))))
            return row
        return -1

    def _worth(self, origin: int, goal: int) -> bool:
        """Whether one would drive: both ends open, and far enough from each other."""
        if self._routes.shut[PUBLIC, origin] or self._routes.blocked[origin] or self._routes.shut[PUBLIC, goal]:
            return False
        apart = self._roads.node_xy[self._roads.end[origin]] - self._roads.node_xy[self._roads.start[goal]]
        return origin != goal and float(np.hypot(apart[0], apart[1])) >= self._population.least_trip_m

    def _make(self, fleet: Fleet, kind: VehicleKind, goal: int, pace: float, along: float) -> int:
        row = int(fleet.add()[0])
        columns, lanes = fleet.columns, self._lanes
        columns.kind[row] = kind.station
        columns.length_m[row], columns.width_m[row] = kind.length_m, kind.width_m
        columns.pull_mps2[row] = kind.acceleration_mps2
        low, high = self._factor
        columns.factor[row] = low + (high - low) * pace
        lane = int(lanes.first[goal])
        near, far = float(lanes.entry_m[lane]), float(lanes.stop_m[lane])
        columns.goal[row], columns.goal_m[row] = goal, near + 2.0 + along * max(far - near - 4.0, 0.0)
        self._routes.ensure(goal, PUBLIC)
        return row


def _strongest(roads: Roads, lanes: Lanes) -> NDArray[np.bool_]:
    """(E,) edges in the part of the network from everywhere in which one can drive to everywhere else."""
    cars = np.flatnonzero(lanes.cars)
    nodes = len(roads.node_xy)
    graph = csr_array((np.ones(len(cars)), (roads.start[cars], roads.end[cars])), shape=(nodes, nodes))
    count, label = connected_components(graph, directed=True, connection="strong")
    if count == 0:
        return np.zeros(len(roads), np.bool_)
    largest = int(np.argmax(np.bincount(label)))
    return np.asarray((label[roads.start] == largest) & (label[roads.end] == largest) & lanes.cars, np.bool_)
