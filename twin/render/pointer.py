"""The mouse on the map: drag pans, wheel zooms at the cursor, a click selects. Panels hear the rest."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pygame

from twin.render.keys import press
from twin.render.pick import pick
from twin.render.stage import Selection

if TYPE_CHECKING:
    from twin.render.console import Console

DRAG_PX = 4


class Pointer:
    """What is pressed and where; one a console."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._pressed: tuple[int, int] | None = None
        self._dragged = False

    def hear(self, event: pygame.event.Event) -> None:
        """One pygame event: to the panels always, to the map when it is meant for it."""
        console = self._console
        console.gui.hear(event)
        match event.type:
            case pygame.QUIT:
                console.choices.quit = True
            case pygame.KEYDOWN if not console.gui.wants_keys:
                press(console, event)
            case pygame.KEYDOWN if event.key == pygame.K_ESCAPE:
                console.choices.search_open = False
            case pygame.KEYUP:
                console.shoes.press(event.key, down=False)
            case pygame.WINDOWFOCUSLOST:
                console.shoes.let_go()
            case pygame.MOUSEBUTTONUP if event.button == 3 and not self._over_panel(event.pos):
                self._walk(event.pos)
            case pygame.MOUSEWHEEL:
                self._zoom(event)
            case pygame.MOUSEBUTTONDOWN if event.button in (1, 2) and not self._over_panel(event.pos):
                self._pressed, self._dragged = event.pos, False
            case pygame.MOUSEMOTION if self._pressed is not None:
                self._drag(event.pos)
            case pygame.MOUSEBUTTONUP if event.button in (1, 2) and self._pressed is not None:
                if not self._dragged and event.button == 1:
                    self._click(event.pos)
                self._pressed = None

    def _over_panel(self, spot: tuple[int, int]) -> bool:
        return not self._console.free.collidepoint(spot) or self._console.gui.wants_mouse

    def _zoom(self, event: pygame.event.Event) -> None:
        where = getattr(event, "pos", None) or pygame.mouse.get_pos()
        if self._over_panel(where) or not event.precise_y:
            return
        self._console.camera.zoom_at(1 if event.precise_y > 0 else -1, *where)
        self._console.pilot.take_over(keep_mover=True)

    def _drag(self, spot: tuple[int, int]) -> None:
        if self._pressed is None:
            return
        dx, dy = spot[0] - self._pressed[0], spot[1] - self._pressed[1]
        if self._dragged or math.hypot(dx, dy) > DRAG_PX * self._console.ui:
            self._dragged = True
            self._console.camera.pan(dx, dy)
            self._pressed = spot
            self._console.pilot.take_over()

    def _click(self, spot: tuple[int, int]) -> None:
        console = self._console
        found = pick(console.stage, console.marks, console.devices, *spot)
        if console.world.in_shoes:
            found = own_of(console, found)
            if found is None:
                self._walk(spot)
                return
        console.choices.select(found)
        console.choices.follow_mover = -1

    def _walk(self, spot: tuple[int, int]) -> None:
        """A resident's twin goes to where the map was clicked."""
        console = self._console
        if console.world.in_shoes:
            x_m, y_m = console.camera.to_world(*spot)
            console.shoes.go_to(x_m, y_m, console.board.wall_ms, console.world.own)
            console.choices.with_own = True


def own_of(console: Console, found: Selection | None) -> Selection | None:
    """What a resident's click means: places, their own errands and themselves; all else is ground to walk on."""
    if found is None:
        return None
    if found.kind == "place":
        hall = any(place.id == found.id and place.kind == "service_hall" for place in console.city.places)
        return Selection("hall", found.id) if hall else found
    if found.kind == "resident" and found.id == str(console.stage.own):
        return Selection("life", console.world.person)
    return (
        found if found.kind in ("card", "mark") and found.id in {**console.world.cards, **console.world.marks} else None
    )
