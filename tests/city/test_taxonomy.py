"""The taxonomy is a data pack: editions with dates, local extensions, and what became of earlier classes."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from twin.city.catalogue import load_catalogue
from twin.city.taxonomy import Editions, load_editions
from twin.core.errors import ConfigError

PACK = Path(__file__).resolve().parents[2] / "config" / "taxonomy"


@pytest.fixture(scope="module")
def editions() -> Editions:
    return load_editions(PACK)


@pytest.mark.parametrize(
    ("day", "standard"),
    [
        (datetime.date(2013, 1, 1), None),
        (datetime.date(2025, 12, 31), "GB/T 30428.2-2013"),
        (datetime.date(2026, 1, 1), "GB/T 47678.5-2026"),
        (datetime.date(2030, 6, 1), "GB/T 47678.5-2026"),
    ],
)
def test_the_edition_goes_by_the_date(editions: Editions, day: datetime.date, standard: str | None) -> None:
    found = editions.on(day)
    assert (found.standard if found else None) == standard


def test_a_catalogue_of_a_day_before_any_edition_is_refused() -> None:
    with pytest.raises(ConfigError, match="no edition is in force on 2010-01-01"):
        load_catalogue(day=datetime.date(2010, 1, 1))


def test_every_earlier_major_has_a_line_in_the_crosswalk(editions: Editions) -> None:
    old, new = editions.all
    for major in old.majors:
        assert new.since(old.standard, major), major
    (fallen,) = new.since(old.standard, "matter/04:cable")
    assert fallen.code == "10002" and new.find(fallen.code) is not None
    (sudden,) = new.since(old.standard, "matter/04")
    assert sudden.code == "", "the class of sudden incidents has no heir of its own"


def test_local_classes_stand_apart_in_both_languages(editions: Editions) -> None:
    new = editions.latest
    assert not new.local.keys() & new.classes.keys()
    assert all(one.name.en and one.name.zh and int(code[2:]) >= 900 for code, one in new.local.items())
    assert new.find("10999") is new.local["10999"] and new.find("06042") is new.classes["06042"]


@pytest.mark.parametrize(
    ("table", "line", "fault"),
    [
        ("local.csv", "10003,matter,10,x,y", "a local extension is a major"),
        ("local.csv", "10950,matter,77,x,y", "local.csv:2"),
        ("crosswalk-2013-2026.csv", "GB/T 30428.2-2013:matter/04,99999,x,y", "crosswalk-2013-2026.csv:2"),
        ("crosswalk-2013-2026.csv", "matter", "crosswalk-2013-2026.csv:2"),
    ],
)
def test_a_broken_table_names_its_line(tmp_path: Path, table: str, line: str, fault: str) -> None:
    for path in PACK.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / table).write_text(f"head\n{line}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_editions(tmp_path)
    assert fault in str(caught.value)
