"""An elderly person who lives alone presses the alarm: some by mistake. Only a visit tells, and ends it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from twin.core.chance import generator
from twin.field.hazards.base import Floats, Ground, Moment, Point, Site, Spot, VehicleWarning
from twin.field.hazards.calendar import Planned, ScheduledHazard
from twin.field.hazards.company import Company


class Call(Site):
    """``mistaken``: nobody is in need."""

    device: int = 0
    mistaken: bool = False


class CareState(Planned):
    calls: list[Call]


class CareCalls(ScheduledHazard):
    kind = "care"
    tasks = ("visit",)
    state: CareState

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        self._set = ground.settings.hazards.care
        self.company: Company | None = None
        self._alarms = ground.of_kind("care_alarm")
        self._xy = ground.device_xy[self._alarms]
        self.state = CareState(0, self.first_s, [])

    def begin(self, k: int, now: Moment, taken: Sequence[Point]) -> bool:
        """In the home of somebody in the register where one is known there."""
        alarms: list[int] = generator(self.ground.seed, self.kind, k, "who").permutation(len(self._alarms)).tolist()
        lived = self._lived_in()
        order = [row for row in alarms if row in lived] or alarms
        wanted = self.ground.wanted.get((self.kind, k))
        if wanted is not None:
            order.sort(key=lambda row: float(np.hypot(*(self._xy[row] - wanted))))
        calling = {call.device for call in self.state.calls}
        chosen = next((row for row in order if int(self._alarms[row]) not in calling), -1)
        if chosen < 0:
            return False
        x, y = self._xy[chosen]
        mistaken = self.ground.chance(self.kind, k, "mistaken") < self._set.false_share
        device = int(self._alarms[chosen])
        call = Call(f"care-{k}", float(x), float(y), now.city_ms, device=device, mistaken=mistaken)
        self.state.calls.append(call)
        self.began(call, device=self.ground.city.devices[device].id, mistaken=int(mistaken))
        return True

    def _lived_in(self) -> set[int]:
        if self.company is None:
            return set()
        known = {one.device for one in self.company.alone() if one.device}
        return {row for row, index in enumerate(self._alarms.tolist()) if self.ground.city.devices[index].id in known}

    def develop(self, now: Moment) -> list[VehicleWarning]:
        return []

    def spots(self) -> list[Spot]:
        return [
            Spot(self.kind, call.id, call.x_m, call.y_m, 4.0, self.tasks, call.touched) for call in self.state.calls
        ]

    def remark(self, site: str, task: str) -> str:
        mistaken = any(call.id == site and call.mistaken for call in self.state.calls)
        return "false_alarm" if mistaken and task in self.tasks else ""

    def complete(self, site: str, task: str, now: Moment) -> None:
        for call in list(self.state.calls):
            if call.id == site and task in self.tasks:
                self.state.calls.remove(call)
                self.over(call, now)

    def pressed(self) -> Floats:
        """(n,) 0 or 1 at the alarms, in the order of the city's devices."""
        return np.isin(self._alarms, [call.device for call in self.state.calls]).astype(np.float64)
