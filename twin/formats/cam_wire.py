"""CAM 1.1.3 and 2.4.0 as published: only the fields that are read, each with its published range.

Wire integers leave this module as one flat row, equal for both versions; :mod:`twin.formats.cam` turns rows to SI.
Unknown keys are tolerated: the published example of 2.4.0 itself carries one.
"""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple

import msgspec

from twin.formats.etsi import (
    NO_ACCELERATION,
    NO_ANGLE,
    NO_LENGTH,
    NO_SPEED,
    NO_WIDTH,
    NO_YAW_RATE,
    Altitude,
    Latitude,
    Longitude,
    Octet,
    Origin,
    StationId,
    Timestamp,
    expect,
    peek,
    placed,
)
from twin.formats.refusal import UNDECODABLE, Reason, Refused, refused_by

VERSIONS = ("2.4.0", "1.1.3")

Angle = Annotated[int, msgspec.Meta(ge=0, le=NO_ANGLE)]
Speed = Annotated[int, msgspec.Meta(ge=0, le=NO_SPEED)]
Acceleration = Annotated[int, msgspec.Meta(ge=-160, le=NO_ACCELERATION)]
YawRate = Annotated[int, msgspec.Meta(ge=-32_766, le=NO_YAW_RATE)]
Length = Annotated[int, msgspec.Meta(ge=1, le=NO_LENGTH)]
Width = Annotated[int, msgspec.Meta(ge=1, le=NO_WIDTH)]
Role = Annotated[int, msgspec.Meta(ge=0, le=15)]


class Row(NamedTuple):
    """A CAM's wire integers, sentinels and all; the order is that of the columns."""

    timestamp: int
    station_id: int
    station_type: int
    latitude: int
    longitude: int
    altitude: int
    heading: int
    speed: int
    acceleration: int
    yaw_rate: int
    length: int
    width: int
    role: int
    siren: int


class _AltitudeValue(msgspec.Struct, gc=False):
    value: Altitude


class _Position(msgspec.Struct, gc=False):
    latitude: Latitude
    longitude: Longitude
    altitude: _AltitudeValue


class _Basic(msgspec.Struct, gc=False):
    station_type: Octet
    reference_position: _Position


class _Heading(msgspec.Struct, gc=False):
    value: Angle


class _Speed(msgspec.Struct, gc=False):
    value: Speed


class _Acceleration(msgspec.Struct, gc=False):
    value: Acceleration


class _YawRate(msgspec.Struct, gc=False):
    value: YawRate


class _Length(msgspec.Struct, gc=False):
    value: Length


class Vehicle(msgspec.Struct, gc=False):
    """``basic_vehicle_container_high_frequency`` of 2.4.0."""

    heading: _Heading
    speed: _Speed
    vehicle_length: _Length
    vehicle_width: Width
    longitudinal_acceleration: _Acceleration
    yaw_rate: _YawRate


class _Roadside(msgspec.Struct, gc=False):
    """``rsu_container_high_frequency``: nothing in it is read, but it stands for a vehicle container."""


class _HighFrequency(msgspec.Struct, gc=False):
    basic_vehicle_container_high_frequency: Vehicle | None = None
    rsu_container_high_frequency: _Roadside | None = None


class _LowVehicle(msgspec.Struct, gc=False):
    vehicle_role: Role = 0


class _LowFrequency(msgspec.Struct, gc=False):
    basic_vehicle_container_low_frequency: _LowVehicle | None = None


class _Lights(msgspec.Struct, gc=False):
    siren_activated: bool = False


class _WithSiren(msgspec.Struct, gc=False):
    light_bar_siren_in_use: _Lights | None = None


class Special(msgspec.Struct, gc=False):
    """Those special containers that may sound a siren."""

    special_transport_container: _WithSiren | None = None
    road_works_container_basic: _WithSiren | None = None
    rescue_container: _WithSiren | None = None
    emergency_container: _WithSiren | None = None
    safety_car_container: _WithSiren | None = None


class _Message(msgspec.Struct, gc=False):
    station_id: StationId
    basic_container: _Basic
    high_frequency_container: _HighFrequency
    low_frequency_container: _LowFrequency | None = None
    special_vehicle_container: Special | None = None


class Cam240(msgspec.Struct, gc=False):
    """CAM 2.4.0."""

    message_type: Literal["cam"]
    source_uuid: str
    timestamp: Timestamp
    version: Literal["2.4.0"]
    message: _Message
    message_format: Literal["json/raw"] = "json/raw"


class _FlatPosition(msgspec.Struct, gc=False):
    latitude: Latitude
    longitude: Longitude
    altitude: Altitude


class _FlatBasic(msgspec.Struct, gc=False):
    reference_position: _FlatPosition
    station_type: Octet = 0


