"""What is wrong with the roads: blocked lanes, crashes, water, rain, closures; and what drivers make of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.city.model import Roads
from twin.field.fleet import ON_LANE, Fleet
from twin.field.lanes import Floats, Lanes
from twin.field.motion import Ground
from twin.field.routes import OFFICIAL, PUBLIC, Routes
from twin.field.traffic_settings import Flood

THING_M = 4.0  # length of road that an obstacle takes
RESTART_MS = 120_000


class Obstacles:
    """Keeps :class:`Ground` true to what was set. Obstacles in lanes are rows of the fleet that never move."""

    def __init__(self, roads: Roads, lanes: Lanes, flood: Flood) -> None:
        self._roads, self._lanes, self._flood = roads, lanes, flood
        self.closed: NDArray[np.bool_] = np.zeros(len(roads), np.bool_)
        self.depth_m: Floats = np.zeros(len(roads))
        self.surface: Floats = np.ones(len(roads))
        self.blocks: dict[int, tuple[int, tuple[int, ...]]] = {}  # obstacle → edge, ids of its rows
        self._next = 1
        none = np.zeros(len(lanes), np.bool_)
        self.ground = Ground(np.zeros(len(lanes)), none, none, False)

    def refresh(self, routes: Routes) -> bool:
        """Work out the ground anew; True where what is shut has changed, so that ways must be sought again."""
        flood, edge = self._flood, self._lanes.edge
        limit = self._roads.speed_mps * self.surface
        span = max(flood.shut_m - flood.slow_m, 1e-3)
        share = np.clip((self.depth_m - flood.slow_m) / span, 0.0, 1.0)
        wet = limit * (1.0 - share) + np.minimum(limit, flood.crawl_mps) * share
        deep = self.depth_m > flood.shut_m
        self.ground = Ground(wet[edge], self.closed[edge], deep[edge], bool(deep.any()))
        shut = np.zeros_like(routes.shut)
        shut[PUBLIC] = self.closed | deep | ~self._lanes.cars
        shut[OFFICIAL] = deep | ~self._lanes.cars
        blocked = self._blocked()
        changed = not (np.array_equal(shut, routes.shut) and np.array_equal(blocked, routes.blocked))
        routes.shut, routes.blocked = shut, blocked
        return changed

    def _blocked(self) -> NDArray[np.bool_]:
        """(E,) edges on which every lane has an obstacle."""
        blocked = np.zeros(len(self._roads), np.bool_)
        taken: dict[int, int] = {}
        for edge, ids in self.blocks.values():
            taken[edge] = taken.get(edge, 0) + len(ids)
        for edge, count in taken.items():
            blocked[edge] = count >= self._lanes.count[edge]
        return blocked

    def block(self, fleet: Fleet, edge: int, offset_m: float, lanes: tuple[int, ...]) -> int:
        """Put an obstacle across ``lanes`` (from the right, 0 first). Whoever is there already stays, and stands."""
        ids = []
        for number in sorted({min(max(lane, 0), int(self._lanes.count[edge]) - 1) for lane in lanes}):
            lane = int(self._lanes.first[edge]) + number
            row = int(fleet.add()[0])
            columns = fleet.columns
            columns.thing[row] = columns.stalled[row] = True
            columns.lane[row], columns.length_m[row], columns.width_m[row] = lane, THING_M, 2.5
            columns.pull_mps2[row] = 1.0
            columns.offset_m[row] = self._spot(fleet, lane, offset_m)
            fleet.enlist(np.array([row], np.int64))
            ids.append(int(columns.id[row]))
        number = self._next
        self._next += 1
        self.blocks[number] = (edge, tuple(ids))
        return number

    def _spot(self, fleet: Fleet, lane: int, offset_m: float) -> float:
        """Nearest offset at which the obstacle overlaps nobody: it is pushed on ahead of who stands in its place."""
        lanes, columns = self._lanes, fleet.columns
        offset = min(max(offset_m, lanes.entry_m[lane] + THING_M), max(lanes.stop_m[lane], lanes.entry_m[lane] + 0.5))
        rows = fleet.order[columns.lane[fleet.order] == lane]
        front, rear = columns.offset_m[rows], columns.offset_m[rows] - columns.length_m[rows]
        choices = np.concatenate([[offset], front + THING_M + 0.5, rear - 0.5])
        fits = [
            float(spot)
            for spot in choices
            if 0.5 < spot <= lanes.length_m[lane]
            and not bool(((spot > rear - 0.3) & (spot - THING_M < front + 0.3)).any())
        ]
        return min(fits, key=lambda spot: (abs(spot - offset), spot)) if fits else float(offset)

    def unblock(self, fleet: Fleet, obstacle: int) -> None:
        """Take an obstacle away; unknown ones (removed before) are ignored."""
        _, ids = self.blocks.pop(obstacle, (-1, ()))
        rows = np.array([fleet.row(id) for id in ids], np.int64)
        if len(rows):
            fleet.remove(rows)

    def stall(self, fleet: Fleet, now_ms: int) -> None:
        """Kill engines in deep water; start them again when it has gone and two minutes have passed."""
        columns = fleet.columns
        if not self.depth_m.any() and not columns.stalled.any():
            return
        rows = np.flatnonzero(columns.used & ~columns.thing & (columns.place == ON_LANE))
        depth = self.depth_m[self._lanes.edge[columns.lane[rows]]]
        dead = rows[(depth > self._flood.stall_m) & ~columns.stalled[rows]]
        columns.stalled[dead] = True
        columns.until_ms[dead] = now_ms + RESTART_MS
        dry = rows[columns.stalled[rows] & (columns.until_ms[rows] > 0) & (depth < self._flood.shut_m)]
        again = dry[columns.until_ms[dry] <= now_ms]
        columns.stalled[again] = False
        columns.until_ms[again] = 0

    def snapshot(self) -> dict[str, object]:
        blocks = [(number, edge, ids) for number, (edge, ids) in sorted(self.blocks.items())]
        return {
            "closed": self.closed, "depth_m": self.depth_m, "surface": self.surface, "blocks": blocks,
            "next": self._next,
        }  # fmt: skip

    def restore(self, data: dict[str, object]) -> None:
        self.closed = np.array(data["closed"], np.bool_)
        self.depth_m, self.surface = np.array(data["depth_m"], np.float64), np.array(data["surface"], np.float64)
        blocks = data["blocks"]
        assert isinstance(blocks, list)
        self.blocks = {int(number): (int(edge), tuple(int(id) for id in ids)) for number, edge, ids in blocks}
        self._next = int(str(data["next"]))
