"""The ways that people are on, as columns: lines in one pool of points, walked off all at once."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from twin.field.hazards.base import Floats

Rows = NDArray[np.int64]
_LEAST_POOL = 4096


class WaysState(msgspec.Struct):
    """Points of row r: ``first[r]`` and ``count[r]`` of them in the pool; ``at[r]`` is the last one passed."""

    x_m: np.ndarray
    y_m: np.ndarray
    along_m: np.ndarray
    used: int
    first: np.ndarray
    count: np.ndarray
    at: np.ndarray
    done_m: np.ndarray
    speed_mps: np.ndarray


class Ways:
    """One way for each of ``residents`` rows at most."""

    def __init__(self, residents: int) -> None:
        first, count, at = (np.zeros(residents, np.int64) for _ in range(3))
        x_m, y_m, along_m = (np.zeros(_LEAST_POOL) for _ in range(3))
        self.state = WaysState(x_m, y_m, along_m, 0, first, count, at, np.zeros(residents), np.zeros(residents))

    def begin(self, row: int, x_m: Floats, y_m: Floats, speed_mps: float) -> float:
        """Put a row on a line of two points or more; returns its length."""
        state, count = self.state, len(x_m)
        self.end(row)
        if state.used + count > len(state.x_m):
            self._tidy(count)
        here = slice(state.used, state.used + count)
        state.x_m[here], state.y_m[here] = x_m, y_m
        state.along_m[here] = np.concatenate(([0.0], np.cumsum(np.hypot(np.diff(x_m), np.diff(y_m)))))
        state.first[row], state.count[row], state.at[row] = state.used, count, 0
        state.done_m[row], state.speed_mps[row] = 0.0, speed_mps
        state.used += count
        return float(state.along_m[state.used - 1])

    def end(self, row: int) -> None:
        self.state.count[row] = 0

    def total_m(self, row: int) -> float:
        state = self.state
        return float(state.along_m[state.first[row] + state.count[row] - 1]) if state.count[row] else 0.0

    def advance(self, rows: Rows, dt_s: float) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        """Move rows on by ``dt_s``: (n, 2) positions, headings in degrees from north, whether each is at its end."""
        state = self.state
        first, last = state.first[rows], state.count[rows] - 1
        done = state.done_m[rows] + state.speed_mps[rows] * dt_s
        total = state.along_m[first + last]
        there = done >= total
        done = np.minimum(done, total)
        state.done_m[rows] = done
        at = state.at[rows]
        while True:
            ahead = (at < last - 1) & (state.along_m[first + np.minimum(at + 1, last)] <= done)
            if not ahead.any():
                break
            at = at + ahead
        state.at[rows] = at
        here = first + at
        begin, end = state.along_m[here], state.along_m[here + 1]
        share = np.clip((done - begin) / np.maximum(end - begin, 1e-9), 0.0, 1.0)
        dx, dy = state.x_m[here + 1] - state.x_m[here], state.y_m[here + 1] - state.y_m[here]
        xy = np.column_stack((state.x_m[here] + dx * share, state.y_m[here] + dy * share))
        return xy, np.degrees(np.arctan2(dx, dy)) % 360.0, there

    def _tidy(self, more: int) -> None:
        """Close the gaps that ended ways left, and make room for ``more`` points."""
        state = self.state
        live = np.flatnonzero(state.count > 0)
        sizes = state.count[live]
        starts = np.concatenate(([0], np.cumsum(sizes)))
        used = int(starts[-1])
        take = np.repeat(state.first[live] - starts[:-1], sizes) + np.arange(used)
        room = max(_LEAST_POOL, 2 * (used + more))
        for name in ("x_m", "y_m", "along_m"):
            pool = np.zeros(room)
            pool[:used] = getattr(state, name)[take]
            setattr(state, name, pool)
        state.first[live], state.used = starts[:-1], used

    def dump(self) -> WaysState:
        self._tidy(0)
        return self.state

    def load(self, state: WaysState) -> None:
        for field in state.__struct_fields__:
            value = getattr(state, field)
            if isinstance(value, np.ndarray):
                setattr(state, field, value.copy())
        self.state = state
