"""Decentralised environmental notifications (ETSI TS 103 831 as JSON): 1.1.3 and 2.3.0 read, 2.3.0 written."""

from __future__ import annotations

import math
from typing import Annotated, Literal

import msgspec

from twin.formats.etsi import (
    ITS_TIME_MAX,
    NO_ALTITUDE,
    Altitude,
    ItsTime,
    Latitude,
    Longitude,
    Octet,
    Origin,
    StationId,
    Timestamp,
    expect,
    its_of_unix_ms,
    peek,
    placed,
    unix_of_its_ms,
)
from twin.formats.refusal import UNDECODABLE, refused_by

VERSIONS = ("2.3.0", "1.1.3")
DEFAULT_VALIDITY_S = 600
Termination = Literal["cancelled", "negated"]
_TERMINATIONS: tuple[Termination, Termination] = ("cancelled", "negated")


class Denm(msgspec.Struct, frozen=True, kw_only=True):
    """One event notification; all times Unix ms.

    (``station_id``, ``sequence``) is the event's identity: originating station and its sequence number. A sender ends
    its own event by "cancelled", another station by "negated". ``cause`` 0 where no situation was sent, ``quality``
    0 unknown, 1 lowest to 7 highest.
    """

    source: str
    station_id: int
    sequence: int
    detection_ms: int
    reference_ms: int
    latitude: float
    longitude: float
    time_ms: int
    cause: int = 0
    subcause: int = 0
    quality: int = 0
    validity_s: int = DEFAULT_VALIDITY_S
    terminated: Termination | None = None
    station_type: int = 0
    altitude_m: float = math.nan


_Sequence = Annotated[int, msgspec.Meta(ge=0, le=65_535)]
_Validity = Annotated[int, msgspec.Meta(ge=0, le=86_400)]
_Ending = Annotated[int, msgspec.Meta(ge=0, le=1)]
_Quality = Annotated[int, msgspec.Meta(ge=0, le=7)]


class _Action(msgspec.Struct):
    originating_station_id: StationId
    sequence_number: _Sequence


class _Cause(msgspec.Struct):
    cause: Octet
    subcause: Octet = 0


class _AltitudeValue(msgspec.Struct):
    value: Altitude
    confidence: Annotated[int, msgspec.Meta(ge=0, le=15)] = 15


class _Ellipse(msgspec.Struct):
    semi_major: int = 4095
    semi_minor: int = 4095
    semi_major_orientation: int = 3601


class _Position(msgspec.Struct):
    latitude: Latitude
    longitude: Longitude
    altitude: _AltitudeValue
    position_confidence_ellipse: _Ellipse = msgspec.field(default_factory=_Ellipse)


class _Management(msgspec.Struct, kw_only=True, omit_defaults=True):
    action_id: _Action
    detection_time: ItsTime
    reference_time: ItsTime
    event_position: _Position
    station_type: Octet
    termination: _Ending | None = None
    validity_duration: _Validity = DEFAULT_VALIDITY_S


class _Situation(msgspec.Struct):
    information_quality: _Quality
    event_type: _Cause


class _Message(msgspec.Struct, omit_defaults=True):
    protocol_version: Octet
    station_id: StationId
    management: _Management
    situation: _Situation | None = None


class _Denm230(msgspec.Struct):
    message_type: Literal["denm"]
    source_uuid: str
    timestamp: Timestamp
    version: Literal["2.3.0"]
    message: _Message


class _FlatPosition(msgspec.Struct):
    latitude: Latitude
    longitude: Longitude
    altitude: Altitude


class _FlatManagement(msgspec.Struct, kw_only=True):
    action_id: _Action
    detection_time: ItsTime
    reference_time: ItsTime
    event_position: _FlatPosition
    termination: _Ending | None = None
    validity_duration: _Validity = DEFAULT_VALIDITY_S
    station_type: Octet = 0


class _FlatSituation(msgspec.Struct):
    event_type: _Cause
    information_quality: _Quality = 0


class _FlatMessage(msgspec.Struct):
    management_container: _FlatManagement
    situation_container: _FlatSituation | None = None


class _Denm113(msgspec.Struct):
    type: Literal["denm"]
    origin: Origin
    source_uuid: str
    timestamp: Timestamp
    version: Literal["1.1.3"]
    message: _FlatMessage


_newest = msgspec.json.Decoder(_Denm230)
_first = msgspec.json.Decoder(_Denm113)


def decode_denm(payload: bytes) -> Denm:
    """One DENM of either version. Raises :class:`twin.formats.refusal.Refused`."""
    head = peek(payload)
    expect(head, "denm", VERSIONS)
    try:
        if head.version == VERSIONS[1]:
            old = _first.decode(payload)
            management, situation = old.message.management_container, old.message.situation_container
            altitude = management.event_position.altitude
            return _denm(head.source_uuid, head.timestamp, management, situation, altitude)
        message = _newest.decode(payload).message
        altitude = message.management.event_position.altitude.value
        return _denm(head.source_uuid, head.timestamp, message.management, message.situation, altitude)
    except UNDECODABLE as fault:
        raise refused_by(fault, f"denm {head.version}") from fault


def _denm(
    source: str,
    timestamp: int,
    management: _Management | _FlatManagement,
    situation: _Situation | _FlatSituation | None,
    altitude: int,
) -> Denm:
    position = management.event_position
    placed(position.latitude, position.longitude, "denm")
    return Denm(
        source=source,
        station_id=management.action_id.originating_station_id,
        sequence=management.action_id.sequence_number,
        detection_ms=unix_of_its_ms(management.detection_time),
        reference_ms=unix_of_its_ms(management.reference_time),
        latitude=position.latitude / 1e7,
        longitude=position.longitude / 1e7,
        time_ms=timestamp,
        cause=situation.event_type.cause if situation else 0,
        subcause=situation.event_type.subcause if situation else 0,
        quality=situation.information_quality if situation else 0,
        validity_s=management.validity_duration,
        terminated=None if management.termination is None else _TERMINATIONS[management.termination],
        station_type=management.station_type,
        altitude_m=math.nan if altitude == NO_ALTITUDE else altitude / 100,
    )


def encode_denm(denm: Denm) -> bytes:
    """DENM 2.3.0. Without a cause no situation is written, as in a bare termination."""
    altitude = NO_ALTITUDE if math.isnan(denm.altitude_m) else round(denm.altitude_m * 100)
    management = _Management(
        action_id=_Action(denm.station_id, denm.sequence),
        detection_time=min(max(its_of_unix_ms(denm.detection_ms), 0), ITS_TIME_MAX),
        reference_time=min(max(its_of_unix_ms(denm.reference_ms), 0), ITS_TIME_MAX),
        event_position=_Position(round(denm.latitude * 1e7), round(denm.longitude * 1e7), _AltitudeValue(altitude)),
        station_type=denm.station_type,
        termination=None if denm.terminated is None else _TERMINATIONS.index(denm.terminated),
        validity_duration=denm.validity_s,
    )
    situation = _Situation(denm.quality, _Cause(denm.cause, denm.subcause)) if denm.cause else None
    message = _Message(2, denm.station_id, management, situation)
    return msgspec.json.encode(_Denm230("denm", denm.source, denm.time_ms, "2.3.0", message))
