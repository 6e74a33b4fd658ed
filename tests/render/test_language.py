"""Texts in two languages: nesting, formats, fallbacks, faulty parts."""

from __future__ import annotations

from pathlib import Path

import pytest

from twin.core.errors import ConfigError
from twin.core.text import Name, Text
from twin.render.language import Language, read_parts
from twin.render.moments import age, countdown

PART = 'msgid "{unit} sent to {place}"\nmsgstr "{unit}已派往{place}"\n\nmsgid "Pump {n}"\nmsgstr "泵车{n}"\n'


@pytest.fixture
def language(tmp_path: Path) -> Language:
    (tmp_path / "zh_CN").mkdir()
    (tmp_path / "zh_CN" / "one.po").write_text(PART, encoding="utf-8")
    (tmp_path / "zh_CN" / "two.po").write_text('msgid "Late"\nmsgstr "迟到"\n', encoding="utf-8")
    return Language(tmp_path)


def test_arguments_are_translated_too(language: Language) -> None:
    text = Text("{unit} sent to {place}", {"unit": Text("Pump {n}", {"n": 2}), "place": Name("Ferry", "渡口")})
    assert language.translate(text) == "Pump 2 sent to Ferry"
    assert language.next() == "zh_CN"
    assert language.translate(text) == "泵车2已派往渡口"


def test_parts_are_merged_and_a_missing_one_stays_english(language: Language) -> None:
    language.current = "zh_CN"
    assert language.translate(Text("Late")) == "迟到"
    assert language.translate(Text("Nobody wrote this")) == "Nobody wrote this"
    assert language.translate(Name("Only English", "")) == "Only English"


def test_a_missing_argument_shows_its_name(language: Language) -> None:
    assert language.translate(Text("{unit} sent to {place}", {"unit": "A"})) == "A sent to {place}"
    assert language.translate(Text("a { brace")) == "a { brace"


@pytest.mark.parametrize(("code", "spoken"), [("zh", "zh_CN"), ("zh-Hans", "zh_CN"), ("de", "en"), ("en_GB", "en")])
def test_the_closest_language_is_spoken(code: str, spoken: str) -> None:
    assert Language.closest(code) == spoken


def test_a_faulty_part_is_refused_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "bad.po").write_text('msgid "a"\nmsgstr "b"\nwhat is this\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=r"bad\.po"):
        read_parts(tmp_path)


def test_ages_and_countdowns(language: Language) -> None:
    spoken = [language.translate(age(seconds)) for seconds in (5, 65, 3_700, 200_000)]
    assert spoken == ["5 s", "1 min", "1 h 01", "2 d"]
    assert [countdown(left) for left in (5, 125, 3_725, -95)] == ["0:05", "2:05", "1:02:05", "+1:35"]
