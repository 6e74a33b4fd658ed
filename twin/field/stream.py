"""One step's view of the vehicles in their lanes, in driving order, with who is ahead of whom."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.field.fleet import Fleet
from twin.field.lanes import Floats, Ints, Lanes
from twin.field.turns import Turns

Rows = NDArray[np.int64]
Flags = NDArray[np.bool_]

KEY_M = 65_536.0
"""Lane keys lie this far apart; no edge is longer."""

DIVERGED = 0.6
"""Past this share of the far side's box a vehicle's tail no longer stands in the way of other turns from its lane."""

STRADDLE_M = 0.9
"""Further than this from its lane's middle a vehicle is in the way in the next lane as well."""

CHAIN_M = 80.0
"""Shorter empty lanes that lead on without a junction are looked through."""


@dataclass(slots=True)
class Stream:
    """n vehicles sorted by lane and offset: the next row is the one ahead where ``same``.

    ``gap_m`` is bumper to bumper to whoever is ahead, through the junction for the first of a lane; infinite where
    nobody is. ``rear_m`` and ``rear_mps`` tell of each lane's last vehicle (infinite, 0 where a lane is empty).
    """

    rows: Rows
    lane: Ints
    offset: Floats
    speed: Floats
    length: Floats
    turn: Ints
    same: Flags
    keys: Floats
    gap_m: Floats
    leader_mps: Floats
    rear_m: Floats
    rear_mps: Floats
    inbox: Rows  # positions of those not yet wholly out of the box they came through
    leaving: Rows  # positions of those past their stop line
    first: Rows  # positions of the first of each lane
    to_stop: Floats  # metres to the stop line
    asks: Flags  # its turn crosses others', so that it must be granted


