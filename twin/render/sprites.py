"""Small pictures of what moves, turned to every heading once and kept: cars, buses, people, crews."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import pygame
from numpy.typing import NDArray

from twin.core.words import StationType
from twin.render.theme import RGB, mix

OVERSAMPLE = 4
TURNS = 72  # headings kept of each picture

SIZES_M: dict[int, tuple[float, float]] = {
    StationType.UNKNOWN: (4.4, 1.9),
    StationType.PEDESTRIAN: (1.6, 1.6),
    StationType.CYCLIST: (2.2, 1.3),
    StationType.MOPED: (2.2, 1.2),
    StationType.MOTORCYCLE: (2.4, 1.3),
    StationType.CAR: (4.6, 2.1),
    StationType.BUS: (11.6, 2.7),
    StationType.LIGHT_TRUCK: (6.4, 2.3),
    StationType.HEAVY_TRUCK: (9.5, 2.6),
    StationType.TRAILER: (13.0, 2.6),
    StationType.SPECIAL: (6.2, 2.4),
    StationType.TRAM: (24.0, 2.7),
    StationType.ROADSIDE_UNIT: (1.6, 1.6),
}
WALKERS = (StationType.PEDESTRIAN, StationType.CYCLIST)
LEAST_PX = (8.0, 3.6)  # logical: below this a vehicle's true size is too small to see which way it faces

Points = list[tuple[float, float]]


@dataclass(slots=True)
class Sprites:
    """Pictures by (kind, tone, size, step of a walk); each entry is the list of all its headings."""

    _kept: dict[tuple[object, ...], list[pygame.Surface]] = field(default_factory=dict)

    def vehicle(
        self, kind: int, body: RGB, edge: RGB, scale: float, ui: float, *, hollow: bool
    ) -> list[pygame.Surface]:
        """``TURNS`` pictures, clockwise from north. ``scale`` device pixels a metre; a hollow one is not fresh."""
        key = ("vehicle", kind, body, edge, round(scale * 4), ui, hollow)
        kept = self._kept.get(key)
        if kept is None:
            long, wide = SIZES_M.get(kind, SIZES_M[StationType.CAR])
            size = max(long * scale, LEAST_PX[0] * ui), max(wide * scale, LEAST_PX[1] * ui)
            if kind in (StationType.BUS, StationType.TRAM):
                size = max(size[0], 13 * ui), max(size[1], 4.4 * ui)
            kept = self._kept[key] = [_vehicle(size, body, edge, ui, turn, hollow) for turn in range(TURNS)]
        return kept

    def crew(self, colour: RGB, edge: RGB, ui: float, *, hollow: bool) -> list[pygame.Surface]:
        """A disc with a nose: the department's colour and where the crew is heading, the same size at every scale."""
        key = ("crew", colour, edge, ui, hollow)
        kept = self._kept.get(key)
        if kept is None:
            kept = self._kept[key] = [_crew(8.0 * ui, colour, edge, ui, turn, hollow) for turn in range(TURNS)]
        return kept


def turns_of(heading_deg: NDArray[np.float64]) -> NDArray[np.int64]:
    """Index of the nearest kept heading."""
    return np.rint(heading_deg * (TURNS / 360.0)).astype(np.int64) % TURNS


def _canvas(reach: float, tint: RGB) -> tuple[pygame.Surface, float]:
    side = 2 * math.ceil(reach + 1.5)
    large = pygame.Surface((side * OVERSAMPLE, side * OVERSAMPLE), pygame.SRCALPHA)
    large.fill((*tint, 0))
    return large, side * OVERSAMPLE / 2


