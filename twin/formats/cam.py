"""Cooperative awareness messages (ETSI TS 103 900 as JSON): 1.1.3 and 2.4.0 read, 2.4.0 written, in SI units."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from struct import Struct as Packer

import msgspec
import numpy as np
from numpy.typing import NDArray

from twin.formats import cam_wire as wire
from twin.formats.cam_encode import encode_row, encode_rows
from twin.formats.etsi import (
    NO_ACCELERATION,
    NO_ALTITUDE,
    NO_ANGLE,
    NO_LATITUDE,
    NO_LENGTH,
    NO_LONGITUDE,
    NO_SPEED,
    NO_WIDTH,
    NO_YAW_RATE,
)
from twin.formats.refusal import UNDECODABLE, Refused


class Cam(msgspec.Struct, frozen=True, kw_only=True):
    """One CAM in SI units; NaN where the sender says "unavailable".

    ``station_type`` is a :class:`twin.core.words.StationType` value, ``heading_deg`` clockwise from north,
    ``yaw_rate_dps`` degrees a second to the left, ``time_ms`` Unix ms of the envelope. ``role`` is ETSI's
    ``vehicle_role`` (1 public transport, 5 rescue, 6 emergency …).
    """

    source: str
    station_id: int
    station_type: int
    latitude: float
    longitude: float
    time_ms: int
    altitude_m: float = math.nan
    heading_deg: float = math.nan
    speed_mps: float = math.nan
    acceleration_mps2: float = math.nan
    yaw_rate_dps: float = math.nan
    length_m: float = math.nan
    width_m: float = math.nan
    role: int = 0
    siren: bool = False


@dataclass(frozen=True, slots=True)
class CamColumns:
    """Many CAMs at once, one row a message that was accepted, in arrival order. Units as in :class:`Cam`.

    ``row`` is the index of the payload; ``refused`` holds (index, refusal) of the others.
    """

    row: NDArray[np.int32]
    source: list[str]
    time_ms: NDArray[np.int64]
    station_id: NDArray[np.int64]
    station_type: NDArray[np.uint8]
    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]
    heading_deg: NDArray[np.float32]
    speed_mps: NDArray[np.float32]
    acceleration_mps2: NDArray[np.float32]
    role: NDArray[np.uint8]
    siren: NDArray[np.bool_]
    refused: list[tuple[int, Refused]]

    def __len__(self) -> int:
        return len(self.row)


def _scaled(value: int, absent: int, unit: float) -> float:
    return math.nan if value == absent else value * unit


def decode_cam(payload: bytes) -> Cam:
    """One CAM of either version. Raises :class:`Refused`."""
    source, row = wire.read(payload)
    return Cam(
        source=source,
        station_id=row.station_id,
        station_type=row.station_type,
        latitude=row.latitude / 1e7,
        longitude=row.longitude / 1e7,
        time_ms=row.timestamp,
        altitude_m=_scaled(row.altitude, NO_ALTITUDE, 0.01),
        heading_deg=_scaled(row.heading, NO_ANGLE, 0.1),
        speed_mps=_scaled(row.speed, NO_SPEED, 0.01),
        acceleration_mps2=_scaled(row.acceleration, NO_ACCELERATION, 0.1),
        yaw_rate_dps=_scaled(row.yaw_rate, NO_YAW_RATE, 0.01),
        length_m=_scaled(row.length, NO_LENGTH, 0.1),
        width_m=_scaled(row.width, NO_WIDTH, 0.1),
        role=row.role,
        siren=bool(row.siren),
    )


_pack = Packer("<11q").pack
_COLUMNS = 11  # row, timestamp, station id and type, latitude, longitude, heading, speed, acceleration, role, siren


def decode_cam_columns(payloads: Sequence[bytes]) -> CamColumns:
    """Thousands of CAMs into columns: the twin's hottest path.

    A 2.4.0 message costs one typed decode and one pack into a flat buffer, with no object kept; the older version and
    whatever is refused take the slower way through :func:`twin.formats.cam_wire.read`.
    """
    sources: list[str] = []
    packed: list[bytes] = []
    refused: list[tuple[int, Refused]] = []
    decode, pack, add, name = wire.decode_newest, _pack, packed.append, sources.append
    for index, payload in enumerate(payloads):
        try:
            cam = decode(payload)
            message = cam.message
            basic, low = message.basic_container, message.low_frequency_container
            position, special = basic.reference_position, message.special_vehicle_container
            vehicle = message.high_frequency_container.basic_vehicle_container_high_frequency
            if vehicle is None:
                vehicle = wire.vehicle_of(message.high_frequency_container)
            add(
                pack(
                    index,
                    cam.timestamp,
                    message.station_id,
                    basic.station_type,
                    position.latitude,
                    position.longitude,
                    vehicle.heading.value,
                    vehicle.speed.value,
                    vehicle.longitudinal_acceleration.value,
                    0 if low is None else wire.role_of(low),
                    special is not None and wire.sirens(special),
                )
            )
            name(cam.source_uuid)
        except UNDECODABLE:
            try:
                source, row = wire.read(payload)
            except Refused as refusal:
                refused.append((index, refusal))
                continue
            add(pack(index, *row[:5], *row[6:9], row.role, row.siren))
            name(source)
        except Refused as refusal:
            refused.append((index, refusal))
    return _columns(b"".join(packed), sources, refused)


def _columns(packed: bytes, sources: list[str], refused: list[tuple[int, Refused]]) -> CamColumns:
    table = np.frombuffer(packed, np.int64).reshape(-1, _COLUMNS)
    nowhere = (table[:, 4] == NO_LATITUDE) | (table[:, 5] == NO_LONGITUDE)
    if nowhere.any():
        refused.extend((int(index), wire.nowhere()) for index in table[nowhere, 0])
        refused.sort(key=lambda pair: pair[0])
        sources = [source for source, lost in zip(sources, nowhere.tolist(), strict=True) if not lost]
        table = table[~nowhere]
    index, time, station, kind, latitude, longitude, heading, speed, acceleration, role, siren = table.T
    return CamColumns(
        row=index.astype(np.int32),
        source=sources,
        time_ms=time.copy(),
        station_id=station.copy(),
        station_type=kind.astype(np.uint8),
        latitude=latitude / 1e7,
        longitude=longitude / 1e7,
        heading_deg=_scaled_column(heading, NO_ANGLE, 10.0),
        speed_mps=_scaled_column(speed, NO_SPEED, 100.0),
        acceleration_mps2=_scaled_column(acceleration, NO_ACCELERATION, 10.0),
        role=role.astype(np.uint8),
        siren=siren.astype(np.bool_),
        refused=refused,
    )


def _scaled_column(wire_values: NDArray[np.int64], absent: int, per_unit: float) -> NDArray[np.float32]:
    return np.where(wire_values == absent, np.nan, wire_values / per_unit).astype(np.float32)


def _on_wire(value: float, per_unit: float, lowest: int, highest: int, absent: int) -> int:
    """A finite value is clamped to the published range (its last step means "or more"); NaN becomes the sentinel."""
    if math.isnan(value):
        return absent
    return min(max(round(value * per_unit), lowest), highest)


def encode_cam(cam: Cam) -> bytes:
    """CAM 2.4.0. Confidences are sent as unavailable: the field's sensors do not know theirs."""
    return encode_row(
        cam.source,
        wire.Row(
            cam.time_ms,
            cam.station_id,
            cam.station_type,
            round(cam.latitude * 1e7),
            round(cam.longitude * 1e7),
            _on_wire(cam.altitude_m, 100.0, -100_000, 800_000, NO_ALTITUDE),
            _on_wire(cam.heading_deg % 360.0, 10.0, 0, 3600, NO_ANGLE),
            _on_wire(cam.speed_mps, 100.0, 0, NO_SPEED - 1, NO_SPEED),
            _on_wire(cam.acceleration_mps2, 10.0, -160, 160, NO_ACCELERATION),
            _on_wire(cam.yaw_rate_dps, 100.0, -32_766, 32_766, NO_YAW_RATE),
            _on_wire(cam.length_m, 10.0, 1, 1022, NO_LENGTH),
            _on_wire(cam.width_m, 10.0, 1, 61, NO_WIDTH),
            cam.role,
            cam.siren,
        ),
    )


