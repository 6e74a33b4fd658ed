"""``run.py exercise``: play one in the window, live it without, or check its file."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from os import cpu_count
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from services.app import installation
from services.app.exercise_runs import Job, Outcome, Sitter, lived
from services.app.exercise_script import known_to
from services.evaluation.statistics import Difference, Interval, difference, interval
from services.exercise.scenario import Scenario, exercises_in, load_scenario, world_faults
from services.storage.whole import write_whole
from twin.city.load import load
from twin.city.units import load_departments
from twin.city.virtual import plans_in
from twin.core.errors import CivitwinError, ConfigError
from twin.field.settings import load_settings
from twin.render.language import Language


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What ``--json`` holds: scores of every seed, means, and the paired difference with its 95 % interval."""

    exercise: str
    trainee: Sitter
    seeds: tuple[int, ...]
    outcomes: tuple[Outcome, ...]
    score: Interval
    nobody: Interval
    difference: Difference


def run_exercise(
    name: str,
    headless: bool = False,
    trainee: Sitter = "colleague",
    seeds: int = 1,
    seed: int | None = None,
    report: Path | None = None,
    html: Path | None = None,
    language: str = "en",
    data: Path | None = None,
    pace: float | None = None,
    city: Path | None = None,
) -> int:
    """Play it; ``headless`` with nobody or a colleague in the trainee's place, over ``seeds`` seeds from ``seed``."""
    scenario = checked(name, city)
    first = installation.choice().seed if seed is None else seed
    if not headless:
        from services.app.exercise_window import play  # noqa: PLC0415  a run without a window needs none of it

        return play(scenario, first, language, data, pace, city, html, report)
    out = Console()
    jobs = [
        Job(
            exercise=name, seed=first + number, sitter=trainee, city="" if city is None else str(city),
            language=language if html is not None and number == 0 else "",
        )
        for number in range(seeds)
    ]  # fmt: skip
    outcomes = _all(jobs, out)
    found = summed(name, trainee, outcomes)
    _show(found, scenario, language, out)
    if report is not None:
        kept = msgspec.structs.replace(
            found, outcomes=tuple(msgspec.structs.replace(one, page="") for one in found.outcomes)
        )
        write_whole(report, msgspec.json.format(msgspec.json.encode(kept)) + b"\n")
    if html is not None:
        write_whole(html, outcomes[0].page.encode())
        out.print(f"review of seed {outcomes[0].seed}: {html}", highlight=False)
    return 0


def checked(name: str, city: Path | None = None) -> Scenario:
    """A scenario that this city can play. Raises :class:`ConfigError` with the first fault."""
    config = installation.config_directory()
    scenario = load_scenario(config, name)
    for key, why in faults_of(scenario, city):
        raise ConfigError(f"{config / 'exercises' / name}.toml: {key}", why)
    return scenario


def faults_of(scenario: Scenario, city: Path | None = None) -> list[tuple[str, str]]:
    """(key, reason) of what this city and configuration do not have."""
    config = installation.config_directory()
    departments = load_departments(config / "departments.toml")
    matters = load_settings(config / "field", scenario.tempo).people.matter
    virtual = plans_in(config / "virtual")
    return world_faults(scenario, known_to(load(installation.city_directory(city)), matters, departments, virtual))


def check_exercises(name: str | None = None, city: Path | None = None) -> int:
    """Print the faults of one scenario, or of all; 1 where there is one."""
    out, config, wrong = Console(), installation.config_directory(), 0
    for id in (name,) if name else exercises_in(config):
        path = config / "exercises" / f"{id}.toml"
        try:
            scenario = load_scenario(config, id)
        except ConfigError as fault:
            out.print(str(fault), highlight=False, markup=False)
            wrong += 1
            continue
        faults = faults_of(scenario, city)
        wrong += len(faults)
        for key, why in faults:
            out.print(f"{path}: {key}: {why}", highlight=False, markup=False)
        if not faults:
            expected = sum(len(row.expect) for row in scenario.msel)
            out.print(f"{id}: {len(scenario.msel)} rows, {expected} expected actions, {scenario.length_s:.0f} s: sound")
    return 1 if wrong else 0


def summed(name: str, trainee: Sitter, outcomes: list[Outcome]) -> Report:
    """Means and the paired difference against nobody."""
    mine, empty = [one.score for one in outcomes], [one.nobody for one in outcomes]
    return Report(
        exercise=name, trainee=trainee, seeds=tuple(one.seed for one in outcomes), outcomes=tuple(outcomes),
        score=interval("score", mine), nobody=interval("nobody", empty),
        difference=difference("score", mine, empty, 1.0, (trainee, "nobody")),
    )  # fmt: skip


def _all(jobs: list[Job], out: Console) -> list[Outcome]:
    """In parallel where there is more than one; in the order of the seeds."""
    if len(jobs) == 1:
        with out.status("living it twice: with and without somebody at the seat"):
            return [lived(jobs[0])]
    done: dict[int, Outcome] = {}
    with (
        Progress(console=out, transient=True) as bar,
        ProcessPoolExecutor(min(len(jobs), cpu_count() or 1), mp_context=get_context("spawn")) as pool,
    ):
        told = bar.add_task("seeds", total=len(jobs))
        running = {pool.submit(lived, job): job for job in jobs}
        for future in as_completed(running):
            fault = future.exception()
            if fault is not None:
                pool.shutdown(wait=False, cancel_futures=True)
                raise CivitwinError(f"seed {running[future].seed}: {fault}") from fault
            done[running[future].seed] = future.result()
            bar.advance(told)
    return [done[job.seed] for job in jobs]


def _show(found: Report, scenario: Scenario, language: str, out: Console) -> None:
    say = Language(installation.data_root() / "assets" / "text", language).translate
    table = Table(title=str(say(scenario.title)))
    table.add_column("seed", justify="right")
    table.add_column(found.trainee, justify="right")
    table.add_column("nobody", justify="right")
    for objective in scenario.objectives:
        table.add_column(objective.id, justify="right")
    table.add_column("displaced", justify="right")
    for one in found.outcomes:
        shares = [one.objectives[objective.id] for objective in scenario.objectives]
        table.add_row(
            str(one.seed), f"{one.score:.1f}", f"{one.nobody:.1f}",
            *("–" if share is None else f"{100 * share:.0f}" for share in shares), str(one.displaced),
        )  # fmt: skip
    out.print(table)
    gap = found.difference
    if gap.low is not None and gap.high is not None:
        out.print(
            f"{found.trainee} − nobody: {gap.mean:+.1f} points, 95 % paired interval {gap.low:+.1f} … {gap.high:+.1f}"
            f" over {gap.pairs} seeds",
            highlight=False,
        )
