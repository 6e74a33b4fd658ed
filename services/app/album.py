"""A picture of the city at every full hour of its own time, taken by a console that nobody sees."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from services.app.parts import Part
from services.app.status import ask_summary
from twin.core.errors import CivitwinError

_HOUR_MS: Final = 3_600_000
_EVERY_S: Final = 0.5
_END_S: Final = 60.0


class Album:
    """``take`` begins a picture into a file and gives the console that takes it. One at a time."""

    def __init__(self, folder: Path, zone: str, take: Callable[[Path], Part]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._zone, self._take = folder, ZoneInfo(zone), take
        self._hour = -1
        self._due = 0.0
        self._part: Part | None = None

    def look(self, requests: str) -> None:
        """Ask the server for the hour, now and then; a new one wants a picture."""
        now = time.monotonic()
        if now < self._due:
            return
        self._due = now + _EVERY_S
        if self._part is not None and self._part.ended() is None:
            return
        try:
            said = ask_summary(requests, 300).get("city_ms")
        except CivitwinError:
            return
        hour = int(said) // _HOUR_MS if isinstance(said, int) else self._hour
        if hour != self._hour:
            self._hour = hour
            moment = datetime.datetime.fromtimestamp(hour * 3_600, self._zone)
            self._part = self._take(self._folder / f"{moment:%Y-%m-%d-%H}h.png")

    def close(self) -> None:
        """The last picture is waited for."""
        if self._part is not None and self._part.child is not None:
            self._part.child.wait(_END_S)
            self._part.stop()
