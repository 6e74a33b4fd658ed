"""What is believed of everything that moves: vehicles, crews and people, one slot each, as columns."""

from __future__ import annotations

import heapq
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from twin.core.columns import Positions
from twin.core.words import Doubt, Freshness, StationType
from twin.formats.refusal import Reason, Refused
from twin.state.ordering import LATE_MS, SET, SHIFTED, SenderClocks
from twin.state.sensors import DUPLICATE, LATE, SUPERSEDED

Slots = NDArray[np.int32]
Floats = NDArray[np.float64]

STALE_MS: Final = {"vehicle": 10_000, "unit": 15_000, "person": 180_000}
"""Phones speak seldom."""
SILENT_MS: Final = {"vehicle": 60_000, "person": 900_000}
"""A mover not heard for so long is forgotten and its slot given away; crews never are."""
MOST: Final = 100_000
"""Movers believed at a time; their names are made up by whoever speaks. Crews always have room."""
JUMP_MPS: Final = 70.0
JUMP_SLACK_M: Final = 25.0
STANDING_MPS: Final = 0.5
DRIVING_MPS: Final = 1.5

_DTYPES: Final[dict[str, tuple[Any, Any]]] = {
    "x_m": (np.float64, np.nan),
    "y_m": (np.float64, np.nan),
    "heading_deg": (np.float32, np.nan),
    "speed_mps": (np.float32, np.nan),
    "acceleration_mps2": (np.float32, np.nan),
    "observed_ms": (np.int64, -1),
    "received_ms": (np.int64, -1),
    "delay_ms": (np.int64, 0),
    "kind": (np.uint8, 0),
    "doubt": (np.uint8, 0),
    "provenance": (np.uint8, 0),
    "source": (np.int16, -1),
    "department": (np.int8, -1),
    "alive": (np.bool_, False),
    "generation": (np.int64, 0),
    "edge": (np.int32, -1),
    "offset_m": (np.float32, 0.0),
    "unmatched": (np.bool_, False),
    "standing_since_ms": (np.int64, -1),
    "unexplained_ms": (np.int64, -1),  # standing without a reason since; kept by Standing
    "stale_ms": (np.int64, 0),
    "forget_ms": (np.int64, -1),
}

ON_ROADS: Final = np.array([k not in (StationType.PEDESTRIAN, StationType.ROADSIDE_UNIT) for k in range(256)], np.bool_)


class Matcher(Protocol):
    """What ``twin.city.locate.Locator`` offers here."""

    def match(self, x: Floats, y: Floats, heading_deg: Floats, previous_edge: Slots) -> tuple[Slots, Floats]: ...


