"""Conditions on devices that are no longer heard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from twin.city.model import City
from twin.core.words import Freshness
from twin.state.conditions import Crossing, SilenceCondition
from twin.state.ground import Ground
from twin.state.sensors import SensorTable


class Silences:
    """P pairs of (condition, device). A device never heard is unknown, not silent."""

    def __init__(self, city: City, table: SensorTable, conditions: Sequence[SilenceCondition], ground: Ground) -> None:
        self.conditions = tuple(conditions)
        self.table = table
        self.city = city
        pairs = [
            (device, index)
            for index, condition in enumerate(self.conditions)
            for device in ground.devices(condition, condition.device_kind)
        ]
        self.device = np.array([device for device, _ in pairs], np.int64)
        self.condition = np.array([index for _, index in pairs], np.int64)
        self._after_ms = np.array([self.conditions[index].after_s * 1000 for _, index in pairs], np.float64)
        self.active = np.zeros(len(pairs), np.bool_)
        self.bad_ms = np.full(len(pairs), -1, np.int64)  # noticed silent since; -1 while heard
        self.fresh_ms = np.full(len(pairs), -1, np.int64)  # noticed fresh since
        self._quiet = np.zeros(len(pairs), np.bool_)
        self.pair_of = {(self.conditions[i].id, city.devices[d].id): pair for pair, (d, i) in enumerate(pairs)}

    def advance(self, now_ms: int, freshness: np.typing.NDArray[np.uint8]) -> list[Crossing]:
        """``freshness`` is of all slots; a device's first quantity speaks for it."""
        if len(self.device) == 0:
            return []
        state = freshness[self.table.first_slot[self.device]]
        bad = ((state == Freshness.STALE) | (state == Freshness.SILENT)) & ~self._quiet
        fresh = (state == Freshness.FRESH) & ~self._quiet
        self.bad_ms = np.where(bad, np.where(self.bad_ms < 0, now_ms, self.bad_ms), -1)
        self.fresh_ms = np.where(fresh, np.where(self.fresh_ms < 0, now_ms, self.fresh_ms), -1)
        rises = np.flatnonzero(~self.active & bad & (now_ms - self.bad_ms >= self._after_ms))
        falls = np.flatnonzero(self.active & fresh)
        self.active[rises], self.active[falls] = True, False
        return [self._crossing(pair, True, now_ms) for pair in rises.tolist()] + [
            self._crossing(pair, False, now_ms) for pair in falls.tolist()
        ]

    def _crossing(self, pair: int, raised: bool, now_ms: int) -> Crossing:
        device = self.city.devices[int(self.device[pair])]
        slot = int(self.table.first_slot[self.device[pair]])
        return Crossing(
            condition=self.conditions[int(self.condition[pair])].id,
            subject=device.id,
            raised=raised,
            city_ms=now_ms,
            observed_ms=int(self.table.observed_ms[slot]),
            x_m=device.xy[0],
            y_m=device.xy[1],
            value=None,
            source=device.gateway,
            provenance=int(self.table.provenance[slot]),
            edge=device.edge,
            ended="" if raised else "heard",
            message=f"silence:{device.id}@{now_ms}",
        )

    def holding(self, device: str) -> list[str]:
        """Ids of the conditions that hold of a device."""
        pairs = np.flatnonzero(self.active & (self.device == self.table.device_of[device]))
        return [self.conditions[index].id for index in self.condition[pairs].tolist()]

    def rest(self, scenes: frozenset[str]) -> None:
        """Of these scenes nothing is noticed from now on, and what held is forgotten."""
        of = np.array([item.id.partition("/")[0] in scenes for item in self.conditions], np.bool_)
        self._quiet = of[self.condition] if len(of) else self._quiet
        self.active[self._quiet] = False
        self.bad_ms[self._quiet] = self.fresh_ms[self._quiet] = -1

    def shift(self, gap_ms: int) -> None:
        """The twin was down for so long; see ``Thresholds.shift``."""
        self.bad_ms[self.bad_ms >= 0] += gap_ms
        self.fresh_ms[self.fresh_ms >= 0] += gap_ms

    def state(self) -> list[Any]:
        rows = zip(self.active.tolist(), self.bad_ms.tolist(), self.fresh_ms.tolist(), strict=True)
        texts = [msgspec.json.encode(condition) for condition in self.conditions]
        owners = zip(self.condition.tolist(), self.device.tolist(), strict=True)
        return [[texts[i], self.city.devices[d].id, *row] for (i, d), row in zip(owners, rows, strict=True)]

    def load(self, memory: list[Any]) -> None:
        known = {msgspec.json.encode(condition): condition.id for condition in self.conditions}
        for text, device, active, bad_ms, fresh_ms in memory:
            pair = self.pair_of.get((known.get(text, ""), device))
            if pair is not None:
                self.active[pair], self.bad_ms[pair], self.fresh_ms[pair] = active, bad_ms, fresh_ms
