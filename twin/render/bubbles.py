"""Bubbles over residents: what they came for and the step they are at, in a few words; none lies over another."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import pygame

from twin.core.views import Mark
from twin.render.figures import height_px
from twin.render.stage import Stage

MOST: Final = ((0.6, 5), (1.2, 12))
"""Logical pixels a metre below which so many bubbles are shown at a time."""
MOST_NEAR: Final = 40
WORDS_FROM: Final = 1.2
WIDEST: Final = 190
_URGENCY: Final = {"served": 0, "queueing": 1, "": 2}
_SHIFTS: Final = (0, 27)
"""Logical pixels that a bubble may be lifted to clear another one."""

Box = tuple[float, float, float]


@dataclass(slots=True)
class Bubbles:
    """``draw`` gives where each was drawn: middle and half its width, in pixels."""

    _kept: dict[tuple[object, ...], pygame.Surface] = field(default_factory=dict)

    def draw(self, stage: Stage, marks: list[tuple[Mark, float, float]]) -> dict[str, Box]:
        """``marks`` with where their people's feet are on the screen; those who are nowhere on the map have none."""
        detail = stage.camera.detail
        most = next((count for below, count in MOST if detail < below), MOST_NEAR)
        order = sorted(marks, key=lambda one: self._rank(stage, one[0]))
        shown: dict[str, Box] = {}
        for mark, x, y in order:
            chosen = self._chosen(stage, mark)
            if len(shown) >= most and not chosen:
                continue
            box = self._one(stage, mark, x, y, chosen=chosen)
            if box is not None:
                shown[mark.id] = (box.centerx, box.centery, box.width / 2)
        return shown

    @staticmethod
    def _chosen(stage: Stage, mark: Mark) -> bool:
        selected = stage.selection is not None and stage.selection.id in (mark.id, mark.card)
        return selected or (stage.own >= 0 and mark.follows == stage.own)

    def _rank(self, stage: Stage, mark: Mark) -> tuple[bool, int, int, str]:
        return not self._chosen(stage, mark), _URGENCY[mark.posture], mark.number, mark.id

    def _one(self, stage: Stage, mark: Mark, x: float, y: float, *, chosen: bool) -> pygame.Rect | None:
        picture = self._picture(stage, mark, chosen=chosen)
        from_near = stage.camera.detail >= 1.6
        lift = height_px(stage.camera.scale, stage.ui) if from_near else 6 * stage.ui
        box = picture.get_rect(midbottom=(round(x), round(y - lift - stage.px(4))))
        for shift in _SHIFTS:
            spot = box.move(0, -stage.px(shift) if shift else 0)
            if not any(spot.colliderect(other) for other in stage.taken):
                box = spot
                break
        else:
            if not chosen:
                return None
        stage.surface.blit(picture, box)
        stage.taken.append(box)
        return box

    def _picture(self, stage: Stage, mark: Mark, *, chosen: bool) -> pygame.Surface:
        theme, px = stage.theme, stage.px
        words = ""
        if mark.posture and not chosen:
            words = f"{mark.number}" if mark.number else ""  # the row itself is to be seen
        elif stage.camera.detail >= WORDS_FROM or chosen:
            words = stage.say(mark.state) if mark.state is not None else stage.say(mark.title)
        key = (mark.icon, words, chosen, theme.name, stage.ui)
        kept = self._kept.get(key)
        if kept is not None:
            return kept
        if len(self._kept) > 400:
            self._kept.clear()
        text = stage.letters.plain(self._fitted(stage, words), px(12), theme.text, "regular") if words else None
        wide, high, tip = px(24) + (text.get_width() + px(6) if text else 0), px(24), px(6)
        plate = pygame.Surface((wide + 2, high + tip + 2), pygame.SRCALPHA)
        rim = theme.selected if chosen else theme.line
        body, middle = pygame.Rect(1, 1, wide, high), wide // 2 + 1
        pygame.draw.rect(plate, (*rim, 255), body.inflate(2, 2), border_radius=px(6))
        pygame.draw.rect(plate, (*theme.panel, 246), body, border_radius=px(5))
        corners = [(middle - px(5), body.bottom - 1), (middle + px(5), body.bottom - 1), (middle, body.bottom + tip)]
        pygame.draw.polygon(plate, (*theme.panel, 246), corners)
        icon = stage.icons.draw(mark.icon, px(14), theme.selected)
        plate.blit(icon, (body.x + px(5), body.y + px(5)))
        if text:
            plate.blit(text, (body.x + px(23), body.centery - text.get_height() // 2))
        self._kept[key] = plate
        return plate

    @staticmethod
    def _fitted(stage: Stage, words: str) -> str:
        """As much of it as fits into a few words."""
        room, size = stage.px(WIDEST), stage.px(12)
        if stage.letters.size(words, size, "regular")[0] <= room:
            return words
        while words and stage.letters.size(f"{words}…", size, "regular")[0] > room:
            words = words[:-1]
        return f"{words.rstrip()}…"
