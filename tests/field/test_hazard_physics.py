"""Every hazard's end must be earned, and its traces are where they are due."""

from __future__ import annotations

import numpy as np
import pytest
from yards import Yard

from twin.city.catalogue import config_directory, load_catalogue
from twin.city.model import City
from twin.field.devices import Slots
from twin.field.hazards.base import Floats
from twin.field.hazards.plume import concentration
from twin.field.sensing import Sensing
from twin.field.settings import load_settings
from twin.field.weather import Sky


@pytest.fixture
def yard(grid_city: City) -> Yard:
    return Yard(grid_city)


def test_an_underpass_fills_in_heavy_rain_and_stays_full_without_a_pump_truck(yard: Yard) -> None:
    floods = yard.hazards.floods
    yard.rain_mm_h = 76.0
    yard.run(225)
    assert floods.level_m[0] >= 0.15
    yard.run(500)
    deep = floods.level_m[0]
    yard.rain_mm_h = 0.0
    yard.run(900)
    assert floods.level_m[0] > 0.7 * deep > 0.3


def test_a_pump_truck_drains_it_within_ten_minutes_even_in_the_rain(yard: Yard) -> None:
    floods = yard.hazards.floods
    yard.rain_mm_h = 76.0
    yard.run(500)
    site = floods.spots()[0].id
    yard.run(600, floods, site, "pump")
    assert floods.level_m[0] < 0.05
    assert floods.finished(site, "pump")
    yard.run(600)  # the intake is clear: the sound pump now keeps up by itself
    assert floods.level_m[0] < 0.05
    assert not floods.spots()


def test_light_rain_floods_nothing(yard: Yard) -> None:
    yard.rain_mm_h = 6.0
    yard.run(1200)
    assert yard.hazards.floods.level_m[0] < 0.05


def test_a_fire_burns_until_engines_put_it_out_and_smoke_clears_after(yard: Yard) -> None:
    fires = yard.hazards.fires
    site = yard.begin(fires).id
    yard.run(120)
    early = fires.state.blazes[0].heat_kw
    yard.run(1800)
    assert fires.state.blazes[0].heat_kw == yard.settings.hazards.fire.limit_kw > 10 * early
    assert fires.smoke().max() > 0.9
    yard.run(320, fires, site, "extinguish")
    assert fires.finished(site, "extinguish")
    assert not fires.spots()
    yard.run(400)
    assert fires.smoke().max() < 0.02
    assert fires.heat().max() == 0.0


def test_a_burst_main_needs_the_valve_first_and_then_the_pipe(yard: Yard) -> None:
    mains = yard.hazards.mains
    normal = mains.pressure_pa().copy()
    site = yard.begin(mains).id
    yard.run(30)
    assert mains.pressure_pa().min() < 150_000.0
    mains.complete(site, "repair_pipe", yard.now)
    assert mains.spots()[0].needs == ("close_valve",)
    mains.complete(site, "close_valve", yard.now)
    yard.run(60)
    assert mains.pressure_pa().min() < 60_000.0  # the section is shut off
    mains.complete(site, "repair_pipe", yard.now)
    yard.run(90)
    assert not mains.spots()
    assert np.allclose(mains.pressure_pa(), normal)


def test_a_dark_circuit_shows_only_while_its_lamps_are_commanded(yard: Yard) -> None:
    lamps = yard.hazards.lamps
    site = yard.begin(lamps).id
    seen: list[tuple[float, float]] = []
    for _ in range(700):
        yard.run(1)
        commanded = lamps.commanded(yard.now)
        seen.append((float(commanded[0]), float(lamps.power_w(commanded)[0])))
    assert {power for _, power in seen} == {0.0}
    assert (1.0, 0.0) in seen
    assert seen[-1][0] == 1.0  # found dark in a self-test, it stays commanded
    lamps.complete(site, "repair_lamp", yard.now)
    yard.run(30)
    assert lamps.power_w(lamps.commanded(yard.now))[0] > 100.0
    yard.run(1000)
    powers = {lamps.power_w(lamps.commanded(yard.now))[0] == lamps.commanded(yard.now)[0] * 118.0 for _ in range(3)}
    assert powers == {True}