class Survey:
    """Makes a :class:`Stream` each step; holds what is the same in every step."""

    def __init__(self, lanes: Lanes, turns: Turns) -> None:
        self._lanes, self._turns = lanes, turns
        self._none = np.full(len(lanes), np.inf)
        self._still = np.zeros(len(lanes))
        self._stretch = np.maximum(turns.scale - 1.0, 0.0)
        single = np.bincount(turns.lane, minlength=len(lanes)) == 1
        alone = (single & (lanes.length_m < CHAIN_M)).nonzero()[0]
        alone = alone[turns.free[turns.first[alone]]] if len(alone) else alone
        self._short = alone
        self._beyond = turns.out[turns.first[alone]] if len(alone) else alone.astype(np.int64)

    def look(self, fleet: Fleet, brief: bool = False) -> Stream:
        """Bring ``fleet.order`` into driving order, by one stable sort, and see who is ahead of whom; ``brief``: only
        in the same lane."""
        columns, rows, lanes = fleet.columns, fleet.order, self._lanes
        lane, offset = columns.lane[rows], columns.offset_m[rows]
        keys = lane * KEY_M + offset
        if len(keys) and not (keys[1:] >= keys[:-1]).all():
            place = np.argsort(keys, kind="stable")
            fleet.order = rows = rows[place]
            lane, offset, keys = lane[place], offset[place], keys[place]
        speed, length, turn = columns.speed_mps[rows], columns.length_m[rows], columns.turn[rows]
        count = len(rows)
        same = np.zeros(count, np.bool_)
        np.equal(lane[1:], lane[:-1], out=same[: count - 1] if count else same)
        first = (~same).nonzero()[0]
        inbox = (offset - length < lanes.entry_m[lane]).nonzero()[0]
        inbox = inbox[columns.came[rows[inbox]] >= 0]
        to_stop = lanes.stop_m[lane] - offset
        heading = turn >= 0
        leaving = ((to_stop < 0.0) & heading).nonzero()[0]
        tail = offset - self._lengths(lane, offset, length, turn, inbox, columns.came[rows[inbox]], leaving, to_stop)
        gap, leader = np.full(count, np.inf), np.zeros(count)
        np.subtract(tail[1:], offset[:-1], out=gap[:-1])
        leader[:-1] = speed[1:]
        gap[first], leader[first] = np.inf, 0.0
        stream = Stream(
            rows, lane, offset, speed, length, turn, same, keys, gap, leader, self._none, self._still,
            inbox, leaving, first, to_stop, heading & ~self._turns.free[turn],
        )  # fmt: skip
        if count and not brief:
            stream.rear_m, stream.rear_mps = self._none.copy(), self._still.copy()
            self._tails(stream, tail)
            self._ahead(stream, tail, columns.came)
            self._straddling(stream, columns.shift_m[rows])
        return stream

    def _straddling(self, stream: Stream, shift: Floats) -> None:
        """Who is still half in the lane it comes from is ahead of those there, too."""
        who = (np.abs(shift) > STRADDLE_M).nonzero()[0]
        if not len(who):
            return
        lane = stream.lane[who]
        other = np.where(shift[who] < 0, lane + 1, lane - 1)
        edge = self._lanes.edge
        exists = (other >= 0) & (other < len(edge))
        exists &= edge[np.clip(other, 0, len(edge) - 1)] == edge[lane]
        who, other = who[exists], other[exists]
        place = np.searchsorted(stream.keys, other * KEY_M + stream.offset[who])
        self._beside(stream, who, other, place)
        behind = place - 1
        found = (behind >= 0) & (stream.lane[behind] == other)
        who, behind = who[found], behind[found]
        gap = stream.offset[who] - stream.length[who] - stream.offset[behind]
        nearer = (gap > 0.0) & (gap < stream.gap_m[behind])
        stream.gap_m[behind[nearer]] = gap[nearer]
        stream.leader_mps[behind[nearer]] = stream.speed[who[nearer]]

    def _beside(self, stream: Stream, who: Rows, other: Ints, place: Rows) -> None:
        """Who straddles two lanes does not pass whoever is ahead in the one it leaves."""
        ahead = np.minimum(place, len(stream.keys) - 1)
        gap = stream.offset[ahead] - stream.length[ahead] - stream.offset[who]
        nearer = (place < len(stream.keys)) & (stream.lane[ahead] == other) & (gap > 0.0) & (gap < stream.gap_m[who])
        stream.gap_m[who[nearer]] = gap[nearer]
        stream.leader_mps[who[nearer]] = stream.speed[ahead[nearer]]

    def _lengths(
        self, lane: Ints, offset: Floats, length: Floats, turn: Ints, inbox: Rows, came: Ints, leaving: Rows,
        to_stop: Floats,
    ) -> Floats:  # fmt: skip
        """(n,) metres of offset that each vehicle takes: more than its length on bends that are shorter than their
        box."""
        scale, takes = self._stretch, length.copy()
        beyond = np.maximum(offset[inbox] - self._lanes.entry_m[lane[inbox]], 0.0)
        takes[inbox] += scale[came] * np.maximum(length[inbox] - beyond, 0.0)
        takes[leaving] += scale[turn[leaving]] * np.minimum(-to_stop[leaving], length[leaving])
        return takes

    def _tails(self, stream: Stream, tail: Floats) -> None:
        heads = np.concatenate([[0], stream.first[:-1] + 1])
        lanes = stream.lane[heads]
        stream.rear_m[lanes] = tail[heads]
        stream.rear_mps[lanes] = stream.speed[heads]
        for _ in range(3 if len(self._short) else 0):
            empty = np.isinf(stream.rear_m[self._short])
            through, beyond = self._short[empty], self._beyond[empty]
            stream.rear_m[through] = self._lanes.length_m[through] + stream.rear_m[beyond]
            stream.rear_mps[through] = stream.rear_mps[beyond]

    def _ahead(self, stream: Stream, tail: Floats, came: Ints) -> None:
        """Leaders of the first of each lane: the last on the lane it turns into, and whoever has just left its own
        lane by another turn and still hangs over."""
        lanes, turns = self._lanes, self._turns
        first = stream.first[stream.turn[stream.first] >= 0]
        lane = stream.lane[first]
        out = turns.out[stream.turn[first]]
        remain = lanes.length_m[lane] - stream.offset[first]
        gap, leader = remain + stream.rear_m[out], stream.rear_mps[out]
        inbox = stream.inbox
        near = inbox[tail[inbox] < DIVERGED * lanes.entry_m[stream.lane[inbox]]]
        if len(near):
            left = turns.lane[came[stream.rows[near]]]
            hang = self._none.copy()
            np.minimum.at(hang, left, tail[near])
            pace = self._still.copy()
            last = tail[near] == hang[left]
            pace[left[last]] = stream.speed[near[last]]
            other = remain + hang[lane]
            leader = np.where(other < gap, pace[lane], leader)
            gap = np.minimum(gap, other)
        stream.gap_m[first] = gap
        stream.leader_mps[first] = leader
