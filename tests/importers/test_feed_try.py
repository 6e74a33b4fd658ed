"""`feed try` against a city: what each line says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from services.app.feed import Judge, feed_address, said
from twin.city.model import City
from twin.core.bus import Message
from twin.core.errors import ConfigError
from twin.core.text import Name, Text
from twin.formats.denm import Denm, encode_denm
from twin.formats.feeds import Feed, load_feed

NOW = 1_795_334_195_925
PLAIN = """
[[topics]]
topic = "home/{device}"
device = "{device}"
quantity = "level"
unit = "cm"
value = "$.v"
position = { latitude = "$.lat", longitude = "$.lon" }

[[topics]]
topic = "bare/{device}/{quantity}"
device = "{device}"
quantity = "{quantity}"

[[topics]]
topic = "default/inQueue/v2x/#"
format = "its"
"""


def feed_of(folder: Path, text: str) -> Feed:
    path = folder / "feed.toml"
    path.write_text(text, encoding="utf-8")
    return load_feed(path)


@pytest.fixture
def judge(city: City, tmp_path: Path) -> Judge:
    return Judge.of(feed_of(tmp_path, PLAIN), city)


def verdict(judge: Judge, topic: str, payload: bytes) -> tuple[str, str, str]:
    (line,) = judge.lines(Message(topic, payload), NOW)
    assert line.good == (line.verdict == "decoded")
    return line.verdict, line.value, line.cure


def gauge(city: City) -> str:
    return next(device.id for device in city.devices if device.kind == "water_level")


def at(city: City, x: float, y: float) -> dict[str, float]:
    longitude, latitude = city.frame.to_lonlat(x, y)
    return {"lat": float(latitude), "lon": float(longitude)}


def test_a_value_is_shown_in_the_kinds_own_unit(judge: Judge, city: City) -> None:
    inside = json.dumps({"v": 21} | at(city, 0, 0)).encode()
    assert verdict(judge, f"home/{gauge(city)}", inside) == ("decoded", "0.21 m", "")
    assert verdict(judge, f"bare/{gauge(city)}/level", b"0.3") == ("decoded", "0.3 m", "")


def test_what_does_not_fit_the_city_is_said_with_its_cure(judge: Judge, city: City) -> None:
    far = json.dumps({"v": 21} | at(city, 90_000, 0)).encode()
    outcome, _, cure = verdict(judge, f"home/{gauge(city)}", far)
    assert outcome == "outside_city"
    assert "Smalltown" in cure
    outcome, _, cure = verdict(judge, "bare/nobody/level", b"1")
    assert (outcome, "devices" in cure) == ("unknown_device", True)
    outcome, _, cure = verdict(judge, f"bare/{gauge(city)}/depth", b"1")
    assert (outcome, cure) == ("unknown_device", "a water_level measures: level")
    outcome, _, cure = verdict(judge, f"bare/{gauge(city)}/level", b"400")
    assert (outcome, "20.0 m" in cure) == ("out_of_range", True)
    assert verdict(judge, f"bare/{gauge(city)}/level", b"[]")[0] == "malformed"


def test_a_warning_is_shown_as_one(judge: Judge, city: City) -> None:
    spot = at(city, 0, 0)
    denm = Denm(source="car", station_id=7, sequence=3, detection_ms=NOW, reference_ms=NOW, latitude=spot["lat"],
                longitude=spot["lon"], time_ms=NOW, cause=2)  # fmt: skip
    assert verdict(judge, "default/inQueue/v2x/denm/car/0/1", encode_denm(denm)) == ("decoded", "cause 2", "")


def test_the_login_is_the_files_and_the_password_the_environments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = feed_of(
        tmp_path, '[broker]\nurl = "mqtts://b.example"\nusername = "u"\npassword_env = "CIVITWIN_TEST_SECRET"\n' + PLAIN
    )
    with pytest.raises(ConfigError, match="CIVITWIN_TEST_SECRET"):
        feed_address(feed, None)
    monkeypatch.setenv("CIVITWIN_TEST_SECRET", "s")
    address = feed_address(feed, None)
    assert (address.host, address.port, address.username, address.password, address.tls) == (
        "b.example", 8883, "u", "s", True,
    )  # fmt: skip
    given = feed_address(feed, "mqtt://me:mine@localhost:1884")
    assert (given.port, given.username, given.password, given.tls) == (1884, "me", "mine", False)
    with pytest.raises(ConfigError, match="broker"):
        feed_address(feed_of(tmp_path, PLAIN), None)
    missing = feed_of(tmp_path, '[broker]\nurl = "mqtts://b"\nca_file = "none.pem"\n' + PLAIN)
    with pytest.raises(ConfigError, match="ca_file"):
        feed_address(missing, None)


def test_a_text_is_said_in_english() -> None:
    text = Text("{a} and {b}", {"a": Name("one", "一"), "b": Text("{c}", {"c": 2})})
    assert said(text) == "one and 2"
