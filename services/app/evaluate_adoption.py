"""``run.py evaluate --study adoption``: the same residents' working day with more and more of it done virtually."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text as Line

from services.app.adoption_run import adoption_settings, run_adoption_job
from services.app.evaluate import Options
from services.app.evaluate_runs import carry_out, keep_directory
from services.app.installation import city_directory, config_directory, data_root
from services.app.processes import Processes
from services.evaluation.adoption_findings import OF, AdoptionFindings, findings, jobs, seeds_of
from services.evaluation.adoption_page import AdoptionReport, adoption_page
from services.evaluation.adoption_verdict import judge
from services.evaluation.executor import Executor, Work
from services.evaluation.job import Job
from services.evaluation.kept import Kept, digest_of
from services.evaluation.measures import Measures, load_evaluation_measures
from services.evaluation.wording import Say, amount, span
from twin.core.errors import ConfigError
from twin.core.text import Text
from twin.render.language import LANGUAGES, Language

_ROOT = Path(__file__).parents[2]
_STYLES = {OF[0]: "green", OF[1]: "yellow"}


def adoption_jobs(seeds: Sequence[int], quick: bool = False) -> tuple[Job, ...]:
    """Every run of the study over these seeds."""
    return jobs(adoption_settings(), seeds, quick)


def evaluate(options: Options, console: Console, executor: Executor | None = None, work: Work | None = None) -> int:
    """Make what runs are missing, judge all, print a table and the verdict, and write what was asked for. Raises
    :class:`services.evaluation.executor.RunsFailedError` and :class:`ConfigError`."""
    if options.hours is not None:
        raise ConfigError("--hours", "the study of adoption takes whole working days")
    config, settings, assets = config_directory(), adoption_settings(), data_root() / "assets"
    measures = load_evaluation_measures(config / "evaluation" / "adoption_measures.toml")
    seeds = seeds_of(settings, settings.seeds if options.seeds is None else options.seeds)
    digest = digest_of(_ROOT, config, city_directory(None))
    kept, planned = Kept(keep_directory(options, "adoption"), digest), jobs(settings, seeds, options.quick)
    outcomes = carry_out(planned, work or run_adoption_job, executor or Processes(options.workers), kept, console)
    found = findings(settings, measures, seeds, outcomes)
    report = AdoptionReport(
        settings=settings, measures=measures, found=found, verdict=judge(measures, found), digest=digest
    )  # fmt: skip
    say = Language(assets / "text", options.language).translate
    _print(report, say, console)
    if options.json is not None:
        options.json.write_bytes(
            as_json(report, {code: Language(assets / "text", code).translate for code in LANGUAGES})
        )
    if options.html is not None:
        font = assets / "fonts" / "NotoSansSC-Regular.ttf"
        options.html.write_text(adoption_page(report, options.language, say, font), encoding="utf-8")
    return 0


def as_json(report: AdoptionReport, speak: Mapping[str, Say]) -> bytes:
    """``{"study", "seeds", "shares", "primary", "measures": {id: [{value, difference, part}, …]}, "sensitivity",
    "counts", "verdict"}``: a point for each share; sentences in each language of ``speak``."""
    found, verdict = report.found, report.verdict

    def said(text: Text) -> dict[str, str]:
        return {language: say(text) for language, say in speak.items()}

    whole = {
        "study": "adoption", "seeds": found.seeds, "shares": found.shares, "primary": report.measures.primary,
        "measures": found.curves, "sensitivity": found.sensitivity, "counts": found.counts, "digest": report.digest,
        "verdict": {
            "headline": said(verdict.headline), "words": {id: said(text) for id, text in verdict.words.items()},
            "not_eased": [said(text) for text in verdict.not_eased],
            "would_change": [said(text) for text in verdict.would_change],
        },
    }  # fmt: skip
    return msgspec.json.format(msgspec.json.encode(whole, order="sorted"), indent=2) + b"\n"


def _print(report: AdoptionReport, say: Say, console: Console) -> None:
    console.print(_table(report.measures, report.found, say))
    console.print(say(report.verdict.headline), style="bold", highlight=False)
    for line in (*report.verdict.not_eased, *report.verdict.would_change):
        console.print(f"  {say(line)}", highlight=False)


def _table(measures: Measures, found: AdoptionFindings, say: Say) -> Table:
    """A row for each measure, the primary ones first: means, and the change at the greatest share."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column(say(Text("Measure")), overflow="fold")
    for share in found.shares:
        table.add_column(f"{share:.0%}", justify="right", no_wrap=True)
    for title in (Text("Change"), Text("95 % interval")):
        table.add_column(say(title), justify="right", no_wrap=True)
    for index, measure in enumerate(measures.primary_first):
        curve, unit = found.curves[measure.id], say(measure.unit)
        change = curve[-1].difference
        table.add_row(
            f"{say(measure.name)}, {unit}" if unit else say(measure.name),
            *(amount(measure, point.value.mean) for point in curve),
            Line(amount(measure, change.mean, signed=True), style=_STYLES.get(change.better, "")),
            Line(span(measure, change.low, change.high, signed=True)),
            end_section=index == len(measures.primary) - 1,
        )  # fmt: skip
    return table
