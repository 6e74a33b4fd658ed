"""SenML, SensorThings, units, quadkeys and topics."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.formats import topics
from twin.formats.quadkey import bounds, quadkey, quadkey_levels
from twin.formats.refusal import Reason, Refused
from twin.formats.senml import Reading, decode_senml, encode_senml
from twin.formats.sensorthings import decode_observations, moment_ms, parse_topic
from twin.formats.units import UNITS, convert, factor, unit_of

NOW = 1_795_334_195_925


def pack(*records: dict[str, object]) -> bytes:
    return json.dumps(records).encode()


def refused(payload: bytes) -> Reason:
    with pytest.raises(Refused) as refusal:
        decode_senml(payload, NOW)
    return refusal.value.reason


def test_bases_are_added_and_the_last_one_wins() -> None:
    readings = decode_senml(
        pack(
            {"bn": "a:", "bt": 1.7e9, "bu": "Cel", "bv": 20, "bs": 100, "n": "x", "v": 1.5},
            {"n": "y", "t": -5},
            {"bn": "b:", "bu": "m", "bv": 0, "bs": 0, "n": "z", "u": "s", "v": 2, "s": 7},
        ),
        NOW,
    )
    assert readings == [
        Reading("a:x", "Cel", 21.5, 1_700_000_000_000, sum=100.0),
        Reading("a:y", "Cel", 20.0, 1_699_999_995_000, sum=100.0),
        Reading("b:z", "s", 2.0, 1_700_000_000_000, sum=7.0),
    ]


def test_times_below_two_to_the_28_are_relative_and_none_is_none() -> None:
    at = [r.time_ms for r in decode_senml(pack({"n": "a", "v": 1}, {"n": "a", "v": 1, "t": -60}), NOW)]
    assert at == [-1, NOW - 60_000]
    assert decode_senml(pack({"n": "a", "v": 1, "t": 1 << 28}), NOW)[0].time_ms == (1 << 28) * 1000


def test_other_kinds_of_value_are_kept_apart() -> None:
    text, flag, data = decode_senml(pack({"n": "a", "vs": "x"}, {"n": "b", "vb": False}, {"n": "c", "vd": "aGk"}), NOW)
    assert (text.value, text.text) == (None, "x")
    assert (flag.value, flag.flag) == (None, False)
    assert (data.value, data.data) == (None, "aGk")


def test_a_record_of_bases_alone_gives_no_reading() -> None:
    assert [r.name for r in decode_senml(pack({"bn": "a:", "bt": 1.7e9}, {"n": "x", "v": 1}), NOW)] == ["a:x"]


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (pack({"n": "a", "v": 1, "vs": "x"}), Reason.MALFORMED),
        (pack({"n": "a"}), Reason.MALFORMED),
        (pack({"v": 1}), Reason.MALFORMED),
        (pack(), Reason.MALFORMED),
        (pack({"n": "a", "v": 1, "must_": 1}), Reason.UNSUPPORTED),
        (b'[{"n":"a","v":1,"must\\u005f":1}]', Reason.UNSUPPORTED),
        (pack({"n": "a", "v": 1, "bver": 42}), Reason.UNSUPPORTED),
        (pack({"n": "a", "v": 1, "t": 1e18}), Reason.OUT_OF_RANGE),
        (b'[{"n":"a","v":NaN}]', Reason.MALFORMED),
        (b'{"n":"a","v":1}', Reason.MALFORMED),
    ],
)
def test_a_pack_is_refused_for_its_own_reason(payload: bytes, reason: Reason) -> None:
    assert refused(payload) == reason


def test_an_unknown_label_is_ignored_and_an_underscore_in_a_value_is_no_label() -> None:
    assert decode_senml(pack({"n": "a_", "v": 1, "other": [1, 2]}), NOW)[0].name == "a_"


values = st.floats(allow_nan=False, allow_infinity=False)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.text("abc", min_size=1), st.sampled_from(["m", "Cel", "ug/m3"]), values), min_size=1),
    st.integers(300_000_000_000, 4_000_000_000_000),
)
def test_a_pack_comes_back(records: list[tuple[str, str, float]], time_ms: int) -> None:
    payload = encode_senml("urn:dev:city:d:", time_ms, records)
    wanted = [Reading("urn:dev:city:d:" + name, unit, value, time_ms) for name, unit, value in records]
    assert decode_senml(payload, NOW) == wanted
    assert (b'"bver":26' in payload) == any(unit == "ug/m3" for _, unit, _ in records)


@settings(max_examples=80, deadline=None)
@given(st.one_of(st.binary(max_size=60), st.lists(st.dictionaries(
    st.sampled_from(["n", "v", "t", "bn", "bt", "vs", "vb", "bver", "x_"]),
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=4))), max_size=3)
    .map(lambda records: json.dumps(records).encode())))  # fmt: skip
def test_nothing_but_a_refusal_comes_of_broken_packs(payload: bytes) -> None:
    try:
        decode_senml(payload, NOW)
    except Refused as refusal:
        assert refusal.reason in {Reason.MALFORMED, Reason.OUT_OF_RANGE, Reason.UNSUPPORTED}


def test_observations_say_their_datastream_by_topic_link_or_entity() -> None:
    body = {"result": 3, "phenomenonTime": "2026-11-22T10:00:00Z"}
    by_topic = decode_observations("v1.1/Datastreams(5)/Observations", json.dumps(body).encode())[0]
    by_link = decode_observations(
        "st/v2.0/Observations",
        json.dumps(body | {"Datastream@iot.navigationLink": "http://x/v2.0/Datastreams('a b')"}).encode(),
    )[0]
    by_entity = decode_observations("v1.0/Observations", json.dumps(body | {"Datastream": {"@iot.id": 7}}).encode())[0]
    assert [by_topic.datastream, by_link.datastream, by_entity.datastream] == ["5", "a b", "7"]
    with pytest.raises(Refused) as refusal:
        decode_observations("v1.1/Observations", json.dumps(body).encode())
    assert refusal.value.reason == Reason.WRONG_TOPIC


def test_an_interval_is_believed_at_its_end_and_other_results_are_kept() -> None:
    body = {"result": {"a": 1}, "phenomenonTime": "2026-11-22T10:00:00Z/2026-11-22T10:05:00Z", "resultQuality": [1]}
    (observation,) = decode_observations("v1.1/Datastreams('x''y')/Observations", json.dumps(body).encode())
    assert observation.datastream == "x'y"
    assert (observation.time_ms - observation.since_ms, observation.value) == (300_000, None)
    assert (json.loads(bytes(observation.result)), observation.quality) == ({"a": 1}, "[1]")


@pytest.mark.parametrize(
    "topic", ["Datastreams(1)/Observations", "v1.1/Things(1)", "v1.1/Datastreams()/Observations", "x/v/Observations"]
)
def test_other_topics_are_no_observations(topic: str) -> None:
    with pytest.raises(Refused):
        parse_topic(topic)


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.binary(max_size=50), st.fixed_dictionaries(
    {}, optional={"result": st.one_of(st.none(), st.floats(), st.text(max_size=3)),
                  "phenomenonTime": st.one_of(st.none(), st.integers(), st.text(max_size=12)),
                  "Datastream": st.one_of(st.none(), st.integers(), st.just({}))})
    .map(lambda body: json.dumps(body).encode())))  # fmt: skip
def test_nothing_but_a_refusal_comes_of_broken_observations(payload: bytes) -> None:
    try:
        (observation,) = decode_observations("v1.1/Datastreams(1)/Observations", payload)
    except Refused as refusal:
        assert refusal.reason in {Reason.MALFORMED, Reason.OUT_OF_RANGE}
    else:
        assert isinstance(observation.result, msgspec.Raw)


@given(st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1)))
def test_iso_times_to_the_millisecond(moment: datetime) -> None:
    moment = moment.replace(tzinfo=UTC)
    assert abs(moment_ms(moment.isoformat()) - moment.timestamp() * 1000) <= 0.51


@pytest.mark.parametrize(
    ("value", "given_unit", "wanted", "result"),
    [
        (12.0, "ug/m3", "ug/m3", 12.0),
        (0.05, "mg/m3", "ug/m3", 50.0),
        (36.0, "km/h", "m/s", 10.0),
        (3.5, "bar", "Pa", 350_000.0),
        (1000.0, "hPa", "Pa", 100_000.0),
        (212.0, "degF", "Cel", 100.0),
        (300.15, "K", "Cel", 27.0),
        (1.2, "m", "mm", 1200.0),
        (20.0, "mm/h", "mm/h", 20.0),
        (55.0, "/100", "/", 0.55),
        (2.0, "1/s", "1/min", 120.0),
    ],
)
def test_units_become_canonical(value: float, given_unit: str, wanted: str, result: float) -> None:
    assert convert(value, given_unit, wanted) == pytest.approx(result)


@given(st.sampled_from(sorted(UNITS)), st.floats(-1e6, 1e6))
def test_every_unit_goes_to_its_primary_and_back(name: str, value: float) -> None:
    primary = unit_of(name).primary
    there = convert(value, name, primary)
    assert convert(there, primary, name) == pytest.approx(value, rel=1e-9, abs=1e-6)


@pytest.mark.parametrize(("given_unit", "wanted"), [("m", "s"), ("C", "Cel"), ("furlong", "m")])
def test_units_of_different_things_are_refused(given_unit: str, wanted: str) -> None:
    with pytest.raises(Refused):
        factor(given_unit, wanted)


def test_the_published_quadkey_example() -> None:
    assert quadkey_levels(44.7753167, -0.6518623) == ["0/3/1/3/3/3/1/1/1/2/0/2/1/0/0/1/2/1/2/1/2/1"]


@given(st.floats(-85, 85), st.floats(-180, 179.9999), st.integers(1, 22))
def test_a_position_lies_in_its_tile(latitude: float, longitude: float, depth: int) -> None:
    south, west, north, east = bounds(quadkey(latitude, longitude, depth))
    slack = 1e-9
    assert south - slack <= latitude <= north + slack
    assert west - slack <= longitude <= east + slack
    assert math.isclose(east - west, 360 / 2**depth)


def test_topics_are_read_as_they_are_built() -> None:
    topic = topics.v2x_topic("sim/demo", "spat", "tlc_1", quadkey_levels(60.17, 24.94)[0])
    parsed = topics.parse_v2x(topic)
    assert parsed[:4] == ("sim/demo", "inQueue", "spat", "tlc_1")
    assert parsed.quadkey == quadkey(60.17, 24.94)
    assert topics.V2X_WORDS[parsed.word] == "spatem"
    unit = topics.parse_city("sim/demo", topics.unit_topic("sim/demo", "pump_1", "order"))
    assert unit == topics.CityTopic("sim/demo", "units", "pump_1", "order")


@pytest.mark.parametrize(
    "topic",
    ["", "default/inQueue/v2x/cam", "default/inQueue/v2x/mapem/a/0/1", "default/queue/v2x/cam/a/0",
     "default/inQueue/v2x/cam/a/0/4", "default/inQueue/v2x/cam/a/01", "default/inQueue/v2x/cam/a/0/"],
)  # fmt: skip
def test_other_topics_are_no_v2x(topic: str) -> None:
    with pytest.raises(Refused) as refusal:
        topics.parse_v2x(topic)
    assert refusal.value.reason == Reason.WRONG_TOPIC
