"""The files of measures and assumptions, and figures as people read them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic import ASSUMPTIONS, CONFIG, GAINS, measures

from services.evaluation.assumptions import load_assumptions
from services.evaluation.measures import load_evaluation_measures
from services.evaluation.wording import amount, number, plain, span
from twin.core.errors import CivitwinError, ConfigError

ROW = """
[[assumption]]
id = "letter_min"
value = 45
unit = "min"
concerns = "siloed"
name = { en = "A letter's way", zh = "函件往来" }
why = { en = "Half a morning", zh = "半个上午" }
"""


def test_the_measures_are_read_with_direction_unit_and_rank() -> None:
    found = measures()
    assert [measure.id for measure in found.primaries] == list(found.primary)
    assert found.primary_first[:3] == found.primaries and len(found.primary_first) == len(found.all) == len(GAINS)
    assert (found["detection_delay_min"].sign, found["found_share"].sign) == (-1.0, 1.0)
    units = {measure.id: measure.unit.msgid for measure in found.all}
    assert units["exposed_resident_min"] == "resident-min" and units["arrival_min"] == "min"
    assert units["lost_vehicle_h"] == "vehicle-h" and units["found_share"] == "%" and units["hops"] == ""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('primary = ["detection_delay_min"', 'primary = ["delay"', "no measure 'delay'"),
        ('primary = ["detection_delay_min"', 'primary = ["hops", "hops"', "each once"),
        ('better = "higher"', 'better = "up"', "better"),
        ('id = "hops"', 'id = "limbo_min"', "a word of its own"),
        ('zh = "悬置时间"', 'zh = ""', "both languages"),
    ],
)
def test_a_fault_among_measures_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = (CONFIG / "measures.toml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "measures.toml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ConfigError, match=said) as fault:
        load_evaluation_measures(path)
    assert "measures.toml" in fault.value.where


def test_factors_multiply_and_shares_stay_shares() -> None:
    assert ASSUMPTIONS.values()["letter_min"] == 45.0
    found = ASSUMPTIONS.values([("letter_min", 0.5), ("misdispatch_share", 20.0)])
    assert (found["letter_min"], found["misdispatch_share"], found["call_min"]) == (22.5, 1.0, 3.0)
    with pytest.raises(CivitwinError, match="no assumption 'typo'"):
        ASSUMPTIONS.values([("typo", 2.0)])


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_no_factor_makes_a_share_of_anything_else(first: float, second: float) -> None:
    found = ASSUMPTIONS.values([("misdispatch_share", first), ("misdispatch_share", second)])
    assert 0.0 <= found["misdispatch_share"] <= 1.0


def test_an_assumption_without_a_source_is_swept_unless_it_says_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "assumptions.toml"
    path.write_text(ROW, encoding="utf-8")
    assert [one.id for one in load_assumptions(path).swept] == ["letter_min"]
    for more in ('source = "A law, art. 5"\n', "sweep = false\n"):
        path.write_text(ROW + more, encoding="utf-8")
        assert load_assumptions(path).swept == ()
    path.write_text(ROW + 'source = "A newspaper"\nsweep = true\n', encoding="utf-8")
    assert [one.id for one in load_assumptions(path).swept] == ["letter_min"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ROW + ROW, "a word of its own"),
        (ROW.replace('"min"', '"share"'), "between 0 and 1"),
        (ROW.replace("45", "nan"), "finite"),
        (ROW.replace("45", "0"), "half and double of 0"),
        (ROW.replace('"siloed"', '"nobody"'), "nobody"),
        (ROW.replace("Half a morning", ""), "both languages"),
        (ROW + "colour = 3\n", "colour"),
        ("[[assumption]]\nid = ", "assumptions.toml"),
    ],
)
def test_a_fault_among_assumptions_is_named(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "assumptions.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=said) as fault:
        load_assumptions(path)
    assert "assumptions.toml" in fault.value.where


def test_figures_read_well() -> None:
    assert [number(value) for value in (None, 0.0, 3.214, 31.26, 12_345.6, -4.2, 0.00004)] == [
        "–", "0", "3.21", "31.3", "12,346", "−4.20", "4e−05",
    ]  # fmt: skip
    assert number(3.0, signed=True) == "+3.00"
    assert [plain(value) for value in (0.12, 45.0, 2e6, -1.5)] == ["0.12", "45", "2,000,000", "−1.5"]
    share = measures()["found_share"]
    assert (amount(share, 0.125), span(share, 0.1, None), span(share, 0.1, 0.2)) == ("12.5", "–", "[10.0, 20.0]")
