"""The port through which runs are made: processes of this machine now, a cluster's workers another day."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Sequence
from typing import Protocol

import msgspec

from services.evaluation.job import Job, Outcome
from twin.core.errors import CivitwinError

Work = Callable[[Job], Outcome]
"""Makes one run. A function of a module, so that another process finds it by name."""

Answers = Generator["Outcome | Failure", None, None]


_NAMED = 5
"""Runs that are named where many failed for the same reason."""


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """A run that came to nothing, and why, in one line."""

    job: Job
    reason: str


class RunsFailedError(CivitwinError):
    """Some runs came to nothing; the others were kept."""

    def __init__(self, failures: Sequence[Failure]) -> None:
        reasons: dict[str, list[str]] = {}
        for failure in failures:
            reasons.setdefault(failure.reason, []).append(f"{failure.job.arm.name}, seed {failure.job.seed}")
        lines = [f"{_listed(runs)}: {reason}" for reason, runs in reasons.items()]
        super().__init__(f"{len(failures)} of the runs failed\n  " + "\n  ".join(lines))
        self.failures = tuple(failures)


def _listed(runs: Sequence[str]) -> str:
    more = f" and {len(runs) - _NAMED} more" if len(runs) > _NAMED else ""
    return "; ".join(runs[:_NAMED]) + more


class Executor(Protocol):
    """Makes runs, in any order, as many at a time as it likes."""

    def run(self, jobs: Sequence[Job], work: Work) -> Answers:
        """Each job's outcome as soon as it is there, or why there is none; one for each job. Closing the iterator ends
        what is under way."""
        ...


class InLine:
    """One run after the other, in this process."""

    def run(self, jobs: Sequence[Job], work: Work) -> Answers:
        for job in jobs:
            yield attempt(job, work)


def attempt(job: Job, work: Work) -> Outcome | Failure:
    """One run; what it raises is its reason. This is the border at which any fault of a run ends."""
    try:
        outcome = work(job)
    except Exception as fault:  # noqa: BLE001  the study names it, keeps the others and ends with it
        return Failure(job=job, reason=said(fault))
    if outcome.job != job:
        return Failure(job=job, reason="the outcome is that of another run")
    figures = {**outcome.measures, **outcome.counts}
    wrong = [name for name, value in figures.items() if value is not None and not math.isfinite(value)]
    return Failure(job=job, reason=f"no finite number: {', '.join(wrong)}") if wrong else outcome


def said(fault: BaseException) -> str:
    """``KeyError: 'pump_3' (dispatch.py:88)``: what it was and where it was raised."""
    trace, where = fault.__traceback__, ""
    while trace is not None:
        where = f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}"
        trace = trace.tb_next
    words = " ".join(str(fault).split())
    return f"{type(fault).__name__}: {words} ({where})"
