"""Runs without a city: figures with known differences, the same for the same job."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

import numpy as np

from services.evaluation.assumptions import Assumption, Assumptions
from services.evaluation.executor import Work
from services.evaluation.findings import find
from services.evaluation.job import Job, Outcome
from services.evaluation.measures import Measures, load_evaluation_measures
from services.evaluation.plan import FullRate, Part, Sensitivity, Study, plan
from services.evaluation.report import Report
from services.evaluation.verdict import judge
from twin.core.text import Name

CONFIG = Path(__file__).parents[2] / "config" / "evaluation"
ASSETS = Path(__file__).parents[2] / "assets"
FONT = ASSETS / "fonts" / "NotoSansSC-Regular.ttf"

GAINS = {
    "detection_delay_min": (12.0, -4.0, 2.0),
    "found_share": (0.6, 0.15, 0.05),
    "true_case_share": (0.8, 0.0, 0.05),
    "cases_per_hazard": (1.6, -0.5, 0.2),
    "right_department_first_share": (0.85, 0.1, 0.04),
    "hops": (0.7, -0.3, 0.2),
    "limbo_min": (9.0, -2.0, 3.0),
    "arrival_min": (22.0, -1.0, 4.0),
    "verified_close_min": (64.0, 5.0, 4.0),
    "exposed_resident_min": (24_000.0, -900.0, 6_000.0),
    "lost_vehicle_h": (410.0, 2.0, 30.0),
    "cost_yuan": (18_300.0, 1_400.0, 900.0),
}
"""Mean under the siloed policy, what scene governance adds, and the spread of a pair."""

WEIGHTS = {"fusion": 0.7, "routing": 0.2, "assignment": 0.1, "priority": 0.05, "letters": 0.3, "iot": 1.4}
"""How much of a gain goes with each mechanism."""

ASSUMPTIONS = Assumptions(
    all=(
        Assumption(
            id="misdispatch_share", value=0.12, unit="share", concerns="siloed",
            name=Name("Calls sent to the wrong department", "热线误派比例"),
            why=Name("What hotlines tell of calls handed back", "热线退单的公开比例"),
        ),
        Assumption(
            id="letter_min", value=45.0, unit="min", concerns="siloed", name=Name("A letter's way", "函件往来时间"),
            why=Name("Half a morning, for want of anything published", "无公开数据，按半个上午计"),
        ),
        Assumption(
            id="call_min", value=3.0, unit="min", concerns="both", name=Name("Taking a call", "接听时间"),
            why=Name("Published by a hotline", "热线公布"), source="Annual report of a hotline, 2024, table 3",
        ),
        Assumption(
            id="unit_yuan_per_h", value=400.0, unit="yuan/h", concerns="both", sweep=False,
            name=Name("An hour of a unit", "力量每小时成本"), why=Name("Scales one measure alone", "仅影响一项指标"),
        ),
    )
)  # fmt: skip


def noise(*key: object) -> float:
    """A standard normal number for these words, always the same."""
    seed = int.from_bytes(hashlib.sha256(repr(key).encode()).digest()[:8], "big")
    return float(np.random.default_rng(seed).normal())


def run(job: Job) -> Outcome:
    """Known gains, with noise that pairs share and noise that they do not."""
    measures: dict[str, float | None] = {}
    for name, (mean, gain, spread) in GAINS.items():
        value = mean + 0.15 * mean * noise("hour", job.seed, name)
        if job.arm.policy == "scene":
            kept = 1.0 - sum(WEIGHTS.get(mechanism, 0.0) for mechanism in job.arm.without)
            value += gain * kept + spread * noise("pair", job.seed, name, job.budget_per_city_s)
        for id, factor in job.arm.factors:
            value -= gain * np.log2(factor) * (1.6 if id == "misdispatch_share" else 0.2)
        measures[name] = min(1.0, max(0.0, float(value))) if name.endswith("_share") else max(0.0, float(value))
    if job.seed % 7 == 0:
        measures["limbo_min"] = None
    return Outcome(job=job, measures=measures, counts={"hazards": 5.0 + job.seed % 3, "messages_per_s": 210.5})


def failing(job: Job) -> Outcome:
    """One seed of scene governance cannot be run."""
    if job.seed == 1001 and job.arm.name == "scene":
        raise ValueError("no such road")
    return run(job)


def dying(job: Job) -> Outcome:
    """One run takes its whole process with it."""
    if job.seed == 1001 and job.arm.name == "scene":
        os._exit(3)
    return run(job)


def endless(job: Job) -> Outcome:
    """Never comes to an end."""
    while job.seed:
        time.sleep(60)
    return run(job)


def measures() -> Measures:
    return load_evaluation_measures(CONFIG / "measures.toml")


def study(seeds: int = 20, quick: bool = False) -> Study:
    """A study of its own: the shipped one may change its numbers."""
    whole = Study(
        start_at="17:00", hours=2.0, seeds=20, first_seed=1000, budget_per_city_s=100.0, ablation=Part(seeds=6),
        sensitivity=Sensitivity(seeds=3), full_rate=FullRate(seeds=2, budget_per_city_s=10_000.0),
    )  # fmt: skip
    return whole.scaled(seeds=seeds, quick=quick)


def report(seeds: int = 20, quick: bool = False, run_one: Work = run) -> Report:
    """A whole study, judged."""
    wanted, all, swept = study(seeds, quick), measures(), ASSUMPTIONS.swept
    outcomes = {job: run_one(job) for job in plan(wanted, swept)}
    found = find(wanted, all, swept, outcomes)
    return Report(
        study=wanted, measures=all, assumptions=ASSUMPTIONS, found=found, verdict=judge(all, swept, found),
        digest="0" * 64,
    )  # fmt: skip
