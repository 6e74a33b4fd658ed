"""One picture of the console without a window: for ``--screenshot``, documents and tests."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pygame

from twin.city.kinds import DeviceKind
from twin.city.model import City
from twin.core.views import View
from twin.render.console import Console
from twin.render.stage import Selection
from twin.render.theme import ThemeName
from twin.render.window import scale_for


@dataclass(frozen=True, slots=True)
class Look:
    """Where a still looks: the whole city, or ``px_per_m`` logical pixels a metre around a point in metres; ``page``
    lies over the map where the views told it."""

    x_m: float | None = None
    y_m: float | None = None
    px_per_m: float = 0.0
    select: Selection | None = None
    page: Selection | None = None


class Told:
    """A ViewSource that gives a list of views once and hears nothing more."""

    def __init__(self, views: Iterable[View]) -> None:
        self._views = list(views)

    @property
    def connected(self) -> bool:
        return True

    def poll(self) -> list[View]:
        views, self._views = self._views, []
        return views

    def ask(self, kind: str, id: str) -> None:
        """A still asks nothing; the console's own page stands in."""

    def propose(self, command: dict[str, object]) -> str:
        """A still proposes nothing."""
        return ""


def render_still(
    city: City,
    kinds: dict[str, DeviceKind],
    assets: Path,
    views: Iterable[View],
    wall_ms: int,
    *,
    look: Look | None = None,
    size: tuple[int, int] = (1920, 1080),
    language: str = "en",
    theme: ThemeName = "night",
) -> pygame.Surface:
    """The console as it stands after ``views`` (a Snapshot first), every ground tile painted.

    Works under any video driver; opens a hidden one when none is open. ``wall_ms`` is the moment shown.
    """
    opened = not pygame.display.get_init() or pygame.display.get_surface() is None
    if opened:
        _hidden_display()
    surface = pygame.Surface(size).convert()
    console = Console(Told(views), city, kinds, assets, surface, language=language, ui=scale_for(size))
    try:
        console.choices.theme = theme
        console.choices.follow_events = look is None
        if look is not None and look.x_m is not None and look.y_m is not None:
            console.camera.fly_to(look.x_m, look.y_m, console.camera.level_for(look.px_per_m or 1.0), at_once=True)
        if look is not None:
            console.choices.select(look.select)
            console.choices.page = look.page
        for _ in range(3):  # the first frame takes the views, the second knows which panels are open
            console.frame(surface, (), 10.0, wall_ms)
        console.frame(surface, (), 10.0, wall_ms, complete=True)
    finally:
        console.close()
        if opened:
            pygame.display.quit()
    return surface


def _hidden_display() -> None:
    os.environ["SDL_VIDEODRIVER"] = "dummy"
    pygame.display.init()
    pygame.display.set_mode((1, 1))
