"""How vehicles move in one step: grants, car following, and over the edges' ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.city.model import Roads
from twin.core.words import LightState
from twin.field import idm
from twin.field.fleet import NO_RANK, ON_LANE, Fleet, Floats, Ints
from twin.field.junctions import OPEN, Junctions
from twin.field.lane_changes import LaneChanges
from twin.field.lanes import Lanes
from twin.field.lights import Lights
from twin.field.stream import Rows, Stream, Survey
from twin.field.traffic_settings import TrafficSettings
from twin.field.turns import Turns

Flags = NDArray[np.bool_]

CLEARANCE_M = 0.3  # no vehicle comes nearer than this to another
STOP_LEAD_M = 1.6  # drivers aim to stop this far short of where the model's least gap would put them
EASE_FROM_M = 120.0  # further away no bend matters below 20 m/s
EASE_MPS2 = 1.8  # braking towards a bend or a goal
DARK_MPS = 2.0  # lights that are dark or flash are approached this slowly
SIREN_EASE_MPS2 = 2.6  # and towards a red light with a siren

LOST = np.zeros(256, np.bool_)
LOST[[LightState.DARK, LightState.CAUTION]] = True
LOST.setflags(write=False)


@dataclass(slots=True)
class Ground:
    """What the roads allow now: (L,) free speeds, lanes not to be entered by the public, and by nobody: under
    water, as ``some_deep`` lane is."""

    speed_mps: Floats
    closed: Flags
    deep: Flags
    some_deep: bool


class Motion:
    """The step's arithmetic; all state is in the fleet, the junctions and the lights."""

    def __init__(self, roads: Roads, lanes: Lanes, turns: Turns, settings: TrafficSettings) -> None:
        self.lanes, self.turns = lanes, turns
        driving = settings.driving
        self.drivers = idm.Drivers(
            driving.headway_s, driving.least_gap_m, driving.comfortable_mps2, driving.hardest_mps2
        )
        self.survey = Survey(lanes, turns)
        self._bent = turns.speed_mps < float(roads.speed_mps.max(initial=0.0)) * driving.speed_factor[1]
        self.junctions = Junctions(lanes, turns, len(roads.node_xy), settings.junctions)
        self.changes = LaneChanges(lanes, turns)
        self._glide_mps = driving.lane_width_m / driving.lane_change_s
        self._red_mps = settings.sirens.red_mps

    def view(self, fleet: Fleet, brief: bool = False) -> Stream:
        """Who is where now; ``brief`` leaves out who is ahead beyond the junctions."""
        return self.survey.look(fleet, brief)

    def step(
        self, stream: Stream, fleet: Fleet, ground: Ground, lights: Lights, caps: Floats, step_s: float
    ) -> tuple[Rows, Rows]:
        """Move everybody once. ``caps`` (capacity,) bounds speeds by row (buses at stops, sirens' way).
        Returns the rows that came onto a new edge and those stuck before a full one."""
        columns = fleet.columns
        if ground.some_deep:
            stream.asks |= (stream.turn >= 0) & ground.deep[self.turns.out[stream.turn]]
        stuck = self.junctions.decide(stream, columns, lights.edge_state, ground.closed, ground.deep, step_s)
        rows = stream.rows
        stops = self._stops(stream, columns.granted[rows])
        desired = self._desired(stream, fleet, ground, lights)
        desired = np.minimum(desired, caps[rows])
        aim = stops + (self.drivers.least_gap_m - STOP_LEAD_M)
        gap, leader = np.minimum(stream.gap_m, aim), stream.leader_mps * (stream.gap_m <= aim)
        push = idm.acceleration(self.drivers, stream.speed, desired, gap, leader, columns.pull_mps2[rows])
        # the model only nears the desired speed, and from standstill would overshoot a small one within a step
        push = np.minimum(push, np.maximum((desired - stream.speed) / step_s, -self.drivers.comfortable_mps2))
        hard = np.minimum(stream.gap_m - CLEARANCE_M, stops)
        speed, distance = idm.advance(stream.speed, push, hard, leader, self.drivers, step_s)
        self._stretch(stream, columns.came[rows[stream.inbox]], distance, hard)
        fixed = columns.stalled[rows].nonzero()[0]
        speed[fixed], distance[fixed] = 0.0, 0.0
        columns.acceleration_mps2[rows] = (speed - stream.speed) / step_s
        columns.speed_mps[rows] = speed
        offset = stream.offset + distance
        columns.offset_m[rows] = offset
        columns.still_s[rows] = (columns.still_s[rows] + step_s) * (speed <= 0.5)
        self._glide(fleet, step_s)
        over = (offset > self.lanes.length_m[stream.lane]).nonzero()[0]
        return self._cross(fleet, rows[over]), stuck

    def _stretch(self, stream: Stream, came: Ints, distance: Floats, hard: Floats) -> None:
        """Turn metres driven in a box into metres of offset."""
        scale = self.turns.scale
        inside = stream.offset[stream.inbox] < self.lanes.entry_m[stream.lane[stream.inbox]]
        distance[stream.inbox[inside]] *= scale[came[inside]]
        distance[stream.leaving] *= scale[stream.turn[stream.leaving]]
        np.minimum(distance, np.maximum(hard, 0.0), out=distance)

    def _stops(self, stream: Stream, granted: Flags) -> Floats:
        """(n,) metres to where each must stop for its junction or its edge's end; infinite where it need not."""
        stops = np.full(len(granted), np.inf)
        held = (stream.asks & ~granted).nonzero()[0]
        stops[held] = np.maximum(stream.to_stop[held], 0.0)
        ends = (stream.turn < 0).nonzero()[0]
        stops[ends] = np.maximum(self.lanes.length_m[stream.lane[ends]] - stream.offset[ends], 0.0)
        return stops

    def _desired(self, stream: Stream, fleet: Fleet, ground: Ground, lights: Lights) -> Floats:
        columns, lanes, turns = fleet.columns, self.lanes, self.turns
        rows, lane, turn = stream.rows, stream.lane, stream.turn
        desired = ground.speed_mps[lane] * columns.factor[rows]
        bends = ((stream.to_stop < EASE_FROM_M) & self._bent[turn] & (turn >= 0)).nonzero()[0]
        bend = turns.speed_mps[turn[bends]]
        eased = np.sqrt(bend * bend + 2 * EASE_MPS2 * np.maximum(stream.to_stop[bends], 0.0))
        desired[bends] = np.minimum(desired[bends], eased)
        came = columns.came[rows[stream.inbox]]
        desired[stream.inbox] = np.minimum(desired[stream.inbox], turns.speed_mps[came] + 0.5)
        goal = (turn < 0).nonzero()[0]
        left = np.maximum(columns.goal_m[rows[goal]] - stream.offset[goal], 0.0)
        desired[goal] = np.minimum(desired[goal], np.sqrt(2 * EASE_MPS2 * left) + 1.0)
        if lights.some_failed:
            dark = ((stream.to_stop > 0.0) & LOST[lights.edge_state[lanes.edge[lane]]]).nonzero()[0]
            slow = np.sqrt(DARK_MPS**2 + 2 * EASE_MPS2 * stream.to_stop[dark])
            desired[dark] = np.minimum(desired[dark], slow)
        sirens = columns.siren[rows].nonzero()[0]
        if len(sirens):
            ahead = stream.to_stop[sirens]
            red = (ahead > 0.0) & ~OPEN[lights.edge_state[lanes.edge[lane[sirens]]]]
            slow = np.sqrt(self._red_mps**2 + 2 * SIREN_EASE_MPS2 * np.where(red, ahead, 1e9))
            desired[sirens] = np.minimum(desired[sirens], slow)
        return desired

    def _glide(self, fleet: Fleet, step_s: float) -> None:
        """Sideways motion towards where each should be in its lane, the slower the slower it drives."""
        columns = fleet.columns
        which = (columns.aim_m != columns.shift_m).nonzero()[0]
        which = which[columns.used[which] & (columns.place[which] == ON_LANE)]
        pace = np.minimum(self._glide_mps, 0.5 + 0.25 * columns.speed_mps[which]) * step_s
        columns.shift_m[which] += np.clip(columns.aim_m[which] - columns.shift_m[which], -pace, pace)

    def _cross(self, fleet: Fleet, rows: Rows) -> Rows:
        columns, lanes = fleet.columns, self.lanes
        rows = rows[columns.turn[rows] >= 0]
        turn = columns.turn[rows]
        beyond = columns.offset_m[rows] - lanes.length_m[columns.lane[rows]]
        lane = self.turns.out[turn]
        columns.lane[rows], columns.came[rows] = lane, turn
        columns.offset_m[rows] = np.minimum(beyond, lanes.stop_m[lane])
        columns.granted[rows] = False
        columns.wait_s[rows] = 0.0
        columns.rank[rows], columns.turn[rows] = NO_RANK, -1
        return rows

    def head_for(self, fleet: Fleet, rows: Rows, rank: NDArray[np.uint8]) -> None:
        """Set the next edge by its rank; NO_RANK: the vehicle ends on this edge."""
        columns = fleet.columns
        columns.rank[rows] = rank
        turn = self.turns.first[columns.lane[rows]] + rank
        columns.turn[rows] = np.where(rank == NO_RANK, -1, turn)

    def edge_of(self, fleet: Fleet, rows: Rows) -> Ints:
        return self.lanes.edge[fleet.columns.lane[rows]]
