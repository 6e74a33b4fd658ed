"""Who is believed to be where: people whose phones speak and vehicles that do, as columns; crews are left out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.core.words import StationType
from twin.state.movers import MoverTable


@dataclass(frozen=True, slots=True)
class Heard:
    """P people by the register's id, V vehicles; metres in the city's frame. ``vehicle_edge`` is -1 off the roads."""

    person: tuple[str, ...]
    person_xy: NDArray[np.float64]  # (P, 2)
    person_mps: NDArray[np.float64]  # (P,) NaN where unknown
    vehicle_xy: NDArray[np.float64]  # (V, 2)
    vehicle_edge: NDArray[np.int32]  # (V,)


def heard(movers: MoverTable) -> Heard:
    """Everyone not forgotten yet, in the order of their slots."""
    slots = np.flatnonzero(movers.alive & ~np.isnan(movers.x_m) & (movers.kind != StationType.SPECIAL))
    on_foot = np.isin(movers.kind[slots], (StationType.PEDESTRIAN, StationType.CYCLIST, StationType.ROADSIDE_UNIT))
    keys = [movers.key[slot] for slot in slots.tolist()]
    known = np.fromiter((key.startswith("person:") for key in keys), np.bool_, len(keys))
    people, vehicles = slots[known], slots[~known & ~on_foot]
    return Heard(
        person=tuple(key.partition(":")[2] for key, person in zip(keys, known.tolist(), strict=True) if person),
        person_xy=np.column_stack((movers.x_m[people], movers.y_m[people])),
        person_mps=movers.speed_mps[people].astype(np.float64),
        vehicle_xy=np.column_stack((movers.x_m[vehicles], movers.y_m[vehicles])),
        vehicle_edge=movers.edge[vehicles].copy(),
    )


def nobody() -> Heard:
    """An empty city."""
    none = np.zeros((0, 2))
    return Heard((), none, np.zeros(0), none, np.zeros(0, np.int32))
