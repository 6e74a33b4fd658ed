"""People on buses: which line serves a way, who waits at a stop, boards, rides and alights."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from twin.city.model import City
from twin.field.bodies import BUS, WAIT, Bodies, Rows
from twin.field.hazards.base import Floats, Point
from twin.field.people_settings import BusSettings
from twin.field.traffic import Traffic

_DETOUR = 1.3
_DWELL_S = 20.0
_PACE = 1.6  # a bus's time on an edge against the free one


class Ride(NamedTuple):
    """From stop number ``board`` of a line to ``alight``; ``took_s`` as expected, walks and waiting included."""

    line: int
    board: int
    alight: int
    took_s: float


class Rides:
    """Who is on which bus is in the bodies; nothing else is state. Rides without a change only."""

    def __init__(self, city: City, bodies: Bodies, traffic: Traffic, settings: BusSettings) -> None:
        self._bodies, self._traffic, self._settings = bodies, traffic, settings
        roads, lines = city.roads, city.bus_lines
        self._stops = [len(line.stops) for line in lines]
        self.xy = [np.array([_spot(city, edge, offset) for edge, offset, _ in line.stops]) for line in lines]
        pairs: list[tuple[int, int, int, float]] = []
        for number, line in enumerate(lines):
            edges = np.array(line.edges, np.int64)
            drive = roads.length_m[edges] / np.maximum(roads.speed_mps[edges], 1.0) * _PACE
            until = np.concatenate(([0.0], np.cumsum(drive)))
            reach = [float(until[line.edges.index(edge)]) if edge in line.edges else 0.0 for edge, _, _ in line.stops]
            around = float(until[-1]) + _DWELL_S * len(line.stops)
            for a, at in enumerate(reach):
                for b, to in enumerate(reach):
                    if a != b:
                        stops = (b - a) % len(reach)
                        ride = (to - at) % max(float(until[-1]), 1.0) + _DWELL_S * stops
                        pairs.append((number, a, b, min(ride, around) + line.headway_s / 2))
        self._line, self._from, self._to = (np.array([pair[k] for pair in pairs], np.int64) for k in range(3))
        self._ride_s = np.array([pair[3] for pair in pairs])
        offset = np.concatenate(([0], np.cumsum(self._stops)))
        self._at, self._until = offset[self._line] + self._from, offset[self._line] + self._to
        self._all: Floats = np.concatenate(self.xy) if any(self._stops) else np.zeros((0, 2))

    def best(self, start: Point, end: Point, walk_mps: float) -> Ride | None:
        """The quickest ride; None where walking is about as quick."""
        if not len(self._line):
            return None
        to_s = np.hypot(self._all[:, 0] - start[0], self._all[:, 1] - start[1]) * (_DETOUR / walk_mps)
        off_s = np.hypot(self._all[:, 0] - end[0], self._all[:, 1] - end[1]) * (_DETOUR / walk_mps)
        took = to_s[self._at] + self._ride_s + off_s[self._until]
        best = int(np.argmin(took))
        on_foot_s = float(np.hypot(end[0] - start[0], end[1] - start[1])) * _DETOUR / walk_mps
        if took[best] > self._settings.slack * on_foot_s:
            return None
        return Ride(int(self._line[best]), int(self._from[best]), int(self._to[best]), float(took[best]))

    def stop_xy(self, line: int, stop: int) -> Point:
        return float(self.xy[line][stop, 0]), float(self.xy[line][stop, 1])

    def step(self, since_s: float) -> tuple[list[int], list[int]]:
        """Rows that got off, and rows that gave up waiting. Those on a bus are where it is."""
        bodies = self._bodies
        waiting, riding = (bodies.mode == WAIT).nonzero()[0], (bodies.mode == BUS).nonzero()[0]
        if not len(waiting) and not len(riding):
            return [], []
        off: list[int] = []
        for vehicle, line, stop in self._traffic.at_stops():
            off += self._alight(riding[bodies.vehicle[riding] == vehicle], line, stop, since_s)
            here = waiting[(bodies.line[waiting] == line) & (bodies.board[waiting] == stop)]
            room = self._settings.seats - int(np.count_nonzero((bodies.vehicle == vehicle) & (bodies.mode == BUS)))
            for row in here[: max(room, 0)].tolist():
                bodies.mode[row], bodies.vehicle[row], bodies.since_s[row] = BUS, vehicle, since_s
                bodies.trips[BUS] += 1
        gone = self._follow((bodies.mode == BUS).nonzero()[0])
        still = bodies.mode[waiting] == WAIT
        tired = waiting[still & (since_s - bodies.since_s[waiting] > self._settings.patience_s)]
        return off + gone, tired.tolist()

    def aboard(self, vehicle: int) -> int:
        """Passengers on a bus."""
        return int(np.count_nonzero((self._bodies.vehicle == vehicle) & (self._bodies.mode == BUS)))

    def _alight(self, riders: Rows, line: int, stop: int, since_s: float) -> list[int]:
        """Those who wanted this stop, or one that the bus has left out, or who have had enough."""
        bodies, count = self._bodies, self._stops[line]
        come = (stop - bodies.board[riders].astype(np.int64)) % count
        want = (bodies.alight[riders].astype(np.int64) - bodies.board[riders]) % count
        enough = since_s - bodies.since_s[riders] > self._settings.longest_s
        leaving = riders[((come >= want) & (come > 0)) | enough]
        bodies.vehicle[leaving] = -1
        bodies.mode[leaving] = WAIT  # stands at the stop until sent on
        bodies.line[leaving] = -1
        return [int(row) for row in leaving]

    def _follow(self, riders: Rows) -> list[int]:
        """Where the buses are; returns those whose bus is gone."""
        bodies = self._bodies
        if not len(riders):
            return []
        rows = self._traffic.rows_of(bodies.vehicle[riders])
        known, lost = riders[rows >= 0], riders[rows < 0]
        at = rows[rows >= 0]
        traffic = self._traffic
        bodies.xy[known, 0], bodies.xy[known, 1] = traffic.x_m[at], traffic.y_m[at]
        bodies.heading_deg[known], bodies.speed_mps[known] = traffic.heading_deg[at], traffic.speed_mps[at]
        bodies.vehicle[lost], bodies.line[lost] = -1, -1
        return [int(row) for row in lost]


def _spot(city: City, edge: int, offset_m: float) -> Point:
    """Beside the road where a stop is."""
    shape = city.roads.shape(edge)
    along = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(shape, axis=0).T))))
    ahead = min(max(int(np.searchsorted(along, offset_m, side="right")), 1), len(shape) - 1)
    step = shape[ahead] - shape[ahead - 1]
    length = max(float(np.hypot(step[0], step[1])), 1e-9)
    aside = float(city.roads.lanes[edge]) * 3.4 + 1.2
    x = float(np.interp(offset_m, along, shape[:, 0])) + aside * float(step[1]) / length
    y = float(np.interp(offset_m, along, shape[:, 1])) - aside * float(step[0]) / length
    return x, y
