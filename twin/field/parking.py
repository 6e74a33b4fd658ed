"""Beside the road: vehicles of the rest of the field park where they arrive, and pull out again when sent."""

from __future__ import annotations

import numpy as np

from twin.field.fleet import ASIDE, ON_LANE, PARKED, Fleet
from twin.field.guidance import Guidance
from twin.field.lanes import Lanes
from twin.field.places import Places
from twin.field.stream import Rows

KERB_M = 3.0  # from the rightmost lane's middle to where one parks
GLIDE_MPS = 1.0
NEAR_ENOUGH_S = 20.0  # a crew that has stood this long on its goal's edge walks the rest
LIGHTS_ON_S = 40.0  # a crew that gets nowhere puts its blue lights on
PULL_OUT_S = 0.8
LEAST_M = 0.6  # from the junction behind to the tail of one that pulls out


class Parking:
    """A parked row with a goal waits to pull out; one without has arrived."""

    def __init__(self, lanes: Lanes, guidance: Guidance) -> None:
        self._lanes, self._guidance = lanes, guidance

    def step(self, fleet: Fleet, step_s: float) -> list[int]:
        """Glide parked vehicles to the kerb, let waiting ones pull out, take in arrivals. Returns rows that arrived:
        those driven by the rest of the field are parked, the others are still to be removed."""
        self._glide(fleet, step_s)
        self._pull_out(fleet)
        return self._arrive(fleet)

    def _glide(self, fleet: Fleet, step_s: float) -> None:
        columns = fleet.columns
        rows = (columns.used & (columns.place != ON_LANE) & (columns.shift_m != columns.aim_m)).nonzero()[0]
        away = columns.aim_m[rows] - columns.shift_m[rows]
        columns.shift_m[rows] += np.clip(away, -GLIDE_MPS * step_s, GLIDE_MPS * step_s)

    def _pull_out(self, fleet: Fleet) -> None:
        columns, lanes = fleet.columns, self._lanes
        waiting = (columns.used & (columns.place == PARKED) & (columns.goal >= 0)).nonzero()[0]
        if not len(waiting):
            return
        places = Places(fleet, lanes)
        for row in waiting:
            if columns.stalled[row]:
                continue
            lane, length = int(columns.lane[row]), float(columns.length_m[row])
            low, high = float(lanes.entry_m[lane]) + length + LEAST_M + 0.1, float(lanes.stop_m[lane]) - 1.0
            offset = min(max(float(columns.offset_m[row]), low), max(high, low))
            urgent = bool(columns.siren[row])
            hurry = 0.4 if urgent else PULL_OUT_S
            if places.free(lane, offset, length, least_m=LEAST_M, hurry=hurry, anywhere=high < low) < 0.0:
                continue
            places.put(int(row), lane, offset, 0.0)
            columns.aim_m[row] = 0.0
            self._guidance.choose(fleet, np.array([row], np.int64))

    def _arrive(self, fleet: Fleet) -> list[int]:
        columns, lanes = fleet.columns, self._lanes
        rows = fleet.order[columns.turn[fleet.order] < 0]
        rows = rows[(columns.line[rows] < 0) & ~columns.thing[rows]]
        here = columns.goal[rows] == lanes.edge[columns.lane[rows]]
        there = here & (columns.offset_m[rows] >= columns.goal_m[rows] - 1.0) & ~columns.stalled[rows]
        there |= here & columns.driven[rows] & (columns.still_s[rows] > NEAR_ENOUGH_S) & ~columns.stalled[rows]
        arrived = rows[there]
        self.park(fleet, arrived[columns.driven[arrived]])
        return [int(row) for row in arrived]

    def park(self, fleet: Fleet, rows: Rows) -> None:
        """Out of their lanes, to the kerb."""
        if not len(rows):
            return
        columns, lanes = fleet.columns, self._lanes
        kerb = lanes.first[lanes.edge[columns.lane[rows]]]
        columns.shift_m[rows] += lanes.lateral_m[columns.lane[rows]] - lanes.lateral_m[kerb]
        columns.lane[rows], columns.aim_m[rows] = kerb, KERB_M
        columns.speed_mps[rows] = columns.acceleration_mps2[rows] = 0.0
        columns.goal[rows] = columns.turn[rows] = columns.came[rows] = -1
        fleet.delist(rows, PARKED)

    def send(self, fleet: Fleet, row: int, goal: int, goal_m: float) -> None:
        """Give a row a goal; it pulls out when there is room, or goes on with the new goal."""
        columns = fleet.columns
        lane = int(self._lanes.first[goal])
        near, far = float(self._lanes.entry_m[lane]) + 2.0, float(self._lanes.stop_m[lane]) - 2.0
        columns.goal[row], columns.goal_m[row] = goal, min(max(goal_m, near), max(far, near))
        columns.still_s[row] = 0.0
        rows = np.array([row], np.int64)
        self._guidance.routes.ensure(goal, int(self._guidance.whose(fleet, rows)[0]))
        if columns.place[row] == ON_LANE and not columns.granted[row]:
            self._guidance.choose(fleet, rows)
        if columns.place[row] == ASIDE:
            columns.turn[row] = -1
            self._guidance.choose(fleet, rows)
