"""Messages that nobody here wrote, and what is written here against the published schemas."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from twin.formats.cam import Cam, decode_cam, decode_cam_columns, encode_cam
from twin.formats.denm import Denm, decode_denm, encode_denm
from twin.formats.etsi import its_of_unix_ms
from twin.formats.quadkey import quadkey
from twin.formats.senml import decode_senml
from twin.formats.sensorthings import decode_observations
from twin.formats.spatem import UNKNOWN_MS, GroupState, Spatem, decode_spatem, encode_spatem
from twin.formats.topics import parse_v2x

SHARED = Path(__file__).parents[3] / "shared"
V2X, IOT, SCHEMAS = SHARED / "data/v2x", SHARED / "data/iot", SHARED / "reference/v2x-schemas"

needs_data = pytest.mark.skipif(not V2X.is_dir(), reason="the shared data is not beside the repository")
needs_schemas = pytest.mark.skipif(not SCHEMAS.is_dir(), reason="the published schemas are not beside the repository")


def trace() -> list[tuple[str, bytes]]:
    lines = (V2X / "its_client_cam_denm_1-1-3.txt").read_text().splitlines()
    return [(topic, payload.encode()) for topic, payload in (line.split(" ", 1) for line in lines)]


def schema_errors(name: str, message: bytes) -> list[str]:
    """What the published schema says against a message; the ``$ref`` between files is followed on disk."""
    jsonschema = pytest.importorskip("jsonschema")
    referencing = pytest.importorskip("referencing")

    def retrieve(uri: str) -> Any:
        found = next(SCHEMAS.glob(f"*/{uri.rsplit('/', 1)[-1]}"))
        return referencing.Resource.from_contents(
            json.loads(found.read_text()), default_specification=referencing.jsonschema.DRAFT202012
        )

    schema = json.loads(next(SCHEMAS.glob(f"*/{name}.json")).read_text())
    registry = referencing.Registry(retrieve=retrieve)
    validator = jsonschema.Draft202012Validator(schema, registry=registry)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(json.loads(message))]


@needs_data
def test_every_line_of_a_real_client_is_read() -> None:
    cams = denms = 0
    for topic, payload in trace():
        where = parse_v2x(topic)
        assert where.namespace == "default"
        if where.word == "cam":
            cam = decode_cam(payload)
            assert cam.source == where.source
            assert quadkey(cam.latitude, cam.longitude) == where.quadkey
            assert 39 < cam.latitude < 40
            assert math.isnan(cam.acceleration_mps2)
            assert 0 <= cam.speed_mps < 40
            cams += 1
        else:
            denm = decode_denm(payload)
            assert (denm.cause, denm.subcause, denm.quality, denm.validity_s) == (2, 0, 0, 600)
            assert denm.detection_ms == denm.time_ms  # the client counts leap seconds, and so does the reader
            denms += 1
    assert (cams, denms) == (44, 1)


@needs_data
def test_real_delta_times_agree_with_ours() -> None:
    for topic, payload in trace():
        if "/cam/" in topic:
            wire = json.loads(payload)
            ahead = its_of_unix_ms(wire["timestamp"]) - wire["message"]["generation_delta_time"]
            assert ahead % 65_536 <= 1  # the client reads its clock twice


@needs_data
def test_columns_of_the_real_trace_equal_its_messages() -> None:
    payloads = [payload for topic, payload in trace() if "/cam/" in topic]
    columns = decode_cam_columns(payloads)
    cams = [decode_cam(payload) for payload in payloads]
    assert columns.refused == []
    assert columns.source == [cam.source for cam in cams]
    assert columns.latitude.tolist() == [cam.latitude for cam in cams]
    assert columns.time_ms.tolist() == [cam.time_ms for cam in cams]
    assert columns.speed_mps.tolist() == pytest.approx([cam.speed_mps for cam in cams], rel=1e-6)


@needs_data
def test_the_published_cam_2_4_0_is_read() -> None:
    cam = decode_cam((V2X / "cam_2-4-0.json").read_bytes())
    assert (cam.source, cam.station_id, cam.station_type, cam.time_ms) == ("com_car_42", 42, 5, 1574778515424)
    assert (cam.latitude, cam.longitude) == (43.6352386, -0.296974)
    assert (cam.altitude_m, cam.heading_deg, cam.speed_mps) == pytest.approx((209.76, 315.6, 2.0))
    assert (cam.length_m, cam.width_m, cam.acceleration_mps2, cam.yaw_rate_dps) == pytest.approx((4.0, 2.0, 0.0, 0.0))


@needs_data
def test_a_live_spatem_of_the_flat_form_is_read() -> None:
    (spatem,) = decode_spatem((V2X / "spatem_2-0-0.json").read_bytes())
    assert (spatem.intersection, spatem.region, spatem.time_ms) == (1654, 751, 1665994085292)
    assert spatem.groups[0] == GroupState(1, 6, 1665994102644, 1665994102644)
    assert spatem.groups[-1] == GroupState(36, 8, UNKNOWN_MS, UNKNOWN_MS)


@needs_data
@pytest.mark.parametrize("number", range(1, 7))
def test_the_rfcs_senml_examples_resolve_as_it_says(number: int) -> None:
    received_ms = 1_498_780_179_000  # the moment at which the RFC's examples without time were resolved
    readings = decode_senml((IOT / f"senml/ex{number}.gen.json").read_bytes(), received_ms)
    resolved = json.loads((IOT / f"senml/ex{number}.gen.resolved.json").read_text())
    assert len(readings) == len(resolved)
    for reading, wanted in zip(readings, resolved, strict=True):
        assert (reading.name, reading.unit, reading.value) == (wanted["n"], wanted["u"], wanted["v"])
        time_ms = reading.time_ms if reading.time_ms >= 0 else received_ms
        assert time_ms == round(wanted["t"] * 1000)


@needs_data
@pytest.mark.parametrize(
    ("name", "results"),
    [
        ("dataArray", [65.0, 60.0]),
        ("embeddedFeatureOfInterestValid", [100.0]),
        ("intervalPhenomenonTime", [92122.0]),
        ("linkedDataStreamWithFOI", [55.0]),
        ("observation", [100.0]),
    ],
)
@pytest.mark.parametrize("version", ["v1.0", "v1.1", "v2.0", "v3"])
def test_the_conformance_suites_observations_are_read(name: str, results: list[float], version: str) -> None:
    text = (IOT / f"sensorthings/{name}.json").read_text()
    for placeholder in ("$DATASTREAM_ID", "$DATASTREAM-ID", "$FOI_ID", "$FOI-ID"):
        text = text.replace(placeholder, "17")
    observations = decode_observations(f"{version}/Datastreams(17)/Observations", text.encode())
    assert [observation.value for observation in observations] == results
    assert {observation.datastream for observation in observations} == {"17"}
    assert all(observation.time_ms > 0 for observation in observations)


CAM = Cam(
    source="veh_1", station_id=1, station_type=5, latitude=60.1699, longitude=24.9384, time_ms=1_795_334_195_925,
    altitude_m=12.5, heading_deg=123.4, speed_mps=13.9, acceleration_mps2=-1.2, yaw_rate_dps=3.5, length_m=4.5,
    width_m=1.8, role=6, siren=True,
)  # fmt: skip
DENM = Denm(
    source="veh_1", station_id=1, sequence=7, detection_ms=1_795_334_195_925, reference_ms=1_795_334_196_925,
    latitude=60.1699, longitude=24.9384, time_ms=1_795_334_196_925, cause=2, subcause=1, quality=5, validity_s=300,
    terminated="cancelled", station_type=5, altitude_m=12.5,
)  # fmt: skip
SPATEM = Spatem(
    source="tlc_1", intersection=17, region=3, time_ms=1_795_334_196_900, station_id=9, revision=1,
    groups=(GroupState(1, 6, 1_795_334_206_900, 1_795_334_216_900), GroupState(2, 3)),
)  # fmt: skip


@needs_schemas
@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ("cam_schema_2-4-0", encode_cam(CAM)),
        ("cam_schema_2-4-0", encode_cam(Cam(source="x", station_id=0, station_type=0, latitude=0.0, longitude=0.0,
                                            time_ms=1_600_000_000_000))),
        ("denm_schema_2-3-0", encode_denm(DENM)),
        ("denm_schema_2-3-0", encode_denm(Denm(source="x", station_id=0, sequence=0, detection_ms=1_600_000_000_000,
                                               reference_ms=1_600_000_000_000, latitude=0.0, longitude=0.0,
                                               time_ms=1_600_000_000_000))),
        ("spatem_schema_2-0-0", encode_spatem([SPATEM])),
    ],
)  # fmt: skip
def test_what_is_written_satisfies_the_published_schema(schema: str, message: bytes) -> None:
    assert schema_errors(schema, message) == []


@needs_schemas
def test_only_the_schemas_own_end_date_speaks_against_messages_of_2030() -> None:
    late_ms = 1_893_456_000_000
    late = encode_cam(Cam(source="x", station_id=0, station_type=5, latitude=1.0, longitude=1.0, time_ms=late_ms))
    assert decode_cam(late).time_ms == late_ms  # we read what the schema, frozen at 2028-01-01, refuses
    assert all("maximum" in error and "timestamp" in error for error in schema_errors("cam_schema_2-4-0", late))
    assert schema_errors("cam_schema_2-4-0", late)
