"""``run.py evaluate`` from the command line on, with runs that need no city."""

from __future__ import annotations

import io
import json
import sys
import types
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rich.console import Console
from synthetic import ASSUMPTIONS, dying, run, study

import run as command_line
from services.app import evaluate_governance
from services.app.evaluate import Options
from services.app.evaluate_runs import HOPELESS, carry_out, keep_directory
from services.evaluation.executor import Answers, InLine, RunsFailedError, Work
from services.evaluation.job import Job, Outcome
from services.evaluation.kept import FILE, Kept
from services.evaluation.plan import plan


@pytest.fixture(autouse=True)
def synthetic_city(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """Runs come from ``synthetic``, assumptions too."""
    module = types.ModuleType("services.app.evaluate_run")
    module.run_job = run  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(evaluate_governance, "load_assumptions", lambda path: ASSUMPTIONS)
    return module


def call(folder: Path, *more: str) -> Result:
    given = ["evaluate", "--seeds", "3", "--json", str(folder / "ev.json")]
    return CliRunner().invoke(command_line.main, [*given, *more], env={"COLUMNS": "200"})


def planned(seeds: int) -> tuple[Job, ...]:
    return plan(evaluate_governance.read_setting(Options(seeds=seeds)).study, ASSUMPTIONS.swept)


def quiet() -> Console:
    return Console(file=io.StringIO())


class Counting(InLine):
    """Remembers what it was asked to make; is interrupted after so many runs."""

    def __init__(self, most: int = 10_000) -> None:
        self.asked: list[Job] = []
        self.most = most

    def run(self, jobs: Sequence[Job], work: Work) -> Answers:
        for answer in super().run(jobs, work):
            if len(self.asked) == self.most:
                raise KeyboardInterrupt
            self.asked.append(answer.job)
            yield answer


def test_it_ends_with_table_json_and_page_and_the_same_call_gives_the_same_bytes(tmp_path: Path) -> None:
    page = ("--html", str(tmp_path / "ev.html"))
    first = call(tmp_path, "--workers", "2", *page)
    assert first.exit_code == 0, first.output
    assert (
        "Detection delay" in first.output and "Nothing can be concluded from so few pairs of runs (3)" in first.output
    )
    bodies = [(tmp_path / name).read_bytes() for name in ("ev.json", "ev.html")]
    lines = (tmp_path / "ev.runs" / FILE).read_bytes()
    assert len(lines.splitlines()) == len(planned(3))
    assert call(tmp_path, *page).exit_code == 0
    assert (tmp_path / "ev.runs" / FILE).read_bytes() == lines, "a run was made twice"
    assert [(tmp_path / name).read_bytes() for name in ("ev.json", "ev.html")] == bodies
    other = tmp_path / "other"
    other.mkdir()
    assert call(other, "--workers", "1").exit_code == 0
    assert (other / "ev.json").read_bytes() == bodies[0]


def test_it_speaks_chinese_and_writes_the_same_json(tmp_path: Path) -> None:
    assert call(tmp_path, "--workers", "1", "--quick").exit_code == 0
    body = (tmp_path / "ev.json").read_bytes()
    chinese = call(tmp_path, "--quick", "--language", "zh_CN", "--html", str(tmp_path / "ev.html"))
    assert "发现时延" in chinese.output and "Detection" not in chinese.output
    assert 'lang="zh-CN"' in (tmp_path / "ev.html").read_text(encoding="utf-8")
    assert (tmp_path / "ev.json").read_bytes() == body


def test_quick_makes_the_pairs_alone(tmp_path: Path) -> None:
    assert call(tmp_path, "--quick", "--workers", "1").exit_code == 0
    found = json.loads((tmp_path / "ev.json").read_bytes())
    assert found["ablation"] == {} and found["sensitivity"] == {} and found["full_rate"] is None
    assert len((tmp_path / "ev.runs" / FILE).read_bytes().splitlines()) == 6


def test_a_run_that_dies_is_named_and_the_others_are_kept(tmp_path: Path, synthetic_city: types.ModuleType) -> None:
    synthetic_city.run_job = dying  # type: ignore[attr-defined]
    result = call(tmp_path, "--workers", "2", "--quick")
    assert result.exit_code == 1 and not (tmp_path / "ev.json").exists()
    assert "Error: 1 of the runs failed" in result.output
    assert "scene, seed 1001: its process died: exit code 3" in result.output and "Traceback" not in result.output
    assert len((tmp_path / "ev.runs" / FILE).read_bytes().splitlines()) == 5
    synthetic_city.run_job = run  # type: ignore[attr-defined]
    assert call(tmp_path, "--workers", "1", "--quick").exit_code == 0
    assert len((tmp_path / "ev.runs" / FILE).read_bytes().splitlines()) == 6


def test_cut_off_it_goes_on_where_it_was(tmp_path: Path) -> None:
    jobs = plan(study(4, quick=True), ())
    before, after = Counting(most=3), Counting()
    console = quiet()
    with pytest.raises(KeyboardInterrupt):
        carry_out(jobs, run, before, Kept(tmp_path, "a"), console)
    assert isinstance(console.file, io.StringIO)
    assert "3 of 8 runs are kept" in console.file.getvalue()
    outcomes = carry_out(jobs, run, after, Kept(tmp_path, "a"), quiet())
    assert list(outcomes) == list(jobs)
    assert not set(before.asked) & set(after.asked) and len(after.asked) == 5
    assert outcomes == {job: run(job) for job in jobs}


def test_other_code_makes_every_run_anew(tmp_path: Path) -> None:
    jobs = plan(study(2, quick=True), ())
    for rests_on in ("a", "b"):
        executor = Counting()
        carry_out(jobs, run, executor, Kept(tmp_path, rests_on), quiet())
        assert executor.asked == list(jobs)
    executor = Counting()
    carry_out(jobs, run, executor, Kept(tmp_path, "a"), quiet())
    assert executor.asked == []


def fails_late(job: Job) -> Outcome:
    if job.seed == 1000:
        raise RuntimeError("out of luck")
    return run(job)


def test_all_failures_are_named_when_the_rest_is_done(tmp_path: Path) -> None:
    jobs = plan(study(3, quick=True), ())
    with pytest.raises(RunsFailedError) as fault:
        carry_out(jobs, fails_late, InLine(), Kept(tmp_path, "a"), quiet())
    assert [failure.job.arm.name for failure in fault.value.failures] == ["siloed", "scene"]
    said = str(fault.value).splitlines()
    assert said[0] == "2 of the runs failed"
    assert said[1].startswith("  siloed, seed 1000; scene, seed 1000: RuntimeError: out of luck (test_evaluate_command")
    assert len((tmp_path / FILE).read_bytes().splitlines()) == 4


def never(job: Job) -> Outcome:
    raise RuntimeError("no luck at all")


def test_where_nothing_but_failures_comes_no_more_are_tried(tmp_path: Path) -> None:
    jobs = plan(study(20, quick=True), ())
    executor = Counting()
    with pytest.raises(RunsFailedError) as fault:
        carry_out(jobs, never, executor, Kept(tmp_path, "a"), quiet())
    assert len(executor.asked) == len(fault.value.failures) == HOPELESS
    assert "and 1 more: RuntimeError: no luck at all" in str(fault.value)


@pytest.mark.parametrize(
    ("options", "folder"),
    [
        (Options(keep=Path("k"), json=Path("a/ev.json")), "k"),
        (Options(json=Path("a/ev.json"), html=Path("b/page.html")), "a/ev.runs"),
        (Options(html=Path("b/page.html")), "b/page.runs"),
        (Options(), ".local/share/civitwin/evaluations/governance"),
    ],
)
def test_outcomes_are_kept_beside_what_is_written(options: Options, folder: str) -> None:
    assert keep_directory(options, "governance").as_posix().endswith(folder)
