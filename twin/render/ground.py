"""Ground tiles: painted when first needed, within a time budget a frame, kept until memory is wanted elsewhere."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from dataclasses import dataclass, field

import pygame

from twin.render.camera import Camera
from twin.render.paving import pave
from twin.render.plan import Plan
from twin.render.planting import Planting
from twin.render.theme import Theme

TILE_PX = 256  # logical
KEPT_BYTES = 320_000_000
BUDGET_S = 0.006

Key = tuple[int, int, int]  # level, column, row


@dataclass(slots=True)
class Ground:
    """The map's static picture. ``settled`` says whether the last frame was complete."""

    plan: Plan
    theme: Theme
    settled: bool = False
    planting: Planting = field(init=False)
    _tiles: OrderedDict[Key, pygame.Surface] = field(default_factory=OrderedDict)
    _made_for: tuple[float, float, str] = (0.0, 0.0, "")
    _backdrop: tuple[tuple[object, ...], pygame.Surface] | None = None

    def __post_init__(self) -> None:
        self.planting = Planting.of(self.plan)

    def draw(self, surface: pygame.Surface, camera: Camera, *, complete: bool = False) -> None:
        """Blit the ground; ``complete`` paints all that is missing first, however long it takes (stills)."""
        made_for = (camera.base, camera.ui, self.theme.name)
        if made_for != self._made_for:
            self._tiles.clear()
            self._made_for = made_for
        still = (surface.get_size(), camera.x, camera.y, camera.level, camera.middle_x, camera.middle_y, made_for)
        if self._backdrop is not None and self._backdrop[0] == still:
            surface.blit(self._backdrop[1], (0, 0))
            return
        level = camera.goal_level
        keys = self._needed(camera, level)
        missing = [key for key in keys if key not in self._tiles]
        self._paint(camera, missing, complete=complete)
        missing = [key for key in keys if key not in self._tiles]
        self.settled = not missing
        if missing or len(keys) * self._side(camera) ** 2 < camera.width * camera.height * 0.4:
            self._draw_coarser(surface, camera, level)
        for key in keys:
            self._blit(surface, camera, key)
        if self.settled and not camera.moving and not complete and not self._prefetch(camera, level):
            self._backdrop = (still, surface.copy())
        side = self._side(camera)
        while len(self._tiles) * side * side * 4 > KEPT_BYTES:
            self._tiles.popitem(last=False)

    def _side(self, camera: Camera) -> int:
        return round(TILE_PX * camera.ui)

    def _span(self, camera: Camera, level: int) -> float:
        return self._side(camera) / camera.scale_of(level)

    def _needed(self, camera: Camera, level: int, ring: int = 0) -> list[Key]:
        """Tiles of a level that cover what is visible now, nearest to the middle first."""
        span = self._span(camera, level)
        west, south, east, north = camera.view()
        columns = range(math.floor(west / span) - ring, math.floor(east / span) + 1 + ring)
        rows = range(math.floor(south / span) - ring, math.floor(north / span) + 1 + ring)
        if len(columns) * len(rows) > 900:  # far out while flying in: the goal's tiles would be too many to matter
            return []
        mid_x, mid_y = camera.goal_x / span - 0.5, camera.goal_y / span - 0.5
        keys = [(level, column, row) for column in columns for row in rows]
        return sorted(keys, key=lambda key: (key[1] - mid_x) ** 2 + (key[2] - mid_y) ** 2)

    def _paint(self, camera: Camera, missing: list[Key], *, complete: bool) -> None:
        begun = time.perf_counter()
        for key in missing:
            self._make(camera, key)
            if not complete and time.perf_counter() - begun > BUDGET_S:
                return

    def _make(self, camera: Camera, key: Key) -> None:
        level, column, row = key
        span = self._span(camera, level)
        view = (column * span, row * span, (column + 1) * span, (row + 1) * span)
        west, south, east, north = self.plan.extent
        side = self._side(camera)
        if view[0] > east or view[2] < west or view[1] > north or view[3] < south:
            picture = pygame.Surface((side, side))
            picture.fill(self.theme.outside)
        else:
            picture = pave(self.plan, self.planting, self.theme, view, side, camera.ui)
        self._tiles[key] = picture.convert() if pygame.display.get_surface() else picture

    def _blit(self, surface: pygame.Surface, camera: Camera, key: Key) -> bool:
        picture = self._tiles.get(key)
        if picture is None:
            return False
        self._tiles.move_to_end(key)
        level, column, row = key
        span = self._span(camera, level)
        left, top = camera.to_screen(column * span, (row + 1) * span)
        right, bottom = camera.to_screen((column + 1) * span, row * span)
        x, y = round(left), round(top)
        width, height = round(right) - x, round(bottom) - y
        if width < 1 or height < 1 or x > camera.width or y > camera.height or x + width < 0 or y + height < 0:
            return True
        if (width, height) != picture.get_size():
            picture = pygame.transform.scale(picture, (width, height))
        surface.blit(picture, (x, y))
        return True

    def _draw_coarser(self, surface: pygame.Surface, camera: Camera, level: int) -> None:
        """Whatever is kept of other levels, coarsest first, so that nothing is ever blank."""
        surface.fill(self.theme.outside)
        others = sorted({key[0] for key in self._tiles if key[0] != level}, key=lambda other: -abs(other - level))
        for other in others[-3:]:
            for key in self._needed(camera, other):
                self._blit(surface, camera, key)

    def _prefetch(self, camera: Camera, level: int) -> bool:
        """One tile a frame of those that the next pan or zoom will want; False once there are none."""
        wanted = self._needed(camera, level, ring=1)
        if level:
            wanted += self._needed(camera, level - 1)
        for key in wanted:
            if key not in self._tiles:
                self._make(camera, key)
                return True
        return False
