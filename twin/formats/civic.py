"""Civitwin's own messages: orders and reports of units, closures, phones, gateways, tallies.

JSON; times in city ms UTC.

Positions are WGS 84 degrees. Topics stand beside each message, below a namespace ``<ns>``.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

Purpose = Literal["presence", "position", "report", "service"]
Channel = Literal["snapshot", "12345", "110", "119", "120"]
ErrandChannel = Literal["online", "counter", "kiosk", "phone", "virtual"]
"""How an application comes: by one's own phone, in person, at a kiosk, by a call to 12345, or in the virtual hall."""
TerminalChannel = Literal["counter", "kiosk", "phone"]
VisitKind = Literal["", "intake", "item", "supplement", "pick_up"]
WarningKind = Literal["rainstorm", "gale", "heat", "fog", "snow", "typhoon", "thunder"]

CityMs = Annotated[int, msgspec.Meta(ge=-1, le=253_402_300_799_999)]
"""City time in ms UTC, up to the end of the year 9999; -1 unknown."""
Latitude = Annotated[float, msgspec.Meta(ge=-90.0, le=90.0)]
Longitude = Annotated[float, msgspec.Meta(ge=-180.0, le=180.0)]
Heading = Annotated[float, msgspec.Meta(ge=-360.0, le=360.0)]
Speed = Annotated[float, msgspec.Meta(ge=-1.0, le=200.0)]
Count = Annotated[int, msgspec.Meta(ge=0, le=1 << 53)]
Id = Annotated[str, msgspec.Meta(max_length=128)]
Ids = Annotated[tuple[Id, ...], msgspec.Meta(max_length=64)]
Words = Annotated[str, msgspec.Meta(max_length=2_000)]


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """``<ns>/units/<unit>/order`` (QoS 1): what a unit is to do. Resent until a report acknowledges it; a known
    ``order_id`` is ignored by the receiver."""

    order_id: Id
    unit: Id
    kind: Literal["attend", "return", "check"]
    issued_ms: CityMs
    expires_ms: CityMs
    latitude: Latitude = 0.0
    longitude: Longitude = 0.0
    task: Id = ""  # what to do there: a skill of config/departments.toml (pump, extinguish, empty, …)
    target: Id = ""  # the component, device or place concerned, where known
    case: Id = ""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """``<ns>/units/<unit>/report`` (QoS 1): a crew's word. ``done`` says the crew believes it finished, which closes
    nothing by itself. ``finding`` answers a check order."""

    report_id: Id
    unit: Id
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
    time_ms: CityMs
    latitude: Latitude
    longitude: Longitude
    order_id: Id = ""
    finding: Literal["", "confirmed", "resolved", "unresolved", "nothing_found"] = ""
    note: Words = ""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """``<ns>/units/<unit>/finding`` (QoS 1): what a collector came upon on their round, in no one's order. ``matter``
    is a GB/T 47678.5 class or local extension; ``gone`` takes back an earlier finding of the same id."""

    finding_id: Id
    unit: Id
    time_ms: CityMs
    latitude: Latitude
    longitude: Longitude
    matter: Id
    target: Id = ""
    note: Words = ""
    gone: bool = False


class WeatherWarning(msgspec.Struct, frozen=True, kw_only=True):
    """``<ns>/met/warning/<kind>`` (retained, QoS 1): a warning of the weather service, level 1 (red, Ⅰ) to 4 (blue, Ⅳ);
    an empty payload, or ``until_ms`` passing, lifts it."""

    warning_id: Id
    kind: WarningKind
    level: Annotated[int, msgspec.Meta(ge=1, le=4)]
    issued_ms: CityMs
    until_ms: CityMs
    text: Words = ""


class UnitPosition(msgspec.Struct, frozen=True, kw_only=True):
    """``<ns>/units/<unit>/position`` (QoS 0), once a second while the unit is out. SI units, heading from north."""

    unit: Id
    time_ms: CityMs
    latitude: Latitude
    longitude: Longitude
    heading_deg: Heading
    speed_mps: Speed


