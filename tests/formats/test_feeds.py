"""Feed files: what they decode, what they refuse and the cures that they name."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.core.errors import ConfigError
from twin.core.words import Provenance
from twin.formats.cam import Cam, encode_cam
from twin.formats.crs import from_wgs84, in_shifted_area, to_wgs84, wgs84_to_gcj02
from twin.formats.feeds import Feed, load_feed, load_feeds
from twin.formats.jsonpath import JsonPath, PathError
from twin.formats.measurement import Measurement
from twin.formats.quadkey import quadkey_levels
from twin.formats.refusal import Reason, Refused
from twin.formats.template import Pattern, TemplateError
from twin.formats.topics import v2x_topic

CONFIG = Path(__file__).parents[2] / "config/feeds"
NOW = 1_795_334_195_925


def feed_of(tmp_path: Path, text: str) -> Feed:
    path = tmp_path / "feed.toml"
    path.write_text(text, encoding="utf-8")
    return load_feed(path)


def refusal_of(feed: Feed, topic: str, payload: bytes) -> Refused:
    with pytest.raises(Refused) as refusal:
        feed.decode(topic, payload, NOW)
    return refusal.value


def cure_of(refusal: Refused) -> str:
    assert refusal.cure is not None
    return refusal.cure.msgid.format(**refusal.cure.args)


def test_the_shipped_feed_hears_v2x_and_publishes_nothing() -> None:
    (its,) = load_feeds(CONFIG)
    assert (its.name, its.provenance, its.broker) == ("its", Provenance.LIVE, None)
    assert its.v2x == (("default", "inQueue"), ("default", "outQueue"))
    assert its.filters == (("default/inQueue/v2x/#", 0), ("default/outQueue/v2x/#", 0))
    assert not its.may_publish("default/outQueue/v2x/denm/civitwin/0/1")
    cam = Cam(source="car", station_id=1, station_type=5, latitude=60.17, longitude=24.94, time_ms=NOW)
    topic = v2x_topic("default", "cam", "car", quadkey_levels(60.17, 24.94)[0], "outQueue")
    (back,) = its.decode(topic, encode_cam(cam), NOW)
    assert isinstance(back, Cam)
    assert (back.source, back.latitude) == ("car", 60.17)
    stolen = refusal_of(its, topic.replace("/car/", "/bus/"), encode_cam(cam))
    assert stolen.reason == Reason.WRONG_TOPIC


def test_the_shipped_examples_do_what_their_comments_say() -> None:
    plant, standards = load_feeds(CONFIG / "examples")
    assert plant.decode("plant/north/gauge_3/level", b"21.3", NOW) == (
        Measurement(device="north_gauge_3", quantity="level", value=21.3, unit="cm", time_ms=NOW),
    )
    payload = {"ts": 1795334195, "pm": {"2_5": 31.0}, "no2": "18.5", "gps": [116.40, 39.91]}
    pm25, no2 = plant.decode("plant/north/air", json.dumps(payload).encode(), NOW)
    assert isinstance(pm25, Measurement)
    assert isinstance(no2, Measurement)
    assert (pm25.device, pm25.quantity, pm25.value, pm25.time_ms) == ("air_1", "pm25", 31.0, 1_795_334_195_000)
    assert (no2.value, no2.unit) == (18.5, "ug/m3")
    assert (pm25.latitude, pm25.longitude) == pytest.approx(to_wgs84(39.91, 116.40, "gcj02"))
    (flow,) = plant.decode("plant/pump/12/state", b'"running"', NOW)
    assert flow == Measurement(device="pump_12", quantity="flow", value=0.25, unit="m3/s", time_ms=NOW)
    (truck,) = plant.decode("fleet/water/A-17", b'{"lat": 39.9, "lng": 116.4, "kmh": 36, "dir": 90}', NOW)
    assert isinstance(truck, Cam)
    assert (truck.source, truck.station_type, truck.speed_mps, truck.heading_deg) == ("fleet_A-17", 10, 10.0, 90.0)
    (temperature,) = standards.decode(
        "works/x/senml", b'[{"bn":"urn:dev:works:aq-17:","bt":1795334000,"n":"temp","u":"Cel","v":31.5}]', NOW
    )
    assert temperature == Measurement(
        device="aq-17", quantity="temperature", value=31.5, unit="Cel", time_ms=1_795_334_000_000
    )
    (noise,) = standards.decode(
        "v1.1/Datastreams(18)/Observations", b'{"phenomenonTime":"2026-11-22T10:00:00Z","result":61}', NOW
    )
    assert noise == Measurement(device="noise_2", quantity="laeq", value=61.0, unit="dB", time_ms=1_795_341_600_000)
    assert standards.filters == (("works/+/senml", 1), ("v1.1/+/Observations", 0))


BARE = """
[[topics]]
topic = "home/{device}/temp"
device = "{device}"
quantity = "temperature"
unit = "Cel"
"""


@pytest.mark.parametrize(
    ("payload", "value"), [(b"21.3", 21.3), (b" 21.3\n", 21.3), (b'"21.3"', 21.3), (b"-4", -4.0), (b"true", 1.0)]
)
def test_a_bare_number_in_any_dress(tmp_path: Path, payload: bytes, value: float) -> None:
    (measurement,) = feed_of(tmp_path, BARE).decode("home/smoke_1/temp", payload, NOW)
    assert measurement == Measurement(device="smoke_1", quantity="temperature", value=value, unit="Cel", time_ms=NOW)


@pytest.mark.parametrize(
    ("payload", "reason", "cure"),
    [
        (b'{"temp": 21.3}', Reason.MALFORMED, "set `value` to the path"),
        (b"warm", Reason.MALFORMED, "`words`"),
        (b"nan", Reason.OUT_OF_RANGE, "has no value"),
        (b"", Reason.MALFORMED, "empty or cut-off"),
        (b'{"temp":', Reason.MALFORMED, "cut-off"),
        (b"\xff\xfe", Reason.MALFORMED, "neither JSON nor text"),
    ],
)
def test_a_refusal_names_the_cure(tmp_path: Path, payload: bytes, reason: Reason, cure: str) -> None:
    refusal = refusal_of(feed_of(tmp_path, BARE), "home/smoke_1/temp", payload)
    assert refusal.reason == reason
    assert cure in cure_of(refusal)


def test_a_missing_path_lists_what_is_there(tmp_path: Path) -> None:
    feed = feed_of(tmp_path, BARE + 'value = "$.sensor.temp"\n')
    refusal = refusal_of(feed, "home/smoke_1/temp", b'{"sensor": {"t": 1, "h": 2}}')
    assert "t, h" in cure_of(refusal)
    assert "list of 3" in cure_of(refusal_of(feed, "home/smoke_1/temp", b"[1,2,3]"))


def test_an_unmapped_device_and_an_unheard_topic(tmp_path: Path) -> None:
    feed = feed_of(tmp_path, BARE + 'devices = { a = "smoke_1" }\n')
    assert refusal_of(feed, "home/b/temp", b"1").reason == Reason.UNKNOWN_DEVICE
    assert refusal_of(feed, "home/b/hum", b"1").reason == Reason.WRONG_TOPIC
    assert not feed.hears("home/a/b/temp")


def test_a_payloads_own_time_must_be_there(tmp_path: Path) -> None:
    feed = feed_of(tmp_path, BARE + 'value = "$.v"\ntime = "payload"\ntime_path = "$.t"\ntime_format = "ms"\n')
    (measurement,) = feed.decode("home/a/temp", b'{"v": 1, "t": 1795334000123}', NOW)
    assert isinstance(measurement, Measurement)
    assert measurement.time_ms == 1_795_334_000_123
    assert refusal_of(feed, "home/a/temp", b'{"v": 1}').reason == Reason.MALFORMED
    assert "time_format" in cure_of(refusal_of(feed, "home/a/temp", b'{"v": 1, "t": -5}'))


def test_exchanged_latitude_and_longitude_are_suspected(tmp_path: Path) -> None:
    feed = feed_of(tmp_path, BARE + 'value = "$.v"\nposition = { latitude = "$.x", longitude = "$.y" }\n')
    assert "exchanged" in cure_of(refusal_of(feed, "home/a/temp", b'{"v": 1, "x": 116.4, "y": 39.9}'))


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("topics = []", "topics"),
        ("[[topics]]\n", "topic"),
        (BARE + "colour = 1", "colour"),
        (BARE.replace("Cel", "C°"), "topics[0].unit"),
        (BARE.replace('device = "{device}"', 'device = "{name}"'), "topics[0].device"),
        (BARE.replace('device = "{device}"', ""), "topics[0].device"),
        (BARE.replace('quantity = "temperature"', ""), "topics[0].quantity"),
        (BARE + 'value = "temp"', "topics[0]"),
        (BARE + 'time = "payload"', "topics[0].time_path"),
        (BARE + 'position = { latitude = "$.a", longitude = "$.b", crs = "mars" }', "crs"),
        (BARE.replace("home/", "home#/"), "topics[0]"),
        (BARE.replace("{device}/temp", "{device/temp"), "topics[0]"),
        ('provenance = "guess"\n' + BARE, "provenance"),
        ("declared_delay_s = -1\n" + BARE, "declared_delay_s"),
        ('[[topics]]\ntopic = "default/{x}"\nformat = "its"', "topics[0].topic"),
        (BARE + 'vehicle = { id = "{device}" }', "topics[0].vehicle"),
    ],
)
def test_a_faulty_file_names_file_and_key(tmp_path: Path, text: str, key: str) -> None:
    with pytest.raises(ConfigError) as fault:
        feed_of(tmp_path, text)
    assert "feed.toml" in str(fault.value)
    assert key in str(fault.value)


def test_publishing_is_granted_topic_by_topic(tmp_path: Path) -> None:
    feed = feed_of(
        tmp_path,
        '[[topics]]\ntopic = "default/inQueue/v2x/#"\nformat = "its"\n'
        '[[topics]]\ntopic = "default/outQueue/v2x/#"\nformat = "its"\npublish = true\n',
    )
    assert feed.may_publish("default/outQueue/v2x/denm/civitwin/0/1")
    assert not feed.may_publish("default/inQueue/v2x/denm/civitwin/0/1")


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=40))
def test_nothing_but_a_refusal_comes_of_any_payload(payload: bytes) -> None:
    (plant,) = (feed for feed in load_feeds(CONFIG / "examples") if feed.name == "plant")
    for topic in ("plant/a/b/level", "plant/north/air", "plant/pump/1/state", "fleet/water/x"):
        try:
            plant.decode(topic, payload, NOW)
        except Refused as refusal:
            assert refusal.reason in {Reason.MALFORMED, Reason.OUT_OF_RANGE}


@given(st.floats(3.9, 53.5), st.floats(73.7, 135.0), st.sampled_from(["gcj02", "bd09"]))
def test_shifted_coordinates_come_back(latitude: float, longitude: float, crs: str) -> None:
    there = from_wgs84(latitude, longitude, crs)  # type: ignore[arg-type]  # the strategy gives the literals
    back = to_wgs84(*there, crs)  # type: ignore[arg-type]
    assert back == pytest.approx((latitude, longitude), abs=2e-9)
    assert 1e-4 < math.dist(there, (latitude, longitude)) < 0.03


def test_a_known_shift_and_none_abroad() -> None:
    # Tiananmen: the usual published pair agrees to a metre
    assert wgs84_to_gcj02(39.907333, 116.391083) == pytest.approx((39.908736, 116.397325), abs=2e-5)
    assert not in_shifted_area(60.17, 24.94)
    assert to_wgs84(60.17, 24.94, "gcj02") == (60.17, 24.94)


def test_paths_and_patterns() -> None:
    assert JsonPath("$['a b'].c[-1]").get({"a b": {"c": [1, 2]}}) == 2
    assert JsonPath("$").get(5) == 5
    for wrong in ("", "a", "$.", "$[x]", "$..a", "$.a b"):
        with pytest.raises(PathError):
            JsonPath(wrong)
    assert Pattern("a/{x}-{y}/#").read("a/1-2/q/r") == {"x": "1", "y": "2"}
    assert Pattern("a/+/b").filter == "a/+/b"
    for wrong in ("", "a/{x}/{x}", "a/#/b", "a/x#", "{a", "a/b+"):
        with pytest.raises(TemplateError):
            Pattern(wrong)
