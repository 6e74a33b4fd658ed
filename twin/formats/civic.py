"""Civitwin's own messages: orders and reports of units, closures, phones, gateways, tallies.

JSON; times in city ms UTC.

Positions are WGS 84 degrees. Topics stand beside each message, below a namespace ``<ns>``.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Purpose = Literal["presence", "position", "report", "service"]


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """``<ns>/units/<unit>/order`` (QoS 1): what a unit is to do. Resent until a report acknowledges it; a known
    ``order_id`` is ignored by the receiver."""

    order_id: str
    unit: str
    kind: Literal["attend", "return", "check"]
    issued_ms: int
    expires_ms: int
    latitude: float = 0.0
    longitude: float = 0.0
    task: str = ""  # what to do there: a skill of config/departments.toml (pump, extinguish, empty, …)
    target: str = ""  # the component, device or place concerned, where known
    case: str = ""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """``<ns>/units/<unit>/report`` (QoS 1): a crew's word. ``done`` says the crew believes it finished, which closes
    nothing by itself. ``finding`` answers a check order."""

    report_id: str
    unit: str
    state: Literal[
        "acknowledged",
        "refused",
        "driving",
        "arrived",
        "working",
        "done",
        "unable",
        "broken_down",
        "returning",
        "available",
    ]
    time_ms: int
    latitude: float
    longitude: float
    order_id: str = ""
    finding: Literal["", "confirmed", "resolved", "unresolved", "nothing_found"] = ""
    note: str = ""


class UnitPosition(msgspec.Struct, frozen=True, kw_only=True):
    """``<ns>/units/<unit>/position`` (QoS 0), once a second while the unit is out. SI units, heading from north."""

    unit: str
    time_ms: int
    latitude: float
    longitude: float
    heading_deg: float
    speed_mps: float


class Closure(msgspec.Struct, frozen=True, kw_only=True):
    """``<ns>/closures/<id>`` (retained): roads closed by a case. The field learns of a closure no other way.
    An empty retained payload lifts it."""

    closure_id: str
    roads: tuple[str, ...]  # "<GeoJSON feature id>" both directions, or "<feature id>/forward", "<feature id>/backward"
    from_ms: int
    until_ms: int
    case: str
    reason: str


class LightOrder(msgspec.Struct, frozen=True, kw_only=True):
    """``<ns>/lights/<intersection>/order`` (QoS 1): ask a controller for priority on a group until a time."""

    order_id: str
    intersection: str
    group: int
    until_ms: int


class GatewayState(msgspec.Struct, frozen=True, kw_only=True):
    """``<ns>/gw/<gateway>/state`` (retained; the last will says ``offline``)."""

    gateway: str
    state: Literal["online", "offline"]
    time_ms: int = -1  # a last will carries none


class PhoneMessage(msgspec.Struct, frozen=True, kw_only=True):
    """``<ns>/person/<pseudonym>/<kind>``: ``body`` is the JSON text of one of the structs below and ``signature`` its
    Ed25519 signature (base64) by the phone's key. Admitted only on a legal basis for ``kind``'s purpose."""

    pseudonym: str
    kind: Literal["presence", "position", "report", "request"]
    time_ms: int
    body: str
    signature: str


class Presence(msgspec.Struct, frozen=True, kw_only=True):
    """A phone's owner enters or leaves a place."""

    place: str
    entered: bool


class PersonPosition(msgspec.Struct, frozen=True, kw_only=True):
    latitude: float
    longitude: float
    heading_deg: float
    speed_mps: float
    mode: Literal["foot", "bicycle", "bus", "car", "still"] = "foot"


class PersonReport(msgspec.Struct, frozen=True, kw_only=True):
    """A resident reports something (随手拍). ``matter`` is a GB/T 47678.5 matter code where the person chose one."""

    matter: str
    text: str
    latitude: float
    longitude: float


class ServiceRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A human twin's application: the one form of a service or life event."""

    service: str
    request_id: str
    form: dict[str, str]


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """``<ns>/person/<pseudonym>/answer`` (QoS 1): what the hall tells the applicant's phone."""

    request_id: str
    errand: str
    step: str
    state: str
    place: str = ""  # where to go next
    note: str = ""


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """``<ns>/tally/<client>`` once a second of wall time: cumulative messages sent by class, this probe's sequence and
    wall stamp. The twin computes loss (sent − received by class) and latency from it."""

    client: str
    sequence: int
    wall_ms: float
    sent: dict[str, int]  # class → count; the class is the topic level after <ns>/ (or cam, denm, spat for v2x)


def encode(message: msgspec.Struct) -> bytes:
    """Compact JSON, keys in declaration order."""
    return msgspec.json.encode(message)
