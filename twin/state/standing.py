"""Conditions on vehicles that stand where neither a light, a junction nor a stop explains it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from twin.city.model import City
from twin.core.words import Freshness, StationType
from twin.state.conditions import Crossing, StoppedCondition
from twin.state.ground import Ground
from twin.state.movers import DRIVING_MPS, MoverTable

Indices = NDArray[np.int64]
End = Literal["", "passed", "ran_out"]

JUNCTION_M: Final = 22.0
"""Whoever stands this near the end of an edge waits for a light or gives way."""
QUEUE_GAP_M: Final = 16.0
"""Whoever stands this near behind one that is explained is explained too."""
STOP_M: Final = 25.0
FORGOTTEN_MS: Final = 120_000
_EVERY_MS: Final = 1_000
_WATCHED: Final = np.isin(
    np.arange(256),
    [StationType.UNKNOWN, *range(StationType.MOPED, StationType.TRAILER + 1)],
)


class _Blocked(msgspec.Struct):
    """An edge on which a condition holds."""

    seen_ms: int  # when a standing vehicle was last there
    x_m: float
    y_m: float
    source: str
    provenance: int


class Standing:
    """Which edges are blocked, by condition. ``passing_ms[e]`` says since when vehicles have been seen to drive on an
    edge with none standing there unexplained (-1: they have not)."""

    def __init__(self, city: City, movers: MoverTable, conditions: Sequence[StoppedCondition], ground: Ground) -> None:
        self.conditions = tuple(conditions)
        self._ground = ground
        self.movers = movers
        self._length_m = city.roads.length_m
        self._stops: dict[int, list[float]] = {}
        for line in city.bus_lines:
            for edge, offset_m, _ in line.stops:
                self._stops.setdefault(edge, []).append(offset_m)
        self.active: dict[tuple[str, int], _Blocked] = {}
        self.passing_ms = np.full(len(city.roads), -1, np.int64)
        self._evaluated = -1

    def advance(self, now_ms: int) -> list[Crossing]:
        """Look once in a second of city time; belief's movers must have been matched to edges."""
        if not self.conditions or now_ms // _EVERY_MS == self._evaluated:
            return []
        self._evaluated = now_ms // _EVERY_MS
        movers = self.movers
        fresh = movers.alive & (movers.freshness(now_ms) == Freshness.FRESH) & _WATCHED[movers.kind]
        fresh &= movers.edge >= 0
        slots = self._unexplained(np.flatnonzero(fresh & (movers.standing_since_ms >= 0)))
        since = np.full(len(movers), -1, np.int64)  # a queue that moves off is explained until its last vehicle has
        since[slots] = np.where(movers.unexplained_ms[slots] < 0, now_ms, movers.unexplained_ms[slots])
        movers.unexplained_ms = since
        driven = np.unique(movers.edge[fresh & (movers.speed_mps > DRIVING_MPS)])
        self.passing_ms[driven[self.passing_ms[driven] < 0]] = now_ms
        self.passing_ms[movers.edge[slots]] = -1
        crossings: list[Crossing] = []
        for condition in self.conditions:
            crossings += self._raise(condition, slots, now_ms)
        return crossings + self._clear(set(movers.edge[slots].tolist()), now_ms)

    def _unexplained(self, slots: Indices) -> Indices:
        """Those standing in no queue that begins at a junction or a bus stop."""
        movers = self.movers
        if len(slots) == 0:
            return slots
        edge, offset = movers.edge[slots], movers.offset_m[slots].astype(np.float64)
        order = np.lexsort((slots, -offset, edge))  # along each edge, the foremost first
        slots, edge, offset = slots[order], edge[order], offset[order]
        leads = np.ones(len(slots), np.bool_)
        leads[1:] = (edge[1:] != edge[:-1]) | (offset[:-1] - offset[1:] > QUEUE_GAP_M)
        explained = self._length_m[edge] - offset < JUNCTION_M
        for row in np.flatnonzero(leads & (movers.kind[slots] == StationType.BUS)).tolist():
            stops = self._stops.get(int(edge[row]), ())
            explained[row] |= any(abs(stop - offset[row]) < STOP_M for stop in stops)
        unexplained: Indices = slots[~explained[leads][np.cumsum(leads) - 1]]
        return unexplained

    def _raise(self, condition: StoppedCondition, slots: Indices, now_ms: int) -> list[Crossing]:
        movers = self.movers
        due = slots[now_ms - movers.unexplained_ms[slots] >= condition.dwell_s * 1000]
        if len(due) < condition.count:
            return []
        due = due[self._ground.mask(condition, movers.x_m[due], movers.y_m[due])]
        if len(due) == 0:
            return []
        points = np.column_stack((movers.x_m[due], movers.y_m[due]))
        near = cKDTree(points).query_ball_point(points, condition.radius_m, return_length=True)
        crossings: list[Crossing] = []
        for slot in due[near >= condition.count].tolist():
            edge = int(movers.edge[slot])
            key = (condition.id, edge)
            if key in self.active:
                self.active[key].seen_ms = now_ms
                continue
            blocked = _Blocked(
                now_ms,
                float(movers.x_m[slot]),
                float(movers.y_m[slot]),
                movers.key[slot].partition(":")[2],
                int(movers.provenance[slot]),
            )
            self.active[key] = blocked
            crossings.append(self._crossing(key, blocked, int(movers.observed_ms[slot]), now_ms, ""))
        return crossings

    def _clear(self, standing: set[int], now_ms: int) -> list[Crossing]:
        crossings: list[Crossing] = []
        for key, blocked in sorted(self.active.items()):
            passed = self.passing_ms[key[1]] >= 0
            if key[1] in standing:
                blocked.seen_ms = now_ms
            elif passed or now_ms - blocked.seen_ms > FORGOTTEN_MS:
                del self.active[key]
                how: End = "passed" if passed else "ran_out"
                crossings.append(self._crossing(key, blocked, now_ms, now_ms, how))
        return crossings

    def _crossing(self, key: tuple[str, int], blocked: _Blocked, observed_ms: int, now_ms: int, ended: End) -> Crossing:
        return Crossing(
            condition=key[0],
            subject=f"edge:{key[1]}",
            raised=not ended,
            city_ms=now_ms,
            observed_ms=observed_ms,
            x_m=blocked.x_m,
            y_m=blocked.y_m,
            value=None,
            source=blocked.source,
            provenance=blocked.provenance,
            edge=key[1],
            ended=ended,
            message=f"cam:{blocked.source}@{observed_ms}",
        )

    def shift(self, gap_ms: int) -> None:
        """The twin was down for so long; see ``Thresholds.shift``."""
        for since in (self.movers.standing_since_ms, self.movers.unexplained_ms):
            since[since >= 0] += gap_ms
        self.passing_ms[self.passing_ms >= 0] += gap_ms
        for blocked in self.active.values():
            blocked.seen_ms += gap_ms

    def state(self) -> list[Any]:
        active = [[*key, msgspec.structs.astuple(blocked)] for key, blocked in sorted(self.active.items())]
        return [active, self.passing_ms, self._evaluated]

    def load(self, state: list[Any]) -> None:
        known = {condition.id for condition in self.conditions}
        active, passing_ms, self._evaluated = state
        self.passing_ms = passing_ms.copy()
        self.active = {(c, edge): _Blocked(*fields) for c, edge, fields in active if c in known}