class Closure(msgspec.Struct, frozen=True, kw_only=True):
    """``<ns>/closures/<id>`` (retained): roads closed by a case. The field learns of a closure no other way.
    An empty retained payload lifts it."""

    closure_id: Id
    roads: tuple[str, ...]  # "<GeoJSON feature id>" both directions, or "<feature id>/forward", "<feature id>/backward"
    from_ms: CityMs
    until_ms: CityMs
    case: Id
    reason: Words


class LightOrder(msgspec.Struct, frozen=True, kw_only=True):
    """``<ns>/lights/<intersection>/order`` (QoS 1): ask a controller for priority on a group until a time."""

    order_id: Id
    intersection: Id
    group: Annotated[int, msgspec.Meta(ge=0, le=255)]
    until_ms: CityMs


class GatewayState(msgspec.Struct, frozen=True, kw_only=True):
    """``<ns>/gw/<gateway>/state`` (retained; the last will says ``offline``)."""

    gateway: Id
    state: Literal["online", "offline"]
    time_ms: CityMs = -1  # a last will carries none


class PhoneMessage(msgspec.Struct, frozen=True, kw_only=True):
    """``<ns>/person/<pseudonym>/<kind>``: ``body`` is the JSON text of one of the structs below, ``signature`` the
    Ed25519 signature (base64) of :func:`phone_words` by the phone's key. Admitted only on a legal basis for ``kind``'s
    purpose (a word on one's own consents and mandates always is), and never twice: the times of a person's messages of
    a kind do not go back."""

    pseudonym: Id
    kind: Literal["presence", "position", "report", "reply", "request", "errand", "consent", "mandate", "virtual"]
    time_ms: CityMs
    body: str
    signature: str


def phone_words(pseudonym: str, kind: str, time_ms: int, body: str) -> bytes:
    """What a phone signs: who, what about, when and the words, each but the last ended by a line break."""
    return f"{pseudonym}\n{kind}\n{time_ms}\n{body}".encode()


class Presence(msgspec.Struct, frozen=True, kw_only=True):
    """A phone's owner enters or leaves a place."""

    place: Id
    entered: bool


class PersonPosition(msgspec.Struct, frozen=True, kw_only=True):
    latitude: Latitude
    longitude: Longitude
    heading_deg: Heading
    speed_mps: Speed
    mode: Literal["foot", "bicycle", "bus", "car", "still"] = "foot"
    seq: Annotated[int, msgspec.Meta(ge=-1, le=1 << 53)] = -1  # the last :class:`Steer` that the body obeyed


class PersonReport(msgspec.Struct, frozen=True, kw_only=True):
    """A resident reports something. ``matter`` is a GB/T 47678.5 matter code where the person chose one, ``channel``
    how it came: 随手拍 by phone, the 12345 hotline, or an emergency call."""

    matter: Id
    text: Words
    latitude: Latitude
    longitude: Longitude
    channel: Channel = "snapshot"


class Inquiry(msgspec.Struct, frozen=True, kw_only=True):
    """``<ns>/person/<pseudonym>/ask`` (QoS 1): the centre asks who reported something, at ``reported_ms``, whether it
    is solved 回访. ``inquiry`` stands for it in the reply."""

    inquiry: Id
    case: Id
    reported_ms: int


class PersonReply(msgspec.Struct, frozen=True, kw_only=True):
    """A resident's answer to an :class:`Inquiry`."""

    inquiry: Id
    solved: bool
    satisfied: bool


class ServiceRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A human twin's application: the one form of a service or life event. ``materials`` are given with it,
    ``unwanted`` are optional items that are left out."""

    service: Id
    request_id: Id
    form: Annotated[dict[Id, Words], msgspec.Meta(max_length=64)]
    on_behalf: Id = ""  # pseudonym of the ward, or of the principal of ``mandate``
    mandate: Id = ""
    channel: ErrandChannel = "online"
    materials: Ids = ()
    unwanted: Ids = ()


class ErrandWord(msgspec.Struct, frozen=True, kw_only=True):
    """``errand``: what its applicant says about an errand under way: brings what was asked for, appeals against a
    refusal (``ground`` is a code), lets an item go, or withdraws the whole application."""

    errand: Id
    word: Literal["supply", "appeal", "let_go", "withdraw"]
    item: Id = ""
    materials: Ids = ()
    ground: Id = ""


class ConsentWord(msgspec.Struct, frozen=True, kw_only=True):
    """``consent``: its owner, or a ward's guardian, gives or withdraws consent to a purpose and everything below it,
    for one department or (empty) all of them."""

    purpose: Id
    given: bool
    department: Id = ""
    until_ms: CityMs = -1  # -1: until it is withdrawn
    on_behalf: Id = ""  # a ward's pseudonym


class MandateWord(msgspec.Struct, frozen=True, kw_only=True):
    """``mandate``: its owner lets a proxy apply in their name, or takes a mandate back (``revoke`` names it)."""

    proxy: Id = ""  # pseudonym
    services: Annotated[tuple[Id, ...], msgspec.Meta(max_length=64)] = ()
    from_ms: CityMs = -1
    until_ms: CityMs = -1
    revoke: Id = ""


class PlaceWord(msgspec.Struct, frozen=True, kw_only=True):
    """``virtual``: what its owner does in a virtual place where they are (they enter and leave by :class:`Presence`).
    ``subject`` is the session to join or quit, the phrase that is said (or a rumour's id, with the real place that it
    sends people to as ``target``), the avatar that is reported, or the measure that is appealed; ``text`` free words,
    ``conduct`` what is reported."""

    place: Id
    word: Literal["join", "quit", "say", "report", "appeal"]
    subject: Id = ""
    target: Id = ""
    conduct: Id = ""
    text: Annotated[str, msgspec.Meta(max_length=200)] = ""


class PlaceHeard(msgspec.Struct, frozen=True, kw_only=True):
    """``<ns>/person/<pseudonym>/heard`` (QoS 1): what somebody hears in a virtual place: a rumour that sends people to
    a real place, or (``true``) the operator's word that there is nothing there."""

    place: Id
    rumour: Id
    kind: Id
    target: Id
    speaker: Id = ""  # the avatar who says it
    true: bool = False


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """``<ns>/person/<pseudonym>/answer`` (QoS 1): what the hall tells the applicant's phone. ``until_ms`` is by when
    something is to be done about it, ``visit`` why to come."""

    request_id: Id
    errand: Id
    step: Id
    state: str
    place: Id = ""  # where to go next
    note: Words = ""
    item: Id = ""
    materials: Ids = ()
    until_ms: CityMs = -1
    visit: VisitKind = ""


class TerminalMessage(msgspec.Struct, frozen=True, kw_only=True):
    """``<ns>/terminal/<terminal>/person/<pseudonym>/<kind>`` (QoS 1): a clerk's terminal, a kiosk or the call centre
    (``12345``) says it for a person who is there and showed their identity card. ``body`` is JSON text as in
    :class:`PhoneMessage`; the times of a terminal's messages do not go back."""

    terminal: Id
    channel: TerminalChannel
    pseudonym: Id
    kind: Literal["presence", "request", "errand", "consent", "mandate"]
    time_ms: CityMs
    body: str


class Steer(msgspec.Struct, frozen=True, kw_only=True):
    """``<ns>/person/<pseudonym>/steer`` (QoS 1): whoever is in a twin's shoes says how its body is to walk: eastward
    and northward until ``until_ms``, or to a place. ``held`` false: it lives by its own plans again. Nothing else obeys
    it, and of two the one with the greater ``seq`` counts."""

    seq: Count
    held: bool
    until_ms: CityMs = -1
    east_mps: Annotated[float, msgspec.Meta(ge=-20.0, le=20.0)] = 0.0
    north_mps: Annotated[float, msgspec.Meta(ge=-20.0, le=20.0)] = 0.0
    goal_latitude: Latitude | None = None
    goal_longitude: Longitude | None = None


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """``<ns>/tally/<client>`` once a second of wall time: cumulative messages ``sent`` by class (the topic level after
    <ns>/, or cam, denm, spat for v2x), this probe's sequence and wall stamp. The twin computes loss (sent − received by
    class) and latency from it."""

    client: Id
    sequence: Count
    wall_ms: Annotated[float, msgspec.Meta(ge=0.0, le=253_402_300_799_999.0)]
    sent: Annotated[dict[Id, Count], msgspec.Meta(max_length=64)]


def encode(message: msgspec.Struct) -> bytes:
    """Compact JSON, keys in declaration order."""
    return msgspec.json.encode(message)
