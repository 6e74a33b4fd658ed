"""Who does what, solved at once for all open tasks and all free units."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

Floats = NDArray[np.float64]
Bits = NDArray[np.bool_]
Longs = NDArray[np.int64]

GRADE = 1e7
"""What a level of severity is worth in weighted seconds: more than all travel together could ever be, so that no saving
on the way lets a graver task wait for a lesser one."""
COVER = 2.5 * GRADE
"""What a unit kept free is worth: less than a task of Ⅱ, more than one of Ⅲ."""
_TIE = 1e-4
_LONGEST_WAIT_S = 7200.0


class Matched(NamedTuple):
    """``unit`` (T,) the column for each task, -1 for none; ``kept`` the columns that stay free as cover."""

    unit: Longs
    kept: Longs


def worth(severity: Longs, waited_s: Floats, weight: Floats) -> Floats:
    """(T,) what it is worth to serve each task: its severity before all, then how long it has waited."""
    gain: Floats = GRADE * (5 - severity) + weight * np.clip(waited_s, 0.0, _LONGEST_WAIT_S)
    return gain


def match(seconds: Floats, able: Bits, value: Floats, weight: Floats, held: Bits) -> Matched:
    """``seconds`` and ``able`` are (T, U), ``value`` and ``weight`` (T,). Each row of ``held`` (K, U) keeps one more
    unit of its set free. Equal solutions are told apart by the columns' order, in which tasks choose first."""
    tasks, units = able.shape
    tie = _TIE * np.arange(units)
    open_cost = np.where(able, np.round(seconds, 1) * weight[:, None] - value[:, None] + tie, 0.0)
    cost = np.vstack((open_cost, np.where(held, tie / 2 - COVER, 0.0)))
    row, column = linear_sum_assignment(cost)
    good = np.vstack((able, held))[row, column]
    row, column = row[good], column[good]
    unit = np.full(tasks, -1, np.int64)
    unit[row[row < tasks]] = column[row < tasks]
    return Matched(unit, column[row >= tasks].astype(np.int64))
