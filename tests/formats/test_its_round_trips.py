"""What is written is read again, to the resolution of the wire; sentinels, versions and refusals."""

from __future__ import annotations

import json
import math
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.formats.cam import Cam, decode_cam, decode_cam_columns, encode_cam, encode_cam_columns
from twin.formats.denm import Denm, decode_denm, encode_denm
from twin.formats.etsi import its_of_unix_ms, unix_of_its_ms
from twin.formats.refusal import Reason, Refused
from twin.formats.spatem import (
    INDEFINITE_MS,
    UNKNOWN_MS,
    GroupState,
    Spatem,
    decode_spatem,
    encode_spatem,
    end_of_mark,
    mark_of_end,
)

NOW = 1_795_334_195_925
TIMES = st.integers(1_514_764_800_000, 4_000_000_000_000)
NAMES = st.text(min_size=1, max_size=20)
DEGREES = st.floats(-90, 90), st.floats(-180, 180)


def maybe(low: float, high: float) -> st.SearchStrategy[float]:
    return st.one_of(st.just(math.nan), st.floats(low, high))


cams = st.builds(
    Cam, source=NAMES, station_id=st.integers(0, 4_294_967_295), station_type=st.integers(0, 255),
    latitude=DEGREES[0], longitude=DEGREES[1], time_ms=TIMES, altitude_m=maybe(-1000, 8000),
    heading_deg=maybe(0, 359.9), speed_mps=maybe(0, 163.8), acceleration_mps2=maybe(-16, 16),
    yaw_rate_dps=maybe(-327, 327), length_m=maybe(0.1, 102), width_m=maybe(0.1, 6.1), role=st.integers(0, 15),
    siren=st.booleans(),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(cams)
def test_a_cam_comes_back(cam: Cam) -> None:
    back = decode_cam(encode_cam(cam))
    for name in ("source", "station_id", "station_type", "time_ms", "role", "siren"):
        assert getattr(back, name) == getattr(cam, name)
    for name, step in (
        ("latitude", 1e-7), ("longitude", 1e-7), ("altitude_m", 0.01), ("heading_deg", 0.1), ("speed_mps", 0.01),
        ("acceleration_mps2", 0.1), ("yaw_rate_dps", 0.01), ("length_m", 0.1), ("width_m", 0.1),
    ):  # fmt: skip
        assert getattr(back, name) == pytest.approx(getattr(cam, name), abs=step / 2 * 1.0001, nan_ok=True)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.one_of(cams.map(encode_cam), st.binary(max_size=40)), max_size=12))
def test_columns_say_what_single_messages_say(payloads: list[bytes]) -> None:
    columns = decode_cam_columns(payloads)
    refused = dict(columns.refused)
    accepted = iter(range(len(columns)))
    for index, payload in enumerate(payloads):
        if index in refused:
            with pytest.raises(Refused) as refusal:
                decode_cam(payload)
            assert (refusal.value.reason, refusal.value.detail) == (refused[index].reason, refused[index].detail)
            continue
        row, cam = next(accepted), decode_cam(payload)
        assert columns.row[row] == index
        assert columns.source[row] == cam.source
        assert columns.time_ms[row] == cam.time_ms
        assert (columns.latitude[row], columns.longitude[row]) == (cam.latitude, cam.longitude)
        assert columns.heading_deg[row] == pytest.approx(cam.heading_deg, rel=1e-6, nan_ok=True)
        assert columns.acceleration_mps2[row] == pytest.approx(cam.acceleration_mps2, rel=1e-6, nan_ok=True)
        assert (columns.role[row], columns.siren[row]) == (cam.role, cam.siren)
    assert next(accepted, None) is None


@settings(max_examples=30, deadline=None)
@given(st.lists(cams, min_size=1, max_size=12), TIMES)
def test_a_column_is_written_as_single_messages_are(said: list[Cam], time_ms: int) -> None:
    none = {"time_ms": time_ms, "altitude_m": math.nan, "yaw_rate_dps": math.nan, "siren": False}
    said = [msgspec.structs.replace(cam, **none) for cam in said]
    place = [[getattr(cam, name) for cam in said] for name in ("station_id", "station_type", "latitude", "longitude")]
    motion = ("heading_deg", "speed_mps", "acceleration_mps2", "length_m", "width_m", "role")
    payloads = encode_cam_columns(
        [cam.source for cam in said], time_ms, *map(np.array, place),
        **{name: np.array([getattr(cam, name) for cam in said]) for name in motion},
    )  # fmt: skip
    assert payloads == [encode_cam(cam) for cam in said]


