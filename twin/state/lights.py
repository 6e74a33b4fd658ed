"""What is believed of every traffic light group."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twin.city.model import City
from twin.core.words import Freshness, LightState
from twin.state.batch import LightStates

STALE_MS: Final = 15_000
PASSABLE: Final = (LightState.PERMISSIVE_GREEN, LightState.GREEN)


class LightTable:
    """G rows, one a signal group, in the city's order of intersections and groups."""

    def __init__(self, city: City) -> None:
        rows = [(i, group) for i, crossing in enumerate(city.intersections) for group in crossing.groups]
        self.intersection = np.array([i for i, _ in rows], np.int32)
        self.group = np.array([group.number for _, group in rows], np.int32)
        self.row_of = {(i, group.number): row for row, (i, group) in enumerate(rows)}
        self.number_of = {crossing.number: i for i, crossing in enumerate(city.intersections)}
        self.row_of_edge = np.full(len(city.roads), -1, np.int32)
        for row, (_, group) in enumerate(rows):
            self.row_of_edge[list(group.edges)] = row
        self.state_now = np.zeros(len(rows), np.uint8)
        self.observed_ms = np.full(len(rows), -1, np.int64)
        self.received_ms = np.full(len(rows), -1, np.int64)
        self.changed_ms = np.full(len(rows), -1, np.int64)
        self.changed = np.zeros(len(rows), np.bool_)  # since the last picture; no part of the state

    def __len__(self) -> int:
        return len(self.group)

    def apply(self, states: LightStates, received_ms: int) -> None:
        """The newest of each group wins; groups that the city does not have were refused before."""
        for intersection, group, state, observed_ms in zip(
            states.intersection.tolist(),
            states.group.tolist(),
            states.state.tolist(),
            states.observed_ms.tolist(),
            strict=True,
        ):
            row = self.row_of[intersection, group]
            if observed_ms < self.observed_ms[row]:
                continue
            if self.state_now[row] != state:
                self.changed_ms[row] = observed_ms
                self.changed[row] = True
            self.state_now[row] = state
            self.observed_ms[row], self.received_ms[row] = observed_ms, received_ms

    def freshness(self, now_ms: int) -> NDArray[np.uint8]:
        result = np.where(now_ms - self.received_ms > STALE_MS, Freshness.STALE, Freshness.FRESH)
        return np.where(self.received_ms < 0, Freshness.UNKNOWN, result).astype(np.uint8)

    def green(self, now_ms: int) -> NDArray[np.bool_]:
        """(E,) whether an edge's own light is believed green; False where it has none or is not fresh."""
        go = np.isin(self.state_now, PASSABLE) & (self.freshness(now_ms) == Freshness.FRESH)
        result = np.zeros(len(self.row_of_edge), np.bool_)
        lit = self.row_of_edge >= 0
        result[lit] = go[self.row_of_edge[lit]]
        return result

    def state(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("state_now", "observed_ms", "received_ms", "changed_ms")}

    def load(self, state: dict[str, Any]) -> None:
        for name, column in state.items():
            setattr(self, name, column.copy())
        self.changed[:] = True
