"""Which runs a study of governance is made of, the ones that decide first."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import msgspec

from services.evaluation.assumptions import Assumption
from services.evaluation.job import Arm, Job, Mechanism, Policy
from twin.core.errors import ConfigError

MECHANISMS: tuple[Mechanism, ...] = get_args(Mechanism)
SILOED, SCENE = Arm(name="siloed", policy="siloed"), Arm(name="scene", policy="scene")
TUNED_BELOW = 1000
"""Thresholds were tuned on seeds below this one, so none of them may judge."""
_MOST_SEEDS = 10_000


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How many of the study's first seeds a part of it is run on."""

    seeds: int


class Sensitivity(Part, frozen=True, forbid_unknown_fields=True, kw_only=True):
    factors: tuple[float, ...] = (0.5, 2.0)


class FullRate(Part, frozen=True, forbid_unknown_fields=True, kw_only=True):
    budget_per_city_s: float


class Study(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``config/evaluation/study.toml``; ``quick`` leaves the paired runs alone. ``parts_hours``: how long the runs of
    its parts are, compared with runs as short; None: as long as all others."""

    start_at: str
    hours: float
    seeds: int
    first_seed: int
    budget_per_city_s: float
    ablation: Part
    sensitivity: Sensitivity
    full_rate: FullRate
    parts_hours: float | None = None
    quick: bool = False

    def scaled(self, hours: float | None = None, seeds: int | None = None, quick: bool = False) -> Study:
        """The same study over other hours or so many seeds. With more seeds its parts grow alike; with fewer they stay
        as they are, as far as there are seeds, since a part of few pairs says little already."""
        wanted = self.seeds if seeds is None else seeds

        def of(part: Part) -> int:
            return min(wanted, max(part.seeds, math.ceil(part.seeds * wanted / self.seeds)))

        return msgspec.structs.replace(
            self,
            hours=self.hours if hours is None else hours,
            seeds=wanted,
            ablation=Part(seeds=of(self.ablation)),
            sensitivity=msgspec.structs.replace(self.sensitivity, seeds=of(self.sensitivity)),
            full_rate=msgspec.structs.replace(self.full_rate, seeds=min(wanted, self.full_rate.seeds)),
            quick=quick,
        )

    def first(self, count: int) -> tuple[int, ...]:
        """The first so many seeds."""
        return tuple(range(self.first_seed, self.first_seed + count))

    def job(self, arm: Arm, seed: int) -> Job:
        return Job(
            study="governance", arm=arm, seed=seed, start_at=self.start_at, hours=self.hours,
            budget_per_city_s=self.budget_per_city_s,
        )  # fmt: skip

    def part(self, arm: Arm, seed: int, budget_per_city_s: float = 0.0) -> Job:
        """A run of one of its parts, or one that these are compared with."""
        job = self.job(arm, seed)
        hours = job.hours if self.parts_hours is None else min(job.hours, self.parts_hours)
        budget = budget_per_city_s or job.budget_per_city_s
        return msgspec.structs.replace(job, hours=hours, budget_per_city_s=budget)


def load_study(path: Path) -> Study:
    """Read and check the file. Raises :class:`ConfigError` naming file and key."""
    try:
        study = msgspec.toml.decode(path.read_bytes(), type=Study)
    except (OSError, msgspec.DecodeError) as fault:
        raise ConfigError(path, str(fault)) from fault
    try:
        datetime.time.fromisoformat(study.start_at)
    except ValueError as fault:
        raise ConfigError(f"{path}: start_at", "a time of day looks like 17:00") from fault
    counts = {"ablation": study.ablation, "sensitivity": study.sensitivity, "full_rate": study.full_rate}
    for key, part in counts.items():
        if not 1 <= part.seeds <= study.seeds:
            raise ConfigError(f"{path}: {key}.seeds", "from 1 up to the study's own seeds")
    if not 1 <= study.seeds <= _MOST_SEEDS or study.first_seed < TUNED_BELOW:
        raise ConfigError(f"{path}: seeds, first_seed", f"at least one seed, and none below {TUNED_BELOW}")
    if not 0 < study.hours <= 24:
        raise ConfigError(f"{path}: hours", "above 0, at most 24")
    if study.parts_hours is not None and not 0 < study.parts_hours <= 24:
        raise ConfigError(f"{path}: parts_hours", "above 0, at most 24")
    if not 0 < study.budget_per_city_s <= study.full_rate.budget_per_city_s:
        raise ConfigError(f"{path}: full_rate.budget_per_city_s", "messages in a city second; the full rate is higher")
    factors = study.sensitivity.factors
    if not factors or len(set(factors)) != len(factors) or 1.0 in factors or not all(0 < one < 100 for one in factors):
        raise ConfigError(f"{path}: sensitivity.factors", "different factors above 0, without 1, which is run anyway")
    return study


def without(mechanism: Mechanism) -> Arm:
    """Scene governance without one mechanism."""
    return Arm(name=f"scene without {mechanism}", policy="scene", without=(mechanism,))


def multiplied(assumption: Assumption, factor: float, policy: Policy) -> Arm:
    """A policy with one assumption multiplied; the policy as it is where it does not use that assumption."""
    if policy not in assumption.policies:
        return SILOED if policy == "siloed" else SCENE
    return Arm(name=f"{policy} {assumption.id} ×{factor:g}", policy=policy, factors=((assumption.id, factor),))


def plan(study: Study, swept: tuple[Assumption, ...]) -> tuple[Job, ...]:
    """Every run of the study, each once."""
    return tuple(dict.fromkeys(_planned(study, swept)))


def _planned(study: Study, swept: tuple[Assumption, ...]) -> Iterator[Job]:
    for seed in study.first(study.seeds):
        yield study.job(SILOED, seed)
        yield study.job(SCENE, seed)
    if study.quick:
        return
    for seed in study.first(max(study.ablation.seeds, study.sensitivity.seeds, study.full_rate.seeds)):
        yield study.part(SILOED, seed)
        yield study.part(SCENE, seed)
    for seed in study.first(study.ablation.seeds):
        for mechanism in MECHANISMS:
            yield study.part(without(mechanism), seed)
    for seed in study.first(study.full_rate.seeds):
        for arm in (SILOED, SCENE):
            yield study.part(arm, seed, study.full_rate.budget_per_city_s)
    for seed in study.first(study.sensitivity.seeds):
        for assumption in swept:
            for factor in study.sensitivity.factors:
                for policy in assumption.policies:
                    yield study.part(multiplied(assumption, factor, policy), seed)
