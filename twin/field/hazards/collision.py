"""Two cars that really drive into each other: lanes blocked, a warning repeated until the wrecks are gone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from twin.core.chance import generator
from twin.core.words import StationType
from twin.field.hazards.base import Ground, Moment, Point, Site, Spot, VehicleWarning
from twin.field.hazards.calendar import Planned, ScheduledHazard

_ACCIDENT = 2
_VALID_S = 60
_CLEAR_M = 20.0  # from either end of the road, so that no junction is blocked


class Wreck(Site):
    """``stage``: injured (needs rescue), then wrecked (needs a tow). ``first`` warns of it."""

    first: int = 0
    second: int = 0
    stage: str = "injured"
    sequence: int = 0
    told_ms: int = 0


class CollisionState(Planned):
    wrecks: list[Wreck]


class Collisions(ScheduledHazard):
    kind = "collision"
    tasks = ("rescue", "tow")
    reach_m = 120.0
    state: CollisionState

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        self._set = ground.settings.hazards.collision
        self._cleared: list[VehicleWarning] = []  # cancellations of this step; never lasts beyond it
        self.state = CollisionState(0, self.first_s, [])

    def begin(self, k: int, now: Moment, taken: Sequence[Point]) -> bool:
        pair = self._pair(k, now, taken)
        if pair is None:
            return False
        traffic = self.ground.traffic
        first, second = pair
        traffic.crash(first, second)
        where = traffic.position(first)
        x, y = where.x_m, where.y_m
        wreck = Wreck(f"collision-{k}", x, y, now.city_ms, first=first, second=second, sequence=4096 + k % 4096)
        self.state.wrecks.append(wreck)
        self.began(wreck, first=f"veh_{first}", second=f"veh_{second}")
        return True

    def develop(self, now: Moment) -> list[VehicleWarning]:
        told, self._cleared = self._cleared, []
        for wreck in self.state.wrecks:
            if now.city_ms - wreck.told_ms >= self._set.denm_every_s * 1000.0:
                wreck.told_ms = now.city_ms
                told.append(self._warning(wreck, cancelled=False))
        return told

    def spots(self) -> list[Spot]:
        needs = {"injured": ("rescue",), "wrecked": ("tow",)}
        return [
            Spot(self.kind, wreck.id, wreck.x_m, wreck.y_m, 50.0, needs[wreck.stage], wreck.touched)
            for wreck in self.state.wrecks
        ]

    def complete(self, site: str, task: str, now: Moment) -> None:
        for wreck in list(self.state.wrecks):
            if wreck.id != site:
                continue
            if wreck.stage == "injured" and task == "rescue":
                wreck.stage, wreck.touched = "wrecked", True
                self.ground.note(now.city_ms, self.kind, wreck, "rescued")
            elif wreck.stage == "wrecked" and task == "tow":
                for vehicle in (wreck.first, wreck.second):
                    if self.ground.traffic.exists(vehicle):
                        self.ground.traffic.remove(vehicle)
                self.state.wrecks.remove(wreck)
                self._cleared.append(self._warning(wreck, cancelled=True))
                self.over(wreck, now)

    def _warning(self, wreck: Wreck, cancelled: bool) -> VehicleWarning:
        return VehicleWarning(
            wreck.first, wreck.sequence, _ACCIDENT, 0, wreck.x_m, wreck.y_m, wreck.began_ms, _VALID_S, cancelled
        )

    def _order(self, k: int, now: Moment, rows: NDArray[np.int64], close: NDArray[np.int64]) -> NDArray[np.int64]:
        """Seeded; the nearest first where one is wanted somewhere."""
        wanted, traffic = self.ground.wanted.get((self.kind, k)), self.ground.traffic
        if wanted is None:
            return generator(self.ground.seed, self.kind, k, round(now.since_s)).permutation(close)
        front = rows[close + 1]
        away = np.hypot(traffic.x_m[front] - wanted[0], traffic.y_m[front] - wanted[1])
        return close[np.argsort(away, kind="stable")]

    def _pair(self, k: int, now: Moment, taken: Sequence[Point]) -> tuple[int, int] | None:
        """Ids of two cars, one close behind the other on one road, away from junctions and other trouble."""
        traffic, roads = self.ground.traffic, self.ground.city.roads
        rows = np.flatnonzero(traffic.alive & (traffic.kind == StationType.CAR) & (traffic.speed_mps > 3.0))
        rows = rows[(traffic.edge[rows] >= 0)]
        ahead_m = roads.length_m[traffic.edge[rows]] - traffic.offset_m[rows]
        rows = rows[(traffic.offset_m[rows] > _CLEAR_M) & (ahead_m > _CLEAR_M)]
        rows = rows[np.lexsort((traffic.id[rows], traffic.offset_m[rows], traffic.edge[rows]))]
        if len(rows) < 2:
            return None
        gap = np.diff(traffic.offset_m[rows])
        close = np.flatnonzero((np.diff(traffic.edge[rows]) == 0) & (gap > 0.0) & (gap < self._set.gap_m))
        for pick in self._order(k, now, rows, close):
            behind, front = int(rows[pick]), int(rows[pick + 1])
            x, y = float(traffic.x_m[front]), float(traffic.y_m[front])
            if all((x - a) ** 2 + (y - b) ** 2 > 200.0**2 for a, b in taken):
                return int(traffic.id[front]), int(traffic.id[behind])
        return None
