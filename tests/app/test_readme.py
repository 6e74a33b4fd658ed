"""The documents tell the truth: commands, links and pictures exist."""

import re
import subprocess
import sys
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


def test_run_py_parses_arguments_and_makes_one_call() -> None:
    for name, command in [*run.main.commands.items()]:
        if isinstance(command, click.Group) or name == "main":
            continue
        callback = command.callback
        assert callback is not None
        calls = [called for called in callback.__code__.co_names if called == "_call"]
        assert calls == ["_call"], f"{name} does more than one call"
