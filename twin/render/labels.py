"""Names on the map: districts, water and parks, streets, places. Laid out once a level, so that they never jump."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import pygame
from numpy.typing import NDArray

from twin.city.model import City
from twin.render.names import REPEAT_PX, Names, Wish
from twin.render.plan import seen
from twin.render.stage import Stage

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Layout:
    wishes: tuple[Wish, ...]
    box: Floats  # (n, 4) metres, to find what is visible


@dataclass(slots=True)
class Labels:
    """Chooses and draws names. A layout is kept for each level, language and size."""

    city: City
    _names: Names = field(init=False)
    _kept: dict[tuple[object, ...], _Layout] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._names = Names(self.city)

    def draw(self, stage: Stage, *, below: bool) -> None:
        """``below`` draws what lies on the ground (streets, water, parks, districts), else the places above all."""
        key = (stage.camera.goal_level, round(stage.camera.base, 6), stage.ui, stage.language.current)
        layout = self._kept.get(key)
        if layout is None:
            layout = self._kept[key] = self._lay_out(stage)
        for index in seen(layout.box, stage.camera.view()).tolist():
            wish = layout.wishes[index]
            if (wish.style != "place") == below:
                self._draw_one(stage, wish)

    def _draw_one(self, stage: Stage, wish: Wish) -> None:
        picture = self._picture(stage, wish)
        sx, sy = stage.camera.to_screen(wish.x_m, wish.y_m)
        rect = picture.get_rect(center=(round(sx), round(sy)))
        if wish.style == "district":
            rect = _clear_of_marks(stage, rect)
        if wish.icon:
            spot = stage.px(9)
            rect = picture.get_rect(midtop=(round(sx), round(sy) + spot))
        icon = pygame.Rect(round(sx) - stage.px(9), round(sy) - stage.px(9), stage.px(18), stage.px(18))
        if wish.icon and any(rect.colliderect(other) or icon.colliderect(other) for other in stage.taken):
            return
        if wish.icon:
            theme = stage.theme
            glyph = stage.icons.draw(wish.icon, stage.px(11), theme.label)
            pygame.draw.circle(stage.surface, theme.halo, (round(sx), round(sy)), stage.px(9.5))
            pygame.draw.circle(stage.surface, theme.raised, (round(sx), round(sy)), stage.px(8.5))
            stage.surface.blit(glyph, glyph.get_rect(center=(round(sx), round(sy))))
        stage.surface.blit(picture, rect)

    def _picture(self, stage: Stage, wish: Wish) -> pygame.Surface:
        theme, words = stage.theme, stage.say(wish.name)
        colour = {
            "district": theme.label_district,
            "water": theme.label_water,
            "park": theme.label_park,
            "street": theme.label_street,
        }.get(wish.style, theme.label)
        size = stage.px(wish.size)
        if wish.style == "district" and stage.language.current == "en":
            words = " ".join(words.upper())
        if wish.style == "street":
            return stage.letters.turned(words, size, colour, theme.halo, wish.degrees)
        if wish.style == "water" and wish.degrees:
            return stage.letters.turned(words, size, colour, theme.water, wish.degrees)
        halo = theme.water if wish.style == "water" else theme.halo
        return stage.letters.haloed(words, size, colour, halo, "medium" if wish.style == "place" else "regular")

    def _lay_out(self, stage: Stage) -> _Layout:
        """Greedy by rank: a name is kept when its box touches no kept one. Works in level pixels over the city."""
        scale = stage.camera.scale_of(stage.camera.goal_level)
        kept: list[Wish] = []
        boxes: list[tuple[float, float, float, float]] = []
        bins: dict[tuple[int, int], list[int]] = {}
        last: dict[str, list[tuple[float, float]]] = {}
        for wish in self._names.at(stage.camera.detail):
            wide, high = self._picture_size(stage, wish)
            if wide > wish.room_m * scale:
                continue
            turn = math.radians(wish.degrees)
            half_x = (abs(math.cos(turn)) * wide + abs(math.sin(turn)) * high) / 2 + 3 * stage.ui
            half_y = (abs(math.sin(turn)) * wide + abs(math.cos(turn)) * high) / 2 + 2 * stage.ui
            x, y = wish.x_m * scale, -wish.y_m * scale
            down = (high / 2 + 6 * stage.ui) if wish.icon else 0.0
            box = (x - half_x, y - half_y + (-9 * stage.ui if wish.icon else 0), x + half_x, y + half_y + down)
            twins = last.get(wish.name.en, [])
            near = wish.style == "street" and any(math.hypot(x - a, y - b) < REPEAT_PX * stage.ui for a, b in twins)
            cells = [
                (i, j)
                for i in range(int(box[0] // 128), int(box[2] // 128) + 1)
                for j in range(int(box[1] // 128), int(box[3] // 128) + 1)
            ]
            others = {index for cell in cells for index in bins.get(cell, ())}
            if near or any(_touch(box, boxes[index]) for index in others):
                continue
            last.setdefault(wish.name.en, []).append((x, y))
            for cell in cells:
                bins.setdefault(cell, []).append(len(boxes))
            boxes.append(box)
            kept.append(wish)
        metres = np.array([[a / scale, -d / scale, c / scale, -b / scale] for a, b, c, d in boxes]).reshape(-1, 4)
        return _Layout(tuple(kept), metres)

    def _picture_size(self, stage: Stage, wish: Wish) -> tuple[float, float]:
        words = stage.say(wish.name)
        if wish.style == "district" and stage.language.current == "en":
            words = " ".join(words)
        return stage.letters.size(words, stage.px(wish.size), "medium" if wish.style == "place" else "regular")


def _clear_of_marks(stage: Stage, rect: pygame.Rect) -> pygame.Rect:
    """The name of a district gives way downwards to an incident that would stand on it."""
    for mark in stage.world.marks.values():
        if mark.kind == "incident":
            x, y = stage.camera.to_screen(mark.x_m, mark.y_m)
            plate = pygame.Rect(round(x) - stage.px(20), round(y) - stage.px(46), stage.px(40), stage.px(54))
            if rect.colliderect(plate):
                return rect.move(0, plate.bottom + stage.px(6) - rect.top)
    return rect


def _touch(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
