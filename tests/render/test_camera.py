"""The camera's arithmetic: there and back, the point under the cursor, limits."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from twin.render.camera import Camera

EXTENT = (-2_000.0, -1_500.0, 2_000.0, 1_500.0)
points = st.tuples(st.floats(-2_000, 2_000), st.floats(-1_500, 1_500))
screens = st.tuples(st.integers(0, 1_919), st.integers(0, 1_079))


def camera(inset: tuple[float, float, float, float] = (376.0, 48.0, 0.0, 32.0)) -> Camera:
    made = Camera(EXTENT, 1_920, 1_080, 1.0, inset)
    made.resize(1_920, 1_080, 1.0, inset)
    return made


@settings(max_examples=60, deadline=None)
@given(points, st.integers(0, 11), points)
def test_screen_and_world_are_inverses(centre: tuple[float, float], level: int, point: tuple[float, float]) -> None:
    view = camera()
    view.fly_to(*centre, level, at_once=True)
    back = view.to_world(*view.to_screen(*point))
    assert abs(back[0] - point[0]) < 1e-6
    assert abs(back[1] - point[1]) < 1e-6


@settings(max_examples=60, deadline=None)
@given(points, st.integers(2, 8), screens, st.sampled_from([-1, 1, 2]))
def test_zoom_keeps_the_point_under_the_cursor(
    centre: tuple[float, float], level: int, cursor: tuple[int, int], steps: int
) -> None:
    view = camera()
    view.fly_to(centre[0] / 2, centre[1] / 2, level, at_once=True)
    under = view.to_world(*cursor)
    view.zoom_at(steps, *cursor)
    clamped = (view.goal_x in EXTENT) or (view.goal_y in EXTENT)
    for _ in range(400):
        view.advance(0.016)
        now = view.to_screen(*under)
        if not clamped:  # it stays there on the whole way, not only at its end
            assert abs(now[0] - cursor[0]) < 1.5
            assert abs(now[1] - cursor[1]) < 1.5
    assert not view.moving


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(-4_000, 4_000), st.floats(-4_000, 4_000)), max_size=8), st.integers(-9, 30))
def test_the_goal_never_leaves_the_city(drags: list[tuple[float, float]], level: int) -> None:
    view = camera()
    view.fly_to(0, 0, level)
    for dx, dy in drags:
        view.pan(dx, dy)
        assert EXTENT[0] <= view.goal_x <= EXTENT[2]
        assert EXTENT[1] <= view.goal_y <= EXTENT[3]
    assert 0 <= view.goal_level <= view.finest


def test_home_shows_the_whole_city_between_the_panels() -> None:
    view = camera((376.0, 48.0, 440.0, 32.0))
    view.home(at_once=True)
    left, top = view.to_screen(EXTENT[0], EXTENT[3])
    right, bottom = view.to_screen(EXTENT[2], EXTENT[1])
    assert left >= 376
    assert top >= 48
    assert right <= 1_920 - 440
    assert bottom <= 1_080 - 32


def test_another_window_keeps_the_place_and_about_the_scale() -> None:
    view = camera()
    view.fly_to(500, -300, view.level_for(2.0), at_once=True)
    was = view.detail
    view.resize(3_840, 2_160, 2.0, (752.0, 96.0, 0.0, 64.0))
    assert (view.goal_x, view.goal_y) == (500, -300)
    assert 0.7 < view.detail / was < 1.42
