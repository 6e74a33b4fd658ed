"""City time: integer milliseconds UTC, owned and published by the server."""

from __future__ import annotations

from typing import Annotated

import msgspec

CLOCK_TOPIC = "clock"
"""Under the server's namespace; retained."""

Millis = Annotated[int, msgspec.Meta(ge=0, le=253_402_300_799_999)]
"""UTC, up to the end of the year 9999."""
Pace = Annotated[float, msgspec.Meta(ge=0.0, le=1_000.0)]


class CityClock(msgspec.Struct, frozen=True):
    """At ``wall_ms`` the city's time was ``city_ms``; since then it runs at ``pace``, if it runs.

    ``asked`` is the pace that was asked for; ``pace`` is less while the machine cannot hold it. 0: the same.
    """

    wall_ms: Millis
    city_ms: Millis
    pace: Pace = 1.0
    running: bool = True
    asked: Pace = 0.0

    def at(self, wall_ms: int) -> int:
        """City time at a moment of wall time; never before ``city_ms``."""
        if not self.running:
            return self.city_ms
        return self.city_ms + max(0, round((wall_ms - self.wall_ms) * self.pace))
