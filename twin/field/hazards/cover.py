"""A manhole cover out of its frame: its sensor tilts, and some of the cars that pass tell of an obstacle."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from twin.field.hazards.base import Floats, Ground, Moment, Point, Site, Spot, VehicleWarning
from twin.field.hazards.calendar import Planned, ScheduledHazard
from twin.field.hazards.passing import passers

_FELT_M = 9.0


class OpenCover(Site):
    device: int = 0
    tilt_deg: float = 0.0
    told: list[int] = msgspec.field(default_factory=list)  # vehicles that have told of it


class CoverState(Planned):
    open: list[OpenCover]
    warned: int = 0


class Covers(ScheduledHazard):
    kind = "cover"
    tasks = ("replace_cover",)
    state: CoverState

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        self._set = ground.settings.hazards.cover
        self._covers = ground.of_kind("manhole_cover")
        self._xy = ground.device_xy[self._covers]
        self.state = CoverState(0, self.first_s, [])

    def begin(self, k: int, now: Moment, taken: Sequence[Point]) -> bool:
        chosen = self.ground.apart(self.kind, k, self._xy, taken, 150.0)
        if chosen < 0:
            return False
        device = int(self._covers[chosen])
        x, y = self.ground.device_xy[device]
        tilt = self.ground.uniform(self._set.tilt_deg, self.kind, k, "tilt")
        cover = OpenCover(f"cover-{k}", float(x), float(y), now.city_ms, device=device, tilt_deg=tilt)
        self.state.open.append(cover)
        self.began(cover, device=self.ground.city.devices[device].id)
        return True

    def develop(self, now: Moment) -> list[VehicleWarning]:
        told: list[VehicleWarning] = []
        for cover in self.state.open:
            for vehicle in passers(self.ground, cover.id, cover.x_m, cover.y_m, _FELT_M, self._set.denm_share):
                if vehicle not in cover.told:
                    cover.told.append(vehicle)
                    self.state.warned += 1
                    told.append(_obstacle(vehicle, self.state.warned, cover, now))
        return told

    def spots(self) -> list[Spot]:
        return [
            Spot(self.kind, cover.id, cover.x_m, cover.y_m, 12.0, self.tasks, cover.touched)
            for cover in self.state.open
        ]

    def complete(self, site: str, task: str, now: Moment) -> None:
        for cover in list(self.state.open):
            if cover.id == site:
                self.state.open.remove(cover)
                self.over(cover, now)

    def tilt_deg(self) -> Floats:
        """(n,) at the cover sensors, in the order of the city's devices."""
        tilt = np.full(len(self._covers), 0.8)
        for cover in self.state.open:
            tilt[self._covers == cover.device] = cover.tilt_deg
        return tilt


def _obstacle(vehicle: int, number: int, cover: OpenCover, now: Moment) -> VehicleWarning:
    return VehicleWarning(vehicle, 8192 + number % 4096, 10, 0, cover.x_m, cover.y_m, now.city_ms, 120)
