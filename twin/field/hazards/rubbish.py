"""Rubbish left in the open beside a street: no sensor knows; a collector or a resident comes upon it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from twin.core.words import Mode, RoadClass
from twin.field.hazards.base import Ground, Moment, Point, Site, Spot, VehicleWarning
from twin.field.hazards.calendar import Planned, ScheduledHazard

_SHORTEST_M = 50.0


class RubbishState(Planned):
    piles: list[Site]


class Rubbish(ScheduledHazard):
    kind = "rubbish"
    tasks = ("clear_rubbish",)
    state: RubbishState

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        roads = ground.city.roads
        small = (roads.road_class >= RoadClass.TERTIARY) & (roads.road_class <= RoadClass.SERVICE)
        open_air = ~roads.tunnel & ~roads.bridge & ((roads.modes & Mode.CAR) != 0)
        edges = np.flatnonzero(small & open_air & (roads.length_m > _SHORTEST_M))
        kerb_m = ground.settings.hazards.rubbish.kerb_m
        beside = [_beside(roads.shape(int(edge)), kerb_m + 3.2 * float(roads.lanes[edge])) for edge in edges]
        self._xy = np.array(beside).reshape(-1, 2)
        self.state = RubbishState(0, self.first_s, [])

    def begin(self, k: int, now: Moment, taken: Sequence[Point]) -> bool:
        chosen = self.ground.apart(self.kind, k, self._xy, taken, 120.0)
        if chosen < 0:
            return False
        x, y = self._xy[chosen]
        pile = Site(f"rubbish-{k}", float(x), float(y), now.city_ms)
        self.state.piles.append(pile)
        self.began(pile)
        return True

    def develop(self, now: Moment) -> list[VehicleWarning]:
        return []

    def spots(self) -> list[Spot]:
        return [
            Spot(self.kind, pile.id, pile.x_m, pile.y_m, 25.0, self.tasks, pile.touched) for pile in self.state.piles
        ]

    def complete(self, site: str, task: str, now: Moment) -> None:
        for pile in list(self.state.piles):
            if pile.id == site and task in self.tasks:
                self.state.piles.remove(pile)
                self.over(pile, now)


def _beside(line: np.ndarray, right_m: float) -> Point:
    """A point to the right of the middle of a line."""
    middle = len(line) // 2
    a, b = line[max(middle - 1, 0)], line[min(max(middle, 1), len(line) - 1)]
    way = (b - a) / max(float(np.hypot(*(b - a))), 1e-6)
    x, y = (a + b) / 2 + right_m * np.array([way[1], -way[0]])
    return float(x), float(y)
