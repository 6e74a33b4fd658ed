"""The publisher of ``bench intake``: MQTT packets encoded beforehand, sent by a raw socket in a process of its own."""

from __future__ import annotations

import itertools
import select
import socket
import sys
import time
from array import array
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import numpy as np

from twin.city.kinds import DeviceKind
from twin.city.model import City
from twin.core import chance
from twin.core.bus import Message
from twin.core.words import StationType
from twin.formats.cam import Cam, encode_cam
from twin.formats.quadkey import quadkey_levels
from twin.formats.senml import encode_senml
from twin.formats.topics import device_topic, v2x_topic

START_MS: Final = 1_790_000_000_000
STEP_MS: Final = 100
PACKS_PER_MS: Final = 8  # about what a machine takes, so that stamps keep up with its clock
VEHICLES: Final = 1_500
_SLICE: Final = 1 << 16
_CONNECT: Final = b"\x10\x15\x00\x04MQTT\x04\x02\x00\x3c\x00\x09publisher"
_DISCONNECT: Final = b"\xe0\x00"


def city_messages(city: City, kinds: Mapping[str, DeviceKind], namespace: str, count: int) -> list[Message]:
    """Two CAMs, one SenML pack, and so on: vehicles driving along edges at 10 m/s, devices near the middle of their
    range, every stamp new."""
    draw = chance.generator(1, "bench")
    roads = city.roads
    edge = draw.integers(0, len(roads), VEHICLES)
    offset = draw.random(VEHICLES) * roads.length_m[edge]
    cams = _cams(city, namespace, edge, offset)
    packs = _packs(city, kinds, namespace)
    return [next(packs) if index % 3 == 2 else next(cams) for index in range(count)]


def _cams(
    city: City, namespace: str, edge: np.typing.NDArray[np.int64], offset: np.typing.NDArray[np.float64]
) -> Iterator[Message]:
    roads = city.roads
    step = 0
    while True:
        along = (offset + 10.0 * step * STEP_MS / 1000) % roads.length_m[edge]
        part = (along / roads.length_m[edge])[:, None]
        from_xy, to_xy = roads.node_xy[roads.start[edge]], roads.node_xy[roads.end[edge]]
        xy = from_xy + part * (to_xy - from_xy)
        heading = np.degrees(np.arctan2(*(to_xy - from_xy).T)) % 360
        longitude, latitude = city.frame.to_lonlat(xy[:, 0], xy[:, 1])
        levels = quadkey_levels(latitude, longitude)
        for index, tail in enumerate(levels):
            cam = Cam(
                source=f"veh_{index}",
                station_id=index,
                station_type=StationType.CAR,
                latitude=float(latitude[index]),
                longitude=float(longitude[index]),
                time_ms=START_MS + step * STEP_MS,
                heading_deg=float(heading[index]),
                speed_mps=10.0,
                acceleration_mps2=0.0,
                length_m=4.5,
                width_m=1.8,
            )
            yield Message(v2x_topic(namespace, "cam", cam.source, tail), encode_cam(cam))
        step += 1


def _packs(city: City, kinds: Mapping[str, DeviceKind], namespace: str) -> Iterator[Message]:
    for index, device in enumerate(itertools.cycle(city.devices)):
        records = []
        for quantity in kinds[device.kind].quantities:
            low, high = quantity.range
            share = 0.4 + 0.01 * (index // len(city.devices) % 2)
            records.append((quantity.id, quantity.unit, round(low + share * (high - low), 4)))
        base = f"urn:dev:{city.meta.id}:{device.id}:"
        time_ms = START_MS + index // PACKS_PER_MS
        yield Message(device_topic(namespace, device.id), encode_senml(base, time_ms, records))


def write_packets(messages: list[Message], qos: int, path: Path) -> None:
    """PUBLISH packets one after another, and beside them where each ends (``.ends``, uint64)."""
    ends = array("Q")
    at = 0
    with path.open("wb") as out:
        for index, message in enumerate(messages):
            topic = message.topic.encode()
            number = (index % 65_535 + 1).to_bytes(2, "big") if qos else b""
            body = len(topic).to_bytes(2, "big") + topic + number + message.payload
            at += out.write(bytes((0x30 | qos << 1,)) + _length(len(body)) + body)
            ends.append(at)
    path.with_suffix(".ends").write_bytes(ends.tobytes())


def _length(value: int) -> bytes:
    coded = bytearray()
    while True:
        value, low = value >> 7, value & 0x7F
        coded.append(low | (0x80 if value else 0))
        if not value:
            return bytes(coded)


def publish(port: int, qos: int, path: Path, per_second: int) -> None:
    """Send the packets of a file, as fast as the broker takes them or at a rate; the moments (CLOCK_MONOTONIC ns) at
    which each was handed to the socket go to ``.sent``. At QoS 1 all acknowledgements are awaited."""
    packets = memoryview(path.read_bytes())
    ends = array("Q")
    ends.frombytes(path.with_suffix(".ends").read_bytes())
    with socket.create_connection(("127.0.0.1", port)) as link:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link.sendall(_CONNECT)
        link.recv(4)
        acknowledged = _paced(link, packets, ends, per_second, path) if per_second else _flood(link, packets)
        while qos and acknowledged < 4 * len(ends):
            acknowledged += len(link.recv(_SLICE))
        link.sendall(_DISCONNECT)


def _flood(link: socket.socket, packets: memoryview) -> int:
    """Bytes of acknowledgements that came meanwhile."""
    at = acknowledged = 0
    link.setblocking(False)
    while at < len(packets):
        readable, writable, _ = select.select([link], [link], [])
        if readable:
            acknowledged += len(link.recv(_SLICE))
        if writable:
            at += link.send(packets[at : at + _SLICE])
    link.setblocking(True)
    return acknowledged


def _paced(link: socket.socket, packets: memoryview, ends: array[int], per_second: int, path: Path) -> int:
    sent = array("q")
    begin = time.monotonic()
    at = 0
    for index, end in enumerate(ends):
        wait_s = begin + index / per_second - time.monotonic()
        if wait_s > 0:
            time.sleep(wait_s)
        sent.append(time.monotonic_ns())
        link.sendall(packets[at:end])
        at = end
    path.with_suffix(".sent").write_bytes(sent.tobytes())
    return 0


if __name__ == "__main__":
    publish(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
