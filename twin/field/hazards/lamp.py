"""Lamp circuits: a failed one stays dark while commanded, which is by night, underground or in a self-test."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from twin.field.hazards.base import Floats, Ground, Moment, Point, Site, Spot, VehicleWarning
from twin.field.hazards.calendar import Planned, ScheduledHazard

_DARK = 0.35  # daylight below which lamps are commanded
_PROOF_S = 300.0  # a repaired circuit is left burning this long, so that its controllers see it


class DarkCircuit(Site):
    """``latched`` once its controllers have found it dark: they keep commanding until it lights."""

    circuit: int = 0
    latched: bool = False


class LampState(Planned):
    dark: list[DarkCircuit]
    proof_until_s: dict[int, float]


class Lamps(ScheduledHazard):
    kind = "lamp"
    tasks = ("repair_lamp",)
    reach_m = 90.0
    state: LampState

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        self._set = ground.settings.hazards.lamp
        self._lamps = ground.of_kind("street_lamp")
        self._xy = ground.device_xy[self._lamps]
        names = [ground.city.devices[i].circuit or ground.city.devices[i].id for i in self._lamps.tolist()]
        self.circuits = tuple(dict.fromkeys(names))
        number = {name: index for index, name in enumerate(self.circuits)}
        self._circuit: NDArray[np.int64] = np.array([number[name] for name in names], dtype=np.int64)
        self._centre = np.array([self._xy[self._circuit == c].mean(axis=0) for c in range(len(self.circuits))]).reshape(
            -1, 2
        )
        self._always = self._underground()
        self._phase_s = np.array([ground.chance("lamp test", name) for name in self.circuits])
        self._every_s = self._set.test_every_s[ground.settings.tempo]
        self.state = LampState(0, self.first_s, [], {})

    def begin(self, k: int, now: Moment, taken: Sequence[Point]) -> bool:
        chosen = self.ground.apart(self.kind, k, self._centre, taken, 150.0)
        if chosen < 0 or any(site.circuit == chosen for site in self.state.dark):
            return False
        x, y = self._centre[chosen]
        site = DarkCircuit(f"lamp-{k}", float(x), float(y), now.city_ms, circuit=chosen)
        self.state.dark.append(site)
        self.began(site, circuit=self.circuits[chosen])
        return True

    def develop(self, now: Moment) -> list[VehicleWarning]:
        lit = self._scheduled(now)
        for site in self.state.dark:
            site.latched = site.latched or bool(lit[site.circuit])
        for circuit in [c for c, until in self.state.proof_until_s.items() if now.since_s >= until]:
            del self.state.proof_until_s[circuit]
        return []

    def spots(self) -> list[Spot]:
        return [
            Spot(self.kind, site.id, site.x_m, site.y_m, 30.0, self.tasks, site.touched) for site in self.state.dark
        ]

    def distance(self, spot: Spot, x_m: float, y_m: float) -> float:
        """To the nearest lamp of the circuit."""
        circuit = next(site.circuit for site in self.state.dark if site.id == spot.id)
        lamps = self._xy[self._circuit == circuit]
        return float(np.min(np.hypot(lamps[:, 0] - x_m, lamps[:, 1] - y_m)))

    def complete(self, site: str, task: str, now: Moment) -> None:
        for dark in list(self.state.dark):
            if dark.id == site:
                self.state.dark.remove(dark)
                self.state.proof_until_s[dark.circuit] = now.since_s + _PROOF_S
                self.over(dark, now)

    def commanded(self, now: Moment) -> Floats:
        """(n,) 0 or 1 at the lamps, in the order of the city's devices."""
        lit = self._scheduled(now)
        for site in self.state.dark:
            lit[site.circuit] |= site.latched
        for circuit in self.state.proof_until_s:
            lit[circuit] = True
        return lit[self._circuit].astype(np.float64)

    def power_w(self, commanded: Floats) -> Floats:
        """(n,) what the lamps draw."""
        failed = [site.circuit for site in self.state.dark]
        return np.where(np.isin(self._circuit, failed), 0.0, commanded * self._set.watts)

    def _scheduled(self, now: Moment) -> NDArray[np.bool_]:
        into = (now.since_s + self._phase_s * self._every_s) % self._every_s
        return self._always | (now.sky.daylight < _DARK) | (into < self._set.test_s)

    def _underground(self) -> NDArray[np.bool_]:
        """Circuits with a lamp in a tunnel or underpass: commanded all day."""
        city = self.ground.city
        below = {place.id for place in city.of_kind("underpass")}
        always = np.zeros(len(self.circuits), np.bool_)
        for row, index in enumerate(self._lamps.tolist()):
            device = city.devices[index]
            if device.place in below or (device.edge >= 0 and bool(city.roads.tunnel[device.edge])):
                always[self._circuit[row]] = True
        return always
