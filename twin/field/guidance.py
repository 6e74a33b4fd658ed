"""What each driver turns into next: by the tree towards the goal, along the line for buses, somewhere open else."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.city.model import Roads
from twin.core.words import StationType
from twin.field.buses import Buses
from twin.field.fleet import NO_RANK, Fleet
from twin.field.lanes import Lanes
from twin.field.motion import Motion
from twin.field.places import Places
from twin.field.routes import OFFICIAL, PUBLIC, Routes
from twin.field.stream import Rows, Stream
from twin.field.turns import BACK, Turns

RETHINK_LEFT_S = 10.0
"""Seconds of waiting taken off when another way was sought in vain, so that it is not sought at every step."""


class Guidance:
    """Sets ``rank`` and ``turn`` of vehicles; asks the routes, changes nothing else but goals of buses on detours."""

    def __init__(self, roads: Roads, motion: Motion, routes: Routes, buses: Buses) -> None:
        self._roads, self._motion, self.routes, self.buses = roads, motion, routes, buses

    @property
    def _lanes(self) -> Lanes:
        return self._motion.lanes

    @property
    def _turns(self) -> Turns:
        return self._motion.turns

    @staticmethod
    def whose(fleet: Fleet, rows: Rows) -> NDArray[np.int64]:
        special = fleet.columns.kind[rows] == StationType.SPECIAL
        return np.where(special, OFFICIAL, PUBLIC)

    def choose(self, fleet: Fleet, rows: Rows) -> None:
        """The next edge for rows that have just come onto theirs (or whose trees have changed)."""
        columns = fleet.columns
        if not len(rows):
            return
        edge = self._motion.edge_of(fleet, rows)
        rank = self.routes.hop(edge, columns.goal[rows], self.whose(fleet, rows))
        here = (columns.goal[rows] == edge) & (columns.offset_m[rows] <= columns.goal_m[rows] + 0.5)
        bus = columns.line[rows] >= 0
        lost = (rank == NO_RANK) & ~here & ~bus
        for index in bus.nonzero()[0]:
            rank[index] = self.buses.next_rank(fleet, int(rows[index]), int(edge[index]), self.routes)
            lost[index] = rank[index] == NO_RANK
        rank[here & ~bus] = NO_RANK
        for index in lost.nonzero()[0]:
            rank[index] = self._wander(fleet, int(rows[index]))
        self._motion.head_for(fleet, rows, rank)

    def _wander(self, fleet: Fleet, row: int) -> int:
        """Somewhere open, straight on if possible; NO_RANK at the end of all roads."""
        turns, lanes = self._turns, self._lanes
        lane = int(fleet.columns.lane[row])
        options = self._options(lane)
        open_now = [t for t in options if not self._shut(fleet, row, int(lanes.edge[turns.out[t]]))]
        if not open_now:
            return NO_RANK
        best = min(open_now, key=lambda t: (not turns.proper[t], int(turns.kind[t]), t))
        return best - int(turns.first[lane])

    def _shut(self, fleet: Fleet, row: int, edge: int) -> bool:
        whose = int(self.whose(fleet, np.array([row]))[0])
        return bool(self.routes.shut[whose, edge]) or not bool(self._lanes.cars[edge])

    def _options(self, lane: int) -> list[int]:
        """Turns from a lane; back only where there is nothing else."""
        turns = self._turns
        first = int(turns.first[lane])
        last = int(turns.first[lane + 1]) if lane + 1 < len(turns.first) else len(turns)
        every = list(range(first, last))
        return [t for t in every if turns.kind[t] != BACK] or every

    def reconsider(self, fleet: Fleet, stream: Stream, stuck: Rows) -> None:
        """Those who stand before a full road seek another way with room, the one that ends nearest to the goal."""
        columns, turns, lanes = fleet.columns, self._turns, self._lanes
        for row in stuck:
            columns.wait_s[row] = max(0.0, columns.wait_s[row] - RETHINK_LEFT_S)
            if columns.line[row] >= 0:
                continue
            lane, goal = int(columns.lane[row]), int(columns.goal[row])
            slot = self.routes.ensure(goal, int(self.whose(fleet, np.array([row]))[0]))
            nodes = self._roads.node_xy
            aim = nodes[self._roads.start[goal]]
            best, least = -1, np.inf
            for turn in self._options(lane):
                out = int(turns.out[turn])
                edge = int(lanes.edge[out])
                room = stream.rear_m[out] > lanes.entry_m[out] + columns.length_m[row] + 2.0
                leads = edge == goal or self.routes.hops[slot, edge] != NO_RANK
                if turn == columns.turn[row] or not room or not leads or self._shut(fleet, int(row), edge):
                    continue
                away = float(np.hypot(*(nodes[self._roads.end[edge]] - aim)))
                if away < least:
                    best, least = turn, away
            if best >= 0:
                rank = np.array([best - int(turns.first[lane])], np.uint8)
                self._motion.head_for(fleet, np.array([row], np.int64), rank)

    def turn_back(self, fleet: Fleet, row: int) -> bool:
        """Turn round to the other side of the road, where that is free; False where it is not."""
        columns, lanes = fleet.columns, self._lanes
        lane = int(columns.lane[row])
        back = int(self._roads.reverse[lanes.edge[lane]])
        if back < 0 or lanes.count[back] == 0 or columns.offset_m[row] > lanes.stop_m[lane]:
            return False
        target = int(lanes.first[back] + lanes.count[back] - 1)
        length = float(columns.length_m[row])
        offset = float(lanes.length_m[lane] - columns.offset_m[row]) + length
        places = Places(fleet, lanes)
        if places.free(target, offset, length, least_m=2.0) < 2.0:
            return False
        # the body stays where it is and glides over to the other side
        columns.shift_m[row] = -(lanes.lateral_m[lane] + columns.shift_m[row]) - lanes.lateral_m[target]
        places.put(row, target, offset, 0.0)
        self.choose(fleet, np.array([row], np.int64))
        return True