def _columns_on_wire(
    values: NDArray[np.float64], per_unit: float, lowest: int, highest: int, absent: int
) -> NDArray[np.int64]:
    """:func:`_on_wire` of a column."""
    known = np.clip(np.rint(np.asarray(values, np.float64) * per_unit), lowest, highest)
    return np.where(np.isnan(known), absent, known).astype(np.int64)


def encode_cam_columns(
    source: Sequence[str], time_ms: int, station_id: NDArray[np.int64], station_type: NDArray[np.uint8],
    latitude: NDArray[np.float64], longitude: NDArray[np.float64], *, heading_deg: NDArray[np.float64],
    speed_mps: NDArray[np.float64], acceleration_mps2: NDArray[np.float64], length_m: NDArray[np.float64],
    width_m: NDArray[np.float64], role: NDArray[np.int64],
) -> list[bytes]:  # fmt: skip
    """What :func:`encode_cam` makes of each row, for many vehicles that speak at one time; they say neither altitude
    nor yaw rate, and use no siren."""
    north, east = np.rint(latitude * 1e7).astype(np.int64), np.rint(longitude * 1e7).astype(np.int64)
    columns = (
        station_id, station_type, north, east,
        _columns_on_wire(heading_deg % 360.0, 10.0, 0, 3600, NO_ANGLE),
        _columns_on_wire(speed_mps, 100.0, 0, NO_SPEED - 1, NO_SPEED),
        _columns_on_wire(acceleration_mps2, 10.0, -160, 160, NO_ACCELERATION),
        _columns_on_wire(length_m, 10.0, 1, 1022, NO_LENGTH),
        _columns_on_wire(width_m, 10.0, 1, 61, NO_WIDTH),
        role,
    )  # fmt: skip
    return encode_rows(source, time_ms, zip(*(column.tolist() for column in columns), strict=True))
