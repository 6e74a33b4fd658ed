"""A self-service kiosk of the service hall breaks: it goes dark, or it jams and locks itself."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from twin.field.hazards.base import Floats, Ground, Moment, Point, Site, Spot, VehicleWarning
from twin.field.hazards.calendar import Planned, ScheduledHazard

_APART_M = 1.0  # two kiosks of one hall may be out of order at once


class Breakdown(Site):
    """``device``: index of the kiosk; ``dark``: without power, else jammed."""

    device: int = 0
    dark: bool = False


class KioskState(Planned):
    broken: list[Breakdown]


class Kiosks(ScheduledHazard):
    kind = "kiosk"
    tasks = ("repair_kiosk",)
    state: KioskState

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        self._set = ground.settings.hazards.kiosk
        self._kiosks = ground.of_kind("service_kiosk")
        self._xy = ground.device_xy[self._kiosks]
        self.state = KioskState(0, self.first_s, [])

    def begin(self, k: int, now: Moment, taken: Sequence[Point]) -> bool:
        row = self.ground.apart(self.kind, k, self._xy, taken, _APART_M)
        if row < 0 or any(site.device == int(self._kiosks[row]) for site in self.state.broken):
            return False
        x, y = self._xy[row]
        dark = self.ground.chance(self.kind, k, "dark") < self._set.dark_share
        device = int(self._kiosks[row])
        site = Breakdown(f"kiosk-{k}", float(x), float(y), now.city_ms, device=device, dark=dark)
        self.state.broken.append(site)
        self.began(site, device=self.ground.city.devices[device].id, mode="dark" if dark else "jammed")
        return True

    def develop(self, now: Moment) -> list[VehicleWarning]:
        return []

    def spots(self) -> list[Spot]:
        return [
            Spot(self.kind, site.id, site.x_m, site.y_m, 10.0, self.tasks, site.touched) for site in self.state.broken
        ]

    def complete(self, site: str, task: str, now: Moment) -> None:
        for broken in list(self.state.broken):
            if broken.id == site and task in self.tasks:
                self.state.broken.remove(broken)
                self.over(broken, now)

    def serves(self, device: str) -> bool:
        """Whether a kiosk works: who stands before one that does not goes elsewhere."""
        return all(self.ground.city.devices[site.device].id != device for site in self.state.broken)

    def broken(self) -> frozenset[str]:
        """Ids of the kiosks at which nobody can ask for anything."""
        return frozenset(self.ground.city.devices[site.device].id for site in self.state.broken)

    def fault(self) -> Floats:
        """(n,) 0 or 1 at the kiosks, in the order of the city's devices; the modem has a battery of its own."""
        return np.isin(self._kiosks, [site.device for site in self.state.broken]).astype(np.float64)

    def power_w(self) -> Floats:
        """(n,) what the kiosks draw, in the same order."""
        power = np.full(len(self._kiosks), self._set.watts)
        for site in self.state.broken:
            power[self._kiosks == site.device] = 0.0 if site.dark else self._set.locked_watts
        return power
