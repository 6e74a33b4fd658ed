"""Residents as figures: each with a look of their own, in a row before a hall's door, under bubbles that keep apart."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import msgspec
import numpy as np
import pygame
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from play import Play

from twin.city.model import City
from twin.core.looks import CHILD, COATS, ELDERLY, KNOWN, WHEELCHAIR, coat_of, look_of, stature_of
from twin.core.text import Name, Text
from twin.core.views import Mark
from twin.core.words import StationType
from twin.render.camera import Camera
from twin.render.figures import Figures
from twin.render.halls import CLERK, Halls
from twin.render.insides import MOST
from twin.render.stage import Selection
from twin.render.theme import THEMES
from twin.render.whereabouts import liveliest


@given(st.text(max_size=20), st.integers(0, 120), st.booleans())
def test_a_look_is_of_the_pseudonym_and_tells_no_more_than_is_plain_to_see(
    pseudonym: str, age: int, wheelchair: bool
) -> None:
    look = look_of(pseudonym, age, wheelchair=wheelchair)
    assert look == look_of(pseudonym, age, wheelchair=wheelchair)
    assert look & KNOWN and 0 <= coat_of(look) < COATS and bool(look & WHEELCHAIR) == wheelchair and look < 256
    assert (stature_of(look) == CHILD) == (age < 14) and (stature_of(look) == ELDERLY) == (age >= 65)


def test_figures_differ_by_coat_stature_and_what_they_move_by(window: pygame.Surface) -> None:
    figures, theme = Figures(), THEMES["night"]

    def drawn(look: int, kind: int = StationType.PEDESTRIAN, *, fresh: bool = True) -> bytes:
        picture = figures.picture(theme, look, kind, 1, left=False, fresh=fresh, high=24.0)
        return pygame.image.tobytes(picture, "RGBA")

    looks = [KNOWN | coat << 3 for coat in range(COATS)]
    looks += [KNOWN | CHILD, KNOWN | ELDERLY, KNOWN | WHEELCHAIR]
    pictures = [drawn(look) for look in looks] + [drawn(KNOWN, StationType.CYCLIST), drawn(KNOWN, fresh=False)]
    assert len(set(pictures)) == len(pictures)
    assert drawn(KNOWN, fresh=False) == drawn(KNOWN | 5 << 3, fresh=False)  # what is old has one tone


def _mark(number: int, posture: str, place: str) -> Mark:
    return Mark(
        id=f"E-{number}", kind="errand", x_m=0.0, y_m=0.0, icon="newborn", title=Name("Birth", "出生"),
        state=Text("at the counter"), card=f"E-{number}", place=place, number=number, look=KNOWN,
        posture=posture,  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.mark.parametrize("scale", [0.5, 4.0])
def test_who_waits_stands_in_a_row_by_number_and_who_is_served_has_a_clerk(grid_city: City, scale: float) -> None:
    hall = grid_city.place("service_hall")
    camera = Camera(grid_city.extent, 1280, 800, 1.0)
    camera.fly_to(*hall.xy, camera.level_for(scale), at_once=True)
    waiting = [_mark(number, "queueing", hall.id) for number in (9, 3, 30, 12, 4, 7, 8, 21, 22, 23, 24, 25)]
    served = [_mark(number, "served", hall.id) for number in (1, 2)]
    lost = [_mark(99, "queueing", "nowhere"), _mark(98, "", hall.id)]
    marks = {mark.id: mark for mark in (*waiting, *served, *lost)}
    stands = Halls(grid_city).stands(marks, camera, 1.0)
    queue = [stand for stand in stands if stand.mark and marks[stand.mark].posture == "queueing"]
    assert [marks[stand.mark].number for stand in queue] == sorted(mark.number for mark in waiting)
    steps = [math.dist((a.x_m, a.y_m), (b.x_m, b.y_m)) for a, b in itertools.pairwise(queue)]
    assert max(steps) - min(steps) < 1e-6  # one row, bent but never torn
    assert min(steps) * camera.scale >= 14.9 or min(steps) >= 1.69
    assert sum(not stand.mark and stand.look == CLERK for stand in stands) == len(served)
    assert {stand.mark for stand in stands} - {""} == {mark.id for mark in (*waiting, *served)}


def test_bubbles_keep_apart_and_few_are_shown_from_afar(play: Callable[..., Play]) -> None:
    scene = play()
    console = scene.console
    hall = console.city.places[0]
    console.world.marks = {mark.id: mark for mark in (_mark(number, "queueing", hall.id) for number in range(1, 30))}
    scene.still(*hall.xy, 3.0)
    near = [console.marks.places[id] for id in console.marks.places if id.startswith("E-")]
    assert len(near) > 3
    for (ax, ay, a), (bx, by, b) in itertools.combinations(near, 2):
        assert abs(ax - bx) >= a + b - 1 or abs(ay - by) >= 24
    scene.still(*hall.xy, 0.4)
    assert len([id for id in console.marks.places if id.startswith("E-")]) <= 5
    console.choices.select(Selection("mark", "E-29"))
    scene.run(frames=2)
    assert "E-29" in console.marks.places


def test_a_picture_of_lives_looks_where_people_are_about(play: Callable[..., Play]) -> None:
    scene = play()
    console = scene.console
    console.pilot.look_at(console.city, "people")
    scene.run(frames=3)
    spot = liveliest(console.stage)
    assert spot is not None and not console.pilot.wants_people
    assert math.dist(spot, (console.camera.goal_x, console.camera.goal_y)) < 60.0  # people walk on meanwhile
    hall = next(place for place in console.city.places if place.kind == "service_hall")
    console.world.marks = {"E-1": _mark(1, "queueing", hall.id)}
    scene.run(frames=1)
    assert math.dist(liveliest(console.stage) or (0.0, 0.0), hall.xy) < 80.0


def test_who_is_inside_a_place_is_shown_by_number_and_within_its_walls(play: Callable[..., Play]) -> None:
    scene = play()
    console = scene.console
    place = next(one for one in console.city.places if one.kind == "school")
    console.choices.layers.rain = False

    def sign() -> bytes:
        """The pixels above the place's own sign."""
        scene.still(*place.xy, 4.0)
        x, y = (int(v) for v in console.camera.to_screen(*place.xy))
        return pygame.image.tobytes(console.stage.surface.subsurface((x - 8, y - 26, 16, 12)), "RGB")

    sign()
    empty, status = sign(), console.world.status
    assert status is not None
    console.world.status = msgspec.structs.replace(status, present={place.id: 140, "nowhere": 9})
    assert sign() != empty
    insides = console.actors.insides
    assert insides is not None
    few, many = insides.where(place, 3, 2.4), insides.where(place, 140, 2.4)
    assert len(few) == 3 < len(many) <= MOST and np.array_equal(many[:3], few)
    assert len(insides.where(place, 140, 60.0)) == 1
    walls = [shape for shape in console.city.buildings.shape if shapely.contains_xy(shape, *few[0])]
    assert len(walls) == 1 and shapely.contains_xy(walls[0], many[:, 0], many[:, 1]).all()
    console.choices.layers.people = False
    assert sign() == empty
