"""Sensor conditions as masks over belief's slots: threshold, hysteresis, dwell, vectorised over every pair of
condition and slot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from twin.city.model import City
from twin.core.words import Doubt, Freshness
from twin.state.conditions import Crossing, SensorCondition
from twin.state.ground import Ground
from twin.state.sensors import SensorTable

Indices = NDArray[np.int64]
Mask = NDArray[np.bool_]

_MEMORY: Final = ("active", "beyond_ms", "calm_ms")


class Thresholds:
    """P pairs of (condition, slot), ordered by slot. ``beyond_ms`` and ``calm_ms`` say since when, by the sender's own
    time, the value has been beyond its threshold or back on the calm side without a break (-1: it is not)."""

    def __init__(self, city: City, table: SensorTable, conditions: Sequence[SensorCondition], ground: Ground) -> None:
        self.conditions = tuple(conditions)
        self._ground = ground
        self.table = table
        self.city = city
        pairs = sorted((slot, index) for index, item in enumerate(self.conditions) for slot in self._slots(item))
        self.slot = np.array([slot for slot, _ in pairs], np.int64)
        self.condition = np.array([index for _, index in pairs], np.int64)
        self._start = np.searchsorted(self.slot, np.arange(len(table) + 1))
        sign = np.array([1.0 if item.op == ">" else -1.0 for item in self.conditions])[self.condition]
        self._sign = sign
        self._threshold = self._column([item.threshold for item in self.conditions]) * sign
        self._clear = self._column([item.clear for item in self.conditions]) * sign
        self._dwell_ms = self._column([item.dwell_s * 1000 for item in self.conditions])
        self._clear_dwell_ms = self._column([item.clear_dwell_s * 1000 for item in self.conditions])
        self._while_slot = np.array([self._while(slot, index) for slot, index in pairs], np.int64)
        self._conditional = bool((self._while_slot >= 0).any())
        self._while_above = self._column([item.while_above for item in self.conditions])
        self.active = np.zeros(len(pairs), np.bool_)
        self.beyond_ms = np.full(len(pairs), -1, np.int64)
        self.calm_ms = np.full(len(pairs), -1, np.int64)
        self._quiet = np.zeros(len(pairs), np.bool_)
        self._any_quiet = False
        self.pair_of = {
            (self.conditions[index].id, city.devices[int(table.device[slot])].id): pair
            for pair, (slot, index) in enumerate(pairs)
        }

    def _column(self, values: Sequence[float]) -> NDArray[np.float64]:
        return np.array(values, np.float64)[self.condition]

    def _slots(self, condition: SensorCondition) -> list[int]:
        return [
            self.table.slot_of[index][condition.quantity]
            for index in self._ground.devices(condition, condition.device_kind)
            if condition.quantity in self.table.slot_of[index]
        ]

    def _while(self, slot: int, index: int) -> int:
        name = self.conditions[index].while_quantity
        return self.table.slot_of[int(self.table.device[slot])][name] if name else -1

    def __len__(self) -> int:
        return len(self.slot)

    def applies(self, pair: int, now_ms: int) -> bool:
        """Whether the while clause of a pair, if it has one, is met by a fresh value."""
        return bool(self._met(np.array([pair]), now_ms)[0])

    def _met(self, pair: Indices, now_ms: int) -> Mask:
        other = self._while_slot[pair]
        met = other < 0
        asked = np.flatnonzero(~met)
        if len(asked):
            slot = other[asked].astype(np.int32)
            fresh = self.table.freshness(now_ms, slot) == Freshness.FRESH
            met[asked] = fresh & (self.table.value[slot] > self._while_above[pair[asked]])
        return met

    def apply_round(self, slot: NDArray[np.int32], gap: Mask, fresh: Mask, received_ms: int) -> list[Crossing]:
        """Notice what belief's new values of these distinct slots raise and clear. ``gap``: the slot was stale before,
        so what it did meanwhile is unknown."""
        begin, count = self._start[slot], self._start[slot + 1] - self._start[slot]
        total = int(count.sum())
        if total == 0:
            return []
        row = np.repeat(np.arange(len(slot)), count)
        pair = np.repeat(begin - np.cumsum(count) + count, count) + np.arange(total)
        doubt = self.table.doubt[slot]
        usable = (fresh & (doubt & Doubt.JUMP == 0))[row]
        if self._conditional:
            met = self._met(pair, received_ms)
            usable &= met
            self.beyond_ms[pair[~met]] = self.calm_ms[pair[~met]] = -1
        if self._any_quiet:
            usable &= ~self._quiet[pair]
        if not usable.all():
            row, pair = row[usable], pair[usable]
        value = self.table.value[slot][row] * self._sign[pair]
        times, broken = self.table.observed_ms[slot][row], gap[row]
        beyond = self._since(self.beyond_ms[pair], value > self._threshold[pair], times, broken)
        calm = self._since(self.calm_ms[pair], value <= self._clear[pair], times, broken)
        self.beyond_ms[pair], self.calm_ms[pair] = beyond, calm
        active = self.active[pair]
        rises = ~active & (beyond >= 0) & (times - beyond >= self._dwell_ms[pair])
        falls = active & (calm >= 0) & (times - calm >= self._clear_dwell_ms[pair]) & (doubt[row] == 0)
        return self._cross(pair[rises], pair[falls], received_ms)

    @staticmethod
    def _since(since: NDArray[np.int64], holds: Mask, times: NDArray[np.int64], broken: Mask) -> NDArray[np.int64]:
        return np.where(holds, np.where((since < 0) | broken, times, since), -1)

    def advance(self, now_ms: int, fresh: Mask) -> list[Crossing]:
        """Notice what dwell alone decides while a fresh value stands; ``fresh`` is a mask over all slots."""
        if len(self.slot) == 0:
            return []
        pending = np.where(self.active, self.calm_ms, self.beyond_ms) >= 0
        pair = np.flatnonzero(pending)
        slot = self.slot[pair]
        doubt = self.table.doubt[slot]
        usable = fresh[slot] & (doubt & Doubt.JUMP == 0) & self._met(pair, now_ms)
        pair, slot, doubt = pair[usable], slot[usable], doubt[usable]
        now = now_ms - self.table.delay_ms[slot]
        active = self.active[pair]
        rises = ~active & (now - self.beyond_ms[pair] >= self._dwell_ms[pair])
        falls = active & (now - self.calm_ms[pair] >= self._clear_dwell_ms[pair]) & (doubt == 0)
        return self._cross(pair[rises], pair[falls], now_ms)

    def _cross(self, rises: Indices, falls: Indices, now_ms: int) -> list[Crossing]:
        if len(rises) == 0 and len(falls) == 0:
            return []
        self.active[rises], self.active[falls] = True, False
        both = [(pair, True) for pair in rises.tolist()] + [(pair, False) for pair in falls.tolist()]
        return [self._crossing(pair, raised, now_ms) for pair, raised in sorted(both)]

    def _crossing(self, pair: int, raised: bool, now_ms: int) -> Crossing:
        slot = int(self.slot[pair])
        device = self.city.devices[int(self.table.device[slot])]
        return Crossing(
            condition=self.conditions[int(self.condition[pair])].id,
            subject=device.id,
            raised=raised,
            city_ms=now_ms,
            observed_ms=int(self.table.observed_ms[slot]),
            x_m=device.xy[0],
            y_m=device.xy[1],
            value=float(self.table.value[slot]),
            source=device.id,
            provenance=int(self.table.provenance[slot]),
            edge=device.edge,
            ended="" if raised else "calm",
            message=f"reading:{device.id}@{int(self.table.observed_ms[slot])}",
        )

    def holding(self, device: str) -> list[str]:
        """Ids of the conditions that hold of a device."""
        index = self.table.device_of[device]
        slots = np.array(list(self.table.slot_of[index].values()), np.int64)
        pairs = np.concatenate([np.arange(self._start[slot], self._start[slot + 1]) for slot in slots.tolist()])
        return [self.conditions[index].id for index in sorted(self.condition[pairs[self.active[pairs]]].tolist())]

    def rest(self, scenes: frozenset[str]) -> None:
        """Of these scenes nothing is noticed from now on, and what held is forgotten."""
        of = np.array([item.id.partition("/")[0] in scenes for item in self.conditions], np.bool_)
        self._quiet = of[self.condition] if len(of) else self._quiet
        self._any_quiet = bool(self._quiet.any())
        self.active[self._quiet] = False
        self.beyond_ms[self._quiet] = self.calm_ms[self._quiet] = -1

    def shift(self, gap_ms: int) -> None:
        """The twin was down for so long: move every running dwell on, so that the time counts for none."""
        self.beyond_ms[self.beyond_ms >= 0] += gap_ms
        self.calm_ms[self.calm_ms >= 0] += gap_ms

    def state(self) -> list[Any]:
        """Memory by condition, each with its own text, so that only an unchanged condition finds its memory again."""
        memory: list[Any] = []
        for index, condition in enumerate(self.conditions):
            pairs = np.flatnonzero(self.condition == index)
            devices = [self.city.devices[device].id for device in self.table.device[self.slot[pairs]].tolist()]
            memory.append([msgspec.json.encode(condition), devices, *(getattr(self, name)[pairs] for name in _MEMORY)])
        return memory

    def load(self, memory: list[Any]) -> None:
        known = {condition.id: msgspec.json.encode(condition) for condition in self.conditions}
        for text, devices, *columns in memory:
            condition = msgspec.json.decode(text, type=SensorCondition)
            if known.get(condition.id) != text:
                continue
            found = [self.pair_of.get((condition.id, device), -1) for device in devices]
            here = np.array(found, np.int64)
            for name, column in zip(_MEMORY, columns, strict=True):
                getattr(self, name)[here[here >= 0]] = column[here >= 0]
