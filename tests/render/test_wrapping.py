"""Lines end where Chinese and English allow it, are never wider than their room, and lose nothing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from twin.render.wrapping import folded, wide

ALPHABET = "水位超过米ab 12，。（）.C-"


def width(words: str) -> float:
    return sum(2.0 if ord(one) >= 0x2E80 else 1.0 for one in words)


@given(st.text(ALPHABET, max_size=60), st.integers(4, 30))
def test_lines_fit_and_nothing_but_blanks_is_lost(words: str, room: int) -> None:
    lines = folded(words, room, width).split("\n")
    assert all(width(line) <= room for line in lines)
    assert "".join(lines).replace(" ", "") == words.replace(" ", "")


def test_chinese_is_broken_between_characters_and_not_at_the_next_blank() -> None:
    assert folded("截至 17:37，案卷状态", 12, width) == "截至 17:37，\n案卷状态"
    assert folded("全市另有 3 件在办案卷", 14, width) == "全市另有 3 件\n在办案卷"


def test_no_line_begins_with_a_closing_mark_or_ends_with_an_opening_one() -> None:
    assert folded("水位超过，水位", 8, width) == "水位超\n过，水位"
    assert folded("水位（超过）", 6, width) == "水位\n（超\n过）"


def test_words_of_letters_stay_whole_where_they_can() -> None:
    assert folded("案卷 C-0001 在办", 8, width) == "案卷\nC-0001\n在办"
    assert folded("", 10, width) == "" and folded("短", 1, width) == "短"
    assert wide("3 件") and not wide("three cases")
