"""A device to be, before it has a number and a gateway."""

from __future__ import annotations

from dataclasses import dataclass

from twin.city import layers
from twin.city.draft import Row


@dataclass(frozen=True, slots=True)
class Wanted:
    """A device to be: where, and what it watches."""

    kind: str
    xy: tuple[float, float]
    component: str | None = None
    place: str | None = None
    edge: str | None = None
    circuit: str | None = None


def spot(row: Row[layers.Spot]) -> tuple[float, float]:
    """A point in a place."""
    point = row.shape if row.shape.geom_type == "Point" else row.shape.representative_point()
    return point.x, point.y
