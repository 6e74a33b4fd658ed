"""The shapes of buildings: plans drawn on a unit square and fitted into a parcel."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from twin.city.model import Floats

_PLANS: dict[str, list[tuple[float, float]]] = {
    "slab": [(0, 0.3), (1, 0.3), (1, 0.7), (0, 0.7)],
    "full": [(0, 0), (1, 0), (1, 1), (0, 1)],
    "L": [(0, 0), (1, 0), (1, 0.42), (0.38, 0.42), (0.38, 1), (0, 1)],
    "U": [(0, 0), (1, 0), (1, 1), (0.7, 1), (0.7, 0.4), (0.3, 0.4), (0.3, 1), (0, 1)],
    "T": [(0, 0), (1, 0), (1, 0.4), (0.66, 0.4), (0.66, 1), (0.34, 1), (0.34, 0.4), (0, 0.4)],
    "H": [(0, 0), (0.3, 0), (0.3, 0.36), (0.7, 0.36), (0.7, 0), (1, 0), (1, 1), (0.7, 1), (0.7, 0.64), (0.3, 0.64),
          (0.3, 1), (0, 1)],
    "step": [(0, 0), (0.72, 0), (0.72, 0.22), (1, 0.22), (1, 1), (0.26, 1), (0.26, 0.78), (0, 0.78)],
    "cross": [(0.3, 0), (0.7, 0), (0.7, 0.3), (1, 0.3), (1, 0.7), (0.7, 0.7), (0.7, 1), (0.3, 1), (0.3, 0.7), (0, 0.7),
              (0, 0.3), (0.3, 0.3)],
}  # fmt: skip
_COURT = ((0.28, 0.28), (0.72, 0.28), (0.72, 0.72), (0.28, 0.72))


def inner_rectangle(shape: BaseGeometry) -> Floats | None:
    """(origin, along, across) of a large rectangle within a parcel, along its long side; None in a sliver."""
    corners = np.array(shapely.oriented_envelope(shape).exterior.coords)[:4]
    origin, a, b = corners[0], corners[1] - corners[0], corners[3] - corners[0]
    if np.hypot(*a) < np.hypot(*b):
        origin, a, b = corners[1], b, -a
    middle = np.array(shape.centroid.coords[0])
    shapely.prepare(shape)
    for x, y in ((1, 1), (0.92, 0.92), (0.95, 0.8), (0.85, 0.85), (0.85, 0.7), (0.75, 0.75), (0.6, 0.75), (0.6, 0.6),
                 (0.48, 0.55)):  # fmt: skip
        start = origin if x == y == 1 else middle - a * x / 2 - b * y / 2
        frame = np.array([start, a * x, b * y])
        if shape.contains(shapely.Polygon(_place(frame, np.array(_PLANS["full"])))):
            return frame
    return None


def _place(frame: Floats, points: NDArray[np.float64]) -> Floats:
    placed: Floats = frame[0] + points[:, :1] * frame[1] + points[:, 1:] * frame[2]
    return placed


def plan(kind: str, frame: Floats, turn: int = 0) -> BaseGeometry:
    """A plan by name on a rectangle; ``turn`` quarter turns."""
    return shapely.Polygon(_place(frame, _turned(_PLANS[kind], turn)))


def court(frame: Floats) -> BaseGeometry:
    """A block of houses round a court."""
    outer, inner = _place(frame, np.array(_PLANS["full"])), _place(frame, np.array(_COURT))
    return shapely.Polygon(outer, [inner])


def podium(frame: Floats, turn: int) -> tuple[BaseGeometry, BaseGeometry]:
    """A low base and the tower that rises through it: two footprints that share a border but no ground."""
    where = _turned([(0.18, 0.2), (0.62, 0.2), (0.62, 0.8), (0.18, 0.8)], turn)
    tower = _place(frame, where)
    base = shapely.Polygon(_place(frame, np.array(_PLANS["full"])), [tower])
    return base, shapely.Polygon(tower)


def shrunk(frame: Floats, along: float, across: float) -> Floats:
    """The middle part of a rectangle."""
    a, b = frame[1], frame[2]
    return np.array([frame[0] + a * (1 - along) / 2 + b * (1 - across) / 2, a * along, b * across])


def sides(frame: Floats) -> tuple[float, float]:
    """Length and depth of a rectangle."""
    return float(np.hypot(*frame[1])), float(np.hypot(*frame[2]))


def _turned(points: list[tuple[float, float]], turn: int) -> NDArray[np.float64]:
    table = np.array(points, dtype=np.float64) - 0.5
    for _ in range(turn % 4):
        table = np.stack([-table[:, 1], table[:, 0]], -1)
    return table + 0.5
