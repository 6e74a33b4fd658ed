"""Vehicles, people and crews: squares of a few pixels from afar, turned pictures from near."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pygame
from numpy.typing import NDArray

from twin.core.words import Freshness, StationType
from twin.render.figures import STRIDES, Figures, height_px
from twin.render.insides import Insides
from twin.render.motion import Movers
from twin.render.sprites import WALKERS, Sprites, turns_of
from twin.render.stage import Stage
from twin.render.stamps import stamp
from twin.render.theme import RGB, mix

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

SPRITES_FROM = 0.95
"""Logical pixels a metre from which vehicles show their shape; below it they are squares."""
PEOPLE_SPRITES_FROM = 1.6
SPRITES_MOST = 3_000
STRIDE_M = 0.75


@dataclass(slots=True)
class Actors:
    """Draws all movers of a frame."""

    sprites: Sprites = field(default_factory=Sprites)
    figures: Figures = field(default_factory=Figures)
    insides: Insides | None = None

    def draw(self, stage: Stage, movers: Movers, *, force_sprites: bool = False) -> None:
        x, y = stage.camera.to_screen(movers.x_m, movers.y_m)
        margin = 30 * stage.ui
        width, height = stage.surface.get_size()
        visible = (x > -margin) & (y > -margin) & (x < width + margin) & (y < height + margin)
        walker = np.isin(movers.kind, WALKERS)
        crew = movers.department >= 0
        detail = stage.camera.detail
        if stage.layers.people:
            if detail >= PEOPLE_SPRITES_FROM and stage.world.status is not None:
                self._inside(stage, stage.world.status.present)
            rows = np.flatnonzero(visible & walker & ~crew)
            if stage.stands:  # who stands in a hall is drawn there
                inside = [stage.world.marks[one.mark].follows for one in stage.stands if one.mark in stage.world.marks]
                rows = rows[~np.isin(movers.id[rows], inside)]
            if detail >= PEOPLE_SPRITES_FROM and len(rows) <= SPRITES_MOST:
                self._walkers(stage, movers, rows, x, y)
            else:
                self._squares(stage, movers, rows, x, y, stage.theme.person, 2 if detail < 0.6 else 3)
            if detail >= PEOPLE_SPRITES_FROM:
                self._stands(stage)
        if stage.layers.vehicles:
            rows = np.flatnonzero(visible & ~walker & ~crew)
            if force_sprites or (detail >= SPRITES_FROM and len(rows) <= SPRITES_MOST):
                self._vehicles(stage, movers, rows, x, y)
            else:
                self._squares(stage, movers, rows, x, y, stage.theme.mover, 2 if detail < 0.45 else 3)
        if stage.layers.crews:
            self._crews(stage, movers, np.flatnonzero(visible & crew), x, y)

    def _inside(self, stage: Stage, present: Mapping[str, int]) -> None:
        if self.insides is None:
            self.insides = Insides(stage.city, self.figures)
        self.insides.draw(stage, present)

    def _squares(self, stage: Stage, movers: Movers, rows: Rows, x: Floats, y: Floats, tone: RGB, size: int) -> None:
        surface = stage.surface
        fresh = np.full(len(rows), surface.map_rgb(mix(tone, stage.theme.land, 0.12)), np.uint32)
        aged = surface.map_rgb(stage.theme.stale)
        colour = np.where(self._fresh(stage, movers, rows), fresh, aged).astype(np.uint32)
        bus = movers.kind[rows] == StationType.BUS
        stamp(surface, x[rows], y[rows], colour, stage.px(size))
        if bus.any():
            stamp(surface, x[rows][bus], y[rows][bus], colour[bus], stage.px(size + 1))

    def _fresh(self, stage: Stage, movers: Movers, rows: Rows) -> NDArray[np.bool_]:
        if stage.stale:
            return np.zeros(len(rows), np.bool_)
        return np.asarray(movers.freshness[rows] == Freshness.FRESH)

    def _vehicles(self, stage: Stage, movers: Movers, rows: Rows, x: Floats, y: Floats) -> None:
        if not len(rows):
            return
        theme, scale = stage.theme, stage.camera.scale
        fresh = self._fresh(stage, movers, rows)
        turn = turns_of(movers.heading_deg[rows])
        kind = movers.kind[rows].astype(np.int64)
        for hollow in (False, True):
            some = fresh != hollow
            if not some.any():
                continue
            tone = theme.stale if hollow else theme.mover
            kinds = np.unique(kind[some]).tolist()
            pictures: list[pygame.Surface] = []
            shelf = np.zeros(256, np.int64)
            for number in kinds:
                shelf[number] = len(pictures)
                pictures += self.sprites.vehicle(number, tone, theme.mover_edge, scale, stage.ui, hollow=hollow)
            half = np.array([picture.get_size() for picture in pictures]) / 2
            which = shelf[kind[some]] + turn[some]
            left = np.rint(x[rows][some] - half[which, 0]).astype(np.int64).tolist()
            top = np.rint(y[rows][some] - half[which, 1]).astype(np.int64).tolist()
            chosen = map(pictures.__getitem__, which.tolist())
            stage.surface.fblits(list(zip(chosen, zip(left, top, strict=True), strict=True)))

    def _walkers(self, stage: Stage, movers: Movers, rows: Rows, x: Floats, y: Floats) -> None:
        """Standing figures, the nearer ones before those behind them."""
        rows = rows[np.argsort(y[rows], kind="stable")]
        look = np.zeros(len(rows), np.int64) if movers.look is None else movers.look[rows].astype(np.int64)
        walked = (movers.x_m[rows] + movers.y_m[rows]) / STRIDE_M  # feet follow the ground, not the clock
        stride = np.where(movers.speed_mps[rows] > 0.2, np.floor(walked * 2), 0).astype(np.int64) % STRIDES
        left = np.sin(np.radians(movers.heading_deg[rows])) < -0.05
        rides, fresh = movers.kind[rows] == StationType.CYCLIST, self._fresh(stage, movers, rows)
        code = look << 5 | rides.astype(np.int64) << 4 | stride << 2 | left.astype(np.int64) << 1 | fresh
        kinds, which = np.unique(code, return_inverse=True)
        high = height_px(stage.camera.scale, stage.ui)
        pictures = [self._figure(stage, number, high) for number in kinds.tolist()]
        blits = []
        for picture, row in zip(which.tolist(), rows.tolist(), strict=True):
            figure = pictures[picture]
            wide, tall = figure.get_size()
            blits.append((figure, (round(x[row] - wide / 2), round(y[row] - tall + 2))))
        stage.surface.fblits(blits)

    def _figure(self, stage: Stage, code: int, high: float) -> pygame.Surface:
        kind = StationType.CYCLIST if code >> 4 & 1 else StationType.PEDESTRIAN
        return self.figures.picture(
            stage.theme, code >> 5, kind, code >> 2 & 3, left=bool(code >> 1 & 1), fresh=bool(code & 1), high=high
        )

    def _stands(self, stage: Stage) -> None:
        """Those in the halls; a clerk stands behind a counter."""
        high = height_px(stage.camera.scale, stage.ui)
        fresh = not stage.stale
        for stand in sorted(stage.stands, key=lambda one: -one.y_m):
            x, y = stage.camera.to_screen(stand.x_m, stand.y_m)
            if not (-high < x < stage.camera.width + high and -high < y < stage.camera.height + 2 * high):
                continue
            figure = self.figures.picture(
                stage.theme, stand.look, StationType.PEDESTRIAN, 0, left=not stand.mark, fresh=fresh, high=high
            )
            wide, tall = figure.get_size()
            stage.surface.blit(figure, (round(x - wide / 2), round(y - tall + 2)))
            if not stand.mark:
                desk = pygame.Rect(0, 0, round(high * 0.9), round(high * 0.24))
                desk.midbottom = round(x), round(y) + 1
                pygame.draw.rect(stage.surface, stage.theme.mover_edge, desk.inflate(2, 2), border_radius=stage.px(2))
                pygame.draw.rect(stage.surface, stage.theme.building_high, desk, border_radius=stage.px(2))

    def _crews(self, stage: Stage, movers: Movers, rows: Rows, x: Floats, y: Floats) -> None:
        turn = turns_of(movers.heading_deg[rows]).tolist()
        fresh = self._fresh(stage, movers, rows).tolist()
        for position, row in enumerate(rows.tolist()):
            colour = stage.department_colour(int(movers.department[row])) if fresh[position] else stage.theme.stale
            pictures = self.sprites.crew(
                colour,
                stage.theme.mover_edge,
                stage.ui * (1.0 if stage.camera.detail >= 0.6 else 0.8),
                hollow=not fresh[position],
            )
            picture = pictures[turn[position]]
            wide, high = picture.get_size()
            stage.surface.blit(picture, (round(x[row] - wide / 2), round(y[row] - high / 2)))
