"""What a scene asks the twin to notice, as data; and what noticing yields."""

from __future__ import annotations

from typing import Literal

import msgspec

from twin.core.text import Text


class SensorCondition(msgspec.Struct, frozen=True, kw_only=True, tag="sensor", forbid_unknown_fields=True):
    """A quantity beyond a threshold for ``dwell_s``; ends when it is back beyond ``clear`` for ``clear_dwell_s``.

    ``op`` compares the value with ``threshold``; ``clear`` lies on the calm side of it (hysteresis). Values in the
    kind's canonical unit. A stale, silent or ageless value neither raises nor clears, nor does one doubted for its
    jump; any other doubt (clock, battery) lets it raise but never clear. With ``while_quantity`` the condition holds
    only while that other quantity of the same device is above ``while_above`` (a lamp that draws no power matters only
    while it is commanded to burn); while it is not, the condition neither raises nor clears, and is *undecided* to a
    closing test.
    """

    id: str  # "<scene>/<signal>"
    device_kind: str
    quantity: str
    op: Literal[">", "<"]
    threshold: float
    clear: float
    dwell_s: float = 0.0
    clear_dwell_s: float = 0.0
    place_kinds: tuple[str, ...] = ()  # only devices at such places; empty: everywhere
    while_quantity: str = ""
    while_above: float = 0.5
    strong: bool = False  # enough evidence by itself


class SilenceCondition(msgspec.Struct, frozen=True, kw_only=True, tag="silence", forbid_unknown_fields=True):
    """Devices of a kind that have been stale or silent for ``after_s``."""

    id: str
    device_kind: str
    after_s: float
    strong: bool = False


class DenmCondition(msgspec.Struct, frozen=True, kw_only=True, tag="denm", forbid_unknown_fields=True):
    """A DENM with one of these causes, until it is terminated or runs out."""

    id: str
    causes: tuple[int, ...]
    strong: bool = False


class StoppedCondition(msgspec.Struct, frozen=True, kw_only=True, tag="stopped", forbid_unknown_fields=True):
    """Vehicles that stand for ``dwell_s`` on an edge away from red lights, at least ``count`` within ``radius_m``."""

    id: str
    dwell_s: float
    count: int = 1
    radius_m: float = 40.0
    strong: bool = False


class ReportCondition(msgspec.Struct, frozen=True, kw_only=True, tag="report", forbid_unknown_fields=True):
    """A resident's report of one of these matters (GB/T 47678.5 codes)."""

    id: str
    matters: tuple[str, ...]
    strong: bool = False


Condition = SensorCondition | SilenceCondition | DenmCondition | StoppedCondition | ReportCondition


class Crossing(msgspec.Struct, frozen=True, kw_only=True):
    """A condition began or ceased to hold for one subject."""

    condition: str
    subject: str  # device id, DENM event, "edge:<index>", "person:<id>/<time>"
    raised: bool  # False: cleared
    city_ms: int
    observed_ms: int
    x_m: float
    y_m: float
    value: float | None
    source: str  # sender of the message that decided it
    provenance: int
    edge: int = -1
    ended: Literal["", "calm", "heard", "terminated", "ran_out", "passed"] = ""  # how it cleared


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """One believed reading as it stood when a question was answered."""

    device: str
    quantity: str
    value: float
    unit: str
    observed_ms: int
    freshness: int
    doubt: int
    provenance: int


class Calm(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of a closing test. Only ``calm`` passes; ``undecided`` means that nobody can tell from here."""

    state: Literal["calm", "holding", "not_calm", "undecided"]
    reason: Text
    readings: tuple[Evidence, ...] = ()
    since_ms: int = -1  # calm or holding since
