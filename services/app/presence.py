"""Whether the simulated field is there: without it the city's time stands still, so that nothing happens unseen."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from twin.core.text import Text

_FIRST_S: Final = 60.0
"""Wall time that a start waits for a field which nobody has started."""

BACK: Final = Text("The simulated field is back: city time goes on")
AWAY: Final = Text("The simulated field is away: city time waits for it")


class Presence:
    """``held``: time must not run. A field that was there once is waited for as long as it takes."""

    def __init__(self, awaited: bool, steady: Callable[[], float] = time.monotonic) -> None:
        self._steady = steady
        self._until = steady() + _FIRST_S
        self._met = False
        self.held = awaited

    def look(self, online: bool) -> Text | None:
        """What to tell where that has changed ``held``; an empty text where the city merely begins."""
        held = self.held and not online and (self._met or self._steady() <= self._until)
        held = held or (self._met and not online)
        told = None if held == self.held else AWAY if held else BACK if self._met else Text("")
        self.held, self._met = held, self._met or online
        return told
