"""Units on their way home: what no case waits for any more."""

from __future__ import annotations

from typing import Literal

from services.facts.base import Event


class UnitReleased(Event, frozen=True, kw_only=True):
    """Back to the depot."""

    unit: str
    order: str
    case: str
    issued_ms: int
    expires_ms: int


class UnitAvailable(Event, frozen=True, kw_only=True):
    """The crew says that it is on its way home or ready, or lies broken down without an order."""

    unit: str
    state: Literal["returning", "available", "broken_down"]
