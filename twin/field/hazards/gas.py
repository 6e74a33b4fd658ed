"""A gas leak: methane gathers round it and thins out with distance and wind, until a gas crew has shut it off."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from twin.field.hazards.base import Floats, Ground, Moment, Point, Site, Spot, VehicleWarning
from twin.field.hazards.calendar import Planned, ScheduledHazard

_CALM_MPS = 6.0  # wind that halves what hangs in the air
_BACKGROUND = 0.4


class Leak(Site):
    """``share`` 0–1 of its strength in the air; ``shut`` once the crew has closed the pipe."""

    lel: float = 0.0
    share: float = 0.0
    shut: bool = False
    guarded: bool = False


class GasState(Planned):
    leaks: list[Leak]


class GasLeaks(ScheduledHazard):
    """``guard`` keeps people and sparks away, and ends nothing."""

    kind = "gas"
    tasks = ("inspect_gas", "guard")
    reach_m = 90.0
    state: GasState

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        self._set = ground.settings.hazards.gas
        self._detectors = ground.of_kind("gas")
        self._xy = ground.device_xy[self._detectors]
        self.state = GasState(0, self.first_s, [])

    def begin(self, k: int, now: Moment, taken: Sequence[Point]) -> bool:
        chosen = self.ground.apart(self.kind, k, self._xy, taken, 200.0)
        if chosen < 0:
            return False
        angle = 2 * math.pi * self.ground.chance(self.kind, k, "angle")
        away = self.ground.uniform(self._set.away_m, self.kind, k, "away")
        x, y = self._xy[chosen] + away * np.array([math.cos(angle), math.sin(angle)])
        lel = self.ground.uniform(self._set.lel, self.kind, k, "strength")
        leak = Leak(f"gas-{k}", float(x), float(y), now.city_ms, lel=lel)
        self.state.leaks.append(leak)
        self.began(leak, device=self.ground.city.devices[int(self._detectors[chosen])].id, lel=round(lel, 1))
        return True

    def develop(self, now: Moment) -> list[VehicleWarning]:
        for leak in list(self.state.leaks):
            if not leak.shut:
                leak.share += (1.0 - leak.share) * min(1.0, now.dt_s / self._set.rise_s)
                continue
            leak.share *= math.exp(-now.dt_s / self._set.purge_s)
            if leak.share < 0.01:
                self.state.leaks.remove(leak)
        return []

    def spots(self) -> list[Spot]:
        return [
            Spot(self.kind, leak.id, leak.x_m, leak.y_m, 25.0, self.tasks, leak.touched)
            for leak in self.state.leaks
            if not leak.shut
        ]

    def labour(self, site: str, task: str, now: Moment) -> None:
        for leak in self.state.leaks:
            if leak.id == site and task == "guard" and not leak.guarded:
                leak.guarded = True
                self.ground.note(now.city_ms, self.kind, leak, "guarded")

    def complete(self, site: str, task: str, now: Moment) -> None:
        for leak in self.state.leaks:
            if leak.id == site and task == "inspect_gas" and not leak.shut:
                leak.shut = leak.touched = True
                self.over(leak, now)

    def lel(self, now: Moment) -> Floats:
        """(n,) per cent of the lower explosive limit at the detectors, in the order of the city's devices."""
        level = np.full(len(self._xy), _BACKGROUND)
        thin = 1.0 / (1.0 + now.sky.wind_mps / _CALM_MPS)
        for leak in self.state.leaks:
            square = (self._xy[:, 0] - leak.x_m) ** 2 + (self._xy[:, 1] - leak.y_m) ** 2
            spread = np.exp(-square / (self._set.reach_m * self._set.reach_m))
            level += leak.lel * leak.share * spread * (0.6 + 0.8 * thin)
        return np.asarray(np.minimum(level, 100.0))
