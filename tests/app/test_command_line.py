"""What the command line refuses, it refuses at once and in one line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

import run


@pytest.mark.parametrize(
    "arguments",
    [
        ("demo", "--headless", "--for", "5", "--json", "{missing}/out.json"),
        ("demo", "--headless", "--for", "5", "--screenshot", "{missing}/out.png"),
        ("journal", "export", "{here}", "--jsonl", "{missing}/journal.jsonl"),
        ("bench", "render", "--json", "{missing}/render.json"),
        ("evaluate", "--seeds", "1", "--json", "{missing}/ev.json"),
        ("evaluate", "--seeds", "1", "--html", "{missing}/ev.html"),
    ],
)
def test_a_missing_folder_is_said_before_anything_runs(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    missing = tmp_path / "missing"
    given = [argument.format(missing=missing, here=tmp_path) for argument in arguments]
    result = CliRunner().invoke(run.main, given)
    assert result.exit_code == 2
    assert f"there is no folder {missing}" in result.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("journal", "verify", "{here}"), "journal.db is missing"),
        (("replay", "{here}"), "journal.db is missing"),
        (("deadletters", "list", "{here}"), "deadletters.db is missing"),
        (("city", "import", "{here}/town.osm.pbf", "--out", "{here}/town"), "town.osm.pbf is not there"),
        (("feed", "try", "{here}/feed.toml", "--broker", "mqtt://127.0.0.1:9"), "feed.toml"),
        (("console", "--token", ""), "a console needs a token"),
        (("demo", "--headless",), "a demo without a window needs --for SECONDS"),
    ],
)  # fmt: skip
def test_a_fault_is_one_line_with_its_file(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    given = [argument.format(here=tmp_path) for argument in arguments]
    result = CliRunner().invoke(run.main, given, env={"CIVITWIN_TOKEN": ""})
    last = [line for line in result.output.splitlines() if line.startswith("Error: ")]
    assert result.exit_code == 1
    assert len(last) == 1 and said in last[0]
    assert "Traceback" not in result.output


def test_a_file_that_cannot_be_written_is_said_in_one_line(tmp_path: Path) -> None:
    occupied = tmp_path / "town"
    occupied.write_text("a file where a folder is wanted", encoding="utf-8")
    result = CliRunner().invoke(run.main, ["token", str(occupied / "data")])
    assert result.exit_code == 1
    assert f"Error: {occupied}" in result.output


def test_without_a_folder_the_newest_run_is_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    alone = CliRunner().invoke(run.main, ["journal", "verify"])
    assert alone.exit_code == 1
    assert "no run on this machine" in alone.output
    for age, name in enumerate(("newer", "older")):
        folder = tmp_path / ".local" / "share" / "civitwin" / "runs" / name
        folder.mkdir(parents=True)
        (folder / "endpoints.json").write_text("{}", encoding="utf-8")
        os.utime(folder / "endpoints.json", (1000 - age, 1000 - age))
    result = CliRunner().invoke(run.main, ["journal", "verify"])
    assert "runs/newer: no data of a server here" in result.output


def test_a_city_is_generated_here_where_no_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(run.main, ["city", "generate", "--seed", "3"])
    assert result.exit_code == 0, result.output
    assert (tmp_path / "city-3" / "city.toml").is_file()
