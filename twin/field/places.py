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
        place = int(np.searchsorted(self._keys, lane * KEY_M + offset_m))
        ahead = lanes.stop_m[lane] - offset_m
        if place < len(self._rows):
            row = self._rows[place]
            if columns.lane[row] == lane:
                ahead = min(ahead, float(columns.offset_m[row] - columns.length_m[row]) - offset_m)
                if ahead < 1.0:
                    return -1.0
        if place > 0:
            row = self._rows[place - 1]
            if columns.lane[row] == lane:
                behind = offset_m - length_m - float(columns.offset_m[row])
                if behind < least_m / 2 + hurry * float(columns.speed_mps[row]) or columns.granted[row]:
                    return -1.0
        return float(ahead)

    def put(self, row: int, lane: int, offset_m: float, speed_mps: float) -> None:
        """Enter a row into its lane there (after :meth:`free` has said that it may)."""
        columns = self._fleet.columns
        columns.lane[row], columns.offset_m[row], columns.speed_mps[row] = lane, offset_m, speed_mps
        columns.came[row] = -1
        columns.still_s[row] = columns.wait_s[row] = 0.0
        columns.granted[row] = False
        key = lane * KEY_M + offset_m
        place = int(np.searchsorted(self._keys, key))
        self._keys = np.insert(self._keys, place, key)
        self._rows = np.insert(self._rows, place, row)
        if columns.place[row] != ON_LANE:
            self._fleet.enlist(np.array([row], np.int64))
