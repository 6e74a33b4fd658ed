"""Pixels: the ground's tones, what is stale, what moves; and that drawing changes nothing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pygame
import pytest
from numpy.typing import NDArray
from play import Play

from twin.core.words import Freshness
from twin.render.stage import Selection
from twin.render.theme import DAY, NIGHT, RGB, mix

RIVER = (700.0, 455.0)
PARK = (1_125.0, 690.0)


def at(play: Play, x_m: float, y_m: float) -> tuple[int, int, int]:
    x, y = play.console.camera.to_screen(x_m, y_m)
    red, green, blue, _ = play.surface.get_at((round(x), round(y)))
    return red, green, blue


def near(one: tuple[int, int, int], other: RGB, slack: int = 10) -> bool:
    return max(abs(a - b) for a, b in zip(one, other, strict=True)) <= slack


def pixels_of(play: Play, colour: RGB, slack: int = 6) -> int:
    free = play.console.free
    picture: NDArray[np.uint8] = pygame.surfarray.array3d(play.surface.subsurface(free))
    return int((np.abs(picture.astype(int) - np.array(colour)).max(axis=2) <= slack).sum())


def quiet(play: Play) -> None:
    for layer in ("rain", "labels", "vehicles", "people", "crews", "incidents", "closures", "devices"):
        setattr(play.console.choices.layers, layer, False)


def test_ground_has_the_palettes_tones(play: Callable[..., Play]) -> None:
    scene = play()
    quiet(scene)
    for theme in (NIGHT, DAY):
        scene.console.choices.theme = theme.name
        for scale in (0.7, 4.0):
            scene.still(*RIVER, scale)
            assert near(at(scene, *RIVER), theme.water)
            scene.still(*PARK, scale)
            assert near(at(scene, *PARK), theme.land_use["park"])


def test_a_bridge_lies_over_the_water(play: Callable[..., Play]) -> None:
    scene = play()
    quiet(scene)
    scene.still(450.0, 455.0, 2.0)
    assert near(at(scene, 450.0, 457.0), NIGHT.roads[3], 14)


def test_vehicles_are_near_white_and_move(play: Callable[..., Play]) -> None:
    scene = play()
    quiet(scene)
    scene.still(900.0, 520.0, 0.6)
    nothing = pixels_of(scene, NIGHT.mover, 30)
    scene.console.choices.layers.vehicles = True
    scene.run(complete=True)
    before = pygame.surfarray.array3d(scene.surface)
    assert pixels_of(scene, NIGHT.mover, 30) > nothing + 200
    scene.run(frames=8)
    assert (pygame.surfarray.array3d(scene.surface) != before).any()


def test_what_is_not_fresh_never_looks_normal(play: Callable[..., Play]) -> None:
    scene = play()
    quiet(scene)
    scene.console.choices.layers.devices = True
    told = scene.console.world.devices
    row = int(np.flatnonzero((told.freshness == Freshness.FRESH) & (told.alarm == 0))[0])
    device = scene.console.city.devices[row]
    scene.still(*device.xy, 2.6)
    fresh = pixels_of(scene, NIGHT.stale)
    for freshness in (Freshness.STALE, Freshness.SILENT, Freshness.UNKNOWN):
        told.freshness[row] = freshness
        scene.run(ms=1, complete=True)
        assert pixels_of(scene, NIGHT.stale) > fresh


def test_silence_greys_the_map_and_says_so(play: Callable[..., Play]) -> None:
    scene = play()
    quiet(scene)
    scene.console.choices.layers.vehicles = True
    square = mix(NIGHT.mover, NIGHT.land, 0.12)
    scene.still(900.0, 520.0, 0.6)
    normal = pixels_of(scene, square)
    scene.scene.connected = False
    scene.run(ms=5_000)
    scene.run(ms=16)
    assert pixels_of(scene, NIGHT.stop) > 5_000  # the banner
    assert pixels_of(scene, square) < normal / 2
    scene.scene.connected = True
    scene.run(frames=3)
    assert pixels_of(scene, NIGHT.stop) < 5_000


def test_drawing_changes_no_state(play: Callable[..., Play]) -> None:
    scene = play()
    world = scene.console.world

    def state() -> tuple[object, ...]:
        told = world.devices
        return (
            dict(world.marks), dict(world.cards), tuple(world.alerts), told.value.tobytes(), told.freshness.tobytes(),
            world.lights.state.tobytes(), world.clock, world.motion.frame,
        )  # fmt: skip

    before = state()
    for _ in range(3):
        scene.console.frame(scene.surface, (), 0.016, scene.wall_ms)
    assert state() == before
    assert not scene.scene.proposed


def test_a_selected_mover_is_ringed(play: Callable[..., Play]) -> None:
    scene = play()
    quiet(scene)
    scene.console.choices.layers.vehicles = True
    movers = scene.console.stage.movers
    assert movers is not None
    row = int(np.flatnonzero((movers.x_m > 300) & (movers.x_m < 1_500) & (movers.y_m > 200) & (movers.y_m < 800))[0])
    scene.still(float(movers.x_m[row]), float(movers.y_m[row]), 1.0)
    before = pixels_of(scene, NIGHT.selected, 2)
    scene.console.choices.select(Selection("vehicle", str(int(movers.id[row]))))
    scene.run(ms=1, frames=2)
    assert pixels_of(scene, NIGHT.selected, 2) > before + 30


@pytest.mark.parametrize("size", [(1_280, 800), (1_920, 1_080), (3_840, 2_160)])
def test_every_size_lays_out_without_covering_the_map(play: Callable[..., Play], size: tuple[int, int]) -> None:
    scene = play()
    scene.surface = pygame.Surface(size).convert()
    scene.console.ui = 2.0 if size[0] > 3_000 else 1.0
    scene.console.choices.select(Selection("card", "C-0007"))
    scene.console.pilot.take_over()
    scene.run(frames=2)
    free = scene.console.free
    assert free.width >= size[0] * 0.38
    assert free.height >= size[1] * 0.85
