"""Devices as columns: what they misread, when they report, and the ways in which they fall silent."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from twin.city.kinds import DeviceKind
from twin.city.model import City
from twin.core.chance import generator
from twin.field.gateways import Gateways
from twin.field.hazards.base import Floats, Moment
from twin.field.keeping import keep, regain
from twin.field.publish import Publisher
from twin.field.settings import DeviceSettings, Imprecision, Tempo
from twin.formats.senml import encode_senml
from twin.formats.topics import device_topic

_DAY_S = 86_400.0
_EXACT = Imprecision()


class DeviceState(msgspec.Struct):
    """D devices, S slots (one a device and quantity). Seconds since the start."""

    due_s: np.ndarray  # (D,) next report
    prompt_s: np.ndarray  # (D,) last prompt report
    last: np.ndarray  # (S,) reported last, NaN before the first
    held: np.ndarray  # (S,) what a stuck device repeats
    silenced_s: dict[int, float] = {}  # device → silent until then, as an exercise wants it
    forced: dict[int, tuple[float, float]] = {}  # slot → (value, until)


class Slots:
    """Where each kind's values lie in the slot columns, and how imprecise they are."""

    def __init__(self, city: City, kinds: dict[str, DeviceKind], settings: DeviceSettings, seed: int) -> None:
        self.devices = tuple(city.devices)
        self.first: NDArray[np.int64] = np.zeros(len(self.devices), np.int64)
        self.of: dict[tuple[str, str], NDArray[np.int64]] = {}
        names: list[tuple[str, str]] = []
        low: list[float] = []
        high: list[float] = []
        errors: list[Imprecision] = []
        for index, device in enumerate(self.devices):
            self.first[index] = len(names)
            for quantity in kinds[device.kind].quantities:
                names.append((quantity.id, quantity.unit))
                low.append(quantity.range[0])
                high.append(quantity.range[1])
                errors.append(settings.quantity.get(device.kind, {}).get(quantity.id, _EXACT))
        self.names = tuple(names)
        self.low, self.high = np.array(low), np.array(high)
        self.owner = np.repeat(
            np.arange(len(self.devices)), [len(kinds[device.kind].quantities) for device in self.devices]
        )
        self.noise = np.array([error.noise for error in errors])
        self.prompt = np.array([error.prompt or np.inf for error in errors])
        self.drift_per_s = np.array([error.drift_per_day / _DAY_S for error in errors])
        draws = generator(seed, "device bias").standard_normal((len(names), 2))
        self.bias = draws[:, 0] * np.array([error.bias for error in errors])
        self.drift_per_s *= draws[:, 1]

    def __len__(self) -> int:
        return len(self.names)


