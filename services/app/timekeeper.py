"""City time against the wall: pace and pause are the clock desk's, the anchor between the two clocks is kept here."""

from __future__ import annotations

import time
from collections.abc import Callable

from twin.core.clock import CityClock

_SUSPENDED_MS = 30_000
"""A longer gap between two looks at the wall clock is a machine that slept: the city slept with it."""

_LAG_MS = 1_500.0
_LAG_WALL_MS = 150.0
_AHEAD_MS = 5_000
_FARTHEST_AHEAD_MS = 3_600_000
"""A field that is ahead by more than this lives in another run."""
_SLOWEST, _SLOWER, _QUICKER = 0.2, 0.85, 1.1


def wall_ms() -> int:
    return time.time_ns() // 1_000_000


class Timekeeper:
    """``now`` never goes back and never leaps over a suspended machine."""

    def __init__(self, city_ms: int, pace: float, running: bool, wall: Callable[[], int] = wall_ms) -> None:
        self._wall = wall
        self._seen_ms = wall()
        self._asked = pace
        self.clock = CityClock(self._seen_ms, city_ms, pace, running, pace)
        self.changed = True  # until somebody has published it

    def now(self) -> int:
        """City time of this moment."""
        seen = self._wall()
        if seen - self._seen_ms > _SUSPENDED_MS or seen < self._seen_ms - 1_000:
            self._anchor(self.clock.at(self._seen_ms), self.clock.pace, self.clock.running, seen)
        self._seen_ms = seen
        return self.clock.at(seen)

    def set(self, pace: float, running: bool) -> None:
        """Go on from now at another pace, or stand still."""
        if (pace, running) != (self._asked, self.clock.running):
            self._asked = pace
            self._anchor(self.now(), pace, running, self._seen_ms)

    def follow(self, reached_ms: int) -> None:
        """The simulated field has reached this city time. Where it cannot keep up, the city waits for it: a pace that
        the machine cannot hold would make everything late and stale. Where it has gone on without having been heard,
        the city takes up its time: what has happened there has happened."""
        lag_ms = self.now() - reached_ms
        if _AHEAD_MS < -lag_ms < _FARTHEST_AHEAD_MS:
            self._anchor(reached_ms, self.clock.pace, self.clock.running, self._seen_ms)
            return
        allowed_ms = max(_LAG_MS, _LAG_WALL_MS * self._asked)
        pace = self.clock.pace
        if lag_ms > allowed_ms:
            pace = max(_SLOWEST, pace * _SLOWER)
        elif lag_ms < allowed_ms / 2:
            pace = min(self._asked, pace * _QUICKER)
        if pace != self.clock.pace:
            self._anchor(self.now(), pace, self.clock.running, self._seen_ms)

    def _anchor(self, city_ms: int, pace: float, running: bool, wall: int) -> None:
        self.clock = CityClock(wall, city_ms, pace, running, self._asked)
        self.changed = True
