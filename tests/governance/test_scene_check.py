"""The check of scenes names file, key and reason of every fault, not only of the first."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from governance_bench import CONFIG

from services.governance.scene_check import Checked, check_folder
from services.governance.school import SchoolDays, Weekdays, load_school_days
from twin.city.catalogue import Catalogue, load_catalogue
from twin.city.load import load
from twin.city.model import City

SCHOOL = SchoolDays((), Weekdays())


@pytest.fixture(scope="module")
def yunting() -> City:
    return load(CONFIG.parent / "assets" / "cities" / "yunting")


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue(CONFIG)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(CONFIG / "scenes", tmp_path / "scenes")
    return tmp_path / "scenes"


def change(folder: Path, scene: str, old: str, new: str) -> None:
    path = folder / f"{scene}.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def said(checked: Checked) -> list[tuple[str, str, str]]:
    return [(fault.file, fault.key, fault.reason) for fault in checked.faults]


def test_our_own_scenes_have_no_fault_in_our_own_city(catalogue: Catalogue, yunting: City) -> None:
    checked = check_folder(CONFIG / "scenes", catalogue, yunting, load_school_days(CONFIG / "school_terms.toml"))
    assert said(checked) == []
    assert checked.files == len(checked.scenes) >= 20


def test_every_fault_is_named_and_none_hides_another(folder: Path, catalogue: Catalogue, yunting: City) -> None:
    change(folder, "fire", 'lead = "fire_rescue"', 'lead = "circus"')
    change(folder, "fire", 'tasks = ["extinguish"]', 'tasks = ["juggle"]')
    change(folder, "gas_leak", "need = 2", 'need = "two"')
    change(folder, "crowd", "clear = 400", "clear = 4000")
    found = said(check_folder(folder, catalogue, yunting, SCHOOL))
    assert ("fire.toml", "lead", "no department 'circus'") in found
    assert any(file == "fire.toml" and key == "tasks" and "juggle" in reason for file, key, reason in found)
    assert any(file == "gas_leak.toml" and key == "evidence.need" for file, key, _ in found)
    assert any(file == "crowd.toml" and key == "signals[0].condition" and "calm side" in r for file, key, r in found)


@pytest.mark.parametrize(
    ("scene", "old", "new", "key", "reason"),
    [
        (
            "gas_leak",
            'device_kind = "gas"',
            'device_kind = "gas"\nplace_kinds = ["school"]',
            "signals[0].condition",
            "no device of kind 'gas' stands at school",
        ),
        ("gas_leak", "threshold = 20", "threshold = 100", "signals[0].condition", "lies between 0 and 100"),
        ("gas_leak", "clear = 8", "clear = -8", "signals[0].condition", "never over"),
        (
            "crowd",
            'place_kinds = ["metro", "square", "bus_station", "mall", "park", "market"]',
            'place_kinds = ["airport"]',
            "signals[0].condition",
            "the city has no place of kind airport",
        ),
        (
            "night_noise",
            'type = "report"',
            'type = "report"\nwithin = "atlantis"',
            "signals[1].condition",
            "no zone 'atlantis'",
        ),
        ("air_quality", "need = 2", "need = 2000", "", ""),
        ("lamp_circuit", 'doubtful = ["report"]', 'doubtful = []\nmust = ["dark"]', "", ""),
        ("site_dust", "hours = [5, 22]", "hours = [5, 5]", "active.hours", "begins and ends at the same hour"),
        ("site_dust", "hours = [5, 22]", "weekdays = [6, 7]\nschool_days = true", "active", "no day of two years"),
        (
            "school_gate_congestion",
            "hours = [7, 9]",
            "hours = [3, 5]",
            "signals[0].condition.hours",
            "outside active.hours",
        ),
        ("displaced_cover", 'signal = "tilt"\nleast = 15', "", "limits.handle[1]", "never used"),
        (
            "river_level",
            "bands = [{ least = 3.0, points = 3 }, { least = 3.2",
            "bands = [{ least = 3.0, points = 3 }, { least = 3.0",
            "severity.terms[0].bands",
            "2 bands begin at 3",
        ),
        ("river_level", "hold_s = 180", "hold_s = 180000", "closing.patience_s", "shorter than hold_s"),
        ("river_level", 'signals = ["warning", "crest"]', 'signals = ["report"]', "closing.signals", "cannot be read"),
        (
            "road_collision",
            'doubtful = ["call"]',
            'doubtful = ["call"]\nexplained_by = ["fallen_tree"]',
            "evidence.explained_by",
            "goes round in a circle",
        ),
        ("fire", 'doubtful = ["report", "call"]', 'doubtful = ["smoke"]', "evidence.doubtful", "strong"),
        ("fire", 'department = "health"', 'department = "water"', "requests[1].department", "not among the supporting"),
        (
            "fire",
            '"fire_lane_parking/occupied"',
            '"fire_lane_parking/ufo"',
            "signals",
            "no signal 'fire_lane_parking/ufo'",
        ),
    ],
)
def test_unreachable_and_contradictory_rules(
    folder: Path, catalogue: Catalogue, yunting: City, scene: str, old: str, new: str, key: str, reason: str
) -> None:
    change(folder, scene, old, new)
    found = said(check_folder(folder, catalogue, yunting, SCHOOL))
    if not key:
        assert found == [], "a report alone still opens it, to be confirmed"
        return
    assert [
        entry for entry in found if entry[0] == f"{scene}.toml" and entry[1].startswith(key) and reason in entry[2]
    ], found


def test_evidence_that_can_never_be_had(folder: Path, catalogue: Catalogue, yunting: City) -> None:
    change(folder, "lamp_circuit", "need = 3", "need = 3000")
    change(folder, "lamp_circuit", 'doubtful = ["report"]', "")
    path = folder / "lamp_circuit.toml"
    text = path.read_text()
    begin, end = text.index('[[signals]]\nname = { en = "resident reports a lamp"'), text.index("[evidence]")
    path.write_text(text[:begin] + text[end:])
    (fault,) = said(check_folder(folder, catalogue, yunting, SCHOOL))
    assert fault[:2] == ("lamp_circuit.toml", "evidence.need") and "3000 are asked" in fault[2]


def test_terms_of_school_are_checked(tmp_path: Path) -> None:
    path = tmp_path / "school_terms.toml"
    path.write_text("terms = [[2026-09-01, 2026-08-01]]")
    with pytest.raises(Exception, match="ends before it begins"):
        load_school_days(path)