def test_bins_overflow_where_a_crowd_is_and_are_emptied_by_a_crew(yard: Yard) -> None:
    bins = yard.hazards.bins
    bins.state.next_s = 0.0
    yard.run(1)
    bins.state.next_s = 1e18
    yard.run(900)
    assert bins.fill()[0] > 0.9
    bins.complete(bins.spots()[0].id, "empty", yard.now)
    yard.run(60)
    assert bins.fill()[0] < 0.1
    assert not bins.spots()


def test_two_cars_crash_and_are_warned_of_until_towed(grid_city: City) -> None:
    yard = Yard(grid_city, vehicles=120)
    collisions = yard.hazards.collisions
    for _ in range(30):
        yard.traffic.step(1.0)
    collisions.state.next_s = 0.0
    while not collisions.spots():
        yard.run(1)
    collisions.state.next_s = 1e18
    wreck = collisions.state.wrecks[0]
    yard.run(60)
    assert yard.traffic.position(wreck.first).speed_mps == 0.0
    told = [warning for warning in yard.heard if warning.cause == 2]
    assert len(told) >= 15
    assert {(warning.vehicle, warning.sequence) for warning in told} == {(wreck.first, wreck.sequence)}
    collisions.complete(wreck.id, "tow", yard.now)
    assert collisions.spots()[0].needs == ("rescue",)
    collisions.complete(wreck.id, "rescue", yard.now)
    collisions.complete(wreck.id, "tow", yard.now)
    yard.heard.clear()
    yard.run(10)
    assert [warning.cancelled for warning in yard.heard if warning.cause == 2] == [True]
    assert not yard.traffic.exists(wreck.first)
    assert not collisions.spots()


@pytest.mark.parametrize(
    ("kind", "seconds", "quantities"),
    [
        ("fire", 240, {"smoke", "temperature", "pm25", "pm10"}),
        ("cover", 5, {"tilt"}),
        ("main", 30, {"pressure"}),
        ("tree", 3, {"laeq"}),
    ],
)
def test_a_hazard_shows_on_those_sensors_alone_that_would_notice(
    grid_city: City, kind: str, seconds: int, quantities: set[str]
) -> None:
    calm, struck = Yard(grid_city), Yard(grid_city)
    struck.begin(struck.hazards.of(kind))
    struck.run(seconds)
    calm.run(seconds + 1)
    readings = [_readings(grid_city, each) for each in (calm, struck)]
    slots = _slots(grid_city)
    changed = {slots.names[slot][0] for slot in np.flatnonzero(readings[0] != readings[1]).tolist()}
    assert changed <= quantities
    assert changed & (quantities - {"pm25", "pm10", "laeq"}) or kind == "tree"


def _slots(city: City) -> Slots:
    return Slots(city, load_catalogue().kinds, load_settings(config_directory() / "field", "demo").devices, 3)


def _readings(city: City, yard: Yard) -> Floats:
    return Sensing(yard.ground, _slots(city), yard.hazards).sample(yard.now, {})


def test_a_plume_goes_with_the_wind() -> None:
    downwind, upwind, aside = np.array([[400.0, 0.0]]), np.array([[-400.0, 0.0]]), np.array([[0.0, 400.0]])
    sky = Sky(0.0, 20.0, 3.0, 0.0, 1.0, 36_000.0, 1)
    here = [float(concentration(xy, (0.0, 0.0), 20.0, sky, 120.0)[0]) for xy in (downwind, upwind, aside)]
    assert here[0] > 100.0
    assert here[1] < 0.1 * here[0]
    assert here[2] < 0.1 * here[0]
