"""The documents tell the truth: commands, links and pictures exist."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import run

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+?)\)", document.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (document.parent / target).exists(), f"{document.name} links to {target}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_named_exists(document: Path) -> None:
    for words in re.findall(
        r"`(?:\.venv/bin/python )?run\.py((?: [a-z][a-z-]*)+)", document.read_text(encoding="utf-8")
    ):
        group: click.Command = run.main
        for word in words.split():
            if not isinstance(group, click.Group):
                break
            assert word in group.commands, f"{document.name} names run.py{words}"
            group = group.commands[word]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_path_named_is_there(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    for named in re.findall(r"`((?:twin|services|config|assets|tests|docs)/[\w./-]*)`", text):
        assert (ROOT / named).exists(), f"{document.name} names {named}"


def test_every_test_named_is_there() -> None:
    named = {
        found
        for document in DOCUMENTS
        for found in re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", document.read_text())
    }
    assert len(named) > 10
    for path, name in sorted(named):
        assert f"\ndef {name}(" in (ROOT / path).read_text(encoding="utf-8"), f"{path}::{name}"


def test_decisions_are_dated_and_short() -> None:
    for path in sorted((ROOT / "docs" / "decisions").iterdir()):
        text = path.read_text(encoding="utf-8")
        day = re.match(r"(\d{4}-\d\d-\d\d)-[a-z0-9-]+\.md$", path.name)
        assert day is not None, path.name
        assert text.startswith(f"# {day[1]} · "), path.name
        assert len(text) < 2500, f"{path.name} is no short note"


def test_the_glossary_is_in_order_and_says_each_word_once() -> None:
    rows = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines()
    words = [row.split(" | ")[0][2:] for row in rows if row.startswith("| ") and not row.startswith("| word")]
    assert len(words) > 50
    assert words == sorted(dict.fromkeys(words), key=str.lower)


def test_the_readme_has_exactly_two_commands_that_set_up() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == 2
    assert all(block.strip().count("\n") == 0 for block in blocks)


def test_help_is_quick_and_lists_the_commands() -> None:
    shown = subprocess.run(
        [sys.executable, "run.py", "--help"], cwd=ROOT, capture_output=True, text=True, timeout=20, check=False
    )
    assert shown.returncode == 0
    assert {"demo", "server", "console", "replay", "doctor"} <= set(re.findall(r"^  (\w+)", shown.stdout, re.MULTILINE))


def _leaves(group: click.Group) -> Iterator[click.Command]:
    for command in group.commands.values():
        if isinstance(command, click.Group):
            yield from _leaves(command)
        else:
            yield command


def test_run_py_parses_arguments_and_makes_one_call() -> None:
    leaves = list(_leaves(run.main))
    assert len(leaves) > 25
    for command in leaves:
        callback = command.callback
        assert callback is not None
        assert callback.__code__.co_names == ("call",), f"{command.name} does more than one call"
