"""Our own icons: simple shapes on a 24 × 24 grid, as data in ``assets/icons/icons.toml``."""

from __future__ import annotations

import itertools
import math
from pathlib import Path
from typing import Literal

import msgspec
import pygame

from twin.core.errors import ConfigError
from twin.render.theme import RGB

GRID = 24
OVERSAMPLE = 6
FALLBACK = "device"


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One stroke or shape. ``at`` are grid points; a disc or ring has one and a radius ``r``, an arc also ``from`` and
    ``to`` in degrees clockwise from east. ``curve`` smooths a line through its points; ``cut`` takes away."""

    shape: Literal["poly", "line", "disc", "ring", "arc"]
    at: tuple[tuple[float, float], ...]
    w: float = 2.0
    r: float = 0.0
    start: float = 0.0
    end: float = 360.0
    curve: bool = False
    close: bool = False
    cut: bool = False


class Drawing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An icon: its parts in drawing order, and other names by which it is known."""

    parts: tuple[Part, ...]
    also: tuple[str, ...] = ()


class Icons:
    """Draws icons at any size and colour, once each."""

    def __init__(self, path: Path) -> None:
        try:
            drawings = msgspec.toml.decode(path.read_bytes(), type=dict[str, Drawing])
        except (OSError, msgspec.DecodeError) as fault:
            raise ConfigError(path, str(fault)) from fault
        self._drawings = drawings | {name: drawing for drawing in drawings.values() for name in drawing.also}
        self._kept: dict[tuple[str, int, RGB], pygame.Surface] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._drawings

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that can be drawn."""
        return tuple(sorted(self._drawings))

    def draw(self, name: str, size_px: int, colour: RGB) -> pygame.Surface:
        """The icon on nothing; an unknown name gives the general device."""
        known = name if name in self._drawings else FALLBACK
        key = (known, max(1, size_px), colour)
        picture = self._kept.get(key)
        if picture is None:
            picture = self._kept[key] = _render(self._drawings[known], key[1], colour)
        return picture


def _render(drawing: Drawing, size_px: int, colour: RGB) -> pygame.Surface:
    side = size_px * OVERSAMPLE
    large = pygame.Surface((side, side), pygame.SRCALPHA)
    large.fill((*colour, 0))
    for part in drawing.parts:
        _paint(large, part, (*colour, 0 if part.cut else 255), side / GRID)
    return pygame.transform.smoothscale(large, (size_px, size_px))


def _paint(surface: pygame.Surface, part: Part, colour: tuple[int, int, int, int], scale: float) -> None:
    points = [(x * scale, y * scale) for x, y in part.at]
    if part.shape == "poly":
        pygame.draw.polygon(surface, colour, _smooth(points, closed=True) if part.curve else points)
        return
    if part.shape == "disc":
        pygame.draw.circle(surface, colour, points[0], part.r * scale)
        return
    if part.shape == "ring":
        pygame.draw.circle(surface, colour, points[0], (part.r + part.w / 2) * scale, max(1, round(part.w * scale)))
        return
    if part.shape == "arc":
        (x, y), radius = points[0], part.r * scale
        steps = max(6, round((part.end - part.start) / 6))
        turns = [math.radians(part.start + (part.end - part.start) * i / steps) for i in range(steps + 1)]
        points = [(x + math.cos(turn) * radius, y + math.sin(turn) * radius) for turn in turns]
    elif part.curve:
        points = _smooth(points, closed=part.close)
    if part.close:
        points = [*points, points[0]]
    stroke(surface, colour, points, part.w * scale)


def stroke(
    surface: pygame.Surface, colour: tuple[int, int, int, int], points: list[tuple[float, float]], width: float
) -> None:
    """A line with round joints and ends."""
    half = width / 2
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        length = math.hypot(x1 - x0, y1 - y0)
        if length > 0:
            ox, oy = (y1 - y0) / length * half, (x0 - x1) / length * half
            pygame.draw.polygon(
                surface, colour, [(x0 + ox, y0 + oy), (x1 + ox, y1 + oy), (x1 - ox, y1 - oy), (x0 - ox, y0 - oy)]
            )
    for point in points:
        pygame.draw.circle(surface, colour, point, half)


def _smooth(points: list[tuple[float, float]], *, closed: bool) -> list[tuple[float, float]]:
    """A Catmull–Rom curve through the points, eight pieces a span."""
    count = len(points)
    spans = count if closed else count - 1

    def at(index: int) -> tuple[float, float]:
        return points[index % count] if closed else points[min(max(index, 0), count - 1)]

    curve: list[tuple[float, float]] = []
    for span in range(spans):
        (ax, ay), (bx, by), (cx, cy), (dx, dy) = at(span - 1), at(span), at(span + 1), at(span + 2)
        for piece in range(8):
            t = piece / 8
            square, cube = t * t, t * t * t
            weights = (-cube + 2 * square - t, 3 * cube - 5 * square + 2, -3 * cube + 4 * square + t, cube - square)
            a, b, c, d = (weight / 2 for weight in weights)
            curve.append((a * ax + b * bx + c * cx + d * dx, a * ay + b * by + c * cy + d * dy))
    return curve if closed else [*curve, points[-1]]
