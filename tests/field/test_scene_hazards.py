"""The hazards of the scenes: each begins, is seen by something, and ends by the right work and not otherwise."""

from __future__ import annotations

import numpy as np
import pytest
from yards import START_MS, Yard

from twin.city.catalogue import config_directory, load_catalogue
from twin.city.model import City
from twin.core.words import LightState, StationType
from twin.field.devices import Slots
from twin.field.sensing import Sensing
from twin.field.settings import load_settings

SETTINGS = load_settings(config_directory() / "field", "demo")
KINDS = load_catalogue().kinds

ENDS = {
    "rubbish": ("clear_rubbish", 10.0, set[str]()),
    "fire_lane": ("move_car", 10.0, {"occupied"}),
    "gas": ("inspect_gas", 10.0, {"methane"}),
    "dust": ("stop_work", 10.0, {"pm10", "pm25"}),
    "noise": ("quiet", 23.0, {"laeq"}),
    "crowd": ("steward", 18.0, {"people"}),
    "care": ("visit", 10.0, {"pressed"}),
    "kiosk": ("repair_kiosk", 10.0, {"fault", "power"}),
    "light_failure": ("repair_signal", 10.0, {"fault", "power"}),
}
"""What ends each, the hour at which it can begin, and the quantities that may show it (none: only eyes see it)."""
ALSO = {"dust": {"suppress_dust"}, "noise": {"stop_work"}}
"""What else ends it: a building site can be stopped or damped."""
TASKS = {
    task for department in load_catalogue().departments.values() for kind in department.units for task in kind.skills
}


@pytest.fixture
def yard(scene_grid: City) -> Yard:
    return Yard(scene_grid)


def _readings(city: City, yard: Yard) -> dict[str, np.ndarray]:
    slots = Slots(city, KINDS, SETTINGS.devices, 3)
    truth = Sensing(yard.ground, slots, yard.hazards).sample(yard.now, {})
    return {name: truth[[slot for slot, each in enumerate(slots.names) if each[0] == name]] for name, _ in slots.names}


@pytest.mark.parametrize("kind", ENDS)
def test_it_ends_by_the_right_work_and_not_otherwise(scene_grid: City, kind: str) -> None:
    right, hour, quantities = ENDS[kind]
    yard, calm = Yard(scene_grid), Yard(scene_grid)
    yard.hour = calm.hour = hour
    hazard = yard.hazards.of(kind)
    site = yard.begin(hazard)
    assert right in site.needs and yard.truth[-1].what == "began" and yard.truth[-1].kind == kind
    yard.run(240)
    calm.run(241)
    before, now = _readings(scene_grid, calm), _readings(scene_grid, yard)
    changed = {name for name in now if not np.array_equal(before[name], now[name])}
    hidden = kind == "fire_lane" and yard.truth[-1].detail["hidden"]
    assert changed == (set() if hidden else quantities) if kind != "dust" else changed >= {"pm10"}
    others = set(hazard.tasks) - {right} - ALSO.get(kind, set())
    for task in sorted((TASKS - set(hazard.tasks)) | others):
        yard.run(3, hazard, site.id, task)
        hazard.complete(site.id, task, yard.now)
    yard.run(900)
    assert [spot.id for spot in hazard.spots()] == [site.id]
    yard.run(400, hazard, site.id, right)
    if kind != "crowd":
        hazard.complete(site.id, right, yard.now)
    assert hazard.finished(site.id, right) and not hazard.spots()
    yard.run(1200)
    assert [past.id for past in yard.ended] == [site.id]
    after = _readings(scene_grid, yard)
    for name in quantities - {"laeq", "people", "pm25"}:
        assert np.allclose(after[name], _readings(scene_grid, calm)[name], rtol=0.05, atol=2.0), name


def test_night_noise_is_made_at_night_and_dust_by_day(yard: Yard) -> None:
    for kind, hour in (("noise", 12.0), ("dust", 2.0)):
        hazard = yard.hazards.of(kind)
        yard.hour = hour
        hazard.state.next_s = 0.0  # type: ignore[attr-defined]  # scheduled kinds have it
        yard.run(3)
        assert not hazard.spots()


