"""Where a body may walk: not through walls, not over water but on a bridge. The field moves people by it, and a console
predicts by it."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import shapely

from twin.city.model import City
from twin.core.words import Mode

Point = tuple[float, float]

DOOR_M: Final = 18.0
"""Whoever is so near to a place that is no area is in it."""
OPEN_TO_ALL: Final = frozenset(
    {"service_hall", "hospital", "school", "university", "metro", "bus_station", "market", "mall", "library"}
)
"""Kinds of places whose building one may walk into."""
_STEP_M: Final = 0.75
_LANE_M: Final = 3.4
_PAVEMENT_M: Final = 3.0


class Walkable:
    """Made once a city; keeps nothing."""

    def __init__(self, city: City) -> None:
        self._extent = city.extent
        self._houses = shapely.STRtree(city.buildings.shape)
        spots = shapely.points([place.xy for place in city.places if place.kind in OPEN_TO_ALL])
        open_to_all = self._houses.query(spots, predicate="within")[1] if len(spots) else []
        self._open = np.zeros(len(city.buildings.id), np.bool_)
        self._open[open_to_all] = True
        self._water = shapely.STRtree([area.shape for area in city.areas if area.kind == "water"])
        roads = city.roads
        decks = np.flatnonzero(roads.bridge & ((roads.modes & Mode.FOOT) > 0)).tolist()
        self._decks = shapely.STRtree(
            [
                shapely.LineString(roads.shape(edge)).buffer(int(roads.lanes[edge]) * _LANE_M + _PAVEMENT_M)
                for edge in decks
            ]
        )
        self.places: tuple[tuple[str, Point, shapely.Polygon | None], ...] = tuple(
            (place.id, place.xy, place.shape)
            for place in city.places
            if place.kind in OPEN_TO_ALL or place.kind in ("park", "square")
        )

    def house(self, x_m: float, y_m: float) -> int:
        """The building at a point (index into the city's), -1 where there is none."""
        found = self._houses.query(shapely.Point(x_m, y_m), predicate="within")
        return int(found[0]) if len(found) else -1

    def free(self, x_m: float, y_m: float, inside: int = -1) -> bool:
        """Whether a body may be at a point; ``inside`` is the building that it is in already, which it may leave."""
        low_x, low_y, high_x, high_y = self._extent
        if not (low_x <= x_m <= high_x and low_y <= y_m <= high_y):
            return False
        house = self.house(x_m, y_m)
        if house >= 0 and house != inside and not self._open[house]:
            return False
        spot = shapely.Point(x_m, y_m)
        if not len(self._water.query(spot, predicate="within")):
            return True
        return bool(len(self._decks.query(spot, predicate="within")))

    def walk(self, here: Point, east_m: float, north_m: float) -> Point:
        """Where a body comes to that wants to go so far: along a wall where one is in the way."""
        count = max(1, math.ceil(math.hypot(east_m, north_m) / _STEP_M))
        x, y = here
        step_x, step_y = east_m / count, north_m / count
        for _ in range(count):
            inside = self.house(x, y)
            for to_x, to_y in ((x + step_x, y + step_y), (x + step_x, y), (x, y + step_y)):
                if (to_x, to_y) != (x, y) and self.free(to_x, to_y, inside):
                    x, y = to_x, to_y
                    break
            else:
                break
        return x, y

    def place_at(self, x_m: float, y_m: float) -> str:
        """The place that a body at a point is in; empty where it is in none."""
        best, at = DOOR_M, ""
        for id, (x, y), shape in self.places:
            away = math.hypot(x - x_m, y - y_m)
            if shape is not None and away > DOOR_M and shape.contains(shapely.Point(x_m, y_m)):
                away = DOOR_M - 0.5
            if away < best:
                best, at = away, id
        return at
