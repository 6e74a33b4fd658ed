"""A person at a resident's console: real events into a real console that is linked to a real server in this process."""

from __future__ import annotations

from collections.abc import Callable

import pygame
from own_city import OwnCity

from twin.render.console import Console

FRAME_MS = 33
PATIENCE = 400


class Person:
    """Moves the mouse, presses keys and types, as a person would; ``used_ms`` is the console's own time so far."""

    def __init__(self, city: OwnCity, console: Console, window: pygame.Surface) -> None:
        self.city, self.console, self.window = city, console, window
        self.wall_ms = 1_780_000_000_000
        self.began_ms = self.wall_ms

    @property
    def used_ms(self) -> int:
        return self.wall_ms - self.began_ms

    def frames(self, count: int = 1, *events: pygame.event.Event, city_s: float = 0.0) -> None:
        """Some frames; the city goes on by so much with each."""
        for number in range(count):
            self.wall_ms += FRAME_MS
            self.city.wall_ms = self.wall_ms
            if city_s:
                self.city.pass_(city_s)
            self.console.frame(self.window, events if number == 0 else (), FRAME_MS / 1000, self.wall_ms)

    def until(self, done: Callable[[], object], city_s: float = 0.0) -> None:
        for _ in range(PATIENCE):
            if done():
                return
            self.frames(city_s=city_s)
        raise AssertionError("it did not come to be on the screen")

    def move(self, x: float, y: float) -> None:
        self.frames(1, pygame.event.Event(pygame.MOUSEMOTION, pos=(round(x), round(y)), rel=(0, 0), buttons=(0, 0, 0)))

    def click_at(self, x: float, y: float, button: int = 1) -> None:
        spot = (round(x), round(y))
        self.move(*spot)
        self.frames(1, pygame.event.Event(pygame.MOUSEBUTTONDOWN, pos=spot, button=button))
        self.frames(1, pygame.event.Event(pygame.MOUSEBUTTONUP, pos=spot, button=button))
        self.frames(2)

    def click(self, name: str) -> None:
        """On what bears this name, wherever it is drawn; scrolled to where it is out of sight."""
        self.until(lambda: name in self.console.board.spots)
        for _ in range(40):
            x, y, seen = self.console.board.spots[name]
            if seen and y < self.window.get_height() - 40:
                self.click_at(x, y)
                return
            self.move(self.console.free.centerx, 420)
            turn = 1 if y < self.console.free.centery else -1
            self.frames(
                2,
                pygame.event.Event(pygame.MOUSEWHEEL, x=0, y=turn, precise_x=0.0, precise_y=float(turn), flipped=False),
            )
        raise AssertionError(f"{name} cannot be seen")

    def key(self, key: int, *, hold: int = 1, city_s: float = 0.0) -> None:
        self.frames(hold, pygame.event.Event(pygame.KEYDOWN, key=key, mod=0, unicode="", scancode=0), city_s=city_s)
        self.frames(2, pygame.event.Event(pygame.KEYUP, key=key, mod=0, unicode="", scancode=0))

    def type(self, name: str, words: str) -> None:
        """Into a text field; letter by letter, as an input method or keyboard hands them over."""
        self.click(name)
        for letter in words:
            self.frames(1, pygame.event.Event(pygame.TEXTINPUT, text=letter))
        self.frames(1)

    def pick(self, field: str, number: int) -> None:
        self.click(f"field-{field}")
        self.click(f"choice-{field}-{number}")

    def shot(self, path: str) -> None:
        self.frames(2)
        pygame.image.save(self.window, path)
