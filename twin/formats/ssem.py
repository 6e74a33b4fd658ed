"""Signal status (ISO/TS 19091, ETSI TS 103 301 as JSON) 2.0.1: what became of requests for priority.

Topic ``<ns>/outQueue/v2x/ssem/<source>/<quadkey>``; the answer to a :mod:`twin.formats.srem` names its requestor, its
request and its sequence number.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Annotated, Literal

import msgspec

from twin.formats.dsrc import UNKNOWN_MS, Access, Minute, Reference, Second, Turn, minute_of, moment, second_of
from twin.formats.etsi import Octet, StationId, Timestamp, expect, peek
from twin.formats.refusal import UNDECODABLE, Reason, Refused, refused_by


class Grant(IntEnum):
    """``status``."""

    UNKNOWN = 0
    REQUESTED = 1
    PROCESSING = 2
    WATCH_OTHER_TRAFFIC = 3
    GRANTED = 4
    REJECTED = 5
    MAX_PRESENCE = 6
    RESERVICE_LOCKED = 7


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one request: ``station_id``, ``request`` and ``sequence`` are its own words."""

    intersection: int
    station_id: int
    request: int
    sequence: int
    group: int
    grant: int  # Grant
    region: int = 0
    until_ms: int = UNKNOWN_MS


class Ssem(msgspec.Struct, frozen=True, kw_only=True):
    source: str
    station_id: int
    time_ms: int
    answers: tuple[Answered, ...]
    sequence: int = 0  # 0–127


class _Requester(msgspec.Struct):
    id: StationId
    request: Octet
    sequence_number: Turn


class _Signal(msgspec.Struct, omit_defaults=True):
    inbound_on: Access
    status: Annotated[int, msgspec.Meta(ge=0, le=7)]
    requester: _Requester | None = None
    minute: Minute | None = None
    second: Second | None = None


class _Status(msgspec.Struct):
    sequence_number: Turn
    id: Reference
    sig_status: Annotated[list[_Signal], msgspec.Meta(min_length=1, max_length=32)]


class _Message(msgspec.Struct, omit_defaults=True):
    protocol_version: Octet
    station_id: StationId
    second: Second
    status: Annotated[list[_Status], msgspec.Meta(min_length=1, max_length=32)]
    timestamp: Minute | None = None
    sequence_number: Turn | None = None


class _Ssem(msgspec.Struct):
    message_type: Literal["ssem"]
    source_uuid: str
    timestamp: Timestamp
    version: Literal["2.0.1"]
    message: _Message


_wire = msgspec.json.Decoder(_Ssem)


def decode_ssem(payload: bytes) -> Ssem:
    """Answers that name no requester are left out. Raises :class:`twin.formats.refusal.Refused`."""
    try:
        wire = _wire.decode(payload)
    except UNDECODABLE as fault:
        expect(peek(payload), "ssem", ("2.0.1",))
        raise refused_by(fault, "ssem 2.0.1") from fault
    answers = tuple(
        Answered(
            intersection=status.id.id, station_id=signal.requester.id, request=signal.requester.request,
            sequence=signal.requester.sequence_number, group=signal.inbound_on.connection, grant=signal.status,
            region=status.id.region, until_ms=moment(signal.minute, signal.second, wire.timestamp),
        )
        for status in wire.message.status
        for signal in status.sig_status
        if signal.requester is not None
    )  # fmt: skip
    return Ssem(
        source=wire.source_uuid, station_id=wire.message.station_id, time_ms=wire.timestamp, answers=answers,
        sequence=wire.message.sequence_number or 0,
    )  # fmt: skip


def encode_ssem(ssem: Ssem) -> bytes:
    """SSEM 2.0.1; one status an answer. Refuses one without answers, which the format does not allow."""
    if not 1 <= len(ssem.answers) <= 32:
        raise Refused(Reason.OUT_OF_RANGE, f"ssem: 1 to 32 answers, not {len(ssem.answers)}")
    statuses = [
        _Status(ssem.sequence, Reference(answer.intersection, answer.region), [_signal(answer)])
        for answer in ssem.answers
    ]
    message = _Message(2, ssem.station_id, second_of(ssem.time_ms), statuses, minute_of(ssem.time_ms), ssem.sequence)
    return msgspec.json.encode(_Ssem("ssem", ssem.source, ssem.time_ms, "2.0.1", message))


def _signal(answer: Answered) -> _Signal:
    asker = _Requester(answer.station_id, answer.request, answer.sequence)
    access = Access(0, 0, answer.group)
    if answer.until_ms == UNKNOWN_MS:
        return _Signal(access, answer.grant, asker)
    return _Signal(access, answer.grant, asker, minute_of(answer.until_ms), second_of(answer.until_ms))
