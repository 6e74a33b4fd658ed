"""Residents as small standing figures: coat, hair and stature by their look, on foot, on a bicycle, in a wheelchair."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

import pygame

from twin.core.looks import CHILD, ELDERLY, KNOWN, WHEELCHAIR, coat_of, stature_of
from twin.core.words import StationType
from twin.render.theme import Theme, mix

OVERSAMPLE: Final = 4
STRIDES: Final = 4
LEAST_PX: Final = 19.0
"""Logical pixels of a grown figure where the map is small; from near it is as tall as a person."""
TALL_M: Final = 2.3
MOST_PX: Final = 46.0
_STATURE: Final = {CHILD: 0.74, ELDERLY: 0.95}

Pen = tuple[int, int, int, int]


def height_px(scale: float, ui: float) -> float:
    """Device pixels of a grown figure at ``scale`` device pixels a metre."""
    return min(max(LEAST_PX * ui, TALL_M * scale), MOST_PX * ui)


@dataclass(slots=True)
class Figures:
    """Pictures by look, manner of moving, step and side; made when they are first needed. Feet stand at the middle of
    the lower edge."""

    _kept: dict[tuple[object, ...], pygame.Surface] = field(default_factory=dict)

    def picture(
        self, theme: Theme, look: int, kind: int, stride: int, *, left: bool, fresh: bool, high: float
    ) -> pygame.Surface:
        """``high``: device pixels of a grown figure. Whoever is not fresh is an outline in the tone of what is old."""
        rides = kind == StationType.CYCLIST
        key = (theme.name, look, rides, stride, left, fresh, round(high * 2))
        kept = self._kept.get(key)
        if kept is None:
            kept = _Drawing(theme, look, high, fresh=fresh).drawn(rides=rides, stride=stride)
            kept = self._kept[key] = pygame.transform.flip(kept, True, False) if left else kept
        return kept


class _Drawing:
    """One figure, looking to the right, drawn large and made small."""

    def __init__(self, theme: Theme, look: int, high: float, *, fresh: bool) -> None:
        self._unit = high * _STATURE.get(stature_of(look), 1.0) * OVERSAMPLE
        self._look, self._fresh = look, fresh
        coat = theme.coats[coat_of(look)] if look & KNOWN else theme.person
        edge = min(theme.mover, theme.mover_edge, key=sum)  # dark in every theme
        self._edge: Pen = (*edge, 255)
        self._coat: Pen = (*coat, 255)
        self._dark: Pen = (*mix(coat, edge, 0.62), 255)
        self._skin: Pen = (*theme.skin, 255)
        hair = theme.hair[1 if stature_of(look) == ELDERLY else 0]
        self._hair: Pen = (*hair, 255)
        if not fresh:
            self._edge = self._coat = self._dark = self._skin = self._hair = (*theme.stale, 255)
        wide = 1.5 if not look & WHEELCHAIR else 1.6
        size = math.ceil(self._unit * wide / OVERSAMPLE + 3), math.ceil(self._unit * 1.06 / OVERSAMPLE + 2)
        self._size = size
        self._large = pygame.Surface((size[0] * OVERSAMPLE, size[1] * OVERSAMPLE), pygame.SRCALPHA)
        self._large.fill((*self._edge[:3], 0))
        self._x, self._y = self._large.get_width() / 2, self._large.get_height() - 1.5 * OVERSAMPLE

    def drawn(self, *, rides: bool, stride: int) -> pygame.Surface:
        self._shadow(0.62 if rides or self._look & WHEELCHAIR else 0.3)
        if rides:
            self._bicycle(stride)
        elif self._look & WHEELCHAIR:
            self._seated()
        else:
            self._walking(stride)
        small = pygame.transform.smoothscale(self._large, self._size)
        return small.convert_alpha() if pygame.display.get_surface() else small

    # units: 1 is the figure's height, x to the right of its middle, y up from the ground

    def _at(self, x: float, y: float) -> tuple[float, float]:
        return self._x + x * self._unit, self._y - y * self._unit

    def _shadow(self, half: float) -> None:
        if not self._fresh:
            return
        box = pygame.Rect(0, 0, round(2 * half * self._unit), round(0.16 * self._unit))
        box.center = round(self._x), round(self._y)
        pygame.draw.ellipse(self._large, (0, 0, 0, 70), box)

    def _line(self, pen: Pen, points: list[tuple[float, float]], wide: float) -> None:
        spots = [self._at(x, y) for x, y in points]
        thick = max(OVERSAMPLE, round(wide * self._unit))
        pygame.draw.lines(self._large, pen, False, spots, thick)
        for spot in spots:
            pygame.draw.circle(self._large, pen, spot, thick / 2)

    def _ring(self, x: float, y: float, radius: float, wide: float) -> None:
        thick = max(OVERSAMPLE, round(wide * self._unit))
        pygame.draw.circle(self._large, self._edge, self._at(x, y), radius * self._unit, thick)

    def _torso(self, x: float, low: float, high: float, lean: float = 0.0) -> None:
        """The coat, wider below; hollow where nothing is fresh."""
        outline = [(x - 0.17, low), (x - 0.13 + lean, high), (x + 0.13 + lean, high), (x + 0.17, low)]
        spots = [self._at(*point) for point in outline]
        rim = round(0.075 * self._unit)
        if self._fresh:
            pygame.draw.polygon(self._large, self._coat, spots)
            pygame.draw.circle(self._large, self._coat, self._at(x + lean, high - 0.03), 0.15 * self._unit)
        pygame.draw.lines(self._large, self._edge, True, spots, max(OVERSAMPLE, rim // 2))

    def _head(self, x: float, y: float) -> None:
        radius = 0.135 if stature_of(self._look) != CHILD else 0.165
        spot = self._at(x, y)
        if not self._fresh:
            pygame.draw.circle(self._large, self._edge, spot, radius * self._unit, OVERSAMPLE)
            return
        pygame.draw.circle(self._large, self._edge, spot, (radius + 0.03) * self._unit)
        pygame.draw.circle(self._large, self._hair, spot, radius * self._unit)
        face = self._at(x + radius * 0.3, y - radius * 0.22)
        pygame.draw.circle(self._large, self._skin, face, radius * 0.74 * self._unit)

    def _walking(self, stride: int) -> None:
        swing = (0.0, 0.13, 0.0, -0.13)[stride % STRIDES]
        self._line(self._dark, [(-0.06, 0.36), (-0.06 - swing, 0.03)], 0.1)
        self._line(self._dark, [(0.06, 0.36), (0.06 + swing, 0.03)], 0.1)
        self._torso(0.0, 0.32, 0.7)
        self._line(self._dark, [(0.0, 0.62), (0.1 - swing, 0.42)], 0.07)
        if stature_of(self._look) == ELDERLY:
            self._line(self._edge, [(0.2, 0.44), (0.26, 0.02)], 0.04)
        self._head(0.02, 0.84)

    def _seated(self) -> None:
        self._ring(-0.06, 0.24, 0.24, 0.06)
        self._ring(0.34, 0.08, 0.08, 0.05)
        self._line(self._edge, [(-0.26, 0.62), (-0.2, 0.34), (0.3, 0.3)], 0.05)
        self._line(self._dark, [(0.0, 0.36), (0.26, 0.36), (0.32, 0.12)], 0.1)
        self._torso(-0.03, 0.34, 0.68)
        self._head(0.0, 0.82)

    def _bicycle(self, stride: int) -> None:
        foot = (0.0, 0.06, 0.0, -0.06)[stride % STRIDES]
        for x in (-0.36, 0.36):
            self._ring(x, 0.2, 0.2, 0.045)
        self._line(self._edge, [(-0.36, 0.2), (-0.12, 0.46), (0.26, 0.44), (0.36, 0.2)], 0.045)
        self._line(self._dark, [(-0.12, 0.5), (0.04 + foot, 0.32), (0.0 + foot, 0.12)], 0.1)
        self._torso(-0.1, 0.48, 0.78, lean=0.12)
        self._line(self._dark, [(0.0, 0.72), (0.26, 0.56)], 0.07)
        self._head(0.06, 0.9)
