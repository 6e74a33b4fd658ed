"""Conditions on vehicles that brake hard at one spot, away from junctions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from twin.city.model import City
from twin.core.words import Doubt, StationType
from twin.state.conditions import BrakingCondition, Crossing
from twin.state.ground import Ground
from twin.state.movers import DRIVING_MPS, MoverTable

JUNCTION_M: Final = 40.0
"""Whoever brakes this near the end of an edge brakes for the junction."""
MOST: Final = 4_096
"""Hard brakings remembered at a time; the oldest go first."""
REMEMBERED_MS: Final = 1_800_000

_WATCHED: Final = np.isin(np.arange(256), [StationType.UNKNOWN, *range(StationType.MOPED, StationType.TRAILER + 1)])

End = Literal["", "passed", "ran_out"]


class Brake(msgspec.Struct, frozen=True, array_like=True):
    """One vehicle that braked hard."""

    heard_ms: int
    observed_ms: int
    x_m: float
    y_m: float
    edge: int
    decel_mps2: float
    vehicle: str
    provenance: int


class _Spot(msgspec.Struct, array_like=True):
    """An edge on which a condition holds."""

    last: Brake
    passing: bool = False  # somebody has driven on it since without braking


class Braking:
    """Hard brakings of late, and the edges on which a condition holds. ``over`` remembers how a spot ended."""

    def __init__(self, city: City, movers: MoverTable, conditions: Sequence[BrakingCondition], ground: Ground) -> None:
        self.conditions = tuple(conditions)
        self._movers = movers
        self._ground = ground
        self._length_m = city.roads.length_m
        self._hardest = min((item.decel_mps2 for item in conditions), default=np.inf)
        self._longest_ms = max((item.window_s for item in conditions), default=0.0) * 1000
        self._looked_ms = -1
        self._brakes: list[Brake] = []
        self.active: dict[tuple[str, int], _Spot] = {}
        self.over: dict[tuple[str, int], tuple[int, End]] = {}

    def advance(self, now_ms: int) -> list[Crossing]:
        """Look at everything that moved since the last look; belief's movers must have been matched to edges."""
        if not self.conditions:
            return []
        movers = self._movers
        moved = movers.alive & (movers.received_ms > self._looked_ms) & _WATCHED[movers.kind] & (movers.edge >= 0)
        self._looked_ms = now_ms
        with np.errstate(invalid="ignore"):
            hard = moved & (movers.acceleration_mps2 <= -self._hardest) & (movers.doubt & Doubt.JUMP == 0)
        slots = np.flatnonzero(hard)
        left_m = self._length_m[movers.edge[slots]] - movers.offset_m[slots]
        new = [self._brake(slot, now_ms) for slot in slots[left_m > JUNCTION_M].tolist()]
        self._brakes = [b for b in self._brakes if now_ms - b.heard_ms <= self._longest_ms][-MOST:] + new
        driven = moved & ~hard & (movers.speed_mps > DRIVING_MPS)
        raised = [crossing for item in self.conditions for crossing in self._raise(item, new, now_ms)]
        return raised + self._end(set(movers.edge[driven].tolist()), now_ms)

    def _brake(self, slot: int, now_ms: int) -> Brake:
        movers = self._movers
        return Brake(
            now_ms,
            int(movers.observed_ms[slot]),
            float(movers.x_m[slot]),
            float(movers.y_m[slot]),
            int(movers.edge[slot]),
            round(-float(movers.acceleration_mps2[slot]), 2),
            movers.key[slot].partition(":")[2],
            int(movers.provenance[slot]),
        )

    def _raise(self, condition: BrakingCondition, new: list[Brake], now_ms: int) -> list[Crossing]:
        recent = [
            brake
            for brake in self._brakes
            if brake.decel_mps2 >= condition.decel_mps2 and now_ms - brake.heard_ms <= condition.window_s * 1000
        ]
        xy: NDArray[np.float64] = np.array([(brake.x_m, brake.y_m) for brake in recent]).reshape(-1, 2)
        crossings: list[Crossing] = []
        for brake in new:
            if brake.decel_mps2 < condition.decel_mps2 or not self._ground.holds(condition, brake.x_m, brake.y_m):
                continue
            near = np.flatnonzero(np.hypot(*(xy - (brake.x_m, brake.y_m)).T) <= condition.radius_m)
            key = (condition.id, brake.edge)
            if key in self.active:
                self.active[key] = _Spot(brake)
            elif len({recent[row].vehicle for row in near.tolist()}) >= condition.count:
                self.active[key] = _Spot(brake)
                self.over.pop(key, None)
                crossings.append(_crossing(key, brake, now_ms, ""))
        return crossings

    def _end(self, driven: set[int], now_ms: int) -> list[Crossing]:
        windows = {condition.id: condition.window_s * 1000 for condition in self.conditions}
        crossings: list[Crossing] = []
        for key, spot in sorted(self.active.items()):
            spot.passing |= key[1] in driven and spot.last.heard_ms < now_ms
            if now_ms - spot.last.heard_ms > windows[key[0]]:
                how: End = "passed" if spot.passing else "ran_out"
                del self.active[key]
                self.over[key] = (now_ms, how)
                crossings.append(_crossing(key, spot.last, now_ms, how))
        for key in [key for key, (ended_ms, _) in self.over.items() if now_ms - ended_ms > REMEMBERED_MS]:
            del self.over[key]
        return crossings

    def shift(self, gap_ms: int) -> None:
        """The twin was down for so long: what it saw before is not older for it."""
        self._brakes = [msgspec.structs.replace(brake, heard_ms=brake.heard_ms + gap_ms) for brake in self._brakes]
        for spot in self.active.values():
            spot.last = msgspec.structs.replace(spot.last, heard_ms=spot.last.heard_ms + gap_ms)

    def state(self) -> list[Any]:
        active = [[*key, spot] for key, spot in sorted(self.active.items())]
        over = [[*key, *end] for key, end in sorted(self.over.items())]
        return [self._looked_ms, self._brakes, active, over]

    def load(self, state: list[Any]) -> None:
        known = {condition.id for condition in self.conditions}
        self._looked_ms, brakes, active, over = state
        self._brakes = msgspec.convert(brakes, list[Brake])
        self.active = {(c, edge): msgspec.convert(spot, _Spot) for c, edge, spot in active if c in known}
        self.over = {(c, edge): (ended_ms, how) for c, edge, ended_ms, how in over if c in known}


def _crossing(key: tuple[str, int], brake: Brake, now_ms: int, ended: End) -> Crossing:
    return Crossing(
        condition=key[0],
        subject=f"edge:{key[1]}",
        raised=not ended,
        city_ms=now_ms,
        observed_ms=now_ms if ended else brake.observed_ms,
        x_m=brake.x_m,
        y_m=brake.y_m,
        value=brake.decel_mps2,
        source=brake.vehicle,
        provenance=brake.provenance,
        edge=key[1],
        ended=ended,
        message=f"cam:{brake.vehicle}@{brake.observed_ms}",
    )
