"""How long one frame with ten thousand moving entities takes, without a window: ``run.py bench render``."""

from __future__ import annotations

import os
import statistics
import time
from pathlib import Path

import numpy as np
import pygame

from services.app.installation import city_directory, data_root
from twin.city.kinds import load_kinds
from twin.city.load import load
from twin.city.model import City
from twin.core.chance import generator
from twin.core.views import Frame
from twin.core.words import Provenance, StationType
from twin.render.actors import Actors
from twin.render.camera import Camera
from twin.render.ground import Ground
from twin.render.icons import Icons
from twin.render.language import Language
from twin.render.lettering import Lettering
from twin.render.plan import make_plan
from twin.render.stage import Layers, Stage
from twin.render.theme import NIGHT
from twin.render.world import World

ENTITIES = 10_000
SIZE = (1920, 1080)
ROUNDS = 41
WARM_UP = 5
AHEAD = 160


def bench_render(_out: object = None) -> dict[str, float]:
    """The figures on the default city; see :func:`measure`."""
    return measure(load(city_directory(None)), data_root())


def measure(city: City, root: Path, entities: int = ENTITIES, rounds: int = ROUNDS) -> dict[str, float]:
    """Median milliseconds of a 1080p frame: blit the cached map, interpolate all entities along their edges, draw.

    ``points_10k_ms`` draws them as squares, ``sprites_10k_ms`` as turned pictures; ``map_ms`` is the map alone and
    ``interpolate_ms`` the motion alone. ``root`` holds ``assets`` and ``config``. The dummy video driver is used
    unless a display is open already.
    """
    opened = not pygame.display.get_init()
    if opened:
        os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
        pygame.display.init()
    surface = pygame.display.set_mode(SIZE)
    try:
        return _measure(_stage(city, root, surface), city, entities, rounds)
    finally:
        if opened:
            pygame.display.quit()


def _stage(city: City, root: Path, surface: pygame.Surface) -> Stage:
    assets = root / "assets"
    return Stage(
        surface,
        Camera(city.extent, *SIZE),
        NIGHT,
        Language(assets / "text"),
        Lettering(assets / "fonts"),
        Icons(assets / "icons" / "icons.toml"),
        city,
        load_kinds(root / "config" / "device_kinds.toml"),
        World(city),
        Layers(),
        1.0,
    )


def _measure(stage: Stage, city: City, entities: int, rounds: int) -> dict[str, float]:
    ground, actors = Ground(make_plan(city), stage.theme), Actors()
    ground.draw(stage.surface, stage.camera, complete=True)
    for _ in range(AHEAD):  # the tiles that a pan would want are painted one a frame; have that behind us
        ground.draw(stage.surface, stage.camera)
    frames = [_frame(city, entities, step) for step in range(rounds + WARM_UP)]
    spent: dict[str, list[float]] = {"map_ms": [], "interpolate_ms": [], "points_10k_ms": [], "sprites_10k_ms": []}
    for step, frame in enumerate(frames):
        stage.world.motion.push(frame, step * 0.1)
        marks = [time.perf_counter()]
        ground.draw(stage.surface, stage.camera)
        marks.append(time.perf_counter())
        movers = stage.world.motion.at(step * 0.1 + 0.05)
        marks.append(time.perf_counter())
        if movers is None:
            continue
        actors.draw(stage, movers)
        pygame.display.flip()
        marks.append(time.perf_counter())
        ground.draw(stage.surface, stage.camera)
        actors.draw(stage, stage.world.motion.at(step * 0.1 + 0.08) or movers, force_sprites=True)
        pygame.display.flip()
        marks.append(time.perf_counter())
        if step < WARM_UP:
            continue
        spent["map_ms"].append(marks[1] - marks[0])
        spent["interpolate_ms"].append(marks[2] - marks[1])
        spent["points_10k_ms"].append(marks[3] - marks[0])
        spent["sprites_10k_ms"].append(marks[4] - marks[3])
    return {name: round(statistics.median(times) * 1000, 2) for name, times in spent.items()}


def _frame(city: City, entities: int, step: int) -> Frame:
    """All entities a tenth of a second further, spread over all edges."""
    random = generator(1, "bench render")
    roads = city.roads
    edge = random.integers(0, len(roads), entities)
    offset = (random.random(entities) * roads.length_m[edge] + 1.2 * step) % roads.length_m[edge]
    first = roads.shape_xy[roads.shape_start[edge]]
    last = roads.shape_xy[roads.shape_start[edge + 1] - 1]
    along = (last - first) / np.maximum(roads.length_m[edge], 0.1)[:, None]
    spot = first + along * offset[:, None]
    heading = np.degrees(np.arctan2(along[:, 0], along[:, 1]))
    return Frame(
        step,
        step * 100,
        np.arange(entities, dtype=np.int64) << 16,
        np.full(entities, StationType.CAR, np.uint8),
        spot[:, 0].astype(np.float32),
        spot[:, 1].astype(np.float32),
        heading.astype(np.float32),
        np.full(entities, 12.0, np.float32),
        edge.astype(np.int32),
        offset.astype(np.float32),
        np.full(entities, step * 100, np.int64),
        np.zeros(entities, np.uint8),
        np.full(entities, Provenance.SIMULATED, np.uint8),
        np.full(entities, -1, np.int8),
    )
