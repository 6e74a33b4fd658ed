"""Whose ground a spot is, and which other jurisdictions lie within reach of it."""

from __future__ import annotations

import msgspec
import shapely

from twin.city.model import City


class Jurisdiction(msgspec.Struct, frozen=True):
    """A subdistrict of a district; ``away_m`` metres from the spot, 0 where it lies in it. Both ids are empty in a city
    without grid cells."""

    district: str
    subdistrict: str
    away_m: float = 0.0


class Jurisdictions:
    """Made once a city."""

    def __init__(self, city: City) -> None:
        self._cells = city.cells
        self._shapes = [cell.shape for cell in city.cells]
        self._tree = shapely.STRtree(self._shapes)

    def of(self, cell: int) -> Jurisdiction:
        """That of a grid cell (index into the city's cells, -1: none)."""
        if cell < 0:
            return Jurisdiction("", "")
        return Jurisdiction(self._cells[cell].district, self._cells[cell].subdistrict)

    def around(self, x_m: float, y_m: float, cell: int, tolerance_m: float) -> tuple[Jurisdiction, ...]:
        """The spot's own, then every other within ``tolerance_m``, the nearest first."""
        own = self.of(cell)
        if cell < 0 or tolerance_m <= 0:
            return (own,)
        spot = shapely.points(x_m, y_m)
        near: dict[tuple[str, str], float] = {}
        for index in self._tree.query(shapely.box(*_square(x_m, y_m, tolerance_m))).tolist():
            other = self._cells[index]
            if other.subdistrict == own.subdistrict and other.district == own.district:
                continue
            away = float(shapely.distance(spot, self._shapes[index]))
            if away <= tolerance_m:
                key = (other.district, other.subdistrict)
                near[key] = min(away, near.get(key, away))
        others = sorted((round(away, 1), *key) for key, away in near.items())
        return (own, *(Jurisdiction(district, subdistrict, away) for away, district, subdistrict in others))


def _square(x_m: float, y_m: float, half_m: float) -> tuple[float, float, float, float]:
    return x_m - half_m, y_m - half_m, x_m + half_m, y_m + half_m
