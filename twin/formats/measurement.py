"""What a feed yields for a device, before belief knows its slot."""

from __future__ import annotations

import math

import msgspec


class Measurement(msgspec.Struct, frozen=True, kw_only=True):
    """One value of one device, in ``unit`` ("" where the feed says that it is the kind's canonical one already; else
    :func:`twin.formats.units.convert` brings it there). ``time_ms`` is the source's own time, -1 where it gives none.
    A position is WGS 84, NaN where the message carries none. ``battery`` readings have quantity ``battery``."""

    device: str
    quantity: str
    value: float
    unit: str = ""
    time_ms: int = -1
    latitude: float = math.nan
    longitude: float = math.nan
