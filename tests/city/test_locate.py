"""Cells and edges under points, against slow and obvious ways to find them."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from twin.city.locate import Locator
from twin.city.model import City
from twin.core.words import Mode


@pytest.fixture(scope="module")
def locator(grid_city: City) -> Locator:
    return Locator(grid_city)


def test_cells_are_those_that_contain_the_point(grid_city: City, locator: Locator) -> None:
    xy = np.random.Generator(np.random.Philox(1)).uniform(-150, 950, (400, 2))
    found = locator.cells(xy[:, 0], xy[:, 1])
    for (x, y), cell in zip(xy, found, strict=True):
        holding = [i for i, c in enumerate(grid_city.cells) if shapely.covers(c.shape, shapely.Point(x, y))]
        assert (cell in holding) if holding else cell == -1
    assert (locator.inside(xy[:, 0], xy[:, 1]) == (found >= 0)).all()


def test_what_overhangs_the_border_a_little_is_in_the_city(grid_city: City) -> None:
    low_x, _, high_x, high_y = grid_city.extent
    assert grid_city.near([low_x - 5.0, high_x + 5.0, low_x], [0.0, 0.0, high_y + 14.0]).all()
    assert not grid_city.near([low_x - 20.0, 0.0], [0.0, high_y + 20.0]).any()


def test_a_point_on_a_border_belongs_to_one_cell(locator: Locator) -> None:
    assert (locator.cells([400.0, 400.0], [0.0, 400.0]) >= 0).all()
    assert locator.cells(5000.0, 0.0).tolist() == [-1]


def test_nearest_edge_has_the_point_on_its_right(grid_city: City, locator: Locator) -> None:
    edge, offset, distance = locator.nearest_edges([100.0, 100.0], [-5.0, 5.0])
    east, west = edge.tolist()
    assert grid_city.roads.feature[east] == grid_city.roads.feature[west] == "h00"
    assert grid_city.roads.reverse[east] == west
    assert grid_city.roads.node_id[grid_city.roads.end[east]] == "n10"
    assert offset == pytest.approx([100.0, 100.0], abs=0.1) and distance == pytest.approx([5.0, 5.0], abs=0.1)


def test_nearest_edge_is_the_nearest(grid_city: City, locator: Locator) -> None:
    xy = np.random.Generator(np.random.Philox(2)).uniform(-100, 900, (200, 2))
    edge, offset, distance = locator.nearest_edges(xy[:, 0], xy[:, 1], Mode.FOOT)
    lines = [shapely.LineString(grid_city.roads.shape(e)) for e in range(len(grid_city.roads))]
    for spot, e, o, d in zip(xy, edge.tolist(), offset.tolist(), distance.tolist(), strict=True):
        point = shapely.Point(spot)
        assert d == pytest.approx(min(line.distance(point) for line in lines), abs=1e-6)
        assert lines[e].interpolate(o).distance(point) == pytest.approx(d, abs=1e-3)


def test_heading_decides_between_directions_and_crossing_streets(grid_city: City, locator: Locator) -> None:
    edge, offset = locator.match([100.0, 100.0, 195.0, 195.0], [-2.0, -2.0, 6.0, 6.0], [90.0, 270.0, 0.0, 90.0], -1)
    names = [grid_city.roads.feature[e] for e in edge.tolist()]
    assert names == ["h00", "h00", "v10", "h00"]
    assert grid_city.roads.reverse[edge[0]] == edge[1]
    assert offset[:2] == pytest.approx([100.0, 100.0], abs=0.1)


def test_an_unknown_heading_and_a_previous_edge_still_decide(grid_city: City, locator: Locator) -> None:
    forward = grid_city.roads.feature.index("h00")
    backward = int(grid_city.roads.reverse[forward])
    for previous in (forward, backward):
        edge, _ = locator.match(100.0, 0.0, np.nan, previous)
        assert edge.tolist() == [previous]


def test_far_from_any_road_is_on_none(locator: Locator) -> None:
    edge, offset = locator.match([100.0, 5000.0], [100.0, 0.0], 0.0, -1)
    assert edge.tolist() == [-1, -1] and offset.tolist() == [0.0, 0.0]
