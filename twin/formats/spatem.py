"""Signal phase and timing (ISO/TS 19091, ETSI TS 103 301 as JSON) 2.0.0, read and written.

A ``timing`` mark is 0.1 s within the current or the next UTC hour; here it becomes Unix ms, resolved against the
intersection's own moment (``moy`` and ``timestamp``) where it is sent, else against the envelope's stamp.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec

from twin.formats.etsi import Octet, Origin, StationId, Timestamp, expect, peek
from twin.formats.refusal import UNDECODABLE, Reason, Refused, refused_by

UNKNOWN_MS = -1
"""The end of a state is not known (wire 36001, or no timing at all)."""
INDEFINITE_MS = -2
"""The end lies more than an hour ahead, or never comes (wire 36000)."""

_HOUR_MS = 3_600_000
_PAST_MS = 60_000  # a mark up to a minute old is an end just missed, not one an hour ahead
_MARK_INDEFINITE = 36_000
_MARK_UNKNOWN = 36_001
_LEAP_FROM = 35_991


class GroupState(msgspec.Struct, frozen=True):
    """A signal group now: ``state`` is a :class:`twin.core.words.LightState` value, ends in Unix ms or a constant."""

    group: int
    state: int
    min_end_ms: int = UNKNOWN_MS
    max_end_ms: int = UNKNOWN_MS


class Spatem(msgspec.Struct, frozen=True, kw_only=True):
    """One intersection's groups at ``time_ms``. ``intersection`` is its number on the wire; ``region`` 0 if unsaid."""

    source: str
    intersection: int
    time_ms: int
    groups: tuple[GroupState, ...]
    region: int = 0
    station_id: int = 0
    revision: int = 0


_Mark = Annotated[int, msgspec.Meta(ge=0, le=_MARK_UNKNOWN)]
_Number = Annotated[int, msgspec.Meta(ge=0, le=65_535)]
_Event = Annotated[int, msgspec.Meta(ge=0, le=9)]


class _Timing(msgspec.Struct):
    min_end_time: _Mark
    max_end_time: _Mark = _MARK_UNKNOWN


class _Phase(msgspec.Struct, omit_defaults=True):
    event_state: _Event
    timing: _Timing | None = None


class _State(msgspec.Struct):
    signal_group: Octet
    state_time_speed: Annotated[list[_Phase], msgspec.Meta(min_length=1, max_length=16)]


class _Reference(msgspec.Struct, omit_defaults=True):
    id: _Number
    region: _Number = 0


class _Intersection(msgspec.Struct, omit_defaults=True):
    id: _Reference
    revision: Annotated[int, msgspec.Meta(ge=0, le=127)]
    status: Annotated[list[str], msgspec.Meta(max_length=16)]
    states: Annotated[list[_State], msgspec.Meta(min_length=1, max_length=255)]
    moy: Annotated[int, msgspec.Meta(ge=0, le=527_040)] | None = None
    timestamp: Annotated[int, msgspec.Meta(ge=0, le=65_535)] | None = None


class _Message(msgspec.Struct):
    protocol_version: Octet
    station_id: StationId
    intersections: Annotated[list[_Intersection], msgspec.Meta(min_length=1, max_length=32)]


class _Spatem(msgspec.Struct):
    message_type: Literal["spatem"]
    source_uuid: str
    timestamp: Timestamp
    version: Literal["2.0.0"]
    message: _Message
    origin: Origin = "self"


class _FlatState(msgspec.Struct, rename="camel"):
    id: Octet
    state: _Event
    next_change: int = 0


class _FlatMessage(msgspec.Struct, rename="camel"):
    station_id: _Number
    states: Annotated[list[_FlatState], msgspec.Meta(min_length=1, max_length=255)]
    region: _Number = 0
    timestamp: Timestamp | None = None
    revision: int = 0


class _FlatSpatem(msgspec.Struct):
    """What some live senders put under the same version number: one intersection, its ends in Unix ms."""

    timestamp: Timestamp
    message: _FlatMessage


_published = msgspec.json.Decoder(_Spatem)
_flat = msgspec.json.Decoder(_FlatSpatem)
_IS_FLAT = b'"stationId"'


def end_of_mark(mark: int, moment_ms: int) -> int:
    """Unix ms of a time mark seen at a moment: the one within the hour that begins a minute before that moment."""
    if mark == _MARK_UNKNOWN:
        return UNKNOWN_MS
    if mark == _MARK_INDEFINITE:
        return INDEFINITE_MS
    tenths = min(mark, 35_999) if mark < _LEAP_FROM else 36_000  # 35991 and above lie in a leap second
    earliest = moment_ms - _PAST_MS
    hour = earliest - earliest % _HOUR_MS
    end = hour + tenths * 100
    return end if end >= earliest else end + _HOUR_MS


