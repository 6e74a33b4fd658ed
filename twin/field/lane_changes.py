"""Lane choice: towards the lane of the next turn, round what stands in the way, and for faster flow."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.field.fleet import NO_RANK, Columns
from twin.field.lanes import Floats, Lanes
from twin.field.stream import KEY_M, Rows, Stream
from twin.field.turns import Turns

Flags = NDArray[np.bool_]

WORTH_MPS = 1.2  # a gain in speed worth a change
AHEAD_S = 4.0  # over which drivers judge the gap ahead
STANDING_NEAR_M = 70.0


class LaneChanges:
    """All vehicles consider one side, in one second the left, in the next the right; nobody meets anybody half way."""

    def __init__(self, lanes: Lanes, turns: Turns) -> None:
        self._lanes, self._turns = lanes, turns
        numbers = lanes.number[turns.lane]
        edge = lanes.edge[turns.lane]
        self._first_rank = turns.first
        # the proper range of each turn, the same for all lanes of an edge
        widest = int(np.diff(lanes.out_first).max(initial=1))
        rank = np.arange(len(turns)) - turns.first[turns.lane]
        key = edge.astype(np.int64) * widest + rank
        size = len(lanes.count) * widest
        low, high = np.full(size, 255, np.int64), np.zeros(size, np.int64)
        np.minimum.at(low, key[turns.proper], numbers[turns.proper])
        np.maximum.at(high, key[turns.proper], numbers[turns.proper])
        self._low, self._high = low[key], high[key]

    def consider(self, stream: Stream, columns: Columns, left: bool, wanted: Floats, fleeing: Flags) -> int:
        """Change lanes where it is wanted and safe; ``wanted`` (n,) is each driver's free speed, ``fleeing`` (n,) who
        makes way for a siren. Returns how many changed; the stream is out of date where that is not zero."""
        lanes = self._lanes
        lane = stream.lane
        edge, number = lanes.edge[lane], lanes.number[lane]
        side = 1 if left else -1
        within = (number + side >= 0) & (number + side < lanes.count[edge])
        within &= (stream.offset - stream.length > lanes.entry_m[lane] + 2.0) & (
            stream.offset < lanes.stop_m[lane] - 2.0
        )
        who = within.nonzero()[0]
        rows = stream.rows[who]
        fit = ~(columns.granted[rows] | columns.thing[rows] | columns.stalled[rows])
        fit &= np.abs(columns.shift_m[rows] - columns.aim_m[rows]) < 0.6
        fit &= columns.until_ms[rows] == 0
        who = who[fit]
        if not len(who):
            return 0
        target = (lane[who] + side).astype(np.int64)
        ahead, behind = self._neighbours(stream, who, target)
        must, may = self._need(stream, columns, who, side, ahead, wanted[who])
        safe = self._safe(stream, columns, who, ahead, behind, must)
        go = ((must | may | fleeing[who]) & safe).nonzero()[0]
        self._move(stream, columns, who[go], target[go])
        return len(go)

    def _neighbours(self, stream: Stream, who: Rows, target: NDArray[np.int64]) -> tuple[Rows, Rows]:
        """Positions of the next ahead and behind in the target lane, -1 where there is none."""
        place = np.searchsorted(stream.keys, target * KEY_M + stream.offset[who])
        ahead, behind = np.minimum(place, len(stream.keys) - 1), np.maximum(place - 1, 0)
        ahead = np.where((place < len(stream.keys)) & (stream.lane[ahead] == target), ahead, -1)
        behind = np.where((place > 0) & (stream.lane[behind] == target), behind, -1)
        return ahead, behind

    def _need(
        self, stream: Stream, columns: Columns, who: Rows, side: int, ahead: Rows, wanted: Floats
    ) -> tuple[Flags, Flags]:
        number = self._lanes.number[stream.lane[who]]
        turn = stream.turn[who]
        heading = turn >= 0
        low = np.where(heading, self._low[turn], 0)
        high = np.where(heading, self._high[turn], 255)
        must = number < low if side > 0 else number > high
        fits = (number + side >= low) & (number + side <= high)
        gap_there = np.where(ahead >= 0, (stream.offset - stream.length)[ahead] - stream.offset[who], np.inf)
        speed_there = np.where(ahead >= 0, stream.speed[ahead], 0.0)
        there = np.minimum(wanted, speed_there + gap_there / AHEAD_S)
        here = np.minimum(wanted, stream.leader_mps[who] + stream.gap_m[who] / AHEAD_S)
        standing = columns.thing[stream.rows] | columns.stalled[stream.rows]
        next_one = np.minimum(who + 1, len(stream.rows) - 1)
        stands_here = stream.same[who] & standing[next_one] & (stream.gap_m[who] < STANDING_NEAR_M)
        stands_there = (ahead >= 0) & standing[ahead] & (gap_there < STANDING_NEAR_M)
        gains = (there > here + WORTH_MPS) & (stream.speed[who] > 0.5)
        round_it = stands_here & (there > here + WORTH_MPS)
        return must & ~stands_there, ((fits & gains) | round_it) & ~stands_there

    def _safe(self, stream: Stream, columns: Columns, who: Rows, ahead: Rows, behind: Rows, must: Flags) -> Flags:
        speed, offset = stream.speed[who], stream.offset[who]
        patience = np.where(must, 0.5, 1.0)
        lead_gap = (stream.offset - stream.length)[ahead] - offset
        lead_need = 1.0 + patience * np.maximum(0.4 * speed + 1.5 * (speed - stream.speed[ahead]), 0.5)
        back_gap = offset - stream.length[who] - stream.offset[behind]
        follower = stream.speed[behind]
        back_need = 1.0 + patience * np.maximum(0.4 * follower + 1.5 * (follower - speed), 0.5)
        safe = (ahead < 0) | (lead_gap > lead_need)
        return safe & ((behind < 0) | ((back_gap > back_need) & ~columns.granted[stream.rows[behind]]))

    def _move(self, stream: Stream, columns: Columns, who: Rows, target: NDArray[np.int64]) -> None:
        rows = stream.rows[who]
        columns.shift_m[rows] += self._lanes.lateral_m[stream.lane[who]] - self._lanes.lateral_m[target]
        columns.aim_m[rows] = 0.0  # who pulled over here need not there
        columns.lane[rows] = target
        rank = columns.rank[rows]
        turn = self._first_rank[target] + rank
        columns.turn[rows] = np.where((rank != NO_RANK) & (columns.turn[rows] >= 0), turn, -1)
        columns.wait_s[rows] = 0.0