class MoverTable:
    """Slots are reused; ``generation`` tells one tenant from the next. A key is ``<class>:<sender>``."""

    x_m: Floats
    y_m: Floats
    heading_deg: NDArray[np.float32]
    speed_mps: NDArray[np.float32]
    acceleration_mps2: NDArray[np.float32]
    observed_ms: NDArray[np.int64]
    received_ms: NDArray[np.int64]
    delay_ms: NDArray[np.int64]
    kind: NDArray[np.uint8]
    doubt: NDArray[np.uint8]
    provenance: NDArray[np.uint8]
    source: NDArray[np.int16]
    department: NDArray[np.int8]
    alive: NDArray[np.bool_]
    generation: NDArray[np.int64]
    edge: Slots
    offset_m: NDArray[np.float32]
    unmatched: NDArray[np.bool_]
    standing_since_ms: NDArray[np.int64]
    unexplained_ms: NDArray[np.int64]
    stale_ms: NDArray[np.int64]
    forget_ms: NDArray[np.int64]

    def __init__(self, capacity: int = 1024) -> None:
        for name, (dtype, empty) in _DTYPES.items():
            setattr(self, name, np.full(capacity, empty, dtype))
        self.clocks = SenderClocks(capacity)
        self.key: list[str] = [""] * capacity
        self.slot_of: dict[str, int] = {}
        self._free = list(range(capacity))

    def __len__(self) -> int:
        return len(self.key)

    def claim(self, key: str, kind: int, source: int, provenance: int, delay_ms: int, department: int = -1) -> int:
        """The slot of a sender; a new one when it has none. Raises :class:`Refused` where there are too many."""
        slot = self.slot_of.get(key)
        if slot is not None:
            return slot
        manner = key.partition(":")[0]
        if len(self.slot_of) >= MOST and manner != "unit":
            raise Refused(Reason.TOO_MANY, f"more than {MOST} movers")
        if not self._free:
            self._grow()
        slot = heapq.heappop(self._free)
        generation = int(self.generation[slot])
        for name, (_, empty) in _DTYPES.items():
            getattr(self, name)[slot] = empty
        self.generation[slot] = (generation + 1) & 0xFFFF
        self.kind[slot], self.source[slot], self.provenance[slot] = kind, source, provenance
        self.delay_ms[slot], self.department[slot], self.alive[slot] = delay_ms, department, True
        self.stale_ms[slot], self.forget_ms[slot] = STALE_MS[manner], SILENT_MS.get(manner, -1)
        self.key[slot] = key
        self.slot_of[key] = slot
        return slot

    def _grow(self) -> None:
        size = len(self.key)
        for name, (dtype, empty) in _DTYPES.items():
            setattr(self, name, np.append(getattr(self, name), np.full(size, empty, dtype)))
        self.clocks.grow(2 * size)
        self.key += [""] * size
        self._free = list(range(size, 2 * size))

    def release(self, slot: int) -> None:
        """Forget a tenant at once."""
        del self.slot_of[self.key[slot]]
        self.key[slot] = ""
        self.alive[slot] = False
        self.unmatched[slot] = False
        self.clocks.forget(np.array([slot]))
        heapq.heappush(self._free, slot)

    def release_silent(self, now_ms: int) -> list[str]:
        """Forget those not heard for too long; their keys."""
        silent = self.alive & (self.forget_ms >= 0) & (now_ms - self.received_ms - self.delay_ms > self.forget_ms)
        slots = np.flatnonzero(silent).tolist()
        keys = [self.key[slot] for slot in slots]
        for slot in slots:
            self.release(slot)
        return keys

    def apply_round(
        self,
        positions: Positions,
        rows: NDArray[np.int64],
        clock: NDArray[np.uint8],
        slack_ms: NDArray[np.int64],
        received_ms: int,
    ) -> NDArray[np.uint8]:
        """Apply rows of distinct slots, times already corrected; an outcome a row (see ``sensors``)."""
        slot, times = positions.slot[rows], positions.observed_ms[rows]
        x, y = positions.x_m[rows], positions.y_m[rows]
        believed = self.observed_ms[slot]
        outcome = np.zeros(len(rows), np.uint8)
        older = (times < believed) & (clock[rows] & SET == 0)
        if older.any():
            outcome[older] = np.where(believed[older] - times[older] > LATE_MS, LATE, SUPERSEDED)
        same = (times == believed) & (x == self.x_m[slot]) & (y == self.y_m[slot])
        outcome[same] = DUPLICATE
        keep = outcome == 0
        if not keep.all():
            rows, slot, times, x, y, believed = rows[keep], slot[keep], times[keep], x[keep], y[keep], believed[keep]
        reach = JUMP_SLACK_M + JUMP_MPS * np.maximum(times - believed, 0) / 1000.0
        moved = np.abs(x - self.x_m[slot]) + np.abs(y - self.y_m[slot])  # within a factor √2 of the distance
        jumped = (believed >= 0) & (moved > reach * 1.5)
        speed = positions.speed_mps[rows]
        standing = self.standing_since_ms[slot]
        standing = np.where((speed < STANDING_MPS) & (standing < 0), times, standing)
        self.standing_since_ms[slot] = np.where((speed > DRIVING_MPS) | jumped, -1, standing)
        self.x_m[slot], self.y_m[slot] = x, y
        self.heading_deg[slot] = positions.heading_deg[rows]
        self.speed_mps[slot] = speed
        self.acceleration_mps2[slot] = positions.acceleration_mps2[rows]
        self.observed_ms[slot] = times
        # A backlog is as old as its own time says; anything else is as young as its arrival.
        due = received_ms - self.delay_ms[slot]
        self.received_ms[slot] = np.where(due - times > slack_ms[rows], times + self.delay_ms[slot], received_ms)
        self.doubt[slot] = np.where(jumped, Doubt.JUMP, 0) | np.where(clock[rows] & SHIFTED != 0, Doubt.SKEWED, 0)
        self.unmatched[slot] = True
        return outcome

    def match(self, matcher: Matcher) -> Slots:
        """Match to road edges whatever moved since the last call; the slots that were matched."""
        slots = np.flatnonzero(self.unmatched & ON_ROADS[self.kind]).astype(np.int32)
        self.unmatched[:] = False
        if len(slots):
            heading = self.heading_deg[slots].astype(np.float64)
            edge, offset = matcher.match(self.x_m[slots], self.y_m[slots], heading, self.edge[slots])
            self.edge[slots], self.offset_m[slots] = edge, offset
        return slots

    def freshness(self, now_ms: int) -> NDArray[np.uint8]:
        """Freshness a slot at a city time; meaningless where not ``alive``."""
        result = np.where(now_ms - self.received_ms - self.delay_ms > self.stale_ms, Freshness.STALE, Freshness.FRESH)
        return np.where(self.received_ms < 0, Freshness.UNKNOWN, result).astype(np.uint8)

    def people(self, now_ms: int) -> Slots:
        """The phones whose position is fresh."""
        phones = self.alive & (self.forget_ms == SILENT_MS["person"]) & (self.observed_ms >= 0)
        slots: Slots = np.flatnonzero(phones & (self.freshness(now_ms) == Freshness.FRESH)).astype(np.int32)
        return slots

    def id_of(self, slot: int) -> int:
        """The id of a slot's present tenant in a :class:`~twin.core.views.Frame`."""
        return slot << 16 | int(self.generation[slot])

    def state(self) -> dict[str, Any]:
        clocks = [self.clocks.offset_ms, self.clocks.known, self.clocks.skewed]
        return {**{name: getattr(self, name) for name in _DTYPES}, "key": self.key, "clocks": clocks}

    def load(self, state: dict[str, Any]) -> None:
        for name in _DTYPES:
            setattr(self, name, state[name].copy())
        clocks = (column.copy() for column in state["clocks"])
        self.clocks.offset_ms, self.clocks.known, self.clocks.skewed = clocks
        self.key = list(state["key"])
        self.slot_of = {key: slot for slot, key in enumerate(self.key) if key}
        self._free = [slot for slot, key in enumerate(self.key) if not key]
