"""What each key does; the same things as the buttons, and a few more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pygame

from twin.render.panels.own import let_act, open_door
from twin.render.panels.topbar import PACES, press_tool
from twin.render.panels.ways import toggle_page
from twin.render.stage import Selection

if TYPE_CHECKING:
    from twin.render.console import Console

PAN_PX = 120
TOOLS = {pygame.K_SLASH: "search", pygame.K_y: "layers", pygame.K_f: "follow", pygame.K_t: "theme", pygame.K_h: "help"}
ARROWS = {
    pygame.K_LEFT: (1, 0),
    pygame.K_RIGHT: (-1, 0),
    pygame.K_UP: (0, 1),
    pygame.K_DOWN: (0, -1),
}
PAGES = {pygame.K_d: "departments", pygame.K_j: "duty", pygame.K_m: "measures", pygame.K_s: "scenes",
         pygame.K_v: "virtual_places"}  # fmt: skip
EXERCISE_KEY = pygame.K_e
PACE_KEYS = {pygame.K_1: 0, pygame.K_2: 1, pygame.K_3: 2, pygame.K_4: 3}


def press(console: Console, event: pygame.event.Event) -> None:
    """One key pressed while no text field has the keyboard."""
    if console.world.in_shoes:
        _press_own(console, event)
        return
    key, choices, camera = event.key, console.choices, console.camera
    if choices.form is not None and choices.form.answers and key != pygame.K_ESCAPE:
        return  # what is typed beside the field was meant for it
    if key in TOOLS:
        press_tool(console.board, TOOLS[key])
    elif key in PAGES:
        toggle_page(console.board, PAGES[key])
    elif key == EXERCISE_KEY and console.world.exercise:
        toggle_page(console.board, "exercise")
    elif key in ARROWS:
        dx, dy = ARROWS[key]
        camera.fly_to(
            camera.goal_x - dx * PAN_PX * console.ui / camera.scale,
            camera.goal_y + dy * PAN_PX * console.ui / camera.scale,
        )
        console.pilot.take_over()
    elif key in (pygame.K_PLUS, pygame.K_EQUALS, pygame.K_KP_PLUS, pygame.K_MINUS, pygame.K_KP_MINUS):
        camera.zoom_at(-1 if key in (pygame.K_MINUS, pygame.K_KP_MINUS) else 1, camera.middle_x, camera.middle_y)
        console.pilot.take_over(keep_mover=True)
    elif key in PACE_KEYS:
        console.source.propose({"t": "SetClock", "pace": PACES[PACE_KEYS[key]], "running": True})
    elif key == pygame.K_SPACE:
        told = console.world.clock
        running = told is None or told.running
        console.source.propose({"t": "SetClock", "pace": console.world.pace_asked, "running": not running})
    elif key == pygame.K_0:
        camera.home()
        console.pilot.take_over()
    elif key == pygame.K_n:
        _next_case(console)
    elif key == pygame.K_q:
        choices.queue_open = not choices.queue_open
    elif key == pygame.K_a:
        choices.alerts_open = not choices.alerts_open
    elif key == pygame.K_g:
        choices.legend_open = not choices.legend_open
    elif key == pygame.K_l:
        console.language.next()
    elif key == pygame.K_F11:
        pygame.display.toggle_fullscreen()
    elif key == pygame.K_ESCAPE:
        _close_topmost(console)


DOORS = {
    pygame.K_f: "services",
    pygame.K_e: "hall",
    pygame.K_m: "life",
    pygame.K_i: "resident",
    pygame.K_v: "virtual_places",
}
OWN_TOOLS = {pygame.K_SLASH: "search", pygame.K_y: "layers", pygame.K_t: "theme", pygame.K_h: "help"}


def _press_own(console: Console, event: pygame.event.Event) -> None:
    """A key on a resident's console."""
    key, camera = event.key, console.camera
    if console.shoes.press(key, down=True):
        console.choices.with_own = True
    elif key in DOORS:
        open_door(console.board, DOORS[key])
    elif key in OWN_TOOLS:
        press_tool(console.board, OWN_TOOLS[key])
    elif key == pygame.K_r:
        let_act(console.board)
    elif key == pygame.K_c:
        console.choices.with_own = True
    elif key in (pygame.K_PLUS, pygame.K_EQUALS, pygame.K_KP_PLUS, pygame.K_MINUS, pygame.K_KP_MINUS):
        camera.zoom_at(-1 if key in (pygame.K_MINUS, pygame.K_KP_MINUS) else 1, camera.middle_x, camera.middle_y)
    elif key == pygame.K_0:
        camera.home()
        console.pilot.take_over()
    elif key == pygame.K_g:
        console.choices.legend_open = not console.choices.legend_open
    elif key == pygame.K_l:
        console.language.next()
    elif key == pygame.K_F11:
        pygame.display.toggle_fullscreen()
    elif key == pygame.K_ESCAPE:
        _close_topmost(console)


def _next_case(console: Console) -> None:
    """The open case after the selected one, gravest first."""
    cases = sorted(
        (card for card in console.world.cards.values() if card.kind == "case" and card.closed_ms < 0),
        key=lambda card: (card.severity or 9, card.opened_ms, card.id),
    )
    if not cases:
        return
    chosen = console.choices.selection.id if console.choices.selection else ""
    at = next((index for index, card in enumerate(cases) if card.id == chosen), -1)
    console.go_to(Selection("card", cases[(at + 1) % len(cases)].id))


def _close_topmost(console: Console) -> None:
    choices = console.choices
    for name in ("help_open", "search_open", "layers_open", "boards_open"):
        if getattr(choices, name):
            setattr(choices, name, False)
            return
    if choices.form is not None:
        choices.form = None
    elif choices.page is not None:
        choices.page = None
    else:
        choices.select(None)
