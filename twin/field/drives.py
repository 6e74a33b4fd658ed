"""Residents' own cars: vehicles of the traffic as far as their share goes, beyond it bodies at the roads' speed."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from twin.city.model import City
from twin.core.words import Mode, StationType
from twin.field.bodies import CAR, RIDE, Bodies
from twin.field.footways import Footways
from twin.field.hazards.base import Floats, Moment, Point
from twin.field.people_settings import CarSettings
from twin.field.traffic import Traffic
from twin.field.ways import Ways

_LEAST_MPS, _MOST_MPS = 2.5, 16.0


class Drives:
    """A car that waits at a school's gate stays in the traffic; any other is put away on arrival. ``times_s`` are the
    roads' speeds as drivers beyond the share last looked at them: state."""

    def __init__(
        self, city: City, bodies: Bodies, ways: Ways, footways: Footways, traffic: Traffic, settings: CarSettings
    ) -> None:
        self._bodies, self._ways, self._footways = bodies, ways, footways
        self._traffic, self._settings = traffic, settings
        self._most = round(settings.share_of_traffic * traffic.most)
        self._roads = city.roads
        self.times_s: Floats = traffic.link_times_s().copy()
        self.looked_s = 0.0

    def begin(self, row: int, here: Point, goal: Point, now: Moment) -> bool:
        """Set off; False where both ends are on one road."""
        start, end = self._footways.door(here, Mode.CAR), self._footways.door(goal, Mode.CAR)
        if start[0] == end[0]:
            return False
        bodies, traffic = self._bodies, self._traffic
        vehicle = int(bodies.vehicle[row])
        if vehicle >= 0 and traffic.exists(vehicle):
            traffic.drive(vehicle, end[0], end[1])
        elif int(np.count_nonzero((bodies.mode == CAR) | ((bodies.vehicle >= 0) & (bodies.mode == 0)))) < self._most:
            bodies.vehicle[row] = traffic.spawn(
                StationType.CAR, start[0], end[0], start_offset_m=start[1], end_offset_m=end[1]
            )
        else:
            return self._ride(row, here, goal, now)
        bodies.mode[row] = CAR
        return True

    def _ride(self, row: int, here: Point, goal: Point, now: Moment) -> bool:
        if now.since_s - self.looked_s >= self._settings.times_every_s:
            self.times_s, self.looked_s = self._traffic.link_times_s().copy(), now.since_s
        x, y = self._footways.line(here, goal, "car", self.times_s)
        took_s = self._footways.drive_s(here, goal, self.times_s)
        total_m = self._ways.begin(row, x, y, 1.0)
        speed = total_m / took_s if 0.0 < took_s < np.inf else _LEAST_MPS
        self._ways.state.speed_mps[row] = min(max(speed, _LEAST_MPS), _MOST_MPS)
        self._bodies.mode[row] = RIDE
        return True

    def step(self, now: Moment, arrived: Collection[int]) -> tuple[list[int], list[int]]:
        """Rows that have arrived, and rows whose car is gone (crashed and towed)."""
        bodies, traffic = self._bodies, self._traffic
        driving = (bodies.mode == CAR).nonzero()[0]
        if not len(driving):
            return [], []
        rows = traffic.rows_of(bodies.vehicle[driving])
        lost = driving[rows < 0]
        known, at = driving[rows >= 0], rows[rows >= 0]
        bodies.xy[known, 0], bodies.xy[known, 1] = traffic.x_m[at], traffic.y_m[at]
        bodies.heading_deg[known], bodies.speed_mps[known] = traffic.heading_deg[at], traffic.speed_mps[at]
        there = np.isin(bodies.vehicle[known], np.array(sorted(arrived), np.int64))
        there |= now.since_s - bodies.since_s[known] > self._settings.longest_s
        bodies.vehicle[lost] = -1
        return known[there].tolist(), lost.tolist()

    def put_away(self, row: int) -> None:
        """Off the street."""
        vehicle = int(self._bodies.vehicle[row])
        if vehicle >= 0 and self._traffic.exists(vehicle):
            self._traffic.remove(vehicle)
        self._bodies.vehicle[row] = -1
