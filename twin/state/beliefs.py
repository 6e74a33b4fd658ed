"""What a desk or a page may ask about one believed thing."""

from __future__ import annotations

import msgspec

from twin.state.conditions import Evidence


class DeviceBelief(msgspec.Struct, frozen=True, kw_only=True):
    """One device: its readings in the order of its kind, the worst freshness of them, and what holds of it."""

    device: str
    kind: str
    freshness: int
    readings: tuple[Evidence, ...]
    battery_percent: float | None
    gateway: str
    gateway_silent: bool
    skewed_ms: int  # how far its clock is off, 0 where it is not
    conditions: tuple[str, ...]  # ids of the sensor and silence conditions that hold of it


class MoverBelief(msgspec.Struct, frozen=True, kw_only=True):
    """One vehicle, crew or person. ``id`` is the Frame's; ``edge`` -1 where it is on no road."""

    id: int
    sender: str  # "vehicle:<source>/<uuid>", "unit:<unit>", "person:<person>"
    kind: int
    x_m: float
    y_m: float
    heading_deg: float
    speed_mps: float
    observed_ms: int
    freshness: int
    doubt: int
    provenance: int
    edge: int
    offset_m: float
