"""The live network: what is believed of the speed on every edge, and which edges are believed closed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twin.city.model import City
from twin.core.words import StationType
from twin.state.movers import MoverTable

Floats = NDArray[np.float64]

WEIGHT: Final = 0.2  # of a new sample against what is held
TRUST_MS: Final = 300_000  # what was seen fades to free flow over this time
SLOWEST_MPS: Final = 1.0
TRIP_MS: Final = 60_000
"""Travel times are planned by a picture of the roads that is taken this often; closures count at once."""
_SAMPLED: Final = np.isin(np.arange(256), [StationType.UNKNOWN, *range(StationType.MOPED, StationType.TRAILER + 1)])


class EdgeSpeeds:
    """E edges. ``speed_mps`` is a moving average over matched vehicles, ``heard_ms`` when the last one was seen."""

    def __init__(self, city: City) -> None:
        roads = city.roads
        self._length_m = roads.length_m
        self.free_mps = np.maximum(roads.speed_mps.astype(np.float64), SLOWEST_MPS)
        self.speed_mps = self.free_mps.copy()
        self.heard_ms = np.full(len(roads), -1, np.int64)
        self.closed = np.zeros(len(roads), np.bool_)
        self.trip_s: Floats = self._length_m / self.free_mps
        self.pictured_ms = np.full(1, -TRIP_MS, np.int64)

    def hear(self, movers: MoverTable, slots: NDArray[np.int32], now_ms: int) -> None:
        """Learn from vehicles that were just matched to their edges."""
        good = (movers.edge[slots] >= 0) & _SAMPLED[movers.kind[slots]] & ~np.isnan(movers.speed_mps[slots])
        good &= movers.doubt[slots] == 0
        slots = slots[good]
        if len(slots) == 0:
            return
        edge = movers.edge[slots]
        count = np.bincount(edge, minlength=len(self.closed))
        total = np.bincount(edge, weights=movers.speed_mps[slots], minlength=len(self.closed))
        seen = np.flatnonzero(count)
        mean = total[seen] / count[seen]
        held = self.believed(now_ms)[seen]
        weight = 1.0 - (1.0 - WEIGHT) ** np.minimum(count[seen], 8)
        self.speed_mps[seen] = held + weight * (mean - held)
        self.heard_ms[seen] = now_ms

    def believed(self, now_ms: int) -> Floats:
        """(E,) metres a second; free flow where nothing was heard for long."""
        trust = np.clip(1.0 - (now_ms - self.heard_ms) / TRUST_MS, 0.0, 1.0)
        trust[self.heard_ms < 0] = 0.0
        believed: Floats = self.free_mps + trust * (self.speed_mps - self.free_mps)
        return believed

    def times(self, now_ms: int) -> Floats:
        """(E,) seconds to drive each edge; infinite where closed."""
        seconds = self._length_m / np.maximum(self.believed(now_ms), SLOWEST_MPS)
        seconds[self.closed] = np.inf
        return seconds

    def picture(self, now_ms: int) -> None:
        """Take the picture of this city minute, once."""
        if now_ms // TRIP_MS != self.pictured_ms[0] // TRIP_MS:
            self.trip_s = self._length_m / np.maximum(self.believed(now_ms), SLOWEST_MPS)
            self.pictured_ms[0] = now_ms

    def trips(self) -> Floats:
        """(E,) seconds to drive each edge by the last picture; infinite where closed now."""
        return np.where(self.closed, np.inf, self.trip_s)

    def set_closed(self, edges: Iterable[int]) -> None:
        """The edges believed closed from now on, and no others."""
        self.closed[:] = False
        self.closed[sorted(edges)] = True

    def state(self) -> dict[str, Any]:
        names = ("speed_mps", "heard_ms", "closed", "trip_s", "pictured_ms")
        return {name: getattr(self, name) for name in names}

    def load(self, state: dict[str, Any]) -> None:
        for name, column in state.items():
            setattr(self, name, column.copy())
