"""Which runs a study makes, in which order, and what its file may not say."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from synthetic import ASSUMPTIONS, CONFIG, measures, run, study

from services.evaluation.findings import find
from services.evaluation.plan import MECHANISMS, SCENE, SILOED, load_study, multiplied, plan
from services.evaluation.statistics import FEWEST_PAIRS
from twin.core.errors import ConfigError

SWEPT = ASSUMPTIONS.swept


def test_the_pairs_that_decide_come_first() -> None:
    jobs = plan(study(20), SWEPT)
    assert [(job.arm.name, job.seed) for job in jobs[:4]] == [
        ("siloed", 1000), ("scene", 1000), ("siloed", 1001), ("scene", 1001),
    ]  # fmt: skip
    assert {job.arm for job in jobs[:40]} == {SILOED, SCENE}
    assert {job.seed for job in jobs[:40]} == set(range(1000, 1020))


def test_every_run_is_made_once_and_has_a_key_of_its_own() -> None:
    jobs = plan(study(20), SWEPT)
    assert len({job.key for job in jobs}) == len(jobs)
    full = [job for job in jobs if job.budget_per_city_s == study().full_rate.budget_per_city_s]
    assert len(full) == 4
    assert sum(bool(job.arm.without) for job in jobs) == len(MECHANISMS) * study().ablation.seeds
    assert all(job.arm.policy == "scene" for job in jobs if job.arm.without)


def test_parts_over_fewer_hours_are_compared_with_pairs_as_short() -> None:
    whole = msgspec.structs.replace(study(8), parts_hours=1.25)
    jobs = plan(whole, SWEPT)
    assert {job.hours for job in jobs if job.arm in (SILOED, SCENE)} == {2.0, 1.25}
    assert {job.hours for job in jobs if job.arm not in (SILOED, SCENE)} == {1.25}
    found = find(whole, measures(), SWEPT, {job: run(job) for job in jobs})
    assert found.ablation["fusion"]["hops"].pairs == 6
    shorter = msgspec.structs.replace(whole, hours=1.0)
    assert {job.hours for job in plan(shorter, SWEPT)} == {1.0}


def test_only_what_has_no_source_and_can_be_swept_is_swept() -> None:
    jobs = plan(study(20), SWEPT)
    assert {id for job in jobs for id, _ in job.arm.factors} == {"misdispatch_share", "letter_min"}
    assert {job.arm.policy for job in jobs if job.arm.factors} == {"siloed"}
    assert {factor for job in jobs for _, factor in job.arm.factors} == {0.5, 2.0}


def test_a_policy_that_does_not_use_an_assumption_is_not_run_again() -> None:
    letter = SWEPT[1]
    assert multiplied(letter, 2.0, "scene") is SCENE
    assert multiplied(letter, 2.0, "siloed").factors == (("letter_min", 2.0),)


@pytest.mark.parametrize("seeds", [1, 2, 3, 5, 20, 40])
def test_parts_keep_their_proportion_and_never_ask_for_seeds_that_are_not_run(seeds: int) -> None:
    scaled = study(seeds)
    for part in (scaled.ablation, scaled.sensitivity, scaled.full_rate):
        assert 1 <= part.seeds <= seeds
    whole = study(20)
    assert scaled.ablation.seeds * 20 >= whole.ablation.seeds * seeds
    pairs = {(job.arm, job.seed) for job in plan(scaled, SWEPT)}
    for arm, seed in pairs:  # whatever is compared has both policies beside it
        assert (SILOED, seed) in pairs and (SCENE, seed) in pairs, arm


def test_quick_is_the_main_comparison_alone() -> None:
    assert len(plan(study(20, quick=True), SWEPT)) == 40


FILE = """
start_at = "17:00"
hours = 2.0
seeds = 20
first_seed = 1000
budget_per_city_s = 100.0
ablation.seeds = 6
sensitivity.seeds = 3
sensitivity.factors = [0.5, 2.0]
full_rate.seeds = 2
full_rate.budget_per_city_s = 10000.0
"""


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("start_at", '"late"'),
        ("first_seed", "7"),
        ("hours", "0.0"),
        ("ablation.seeds", "60"),
        ("sensitivity.factors", "[1.0]"),
        ("sensitivity.factors", "[2.0, 2.0]"),
        ("full_rate.budget_per_city_s", "1.0"),
        ("full_rate.haste", "1.0"),
    ],
)
def test_a_fault_of_the_file_names_its_key(tmp_path: Path, key: str, value: str) -> None:
    path = tmp_path / "study.toml"
    path.write_text(FILE, encoding="utf-8")
    assert load_study(path) == study()
    lines = [line for line in FILE.splitlines() if not line.startswith(f"{key} =")]
    path.write_text("\n".join([*lines, f"{key} = {value}"]), encoding="utf-8")
    with pytest.raises(ConfigError) as fault:
        load_study(path)
    assert "study.toml" in fault.value.where and key.rsplit(".", maxsplit=1)[-1] in str(fault.value)


def test_the_shipped_study_can_conclude_something() -> None:
    shipped = load_study(CONFIG / "study.toml")
    assert shipped.seeds >= FEWEST_PAIRS and shipped.full_rate.seeds >= 2
    assert min(shipped.sensitivity.factors) == 0.5 and max(shipped.sensitivity.factors) == 2.0
