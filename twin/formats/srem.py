"""Signal request (ISO/TS 19091, ETSI TS 103 301 as JSON) 2.0.1: an emergency vehicle asks lights for priority.

Topic ``<ns>/inQueue/v2x/srem/<source>/<quadkey>``. A crew's source is ``unit_<unit>``. The group asked for stands in
``inbound_lane.connection``.
"""

from __future__ import annotations

import math
from enum import IntEnum
from typing import Annotated, Literal

import msgspec

from twin.formats.dsrc import UNKNOWN_MS, Access, Minute, Reference, Second, Turn, minute_of, moment, second_of
from twin.formats.etsi import Latitude, Longitude, Octet, StationId, Timestamp, expect, peek, placed
from twin.formats.refusal import UNDECODABLE, refused_by


class Asks(IntEnum):
    """``request_type``."""

    UNKNOWN = 0
    PRIORITY = 1
    UPDATE = 2
    CANCELLATION = 3


class Role(IntEnum):
    """``role`` of the requestor, those of use here."""

    EMERGENCY = 6
    POLICE = 12
    FIRE = 13
    AMBULANCE = 14


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of one intersection (its number on the wire); ``arrives_ms`` at the stop line."""

    intersection: int
    request: int  # 0–255, the asker's own number for it
    asks: int  # Asks
    group: int
    out_group: int = -1
    region: int = 0
    arrives_ms: int = UNKNOWN_MS
    lasts_s: float = 0.0


class Srem(msgspec.Struct, frozen=True, kw_only=True):
    """SI units, WGS 84 degrees; a heading or speed that is not said is NaN."""

    source: str
    station_id: int
    time_ms: int
    latitude: float
    longitude: float
    requests: tuple[Request, ...]
    sequence: int = 0  # 0–127
    role: int = Role.EMERGENCY
    name: str = ""
    heading_deg: float = math.nan
    speed_mps: float = math.nan


class _Asked(msgspec.Struct, omit_defaults=True):
    id: Reference
    request_id: Octet
    request_type: Annotated[int, msgspec.Meta(ge=0, le=3)]
    inbound_lane: Access
    outbound_lane: Access | None = None


class _Item(msgspec.Struct, omit_defaults=True):
    request: _Asked
    minute: Minute | None = None
    second: Second | None = None
    duration: Second | None = None


class _Role(msgspec.Struct):
    role: Annotated[int, msgspec.Meta(ge=0, le=23)]


class _Position(msgspec.Struct):
    latitude: Latitude
    longitude: Longitude


class _Speed(msgspec.Struct):
    transmission: Annotated[int, msgspec.Meta(ge=0, le=7)]
    speed: Annotated[int, msgspec.Meta(ge=0, le=8191)]  # 0.02 m/s


class _Vector(msgspec.Struct, omit_defaults=True):
    position: _Position
    heading: Annotated[int, msgspec.Meta(ge=0, le=28_800)] | None = None  # 0.0125°
    speed: _Speed | None = None


class _Requestor(msgspec.Struct, omit_defaults=True):
    id: StationId
    type: _Role | None = None
    position: _Vector | None = None
    name: Annotated[str, msgspec.Meta(max_length=63)] = ""


class _Message(msgspec.Struct, omit_defaults=True):
    protocol_version: Octet
    station_id: StationId
    second: Second
    requestor: _Requestor
    timestamp: Minute | None = None
    sequence_number: Turn | None = None
    requests: Annotated[list[_Item], msgspec.Meta(max_length=32)] = []


class _Srem(msgspec.Struct):
    message_type: Literal["srem"]
    source_uuid: str
    timestamp: Timestamp
    version: Literal["2.0.1"]
    message: _Message


_NO_SPEED, _NO_HEADING = 8191, 28_800
_UNIT_MPS, _UNIT_DEG = 0.02, 0.0125
_UNKNOWN_GEAR = 7
_wire = msgspec.json.Decoder(_Srem)


def decode_srem(payload: bytes) -> Srem:
    """Raises :class:`twin.formats.refusal.Refused`, also where the requestor does not say where it is."""
    try:
        wire = _wire.decode(payload)
    except UNDECODABLE as fault:
        expect(peek(payload), "srem", ("2.0.1",))
        raise refused_by(fault, "srem 2.0.1") from fault
    asker = wire.message.requestor
    vector = asker.position
    latitude, longitude = (vector.position.latitude, vector.position.longitude) if vector else (900_000_001, 0)
    placed(latitude, longitude, "srem")
    heading = vector.heading if vector is not None else None
    speed = vector.speed.speed if vector is not None and vector.speed is not None else _NO_SPEED
    return Srem(
        source=wire.source_uuid,
        station_id=asker.id,
        time_ms=wire.timestamp,
        latitude=latitude / 1e7,
        longitude=longitude / 1e7,
        requests=tuple(_request(item, wire.timestamp) for item in wire.message.requests),
        sequence=wire.message.sequence_number or 0,
        role=asker.type.role if asker.type is not None else 0,
        name=asker.name,
        heading_deg=math.nan if heading is None or heading == _NO_HEADING else heading * _UNIT_DEG,
        speed_mps=math.nan if speed == _NO_SPEED else speed * _UNIT_MPS,
    )


def _request(item: _Item, near_ms: int) -> Request:
    asked = item.request
    return Request(
        intersection=asked.id.id,
        request=asked.request_id,
        asks=asked.request_type,
        group=asked.inbound_lane.connection,
        out_group=asked.outbound_lane.connection if asked.outbound_lane is not None else -1,
        region=asked.id.region,
        arrives_ms=moment(item.minute, item.second, near_ms),
        lasts_s=(item.duration or 0) / 1000.0,
    )


def encode_srem(srem: Srem) -> bytes:
    """SREM 2.0.1."""
    heading = None if math.isnan(srem.heading_deg) else round(srem.heading_deg % 360.0 / _UNIT_DEG) % _NO_HEADING
    speed = None if math.isnan(srem.speed_mps) else min(round(srem.speed_mps / _UNIT_MPS), _NO_SPEED - 1)
    vector = _Vector(
        _Position(round(srem.latitude * 1e7), round(srem.longitude * 1e7)),
        heading,
        None if speed is None else _Speed(_UNKNOWN_GEAR, speed),
    )
    requestor = _Requestor(srem.station_id, _Role(srem.role), vector, srem.name)
    message = _Message(
        2, srem.station_id, second_of(srem.time_ms), requestor, minute_of(srem.time_ms), srem.sequence,
        [_item(request) for request in srem.requests],
    )  # fmt: skip
    return msgspec.json.encode(_Srem("srem", srem.source, srem.time_ms, "2.0.1", message))


def _item(request: Request) -> _Item:
    asked = _Asked(
        Reference(request.intersection, request.region), request.request, request.asks, Access(0, 0, request.group),
        None if request.out_group < 0 else Access(0, 0, request.out_group),
    )  # fmt: skip
    lasts = min(round(request.lasts_s * 1000), 65_534) if request.lasts_s > 0 else None
    if request.arrives_ms == UNKNOWN_MS:
        return _Item(asked, duration=lasts)
    return _Item(asked, minute_of(request.arrives_ms), second_of(request.arrives_ms), lasts)


__all__ = ["Asks", "Request", "Role", "Srem", "decode_srem", "encode_srem"]
