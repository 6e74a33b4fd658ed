"""The vehicles as columns: one row a vehicle (or a thing that stands in a lane), rows reused, ids never."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from twin.core import codec

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Longs = NDArray[np.int64]
Flags = NDArray[np.bool_]
Bytes = NDArray[np.uint8]

ON_LANE, PARKED, ASIDE = 0, 1, 2
"""Place of a row: in its lane; beside the road; pulled over for a siren."""

NO_RANK = 255


def _floats() -> Floats:
    return np.zeros(0, np.float64)


@dataclass(slots=True)
class Columns:
    """All state of one row; every array has the fleet's capacity."""

    id: Longs  # serial, -1 where the row is free
    used: Flags
    thing: Flags  # an obstacle, no vehicle
    kind: Bytes  # StationType
    place: Bytes  # ON_LANE, PARKED or ASIDE
    lane: Ints
    offset_m: Floats  # of the front bumper along its edge
    speed_mps: Floats
    acceleration_mps2: Floats
    length_m: Floats
    width_m: Floats
    pull_mps2: Floats  # acceleration at its best
    factor: Floats  # own share of the limit
    shift_m: Floats  # to the right of its lane's middle, decaying to aim_m
    aim_m: Floats
    rank: Bytes  # next edge among those that begin at its edge's end, NO_RANK where it arrives on this edge
    turn: Ints  # index into Turns, -1 where it arrives on this edge
    came: Ints  # turn it came by, -1 where it began here
    granted: Flags  # may enter the junction at its edge's end
    goal: Ints  # destination edge
    goal_m: Floats  # offset there
    still_s: Floats  # standing for
    wait_s: Floats  # standing first at a junction that is not red for
    entered_ms: Longs  # when it came onto its edge
    siren: Flags
    driven: Flags  # by the rest of the field: it parks on arrival and waits for orders
    stalled: Flags  # engine dead or crashed: stands until freed
    until_ms: Longs  # of a bus's dwell, or of a stalled engine's earliest restart
    line: Ints  # bus line or -1
    leg: Ints  # position on that line
    stop: Ints  # next stop of that line
    cam_ms: Longs  # of the last CAM, -1 before the first
    cam_x_m: Floats
    cam_y_m: Floats
    cam_heading_deg: Floats
    cam_speed_mps: Floats
    cam_gap_ms: Longs  # T_GenCam
    cam_left: Bytes  # CAMs still due at that gap


_NAMES = tuple(f.name for f in fields(Columns))
_DTYPES: dict[str, type[np.generic]] = {
    "Longs": np.int64,
    "Flags": np.bool_,
    "Bytes": np.uint8,
    "Ints": np.int64,
    "Floats": np.float64,
}


class Fleet:
    """Columns with row allocation. ``order`` lists the rows in their lanes, by lane and offset."""

    def __init__(self, capacity: int = 256) -> None:
        self.columns = Columns(**{f.name: np.zeros(capacity, _DTYPES[str(f.type)]) for f in fields(Columns)})
        self.columns.id[:] = -1
        self.rows: dict[int, int] = {}  # id → row
        self.next_id = 1
        self.order: NDArray[np.int64] = np.zeros(0, np.int64)

    @property
    def capacity(self) -> int:
        return len(self.columns.id)

    def _grow(self) -> None:
        for f in fields(Columns):
            old = getattr(self.columns, f.name)
            new = np.zeros(2 * len(old), old.dtype)
            new[: len(old)] = old
            setattr(self.columns, f.name, new)
        self.columns.id[self.capacity // 2 :] = -1

    def add(self, count: int = 1) -> NDArray[np.int64]:
        """Take free rows, lowest first, zeroed and numbered; they are in no lane until :meth:`enlist`."""
        while len(self.rows) + count > self.capacity:
            self._grow()
        columns = self.columns
        lowest = int(np.argmin(columns.used))
        free = np.array([lowest]) if count == 1 else np.flatnonzero(~columns.used)[:count]
        rows = lowest if count == 1 else free  # one number is set far faster than an array of one
        for name in _NAMES:
            getattr(columns, name)[rows] = 0
        columns.id[free] = np.arange(self.next_id, self.next_id + count)
        columns.used[free] = True
        columns.rank[free] = NO_RANK
        columns.factor[free] = 1.0
        columns.place[free] = PARKED
        for column in (columns.turn, columns.came, columns.goal, columns.line, columns.cam_ms):
            column[free] = -1
        for row in free:
            self.rows[self.next_id] = int(row)
            self.next_id += 1
        return free

    def enlist(self, rows: NDArray[np.int64]) -> None:
        """Put rows into their lanes; the next sort finds their places."""
        self.columns.place[rows] = ON_LANE
        self.order = np.concatenate([self.order, rows])

    def delist(self, rows: NDArray[np.int64], place: int) -> None:
        """Take rows out of their lanes."""
        self.columns.place[rows] = place
        self.columns.granted[rows] = False
        self.order = self.order[self.columns.place[self.order] == ON_LANE]

    def remove(self, rows: NDArray[np.int64]) -> None:
        self.delist(rows, PARKED)
        self.columns.used[rows] = False
        for row in rows:
            del self.rows[int(self.columns.id[row])]
        self.columns.id[rows] = -1

    def row(self, id: int) -> int:
        """The row of an id; KeyError where it is gone."""
        return self.rows[id]

    def alive(self) -> Flags:
        """Rows that are vehicles."""
        return self.columns.used & ~self.columns.thing

    def snapshot(self) -> dict[str, object]:
        columns = {f.name: getattr(self.columns, f.name) for f in fields(Columns)}
        return {"columns": columns, "next_id": self.next_id, "order": self.order}

    def restore(self, data: dict[str, object]) -> None:
        columns = data["columns"]
        assert isinstance(columns, dict)
        self.columns = Columns(**{name: np.array(values) for name, values in columns.items()})
        self.next_id = int(str(data["next_id"]))
        self.order = np.array(data["order"], np.int64)
        used = np.flatnonzero(self.columns.used)
        ids = self.columns.id[used]
        self.rows = {int(id): int(row) for id, row in sorted(zip(ids, used, strict=True))}


def packed(state: dict[str, object]) -> bytes:
    """One part's state as bytes."""
    return codec.encode(state)


def unpacked(data: bytes) -> dict[str, object]:
    return codec.decode(data, dict[str, object])
