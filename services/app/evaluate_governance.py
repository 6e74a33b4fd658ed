"""The study of governance: paired runs, siloed and by scenes, judged and told."""

from __future__ import annotations

import importlib
from pathlib import Path

import msgspec
from rich.console import Console

from services.app.evaluate import Options
from services.app.evaluate_runs import carry_out, keep_directory
from services.app.evaluate_table import findings_table
from services.app.installation import city_directory, config_directory, data_root
from services.app.processes import Processes
from services.evaluation.assumptions import Assumptions, load_assumptions
from services.evaluation.executor import Executor, Work
from services.evaluation.findings import find
from services.evaluation.kept import Kept, digest_of
from services.evaluation.measures import Measures, load_evaluation_measures
from services.evaluation.page import page
from services.evaluation.plan import Study, load_study, plan
from services.evaluation.report import Report, as_json
from services.evaluation.verdict import judge
from services.evaluation.wording import Say
from twin.core.text import Text
from twin.render.language import LANGUAGES, Language


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """What a study of governance rests on, read from ``config/evaluation/``; ``assets`` holds texts and fonts."""

    study: Study
    measures: Measures
    assumptions: Assumptions
    digest: str
    assets: Path


def evaluate(options: Options, console: Console, work: Work | None = None, executor: Executor | None = None) -> int:
    """Make the runs, print what was found and write it where asked. ``work`` and ``executor`` are for others than this
    machine's processes. Raises :class:`services.evaluation.executor.RunsFailedError` and
    :class:`twin.core.errors.ConfigError`."""
    setting = read_setting(options)
    jobs = plan(setting.study, setting.assumptions.swept)
    kept = Kept(keep_directory(options, "governance"), setting.digest)
    work = work or importlib.import_module("services.app.evaluate_run").run_job
    outcomes = carry_out(jobs, work, executor or Processes(options.workers), kept, console)
    found = find(setting.study, setting.measures, setting.assumptions.swept, outcomes)
    report = Report(
        study=setting.study, measures=setting.measures, assumptions=setting.assumptions, found=found,
        verdict=judge(setting.measures, setting.assumptions.swept, found), digest=setting.digest,
    )  # fmt: skip
    _write(report, setting.assets, options)
    _print(report, Language(setting.assets / "text", options.language).translate, console)
    return 0


def read_setting(options: Options) -> Setting:
    """The study as asked for, and the digest of all that its runs rest on."""
    config = config_directory()
    folder = config / "evaluation"
    study = load_study(folder / "study.toml").scaled(options.hours, options.seeds, options.quick)
    return Setting(
        study=study,
        measures=load_evaluation_measures(folder / "measures.toml"),
        assumptions=load_assumptions(folder / "assumptions.toml"),
        digest=digest_of(Path(__file__).parents[2], config, city_directory(None)),
        assets=data_root() / "assets",
    )


def _write(report: Report, assets: Path, options: Options) -> None:
    texts = assets / "text"
    if options.json is not None:
        options.json.write_bytes(as_json(report, {code: Language(texts, code).translate for code in LANGUAGES}))
    if options.html is not None:
        say = Language(texts, options.language).translate
        whole = page(report, options.language, say, assets / "fonts" / "NotoSansSC-Regular.ttf")
        options.html.write_text(whole, encoding="utf-8")


def _print(report: Report, say: Say, console: Console) -> None:
    study, verdict = report.study, report.verdict
    console.print(findings_table(report.measures, report.found, say))
    console.print(say(verdict.headline), style="bold", highlight=False)
    for line in verdict.would_change:
        console.print(f"  {say(line)}", highlight=False)
    said = Text(
        "Pairs of runs: {seeds}, each {hours} h from {time}, at most {budget} vehicle messages (CAM) a city second",
        {"seeds": study.seeds, "hours": study.hours, "time": study.start_at, "budget": study.budget_per_city_s},
    )
    console.print(say(said), highlight=False)
