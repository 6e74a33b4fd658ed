"""An episode of bad air: a dust source somewhere upwind, a plume with the wind, until the source is damped."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from twin.core.chance import generator
from twin.field.hazards.base import Floats, Ground, Moment, Point, Site, Spot, VehicleWarning
from twin.field.hazards.calendar import Planned, ScheduledHazard
from twin.field.hazards.plume import concentration
from twin.field.weather import Sky

_PLACES = 60  # looked at before the dustiest site is chosen
_WANTED = 1.5  # times the threshold, at the second station


class Dust(Site):
    """``share`` of its strength: eases in, and out once damped."""

    grams_per_s: float = 0.0
    share: float = 0.0
    damped: bool = False


class AirState(Planned):
    sources: list[Dust]


class Airs(ScheduledHazard):
    kind = "air"
    tasks = ("suppress_dust",)
    reach_m = 200.0
    state: AirState

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        self._set = ground.settings.hazards.air
        self._stations = ground.device_xy[ground.of_kind("air")]
        self.state = AirState(0, self.first_s, [])

    def begin(self, k: int, now: Moment, taken: Sequence[Point]) -> bool:
        """Of some building plots the one whose dust most troubles a second station; as strong as that takes."""
        plots = self._plots(k)
        if len(self._stations) < 2 or not len(plots):
            return False
        reach = [np.sort(concentration(self._stations, p, 1.0, now.sky, self._set.near_m))[-2] for p in plots]
        best = int(np.argmax(reach)) if self.ground.settings.tempo == "demo" else 0
        low, high = self._set.source_g_s
        strength = min(max(_WANTED * self._set.high_ug_m3 / max(float(reach[best]), 1e-9), low), high)
        if self.ground.settings.tempo == "real":
            strength = self.ground.uniform((low, 0.3 * high), self.kind, k, "strength")
        dust = Dust(f"air-{k}", plots[best][0], plots[best][1], now.city_ms, grams_per_s=strength)
        self.state.sources.append(dust)
        self.began(dust, grams_per_s=round(strength, 1))
        return True

    def develop(self, now: Moment) -> list[VehicleWarning]:
        for dust in list(self.state.sources):
            if not dust.damped:
                dust.share = min(1.0, dust.share + now.dt_s / 90.0)
                continue
            dust.share *= math.exp(-now.dt_s / self._set.settle_s)
            if dust.share < 0.02:
                self.state.sources.remove(dust)
        return []

    def spots(self) -> list[Spot]:
        return [
            Spot(self.kind, dust.id, dust.x_m, dust.y_m, 150.0, self.tasks, dust.touched)
            for dust in self.state.sources
            if not dust.damped
        ]

    def complete(self, site: str, task: str, now: Moment) -> None:
        for dust in self.state.sources:
            if dust.id == site and not dust.damped:
                dust.damped = dust.touched = True
                self.over(dust, now)

    def particles(self, xy: Floats, sky: Sky) -> Floats:
        """µg/m³ of dust at places."""
        total = np.zeros(len(xy))
        for dust in self.state.sources:
            source = (dust.x_m, dust.y_m)
            total += concentration(xy, source, dust.grams_per_s * dust.share, sky, self._set.near_m)
        return total

    def _plots(self, k: int) -> list[Point]:
        """Building sites where the city has some, else industrial or any buildings, in a seeded order."""
        city = self.ground.city
        works = [place.xy for place in city.of_kind("site")]
        buildings = city.buildings
        order = generator(self.ground.seed, self.kind, k, "plots").permutation(len(buildings.id))
        dusty = [b for b in order.tolist() if buildings.use[b] == "industrial"][: _PLACES // 2]
        others = order.tolist()[: _PLACES - len(dusty)]
        centres = [(float(buildings.centre_xy[b][0]), float(buildings.centre_xy[b][1])) for b in dusty + others]
        return works + centres
