"""Vehicles driven by the rest of the field: they park, drive, arrive, and get through with a siren."""

from __future__ import annotations

import pytest
from traffic_scenes import STEP_S, busy, car, edge_between, empty, run, touching, without_lights

from services.app.bench_traffic import grid_city
from twin.core.words import LightState, StationType
from twin.field.fleet import ASIDE


def test_parked_at_the_kerb_nobody_is_in_the_way() -> None:
    city = without_lights(3)
    traffic = empty(city)
    edge, goal = edge_between(city, 3, 4), edge_between(city, 4, 5)
    crew = traffic.spawn(StationType.SPECIAL, edge, start_offset_m=70.0)
    at = traffic.position(crew)
    assert at.parked and at.speed_mps == 0.0 and at.edge == edge
    assert at.y_m == pytest.approx(150.0 - 1.6 - 3.0, abs=0.1)  # beyond the lane, on the right
    id = car(traffic, edge, goal, 30.0)
    run(traffic, 25.0)
    assert traffic.position(id).edge == goal
    assert traffic.position(crew) == at
    assert traffic.arrived() == [] or traffic.arrived() == []


def test_sent_it_drives_arrives_once_and_can_be_sent_again() -> None:
    city = without_lights(4)
    traffic = empty(city)
    crew = traffic.spawn(StationType.SPECIAL, edge_between(city, 0, 1), size=(7.0, 2.3, 1.8))
    first, second = edge_between(city, 10, 11), edge_between(city, 1, 0)
    for goal in (first, second):
        traffic.drive(crew, goal, 90.0)
        arrived: list[int] = []
        for _ in range(480):
            traffic.step(0.5)
            arrived += traffic.arrived()
        assert arrived == [crew]
        where = traffic.position(crew)
        assert where.parked and where.edge == goal
        assert where.offset_m == pytest.approx(90.0, abs=2.0)
    traffic.remove(crew)
    with pytest.raises(KeyError):
        traffic.position(crew)


def test_a_crew_may_pass_a_closure_that_others_may_not() -> None:
    city = without_lights(3)
    traffic = empty(city)
    shut = edge_between(city, 3, 4)
    traffic.set_closed([shut])
    crew = traffic.spawn(StationType.SPECIAL, edge_between(city, 0, 3), shut, end_offset_m=75.0)
    run(traffic, 60.0)
    assert traffic.arrived() == [crew]
    assert traffic.position(crew).edge == shut


def journey(siren: bool) -> float:
    """Seconds across a grid full of lights and cars."""
    city = grid_city(6, 6, 130.0, lanes=1)
    traffic = busy(110, city=city)
    run(traffic, 30.0)
    crew = traffic.spawn(StationType.SPECIAL, 0, speed_factor=1.2, siren=siren)
    traffic.drive(crew, edge_between(city, 28, 34))
    for number in range(3000):
        traffic.step(STEP_S)
        if traffic.arrived():
            return number * STEP_S
    return 600.0


def test_a_siren_is_faster_and_leaves_nobody_behind_at_the_kerb() -> None:
    assert journey(siren=True) < 0.75 * journey(siren=False)


def test_those_who_pulled_over_drive_on() -> None:
    city = grid_city(3, 3, 200.0, lanes=1)
    traffic = empty(city)
    edge, goal = edge_between(city, 3, 4), edge_between(city, 4, 5)
    cars: list[int] = []
    lights = traffic._network.lights
    while lights.edge_state[edge] != LightState.CLEARANCE:
        traffic.step(STEP_S)
    for number in range(4):
        cars.append(car(traffic, edge, goal, 70.0 + 14.0 * number, end_offset_m=150.0))
    run(traffic, 14.0)  # the second four queue at red
    crew = traffic.spawn(StationType.SPECIAL, edge, start_offset_m=20.0, siren=True)
    traffic.drive(crew, goal, 160.0)
    overlaps, first = 0, None
    for _ in range(900):
        traffic.step(STEP_S)
        overlaps += touching(traffic)
        arrived = traffic.arrived()
        if arrived and first is None:
            first = arrived[0]
    assert first == crew
    assert overlaps == 0
    assert all(traffic.position(id).edge == goal and traffic.position(id).parked for id in cars)


def test_a_siren_passes_red_slowly_and_priority_gives_it_green() -> None:
    city = grid_city(3, 3, 200.0, lanes=1)
    traffic = empty(city)
    edge, goal = edge_between(city, 3, 4), edge_between(city, 4, 5)
    lights = traffic._network.lights
    group = next(g for g in city.intersections[0].groups if edge in g.edges)
    while lights.edge_state[edge] != LightState.RED:
        traffic.step(STEP_S)
    crew = traffic.spawn(StationType.SPECIAL, edge, goal, start_offset_m=60.0, siren=True)
    fastest = 0.0
    while traffic.position(crew).edge == edge:
        traffic.step(STEP_S)
        where = traffic.position(crew)
        if where.edge == edge and where.offset_m > 183.0 and lights.edge_state[edge] == LightState.RED:
            fastest = max(fastest, where.speed_mps)
    assert 0.0 < fastest < 7.0
    assert traffic.prioritise(city.intersections[0].id, group.number, traffic.now_ms + 60_000)
    run(traffic, 12.0)
    assert lights.edge_state[edge] == LightState.GREEN
    assert not traffic.prioritise("nowhere", 1, traffic.now_ms)


def test_a_crew_behind_a_queue_at_its_scene_walks_the_rest() -> None:
    city = without_lights(3)
    traffic = empty(city)
    edge = edge_between(city, 3, 4)
    traffic.block(edge, 120.0)
    for number in range(3):
        car(traffic, edge, edge_between(city, 4, 5), 50.0 + 14.0 * number)
    run(traffic, 15.0)
    crew = traffic.spawn(StationType.SPECIAL, edge_between(city, 0, 3), edge, end_offset_m=118.0)
    run(traffic, 90.0)
    assert traffic.arrived() == [crew]


def test_an_edge_nobody_drives_is_refused() -> None:
    traffic = empty(without_lights(3))
    traffic._network.lanes.count[:2] = 0
    with pytest.raises(ValueError, match="edge 0 is not drivable"):
        traffic.spawn(StationType.CAR, 0)


def test_sirens_leave_no_jam_behind_in_a_full_city() -> None:
    city = grid_city(6, 6, 130.0, lanes=1)
    traffic = busy(160, city=city)
    run(traffic, 30.0, 0.5)
    for number in range(12):
        traffic.spawn(StationType.SPECIAL, (number * 7) % 60, (number * 13 + 5) % 60, siren=True)
        run(traffic, 15.0, 0.5)
    run(traffic, 240.0, 0.5)
    columns = traffic._network.fleet.columns
    assert len(traffic.arrived()) == 12
    assert int((columns.used & (columns.place == ASIDE)).sum()) == 0
    assert not (columns.still_s[traffic.alive & ~columns.driven] > 180.0).any()
