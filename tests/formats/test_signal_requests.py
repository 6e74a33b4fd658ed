"""SREM and SSEM: what is written is read again, as the published schemas have it; the rest is refused."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.formats.refusal import Refused
from twin.formats.srem import Asks, Request, Srem, decode_srem, encode_srem
from twin.formats.ssem import Answered, Grant, Ssem, decode_ssem, encode_ssem

TIMES = st.integers(1_514_764_800_000, 4_000_000_000_000)
NUMBER = st.integers(0, 65_535)


def _request(time_ms: int) -> st.SearchStrategy[Request]:
    return st.builds(
        Request, intersection=NUMBER, request=st.integers(0, 255), asks=st.integers(0, 3), group=st.integers(0, 255),
        out_group=st.integers(-1, 255), region=NUMBER,
        arrives_ms=st.one_of(st.just(-1), st.integers(time_ms, time_ms + 600_000)),
        lasts_s=st.integers(0, 65_000).map(lambda ms: ms / 1000),
    )  # fmt: skip


@st.composite
def _srems(draw: st.DrawFn) -> Srem:
    time_ms = draw(TIMES)
    return Srem(
        source=draw(st.text(min_size=1, max_size=20)),
        station_id=draw(st.integers(0, 4_294_967_295)),
        time_ms=time_ms,
        latitude=draw(st.integers(-900_000_000, 900_000_000)) / 1e7,
        longitude=draw(st.integers(-1_800_000_000, 1_800_000_000)) / 1e7,
        requests=tuple(draw(st.lists(_request(time_ms), max_size=4))),
        sequence=draw(st.integers(0, 127)),
        role=draw(st.integers(0, 23)),
        name=draw(st.text(max_size=20)),
        heading_deg=draw(st.integers(0, 28_799)) * 0.0125,
        speed_mps=draw(st.integers(0, 8190)) * 0.02,
    )


@settings(max_examples=60, deadline=None)
@given(_srems())
def test_a_request_comes_back(srem: Srem) -> None:
    assert decode_srem(encode_srem(srem)) == srem


@settings(max_examples=60, deadline=None)
@given(TIMES, st.data())
def test_an_answer_comes_back(time_ms: int, data: st.DataObject) -> None:
    answer = st.builds(
        Answered, intersection=NUMBER, station_id=st.integers(0, 4_294_967_295), request=st.integers(0, 255),
        sequence=st.integers(0, 127), group=st.integers(0, 255), grant=st.integers(0, 7), region=NUMBER,
        until_ms=st.one_of(st.just(-1), st.integers(time_ms, time_ms + 600_000)),
    )  # fmt: skip
    answers = tuple(data.draw(st.lists(answer, min_size=1, max_size=4)))
    ssem = Ssem(source="twin", station_id=7, time_ms=time_ms, answers=answers, sequence=3)
    assert decode_ssem(encode_ssem(ssem)) == ssem


def test_the_wire_has_what_the_schema_requires() -> None:
    request = Request(intersection=12, request=3, asks=Asks.PRIORITY, group=2, arrives_ms=1_795_334_200_000)
    srem = Srem(
        source="unit_fire_engine_1", station_id=41, time_ms=1_795_334_195_925, latitude=31.2, longitude=116.4,
        requests=(request,),
    )  # fmt: skip
    wire = json.loads(encode_srem(srem))
    assert set(wire) == {"message_type", "source_uuid", "timestamp", "version", "message"}
    asked = wire["message"]["requests"][0]["request"]
    assert asked["inbound_lane"] == {"lane": 0, "approach": 0, "connection": 2}
    assert math.isnan(decode_srem(encode_srem(srem)).speed_mps)
    answer = Answered(intersection=12, station_id=41, request=3, sequence=0, group=2, grant=Grant.GRANTED)
    status = json.loads(encode_ssem(Ssem(source="twin", station_id=0, time_ms=srem.time_ms, answers=(answer,))))
    assert status["message"]["status"][0]["sig_status"][0]["status"] == 4


@pytest.mark.parametrize("payload", [b"{", b"[]", b'{"message_type":"cam","version":"2.0.1"}', b"\xff"])
def test_what_is_neither_is_refused(payload: bytes) -> None:
    with pytest.raises(Refused):
        decode_srem(payload)
    with pytest.raises(Refused):
        decode_ssem(payload)
    with pytest.raises(Refused):
        encode_ssem(Ssem(source="twin", station_id=0, time_ms=1_795_334_195_925, answers=()))