def mark_of_end(end_ms: int, moment_ms: int) -> int:
    """The mark for an end, rounded to 0.1 s; the inverse of :func:`end_of_mark` within its hour."""
    if end_ms == UNKNOWN_MS:
        return _MARK_UNKNOWN
    rounded = (end_ms + 50) // 100 * 100
    if end_ms == INDEFINITE_MS or rounded >= moment_ms - _PAST_MS + _HOUR_MS:
        return _MARK_INDEFINITE
    if rounded < moment_ms - _PAST_MS:
        return _MARK_UNKNOWN
    # the last second of an hour that has a leap second cannot be told from it, so it is sent as the hour's end
    mark = rounded % _HOUR_MS // 100
    return mark if mark < _LEAP_FROM else _LEAP_FROM - 1


def _moment(intersection: _Intersection, stamp_ms: int) -> int:
    """The intersection's own moment where it sends one: minute of the year and ms within the minute."""
    if intersection.moy is None or intersection.timestamp is None or intersection.moy == 527_040:
        return stamp_ms
    year = datetime.fromtimestamp(stamp_ms / 1000, UTC).year
    inside = intersection.moy * 60_000 + min(intersection.timestamp, 60_999)
    return min(
        (round(datetime(y, 1, 1, tzinfo=UTC).timestamp()) * 1000 + inside for y in (year - 1, year, year + 1)),
        key=lambda moment: abs(moment - stamp_ms),
    )


def decode_spatem(payload: bytes) -> tuple[Spatem, ...]:
    """One :class:`Spatem` an intersection in the message. Raises :class:`twin.formats.refusal.Refused`."""
    try:
        wire = _published.decode(payload)
    except UNDECODABLE as fault:
        head = peek(payload)
        expect(head, "spatem", ("2.0.0",))
        if _IS_FLAT in payload:
            return (_decode_flat(payload, head.source_uuid),)
        raise refused_by(fault, "spatem 2.0.0") from fault
    return tuple(_spatem(wire, intersection) for intersection in wire.message.intersections)


def _spatem(wire: _Spatem, intersection: _Intersection) -> Spatem:
    moment = _moment(intersection, wire.timestamp)
    groups = []
    for state in intersection.states:
        now = state.state_time_speed[0]
        if now.timing is None:
            groups.append(GroupState(state.signal_group, now.event_state))
            continue
        earliest, latest = now.timing.min_end_time, now.timing.max_end_time
        groups.append(
            GroupState(state.signal_group, now.event_state, end_of_mark(earliest, moment), end_of_mark(latest, moment))
        )
    return Spatem(
        source=wire.source_uuid,
        intersection=intersection.id.id,
        time_ms=wire.timestamp,
        groups=tuple(groups),
        region=intersection.id.region,
        station_id=wire.message.station_id,
        revision=intersection.revision,
    )


def _decode_flat(payload: bytes, source: str) -> Spatem:
    try:
        wire = _flat.decode(payload)
    except UNDECODABLE as fault:
        raise refused_by(fault, "spatem 2.0.0") from fault
    message = wire.message

    def group(state: _FlatState) -> GroupState:
        end = state.next_change if state.next_change > 0 else UNKNOWN_MS
        return GroupState(state.id, state.state, end, end)

    return Spatem(
        source=source,
        intersection=message.station_id,
        time_ms=wire.timestamp,
        groups=tuple(map(group, message.states)),
        region=message.region,
        station_id=message.station_id,
        revision=message.revision,
    )


def encode_spatem(spatems: Sequence[Spatem]) -> bytes:
    """SPATEM 2.0.0 for 1–32 intersections of one sender and moment (a controller usually has one)."""
    if not 1 <= len(spatems) <= 32:
        raise ValueError(f"a SPATEM holds 1 to 32 intersections, not {len(spatems)}")
    first = spatems[0]
    if any(s.time_ms != first.time_ms or s.source != first.source for s in spatems):
        raise ValueError("the intersections of one SPATEM share its sender and moment")
    intersections = [_wire_of(spatem) for spatem in spatems]
    message = _Message(2, first.station_id, intersections)
    return msgspec.json.encode(_Spatem("spatem", first.source, first.time_ms, "2.0.0", message))


def _wire_of(spatem: Spatem) -> _Intersection:
    def phase(group: GroupState) -> _Phase:
        if group.min_end_ms == UNKNOWN_MS and group.max_end_ms == UNKNOWN_MS:
            return _Phase(group.state)
        moment = spatem.time_ms
        return _Phase(
            group.state, _Timing(mark_of_end(group.min_end_ms, moment), mark_of_end(group.max_end_ms, moment))
        )

    states = [_State(group.group, [phase(group)]) for group in spatem.groups]
    if not states:
        raise Refused(Reason.OUT_OF_RANGE, "spatem: an intersection needs at least one group")
    return _Intersection(
        _Reference(spatem.intersection, spatem.region), spatem.revision, ["fixedTimeOperation"], states
    )
