"""The machines of a virtual place fail in the building where they stand: its platform is not heard until a crew has
restored it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from twin.city.virtual import gateway_of, host_of
from twin.field.hazards.base import Ground, Moment, Point, Site, Spot, VehicleWarning
from twin.field.hazards.calendar import Planned, ScheduledHazard


class Failure(Site):
    """``place``: the virtual one."""

    place: str = ""


class PlatformState(Planned):
    failed: list[Failure]


class Platforms(ScheduledHazard):
    kind = "platform"
    tasks = ("restore_service",)
    reach_m = 120.0
    state: PlatformState

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        hosts = {id: host_of(plan, ground.city) for id, plan in ground.settings.places.items()}
        self._hosts = {id: host for id, host in hosts.items() if host is not None}
        self._places = tuple(self._hosts)
        self._xy = np.array([host.xy for host in self._hosts.values()], np.float64).reshape(-1, 2)
        self.gateways = tuple(gateway_of(place) for place in self._places)
        self.state = PlatformState(0, self.first_s, [])

    def begin(self, k: int, now: Moment, taken: Sequence[Point]) -> bool:
        row = self.ground.apart(self.kind, k, self._xy, (), 1.0)
        if row < 0 or any(site.place == self._places[row] for site in self.state.failed):
            return False
        x, y = self._xy[row]
        site = Failure(f"platform-{k}", float(x), float(y), now.city_ms, place=self._places[row])
        self.state.failed.append(site)
        self.began(site, place=site.place)
        return True

    def develop(self, now: Moment) -> list[VehicleWarning]:
        return []

    def spots(self) -> list[Spot]:
        """Nobody in the street sees anything of it."""
        return [
            Spot(self.kind, site.id, site.x_m, site.y_m, 0.0, self.tasks, site.touched) for site in self.state.failed
        ]

    def complete(self, site: str, task: str, now: Moment) -> None:
        for failed in list(self.state.failed):
            if failed.id == site and task in self.tasks:
                self.state.failed.remove(failed)
                self.over(failed, now)

    def down(self) -> frozenset[str]:
        """Gateways of the platforms that are not heard."""
        return frozenset(gateway_of(site.place) for site in self.state.failed)