class Devices:
    """Reads the world through imperfect sensors and publishes SenML packs."""

    def __init__(
        self,
        city: City,
        kinds: dict[str, DeviceKind],
        settings: DeviceSettings,
        seed: int,
        tempo: Tempo,
        publisher: Publisher,
        gateways: Gateways,
    ) -> None:
        self._settings, self._seed = settings, seed
        self._publisher, self._gateways = publisher, gateways
        self.slots = Slots(city, kinds, settings, seed)
        devices = self.slots.devices
        self._base = [f"urn:dev:{city.meta.id}:{device.id}:" for device in devices]
        self._topic = [device_topic(publisher.namespace, device.id) for device in devices]
        self._period_s = np.array([kinds[device.kind].period_s for device in devices])
        self._battery = _Batteries(tuple(device.kind for device in devices), settings, seed, tempo)
        ids = {gateway: number for number, gateway in enumerate(gateways.ids)}
        self._gateway = np.array([ids.get(device.gateway, -1) for device in devices], dtype=np.int64)
        self._blocks: dict[str, tuple[int, NDArray[np.bool_]]] = {}  # who is afflicted in a block of time
        phase = generator(seed, "device phase").random(len(devices))
        self.state = DeviceState(
            due_s=phase * self._period_s,
            prompt_s=np.full(len(devices), -1e9),
            last=np.full(len(self.slots), np.nan),
            held=np.full(len(self.slots), np.nan),
        )

    def step(self, now: Moment, truth: Floats) -> None:
        """Measure ``truth`` (S,) and send what is due and allowed."""
        state, values = self.state, self._measure(now, truth)
        battery = self._battery.level(now.since_s)
        able = self._able(now, battery)
        due = state.due_s <= now.since_s
        with np.errstate(invalid="ignore"):
            jumped = np.abs(values - state.last) > self.slots.prompt
        prompt = np.zeros(len(due), np.bool_)
        prompt[self.slots.owner[jumped]] = True
        prompt &= ~due & (now.since_s - state.prompt_s >= self._settings.faults.prompt_gap_s)
        for index in (prompt & able).nonzero()[0].tolist():
            state.prompt_s[index] = now.since_s
            self._report(index, values, battery, now)
        silent = (due & ~able).nonzero()[0]
        state.due_s[silent] += self._period_s[silent]
        waiting = (due & able).nonzero()[0]
        waiting = waiting[np.argsort(state.due_s[waiting], kind="stable")]
        chosen = waiting[: self._publisher.room]
        self._publisher.hold("dev", len(waiting) - len(chosen))
        lost = generator(self._seed, "dropout", round(now.since_s)).random(len(due)) < self._settings.faults.dropout
        for index in chosen.tolist():
            state.due_s[index] = max(state.due_s[index] + self._period_s[index], now.since_s)
            if not lost[index]:
                self._report(index, values, battery, now)

    def silence(self, device: int, until_s: float) -> None:
        """Let a device say nothing until then (seconds since the start)."""
        self.state.silenced_s[device] = until_s

    def force(self, device: int, value: float, until_s: float) -> None:
        """Let a device's first quantity read ``value``, whatever is true, until then."""
        self.state.forced[int(self.slots.first[device])] = (value, until_s)

    def _measure(self, now: Moment, truth: Floats) -> Floats:
        slots = self.slots
        noise = generator(self._seed, "noise", round(now.since_s)).standard_normal(len(slots)) * slots.noise
        values = np.clip(truth + slots.bias + slots.drift_per_s * now.since_s + noise, slots.low, slots.high)
        stuck = self._afflicted("stuck", self._settings.faults.stuck.share, self._settings.faults.stuck.block_s, now)
        repeats = stuck[slots.owner]
        held = self.state.held
        held[:] = np.where(repeats, np.where(np.isnan(held), values, held), np.nan)
        values = np.where(repeats, held, values)
        for slot, (value, until_s) in self.state.forced.items():
            if now.since_s < until_s:
                values[slot] = value
        return values

    def _able(self, now: Moment, battery: Floats) -> NDArray[np.bool_]:
        """(D,) alive, not in an outage, and behind a gateway that works."""
        outage = self._settings.faults.outage
        able = ~self._afflicted("outage", outage.share, outage.block_s, now) & (battery > 0.0)
        for number, gateway in enumerate(self._gateways.ids):
            if gateway in self._gateways.state.down_until_s:
                able &= self._gateway != number
        for device, until_s in self.state.silenced_s.items():
            able[device] &= now.since_s >= until_s
        return able

    def _afflicted(self, what: str, share: float, block_s: float, now: Moment) -> NDArray[np.bool_]:
        block = int(now.since_s // block_s)
        if what not in self._blocks or self._blocks[what][0] != block:
            drawn = generator(self._seed, what, block).random(len(self.slots.devices)) < share
            self._blocks[what] = (block, drawn)
        return self._blocks[what][1]

    def _report(self, index: int, values: Floats, battery: Floats, now: Moment) -> None:
        slots = self.slots
        first = int(slots.first[index])
        last = int(slots.first[index + 1]) if index + 1 < len(slots.first) else len(slots)
        self.state.last[first:last] = values[first:last]
        records = [
            (name, unit, float(f"{value:.5g}"))
            for (name, unit), value in zip(slots.names[first:last], values[first:last].tolist(), strict=True)
        ]
        if self._battery.has[index]:
            records.append(("battery", "%EL", round(float(battery[index]), 1)))
        self._publisher.send("dev", self._topic[index], encode_senml(self._base[index], now.city_ms, records))

    def dump(self) -> bytes:
        return keep(self.state)

    def load(self, data: bytes) -> None:
        self.state = regain(data, DeviceState)


class _Batteries:
    """A pure function of time: each battery empties at its own rate; those of mains kinds never do."""

    def __init__(self, kinds: tuple[str, ...], settings: DeviceSettings, seed: int, tempo: Tempo) -> None:
        plan, count = settings.battery, len(kinds)
        draws = generator(seed, "battery").random((count, 2))
        weak = draws[:, 0] < plan.weak_share
        self.has = np.array([kind not in plan.mains for kind in kinds], dtype=np.bool_)
        self._start = np.where(weak, _between(plan.weak_start, draws[:, 1]), _between(plan.start, draws[:, 1]))
        slow, fast = plan.drain_per_day / _DAY_S, plan.weak_drain_per_hour[tempo] / 3600.0
        self._per_s = np.where(weak, fast, slow)

    def level(self, since_s: float) -> Floats:
        """(D,) per cent."""
        return np.where(self.has, np.maximum(self._start - self._per_s * since_s, 0.0), 100.0)


def _between(span: tuple[float, float], draw: Floats) -> Floats:
    return span[0] + (span[1] - span[0]) * draw
