"""Crews' vehicles in the streets: from a place to a place through the same traffic as everybody's."""

from __future__ import annotations

import numpy as np

from twin.city.locate import Locator
from twin.city.model import City
from twin.core.words import Mode, StationType
from twin.field.traffic import Traffic

_STANDOFF_M = 8.0


class Motorpool:
    """Finds where on the roads a point is reached, and asks the traffic to drive there."""

    def __init__(self, city: City, locator: Locator, traffic: Traffic) -> None:
        self._city, self._locator, self._traffic = city, locator, traffic
        carries = [edge for place in city.of_kind("underpass") for edge in place.edges]
        self._under = frozenset(carries)

    def stop_at(self, x_m: float, y_m: float) -> tuple[int, float]:
        """(edge, offset) from which a crew works at a point: never in an underpass, which may be under water."""
        edges, offsets, _ = self._locator.nearest_edges([x_m], [y_m], Mode.CAR)
        edge, offset = int(edges[0]), float(offsets[0])
        if edge not in self._under:
            return edge, offset
        roads = self._city.roads
        seen = {edge}
        while edge in self._under:
            feeders = np.flatnonzero((roads.end == roads.start[edge]) & ((roads.modes & Mode.CAR) != 0))
            outside = [int(e) for e in feeders if int(e) not in seen and e != roads.reverse[edge]]
            if not outside:
                break
            dry = [e for e in outside if e not in self._under]
            edge = (dry or outside)[0]
            seen.add(edge)
        return edge, max(0.0, float(roads.length_m[edge]) - _STANDOFF_M)

    def spawn(self, edge: int, offset_m: float, goal: tuple[int, float], speed_factor: float, siren: bool) -> int:
        """A crew's vehicle that starts beside the road; its id."""
        return self._traffic.spawn(
            StationType.SPECIAL, edge, goal[0], start_offset_m=offset_m, end_offset_m=goal[1],
            siren=siren, speed_factor=speed_factor,
        )  # fmt: skip

    def drive(self, vehicle: int, goal: tuple[int, float], siren: bool) -> None:
        self._traffic.drive(vehicle, goal[0], goal[1], siren=siren)

    def park(self, vehicle: int) -> None:
        """To the kerb, wherever it is."""
        self._traffic.park(vehicle)

    def retire(self, vehicle: int) -> None:
        """Take it off the streets."""
        self._traffic.remove(vehicle)

    def pose(self, vehicle: int) -> tuple[float, float, float, float]:
        """x, y, heading, speed."""
        return self._traffic.pose(vehicle)