def test_values_beyond_the_wire_are_clamped_not_wrapped() -> None:
    fast = Cam(source="a", station_id=1, station_type=5, latitude=0, longitude=0, time_ms=NOW, speed_mps=500.0,
               acceleration_mps2=-99.0, heading_deg=-90.0, length_m=0.0)  # fmt: skip
    back = decode_cam(encode_cam(fast))
    assert back.speed_mps == pytest.approx(163.82)
    assert back.acceleration_mps2 == pytest.approx(-16.0)
    assert back.heading_deg == pytest.approx(270.0)
    assert back.length_m == pytest.approx(0.1)


def changed(**changes: Any) -> bytes:
    cam = Cam(source="a", station_id=1, station_type=5, latitude=1, longitude=2, time_ms=NOW, speed_mps=3.0)
    wire = json.loads(encode_cam(cam))
    for path, value in changes.items():
        *above, last = path.split("__")
        inner = wire
        for name in above:
            inner = inner[name]
        if value is None:
            del inner[last]
        else:
            inner[last] = value
    return json.dumps(wire).encode()


VEHICLE = "message__high_frequency_container__basic_vehicle_container_high_frequency"


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (changed(version="2.2.0"), Reason.UNSUPPORTED),
        (changed(message_format="asn1/uper", message={"version": "1", "payload": "AAEC"}), Reason.UNSUPPORTED),
        (changed(message_type="denm"), Reason.MALFORMED),
        (changed(message__station_id=None), Reason.MALFORMED),
        (changed(message__station_id=-1), Reason.OUT_OF_RANGE),
        (changed(timestamp=1_795_334_195), Reason.OUT_OF_RANGE),
        (changed(**{VEHICLE + "__speed": {"value": 16_384, "confidence": 1}}), Reason.OUT_OF_RANGE),
        (changed(**{VEHICLE: None}), Reason.MALFORMED),
        (changed(message__basic_container__reference_position__latitude=900_000_001), Reason.OUT_OF_RANGE),
        (b"", Reason.MALFORMED),
        (b"[" * 100_000, Reason.MALFORMED),
        (b'{"message_type":"cam","source_uuid":"\xff"}', Reason.MALFORMED),
    ],
)
def test_a_cam_is_refused_for_its_own_reason(payload: bytes, reason: Reason) -> None:
    with pytest.raises(Refused) as refusal:
        decode_cam(payload)
    assert refusal.value.reason == reason
    ((index, by_columns),) = decode_cam_columns([payload]).refused
    assert (index, by_columns.reason) == (0, reason)


def test_unknown_keys_are_tolerated_and_a_roadside_unit_has_no_motion() -> None:
    assert decode_cam(changed(origin="self", future={"a": [1]})).speed_mps == 3.0
    roadside = changed(message__high_frequency_container={"rsu_container_high_frequency": {}})
    assert math.isnan(decode_cam(roadside).speed_mps)
    assert np.isnan(decode_cam_columns([roadside]).speed_mps).all()


@settings(max_examples=60, deadline=None)
@given(
    st.builds(
        Denm,
        source=NAMES,
        station_id=st.integers(0, 4_294_967_295),
        sequence=st.integers(0, 65_535),
        detection_ms=TIMES,
        reference_ms=TIMES,
        latitude=DEGREES[0],
        longitude=DEGREES[1],
        time_ms=TIMES,
        cause=st.integers(1, 255),
        subcause=st.integers(0, 255),
        quality=st.integers(0, 7),
        validity_s=st.integers(0, 86_400),
        terminated=st.sampled_from([None, "cancelled", "negated"]),
        station_type=st.integers(0, 255),
        altitude_m=maybe(-1000, 8000),
    )
)
def test_a_denm_comes_back(denm: Denm) -> None:
    back = decode_denm(encode_denm(denm))
    assert back.latitude == pytest.approx(denm.latitude, abs=5.1e-8)
    assert back.altitude_m == pytest.approx(denm.altitude_m, abs=0.0051, nan_ok=True)
    for name in Denm.__struct_fields__:
        if name not in {"latitude", "longitude", "altitude_m"}:
            assert getattr(back, name) == getattr(denm, name)


def test_a_bare_termination_is_a_denm_without_a_situation() -> None:
    denm = Denm(source="a", station_id=1, sequence=2, detection_ms=NOW, reference_ms=NOW, latitude=1, longitude=2,
                time_ms=NOW, terminated="cancelled")  # fmt: skip
    assert b"situation" not in encode_denm(denm)
    assert decode_denm(encode_denm(denm)).terminated == "cancelled"


@given(st.integers(1_072_915_200_000, 4_000_000_000_000))
def test_its_time_and_unix_time_are_inverse(unix_ms: int) -> None:
    assert unix_of_its_ms(its_of_unix_ms(unix_ms)) == unix_ms


