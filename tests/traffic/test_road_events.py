"""Closures, obstacles, crashes, water and rain, and what drivers make of them."""

from __future__ import annotations

import numpy as np
from traffic_scenes import busy, car, edge_between, empty, nearest_gap, run, without_lights

from services.app.bench_traffic import grid_city
from twin.core.words import StationType


def on(traffic: object, edge: int) -> int:
    return int((traffic.alive & (traffic.edge == edge)).sum())  # type: ignore[attr-defined]


def test_a_closed_road_empties_and_all_still_get_where_they_go() -> None:
    traffic = busy(90, 5)
    run(traffic, 20.0, 0.5)
    edge = int(np.bincount(traffic.edge[traffic.alive], minlength=len(traffic.city.roads)).argmax())
    both = {edge, int(traffic.city.roads.reverse[edge])}
    traffic.set_closed(both)
    before = traffic.passed.copy()
    run(traffic, 120.0, 0.5)
    assert on(traffic, edge) == 0
    passed = traffic.passed - before
    run(traffic, 60.0, 0.5)
    assert traffic.passed[edge] - before[edge] == passed[edge]  # nobody has used it since
    assert float(traffic.speed_mps[traffic.alive].mean()) > 2.0
    traffic.set_closed([])
    run(traffic, 150.0, 0.5)
    assert traffic.passed[edge] > before[edge] + passed[edge]


def test_one_car_goes_round_a_closure() -> None:
    city = without_lights(3)
    traffic = empty(city)
    straight = edge_between(city, 3, 4)
    traffic.set_closed([straight])
    goal = edge_between(city, 4, 5)
    id = car(traffic, edge_between(city, 0, 3), goal, 75.0)
    seen = set()
    for _ in range(600):
        traffic.step(0.2)
        seen.add(traffic.position(id).edge)
    assert straight not in seen
    assert goal in seen
    assert traffic.arrived() == [id]


def test_an_obstacle_on_one_of_two_lanes_is_passed_on_the_other() -> None:
    city = grid_city(3, 3, 200.0, lanes=2, lit=False)
    traffic = empty(city)
    edge = edge_between(city, 3, 4)
    obstacle = traffic.block(edge, 120.0, [0])
    ids = [car(traffic, edge, edge_between(city, 4, 5), 20.0 + 14.0 * number) for number in range(5)]
    least = np.inf
    for _ in range(400):
        traffic.step(0.2)
        least = min(least, nearest_gap(traffic))
    assert least > 0.0
    assert {traffic.position(id).edge for id in ids} == {edge_between(city, 4, 5)}
    traffic.unblock(obstacle)
    traffic.unblock(obstacle)  # a second time changes nothing


def test_all_lanes_blocked_makes_a_queue_that_dissolves_when_cleared() -> None:
    city = without_lights(3)
    traffic = empty(city)
    edge, goal = edge_between(city, 3, 4), edge_between(city, 4, 5)
    obstacle = traffic.block(edge, 100.0)
    ids = [car(traffic, edge, goal, 20.0 + 14.0 * number) for number in range(5)]
    run(traffic, 40.0)
    assert all(traffic.position(id).speed_mps < 0.1 and traffic.position(id).offset_m < 100.0 for id in ids)
    traffic.unblock(obstacle)
    run(traffic, 60.0)
    assert all(traffic.position(id).edge == goal for id in ids)


def test_who_waits_too_long_behind_a_blockage_turns_back() -> None:
    city = without_lights(3)
    traffic = empty(city)
    edge = edge_between(city, 3, 4)
    traffic.block(edge, 100.0)
    id = car(traffic, edge, edge_between(city, 4, 5), 60.0)
    run(traffic, 320.0, 0.5)
    assert traffic.position(id).edge == edge_between(city, 4, 5)  # by another way


def test_a_crash_stands_until_it_is_removed() -> None:
    traffic = busy(40, 3, city=grid_city(3, 3, 200.0, lanes=1))
    run(traffic, 10.0)
    first, second = traffic.nearest(200.0, 200.0, 1000.0)[:2]
    traffic.crash(first, second)
    at = [(traffic.position(id).x_m, traffic.position(id).y_m) for id in (first, second)]
    run(traffic, 30.0)
    assert [(traffic.position(id).x_m, traffic.position(id).y_m) for id in (first, second)] == at
    assert nearest_gap(traffic) > 0.0
    for id in (first, second):
        traffic.remove(id)
        assert not traffic.exists(id)
    run(traffic, 5.0)


def test_water_slows_then_shuts_then_kills() -> None:
    city = without_lights(3)
    edge, goal = edge_between(city, 3, 4), edge_between(city, 4, 5)
    times = []
    for depth in (0.0, 0.2):
        traffic = empty(city)
        traffic.set_depth(edge, depth)
        id = car(traffic, edge, goal, 40.0)
        steps = 0
        while traffic.position(id).edge == edge:
            traffic.step(0.2)
            steps += 1
        times.append(steps)
    assert times[1] > 1.4 * times[0]

    traffic = empty(city)
    traffic.set_depth(edge, 0.30)
    id = car(traffic, edge_between(city, 0, 3), goal, 40.0)
    seen = set()
    for _ in range(500):
        traffic.step(0.2)
        seen.add(traffic.position(id).edge)
    assert edge not in seen and goal in seen

    traffic = empty(city)
    id = car(traffic, edge, goal, 40.0)
    run(traffic, 3.0)
    traffic.set_depth(edge, 0.5)
    run(traffic, 30.0)
    assert traffic.position(id).edge == edge and traffic.position(id).speed_mps == 0.0
    traffic.set_depth(edge, 0.0)
    run(traffic, 170.0, 0.5)
    assert traffic.position(id).edge == goal


def test_who_stands_in_rising_water_turns_back() -> None:
    city = without_lights(3)
    traffic = empty(city)
    edge = edge_between(city, 3, 4)
    id = car(traffic, edge, edge_between(city, 4, 5), 50.0)
    run(traffic, 2.0)
    for depth in (0.05, 0.1, 0.2, 0.3):
        traffic.set_depth(edge, depth)
        run(traffic, 6.0)
    run(traffic, 60.0)
    assert traffic.position(id).edge != edge


def test_nobody_drives_into_deep_water_not_even_a_crew() -> None:
    city = without_lights(3)
    edge, goal = edge_between(city, 3, 4), edge_between(city, 4, 5)
    traffic = empty(city)
    traffic.set_depth(edge, 0.2)
    crew = traffic.spawn(StationType.SPECIAL, edge_between(city, 0, 3), goal, siren=True)
    id = car(traffic, edge_between(city, 0, 3), edge, 20.0)  # it wants to get where the water is
    seen = set()
    for _ in range(600):
        traffic.step(0.2)
        seen |= {traffic.position(each).edge for each in (crew, id) if traffic.exists(each)}
    assert traffic.arrived() == [crew]
    assert edge not in seen


def test_rain_slows_everybody() -> None:
    speeds = []
    for factor in (1.0, 0.6):
        traffic = empty(without_lights(3))
        traffic.set_surface(factor)
        id = car(traffic, edge_between(traffic.city, 3, 4), edge_between(traffic.city, 4, 5), 20.0)
        fastest = 0.0
        for _ in range(60):
            traffic.step(0.2)
            fastest = max(fastest, traffic.position(id).speed_mps)
        speeds.append(fastest)
    assert speeds[1] < 0.75 * speeds[0]
