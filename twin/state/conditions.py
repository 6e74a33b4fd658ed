"""What a scene asks the twin to notice, as data; and what noticing yields."""

from __future__ import annotations

from typing import Literal

import msgspec

from twin.core.text import Text
from twin.formats.civic import Channel


class _Where(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all conditions share. ``within`` is the id of a zone of the city or a polygon of (longitude, latitude);
    ``place_kinds`` restricts devices to those at such places, and what is noticed elsewhere to within ``near_m`` of
    one. Both empty: everywhere."""

    id: str  # "<scene>/<signal>"
    strong: bool = False  # enough evidence by itself
    place_kinds: tuple[str, ...] = ()
    within: str | tuple[tuple[float, float], ...] = ""
    near_m: float = 100.0


class SensorCondition(_Where, frozen=True, kw_only=True, tag="sensor", forbid_unknown_fields=True):
    """A quantity beyond a threshold for ``dwell_s``; ends when it is back beyond ``clear`` for ``clear_dwell_s``.

    ``op`` compares the value with ``threshold``; ``clear`` lies on the calm side of it (hysteresis). Values in the
    kind's canonical unit. A stale, silent or ageless value neither raises nor clears, nor does one doubted for its
    jump; any other doubt (clock, battery) lets it raise but never clear. With ``while_quantity`` the condition holds
    only while that other quantity of the same device is above ``while_above`` (a lamp that draws no power matters only
    while it is commanded to burn); while it is not, the condition neither raises nor clears, and is *undecided* to a
    closing test.
    """

    device_kind: str
    quantity: str
    op: Literal[">", "<"]
    threshold: float
    clear: float
    dwell_s: float = 0.0
    clear_dwell_s: float = 0.0
    while_quantity: str = ""
    while_above: float = 0.5


class SilenceCondition(_Where, frozen=True, kw_only=True, tag="silence", forbid_unknown_fields=True):
    """Devices of a kind that have been stale or silent for ``after_s``."""

    device_kind: str
    after_s: float


class DenmCondition(_Where, frozen=True, kw_only=True, tag="denm", forbid_unknown_fields=True):
    """A DENM with one of these causes, until it is terminated or runs out."""

    causes: tuple[int, ...]


class StoppedCondition(_Where, frozen=True, kw_only=True, tag="stopped", forbid_unknown_fields=True):
    """Vehicles that stand for ``dwell_s`` on an edge away from red lights, at least ``count`` within ``radius_m``."""

    dwell_s: float
    count: int = 1
    radius_m: float = 40.0


class BrakingCondition(_Where, frozen=True, kw_only=True, tag="braking", forbid_unknown_fields=True):
    """At least ``count`` different vehicles that brake harder than ``decel_mps2`` within ``radius_m`` and ``window_s``,
    away from junctions. Over when none has braked so for ``window_s``; calm when others drive past meanwhile."""

    decel_mps2: float = 4.0
    count: int = 2
    radius_m: float = 60.0
    window_s: float = 60.0


class ReportCondition(_Where, frozen=True, kw_only=True, tag="report", forbid_unknown_fields=True):
    """A resident's report of one of these matters (GB/T 47678.5 codes), through one of these channels (all if none is
    named)."""

    matters: tuple[str, ...]
    channels: tuple[Channel, ...] = ()


class PatrolCondition(_Where, frozen=True, kw_only=True, tag="patrol", forbid_unknown_fields=True):
    """A collector's finding of one of these matters, until it is taken back or four hours have passed."""

    matters: tuple[str, ...]


class WarningCondition(_Where, frozen=True, kw_only=True, tag="warning", forbid_unknown_fields=True):
    """A weather warning of one of these kinds, of level ``at_least`` (4 blue … 1 red) or graver, while it is in force.
    It speaks of the whole city; its value is its level."""

    kinds: tuple[str, ...]
    at_least: int = 4


class SlowCondition(_Where, frozen=True, kw_only=True, tag="slow", forbid_unknown_fields=True):
    """Congestion around each place of ``place_kinds``: believed speeds below ``share`` of free flow on ``edges`` road
    edges, or on ``queue_m`` metres of them, within ``radius_m``, for ``dwell_s``, while all of them together are below
    ``clear_share``. Edges of which nothing was heard for ``heard_s`` count neither way. Over when, with some heard,
    fewer are below ``clear_share`` for ``clear_dwell_s``. Only in the local ``hours`` (first, last; also across
    midnight), at any hour where none are named."""

    radius_m: float = 150.0
    share: float = 0.35
    clear_share: float = 0.6
    edges: int = 3
    queue_m: float = 0.0  # 0: the number of edges alone counts
    heard_s: float = 120.0
    dwell_s: float = 120.0
    clear_dwell_s: float = 120.0
    hours: tuple[int, int] | None = None


class CrowdCondition(_Where, frozen=True, kw_only=True, tag="crowd", forbid_unknown_fields=True):
    """More than ``people`` at a place of ``place_kinds`` for ``dwell_s``, by its counters and by the phones heard
    within ``radius_m``, each phone standing for 1 / ``phone_share`` people. A fresh counter covers the place fully,
    phones alone cover ``phone_share``; where less than ``least_coverage`` is covered nothing is decided."""

    people: float
    clear: float
    radius_m: float = 120.0
    phone_share: float = 0.25
    least_coverage: float = 0.2
    device_kind: str = "crowd"
    quantity: str = "people"
    dwell_s: float = 60.0
    clear_dwell_s: float = 60.0


class VirtualCondition(_Where, frozen=True, kw_only=True, tag="virtual", forbid_unknown_fields=True):
    """How it stands with virtual places: *crowding* (those inside and before the door, over what it holds), *conduct*
    (different people who report one person, unanswered), *down* (1 while its platform is not heard). Beyond
    ``threshold`` for ``dwell_s``; over at ``clear`` or less for ``clear_dwell_s``. Not belief, but governance asks."""

    quantity: Literal["crowding", "conduct", "down"]
    threshold: float
    clear: float
    dwell_s: float = 0.0
    clear_dwell_s: float = 0.0


class CountCondition(_Where, frozen=True, kw_only=True, tag="count", forbid_unknown_fields=True):
    """At least ``count`` of the conditions named in ``of`` hold within ``radius_m``, each of them raised within
    ``window_s``; counted are different subjects, or different conditions. In a scene's file a name without a slash is
    one of its own signals."""

    of: tuple[str, ...]
    distinct: Literal["subject", "condition"] = "subject"
    count: int = 2
    radius_m: float = 200.0
    window_s: float = 900.0


Condition = (
    SensorCondition
    | SilenceCondition
    | DenmCondition
    | StoppedCondition
    | BrakingCondition
    | ReportCondition
    | PatrolCondition
    | WarningCondition
    | SlowCondition
    | CrowdCondition
    | VirtualCondition
    | CountCondition
)


class Crossing(msgspec.Struct, frozen=True, kw_only=True):
    """A condition began or ceased to hold for one subject."""

    condition: str
    subject: str  # device id, DENM event, "edge:<index>", "person:<id>/<time>", "finding:<id>", "place:<id>", …
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
    message: str = ""  # "<kind>:<sender's own id>[@<observed_ms>]" of the message that decided it
    channel: str = ""  # how a report came
    coverage: float = 1.0  # how much of what the value stands for was seen


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
