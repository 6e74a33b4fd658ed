"""Every text that the program may show has a Chinese translation, and every placeholder survives it."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Formatter

import jinja2
import pytest
from jinja2.ext import extract_from_ast

from twin.render.language import read_parts

ROOT = Path(__file__).parents[2]
PLACEHOLDER = re.compile(r"\{[^{}]*\}")


def collected() -> dict[str, str]:
    """msgid → where it is first written, for literal ``Text("…")``, ``Text(msgid="…")`` and ``_("…")``; those of pages'
    templates too."""
    found: dict[str, str] = {}
    for top in ("twin", "services"):
        for path in sorted((ROOT / top).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for node in ast.walk(tree):
                if isinstance(node, ast.Call):
                    for msgid in _literals(node):
                        found.setdefault(msgid, f"{path.relative_to(ROOT)}:{node.lineno}")
    templates = jinja2.Environment()
    for path in sorted((ROOT / "services").rglob("templates/*.html")):
        for line, _, messages in extract_from_ast(templates.parse(path.read_text(encoding="utf-8"))):
            for text in [messages] if isinstance(messages, str) else messages or ():
                found.setdefault(text or "", f"{path.relative_to(ROOT)}:{line}")
    return found


def _literals(call: ast.Call) -> list[str]:
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    if name not in ("Text", "_", "words"):
        return []
    given = [*call.args[:1], *(word.value for word in call.keywords if word.arg == "msgid")]
    choices = [part for one in given for part in ((one.body, one.orelse) if isinstance(one, ast.IfExp) else (one,))]
    return [one.value for one in choices if isinstance(one, ast.Constant) and isinstance(one.value, str)]


def says_something(msgid: str) -> bool:
    """Whether any letter is left once the placeholders are gone."""
    return any(letter.isalpha() for letter in PLACEHOLDER.sub("", msgid))


CHINESE = read_parts(ROOT / "assets" / "text" / "zh_CN")
TEXTS = {msgid: where for msgid, where in collected().items() if says_something(msgid)}


def test_texts_are_found_at_all() -> None:
    assert "Connected" in TEXTS
    assert "{action}: accepted" in TEXTS
    assert "What would change the conclusion" in TEXTS  # a page's


@pytest.mark.parametrize("top", ["twin/render", "twin", "services"])
def test_every_text_has_a_translation(top: str) -> None:
    missing = sorted(
        f"{where}: {msgid!r}" for msgid, where in TEXTS.items() if where.startswith(top + "/") and msgid not in CHINESE
    )
    assert not missing, "no Chinese for:\n" + "\n".join(missing)


def test_translations_name_no_unknown_placeholder() -> None:
    wrong = []
    for msgid, translation in CHINESE.items():
        have = {field for _, field, _, _ in Formatter().parse(msgid) if field}
        want = {field for _, field, _, _ in Formatter().parse(translation) if field}
        if want - have:
            wrong.append(f"{msgid!r}: {sorted(want - have)}")
    assert not wrong
