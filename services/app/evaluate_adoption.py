"""``run.py evaluate --study adoption``: the same residents' working day with more and more of it done virtually."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from services.app.adoption_run import adoption_settings, run_adoption_job
from services.app.evaluate import Options
from services.app.evaluate_runs import carry_out, keep_directory
from services.app.installation import city_directory, config_directory
from services.app.processes import Processes
from services.evaluation.adoption_findings import AdoptionFindings, Point, findings, jobs, seeds_of
from services.evaluation.job import Job
from services.evaluation.kept import Kept, digest_of
from services.evaluation.measures import Measure, Measures, load_evaluation_measures
from twin.core.errors import ConfigError

_ROOT = Path(__file__).parents[2]


def adoption_jobs(seeds: Sequence[int], quick: bool = False) -> tuple[Job, ...]:
    """Every run of the study over these seeds."""
    return jobs(adoption_settings(), seeds, quick)


def evaluate(options: Options, console: Console) -> int:
    """Make what runs are missing, judge all, print a table and write what was asked for."""
    if options.hours is not None:
        raise ConfigError("--hours", "the study of adoption takes whole working days")
    config, settings = config_directory(), adoption_settings()
    measures = load_evaluation_measures(config / "evaluation" / "adoption_measures.toml")
    seeds = seeds_of(settings, settings.seeds if options.seeds is None else options.seeds)
    kept = Kept(keep_directory(options, "adoption"), digest_of(_ROOT, config, city_directory(None)))
    executor = Processes(options.workers)
    outcomes = carry_out(jobs(settings, seeds, options.quick), run_adoption_job, executor, kept, console)
    found = findings(settings, measures, seeds, outcomes)
    console.print(_table(measures, found))
    if options.json is not None:
        options.json.write_bytes(as_json(measures, found))
    return 0


def as_json(measures: Measures, found: AdoptionFindings) -> bytes:
    """``{"study", "seeds", "shares", "primary", "measures": {id: [point, …]}, "sensitivity", "counts"}``."""
    whole = {
        "study": "adoption", "seeds": found.seeds, "shares": found.shares, "primary": measures.primary,
        "measures": found.curves, "sensitivity": found.sensitivity, "counts": found.counts,
    }  # fmt: skip
    return msgspec.json.format(msgspec.json.encode(whole), indent=2) + b"\n"


def _table(measures: Measures, found: AdoptionFindings) -> Table:
    table = Table(title="virtual presence, means over seeds; change against none with 95 % intervals")
    table.add_column("measure")
    for share in found.shares:
        table.add_column(f"{share:.0%}", justify="right")
    for measure in measures.primary_first:
        name = measure.id if measure.id in measures.primary else f"({measure.id})"
        table.add_row(name, *(_cell(measure, point) for point in found.curves[measure.id]))
    return table


def _cell(measure: Measure, point: Point) -> str:
    value, change = point.value.mean, point.difference
    if value is None:
        return "–"
    scale = 100.0 if measure.share else 1.0
    shown = f"{scale * value:.4g}"
    if not change.mean or change.low is None or change.high is None:
        return shown
    return f"{shown}\n{scale * change.mean:+.3g} [{scale * change.low:+.3g}, {scale * change.high:+.3g}]"
