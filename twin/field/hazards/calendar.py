"""When the hazards of a kind begin: evenly jittered in demo tempo, Poisson in real tempo."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence

import msgspec

from twin.core.chance import fraction
from twin.field.hazards.base import Ground, Hazard, Moment, Point, Site, VehicleWarning
from twin.field.settings import Settings

YEAR_S = 31_557_600.0
NEVER_S = 1e18
_TRY_FOR_S = 600.0


class Planned(msgspec.Struct):
    """The next one's number and when it begins, in seconds since the start."""

    k: int
    next_s: float


def begin_s(settings: Settings, seed: int, kind: str, k: int, previous_s: float) -> float:
    """When the k-th hazard of a kind begins; ``previous_s`` is when the one before did (0 for the first)."""
    draw = fraction(seed, kind, k, "when")
    if settings.tempo == "real":
        rate = settings.hazards.rates.real.per_year.get(kind, 0.0) / YEAR_S
        return previous_s - math.log(1.0 - draw) / rate if rate > 0 else NEVER_S
    plan = settings.hazards.rates.demo
    count = plan.count.get(kind, 0)
    if count == 0:
        return NEVER_S
    window, slot = divmod(k, count)
    share = (slot + 0.1 + 0.8 * draw) / count
    return plan.window_s * (window + plan.span * share)


class ScheduledHazard(Hazard):
    """A hazard that begins by the calendar. Where nothing suitable is found it is tried again for ten minutes."""

    state: Planned

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        self.first_s = begin_s(ground.settings, ground.seed, self.kind, 0, 0.0)

    @abstractmethod
    def begin(self, k: int, now: Moment, taken: Sequence[Point]) -> bool:
        """Start the k-th one; False where there is no place for it now."""

    @abstractmethod
    def develop(self, now: Moment) -> list[VehicleWarning]:
        """Advance those under way."""

    def bring_about(self, k: int, now: Moment, taken: Sequence[Point]) -> Site | None:
        if not self.begin(k, now, taken):
            return None
        found = next(spot for spot in self.spots() if spot.id == f"{self.kind}-{k}")
        return Site(found.id, found.x_m, found.y_m, now.city_ms)

    def step(self, now: Moment, taken: Sequence[Point]) -> list[VehicleWarning]:
        plan = self.state
        if now.since_s >= plan.next_s and (self.begin(plan.k, now, taken) or now.since_s > plan.next_s + _TRY_FOR_S):
            plan.k += 1
            plan.next_s = begin_s(self.ground.settings, self.ground.seed, self.kind, plan.k, plan.next_s)
        return self.develop(now)


def within_hours(day_s: float, hours: tuple[float, float]) -> bool:
    """Whether a time of day lies between two hours; the second may be on the next day."""
    hour, (begin, end) = day_s / 3600.0, hours
    return begin <= hour < end if begin <= end else hour >= begin or hour < end
