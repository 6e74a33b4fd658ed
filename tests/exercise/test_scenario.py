"""Scenarios are data: the project's own is sound, and each fault is named with its key."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.app.exercise_script import HAZARDS, NOT_TO_BE_MADE, script_of
from services.app.installation import config_directory
from services.exercise.scenario import Known, exercises_in, load_scenario, world_faults
from twin.core.errors import ConfigError

FIRST = (config_directory() / "exercises" / "ten-minutes.toml").read_text(encoding="utf-8")
FAULTS = {
    "weights": ("weight = 25", "weight = 26", "objectives"),
    "unknown key": ("pace = 1.0", "paces = 1.0", "paces"),
    "too late": ("at_s = 365", "at_s = 600", "msel.second-cover.at_s"),
    "no earlier row": ('near = { inject = "silent-detector" }', 'near = { inject = "later" }', "near.inject"),
    "no such objective": ('objective = "doubt" }', 'objective = "daubt" }', "msel.no-such-tree.expect"),
    "real dismissed": ("real = false\n", "", "msel.no-such-tree.real"),
    "twice": ('id = "silent-detector"\nat_s', 'id = "cover"\nat_s', "msel.cover"),
    "no department": (', department = "sanitation"', "", "msel.bin.expect"),
    "post": ('posts = ["acceptor", "dispatcher"]', 'posts = ["driver"]', "seat.posts"),
    "no toml": ("[seat]", "[seat", "ten-minutes.toml"),
}


def changed(folder: Path, old: str, new: str) -> Path:
    assert old in FIRST
    (folder / "exercises").mkdir()
    (folder / "exercises" / "ten-minutes.toml").write_text(FIRST.replace(old, new, 1), encoding="utf-8")
    return folder


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_with_file_and_key(tmp_path: Path, fault: str) -> None:
    old, new, key = FAULTS[fault]
    with pytest.raises(ConfigError) as told:
        load_scenario(changed(tmp_path, old, new), "ten-minutes")
    assert "ten-minutes.toml" in str(told.value)
    assert key in str(told.value)


def test_an_unknown_exercise_names_those_there_are() -> None:
    with pytest.raises(ConfigError, match="ten-minutes"):
        load_scenario(config_directory(), "two-hours")


def test_the_first_drill_is_what_it_promises() -> None:
    assert "ten-minutes" in exercises_in(config_directory())
    scenario = load_scenario(config_directory(), "ten-minutes")
    assert scenario.length_s == 600
    assert len(scenario.msel) >= 12
    assert [row.id for row in scenario.msel if row.inject.kind == "silence"] == ["silent-detector"]
    assert [row.id for row in scenario.msel if not row.real] == ["no-such-tree"]
    assert all(row.synopsis.en and row.synopsis.zh for row in scenario.msel)


def test_what_the_city_does_not_have_is_a_fault() -> None:
    scenario = load_scenario(config_directory(), "ten-minutes")
    none = Known(*(frozenset[str]() for _ in range(7)))
    keys = {key for key, _ in world_faults(scenario, none)}
    assert {"msel.gas.inject.what", "msel.cover.inject.near.kind", "msel.main.expect"} <= keys


def test_the_field_is_told_no_expectation() -> None:
    scenario = load_scenario(config_directory(), "ten-minutes")
    script = script_of(scenario)
    assert [inject.id for inject in script.injects] == [row.id for row in scenario.msel]
    assert "expect" not in repr(script)
    assert set(HAZARDS) > NOT_TO_BE_MADE
