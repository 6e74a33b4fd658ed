"""Finding room in a lane for a vehicle that is to enter it from beside the road."""

from __future__ import annotations

import numpy as np

from twin.field.fleet import ON_LANE, Fleet
from twin.field.lanes import Lanes
from twin.field.stream import KEY_M


class Places:
    """The lanes as they are at one moment, and what is put into them through this object."""

    def __init__(self, fleet: Fleet, lanes: Lanes) -> None:
        self._fleet, self._lanes = fleet, lanes
        columns, order = fleet.columns, fleet.order
        keys = columns.lane[order] * KEY_M + columns.offset_m[order]
        place = np.argsort(keys, kind="stable")
        self._keys, self._rows = keys[place], order[place]
        self._put: dict[int, list[int]] = {}  # rows by lane

    def free(
        self,
        lane: int,
        offset_m: float,
        length_m: float,
        least_m: float = 4.0,
        hurry: float = 1.5,
        anywhere: bool = False,
    ) -> float:
        """Metres free ahead of a vehicle put there; negative where it must not be put. ``hurry`` is the seconds of
        the following vehicle's way that must be free behind; ``anywhere`` also before the stop line and near the
        junctions."""
        columns, lanes = self._fleet.columns, self._lanes
        if not anywhere and (
            offset_m - length_m < lanes.entry_m[lane] + least_m or offset_m > lanes.stop_m[lane] - 1.0
        ):
            return -1.0
        ahead = lanes.stop_m[lane] - offset_m
        before, behind = self._neighbours(lane, offset_m)
        for row in before:
            ahead = min(ahead, float(columns.offset_m[row] - columns.length_m[row]) - offset_m)
            if ahead < 1.0:
                return -1.0
        for row in behind:
            gap = offset_m - length_m - float(columns.offset_m[row])
            if gap < least_m / 2 + hurry * float(columns.speed_mps[row]) or columns.granted[row]:
                return -1.0
        return float(ahead)

    def _neighbours(self, lane: int, offset_m: float) -> tuple[list[int], list[int]]:
        """Rows in the lane ahead of an offset and behind it: the nearest that were there, and all put there since."""
        columns = self._fleet.columns
        place = int(np.searchsorted(self._keys, lane * KEY_M + offset_m))
        ahead, behind = self._rows[place : place + 1].tolist(), self._rows[max(place - 1, 0) : place].tolist()
        for row in self._put.get(lane, ()):
            (behind if columns.offset_m[row] < offset_m else ahead).append(row)
        return [row for row in ahead if columns.lane[row] == lane], [row for row in behind if columns.lane[row] == lane]

    def put(self, row: int, lane: int, offset_m: float, speed_mps: float) -> None:
        """Enter a row into its lane there (after :meth:`free` has said that it may)."""
        columns = self._fleet.columns
        columns.lane[row], columns.offset_m[row], columns.speed_mps[row] = lane, offset_m, speed_mps
        columns.came[row] = -1
        columns.still_s[row] = columns.wait_s[row] = 0.0
        columns.granted[row] = False
        self._put.setdefault(lane, []).append(row)
        if columns.place[row] != ON_LANE:
            self._fleet.enlist(np.array([row], np.int64))
