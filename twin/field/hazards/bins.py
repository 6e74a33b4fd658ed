"""Litter bins fill with people and the hour, faster where a crowd gathers; a crew or the night round empties them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
import numpy as np

from twin.core.chance import generator
from twin.field.hazards.base import Floats, Ground, Hazard, Moment, Point, Site, Spot, VehicleWarning
from twin.field.hazards.calendar import begin_s

_MOST = 1.3
_EMPTY = 0.02


class BinState(msgspec.Struct):
    """``fill`` by bin; ``surge`` the bins where a crowd is filling one up; ``over`` those that overflow."""

    k: int
    next_s: float
    fill: np.ndarray
    surge: list[int]
    over: dict[int, Site]


class Bins(Hazard):
    kind = "bin"
    tasks = ("empty",)
    state: BinState

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        self._set = ground.settings.hazards.bin
        self._bins = ground.of_kind("bin")
        self._xy = ground.device_xy[self._bins]
        draws = generator(ground.seed, "bins").random((len(self._bins), 2))
        self._pace = 0.5 + draws[:, 1]
        self._per_s = self._pace / self._set.full_after_s[ground.settings.tempo]
        first = begin_s(ground.settings, ground.seed, self.kind, 0, 0.0)
        self.state = BinState(0, first, 0.05 + 0.65 * draws[:, 0], [], {})

    def step(self, now: Moment, taken: Sequence[Point]) -> list[VehicleWarning]:
        state = self.state
        if now.since_s >= state.next_s:
            chosen = self.ground.apart(self.kind, state.k, self._xy, taken, 120.0)
            if chosen >= 0 and chosen not in state.surge:
                state.surge.append(chosen)
            state.k += 1
            state.next_s = begin_s(self.ground.settings, self.ground.seed, self.kind, state.k, state.next_s)
        busy = 0.25 + 0.75 * max(0.0, math.sin((now.sky.day_s / 3600.0 - 6.0) / 16.0 * math.pi))
        state.fill = np.minimum(state.fill + self._per_s * (busy * now.dt_s), _MOST)
        for row in list(state.surge):
            state.fill[row] += now.dt_s / self._set.surge_s
            if state.fill[row] > 1.02:
                state.surge.remove(row)
        if abs(now.sky.day_s - self._set.collected_h * 3600.0) < now.dt_s:
            for row in range(len(state.fill)):
                self._empty(row, now)
        self._overflow(now)
        return []

    def bring_about(self, k: int, now: Moment, taken: Sequence[Point]) -> Site | None:
        """Somebody's whole household waste in one bin, which is fitted in at once."""
        row = self.ground.apart(self.kind, k, self._xy, taken, 120.0)
        if row < 0 or row in self.state.over:
            return None
        self.state.fill[row] = 1.0
        self._overflow(now)
        return self.state.over[row]

    def spots(self) -> list[Spot]:
        return [
            Spot(self.kind, site.id, site.x_m, site.y_m, 15.0, self.tasks, site.touched)
            for site in self.state.over.values()
        ]

    def complete(self, site: str, task: str, now: Moment) -> None:
        for row, bin_ in list(self.state.over.items()):
            if bin_.id == site:
                self._empty(row, now)

    def fill(self) -> Floats:
        """(n,) at the bins, in the order of the city's devices."""
        return self.state.fill

    def _empty(self, row: int, now: Moment) -> None:
        self.state.fill[row] = _EMPTY
        if row in self.state.surge:
            self.state.surge.remove(row)
        site = self.state.over.pop(row, None)
        if site is not None:
            self.over(site, now)

    def _overflow(self, now: Moment) -> None:
        for row in np.flatnonzero(self.state.fill >= self._set.overflow).tolist():
            if row not in self.state.over:
                device = self.ground.city.devices[int(self._bins[row])]
                site = Site(f"bin-{device.id}-{now.city_ms}", device.xy[0], device.xy[1], now.city_ms)
                self.state.over[row] = site
                self.began(site, device=device.id)
