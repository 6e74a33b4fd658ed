"""Dust of a building site: PM10 at the site's own station and downwind, by day, until work stops or it is damped."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from twin.field.hazards.base import Floats, Ground, Moment, Point, Site, Spot, VehicleWarning
from twin.field.hazards.calendar import Planned, ScheduledHazard, within_hours
from twin.field.hazards.plume import concentration
from twin.field.weather import Sky

_OFF_M = 25.0  # the source lies this far from the middle of the site
_WASHED_MM_H = 15.0  # rain that leaves little of it


class Cloud(Site):
    """``share`` of its strength: eases in, and out once stopped."""

    grams_per_s: float = 0.0
    share: float = 0.0
    stopped: bool = False


class DustState(Planned):
    clouds: list[Cloud]


class SiteDust(ScheduledHazard):
    kind = "dust"
    tasks = ("stop_work", "suppress_dust")
    reach_m = 200.0
    state: DustState

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        self._set = ground.settings.hazards.dust
        self.places = ground.city.of_kind("site")
        self._xy = np.array([place.xy for place in self.places]).reshape(-1, 2)
        self.state = DustState(0, self.first_s, [])

    def begin(self, k: int, now: Moment, taken: Sequence[Point]) -> bool:
        if not within_hours(now.sky.day_s, self._set.hours) or now.sky.rain_mm_h > 0.0:
            return False
        chosen = self.ground.apart(self.kind, k, self._xy, taken, 100.0)
        if chosen < 0:
            return False
        angle = 2 * math.pi * self.ground.chance(self.kind, k, "angle")
        x, y = self._xy[chosen] + _OFF_M * np.array([math.cos(angle), math.sin(angle)])
        strength = self.ground.uniform(self._set.source_g_s, self.kind, k, "strength")
        cloud = Cloud(f"dust-{k}", float(x), float(y), now.city_ms, grams_per_s=strength)
        self.state.clouds.append(cloud)
        self.began(cloud, place=self.places[chosen].id, grams_per_s=round(strength, 1))
        return True

    def develop(self, now: Moment) -> list[VehicleWarning]:
        for cloud in list(self.state.clouds):
            if not cloud.stopped:
                cloud.share = min(1.0, cloud.share + now.dt_s / 60.0)
                continue
            cloud.share *= math.exp(-now.dt_s / self._set.settle_s)
            if cloud.share < 0.02:
                self.state.clouds.remove(cloud)
        return []

    def spots(self) -> list[Spot]:
        return [
            Spot(self.kind, cloud.id, cloud.x_m, cloud.y_m, 120.0, self.tasks, cloud.touched)
            for cloud in self.state.clouds
            if not cloud.stopped
        ]

    def complete(self, site: str, task: str, now: Moment) -> None:
        for cloud in self.state.clouds:
            if cloud.id == site and task in self.tasks and not cloud.stopped:
                cloud.stopped = cloud.touched = True
                self.over(cloud, now)

    def coarse(self, xy: Floats, sky: Sky) -> Floats:
        """µg/m³ of PM10 at places; ``fine_share`` of it is PM2.5."""
        total = np.zeros(len(xy))
        dry = math.exp(-sky.rain_mm_h / _WASHED_MM_H)
        for cloud in self.state.clouds:
            strength = cloud.grams_per_s * cloud.share * dry
            total += concentration(xy, (cloud.x_m, cloud.y_m), strength, sky, self._set.near_m)
        return total
