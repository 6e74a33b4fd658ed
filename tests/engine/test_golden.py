"""The whole city, field and twin, ten minutes long: the same bytes twice, and once more from its recording."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from services.app.replay import replay
from services.storage import chain
from services.storage.stores import open_archive

pytestmark = pytest.mark.timeout(400)  # a busy machine may need minutes where a free one needs seconds

MINUTES = 10
RUN = Path(__file__).with_name("golden_run.py")
ROOT = RUN.parents[2]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two runs with the same seed under two hash seeds, side by side; the first proves its state as well."""
    folders = tmp_path_factory.mktemp("first"), tmp_path_factory.mktemp("second")
    children = [
        subprocess.Popen(
            [sys.executable, str(RUN), str(folder), str(MINUTES), *more],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            cwd=ROOT,
        )
        for folder, seed, more in zip(folders, ("1", "2"), (["prove"], []), strict=True)
    ]
    assert [child.wait() for child in children] == [0, 0]
    return folders


def test_two_runs_export_the_same_bytes(runs: tuple[Path, Path]) -> None:
    first, second = ((folder / "export.jsonl").read_bytes() for folder in runs)
    lines = [msgspec.json.decode(line) for line in first.splitlines()]
    kinds = [line["type"] for line in lines]
    assert first == second
    assert kinds.count("ConfigReloaded") == 1
    actors = {part for part in ("person", "colleague", "rule") if f'"kind":"{part}"'.encode() in first}
    assert actors == {"person", "colleague", "rule"}
    assert {"CaseOpened", "UnitDispatched", "ErrandBegun"} <= set(kinds)
    assert not {"DeskFailed", "TurnAbandoned"} & set(kinds)


def test_journal_applied_to_checkpoint_is_the_live_state(runs: tuple[Path, Path]) -> None:
    assert len(list((runs[0] / "checkpoints").iterdir())) > 2
    assert msgspec.json.decode((runs[0] / "unproved.json").read_bytes()) == []


def test_the_recording_replays_to_the_same_facts_and_states(runs: tuple[Path, Path], tmp_path: Path) -> None:
    result = replay(runs[1], tmp_path, Console(quiet=True))
    assert result.difference is None and result.segments > 2
    assert result.facts == len((runs[1] / "export.jsonl").read_bytes().splitlines())
    opened = open_archive(runs[1])
    assert chain.verify(chain.rows(opened.database)) == (result.facts, None)
    opened.close()