def test_dark_lights_let_everybody_yield_and_slow_down(scene_grid: City) -> None:
    yard = Yard(scene_grid, vehicles=120)
    failures, lights = yard.hazards.light_failures, yard.traffic.lights
    yard.run(120)
    lit = [yard.traffic.light_states(index) for index in range(3)]
    assert all(lit)
    site = yard.begin(failures)
    crossing = failures.state.failed[0].crossing
    yard.run(2)
    mode = LightState(int(lights.failed[crossing]))
    assert mode in (LightState.DARK, LightState.CAUTION)
    edges = [edge for group in scene_grid.intersections[crossing].groups for edge in group.edges]
    assert set(lights.edge_state[edges].tolist()) == {int(mode)}
    shown = yard.traffic.light_states(crossing)
    assert shown == () if mode is LightState.DARK else {group.state for group in shown} == {LightState.CAUTION}
    assert not yard.traffic.prioritise(scene_grid.intersections[crossing].id, 1, START_MS + 10_000_000)
    before = yard.traffic.passed[edges].sum()
    yard.run(240)
    dark = yard.traffic.passed[edges].sum() - before
    assert dark > 0, "drivers sort it out"
    yard.run(2, failures, site.id, "direct_traffic")
    assert LightState.GREEN in lights.edge_state[edges], "a policeman's hands stand in for the plan"
    assert failures.finished(site.id, "direct_traffic")
    failures.complete(site.id, "direct_traffic", yard.now)
    yard.run(600)
    assert LightState.GREEN in lights.edge_state[edges] and failures.fault().any(), "an officer stays there"
    failures.complete(site.id, "repair_signal", yard.now)
    yard.run(2)
    assert yard.traffic.light_states(crossing) and not failures.fault().any()


def test_the_river_rises_with_a_storm_and_falls_once_the_gate_is_closed(yard: Yard) -> None:
    rivers = yard.hazards.rivers
    yard.rain_mm_h = 40.0
    yard.run(1500)
    assert not rivers.spots() and 1.7 < rivers.levels()[0] < 2.2, "an ordinary rain"
    yard.rain_mm_h = 105.0
    yard.run(1200)
    site = rivers.spots()[0]
    assert set(site.needs) == {"close_gate", "sandbag"} and rivers.levels()[0] > 3.4
    road = rivers.places[0].entrance_edge
    assert yard.traffic._network.obstacles.depth_m[road] > 0.0
    yard.rain_mm_h = 0.0
    yard.run(900, rivers, site.id, "sandbag")
    rivers.complete(site.id, "sandbag", yard.now)
    yard.run(10)
    assert yard.traffic._network.obstacles.depth_m[road] == 0.0, "sandbags keep the road dry"
    assert rivers.spots()[0].needs == ("close_gate",)
    rivers.complete(site.id, "close_gate", yard.now)
    yard.run(900)
    assert not rivers.spots() and rivers.levels()[0] < 2.0
    assert [fact.what for fact in yard.truth if fact.kind == "river"] == ["began", "sandbagged", "gate_closed"]


def test_parents_jam_a_school_gate_until_police_direct_them(scene_grid: City) -> None:
    yard = Yard(scene_grid, vehicles=20)
    runs = yard.hazards.school_runs
    yard.hour = 7.5
    for _ in range(120):
        yard.run(10)
        if runs.spots():
            break
    site = runs.spots()[0]
    assert runs.standing(0) >= 3
    stopped = [parent.vehicle for parent in runs.state.parents if parent.stage == "dropping"]
    assert all(yard.traffic.position(vehicle).speed_mps == 0.0 for vehicle in stopped)
    assert (yard.traffic.kind[yard.traffic.alive] == StationType.CAR).any()
    yard.run(60)
    assert runs.spots()
    yard.run(400, runs, site.id, "direct_traffic")
    assert not runs.spots() and runs.finished(site.id, "direct_traffic")
    assert [past.kind for past in yard.ended] == ["school_run"]


def test_no_school_on_sunday_and_no_jam_at_noon(scene_grid: City) -> None:
    yard = Yard(scene_grid, vehicles=20)
    yard.run(300)
    assert not yard.hazards.school_runs.state.parents


def test_gales_fell_trees(yard: Yard) -> None:
    trees = yard.hazards.trees
    calm = yard.now.sky
    for second in range(900):
        sky = type(calm)(60.0, 20.0, 18.0, 0.4, 1.0, 36_000.0, 1)
        trees.step(yard.now._replace(sky=sky, since_s=float(second)), [])
    assert len(trees.spots()) == 1
    assert trees.spots()[0].needs == ("clear_tree",)


def test_a_false_care_alarm_is_told_as_such(scene_grid: City) -> None:
    yard = Yard(scene_grid)
    care = yard.hazards.care
    seen = set()
    for _ in range(12):
        site = yard.begin(care)
        seen.add((care.state.calls[0].mistaken, care.remark(site.id, "visit")))
        care.complete(site.id, "visit", yard.now)
    assert seen == {(False, ""), (True, "false_alarm")}
