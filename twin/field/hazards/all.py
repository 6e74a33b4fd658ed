"""All hazards of a city, stepped in one order, and what people and crews can ask of them together."""

from __future__ import annotations

import math

import msgspec

from twin.core import codec
from twin.field.hazards.air import Airs
from twin.field.hazards.base import Ended, Ground, Hazard, Moment, Spot, VehicleWarning
from twin.field.hazards.bins import Bins
from twin.field.hazards.collision import Collisions
from twin.field.hazards.cover import Covers
from twin.field.hazards.fire import Fires
from twin.field.hazards.flood import Floods
from twin.field.hazards.lamp import Lamps
from twin.field.hazards.main import Mains
from twin.field.hazards.tree import Trees

_REMEMBER_MS = 2 * 3600 * 1000


class Packed(msgspec.Struct):
    parts: dict[str, bytes]
    recent: list[Ended]


class Hazards:
    """``recent`` are those that ended in the last two hours."""

    def __init__(self, ground: Ground) -> None:
        self.floods = Floods(ground)
        self.fires = Fires(ground)
        self.collisions = Collisions(ground)
        self.lamps = Lamps(ground)
        self.covers = Covers(ground)
        self.bins = Bins(ground)
        self.mains = Mains(ground)
        self.airs = Airs(ground)
        self.trees = Trees(ground)
        self.all: tuple[Hazard, ...] = (
            self.floods, self.fires, self.collisions, self.lamps, self.covers,
            self.bins, self.mains, self.airs, self.trees,
        )  # fmt: skip
        self.recent: list[Ended] = []

    def step(self, now: Moment) -> tuple[list[VehicleWarning], list[Ended]]:
        """Advance all; what vehicles noticed, and what ended in this step."""
        warnings: list[VehicleWarning] = []
        ended: list[Ended] = []
        taken = [(spot.x_m, spot.y_m) for spot in self.spots()]
        for hazard in self.all:
            warnings.extend(hazard.step(now, taken))
            ended.extend(hazard.ended)
            hazard.ended.clear()
        self.recent = [past for past in self.recent if now.city_ms - past.ended_ms < _REMEMBER_MS] + ended
        return warnings, ended

    def spots(self) -> list[Spot]:
        return [spot for hazard in self.all for spot in hazard.spots()]

    def of(self, kind: str) -> Hazard:
        return next(hazard for hazard in self.all if hazard.kind == kind)

    def nearest(self, task: str, x_m: float, y_m: float, within_m: float) -> Spot | None:
        """The nearest hazard that needs the task (any hazard, for the empty task), within reach."""
        found = [hazard.nearest(task, x_m, y_m) for hazard in self.all]
        near = [item for item in found if item is not None and item[1] <= within_m]
        return min(near, key=lambda item: item[1])[0] if near else None

    def put_right(self, x_m: float, y_m: float, within_m: float, since_ms: int) -> bool:
        """Whether something near ended since then: a place shows it for a while."""
        return any(
            past.ended_ms >= since_ms and math.hypot(past.x_m - x_m, past.y_m - y_m) <= within_m for past in self.recent
        )

    def dump(self) -> bytes:
        return codec.encode(Packed({hazard.kind: hazard.dump() for hazard in self.all}, self.recent))

    def load(self, data: bytes) -> None:
        packed = codec.decode(data, Packed)
        for hazard in self.all:
            hazard.load(packed.parts[hazard.kind])
        self.recent = packed.recent
