"""Fire in a building: t² growth to a limit, smoke that gathers, heat under the ceiling, engines that put it out."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from twin.field.hazards.base import Floats, Ground, Moment, Point, Site, Spot, VehicleWarning
from twin.field.hazards.calendar import Planned, ScheduledHazard
from twin.field.hazards.plume import concentration
from twin.field.weather import Sky

_SMOKE_PER_KW = 1.0 / 17_000.0  # of the detectors' scale, a second
_SMOKE_MOST = 5.0
_PM_G_S_PER_KW = 0.004


class Blaze(Site):
    """``heat_kw`` is the rate of heat release, ``smoke`` what hangs in the building; ``out_ms`` when it went out."""

    heat_kw: float = 0.0
    smoke: float = 0.0
    out_ms: int = -1


class FireState(Planned):
    blazes: list[Blaze]


class Fires(ScheduledHazard):
    """A fire burns until engines put it out; its smoke takes a few minutes more to clear."""

    kind = "fire"
    tasks = ("extinguish",)
    reach_m = 110.0
    state: FireState

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        self._set = ground.settings.hazards.fire
        self._detectors = ground.of_kind("smoke")
        self._xy = ground.device_xy[self._detectors]
        self._engines: dict[str, int] = {}  # at work this second; never lasts beyond a step
        self.state = FireState(0, self.first_s, [])

    def begin(self, k: int, now: Moment, taken: Sequence[Point]) -> bool:
        chosen = self.ground.apart(self.kind, k, self._xy, taken, 250.0)
        if chosen < 0:
            return False
        angle = 2 * math.pi * self.ground.chance(self.kind, k, "angle")
        reach = 2.0 + 7.0 * self.ground.chance(self.kind, k, "reach")
        x, y = self._xy[chosen] + reach * np.array([math.cos(angle), math.sin(angle)])
        blaze = Blaze(f"fire-{k}", float(x), float(y), now.city_ms)
        self.state.blazes.append(blaze)
        self.began(blaze, device=self.ground.city.devices[int(self._detectors[chosen])].id)
        return True

    def develop(self, now: Moment) -> list[VehicleWarning]:
        for blaze in list(self.state.blazes):
            self._burn(blaze, self._engines.get(blaze.id, 0), now)
            if blaze.out_ms >= 0 and blaze.smoke < 0.01:
                self.state.blazes.remove(blaze)
        self._engines.clear()
        return []

    def spots(self) -> list[Spot]:
        return [
            Spot(self.kind, blaze.id, blaze.x_m, blaze.y_m, 90.0, self.tasks, blaze.touched)
            for blaze in self.state.blazes
            if blaze.out_ms < 0
        ]

    def labour(self, site: str, task: str, now: Moment) -> None:
        self._engines[site] = self._engines.get(site, 0) + 1

    def finished(self, site: str, task: str) -> bool:
        return all(blaze.id != site or blaze.out_ms >= 0 for blaze in self.state.blazes)

    def smoke(self) -> Floats:
        """(n,) obscuration 0–1 at the smoke detectors, in the order of the city's devices."""
        seen = np.zeros(len(self._xy))
        for blaze in self.state.blazes:
            away = self._away(blaze)
            part = 1.0 - np.exp(-blaze.smoke / (1.0 + (away / 12.0) ** 2))
            seen = np.maximum(seen, np.where(away < self._set.reach_m, part, 0.0))
        return seen

    def heat(self) -> Floats:
        """(n,) kelvin above the air's temperature under the ceiling (Alpert's ceiling jet)."""
        rise = np.zeros(len(self._xy))
        for blaze in self.state.blazes:
            away = np.maximum(self._away(blaze), 0.18 * self._set.ceiling_m)
            part = 5.38 / self._set.ceiling_m * (blaze.heat_kw / away) ** (2.0 / 3.0)
            rise += np.where(away < self._set.reach_m, part, 0.0)
        return np.minimum(rise, 900.0)

    def particles(self, xy: Floats, sky: Sky, near_m: float) -> Floats:
        """µg/m³ of smoke at places outdoors."""
        total = np.zeros(len(xy))
        for blaze in self.state.blazes:
            if blaze.heat_kw > 0.0:
                total += concentration(xy, (blaze.x_m, blaze.y_m), blaze.heat_kw * _PM_G_S_PER_KW, sky, near_m)
        return total

    def _burn(self, blaze: Blaze, engines: int, now: Moment) -> None:
        if blaze.out_ms < 0:
            if engines:
                blaze.touched = True
                blaze.heat_kw -= engines * self._set.suppression_kw_s * now.dt_s
            else:
                grown = 2.0 * math.sqrt(self._set.growth_kw_s2 * max(blaze.heat_kw, 1.0)) * now.dt_s
                blaze.heat_kw = min(self._set.limit_kw, blaze.heat_kw + grown)
            if engines and blaze.heat_kw < self._set.out_kw:
                blaze.heat_kw, blaze.out_ms = 0.0, now.city_ms
                self.over(blaze, now)
        gained = blaze.heat_kw * _SMOKE_PER_KW - blaze.smoke / self._set.smoke_clears_s
        blaze.smoke = min(_SMOKE_MOST, blaze.smoke + gained * now.dt_s)

    def _away(self, blaze: Blaze) -> Floats:
        return np.hypot(self._xy[:, 0] - blaze.x_m, self._xy[:, 1] - blaze.y_m)
