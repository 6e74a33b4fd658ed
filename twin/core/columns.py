"""Telemetry as columns: many decoded messages become a few arrays. One row a reading or position, in arrival order."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Readings:
    """Device readings: ``slot`` indexes belief's sensor table (one slot a device and quantity)."""

    slot: NDArray[np.int32]
    value: Floats  # in the kind's canonical unit
    observed_ms: Ints  # source's own time; -1 where it carries none
    flags: Bytes  # Doubt bits known at decoding
    retained: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.slot)


@dataclass(frozen=True, slots=True)
class Positions:
    """Vehicle and person positions: ``slot`` indexes belief's mover table."""

    slot: NDArray[np.int32]
    x_m: Floats
    y_m: Floats
    heading_deg: NDArray[np.float32]  # clockwise from north; NaN where unavailable
    speed_mps: NDArray[np.float32]  # NaN where unavailable
    acceleration_mps2: NDArray[np.float32]  # NaN where unavailable
    observed_ms: Ints

    def __len__(self) -> int:
        return len(self.slot)


def empty_readings() -> Readings:
    return Readings(
        np.zeros(0, np.int32), np.zeros(0), np.zeros(0, np.int64), np.zeros(0, np.uint8), np.zeros(0, np.bool_)
    )


def empty_positions() -> Positions:
    def none() -> NDArray[np.float32]:
        return np.zeros(0, np.float32)

    return Positions(np.zeros(0, np.int32), np.zeros(0), np.zeros(0), none(), none(), none(), np.zeros(0, np.int64))


def same(left: object, right: object) -> bool:
    """Whether two column batches of one class hold the same values, NaN equal to NaN (for tests and replay)."""
    if type(left) is not type(right):
        return False
    return all(
        np.array_equal(getattr(left, f.name), getattr(right, f.name), equal_nan=getattr(left, f.name).dtype.kind == "f")
        for f in fields(left)  # type: ignore[arg-type]  # both are column dataclasses
    )
