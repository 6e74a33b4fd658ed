"""One real run of a study: the same job, the same outcome; and a bound on messages that holds."""

from __future__ import annotations

from services.app.evaluate_run import run_job
from services.evaluation.job import Arm, Job


def job(policy: str, hours: float = 0.03) -> Job:
    arm = Arm(name=policy, policy="siloed" if policy == "siloed" else "scene")
    return Job(study="governance", arm=arm, seed=7, start_at="17:00", hours=hours, budget_per_city_s=20.0)


def test_the_same_job_has_the_same_outcome_and_the_field_is_the_same_for_both() -> None:
    first = run_job(job("siloed"))
    assert run_job(job("siloed")) == first
    other = run_job(job("scene"))
    for outcome in (first, other):
        assert 10.0 < outcome.counts["cams_per_s"] <= 20.0
        assert outcome.counts["messages_per_s"] < 100.0
        assert outcome.measures["lost_vehicle_h"]
    assert first.counts["hazards"] == other.counts["hazards"]
    assert first.counts["cams_per_s"] == other.counts["cams_per_s"]
