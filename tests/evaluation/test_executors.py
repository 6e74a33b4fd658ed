"""Both executors give every job's outcome or its reason; processes that die cost one run."""

from __future__ import annotations

import multiprocessing
from itertools import islice

import msgspec
import pytest
from synthetic import dying, endless, failing, run, study

from services.app.processes import Processes
from services.evaluation.executor import Failure, InLine, Work
from services.evaluation.job import Job, Outcome
from services.evaluation.plan import plan

JOBS = plan(study(4, quick=True), ())


def answers(executor: InLine | Processes, work: Work) -> tuple[dict[Job, Outcome], dict[Job, str]]:
    made = list(executor.run(JOBS, work))
    return (
        {one.job: one for one in made if isinstance(one, Outcome)},
        {one.job: one.reason for one in made if isinstance(one, Failure)},
    )


def test_processes_make_the_same_runs_as_one_after_the_other() -> None:
    in_line, _ = answers(InLine(), run)
    processes, failed = answers(Processes(2), run)
    assert processes == in_line and not failed
    assert set(processes) == set(JOBS)


@pytest.mark.parametrize("executor", [InLine(), Processes(2)], ids=["in line", "processes"])
def test_a_run_that_raises_is_named_and_the_others_are_made(executor: InLine | Processes) -> None:
    made, failed = answers(executor, failing)
    [(job, reason)] = failed.items()
    assert (job.arm.name, job.seed) == ("scene", 1001)
    assert reason.startswith("ValueError: no such road (synthetic.py:")
    assert len(made) == len(JOBS) - 1


@pytest.mark.parametrize("workers", [1, 2])
def test_a_process_that_dies_costs_the_run_it_had(workers: int) -> None:
    made, failed = answers(Processes(workers), dying)
    [(job, reason)] = failed.items()
    assert (job.arm.name, job.seed, reason) == ("scene", 1001, "its process died: exit code 3")
    assert len(made) == len(JOBS) - 1
    assert not multiprocessing.active_children()


def test_no_jobs_are_no_processes() -> None:
    assert list(Processes(2).run([], run)) == []


def test_whoever_stops_listening_leaves_no_process_behind() -> None:
    runs = Processes(2).run(JOBS, run)
    assert len(list(islice(runs, 1))) == 1
    assert multiprocessing.active_children()
    runs.close()
    assert not multiprocessing.active_children()


def test_runs_under_way_are_ended_at_once() -> None:
    jobs = [msgspec.structs.replace(JOBS[0], seed=0), *JOBS[1:2]]  # seed 0 ends, any other never does
    runs = Processes(2).run(jobs, endless)
    assert next(runs).job.seed == 0
    runs.close()
    assert not multiprocessing.active_children()


def nothing_finite(job: Job) -> Outcome:
    return msgspec.structs.replace(run(job), measures={"hops": float("nan"), "limbo_min": 1.0})


def another(job: Job) -> Outcome:
    return run(msgspec.structs.replace(job, seed=job.seed + 1))


@pytest.mark.parametrize(
    ("work", "reason"), [(nothing_finite, "no finite number: hops"), (another, "that of another run")]
)
def test_an_outcome_that_cannot_be_is_a_failure(work: Work, reason: str) -> None:
    _, failed = answers(InLine(), work)
    assert len(failed) == len(JOBS) and all(reason in one for one in failed.values())
