"""A console played with in tests: frames, clicks and keys on a wall clock that the test moves."""

from __future__ import annotations

import pygame
from scripted import Scene

from twin.render.console import Console


class Play:
    """A console on a scripted scene, with a wall clock that the test moves."""

    def __init__(self, console: Console, scene: Scene, surface: pygame.Surface) -> None:
        self.console, self.scene, self.surface = console, scene, surface
        self.wall_ms = 1_000

    def run(self, *events: pygame.event.Event, ms: int = 100, frames: int = 1, complete: bool = False) -> None:
        """Draw some frames ``ms`` apart; the events come with the first."""
        for number in range(frames):
            self.wall_ms += ms
            if self.scene.connected:
                self.scene.advance(self.wall_ms)
            self.console.frame(self.surface, events if number == 0 else (), ms / 1000, self.wall_ms, complete=complete)

    def click(self, x: float, y: float) -> None:
        """Press and let go at a point, each in its own frame as a person would."""
        spot = (round(x), round(y))
        self.run(pygame.event.Event(pygame.MOUSEMOTION, pos=spot, rel=(0, 0), buttons=(0, 0, 0)), ms=16)
        self.run(pygame.event.Event(pygame.MOUSEBUTTONDOWN, pos=spot, button=1), ms=16)
        self.run(pygame.event.Event(pygame.MOUSEBUTTONUP, pos=spot, button=1), ms=16)
        self.run(ms=16)

    def key(self, key: int) -> None:
        self.run(pygame.event.Event(pygame.KEYDOWN, key=key, mod=0, unicode="", scancode=0), ms=16)
        self.run(pygame.event.Event(pygame.KEYUP, key=key, mod=0, unicode="", scancode=0), ms=16)

    def still(self, x_m: float, y_m: float, px_per_m: float) -> None:
        """Look at a place with nobody flying the camera."""
        camera = self.console.camera
        self.console.pilot.take_over()
        camera.fly_to(x_m, y_m, camera.level_for(px_per_m), at_once=True)
        self.run(frames=2)
        camera.fly_to(x_m, y_m, camera.level_for(px_per_m), at_once=True)
        self.run(ms=1, complete=True)
