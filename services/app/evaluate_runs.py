"""Making the runs of a study: those that are kept are taken up, the others are made and kept, and a bar shows how far
it is."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from services.app.evaluate import Options
from services.evaluation.executor import Executor, Failure, RunsFailedError, Work
from services.evaluation.job import Job, Outcome
from services.evaluation.kept import Kept, missing

HOPELESS = 6
"""So many failures without one outcome, and no more are tried."""


def keep_directory(options: Options, study: str) -> Path:
    """Where outcomes are kept: as told, else beside the JSON or HTML file (``ev.json`` → ``ev.runs/``), else with the
    person's other Civitwin data."""
    if options.keep is not None:
        return options.keep
    beside = options.json or options.html
    if beside is not None:
        return beside.with_name(f"{beside.stem}.runs")
    return Path.home() / ".local" / "share" / "civitwin" / "evaluations" / study


def carry_out(jobs: Sequence[Job], work: Work, executor: Executor, kept: Kept, console: Console) -> dict[Job, Outcome]:
    """Every job's outcome. Each is kept as soon as it is there, so that whatever ends this early loses only what was
    under way. Raises :class:`RunsFailedError` when all others are kept, or where nothing but failures comes."""
    left = missing(jobs, kept)
    failures: list[Failure] = []
    with _bar(console) as bar:
        task = bar.add_task("Runs", total=len(jobs), completed=len(jobs) - len(left))
        try:
            with closing(executor.run(left, work)) as answers:
                for answer in answers:
                    if isinstance(answer, Outcome):
                        kept.add(answer)
                    else:
                        failures.append(answer)
                        bar.console.print(f"[red]failed[/]: {answer.job.arm.name}, seed {answer.job.seed}")
                    bar.advance(task)
                    if len(failures) == HOPELESS and len(missing(left, kept)) == len(left):
                        break
        except KeyboardInterrupt:
            done = len(jobs) - len(missing(jobs, kept))
            console.print(f"{done} of {len(jobs)} runs are kept in {kept.path.parent}; the same call goes on there")
            raise
    if failures:
        raise RunsFailedError(failures)
    return {job: outcome for job in jobs if (outcome := kept.outcome(job)) is not None}


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("left"),
        TimeRemainingColumn(), console=console, speed_estimate_period=600.0,
    )  # fmt: skip
