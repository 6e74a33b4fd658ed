"""Scenes are data: checked word by word, and nothing in them runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from governance_bench import CONFIG, START_MS, world_of
from hypothesis import given
from hypothesis import strategies as st

from services.collaboration.roster import load_roster
from services.facts.evidence import Evidence, SeverityInput
from services.governance.desks import Governance
from services.governance.lookup import Lookup
from services.governance.scene_load import fill, load_scenes
from services.governance.scenes import SeverityRule
from services.governance.severity import judge
from services.governance.story import TASK
from twin.city.catalogue import Catalogue, load_catalogue
from twin.city.model import City
from twin.core.errors import ConfigError
from twin.core.text import Name
from twin.state.conditions import SensorCondition

WANTED = {
    "flooded_underpass", "fire", "road_collision", "lamp_circuit", "displaced_cover", "overflowing_bin", "burst_main",
    "air_quality", "fallen_tree",
}  # fmt: skip


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue(CONFIG)


def test_nine_scenes_in_two_languages(governance: Governance) -> None:
    assert set(governance.scenes) >= WANTED
    for scene in governance.scenes.values():
        assert scene.name.zh and scene.caption.zh and scene.matter.zh
        assert {signal.condition.id.partition("/")[0] for signal in scene.signals} == {scene.id}
    assert len({condition.id for condition in governance.conditions}) == len(governance.conditions)


FLOOD = (CONFIG / "scenes" / "flooded_underpass.toml").read_text()


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('lead = "water"', 'lead = "circus"', "lead: no department 'circus'"),
        ('tasks = ["pump"]', 'tasks = ["juggle"]', "has the skill 'juggle'"),
        ('code = "02007"', 'code = "02999"', "code"),
        ('device_kind = "water_level"', 'device_kind = "oracle"', "no device kind 'oracle'"),
        ('quantity = "level"', 'quantity = "mood"', "no quantity 'mood'"),
        ("clear = 0.08", "clear = 0.30", "calm side"),
        ('signals = ["level", "deep"]', 'signals = ["nothing"]', "closing.signals: no signal 'nothing'"),
        ('matters = ["02007"]', 'matters = ["77777"]', "'77777' is no class"),
        ("hold_s = 60", "hold_s = 60\nexpression = '1+1'", "unknown field"),
        ('to {value}"', 'to {value.__class__}"', "unknown placeholder"),
        ('to {value}"', 'to {secret}"', "unknown placeholder {secret}"),
        ("I = 8", "I = 1", "points must fall"),
        ('input = "road_class"', 'input = "wish"', "Invalid enum value"),
        ('doubtful = ["report"]', 'explained_by = ["ufo"]', "no scene 'ufo'"),
        ("threshold = 0.15", 'threshold = "0.15"', "Expected `float`"),
    ],
)
def test_every_fault_names_file_and_key(tmp_path: Path, catalogue: Catalogue, old: str, new: str, fault: str) -> None:
    assert old in FLOOD
    (tmp_path / "flooded_underpass.toml").write_text(FLOOD.replace(old, new))
    with pytest.raises(ConfigError) as caught:
        load_scenes(tmp_path, catalogue)
    assert "flooded_underpass.toml" in str(caught.value)
    assert fault in str(caught.value)


def test_an_attribute_in_a_caption_stays_text() -> None:
    template = Name("{value.__class__} {place}", "{place}{0}")
    assert fill(template, Name("X", "某地"), "1 m") == Name("{value.__class__} X", "某地{0}")


def test_a_folder_without_scenes_is_refused(tmp_path: Path, catalogue: Catalogue) -> None:
    with pytest.raises(ConfigError, match="no scenes"):
        load_scenes(tmp_path, catalogue)


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=4), st.floats(0, 5))
def test_more_points_never_mean_less_grave(points: list[float], more: float) -> None:
    rule = SeverityRule(I=8, II=5, III=2)
    inputs = tuple(SeverityInput("x", 0.0, point) for point in points)
    assert rule.level((*inputs, SeverityInput("y", 0.0, more))) <= rule.level(inputs)


def test_severity_lists_its_inputs(grid_city: City, governance: Governance) -> None:
    world = world_of(grid_city)
    lookup = Lookup(grid_city, world.departments, tuple(world.units.values()), world.roster)
    scene = governance.scenes["burst_main"]
    evidence = Evidence(
        signal="S-1", condition="burst_main/pressure", subject="d13", source="d13", value=40_000.0, unit="Pa",
        observed_ms=START_MS, noticed_ms=START_MS, provenance=1,
    )  # fmt: skip
    level, inputs = judge(scene, [evidence], lookup, (200.0, 300.0, 3), START_MS)
    named = {entry.name: (entry.value, entry.points) for entry in inputs}
    assert named["value burst_main/pressure"] == (40_000.0, 3.0)
    assert named["near_m hospital"][1] == 2.0, "the hospital is 300 m away"
    assert level == 2


def test_hysteresis_lies_on_the_calm_side_everywhere(governance: Governance) -> None:
    for condition in governance.conditions:
        if isinstance(condition, SensorCondition):
            sign = 1 if condition.op == ">" else -1
            assert sign * condition.clear <= sign * condition.threshold


def test_a_roster_with_a_gap_or_an_unknown_department_is_refused(tmp_path: Path) -> None:
    text = (CONFIG / "people.toml").read_text()
    path = tmp_path / "people.toml"
    path.write_text(text.replace("hours = [20, 8]", "hours = [21, 8]"))
    with pytest.raises(ConfigError, match="nobody is acceptor at 20:00"):
        load_roster(path, None, "Asia/Shanghai")
    path.write_text(text.replace('department = "landscape"', 'department = "circus"'))
    with pytest.raises(ConfigError, match="circus"):
        load_roster(path, {"water"} | set(load_catalogue(CONFIG).departments), "Asia/Shanghai")
    path.write_text(text)
    with pytest.raises(ConfigError, match="unknown time zone"):
        load_roster(path, None, "Mars/Olympus")


def test_the_night_shift_spans_midnight(grid_city: City) -> None:
    roster = world_of(grid_city).roster
    holders = {roster.holder("duty_chief", START_MS + hour * 3_600_000) for hour in range(24)}
    assert {person.id for person in holders if person} == {"p-001", "p-002"}
    assert roster.hour(START_MS) == 10
    night = roster.holder("duty_chief", START_MS + 15 * 3_600_000)
    assert night is not None and night.id == "p-002"


def test_every_task_of_a_scene_has_a_name_for_people() -> None:
    scenes = load_scenes(CONFIG / "scenes", load_catalogue(CONFIG))
    assert {task for scene in scenes.values() for task in scene.tasks} <= TASK.keys()
