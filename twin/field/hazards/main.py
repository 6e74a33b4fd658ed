"""A burst water main: pressure falls with distance along the pipes until a valve is closed and the pipe repaired."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra, minimum_spanning_tree
from scipy.spatial.distance import cdist

from twin.field.hazards.base import Floats, Ground, Moment, Point, Site, Spot, VehicleWarning
from twin.field.hazards.calendar import Planned, ScheduledHazard

_NEIGHBOURS = 3
_SECTION_M = 60.0  # what one pair of valves shuts off


class Burst(Site):
    """``stage``: burst, isolated (valve closed), refilling. ``strength`` 0–1 eases in and out."""

    gauge: int = 0
    stage: str = "burst"
    strength: float = 0.0
    refilled_s: float = 0.0


class MainState(Planned):
    bursts: list[Burst]


class Mains(ScheduledHazard):
    kind = "main"
    tasks = ("close_valve", "repair_pipe")
    state: MainState

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        self._set = ground.settings.hazards.main
        self._gauges = ground.of_kind("pipe_pressure")
        self._xy = ground.device_xy[self._gauges]
        self.along_m = _along(self._xy)
        self.state = MainState(0, self.first_s, [])

    def begin(self, k: int, now: Moment, taken: Sequence[Point]) -> bool:
        chosen = self.ground.apart(self.kind, k, self._xy, taken, 200.0)
        if chosen < 0:
            return False
        x, y = self._xy[chosen]
        burst = Burst(f"main-{k}", float(x), float(y), now.city_ms, gauge=chosen)
        self.state.bursts.append(burst)
        self.began(burst, gauge=self.ground.city.devices[int(self._gauges[chosen])].id)
        return True

    def develop(self, now: Moment) -> list[VehicleWarning]:
        for burst in list(self.state.bursts):
            if burst.stage == "burst":
                burst.strength = min(1.0, burst.strength + now.dt_s / 8.0)
            elif burst.stage == "refilling":
                burst.refilled_s += now.dt_s
                if burst.refilled_s >= self._set.refill_s:
                    self.state.bursts.remove(burst)
                    self.over(burst, now)
            else:
                burst.strength = max(0.0, burst.strength - now.dt_s / 20.0)
        return []

    def spots(self) -> list[Spot]:
        needs = {"burst": ("close_valve",), "isolated": ("repair_pipe",), "refilling": ()}
        return [
            Spot(self.kind, burst.id, burst.x_m, burst.y_m, 50.0, needs[burst.stage], burst.touched)
            for burst in self.state.bursts
        ]

    def complete(self, site: str, task: str, now: Moment) -> None:
        for burst in self.state.bursts:
            if burst.id == site and (burst.stage, task) in (("burst", "close_valve"), ("isolated", "repair_pipe")):
                burst.stage = "isolated" if task == "close_valve" else "refilling"
                burst.touched = True
                self.ground.note(now.city_ms, self.kind, burst, burst.stage)

    def spouting(self) -> list[Point]:
        """Where water comes out of the road."""
        return [(burst.x_m, burst.y_m) for burst in self.state.bursts if burst.stage == "burst"]

    def pressure_pa(self) -> Floats:
        """(n,) at the gauges, in the order of the city's devices."""
        pressure: Floats = np.full(len(self._gauges), self._set.normal_kpa)
        for burst in self.state.bursts:
            away = self.along_m[burst.gauge]
            pressure -= burst.strength * self._set.drop_kpa * np.exp(-away / self._set.reach_m)
        for burst in self.state.bursts:
            section = self.along_m[burst.gauge] < _SECTION_M
            shut = self._set.isolated_kpa
            if burst.stage == "isolated":
                pressure[section] = np.minimum(pressure[section], shut)
            elif burst.stage == "refilling":
                filled = shut + (self._set.normal_kpa - shut) * burst.refilled_s / self._set.refill_s
                pressure[section] = np.minimum(pressure[section], filled)
        return np.asarray(np.maximum(pressure, 0.0) * 1000.0)


def _along(xy: Floats) -> Floats:
    """(n, n) metres along the pipes, which join each gauge to its nearest neighbours and all into one network."""
    count = len(xy)
    if count < 2:
        return np.zeros((count, count))
    gap = cdist(xy, xy)
    near = np.argsort(gap, axis=1, kind="stable")[:, 1 : _NEIGHBOURS + 1]
    rows = np.repeat(np.arange(count), near.shape[1])
    columns = near.ravel()
    tree = minimum_spanning_tree(gap).tocoo()
    start, end = np.concatenate((rows, tree.row)), np.concatenate((columns, tree.col))
    pipes = np.zeros((count, count))
    pipes[start, end] = pipes[end, start] = np.maximum(gap[start, end], 1e-6)
    return np.asarray(dijkstra(coo_matrix(pipes).tocsr(), directed=False))
