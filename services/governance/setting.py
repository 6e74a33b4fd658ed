"""What a step is applied in: its time, its scene, the calendar, and names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from services.governance.calendar import Calendar
from services.governance.case import Case, Clock, Limit
from services.governance.limits import handle_limit
from services.governance.lookup import Lookup
from services.governance.scenes import Scene


@dataclass(frozen=True, slots=True)
class Setting:
    scene: Scene
    calendar: Calendar
    lookup: Lookup
    now_ms: int

    def limit(self, case: Case) -> Limit:
        """The handling limit that the case's condition asks for now."""
        place = self.lookup.places.get(case.place)
        return handle_limit(self.scene, case, place.kind if place else "")


Change = Callable[[Case, Any, Setting], dict[str, Any]]
"""From a case and a step to the fields that it changes."""


def clocks_but(case: Case, which: Callable[[Clock], bool], how: Callable[[Clock], Clock]) -> tuple[Clock, ...]:
    """All clocks of a case, some of them changed."""
    return tuple(how(clock) if which(clock) else clock for clock in case.clocks)
