"""The residents' bodies as columns: where they are, what they are at, and how they get about."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from twin.field.hazards.base import Floats

STILL, FOOT, BICYCLE, WAIT, BUS, CAR, RIDE, LIFT = range(8)
"""RIDE drives without a vehicle in the traffic; LIFT sits with a member of the household."""

SAID = ("still", "foot", "bicycle", "still", "bus", "car", "car", "car")
"""What a phone calls each of them."""

Rows = NDArray[np.int64]


class Bodies(msgspec.Struct):
    """(R,) columns in the register's order. ``place`` is the place one is in, ``goal`` the one one is bound for (index
    into the city's places, -1: none); ``busy`` with an errand, one follows no daily plan; ``late``: an activity's time
    came while one was still under way. ``vehicle`` is the own car, or the bus one sits in; ``line``, ``board`` and
    ``alight`` the bus ride one is up to (-1: none). Times in seconds since the start."""

    xy: np.ndarray  # (R, 2) metres
    heading_deg: np.ndarray
    speed_mps: np.ndarray
    mode: np.ndarray
    activity: np.ndarray
    place: np.ndarray
    goal: np.ndarray
    goal_xy: np.ndarray
    vehicle: np.ndarray
    line: np.ndarray
    board: np.ndarray
    alight: np.ndarray
    lift: np.ndarray  # row of whoever takes them along, -1
    since_s: np.ndarray  # when this stage of the way began
    next_s: np.ndarray  # when the next activity begins
    told_s: np.ndarray  # when the phone last told its position
    busy: np.ndarray
    late: np.ndarray
    trips: np.ndarray  # (8,) ways begun so far, by mode

    @classmethod
    def at(cls, xy: Floats) -> Bodies:
        count = len(xy)

        def ints(dtype: type[np.generic], value: int = -1) -> np.ndarray:
            return np.full(count, value, dtype)

        return cls(
            xy=xy.copy(), heading_deg=np.zeros(count), speed_mps=np.zeros(count), mode=ints(np.uint8, STILL),
            activity=ints(np.uint8, 0), place=ints(np.int16), goal=ints(np.int16), goal_xy=xy.copy(),
            vehicle=ints(np.int64), line=ints(np.int16), board=ints(np.int16), alight=ints(np.int16),
            lift=ints(np.int64), since_s=np.zeros(count), next_s=np.zeros(count), told_s=np.full(count, -1e9),
            busy=np.zeros(count, np.bool_), late=np.zeros(count, np.bool_), trips=np.zeros(8, np.int64),
        )  # fmt: skip
