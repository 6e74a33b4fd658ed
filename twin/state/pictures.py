"""Belief as consoles are told it: frames of movers, states of devices and lights."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from twin.core.views import DeviceStates, Frame, Lights
from twin.core.words import Severity
from twin.state.senses import Senses


def plain_alarm(condition: str) -> int:
    """The severity to show of a condition that holds, where nobody says better."""
    return int(Severity.III)


class Pictures:
    """Remembers what was handed out last, so that ``changed_…`` gives only what differs; no part of the state.

    ``severity_of`` gives a condition's severity by id, for the devices on which it holds.
    """

    def __init__(
        self,
        senses: Senses,
        severity_of: Callable[[str], int] = plain_alarm,
        looks: Mapping[str, int] | None = None,
    ) -> None:
        """``looks`` by person id (see ``twin.core.looks``)."""
        self._senses = senses
        self._severity_of = severity_of
        self._looks = {} if looks is None else looks
        self._look = np.zeros(0, np.uint8)  # a slot, of the tenant of the generation below
        self._of = np.zeros(0, np.int64)
        self._shown: DeviceStates | None = None
        self._lights: Lights | None = None

    def frame(self, city_ms: int, rev: int) -> Frame:
        """Every mover believed to exist and placed."""
        movers = self._senses.movers
        slots = np.flatnonzero(movers.alive & (movers.observed_ms >= 0))
        return Frame(
            rev=rev,
            city_ms=city_ms,
            id=slots.astype(np.int64) << 16 | movers.generation[slots],
            kind=movers.kind[slots],
            x_m=movers.x_m[slots].astype(np.float32),
            y_m=movers.y_m[slots].astype(np.float32),
            heading_deg=movers.heading_deg[slots],
            speed_mps=movers.speed_mps[slots],
            edge=movers.edge[slots],
            offset_m=movers.offset_m[slots],
            observed_ms=movers.observed_ms[slots],
            freshness=movers.freshness(city_ms)[slots],
            provenance=movers.provenance[slots],
            department=movers.department[slots],
            look=self._looks_of(slots),
        )

    def _looks_of(self, slots: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Looked up once a tenant of a slot; 0 for all that is nobody's figure."""
        movers = self._senses.movers
        missing = len(movers) - len(self._look)
        if missing > 0:
            self._look = np.append(self._look, np.zeros(missing, np.uint8))
            self._of = np.append(self._of, np.full(missing, -1, np.int64))
        new = slots[self._of[slots] != movers.generation[slots]]
        for slot in new.tolist():
            manner, _, person = movers.key[slot].partition(":")
            self._look[slot] = self._looks.get(person, 0) if manner == "person" else 0
        self._of[new] = movers.generation[new]
        return self._look[slots]

    def all_devices(self, city_ms: int, rev: int) -> DeviceStates:
        """Every device; a device is as fresh as its worst quantity, and doubted for any of them."""
        sensors = self._senses.sensors
        first = sensors.first_slot
        return DeviceStates(
            rev=rev,
            device=np.arange(len(first), dtype=np.int32),
            value=sensors.value[first].astype(np.float32),
            observed_ms=sensors.observed_ms[first],
            freshness=np.maximum.reduceat(sensors.freshness(city_ms), first),
            alarm=self._alarms(),
            doubt=np.bitwise_or.reduceat(sensors.doubt, first),
            provenance=sensors.provenance[first],
        )

    def changed_devices(self, city_ms: int, rev: int) -> DeviceStates:
        """Those whose picture differs from what this method gave out before; all of them the first time."""
        now, shown = self.all_devices(city_ms, rev), self._shown
        self._shown = now
        if shown is None:
            return now
        changed = (now.observed_ms != shown.observed_ms) | ((now.value != shown.value) & ~np.isnan(now.value))
        for name in ("freshness", "alarm", "doubt", "provenance"):
            changed |= getattr(now, name) != getattr(shown, name)
        rows = np.flatnonzero(changed)
        return DeviceStates(
            rev,
            now.device[rows],
            now.value[rows],
            now.observed_ms[rows],
            now.freshness[rows],
            now.alarm[rows],
            now.doubt[rows],
            now.provenance[rows],
        )

    def all_lights(self, city_ms: int, rev: int) -> Lights:
        lights = self._senses.lights
        return Lights(rev, lights.intersection, lights.group, lights.state_now.copy(), lights.freshness(city_ms))

    def changed_lights(self, city_ms: int, rev: int) -> Lights:
        """Those whose state or freshness differs from what this method gave out before."""
        now, shown = self.all_lights(city_ms, rev), self._lights
        self._lights = now
        if shown is None:
            return now
        rows = np.flatnonzero((now.state != shown.state) | (now.freshness != shown.freshness))
        return Lights(rev, now.intersection[rows], now.group[rows], now.state[rows], now.freshness[rows])

    def _alarms(self) -> NDArray[np.uint8]:
        """Severity of the worst condition that holds of each device, 0 where none does."""
        worst = np.full(len(self._senses.sensors.first_slot), 255, np.uint8)
        thresholds, silences = self._senses.signals.thresholds, self._senses.signals.silences
        holding = np.flatnonzero(thresholds.active)
        devices = self._senses.sensors.device[thresholds.slot[holding]]
        for device, index in zip(devices.tolist(), thresholds.condition[holding].tolist(), strict=True):
            worst[device] = min(worst[device], self._severity_of(thresholds.conditions[index].id))
        for pair in np.flatnonzero(silences.active).tolist():
            device, index = int(silences.device[pair]), int(silences.condition[pair])
            worst[device] = min(worst[device], self._severity_of(silences.conditions[index].id))
        worst[worst == 255] = 0
        return worst
