"""Which vehicles pass a place closely enough to notice what lies there."""

from __future__ import annotations

import numpy as np

from twin.core.words import StationType
from twin.field.hazards.base import Ground


def passers(ground: Ground, site: str, x_m: float, y_m: float, within_m: float, share: float) -> list[int]:
    """Ids of vehicles within reach whose systems notice it; each vehicle notices a site always or never."""
    traffic = ground.traffic
    near = np.flatnonzero(
        traffic.alive & (np.abs(traffic.x_m - x_m) < within_m) & (np.abs(traffic.y_m - y_m) < within_m)
    )
    near = near[(traffic.kind[near] != StationType.SPECIAL) & (traffic.speed_mps[near] > 0.5)]
    ids = sorted(int(vehicle) for vehicle in traffic.id[near])
    return [vehicle for vehicle in ids if ground.chance("notices", site, vehicle) < share]
