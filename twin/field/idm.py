"""Car following: the Intelligent Driver Model (Treiber, Hennecke, Helbing 2000), bounded so that none collide."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Drivers:
    """What all drivers share. ``comfortable`` and ``hardest`` are decelerations, positive."""

    headway_s: float
    least_gap_m: float
    comfortable_mps2: float
    hardest_mps2: float


def acceleration(
    drivers: Drivers, speed: Floats, desired: Floats, gap: Floats, leader_speed: Floats, pull: Floats
) -> Floats:
    """IDM acceleration in m/s². ``gap`` is bumper to bumper; infinite where nobody is ahead.

    Only products and one quotient each: the same bytes on every processor.
    """
    reach = speed * (speed - leader_speed) / (2.0 * np.sqrt(pull * drivers.comfortable_mps2))
    wanted = drivers.least_gap_m + np.maximum(speed * drivers.headway_s + reach, 0.0)
    near = wanted / np.maximum(gap, 0.1)
    share = speed / np.maximum(desired, 0.1)
    square = share * share
    # above the desired speed the free term alone would brake without bound
    free = np.maximum(pull * (1.0 - square * square), -drivers.comfortable_mps2)
    return np.maximum(free - pull * near * near, -drivers.hardest_mps2)


def safe_speed(drivers: Drivers, gap: Floats, leader_speed: Floats, step_s: float) -> Floats:
    """The highest speed from which a vehicle still stops behind a leader that brakes as hard as it can."""
    brake = drivers.hardest_mps2 * 0.75
    slack = brake * step_s
    return np.sqrt(slack * slack + leader_speed * leader_speed + 2.0 * brake * np.maximum(gap, 0.0)) - slack


def advance(
    speed: Floats, push: Floats, gap: Floats, leader_speed: Floats, drivers: Drivers, step_s: float
) -> tuple[Floats, Floats]:
    """New speeds and the distances covered in one step; never further than ``gap``, never backwards."""
    new = np.minimum(speed + push * step_s, safe_speed(drivers, gap, leader_speed, step_s))
    new = np.maximum(np.maximum(new, speed - drivers.hardest_mps2 * step_s), 0.0)
    distance = np.minimum((speed + new) * (0.5 * step_s), np.maximum(gap, 0.0))
    return np.minimum(new, 2.0 * distance / step_s + 0.5), distance
