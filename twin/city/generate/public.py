"""Public buildings, one maker a kind of place."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from shapely.geometry.base import BaseGeometry

from twin.city.generate import footprints
from twin.city.model import Floats

_Made = Iterator[tuple[BaseGeometry, str, float]]


def service_hall(block: BaseGeometry, dice: np.random.Generator, closeness: float) -> _Made:
    """A broad stepped hall and an office bar behind it."""
    frame = _frame(block, 10.0)
    if frame is not None:
        yield footprints.plan("U", _part(frame, 0.0, 0.0, 0.62, 1.0), 1), "civic", 24.0
        yield footprints.plan("full", _part(frame, 0.72, 0.1, 0.28, 0.8)), "civic", 48.0


def hospital(block: BaseGeometry, dice: np.random.Generator, closeness: float) -> _Made:
    """Wards in an H, outpatients beside it."""
    frame = _frame(block, 9.0)
    if frame is not None:
        yield footprints.plan("H", _part(frame, 0.0, 0.0, 0.6, 1.0)), "hospital", 42.0
        yield footprints.plan("L", _part(frame, 0.68, 0.0, 0.32, 0.7)), "hospital", 18.0


def school(block: BaseGeometry, dice: np.random.Generator, closeness: float) -> _Made:
    """Classrooms round a yard, a gymnasium; the rest is the sports field."""
    frame = _frame(block, 8.0)
    if frame is not None:
        yield footprints.plan("U", _part(frame, 0.0, 0.0, 0.5, 0.9), int(dice.integers(4))), "school", 15.0
        yield footprints.plan("full", _part(frame, 0.78, 0.0, 0.22, 0.34)), "school", 12.0


def mall(block: BaseGeometry, dice: np.random.Generator, closeness: float) -> _Made:
    frame = _frame(block, 8.0)
    if frame is not None:
        yield footprints.plan("step", frame, int(dice.integers(4))), "retail", 30.0


def market(block: BaseGeometry, dice: np.random.Generator, closeness: float) -> _Made:
    """Three market sheds side by side."""
    frame = _frame(block, 7.0)
    if frame is not None:
        for third in range(3):
            yield footprints.plan("full", _part(frame, 0.35 * third, 0.1, 0.28, 0.8)), "retail", 8.0


def library(block: BaseGeometry, dice: np.random.Generator, closeness: float) -> _Made:
    frame = _frame(block, 14.0)
    if frame is not None:
        yield footprints.court(footprints.shrunk(frame, 0.8, 0.9)), "civic", 22.0


def bus_station(block: BaseGeometry, dice: np.random.Generator, closeness: float) -> _Made:
    """A terminal along one side, the yard before it."""
    frame = _frame(block, 10.0)
    if frame is not None:
        yield footprints.plan("full", _part(frame, 0.0, 0.7, 0.8, 0.3)), "transport", 14.0


def site(block: BaseGeometry, dice: np.random.Generator, closeness: float) -> _Made:
    """A shell going up, site huts."""
    frame = _frame(block, 12.0)
    if frame is not None:
        yield footprints.plan("step", _part(frame, 0.1, 0.15, 0.45, 0.6)), "other", 21.0
        yield footprints.plan("full", _part(frame, 0.8, 0.05, 0.16, 0.2)), "other", 5.0


def _frame(block: BaseGeometry, setback_m: float) -> Floats | None:
    inner = block.buffer(-setback_m, join_style="mitre")
    return None if inner.is_empty or inner.geom_type != "Polygon" else footprints.inner_rectangle(inner)


def _part(frame: Floats, along: float, across: float, length: float, depth: float) -> Floats:
    """A part of a rectangle: where it begins and how large it is, as shares of the whole."""
    return np.array([frame[0] + frame[1] * along + frame[2] * across, frame[1] * length, frame[2] * depth])
