"""What is believed of every device: one slot a device and quantity, as columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twin.city.kinds import DeviceKind
from twin.city.model import City
from twin.core.errors import ConfigError
from twin.core.words import Doubt, Freshness
from twin.state.ordering import LATE_MS, SET, SHIFTED, SenderClocks

Indices = NDArray[np.int64]
Slots = NDArray[np.int32]
Times = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Bytes = NDArray[np.uint8]

BATTERY_LOW_PERCENT: Final = 10.0
APPLIED: Final = 0
SUPERSEDED: Final = 1  # a little older than what is believed: reordered on the way, silently dropped
DUPLICATE: Final = 2
LATE: Final = 3

_COLUMNS: Final = ("value", "observed_ms", "received_ms", "doubt", "ageless", "source", "provenance", "delay_ms")


@dataclass(frozen=True, slots=True)
class Applied:
    """What one round did: ``outcome`` a row; the other columns are of the applied rows alone."""

    outcome: Bytes
    rows: Indices
    gap: Mask  # the slot had gone stale before this value


class SensorTable:
    """S slots. ``device[s]``, ``quantity[s]`` say what a slot is; ``slot_of`` finds it by device index and quantity."""

    def __init__(self, city: City, kinds: Mapping[str, DeviceKind]) -> None:
        self.device_of = {device.id: index for index, device in enumerate(city.devices)}
        self.slot_of: list[dict[str, int]] = []
        self.quantity: list[str] = []
        self.unit: list[str] = []
        device: list[int] = []
        limits: list[tuple[float, float, float, int]] = []
        for index, item in enumerate(city.devices):
            kind = kinds.get(item.kind)
            if kind is None:
                raise ConfigError(city.directory / "devices.geojson", f"{item.id}: no device kind {item.kind!r}")
            self.slot_of.append({})
            for quantity in kind.quantities:
                self.slot_of[index][quantity.id] = len(device)
                device.append(index)
                self.quantity.append(quantity.id)
                self.unit.append(quantity.unit)
                limits.append((*quantity.range, quantity.jump_per_s, round(kind.stale_s * 1000)))
        table = np.array(limits, np.float64).reshape(-1, 4)
        self.device = np.array(device, np.int32)
        self.low, self.high, self.jump_per_s = table[:, 0].copy(), table[:, 1].copy(), table[:, 2].copy()
        self.stale_ms = table[:, 3].astype(np.int64)
        self.first_slot = np.array([min(slots.values()) for slots in self.slot_of], np.int32)
        gateways = sorted({item.gateway for item in city.devices})
        self.gateway_of = {name: index for index, name in enumerate(gateways)}
        self.platforms: frozenset[str] = frozenset()  # gateways that serve no device
        self.gateway = np.array([self.gateway_of[item.gateway] for item in city.devices], np.int32)
        self._gateway_of = self.gateway[self.device]  # a slot
        self._clear(len(device), len(city.devices), len(gateways))

    def _clear(self, slots: int, devices: int, gateways: int) -> None:
        self.value = np.full(slots, np.nan)
        self.observed_ms = np.full(slots, -1, np.int64)
        self.received_ms = np.full(slots, -1, np.int64)
        self.doubt = np.zeros(slots, np.uint8)
        self.ageless = np.zeros(slots, np.bool_)  # holds a retained value that carries no time
        self.source = np.full(slots, -1, np.int16)
        self.provenance = np.zeros(slots, np.uint8)
        self.delay_ms = np.zeros(slots, np.int64)
        self.clocks = SenderClocks(devices)
        self.battery_percent = np.full(devices, np.nan)
        self.battery_low = [False] * devices
        self.gateway_silent = np.zeros(gateways, np.bool_)
        self.gateway_since_ms = np.full(gateways, -1, np.int64)

    def __len__(self) -> int:
        return len(self.device)

    def hear_battery(self, device: int, percent: float) -> None:
        self.battery_percent[device] = percent
        self.battery_low[device] = percent < BATTERY_LOW_PERCENT

    def hear_gateway(self, gateway: str, silent: bool, now_ms: int) -> bool:
        """False for a gateway that the city does not have."""
        index = self.gateway_of.get(gateway)
        if index is None:
            return False
        if bool(self.gateway_silent[index]) != silent:
            self.gateway_since_ms[index] = now_ms
        self.gateway_silent[index] = silent
        return True

    def apply_round(
        self,
        slot: Slots,
        value: Floats,
        observed_ms: Times,
        clock: Bytes,
        flags: Bytes,
        retained: Mask,
        source: NDArray[np.int16],
        provenance: Bytes,
        delay_ms: Times,
        slack_ms: Times,
        received_ms: int,
    ) -> Applied:
        """Apply rows of distinct slots; ``observed_ms`` is corrected city time, -1 where a row carries none, ``clock``
        what its sender's clock is worth."""
        timeless = observed_ms < 0
        times = np.where(timeless, received_ms - delay_ms, observed_ms)
        believed, held = self.observed_ms[slot], self.value[slot]
        heard = (believed >= 0) & ~self.ageless[slot]
        outcome = np.zeros(len(slot), np.uint8)
        older = heard & (times < believed) & (clock & SET == 0)
        outcome[older] = np.where(believed[older] - times[older] > LATE_MS, LATE, SUPERSEDED)
        same = heard & (times == believed) & (value == held) & (source == self.source[slot]) & ~timeless
        outcome[same] = DUPLICATE
        outcome[timeless & retained & heard] = SUPERSEDED  # what is known has an age; this has none
        rows = np.flatnonzero(outcome == APPLIED)
        slot, times, timeless = slot[rows], times[rows], timeless[rows]
        value, delay, heard = value[rows], delay_ms[rows], heard[rows] & (clock[rows] & SET == 0)
        seconds = np.maximum(times - self.observed_ms[slot], 1000) / 1000.0
        jumped = heard & (np.abs(value - self.value[slot]) > self.jump_per_s[slot] * seconds)
        # A backlog is as old as its own time says; anything else is as young as its arrival.
        backlog = retained[rows] | (received_ms - delay - times > slack_ms[rows])
        arrived = np.where(backlog, np.minimum(times + delay, received_ms), received_ms)
        gap = ~heard | (arrived - self.received_ms[slot] - self.delay_ms[slot] > self.stale_ms[slot])
        doubt = flags[rows] | np.where(jumped, Doubt.JUMP, 0).astype(np.uint8)
        doubt |= np.where(clock[rows] & SHIFTED != 0, Doubt.SKEWED, 0).astype(np.uint8)
        self.value[slot] = value
        self.observed_ms[slot] = times
        self.received_ms[slot] = arrived
        self.doubt[slot] = doubt
        self.ageless[slot] = timeless & retained[rows]
        self.source[slot], self.provenance[slot] = source[rows], provenance[rows]
        self.delay_ms[slot] = delay
        return Applied(outcome, rows, gap)

    def freshness(self, now_ms: int, slot: Slots | None = None) -> Bytes:
        """Freshness a slot at a city time; all slots when none are named."""
        chosen: Any = slice(None) if slot is None else slot
        received = self.received_ms[chosen]
        old = now_ms - received - self.delay_ms[chosen] > self.stale_ms[chosen]
        result: Bytes = old * np.uint8(Freshness.STALE)
        if self.gateway_silent.any():
            result[self.gateway_silent[self._gateway_of[chosen]]] = Freshness.SILENT
        result[(received < 0) | self.ageless[chosen]] = Freshness.UNKNOWN
        return result

    def state(self) -> dict[str, Any]:
        kept = {name: getattr(self, name) for name in (*_COLUMNS, "battery_percent")}
        clocks = [self.clocks.offset_ms, self.clocks.known, self.clocks.skewed]
        return {**kept, "clocks": clocks, "gateway": [self.gateway_silent, self.gateway_since_ms]}

    def load(self, state: dict[str, Any]) -> None:
        for name in (*_COLUMNS, "battery_percent"):
            setattr(self, name, state[name].copy())
        clocks = (column.copy() for column in state["clocks"])
        self.clocks.offset_ms, self.clocks.known, self.clocks.skewed = clocks
        self.gateway_silent, self.gateway_since_ms = (column.copy() for column in state["gateway"])
        self.battery_low = (self.battery_percent < BATTERY_LOW_PERCENT).tolist()
