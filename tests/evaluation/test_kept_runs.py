"""Outcomes on disk: a study goes on where it was cut off, and never reuses what rests on other code."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from synthetic import run, study

from services.evaluation.job import Job
from services.evaluation.kept import FILE, JUDGING, Kept, digest_of, missing
from services.evaluation.plan import plan

ROOT = Path(__file__).parents[2]
JOBS = plan(study(3, quick=True), ())


def keep(folder: Path, jobs: tuple[Job, ...] = JOBS, rests_on: str = "a") -> None:
    kept = Kept(folder, rests_on)
    for job in jobs:
        kept.add(run(job))


def test_what_was_kept_is_found_again_to_the_last_bit(tmp_path: Path) -> None:
    keep(tmp_path)
    again = Kept(tmp_path, "a")
    assert missing(JOBS, again) == []
    assert [again.outcome(job) for job in JOBS] == [run(job) for job in JOBS]


def test_other_code_finds_nothing_and_leaves_what_there_was(tmp_path: Path) -> None:
    keep(tmp_path)
    assert missing(JOBS, Kept(tmp_path, "b")) == list(JOBS)
    keep(tmp_path, JOBS[:1], "b")
    assert missing(JOBS, Kept(tmp_path, "b")) == list(JOBS[1:])
    assert missing(JOBS, Kept(tmp_path, "a")) == []


@pytest.mark.parametrize("cut", [1, 2, 40, 200])
def test_a_torn_last_line_costs_one_run_and_the_next_is_kept_whole(tmp_path: Path, cut: int) -> None:
    keep(tmp_path)
    path = tmp_path / FILE
    path.write_bytes(path.read_bytes()[:-cut])
    torn = Kept(tmp_path, "a")
    left = missing(JOBS, torn)
    assert left == ([] if cut == 1 else [JOBS[-1]])  # the end of the line alone makes no outcome unreadable
    torn.add(run(JOBS[-1]))
    assert missing(JOBS, Kept(tmp_path, "a")) == []


def test_a_file_full_of_something_else_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b'{"rests_on": "a"}\n\xff\xfe\n\n[]\n')
    keep(tmp_path)
    assert missing(JOBS, Kept(tmp_path, "a")) == []


def project(root: Path) -> tuple[Path, Path, Path]:
    files = {
        "twin/core/x.py": "x = 1", "services/app/evaluate_run.py": "y = 1", "services/evaluation/page.py": "z = 1",
        "config/departments.toml": "a = 1", "config/evaluation/study.toml": "b = 1", "town/roads.bin": "c",
    }  # fmt: skip
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root, root / "config", root / "town"


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("twin/core/x.py", True),
        ("services/app/evaluate_run.py", True),
        ("services/facts/new.py", True),
        ("config/departments.toml", True),
        ("config/scenes/fire.toml", True),
        ("town/roads.bin", True),
        ("services/evaluation/page.py", False),
        ("services/evaluation/templates/page.html", False),
        ("config/evaluation/study.toml", False),
        ("twin/core/__pycache__/x.py", False),
        ("README.md", False),
    ],
)
def test_the_digest_changes_with_what_a_run_rests_on_and_with_nothing_else(
    tmp_path: Path, name: str, counts: bool
) -> None:
    places = project(tmp_path)
    before = digest_of(*places)
    assert digest_of(*places) == before
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text("changed", encoding="utf-8")
    assert (digest_of(*places) != before) == counts


LOADED = """
import importlib, sys
importlib.import_module(sys.argv[1])
print(*(module.__file__ for module in list(sys.modules.values()) if getattr(module, "__file__", None)), sep="\\n")
"""


RUNS = sorted(f"services.app.{path.stem}" for path in (ROOT / "services" / "app").glob("*_run.py"))


@pytest.mark.parametrize("module", RUNS)
def test_no_run_goes_through_code_that_its_digest_leaves_out(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED, module], cwd=ROOT, capture_output=True, text=True, check=True, timeout=100
    )
    loaded = {Path(line).relative_to(ROOT).as_posix() for line in done.stdout.split() if line.startswith(f"{ROOT}/")}
    assert f"{module.replace('.', '/')}.py" in loaded
    assert not sorted(name for name in loaded if name.startswith(JUDGING))


def test_a_file_that_moved_is_another_project(tmp_path: Path) -> None:
    places = project(tmp_path)
    before = digest_of(*places)
    (tmp_path / "twin/core/x.py").rename(tmp_path / "twin/core/w.py")
    assert digest_of(*places) != before
