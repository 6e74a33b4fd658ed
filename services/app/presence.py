"""Whether the simulated field is there: without it the city's time stands still, so that nothing happens unseen."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from twin.core.text import Text

_FIRST_S: Final = 60.0
"""Wall time that a start waits for a field which nobody has started."""
_BLINK_S: Final = 1.0
"""A broker that ends says of everybody that they are gone."""
_BACK_S: Final = 5.0
"""After its own connection is back, the server gives the field as long to come back too; both went on by the clock."""

BACK: Final = Text("The simulated field is back: city time goes on")
AWAY: Final = Text("The simulated field is away: city time waits for it")


class Presence:
    """``held``: time must not run. A field that was there once is waited for as long as it takes."""

    def __init__(self, awaited: bool, steady: Callable[[], float] = time.monotonic) -> None:
        self._steady = steady
        self._until = steady() + _FIRST_S
        self._heard_at = self._blind_at = -_FIRST_S
        self._met = False
        self.held = awaited

    def look(self, online: bool, connected: bool) -> Text | None:
        """``online``: what was said of the field last; ``connected``: whether the server could hear it at all. Returns
        what to tell where that has changed ``held``; an empty text where the city merely begins."""
        now, before = self._steady(), self.held
        if not connected:
            self._blind_at = now
        if online or not connected:
            self._heard_at = now
        if online:
            self.held = False
        elif not self._met:
            self.held = self.held and now <= self._until
        elif now - self._heard_at > _BLINK_S and now - self._blind_at > _BACK_S:
            self.held = True
        told = None if self.held == before else AWAY if self.held else BACK if self._met else Text("")
        self._met = self._met or online
        return told
