"""Errands that a hazard keeps from going on: what the hall knows, put as governance asks it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Protocol

from services.hall.errand import Errand
from twin.city.model import City


class OpenErrands(Protocol):
    """The hall's book, as far as it is needed here."""

    def open(self) -> Iterator[Errand]: ...


class StalledErrands:
    """An errand with a visit needs its hall: where the applicant is to come, waits or is served."""

    def __init__(self, city: City, errands: OpenErrands) -> None:
        self._errands = errands
        self._xy = {place.id: place.xy for place in city.places}

    def near(self, x_m: float, y_m: float, radius_m: float) -> int:
        """Open errands whose visit's place lies within the radius."""
        places = (errand.visit.place for errand in self._errands.open() if errand.visit is not None)
        return sum(1 for place in places if self._away(place, x_m, y_m) <= radius_m)

    def _away(self, place: str, x_m: float, y_m: float) -> float:
        xy = self._xy.get(place)
        return math.inf if xy is None else math.hypot(xy[0] - x_m, xy[1] - y_m)
