"""What is found in synthetic runs whose differences are known, and what is said about it."""

from __future__ import annotations

import msgspec
import pytest
from synthetic import ASSUMPTIONS, GAINS, measures, report, run, study

from services.evaluation.findings import find
from services.evaluation.job import Job, Outcome
from services.evaluation.plan import plan
from services.evaluation.report import Report
from services.evaluation.verdict import judge


@pytest.fixture(scope="module")
def whole() -> Report:
    return report(20)


def test_known_differences_are_found(whole: Report) -> None:
    for name in ("detection_delay_min", "hops", "cost_yuan", "verified_close_min"):
        gain, spread = GAINS[name][1:]
        found = whole.found.measures[name].difference
        assert found.mean == pytest.approx(gain, abs=4 * spread / 20**0.5)
        assert found.low is not None and found.high is not None and found.low <= gain <= found.high
    verdict = whole.verdict
    assert {"detection_delay_min", "hops"} <= set(verdict.helps)
    assert {"cost_yuan", "verified_close_min"} == set(verdict.hinders)
    assert "lost_vehicle_h" in verdict.unclear


def test_the_difference_of_means_is_the_mean_difference_where_all_pairs_count(whole: Report) -> None:
    for found in whole.found.measures.values():
        if not found.difference.left_out:
            assert found.scene.mean is not None and found.siloed.mean is not None
            assert found.difference.mean == pytest.approx(found.scene.mean - found.siloed.mean, rel=1e-3, abs=1e-4)


def test_pairs_without_a_figure_are_counted_in_the_findings(whole: Report) -> None:
    limbo = whole.found.measures["limbo_min"]
    assert (limbo.difference.pairs, limbo.difference.left_out, limbo.siloed.seeds) == (17, 3, 17)
    assert whole.found.by_seed["limbo_min"]["scene"].count(None) == 3


def test_counts_are_summed_and_rates_are_not(whole: Report) -> None:
    hazards = sum(5 + seed % 3 for seed in range(1000, 1020))
    assert whole.found.counts["scene"] == {"hazards": hazards, "messages_per_s": 210.5}
    assert whole.found.full_rate is not None
    assert whole.found.full_rate.counts["full"]["messages_per_s"] == 210.5


def test_ablations_are_paired_on_their_own_seeds_and_say_which_flips(whole: Report) -> None:
    fusion = whole.found.ablation["fusion"]["detection_delay_min"]
    assert fusion.mean == pytest.approx(0.7 * 4.0, rel=1e-4) and fusion.pairs == 6
    assert (fusion.better, fusion.flips) == ("scene", False)
    iot = whole.found.ablation["iot"]["detection_delay_min"]
    assert iot.flips and iot.whole is not None and iot.rest is not None and iot.whole < 0 < iot.rest
    assert iot.rest - iot.whole == pytest.approx(1.4 * 4.0, rel=1e-4)
    assert whole.found.ablation["vehicles"]["hops"].better == "same"


def test_a_sweep_gives_the_difference_at_each_factor_and_the_break_even(whole: Report) -> None:
    sweep = whole.found.sensitivity["misdispatch_share"]["detection_delay_min"]
    assert list(sweep.differences) == ["0.5", "1", "2"] and sweep.pairs == 3
    low, one, high = sweep.differences.values()
    assert low is not None and one is not None and high is not None
    assert low - one == pytest.approx(6.4, rel=1e-4) and one - high == pytest.approx(6.4, rel=1e-4)
    assert sweep.break_even == pytest.approx(2 ** (one / 6.4), rel=1e-4)
    assert whole.found.sensitivity["letter_min"]["detection_delay_min"].break_even is None
    assert set(whole.found.sensitivity) == {"misdispatch_share", "letter_min"}


def test_what_would_change_the_conclusion_is_said(whole: Report) -> None:
    said = [text.msgid for text in whole.verdict.would_change]
    assert any(text.startswith("“{assumption}”") for text in said)
    assert any(text.startswith("Without") for text in said)
    concluded = {one for one in whole.measures.primary if one in whole.verdict.helps}
    named = {text.args["measure"] for text in whole.verdict.would_change}
    assert named <= {whole.measures[id].name for id in concluded}


def changed(gains: dict[str, float]) -> Report:
    """A study whose primary measures differ by these, with hardly any chance; ablations and sweeps change nothing."""

    def one(job: Job) -> Outcome:
        plain = msgspec.structs.replace(job.arm, without=(), factors=())
        outcome = run(msgspec.structs.replace(job, arm=plain, budget_per_city_s=1.0))
        jitter = 0.001 * (job.seed % 5)
        better = job.arm.policy == "scene"
        figures = {id: 10.0 + (gain + jitter if better else 0.0) for id, gain in gains.items()}
        return Outcome(job=job, measures={**outcome.measures, **figures}, counts=outcome.counts)

    return report(8, run_one=one)


PRIMARY = ("detection_delay_min", "right_department_first_share", "exposed_resident_min")


@pytest.mark.parametrize(
    ("gains", "said"),
    [
        ((-1.0, 0.5, -2.0), "Scene governance helps: all"),
        ((1.0, -0.5, 2.0), "Scene governance does harm"),
        ((-1.0, -0.5, 2.0), "Scene governance both helps and harms"),
        ((-1.0, 0.5, -0.002), "Scene governance helps in"),
        ((1.0, 0.5 - 0.502, -0.002), "Scene governance does not help"),
        ((-0.002, -0.002, -0.002), "This study cannot tell"),
    ],
)
def test_the_headline_says_what_the_primary_measures_say(gains: tuple[float, float, float], said: str) -> None:
    found = changed(dict(zip(PRIMARY, gains, strict=True)))
    assert found.verdict.headline.msgid.startswith(said)


def test_where_nothing_turns_it_that_is_said() -> None:
    [only] = changed(dict(zip(PRIMARY, (-1.0, 0.5, -2.0), strict=True))).verdict.would_change
    assert only.msgid.startswith("Nothing that was tried") and only.args == {"swept": 2, "mechanisms": 8}


@pytest.mark.parametrize("seeds", [1, 2, 5])
def test_few_seeds_conclude_nothing(seeds: int) -> None:
    found = report(seeds)
    assert found.verdict.headline.msgid.startswith("Nothing can be concluded")
    assert not found.verdict.helps and not found.verdict.hinders


def test_a_measure_that_is_never_there_is_left_empty() -> None:
    def blank(job: Job) -> Outcome:
        return Outcome(job=job, measures={}, counts={})

    found = report(6, run_one=blank)
    assert set(found.verdict.unclear) == set(GAINS)
    assert all(one.difference.pairs == 0 and one.difference.left_out == 6 for one in found.found.measures.values())


def test_an_outcome_that_is_missing_is_no_study() -> None:
    wanted = study(2)
    outcomes = {job: run(job) for job in plan(wanted, ASSUMPTIONS.swept)[:-1]}
    with pytest.raises(KeyError):
        find(wanted, measures(), ASSUMPTIONS.swept, outcomes)


def test_the_order_of_outcomes_changes_nothing() -> None:
    wanted, swept = study(6), ASSUMPTIONS.swept
    jobs = plan(wanted, swept)
    first, second = ({job: run(job) for job in order} for order in (jobs, tuple(reversed(jobs))))
    found = find(wanted, measures(), swept, first)
    assert found == find(wanted, measures(), swept, second)
    assert judge(measures(), swept, found) == judge(measures(), swept, find(wanted, measures(), swept, second))
