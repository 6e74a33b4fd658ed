"""What a crew finds where it was sent: the cause to work on, what must come first, and what an inspection tells."""

from __future__ import annotations

import math

from twin.core.chance import fraction
from twin.core.frame import LocalFrame
from twin.field.crew import Crew, Finding
from twin.field.hazards.all import Hazards
from twin.field.hazards.base import Spot
from twin.field.settings import CrewSettings
from twin.formats.civic import Order


class Survey:
    """Reads the truth around a crew; chances are fixed by unit and order, so that a repeated order changes nothing."""

    def __init__(self, frame: LocalFrame, hazards: Hazards, settings: CrewSettings, seed: int) -> None:
        self._frame, self._hazards, self._settings, self._seed = frame, hazards, settings, seed

    def chance(self, crew: Crew, order: Order, what: str) -> float:
        return fraction(self._seed, "crew", crew.unit, order.order_id, what)

    def ordered_to(self, order: Order) -> tuple[float, float]:
        x, y = self._frame.to_xy(order.longitude, order.latitude)
        return float(x), float(y)

    def bound_for(self, crew: Crew) -> tuple[float, float]:
        """The cause, once seen, else the order's position."""
        spot = next((s for s in self._hazards.spots() if s.id == crew.site), None) if crew.site else None
        return (spot.x_m, spot.y_m) if spot is not None else self.ordered_to(crew.task)

    def cause(self, order: Order) -> Spot | None:
        """The hazard near the order's position that needs its task now."""
        if order.kind == "check" or not order.task:
            return None
        return self._hazards.nearest(order.task, *self.ordered_to(order), self._within_m(order))

    def later(self, order: Order) -> bool:
        """Whether something near will need the task once others have done theirs."""
        x, y = self.ordered_to(order)
        within = self._within_m(order)
        return order.kind == "attend" and any(
            order.task in self._hazards.of(spot.kind).tasks and math.hypot(spot.x_m - x, spot.y_m - y) < within
            for spot in self._hazards.spots()
        )

    def inspect(self, crew: Crew, city_ms: int) -> Finding:
        """What is to be seen at the spot; now and then a collector errs."""
        order, metres = crew.task, self._settings.check_m
        x, y = self.ordered_to(order)
        spot = self._hazards.nearest("", x, y, metres)
        wrong = self.chance(crew, order, "error") < self._settings.check_error
        if (spot is not None) != wrong:
            return "unresolved" if spot is not None and spot.touched else "confirmed"
        past = self._hazards.put_right(x, y, metres, city_ms - int(self._settings.recent_s * 1000))
        return "resolved" if past else "nothing_found"

    def work_s(self, crew: Crew, order: Order, idle: bool) -> float:
        """How long the work takes: triangular, by the task; a look around where there is nothing to do."""
        if idle:
            return self._settings.look_around_s
        task = "inspect" if order.kind == "check" else order.task
        low, likely, high = self._settings.work_s.get(task, self._settings.work_s["guard"])
        draw, turn = self.chance(crew, order, "work"), (likely - low) / (high - low)
        if draw < turn:
            return low + math.sqrt(draw * (high - low) * (likely - low))
        return high - math.sqrt((1.0 - draw) * (high - low) * (high - likely))

    def _within_m(self, order: Order) -> float:
        return self._settings.far_m.get(order.task, self._settings.search_m)
