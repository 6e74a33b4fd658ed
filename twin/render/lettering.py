"""Words on the map: one family, a few sizes, cached surfaces, a halo where the ground is uneven."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Literal

import pygame

from twin.render.theme import RGB

Weight = Literal["regular", "medium"]
FILES: dict[Weight, str] = {"regular": "NotoSansSC-Regular.ttf", "medium": "NotoSansSC-Medium.ttf"}
KEPT = 4_000


class Lettering:
    """Renders strings; the least recently used are forgotten past ``KEPT``."""

    def __init__(self, directory: Path) -> None:
        if not pygame.font.get_init():
            pygame.font.init()
        self._directory = directory
        self._fonts: dict[tuple[Weight, int], pygame.font.Font] = {}
        self._kept: OrderedDict[tuple[object, ...], pygame.Surface] = OrderedDict()

    def path(self, weight: Weight = "regular") -> Path:
        """The font file of a weight."""
        return self._directory / FILES[weight]

    def size(self, text: str, size_px: int, weight: Weight = "regular") -> tuple[int, int]:
        """Width and height in pixels that ``plain`` would give."""
        return self._font(weight, size_px).size(text)

    def plain(self, text: str, size_px: int, colour: RGB, weight: Weight = "regular") -> pygame.Surface:
        """Anti-aliased text on nothing."""
        return self._cached(("plain", text, size_px, colour, weight))

    def haloed(self, text: str, size_px: int, colour: RGB, halo: RGB, weight: Weight = "medium") -> pygame.Surface:
        """Text with a soft rim of ``halo`` that keeps it readable over roads and roofs."""
        return self._cached(("haloed", text, size_px, colour, weight, halo))

    def turned(
        self, text: str, size_px: int, colour: RGB, halo: RGB, degrees: float, weight: Weight = "regular"
    ) -> pygame.Surface:
        """Haloed text turned anticlockwise, made at double size so that it stays smooth."""
        return self._cached(("turned", text, size_px, colour, weight, halo, round(degrees)))

    def _font(self, weight: Weight, size_px: int) -> pygame.font.Font:
        key = (weight, size_px)
        font = self._fonts.get(key)
        if font is None:
            font = self._fonts[key] = pygame.font.Font(str(self.path(weight)), size_px)
        return font

    def _cached(self, key: tuple[object, ...]) -> pygame.Surface:
        surface = self._kept.get(key)
        if surface is not None:
            self._kept.move_to_end(key)
            return surface
        surface = self._make(*key)  # type: ignore[arg-type]  # keys are built by the three methods above
        self._kept[key] = surface
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return surface

    def _make(
        self,
        style: str,
        text: str,
        size_px: int,
        colour: RGB,
        weight: Weight,
        halo: RGB | None = None,
        degrees: float = 0.0,
    ) -> pygame.Surface:
        if style == "plain" or halo is None:
            return self._font(weight, size_px).render(text, True, colour)
        if style == "haloed":
            return self._rim(text, size_px, colour, halo, weight, max(1, round(size_px / 9)))
        doubled = self._rim(text, size_px * 2, colour, halo, weight, max(2, round(size_px / 4.5)))
        return pygame.transform.rotozoom(doubled, degrees, 0.5)

    def _rim(self, text: str, size_px: int, colour: RGB, halo: RGB, weight: Weight, rim: int) -> pygame.Surface:
        font = self._font(weight, size_px)
        letters = font.render(text, True, colour)
        shade = font.render(text, True, halo)
        width, height = letters.get_size()
        surface = pygame.Surface((width + 2 * rim, height + 2 * rim), pygame.SRCALPHA)
        surface.fill((*halo, 0))
        for dx in range(-rim, rim + 1):
            for dy in range(-rim, rim + 1):
                if dx * dx + dy * dy <= rim * rim + 1:
                    surface.blit(shade, (rim + dx, rim + dy))
        surface.blit(letters, (rim, rim))
        return surface
