"""Shortest paths over edges, compared with what one sees on the grid."""

from __future__ import annotations

import numpy as np
import pytest
from cities import grid_draft
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.city.graph import build_roads
from twin.city.model import City
from twin.city.paths import Paths
from twin.core.words import Mode


def _edge(city: City, feature: str, forward: bool = True) -> int:
    first = city.roads.feature.index(feature)
    return first if forward else int(city.roads.reverse[first])


def test_a_route_is_driven_edge_after_edge(grid_city: City) -> None:
    paths = Paths(grid_city.roads)
    start, end = _edge(grid_city, "h00"), _edge(grid_city, "v43")
    route = paths.route(start, end, paths.free_flow_s)
    assert route[0] == start and route[-1] == end and route.dtype == np.int32
    assert (grid_city.roads.end[route[:-1]] == grid_city.roads.start[route[1:]]).all()
    expected = paths.free_flow_s[route[:-1]].sum()
    assert paths.times_to(end, paths.free_flow_s)[start] == pytest.approx(expected)
    # four blocks on the avenue of 60 km/h beat four on a street of 40
    assert [grid_city.roads.feature[edge] for edge in route].count("h12") == 1


def test_times_are_from_start_to_start(grid_city: City) -> None:
    paths = Paths(grid_city.roads)
    end = _edge(grid_city, "h10")
    times = paths.times_to(end, paths.free_flow_s)
    assert times[end] == 0.0
    assert times[_edge(grid_city, "h00")] == pytest.approx(18.0, abs=0.01)


def test_no_u_turn_at_a_crossing(grid_city: City) -> None:
    """Going back where one came from means going round a block."""
    paths = Paths(grid_city.roads)
    there = _edge(grid_city, "h11")
    back = int(grid_city.roads.reverse[there])
    route = paths.route(there, back, paths.free_flow_s)
    assert len(route) > 2 and back not in paths.exits(there)


def test_a_dead_end_may_be_left_again() -> None:
    draft = grid_draft()
    draft.roads[:] = [row for row in draft.roads if row.id in ("h00", "h10")]
    roads, edge_of = build_roads(draft)
    paths = Paths(roads)
    turned = paths.route(edge_of["h10/forward"], edge_of["h10/backward"], paths.free_flow_s)
    assert turned.tolist() == [edge_of["h10/forward"], edge_of["h10/backward"]]


def test_closed_edges_are_avoided_and_may_be_left(grid_city: City) -> None:
    paths = Paths(grid_city.roads)
    start, end = _edge(grid_city, "h00"), _edge(grid_city, "h30")
    times = paths.free_flow_s.copy()
    direct = paths.route(start, end, times)
    closed = direct[1:-1]
    times[closed] = np.inf
    detour = paths.route(start, end, times)
    assert not set(closed.tolist()) & set(detour.tolist()) and len(detour) > len(direct)
    times[start] = times[end] = np.inf
    assert paths.route(start, end, times)[0] == start and paths.route(start, end, times)[-1] == end
    times[:] = np.inf
    assert len(paths.route(start, end, times)) == 0
    assert not np.isfinite(paths.times_to(end, times)[start])


def test_one_way_streets_are_respected_and_every_edge_can_be_reached(grid_city: City) -> None:
    paths = Paths(grid_city.roads, Mode.BUS)
    lone, corner = _edge(grid_city, "h04"), _edge(grid_city, "v03", forward=False)
    route = paths.route(_edge(grid_city, "h14", forward=False), corner, paths.free_flow_s)
    assert lone not in route
    # the corner can only be entered by the street that one wants to go back on
    assert route[-2:].tolist() == [_edge(grid_city, "v03"), corner]
    assert np.isfinite(paths.times_to(lone, paths.free_flow_s)).all()


def test_changed_times_give_changed_trees(grid_city: City) -> None:
    paths = Paths(grid_city.roads)
    end = _edge(grid_city, "h30")
    before = paths.times_to(end, paths.free_flow_s)
    slower = paths.free_flow_s * 2.0
    assert np.allclose(paths.times_to(end, slower), 2.0 * before)
    assert paths.times_to(end, paths.free_flow_s) is before


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_routes_agree_with_times(grid_city: City, seed: int) -> None:
    dice = np.random.Generator(np.random.Philox(seed))
    paths = Paths(grid_city.roads)
    times = paths.free_flow_s * dice.uniform(0.5, 3.0, len(grid_city.roads))
    start, end = dice.integers(len(times), size=2).tolist()
    route = paths.route(start, end, times)
    assert len(route) and times[route[:-1]].sum() == pytest.approx(paths.times_to(end, times)[start])
