"""All hazards of a city, stepped in one order, and what people and crews can ask of them together."""

from __future__ import annotations

import math

import msgspec

from twin.core import codec
from twin.field.hazards.air import Airs
from twin.field.hazards.base import Ended, Ground, Hazard, Moment, Spot, VehicleWarning
from twin.field.hazards.bins import Bins
from twin.field.hazards.care import CareCalls
from twin.field.hazards.collision import Collisions
from twin.field.hazards.company import Company
from twin.field.hazards.cover import Covers
from twin.field.hazards.crowd import Crowds
from twin.field.hazards.dust import SiteDust
from twin.field.hazards.fire import Fires
from twin.field.hazards.fire_lane import FireLanes
from twin.field.hazards.flood import Floods
from twin.field.hazards.gas import GasLeaks
from twin.field.hazards.kiosk import Kiosks
from twin.field.hazards.lamp import Lamps
from twin.field.hazards.light_failure import LightFailures
from twin.field.hazards.main import Mains
from twin.field.hazards.noise import NightNoise
from twin.field.hazards.platform import Platforms
from twin.field.hazards.river import Rivers
from twin.field.hazards.rubbish import Rubbish
from twin.field.hazards.school_run import SchoolRuns
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
        self.rivers = Rivers(ground)
        self.light_failures = LightFailures(ground)
        self.school_runs = SchoolRuns(ground)
        self.fire_lanes = FireLanes(ground)
        self.rubbish = Rubbish(ground)
        self.gas = GasLeaks(ground)
        self.dust = SiteDust(ground)
        self.noise = NightNoise(ground)
        self.crowds = Crowds(ground)
        self.care = CareCalls(ground)
        self.platforms = Platforms(ground)
        self.kiosks = Kiosks(ground)
        self.all: tuple[Hazard, ...] = (
            self.floods, self.fires, self.collisions, self.lamps, self.covers,
            self.bins, self.mains, self.airs, self.trees, self.rivers, self.light_failures, self.school_runs,
            self.fire_lanes, self.rubbish, self.gas, self.dust, self.noise, self.crowds, self.care,
            self.kiosks, self.platforms,
        )  # fmt: skip
        self.recent: list[Ended] = []

    def meet(self, company: Company) -> None:
        """Let those hazards that people take part in ask them."""
        self.school_runs.company = self.crowds.company = self.care.company = company

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
