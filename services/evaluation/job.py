"""One run to be made, and what came out of it: the border between planning runs, making them and judging them."""

from __future__ import annotations

import hashlib
from typing import Literal

import msgspec

Mechanism = Literal["fusion", "routing", "assignment", "priority", "letters", "iot", "vehicles", "residents"]
Policy = Literal["siloed", "scene"]


class Arm(msgspec.Struct, frozen=True, kw_only=True):
    """One way of governing the city, or of living in it. ``without`` takes single mechanisms away (an ablation);
    ``factors`` multiply assumptions by name (a sweep); ``virtual`` is the share of suitable activities done virtually
    (the adoption study alone)."""

    name: str
    policy: Policy = "scene"
    without: tuple[Mechanism, ...] = ()
    factors: tuple[tuple[str, float], ...] = ()
    virtual: float = 0.0


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One run: so many hours from a time of day on (``HH:MM``), with a seed, under an arm. ``budget_per_city_s`` bounds
    messages a city second; 0 leaves the study's own default."""

    study: Literal["governance", "adoption"]
    arm: Arm
    seed: int
    start_at: str
    hours: float
    budget_per_city_s: float = 0.0

    @property
    def key(self) -> str:
        """What tells this run from every other, to find its outcome again."""
        return hashlib.sha256(msgspec.json.encode(self, order="sorted")).hexdigest()


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came out. ``measures`` by name in the unit that the name ends with; None where there was nothing to measure
    (which is not zero). ``counts`` say how much each measure rests on."""

    job: Job
    measures: dict[str, float | None]
    counts: dict[str, float]
