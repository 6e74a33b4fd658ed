"""The floor of a virtual place as a picture, drawn once for each size and palette; and its people from above."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import pygame

from twin.core.looks import plain_look
from twin.core.views import Room, RoomShape
from twin.core.words import StationType
from twin.render.figures import STRIDES, Figures
from twin.render.theme import RGB, Theme, mix

OVERSAMPLE = 3
_KEPT = 4


@dataclass(slots=True)
class RoomPictures:
    """Keeps the last few floors, and every figure that was drawn."""

    _floors: dict[tuple[object, ...], pygame.Surface] = field(default_factory=dict)
    _figures: Figures = field(default_factory=Figures)

    def floor(self, room: Room, scale: float, theme: Theme) -> pygame.Surface:
        """``scale`` pixels a metre; north is up."""
        key = (room.place, room.shapes, round(scale * 100), theme.name)
        picture = self._floors.get(key)
        if picture is None:
            picture = self._floors[key] = _painted(room, scale, theme)
            while len(self._floors) > _KEPT:
                del self._floors[next(iter(self._floors))]
        return picture

    def figure(self, look: int, heading_deg: float, stride: int, high: float, theme: Theme) -> pygame.Surface:
        """Somebody ``high`` pixels tall, who looks to the side that their heading is on."""
        left = math.sin(math.radians(heading_deg)) < -0.05
        return self._figures.picture(
            theme, plain_look(look), StationType.PEDESTRIAN, stride % STRIDES, left=left, fresh=True, high=high
        )


def tone(shape: RoomShape, theme: Theme) -> RGB:
    if shape.kind == "wall":
        return mix(theme.building_high, theme.bright, 0.08)
    if shape.kind == "thing":
        return mix(theme.building_low, theme.building_high, min(1.0, 0.25 + shape.high_m / 3.0))
    if shape.kind == "water":
        return mix(theme.water, theme.shore, 0.25)
    land = theme.land_use.get(shape.kind, theme.land)
    return mix(land, theme.bright, 0.055 if shape.kind in ("square", "business") else 0.03)


def _painted(room: Room, scale: float, theme: Theme) -> pygame.Surface:
    wide, high = max(1, round(room.wide_m * scale)), max(1, round(room.high_m * scale))
    large = pygame.Surface((wide * OVERSAMPLE, high * OVERSAMPLE), pygame.SRCALPHA)
    large.fill((*theme.panel, 0))
    by = scale * OVERSAMPLE
    for shape in room.shapes:
        ring = [(x * by, (room.high_m - y) * by) for x, y in shape.ring]
        if shape.high_m:
            drop = min(0.9, 0.18 + shape.high_m * 0.14) * by
            shadow = pygame.Surface(large.get_size(), pygame.SRCALPHA)
            pygame.draw.polygon(
                shadow, (*theme.shadow, theme.shadow_alpha), [(x + drop * 0.6, y + drop) for x, y in ring]
            )
            large.blit(shadow, (0, 0))
        pygame.draw.polygon(large, tone(shape, theme), ring)
        if shape.high_m:
            pygame.draw.polygon(large, mix(tone(shape, theme), theme.bright, 0.22), ring, max(1, round(0.09 * by)))
        elif shape.kind == "water":
            pygame.draw.polygon(large, theme.shore, ring, max(1, round(0.14 * by)))
        elif shape.kind not in ("square", "business") or shape is not room.shapes[0]:
            pygame.draw.polygon(large, mix(tone(shape, theme), theme.bright, 0.1), ring, max(1, round(0.06 * by)))
    _tiles(large, room, by, theme)
    return pygame.transform.smoothscale(large, (wide, high))


def _tiles(large: pygame.Surface, room: Room, by: float, theme: Theme) -> None:
    """Faint joints every two metres, which make walking legible."""
    joints = pygame.Surface(large.get_size(), pygame.SRCALPHA)
    line, wide, high = (*theme.bright, 9), large.get_width(), large.get_height()
    for metre in range(2, round(room.wide_m), 2):
        pygame.draw.line(joints, line, (metre * by, 0), (metre * by, high), max(1, round(0.05 * by)))
    for metre in range(2, round(room.high_m), 2):
        pygame.draw.line(joints, line, (0, high - metre * by), (wide, high - metre * by), max(1, round(0.05 * by)))
    large.blit(joints, (0, 0))