def _finish(large: pygame.Surface) -> pygame.Surface:
    side = large.get_width() // OVERSAMPLE
    whole = pygame.transform.smoothscale(large, (side, side))
    used = whole.get_bounding_rect()  # less to blit; kept even about the middle, where the thing is
    half_x = max(side / 2 - used.left, used.right - side / 2, 1.0)
    half_y = max(side / 2 - used.top, used.bottom - side / 2, 1.0)
    small = whole.subsurface(
        (round(side / 2 - half_x), round(side / 2 - half_y), round(2 * half_x), round(2 * half_y))
    ).copy()
    return small.convert_alpha() if pygame.display.get_surface() else small


def _turned(points: Points, turn: int, middle: float) -> Points:
    """Points given forward (y up, pixels) turned clockwise, on the oversampled canvas."""
    angle = math.tau * turn / TURNS
    sine, cosine = math.sin(angle), math.cos(angle)
    return [
        (middle + (x * cosine + y * sine) * OVERSAMPLE, middle - (y * cosine - x * sine) * OVERSAMPLE)
        for x, y in points
    ]


def _body(long: float, wide: float, nose: float) -> Points:
    half, side = long / 2, wide / 2
    cut = min(side, half) * nose
    return [
        (-side, -half + cut * 0.5),
        (-side + cut * 0.5, -half),
        (side - cut * 0.5, -half),
        (side, -half + cut * 0.5),
        (side, half - cut),
        (side - cut * 0.8, half),
        (-side + cut * 0.8, half),
        (-side, half - cut),
    ]


def _vehicle(size: tuple[float, float], body: RGB, edge: RGB, ui: float, turn: int, hollow: bool) -> pygame.Surface:
    long, wide = size
    large, middle = _canvas(math.hypot(long, wide) / 2 + ui, body)
    rim = 0.8 * ui
    outer = _turned(_body(long + 2 * rim, wide + 2 * rim, 0.7), turn, middle)
    pygame.draw.polygon(large, (*(body if hollow else edge), 255), outer)
    inner = _turned(_body(long, wide, 0.7), turn, middle)
    pygame.draw.polygon(large, (*edge, 0 if hollow else 255), inner)
    if not hollow:
        pygame.draw.polygon(large, (*body, 255), inner)
        if wide > 6 * ui:  # windows, once they can be told apart
            glass = mix(body, edge, 0.7)
            front, back = long * 0.26, -long * 0.32
            for y0, y1 in ((front - long * 0.13, front), (back - long * 0.06, back)):
                strip = [(-wide * 0.36, y0), (wide * 0.36, y0), (wide * 0.3, y1), (-wide * 0.3, y1)]
                pygame.draw.polygon(large, (*glass, 255), _turned(strip, turn, middle))
    return _finish(large)


def _crew(radius: float, colour: RGB, edge: RGB, ui: float, turn: int, hollow: bool) -> pygame.Surface:
    """A disc with a nose; on it an arrow, so that it is never taken for a pin. A hollow one is not fresh."""
    large, middle = _canvas(radius * 1.8 + 2 * ui, colour)
    light = (250, 252, 255)

    def disc(size: float, tone: RGB) -> None:
        nose = [(-size * 0.62, size * 0.78), (0.0, size * 1.5), (size * 0.62, size * 0.78)]
        pygame.draw.polygon(large, (*tone, 255), _turned(nose, turn, middle))
        pygame.draw.circle(large, (*tone, 255), (middle, middle), size * OVERSAMPLE)

    disc(radius + 2.4 * ui, edge)
    if hollow:
        disc(radius + 0.6 * ui, colour)
        pygame.draw.circle(large, (*edge, 255), (middle, middle), (radius - 1.4 * ui) * OVERSAMPLE)
    else:
        disc(radius + 0.6 * ui, light)
        pygame.draw.circle(large, (*colour, 255), (middle, middle), (radius - 0.8 * ui) * OVERSAMPLE)
    arrow = [(0.0, 0.62), (0.46, -0.46), (0.0, -0.2), (-0.46, -0.46)]
    inner = _turned([(x * radius, y * radius) for x, y in arrow], turn, middle)
    pygame.draw.polygon(large, (*(colour if hollow else light), 255), inner)
    return _finish(large)
