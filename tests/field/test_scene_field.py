"""Rounds, requests to lights, warnings and wet roads, as the bus hears them."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import numpy as np
import pytest
from field_runs import NAMESPACE, START_MS, Run, run

from twin.city.catalogue import config_directory
from twin.city.model import City
from twin.core.bus import Message
from twin.core.words import LightState
from twin.field.hazards.base import Moment
from twin.field.met import MetService
from twin.field.publish import Publisher
from twin.field.settings import load_settings
from twin.field.weather import Weather
from twin.formats.cam import decode_cam
from twin.formats.civic import Finding, LightOrder, Order, Report, WeatherWarning, encode
from twin.formats.quadkey import quadkey_levels
from twin.formats.spatem import decode_spatem
from twin.formats.srem import Asks, decode_srem
from twin.formats.ssem import Answered, Grant, Ssem, encode_ssem
from twin.formats.topics import v2x_topic


def _findings(messages: list[Message]) -> list[Finding]:
    return [msgspec.json.decode(m.payload, type=Finding) for m in messages if m.topic.endswith("/finding")]


def _order(made: Run, unit: str, task: str, x: float, y: float, kind: str = "attend") -> None:
    longitude, latitude = made.field.city.frame.to_lonlat(x, y)
    now = made.field.now_ms
    order = Order(
        order_id=f"{unit}-{now}", unit=unit, kind=kind, issued_ms=now, expires_ms=now + 600_000,  # type: ignore[arg-type]
        latitude=float(latitude), longitude=float(longitude), task=task,
    )  # fmt: skip
    made.twin.publish(f"{NAMESPACE}/units/{unit}/order", encode(order), qos=1)


def test_a_collector_on_its_round_comes_upon_rubbish_and_later_finds_it_gone(scene_grid: City) -> None:
    made = run(scene_grid, vehicles=0, residents=0)
    for hazard in made.field.hazards.all:
        if hasattr(hazard.state, "next_s"):
            hazard.state.next_s = 1e18
    made.field.hazards.rubbish._xy = np.array([[206.0, 150.0]])  # beside a street through the middle of a cell
    made.field.hazards.rubbish.state.next_s = 0.0
    made.until(2)
    made.field.hazards.rubbish.state.next_s = 1e18
    pile = made.field.hazards.rubbish.spots()[0]
    heard = [one for one in _findings(made.until(1200)) if one.matter == "06010" and not one.gone]
    assert heard, "nobody came upon it"
    x, y = scene_grid.frame.to_xy(heard[0].longitude, heard[0].latitude)
    assert np.hypot(x - pile.x_m, y - pile.y_m) < 1.0
    assert (made.field._rounds.state.covered_ms >= 0).all(), "every cell has been looked at"
    made.field.hazards.rubbish.complete(pile.id, "clear_rubbish", made.now)
    # cells are looked at again after a while
    made.field._rounds.state.covered_ms[:] = -1
    gone = [one.finding_id for one in _findings(made.until(2400)) if one.gone]
    assert heard[0].finding_id in gone


def test_an_order_takes_a_collector_off_its_round_at_once(scene_grid: City) -> None:
    made = run(scene_grid, vehicles=0, residents=0)
    made.until(200)
    assert made.field.crews.crews["collector_1"].phase == "patrolling"
    _order(made, "collector_1", "inspect", 700.0, 100.0, "check")
    heard = made.until(500)
    reports = [msgspec.json.decode(m.payload, type=Report) for m in heard if m.topic.endswith("collector_1/report")]
    assert [report.state for report in reports][:4] == ["acknowledged", "driving", "arrived", "working"]
    assert reports[1].time_ms - reports[0].time_ms < 6000


def test_sirens_ask_the_lights_ahead_and_hear_the_answer(scene_grid: City) -> None:
    made = run(scene_grid, vehicles=0, residents=0)
    made.until(5)
    _order(made, "fire_engine_1", "extinguish", 750.0, 395.0)
    asked = []
    while made.field.now_ms < START_MS + 400_000:
        heard = made.until((made.field.now_ms - START_MS) / 1000 + 1)
        fresh = [decode_srem(m.payload) for m in heard if "/v2x/srem/unit_fire_engine_1/" in m.topic]
        asked += fresh
        for srem in fresh:
            request = srem.requests[0]
            if request.asks == Asks.PRIORITY:
                answer = Answered(
                    intersection=request.intersection, station_id=srem.station_id, request=request.request,
                    sequence=srem.sequence, group=request.group, grant=Grant.GRANTED,
                )  # fmt: skip
                ssem = Ssem(source="twin", station_id=0, time_ms=made.field.now_ms, answers=(answer,))
                tail = quadkey_levels(srem.latitude, srem.longitude)[0]
                made.twin.publish(v2x_topic(NAMESPACE, "ssem", "twin", tail, "outQueue"), encode_ssem(ssem))
        if any(m.topic.endswith("fire_engine_1/report") and b'"arrived"' in m.payload for m in heard):
            break
    kinds = [srem.requests[0].asks for srem in asked]
    assert kinds.count(Asks.PRIORITY) >= 1 and kinds.count(Asks.CANCELLATION) >= 1
    groups = {each.number: {group.number for group in each.groups} for each in scene_grid.intersections}
    assert all(srem.requests[0].group in groups[srem.requests[0].intersection] for srem in asked)
    first = [srem for srem in asked if srem.requests[0].request == asked[0].requests[0].request]
    gaps = np.diff([srem.time_ms for srem in first])
    assert (gaps[:-1] >= 6000).all(), "once answered it asks seldom"


def test_a_light_order_turns_the_light_green(scene_grid: City) -> None:
    made = run(scene_grid, vehicles=0, residents=0)
    made.until(3)
    crossing = scene_grid.intersections[1]
    for group in (1, 2):
        order = LightOrder(
            order_id=f"l{group}", intersection=crossing.id, group=group, until_ms=made.field.now_ms + 60_000
        )
        made.twin.publish(f"{NAMESPACE}/lights/{crossing.id}/order", encode(order), qos=1)
        heard = made.until((made.field.now_ms - START_MS) / 1000 + 25)
        last = [decode_spatem(m.payload)[0] for m in heard if f"/spat/tlc_{crossing.id}/" in m.topic][-1]
        assert {state.group: state.state for state in last.groups}[group] == LightState.GREEN


def test_rain_slows_drivers_and_a_burst_main_those_who_come_by(grid_city: City) -> None:
    made = run(grid_city, vehicles=0, residents=0)
    made.until(5)
    surface = made.field.traffic._network.obstacles.surface
    assert (surface == 1.0).all()
    made.until(100)
    assert (surface == 0.75).all()
    made.field.hazards.mains.state.next_s = 0.0
    made.until(110)
    wet = surface < 0.7
    assert 0 < wet.sum() < 20
    assert (made.field.traffic._network.obstacles.depth_m[wet] > 0.0).all()
    burst = made.field.hazards.mains.spots()[0]
    made.field.hazards.mains.complete(burst.id, "close_valve", made.now)
    made.until(120)
    assert (surface == 0.75).all()


def test_hard_braking_shows_in_the_cam(grid_city: City) -> None:
    made = run(grid_city, vehicles=60, residents=0, budget_per_city_s=2000.0)
    made.until(30)
    traffic = made.field.traffic
    fast = int(traffic.id[traffic.alive & (traffic.speed_mps > 8.0)][0])
    traffic.set_stalled(fast, True)
    heard = [decode_cam(m.payload) for m in made.until(32) if f"/cam/veh_{fast}/" in m.topic]
    assert min(cam.acceleration_mps2 for cam in heard) < -4.0


def _warnings(hour: float) -> list[tuple[float, str, WeatherWarning | None, float]]:
    """(seconds since the start, kind, warning or its lifting, rain then) of a field begun at an hour."""
    made: list[tuple[str, bytes]] = []

    class Ear:
        def publish(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> None:
            assert retain and qos == 1
            made.append((topic, payload))

    start_ms = START_MS + round((hour - 10.0) * 3_600_000)
    settings = load_settings(config_directory() / "field", "demo").weather
    weather = Weather(settings, 7, start_ms, "demo", 8 * 3600.0)
    service = MetService(weather, settings.warnings, "demo", Publisher(Ear(), "ns", 100.0))  # type: ignore[arg-type]
    told = []
    for second in range(3000):
        now_ms = start_ms + 1000 * second
        service.step(Moment(now_ms, float(second), 1.0, weather.at(now_ms)))
        for topic, payload in made:
            warning = msgspec.json.decode(payload, type=WeatherWarning) if payload else None
            told.append((float(second), topic.rpartition("/")[2], warning, weather.rain(now_ms)))
        made.clear()
    return told


def test_a_storm_evening_is_warned_of_before_the_rain_and_the_warning_lifted_after() -> None:
    rain = [(second, warning, mm) for second, kind, warning, mm in _warnings(17.5) if kind == "rainstorm"]
    levels = [warning.level for _, warning, _ in rain if warning is not None]
    assert levels == [4, 3, 2]
    assert rain[0][0] < 120 and rain[0][2] == 0.0
    assert all(mm < 10.0 for _, warning, mm in rain if warning is not None), "told before it pours"
    assert rain[-1][1] is None and rain[-1][2] < 5.0
    gale = [warning for _, kind, warning, _ in _warnings(17.5) if kind == "gale"]
    assert gale and gale[-1] is None


@pytest.mark.parametrize("hour", [7.5, 22.0])
def test_ordinary_showers_are_no_storm(hour: float) -> None:
    assert not _warnings(hour)


def test_a_restored_field_goes_on_identically_with_every_hazard_under_way(scene_grid: City) -> None:
    def begun() -> Run:
        made = run(replace(scene_grid), vehicles=30, residents=40)
        for hazard in made.field.hazards.all:
            if hasattr(hazard.state, "next_s"):
                hazard.state.next_s = 3.0
        return made

    first = begun()
    first.until(150)
    kinds = {spot.kind for spot in first.field.hazards.spots()}
    assert kinds >= {"rubbish", "fire_lane", "gas", "dust", "crowd", "care", "light_failure", "main", "cover", "tree"}
    _order(first, "fire_engine_1", "guard", 700.0, 390.0)
    first.until(190)
    kept = first.field.snapshot()
    second = begun()
    second.field.restore(kept)
    second.twin.drain()
    assert second.field.snapshot() == kept
    told, again = first.until(290), second.until(290)
    assert told == again and len(told) > 500
    assert second.field.snapshot() == first.field.snapshot()
