"""At what city time a server goes on."""

from __future__ import annotations

from typing import Final

from services.app.composition import Serving
from services.app.settings import Settings

_PAUSED_WALL_MS: Final = 60_000


def begins_at(serving: Serving, settings: Settings) -> int:
    """City time of this start. A short absence is city time that passed; after a long one the city goes on where it
    stood still, unless it lives by the wall clock."""
    engine, clock = serving.twin.engine, serving.twin.clock
    if engine.position.checkpoint < 0 or settings.simulation is None:
        return max(settings.start_ms, engine.city_ms)
    if serving.down_wall_ms > _PAUSED_WALL_MS or not clock.running:
        return engine.city_ms
    return engine.city_ms + round(serving.down_wall_ms * clock.pace)