class _FlatHighFrequency(msgspec.Struct, gc=False):
    heading: Angle = NO_ANGLE
    speed: Speed = NO_SPEED
    longitudinal_acceleration: Acceleration = NO_ACCELERATION
    yaw_rate: YawRate = NO_YAW_RATE
    vehicle_length: Length = NO_LENGTH
    vehicle_width: Width = NO_WIDTH


class _FlatMessage(msgspec.Struct, gc=False):
    station_id: StationId
    basic_container: _FlatBasic
    high_frequency_container: _FlatHighFrequency
    low_frequency_container: _LowVehicle | None = None


class Cam113(msgspec.Struct, gc=False):
    """CAM 1.1.3."""

    type: Literal["cam"]
    origin: Origin
    source_uuid: str
    timestamp: Timestamp
    version: Literal["1.1.3"]
    message: _FlatMessage


_newest = msgspec.json.Decoder(Cam240)
_first = msgspec.json.Decoder(Cam113)
decode_newest = _newest.decode

ABSENT_VEHICLE = Vehicle(
    _Heading(NO_ANGLE), _Speed(NO_SPEED), _Length(NO_LENGTH), NO_WIDTH, _Acceleration(NO_ACCELERATION),
    _YawRate(NO_YAW_RATE),
)  # fmt: skip
"""What a roadside unit's CAM says of its motion: nothing."""


def sirens(special: Special) -> bool:
    """Whether any special container says that its siren sounds."""
    containers = (
        special.emergency_container, special.rescue_container, special.special_transport_container,
        special.road_works_container_basic, special.safety_car_container,
    )  # fmt: skip
    return any(c is not None and c.light_bar_siren_in_use is not None and c.light_bar_siren_in_use.siren_activated
               for c in containers)  # fmt: skip


def vehicle_of(high_frequency: _HighFrequency) -> Vehicle:
    """The vehicle container, or the absent one of a roadside unit; a CAM with neither is refused."""
    vehicle = high_frequency.basic_vehicle_container_high_frequency
    if vehicle is not None:
        return vehicle
    if high_frequency.rsu_container_high_frequency is None:
        raise Refused(Reason.MALFORMED, "cam: high_frequency_container holds no container")
    return ABSENT_VEHICLE


def nowhere() -> Refused:
    """The refusal of a CAM whose position is unavailable."""
    return Refused(Reason.OUT_OF_RANGE, "cam: position unavailable")


def role_of(low: _LowFrequency | None) -> int:
    """``vehicle_role`` where the low frequency container was sent, else 0."""
    if low is None or low.basic_vehicle_container_low_frequency is None:
        return 0
    return low.basic_vehicle_container_low_frequency.vehicle_role


def _row_of_newest(cam: Cam240) -> Row:
    message = cam.message
    basic, vehicle = message.basic_container, vehicle_of(message.high_frequency_container)
    position, special = basic.reference_position, message.special_vehicle_container
    return Row(
        cam.timestamp, message.station_id, basic.station_type, position.latitude, position.longitude,
        position.altitude.value, vehicle.heading.value, vehicle.speed.value, vehicle.longitudinal_acceleration.value,
        vehicle.yaw_rate.value, vehicle.vehicle_length.value, vehicle.vehicle_width,
        role_of(message.low_frequency_container), special is not None and sirens(special),
    )  # fmt: skip


def _row_of_first(cam: Cam113) -> Row:
    message = cam.message
    basic, moving, low = message.basic_container, message.high_frequency_container, message.low_frequency_container
    position = basic.reference_position
    return Row(
        cam.timestamp, message.station_id, basic.station_type, position.latitude, position.longitude,
        position.altitude, moving.heading, moving.speed, moving.longitudinal_acceleration, moving.yaw_rate,
        moving.vehicle_length, moving.vehicle_width, low.vehicle_role if low is not None else 0, False,
    )  # fmt: skip


def read(payload: bytes) -> tuple[str, Row]:
    """Sender and row of either version. Raises :class:`Refused`; the newest version costs no second look."""
    try:
        cam = decode_newest(payload)
    except UNDECODABLE as fault:
        head = peek(payload)
        expect(head, "cam", VERSIONS)
        if head.version == VERSIONS[0]:
            raise refused_by(fault, "cam 2.4.0") from fault
        return _read_first(payload)
    row = _row_of_newest(cam)
    placed(row.latitude, row.longitude, "cam")
    return cam.source_uuid, row


def _read_first(payload: bytes) -> tuple[str, Row]:
    try:
        cam = _first.decode(payload)
    except UNDECODABLE as fault:
        raise refused_by(fault, "cam 1.1.3") from fault
    row = _row_of_first(cam)
    placed(row.latitude, row.longitude, "cam")
    return cam.source_uuid, row
