"""Writing CAM 2.4.0: rows of wire integers to JSON by one template, since thousands of vehicles speak it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from twin.formats.cam_wire import Row
from twin.formats.etsi import NO_ALTITUDE, NO_YAW_RATE, delta_time

_TEMPLATE = (
    b'{"message_type":"cam","message_format":"json/raw","source_uuid":%b,"timestamp":%d,"version":"2.4.0","message":'
    b'{"protocol_version":2,"station_id":%d,"generation_delta_time":%d,"basic_container":{"station_type":%d,'
    b'"reference_position":{"latitude":%d,"longitude":%d,"position_confidence_ellipse":{"semi_major":4095,'
    b'"semi_minor":4095,"semi_major_orientation":3601},"altitude":{"value":%d,"confidence":15}}},'
    b'"high_frequency_container":{"basic_vehicle_container_high_frequency":{"heading":{"value":%d,"confidence":127},'
    b'"speed":{"value":%d,"confidence":127},"drive_direction":0,"vehicle_length":{"value":%d,"confidence":4},'
    b'"vehicle_width":%d,"longitudinal_acceleration":{"value":%d,"confidence":102},"curvature":{"value":1023,'
    b'"confidence":7},"curvature_calculation_mode":2,"yaw_rate":{"value":%d,"confidence":8}}}%b}}'
)

_LIGHTS = (
    b'{"low_beam_headlights_on":false,"high_beam_headlights_on":false,"left_turn_signal_on":false,'
    b'"right_turn_signal_on":false,"daytime_running_lights_on":false,"reverse_light_on":false,"fog_light_on":false,'
    b'"parking_lights_on":false}'
)
_ROLE = (
    b',"low_frequency_container":{"basic_vehicle_container_low_frequency":{"vehicle_role":%d,"exterior_lights":'
    + _LIGHTS
    + b',"path_history":[]}}'
)
_SIREN = (
    b',"special_vehicle_container":{"emergency_container":{"light_bar_siren_in_use":{"light_bar_activated":true,'
    b'"siren_activated":true}}}'
)


def encode_row(source: str, row: Row) -> bytes:
    """One CAM. Low frequency and special containers are written only where they say something."""
    more = (_ROLE % row.role if row.role else b"") + (_SIREN if row.siren else b"")
    return _TEMPLATE % (
        msgspec.json.encode(source), row.timestamp, row.station_id, delta_time(row.timestamp), row.station_type,
        row.latitude, row.longitude, row.altitude, row.heading, row.speed, row.length, row.width, row.acceleration,
        row.yaw_rate, more,
    )  # fmt: skip


def encode_rows(source: Sequence[str], time_ms: int, rows: Iterable[tuple[int, ...]]) -> list[bytes]:
    """CAMs of one time; a row is station id and type, latitude, longitude, heading, speed, acceleration, length, width
    and role."""
    name, delta = msgspec.json.encode, delta_time(time_ms)
    return [
        _TEMPLATE % (
            name(said), time_ms, station, delta, kind, north, east, NO_ALTITUDE, heading, speed, length, width, push,
            NO_YAW_RATE, _ROLE % role if role else b"",
        )
        for said, (station, kind, north, east, heading, speed, push, length, width, role)
        in zip(source, rows, strict=True)
    ]  # fmt: skip
