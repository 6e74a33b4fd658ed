"""The watermark of an exercise: over the whole map, in both languages: no picture of it is taken for the city."""

from __future__ import annotations

from dataclasses import dataclass

import pygame

from twin.render.stage import Stage
from twin.render.theme import ThemeName

WORDS = "EXERCISE · 演练"
_SIZE_PX = 40
_TILT_DEG = 24.0
_APART = (430, 250)
_ALPHA: dict[ThemeName, int] = {"night": 30, "day": 34, "print": 40}
"""Read at a glance, read through without effort."""


@dataclass(slots=True)
class Watermark:
    """Drawn after the map, below captions and panels."""

    _stamp: tuple[tuple[object, ...], pygame.Surface] | None = None

    def draw(self, stage: Stage, free: pygame.Rect) -> None:
        stamp = self._picture(stage)
        across, down = (stage.px(step) for step in _APART)
        before = stage.surface.get_clip()
        stage.surface.set_clip(free)
        for row, y in enumerate(range(free.top - down // 3, free.bottom, down)):
            shift = 0 if row % 2 == 0 else across // 2
            for x in range(free.left - shift - across // 4, free.right, across):
                stage.surface.blit(stamp, (x, y))
        stage.surface.set_clip(before)

    def _picture(self, stage: Stage) -> pygame.Surface:
        key = (stage.theme.name, stage.ui)
        if self._stamp is None or self._stamp[0] != key:
            words = stage.letters.plain(WORDS, stage.px(_SIZE_PX), stage.theme.provenance[3], "medium")
            tilted = pygame.transform.rotozoom(words, _TILT_DEG, 1.0)
            tilted.set_alpha(_ALPHA[stage.theme.name])
            self._stamp = (key, tilted)
        return self._stamp[1]
