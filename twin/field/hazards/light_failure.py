"""A traffic light's controller fails: its lights go dark or flash, and drivers sort it out among themselves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from twin.core.words import LightState
from twin.field.hazards.base import Floats, Ground, Moment, Point, Site, Spot, VehicleWarning
from twin.field.hazards.calendar import Planned, ScheduledHazard

_NEAR_M = 60.0
_HANDS_MS = 3000  # a policeman's signs hold this long
_LEFT_MS = 3_600_000  # and so long do those of the officer who stays when the patrol drives on


class Outage(Site):
    crossing: int = 0
    flashing: bool = False


class OutageState(Planned):
    failed: list[Outage]


class LightFailures(ScheduledHazard):
    """``direct_traffic`` helps from its first sign on, also when the patrol leaves an officer there and drives on; only
    ``repair_signal`` ends it."""

    kind = "light_failure"
    tasks = ("repair_signal", "direct_traffic")
    reach_m = 110.0
    state: OutageState

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        self._set = ground.settings.hazards.light_failure
        nodes = ground.city.roads.node_xy
        self._xy = np.array([nodes[each.node] for each in ground.city.intersections]).reshape(-1, 2)
        self._watched = self._nearest(ground.device_xy[ground.of_kind("light_monitor")])
        self.state = OutageState(0, self.first_s, [])

    def begin(self, k: int, now: Moment, taken: Sequence[Point]) -> bool:
        chosen = self.ground.apart(self.kind, k, self._xy, taken, 250.0)
        if chosen < 0 or any(site.crossing == chosen for site in self.state.failed):
            return False
        flashing = self.ground.chance(self.kind, k, "flashing") < self._set.flashing_share
        x, y = self._xy[chosen]
        site = Outage(f"light_failure-{k}", float(x), float(y), now.city_ms, crossing=chosen, flashing=flashing)
        self.state.failed.append(site)
        self.ground.traffic.lights.fail(chosen, LightState.CAUTION if flashing else LightState.DARK)
        crossing = self.ground.city.intersections[chosen].id
        self.began(site, intersection=crossing, mode="flashing" if flashing else "dark")
        return True

    def develop(self, now: Moment) -> list[VehicleWarning]:
        return []

    def spots(self) -> list[Spot]:
        return [
            Spot(self.kind, site.id, site.x_m, site.y_m, 80.0, self.tasks, site.touched) for site in self.state.failed
        ]

    def labour(self, site: str, task: str, now: Moment) -> None:
        for outage in self.state.failed:
            if outage.id == site and task == "direct_traffic":
                self._direct(outage, now.city_ms + _HANDS_MS)

    def _direct(self, outage: Outage, until_ms: int) -> None:
        directed_ms = self.ground.traffic.lights.directed_ms
        directed_ms[outage.crossing] = max(int(directed_ms[outage.crossing]), until_ms)

    def complete(self, site: str, task: str, now: Moment) -> None:
        for outage in list(self.state.failed):
            if outage.id == site and task == "direct_traffic":
                self._direct(outage, now.city_ms + _LEFT_MS)
            if outage.id == site and task == "repair_signal":
                self.ground.traffic.lights.fail(outage.crossing, None)
                self.state.failed.remove(outage)
                self.over(outage, now)

    def fault(self) -> Floats:
        """(n,) 0 or 1 at the monitors, in the order of the city's devices."""
        return np.isin(self._watched, [site.crossing for site in self.state.failed]).astype(np.float64)

    def power_w(self) -> Floats:
        """(n,) what the controllers draw, in the same order."""
        power = np.full(len(self._watched), self._set.watts)
        for site in self.state.failed:
            power[self._watched == site.crossing] = self._set.flashing_watts if site.flashing else 0.0
        return power

    def _nearest(self, xy: Floats) -> NDArray[np.int64]:
        """The intersection that each monitor watches; -1 where none is near."""
        if not len(self._xy) or not len(xy):
            return np.full(len(xy), -1, np.int64)
        away = np.hypot(xy[:, None, 0] - self._xy[None, :, 0], xy[:, None, 1] - self._xy[None, :, 1])
        return np.where(away.min(axis=1) < _NEAR_M, np.argmin(away, axis=1), -1).astype(np.int64)