def test_its_time_counts_the_leap_seconds_since_2004() -> None:
    assert its_of_unix_ms(1_072_915_200_000) == 0
    assert its_of_unix_ms(1_483_228_800_000) - its_of_unix_ms(1_483_228_799_999) == 1001
    assert its_of_unix_ms(NOW) - (NOW - 1_072_915_200_000) == 5000


@given(TIMES, st.integers(-59_000, 3_530_000))
def test_a_mark_finds_its_hour_again(moment_ms: int, ahead_ms: int) -> None:
    end_ms = moment_ms + ahead_ms
    found = end_of_mark(mark_of_end(end_ms, moment_ms), moment_ms)
    # 0.1 s steps, except in the hour's last second, whose marks are kept for leap seconds
    assert abs(found - end_ms) <= (50 if end_ms % 3_600_000 < 3_599_000 else 1000)


def test_marks_across_the_hour() -> None:
    hour = 1_795_334_400_000
    assert hour % 3_600_000 == 0
    assert end_of_mark(50, hour - 1_000) == hour + 5_000
    assert end_of_mark(35_990, hour + 500) == hour - 1_000
    assert end_of_mark(35_995, hour - 1_000) == hour
    assert end_of_mark(36_000, hour) == INDEFINITE_MS
    assert end_of_mark(36_001, hour) == UNKNOWN_MS
    assert mark_of_end(hour + 3_600_000, hour) == 36_000
    assert mark_of_end(UNKNOWN_MS, hour) == 36_001


def test_a_spatem_of_two_intersections_comes_back() -> None:
    green = GroupState(1, 6, NOW - 25 + 10_000, INDEFINITE_MS)
    spatems = (
        Spatem(source="tlc", intersection=1, time_ms=NOW, groups=(green, GroupState(2, 3)), region=4, station_id=9),
        Spatem(source="tlc", intersection=2, time_ms=NOW, groups=(GroupState(7, 8),), station_id=9, revision=3),
    )
    assert decode_spatem(encode_spatem(spatems)) == spatems


def test_an_intersections_own_moment_wins_over_the_stamp() -> None:
    moment = 1_798_761_599_000  # 2026-12-31T23:59:59Z, heard in the next year
    wire = json.loads(encode_spatem([Spatem(source="t", intersection=1, time_ms=moment + 2_000,
                                            groups=(GroupState(1, 6, moment + 5_000, UNKNOWN_MS),))]))  # fmt: skip
    wire["message"]["intersections"][0] |= {"moy": 525_599, "timestamp": 59_000}
    (spatem,) = decode_spatem(json.dumps(wire).encode())
    assert spatem.groups[0].min_end_ms == moment + 5_000


def mutated(data: st.DataObject, seed: bytes) -> bytes:
    """A valid message with one of its JSON values replaced by something else."""
    wire = json.loads(seed)
    inner = wire
    while isinstance(inner, dict | list) and inner:
        keys = list(inner) if isinstance(inner, dict) else list(range(len(inner)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(inner[key], dict | list) or data.draw(st.booleans()):
            inner[key] = data.draw(
                st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.just({}),
                          st.just([]))
            )  # fmt: skip
            break
        inner = inner[key]
    return json.dumps(wire).encode()


SEEDS = (
    (decode_cam, encode_cam(Cam(source="a", station_id=1, station_type=5, latitude=1, longitude=2, time_ms=NOW,
                                role=6, siren=True))),
    (decode_denm, encode_denm(Denm(source="a", station_id=1, sequence=2, detection_ms=NOW, reference_ms=NOW,
                                   latitude=1, longitude=2, time_ms=NOW, cause=2))),
    (decode_spatem, encode_spatem([Spatem(source="t", intersection=1, time_ms=NOW,
                                          groups=(GroupState(1, 6, NOW + 5_000, UNKNOWN_MS),))])),
)  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(st.data(), st.sampled_from(range(len(SEEDS))))
def test_nothing_but_a_refusal_comes_of_broken_messages(data: st.DataObject, which: int) -> None:
    decode, seed = SEEDS[which]
    kind = data.draw(st.sampled_from(["mutated", "cut", "bytes"]))
    if kind == "mutated":
        payload = mutated(data, seed)
    elif kind == "cut":
        payload = seed[: data.draw(st.integers(0, len(seed)))]
    else:
        payload = data.draw(st.binary(max_size=60))
    try:
        decode(payload)
    except Refused as refusal:
        assert refusal.reason in {Reason.MALFORMED, Reason.OUT_OF_RANGE, Reason.UNSUPPORTED}
