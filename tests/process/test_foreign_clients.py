"""Outside clients on a broker: what they send is believed, and nothing is said on it that was not granted."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from running import Eyes, Site, served, site, until

from twin.city.model import City
from twin.core.views import Mark
from twin.core.words import Provenance
from twin.formats.quadkey import quadkey

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "v2x" / "its_client_cam_denm_1-1-3.txt"
FEEDS = """
provenance = "live"
[[topics]]
topic = "default/inQueue/v2x/#"
format = "its"
[[topics]]
topic = "works/+/senml"
format = "senml"
name = "urn:dev:works:{device}:{quantity}"
device = "{device}"
quantity = "{quantity}"
[[topics]]
topic = "v1.1/Datastreams({id})/Observations"
format = "sensorthings"
devices = { "17" = { device = "%s", quantity = "rain", unit = "mm/h" } }
[[topics]]
topic = "plain/level"
device = "%s"
quantity = "level"
unit = "cm"
"""


def _device(city: City, kind: str) -> str:
    return next(device.id for device in city.devices if device.kind == kind)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory, grid_city: City) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("live")
    feeds = folder / "feeds"
    feeds.mkdir()
    text = FEEDS % (_device(grid_city, "rain_gauge"), _device(grid_city, "water_level"))
    (feeds / "outside.toml").write_text(text, encoding="utf-8")
    with site(folder, grid_city.directory, "--feeds", str(feeds)) as running:
        running.bus("witness", "#")
        yield running


def _cam(source: str, latitude: float, longitude: float, stamp_ms: int) -> bytes:
    message = {
        "protocol_version": 1, "station_id": 77, "generation_delta_time": stamp_ms % 65536,
        "basic_container": {
            "station_type": 5,
            "reference_position": {
                "latitude": round(latitude * 1e7), "longitude": round(longitude * 1e7), "altitude": 800001,
            },
            "confidence": {"position_confidence_ellipse": {
                "semi_major_confidence": 4095, "semi_minor_confidence": 4095, "semi_major_orientation": 0}},
        },
        "high_frequency_container": {"heading": 900, "speed": 1200, "longitudinal_acceleration": 161},
    }  # fmt: skip
    envelope = {"type": "cam", "origin": "self", "version": "1.1.3", "source_uuid": source, "timestamp": stamp_ms}
    return json.dumps({**envelope, "message": message}).encode()


def _topic(word: str, source: str, latitude: float, longitude: float) -> str:
    return f"default/inQueue/v2x/{word}/{source}/" + "/".join(quadkey(latitude, longitude, 22))


def _placed(eyes: Eyes, x_m: float, y_m: float) -> bool:
    eyes.look()
    frame = eyes.frames[-1]
    near = np.hypot(frame.x_m - x_m, frame.y_m - y_m) < 1.0
    return bool((near & (frame.provenance == Provenance.LIVE)).any())


def test_a_cam_is_a_moving_vehicle_within_a_second_and_a_metre(live: Site, grid_city: City) -> None:
    eyes, bus = live.eyes(), live.bus("car")
    for x_m in (100.0, 112.0, 124.0):
        longitude, latitude = (float(value) for value in grid_city.frame.to_lonlat(x_m, 398.0))
        now = time.time_ns() // 1_000_000
        bus.publish(_topic("cam", "com_car_1", latitude, longitude), _cam("com_car_1", latitude, longitude, now))
        bus.flush()
        sent = time.monotonic()
        until(lambda x_m=x_m: _placed(eyes, x_m, 398.0), 5, f"the car at {x_m} m")  # type: ignore[misc]
        assert time.monotonic() - sent < 1.0
    summary = live.summary()
    assert summary is not None
    assert summary["counts"]["vehicles"] >= 1  # type: ignore[index]


def test_an_accident_warning_raises_an_incident_where_it_happened(live: Site, grid_city: City) -> None:
    eyes, bus = live.eyes(), live.bus("victim")
    longitude, latitude = (float(value) for value in grid_city.frame.to_lonlat(300.0, 400.0))
    now = time.time_ns() // 1_000_000
    its = now - 1_072_915_200_000 + 5_000
    place = {"latitude": round(latitude * 1e7), "longitude": round(longitude * 1e7), "altitude": 800001}
    management = {"action_id": {"originating_station_id": 99, "sequence_number": 1}, "detection_time": its,
                  "reference_time": its, "event_position": place}  # fmt: skip
    denm = {"type": "denm", "origin": "self", "version": "1.1.3", "source_uuid": "com_car_9", "timestamp": now,
            "message": {"protocol_version": 1, "station_id": 99, "management_container": management,
                        "situation_container": {"event_type": {"cause": 2}}}}  # fmt: skip
    bus.publish(_topic("denm", "com_car_9", latitude, longitude), json.dumps(denm).encode(), qos=1)
    bus.flush()

    def marked() -> Mark | None:
        bus.wait(0.01)
        eyes.look()
        return next((mark for mark in eyes.marks.values() if mark.kind == "incident"), None)

    mark = until(marked, 10, "an incident")
    assert np.hypot(mark.x_m - 300.0, mark.y_m - 400.0) < 1.0
    assert mark.provenance == Provenance.LIVE


def _page(eyes: Eyes, device: str) -> str:
    eyes.link.ask("device", device)
    until(lambda: eyes.look() and device in eyes.replies, 5, "a page")
    return str(eyes.replies.pop(device).card)


@pytest.mark.parametrize(
    ("kind", "topic", "payload", "shown"),
    [
        ("water_level", "plain/level", b"21.3", "0.213"),
        ("rain_gauge", "v1.1/Datastreams(17)/Observations", b'{"result": 12.5}', "12.5"),
        ("noise", "works/a/senml", b'[{"bn":"urn:dev:works:%s:","n":"laeq","u":"dB","v":61.5}]', "61.5"),
    ],
)
def test_readings_in_other_formats_move_their_devices(
    live: Site, grid_city: City, kind: str, topic: str, payload: bytes, shown: str
) -> None:
    device = _device(grid_city, kind)
    eyes, bus = live.eyes(), live.bus(f"gauge-{kind}")
    bus.publish(topic, payload.replace(b"%s", device.encode()), qos=1)
    until(lambda: served(bus) and not bus.unacknowledged, 5, "the broker has it")
    until(lambda: shown in _page(eyes, device), 10, f"{kind} shows {shown}")


@pytest.mark.skipif(not REAL.exists(), reason="the real messages are not here")
def test_real_messages_moved_into_the_city_are_all_taken(live: Site, grid_city: City) -> None:
    lines = [line.split(" ", 1) for line in REAL.read_text(encoding="utf-8").splitlines()]
    bodies = [json.loads(body) for _, body in lines]
    first = dict(bodies[0]["message"]["basic_container"]["reference_position"])
    shift_ms = time.time_ns() // 1_000_000 - bodies[0]["timestamp"]
    eyes, bus = live.eyes(), live.bus("replayed")
    before = live.summary()
    low_x, low_y, high_x, high_y = grid_city.extent
    centre = grid_city.frame.to_lonlat((low_x + high_x) / 2, (low_y + high_y) / 2)
    began, newest, last = time.monotonic(), 0, (0.0, 0.0)
    for body in bodies:
        message = body["message"]
        place = (message.get("basic_container", {}).get("reference_position")
                 or message["management_container"]["event_position"])  # fmt: skip
        place["longitude"] += round(float(centre[0]) * 1e7) - first["longitude"]
        place["latitude"] += round(float(centre[1]) * 1e7) - first["latitude"]
        due = time.monotonic() + (body["timestamp"] + shift_ms) / 1000 - time.time()
        while time.monotonic() < due:
            bus.wait(0.005)
        body["timestamp"] += shift_ms
        for key in ("detection_time", "reference_time"):
            if key in message.get("management_container", {}):
                message["management_container"][key] += shift_ms
        where = (place["latitude"] / 1e7, place["longitude"] / 1e7)
        bus.publish(_topic(body["type"], body["source_uuid"], *where), json.dumps(body).encode())
        bus.flush()
        if body["type"] == "cam" and body["timestamp"] > newest:  # a real trace: not in the order of its stamps
            newest, last = body["timestamp"], where
    x_m, y_m = (float(value) for value in grid_city.frame.to_xy(last[1], last[0]))
    until(lambda: _placed(eyes, x_m, y_m), 3, "the last position")
    after = live.summary()
    assert before is not None and after is not None
    assert time.monotonic() - began < 40
    assert after["messages"]["accepted"] - before["messages"]["accepted"] == len(bodies)  # type: ignore[index]


def test_nothing_was_published_by_the_server(live: Site) -> None:
    witness = live.buses[0]
    until(lambda: served(witness), 1, "a last look")
    allowed = ("default/inQueue/", "works/", "v1.1/", "plain/")
    assert [message.topic for message in witness.drain() if not message.topic.startswith(allowed)] == []
