"""Movers between frames: along edges, round corners, never ahead of what was told."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scripted import Scene

from twin.city.model import City
from twin.core.views import Frame
from twin.render.motion import Motion


def frame(city: City, city_ms: int, rows: list[tuple[int, int, float]]) -> Frame:
    """Rows of (id, edge, offset) on the axis of their edges; edge -1 stands at x = offset, y = 0."""
    roads = city.roads
    spots = []
    for _, edge, offset in rows:
        if edge < 0:
            spots.append((offset, 0.0))
            continue
        line = roads.shape(edge)
        spots.append(tuple(line[0] + (line[-1] - line[0]) * offset / roads.length_m[edge]))
    x, y = np.array(spots, np.float32).T
    count = len(rows)
    return Frame(
        city_ms, city_ms, np.array([row[0] for row in rows], np.int64), np.full(count, 5, np.uint8), x, y,
        np.zeros(count, np.float32), np.full(count, 10, np.float32), np.array([row[1] for row in rows], np.int32),
        np.array([row[2] for row in rows], np.float32), np.full(count, city_ms, np.int64), np.zeros(count, np.uint8),
        np.ones(count, np.uint8), np.full(count, -1, np.int8),
    )  # fmt: skip


def turning(one: NDArray[np.float64], two: NDArray[np.float64]) -> float:
    return float(one[0] * two[1] - one[1] * two[0])


def test_half_way_in_time_is_half_way_along_the_edge(city: City) -> None:
    motion = Motion(city.roads)
    motion.push(frame(city, 0, [(7, 0, 20.0)]), 0.0)
    motion.push(frame(city, 500, [(7, 0, 40.0)]), 0.1)
    movers = motion.at(0.15)
    assert movers is not None
    line = city.roads.shape(0)
    along = (line[1] - line[0]) / city.roads.length_m[0]
    from_start = np.array([movers.x_m[0], movers.y_m[0]]) - line[0]
    assert float(from_start @ along) == pytest.approx(30.0, abs=0.5)
    right = np.array([along[1], -along[0]])
    assert float(from_start @ right) == pytest.approx(city.roads.lanes[0] * 3.25 / 2, abs=0.01)  # its own side


def test_round_a_corner_it_stays_on_the_street(city: City) -> None:
    roads = city.roads
    first = 0
    heading = roads.shape(first)[1] - roads.shape(first)[0]
    following = next(
        edge for edge in range(len(roads))
        if roads.start[edge] == roads.end[first] and edge != roads.reverse[first]
        and abs(turning(heading, roads.shape(edge)[1] - roads.shape(edge)[0])) > 1.0
    )  # fmt: skip
    motion = Motion(roads)
    motion.push(frame(city, 0, [(7, first, float(roads.length_m[first]) - 10)]), 0.0)
    motion.push(frame(city, 500, [(7, following, 10.0)]), 0.1)
    corner = roads.node_xy[roads.end[first]]
    for share in np.linspace(0, 1, 21):
        movers = motion.at(0.1 + share * 0.1)
        assert movers is not None
        away = np.abs(np.array([movers.x_m[0], movers.y_m[0]]) - corner)
        assert min(away) <= 5.0  # on one street or the other, not across the block
        assert max(away) <= 15.1


def test_late_frames_freeze_and_never_run_ahead(city: City) -> None:
    motion = Motion(city.roads)
    motion.push(frame(city, 0, [(7, -1, 0.0)]), 0.0)
    motion.push(frame(city, 500, [(7, -1, 10.0)]), 0.1)
    for later in (0.4, 5.0, 500.0):
        movers = motion.at(later)
        assert movers is not None
        assert movers.x_m[0] == pytest.approx(10.0)


def test_a_jump_is_not_driven(city: City) -> None:
    motion = Motion(city.roads)
    motion.push(frame(city, 0, [(7, -1, 0.0)]), 0.0)
    motion.push(frame(city, 500, [(7, -1, 900.0)]), 0.1)
    movers = motion.at(0.11)
    assert movers is not None
    assert movers.x_m[0] == pytest.approx(900.0)


def test_a_newcomer_stands_where_it_was_first_seen(city: City) -> None:
    motion = Motion(city.roads)
    motion.push(frame(city, 0, [(7, 0, 20.0)]), 0.0)
    motion.push(frame(city, 500, [(7, 0, 25.0), (9, 2, 50.0)]), 0.1)
    one, two = motion.at(0.1), motion.at(0.2)
    assert one is not None
    assert two is not None
    assert one.x_m[1] == two.x_m[1]
    assert one.row(9) == 1
    assert one.row(12345) == -1


def test_a_whole_scene_moves_smoothly(city: City) -> None:
    scene, motion = Scene(city), Motion(city.roads)
    motion.push(scene.frame(), 0.0)
    last = None
    for step in range(1, 12):
        scene.advance(step * 100 + 1_000)
        for view in scene.poll():
            if isinstance(view, Frame):
                motion.push(view, step * 0.1)
        for part in range(3):
            movers = motion.at(step * 0.1 + part / 30)
            assert movers is not None
            if last is not None:
                moved = np.hypot(movers.x_m - last.x_m, movers.y_m - last.y_m)
                assert np.quantile(moved, 0.98) < 6.0
            last = movers
