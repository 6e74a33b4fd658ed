"""Giving way: drivers ahead of a siren change lanes or pull over, and come back once it has passed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.field.fleet import ASIDE, Fleet, Floats
from twin.field.lanes import Lanes
from twin.field.places import Places
from twin.field.stream import KEY_M, Rows, Stream
from twin.field.turns import Turns

Flags = NDArray[np.bool_]

RIGHT_M, LEFT_M = 1.7, -1.2  # how far one pulls over, from the rightmost lane and from the others
CLEAR_M = 1.1  # from here on a siren can pass
SLOW_MPS = 2.5
PASSED_M = 14.0
CLOSE_M = 1.0  # and who is nearer than this drives on, to make room
LET_IN_M = 12.0  # who is nearer than this behind somebody who wants back into the lane lets him in


class Sirens:
    """No state besides the fleet's."""

    def __init__(self, lanes: Lanes, turns: Turns, notice_m: float) -> None:
        self._lanes, self._turns, self._notice_m = lanes, turns, notice_m

    def make_way(self, stream: Stream, fleet: Fleet, caps: Floats) -> Flags:
        """Who is to flee to another lane, (n,); slows and shifts those who have none, and takes out of their lane
        those who are over far enough. The stream is out of date where anybody was."""
        columns = fleet.columns
        fleeing = np.zeros(len(stream.rows), np.bool_)
        over: list[int] = []
        for place in columns.siren[stream.rows].nonzero()[0]:
            for ahead in self._ahead(stream, int(place)):
                row = int(stream.rows[ahead])
                if columns.granted[row] or columns.stalled[row] or columns.siren[row]:
                    continue
                fleeing[ahead] = self._lanes.count[self._lanes.edge[stream.lane[ahead]]] > 1
                if fleeing[ahead] and stream.speed[ahead] > 1.0:
                    continue
                columns.aim_m[row] = RIGHT_M if self._lanes.number[stream.lane[ahead]] == 0 else LEFT_M
                caps[row] = min(float(caps[row]), SLOW_MPS)
                if abs(columns.shift_m[row]) > CLEAR_M and row not in over:
                    over.append(row)
        if over:
            rows = np.array(over, np.int64)
            columns.speed_mps[rows] = 0.0
            columns.acceleration_mps2[rows] = 0.0
            fleet.delist(rows, ASIDE)
        return fleeing

    def _ahead(self, stream: Stream, place: int) -> list[int]:
        """Positions of those within notice ahead of one, also beyond the junction in front of it."""
        found, count = [], len(stream.rows)
        limit = stream.offset[place] + self._notice_m
        here = place
        while here + 1 < count and stream.same[here] and stream.offset[here + 1] < limit:
            here += 1
            if stream.offset[here] <= self._lanes.stop_m[stream.lane[here]]:
                found.append(here)
        turn = int(stream.turn[place])
        beyond = limit - float(self._lanes.length_m[stream.lane[place]])
        if turn < 0 or beyond <= 0:
            return found
        out = int(self._turns.out[turn])
        here = int(np.searchsorted(stream.keys, out * KEY_M))
        while here < count and stream.lane[here] == out and stream.offset[here] < beyond:
            rear = stream.offset[here] - stream.length[here]
            if rear > self._lanes.entry_m[out] and stream.offset[here] <= self._lanes.stop_m[out]:
                found.append(here)
            here += 1
        return found

    def come_back(self, stream: Stream, fleet: Fleet, caps: Floats) -> None:
        """Let those who pulled over into their lanes again where no siren is near and there is room."""
        columns = fleet.columns
        aside = (columns.used & (columns.place == ASIDE)).nonzero()[0]
        over = (columns.used & (columns.aim_m != 0) & (columns.place != ASIDE) & ~columns.driven).nonzero()[0]
        sirens = stream.rows[columns.siren[stream.rows]]
        for row in over:
            if not self._near(fleet, int(row), sirens):
                columns.aim_m[row] = 0.0
        if not len(aside):
            return
        places = Places(fleet, self._lanes)
        for row in aside:
            if self._near(fleet, int(row), sirens):
                continue
            lane, offset = int(columns.lane[row]), float(columns.offset_m[row])
            if places.free(lane, offset, float(columns.length_m[row]), least_m=1.2, anywhere=True) >= 0.0:
                came = int(columns.came[row])
                places.put(int(row), lane, offset, 0.0)
                columns.came[row] = came
                columns.aim_m[row] = 0.0
            else:
                self._let_in(stream, lane, offset - float(columns.length_m[row]), caps)

    def _let_in(self, stream: Stream, lane: int, rear_m: float, caps: Floats) -> None:
        """The next behind one who waits beside the lane stops for a while."""
        place = int(np.searchsorted(stream.keys, lane * KEY_M + rear_m - CLOSE_M)) - 1
        if place >= 0 and stream.lane[place] == lane and stream.offset[place] > rear_m - LET_IN_M:
            caps[stream.rows[place]] = 0.0

    def _near(self, fleet: Fleet, row: int, sirens: Rows) -> bool:
        columns, lanes = fleet.columns, self._lanes
        edge = lanes.edge[columns.lane[row]]
        for other in sirens:
            lane = columns.lane[other]
            ahead = float(columns.offset_m[row] - columns.offset_m[other])
            if lanes.edge[lane] == edge:
                if -PASSED_M - columns.length_m[row] < ahead < self._notice_m * 1.2:
                    return True
                continue
            turn = columns.turn[other]
            if turn >= 0 and lanes.edge[self._turns.out[turn]] == edge:
                left = float(lanes.length_m[lane] - columns.offset_m[other])
                if left + columns.offset_m[row] < self._notice_m * 1.2:
                    return True
        return False
