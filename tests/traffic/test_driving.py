"""What must hold whatever happens: no overlap, nobody lost, lights and right of way kept."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as trials
from hypothesis import strategies as st
from traffic_scenes import busy, car, edge_between, empty, nearest_gap, run, touching, without_lights

from services.app.bench_traffic import grid_city
from twin.core.words import LightState


@given(
    st.integers(0, 10_000),
    st.integers(3, 5),
    st.integers(20, 110),
    st.sampled_from([0.1, 0.2, 0.5, 1.0]),
    st.booleans(),
)
@trials(max_examples=7, deadline=None)
def test_nobody_overlaps_and_nobody_is_lost(seed: int, side: int, vehicles: int, step_s: float, lit: bool) -> None:
    traffic = busy(vehicles, side, seed, grid_city(side, side, 120.0, minor_every=3, lit=lit))
    overlaps = 0
    for number in range(120):
        traffic.step(step_s)
        assert nearest_gap(traffic) > 0.0
        if number % 8 == 0:
            overlaps += touching(traffic)
        ids = traffic.id[traffic.alive]
        assert len(set(ids)) == len(ids) == len(traffic._network.fleet.order)
    # long lorries cut corners: a brush while turning is allowed, more is not
    assert overlaps <= 2
    offset, edge = traffic.offset_m[traffic.alive], traffic.edge[traffic.alive]
    assert (offset <= traffic.city.roads.length_m[edge] + 1e-6).all()


def test_the_population_is_held() -> None:
    traffic = busy(100)
    for _ in range(600):
        traffic.step(0.5)
        assert 90 <= int(traffic.alive.sum()) <= 101
    assert int(traffic.id.max()) > 130  # trips ended and new ones began


def test_nobody_enters_on_red() -> None:
    traffic = busy(110, 5, 5, grid_city(5, 5))
    network = traffic._network
    entered = 0
    for _ in range(900):
        columns, stop = network.fleet.columns, network.lanes.stop_m
        rows = network.fleet.order
        before = (columns.offset_m[rows] <= stop[columns.lane[rows]]) & ~columns.granted[rows]
        lane, ids = columns.lane[rows].copy(), columns.id[rows].copy()
        red = network.lights.edge_state[network.lanes.edge[lane]] == LightState.RED
        traffic.step(0.2)
        still_red = network.lights.edge_state[network.lanes.edge[lane]] == LightState.RED
        now = columns.lane[rows]
        crossed = (network.lanes.edge[now] != network.lanes.edge[lane]) | (columns.offset_m[rows] > stop[now] + 1e-6)
        crossed &= np.isin(rows, network.fleet.order) & (columns.id[rows] == ids)
        assert not (before & red & still_red & crossed).any()
        entered += int(crossed.sum())
    assert entered > 100


def cross(major: bool) -> tuple[int, int, int, int, object]:
    """A crossing of two streets, seen by cars from the south (going north) and from the east (going west)."""
    city = grid_city(3, 3, 150.0, lanes=1, lit=False, minor_every=3 if major else 0)
    return edge_between(city, 1, 4), edge_between(city, 4, 7), edge_between(city, 5, 4), edge_between(city, 4, 3), city


@pytest.mark.parametrize("offset_m", [100.0, 105.0, 110.0])
def test_right_before_left(offset_m: float) -> None:
    """From the east is from the right of whoever comes from the south: the latter waits."""
    south, north, east, west, city = cross(major=False)
    traffic = empty(city)  # type: ignore[arg-type]
    yielding, first = car(traffic, south, north, offset_m), car(traffic, east, west, offset_m)
    order = passing(traffic, {yielding: south, first: east})
    assert order == [first, yielding]


def test_the_greater_road_goes_first() -> None:
    """Street 1 of each direction is a lesser one: here that from the south."""
    city = grid_city(4, 4, 150.0, lanes=1, lit=False, minor_every=3)
    # column 1 is lesser, row 2 is greater: they cross at node 9
    south, north = edge_between(city, 5, 9), edge_between(city, 9, 13)
    west, east = edge_between(city, 8, 9), edge_between(city, 9, 10)
    traffic = empty(city)
    # by right before left, the one from the south would go before the one from the west
    yielding, first = car(traffic, south, north, 104.0), car(traffic, west, east, 80.0)
    assert passing(traffic, {yielding: south, first: west}) == [first, yielding]


def passing(traffic: object, edges: dict[int, int]) -> list[int]:
    """The order in which vehicles leave their edges."""
    left: list[int] = []
    for _ in range(400):
        traffic.step(0.1)  # type: ignore[attr-defined]
        for id, edge in edges.items():
            if id not in left and traffic.position(id).edge != edge:  # type: ignore[attr-defined]
                left.append(id)
    return left


def test_four_who_all_yield_to_each_other_all_get_through() -> None:
    city = without_lights(3)
    traffic = empty(city)
    ways = [(1, 4, 7), (5, 4, 3), (7, 4, 1), (3, 4, 5)]
    edges = {
        car(traffic, edge_between(city, a, b), edge_between(city, b, c), 120.0): edge_between(city, a, b)
        for a, b, c in ways
    }
    assert sorted(passing(traffic, edges)) == sorted(edges)


def test_the_box_stays_clear_when_there_is_no_room_beyond() -> None:
    city = without_lights(3)
    traffic = empty(city)
    north = edge_between(city, 4, 7)
    traffic.block(north, 30.0)
    for number in range(6):
        car(traffic, edge_between(city, 1, 4), north, 100.0 - 12.0 * number, end_offset_m=120.0)
    run(traffic, 60.0)
    crossing = car(traffic, edge_between(city, 3, 4), edge_between(city, 4, 5), 100.0)
    network = traffic._network
    inside = [
        row
        for row in network.fleet.order
        if network.fleet.columns.offset_m[row] > network.lanes.stop_m[network.fleet.columns.lane[row]] + 0.1
        and network.lanes.end[network.fleet.columns.lane[row]] == 4
    ]
    assert inside == []
    run(traffic, 25.0)
    assert traffic.position(crossing).edge == edge_between(city, 4, 5)


def test_traffic_keeps_right_and_moves_smoothly() -> None:
    traffic = busy(60, 4)
    run(traffic, 20.0)
    ids = traffic.id.copy()
    for _ in range(200):
        x, y, speed = traffic.x_m.copy(), traffic.y_m.copy(), traffic.speed_mps.copy()
        heading, known = traffic.heading_deg.copy(), traffic.alive.copy()
        ids = traffic.id.copy()
        traffic.step(0.1)
        same = known & traffic.alive & (ids == traffic.id) & (ids >= 0)
        moved = np.hypot(traffic.x_m - x, traffic.y_m - y)[same]
        assert moved.max() < 2.6  # 13.9 m/s × 1.08 × 0.1 s, and a lane change's share
        turned = np.abs((traffic.heading_deg - heading + 180) % 360 - 180)[same]
        assert turned.max() < 25.0
        assert (moved <= speed[same] * 0.1 * 1.9 + 0.6).all()
    rows = np.flatnonzero(traffic.alive)
    roads, lanes, columns = traffic.city.roads, traffic._network.lanes, traffic._network.fleet.columns
    within = (columns.offset_m[rows] > lanes.entry_m[columns.lane[rows]]) & (
        columns.offset_m[rows] < lanes.stop_m[columns.lane[rows]]
    )
    for row in rows[within]:
        edge = int(traffic.edge[row])
        a, b = roads.shape(edge)[0], roads.shape(edge)[-1]
        along, off = b - a, np.array([traffic.x_m[row], traffic.y_m[row]]) - a
        assert along[0] * off[1] - along[1] * off[0] < 0.0  # to the right of the line
