"""Every refusal is counted by its reason and kept; nothing that comes off the wire breaks the intake."""

from __future__ import annotations

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from speaking import FIELD, KINDS, NS, Person, Speaker, T, device_of

from twin.city.locate import Locator
from twin.city.model import City
from twin.core.bus import Message
from twin.formats import civic
from twin.formats.refusal import Reason
from twin.state.senses import Senses

PERSON = Person(consents=("report",))


@pytest.fixture
def senses(speaker: Speaker, locator: Locator) -> Senses:
    return speaker.senses(register=[PERSON], locator=locator)


def refused(senses: Senses, *messages: Message, at_ms: int = T) -> list[Reason]:
    senses.take(messages, at_ms)
    return [refusal.reason for refusal in senses.refusals]


def test_what_is_right_is_accepted(senses: Senses, speaker: Speaker) -> None:
    gauge = device_of(speaker.city, "water_level")
    messages = [speaker.cam("veh_1", 100.0, 0.0), speaker.reads(gauge, T, level=0.1), speaker.denm("veh_1", 100.0, 0.0)]
    assert refused(senses, *messages) == []
    assert (senses.counts.accepted, senses.counts.rejected) == (3, {})


def test_sensor_refusals(senses: Senses, speaker: Speaker) -> None:
    gauge, bin_ = device_of(speaker.city, "water_level"), device_of(speaker.city, "bin")
    topic = f"{NS}/dev/{gauge}/senml"
    good = speaker.reads(gauge, T, level=0.1)
    assert refused(senses, good, good) == [Reason.DUPLICATE]
    assert refused(senses, speaker.reads(gauge, T - 2_000, level=0.3)) == []  # a little late: newer wins, silently
    assert refused(senses, speaker.reads(gauge, T - 6_000, level=0.3)) == [Reason.LATE]
    assert senses.device(gauge).readings[0].value == 0.1
    assert refused(senses, speaker.reads(gauge, T + 1, level=21.0)) == [Reason.OUT_OF_RANGE]
    assert refused(senses, Message(f"{NS}/dev/nobody/senml", good.payload)) == [Reason.UNKNOWN_DEVICE]
    assert refused(senses, Message(f"{NS}/dev/{bin_}/senml", good.payload)) == [Reason.WRONG_TOPIC]
    assert refused(senses, speaker.reads(gauge, T, hue=1.0)) == [Reason.UNKNOWN_DEVICE]
    assert refused(senses, Message(topic, b"[{")) == [Reason.MALFORMED]
    assert refused(senses, Message(topic, b"[" + b" " * 70_000 + b"]")) == [Reason.OVERSIZE]
    assert refused(senses, Message(topic, good.payload.replace(b'"m"', b'"Cel"'))) == [Reason.UNSUPPORTED]
    assert refused(senses, Message("elsewhere/dev/x/senml", good.payload)) == [Reason.WRONG_TOPIC]


def test_vehicle_refusals(senses: Senses, speaker: Speaker) -> None:
    good = speaker.cam("veh_1", 100.0, 0.0)
    assert refused(senses, good, good) == [Reason.DUPLICATE]
    assert refused(senses, speaker.cam("veh_2", 100.0, 0.0, topic_of="veh_1")) == [Reason.WRONG_TOPIC]
    assert refused(senses, speaker.cam("veh_3", 5_000.0, 0.0)) == [Reason.OUTSIDE_CITY]
    assert "vehicle:field/veh_3" not in senses.movers.slot_of
    assert refused(senses, speaker.cam("veh_1", 90.0, 0.0, T - 6_000)) == [Reason.LATE]
    assert refused(senses, Message(good.topic, b"{}")) == [Reason.MALFORMED]
    wrong_speed = good.payload.replace(b'"speed":{"value":1000', b'"speed":{"value":99999')
    assert wrong_speed != good.payload
    assert refused(senses, Message(good.topic, wrong_speed)) == [Reason.OUT_OF_RANGE]
    assert refused(senses, speaker.denm("veh_1", -4_000.0, 0.0)) == [Reason.OUTSIDE_CITY]
    assert refused(senses, speaker.spatem(1, [(1, 6)], source="tlc_other")) == [Reason.WRONG_TOPIC]
    assert refused(senses, speaker.spatem(99, [(1, 6)], source="uuid_9")) == [Reason.UNKNOWN_DEVICE]


def test_people_are_heard_on_a_legal_basis_alone(senses: Senses, speaker: Speaker) -> None:
    latitude, longitude = speaker.degrees(100.0, 100.0)
    report = civic.PersonReport(matter="06010", text="rubbish", latitude=latitude, longitude=longitude)
    place = civic.PersonPosition(latitude=latitude, longitude=longitude, heading_deg=0.0, speed_mps=1.0)
    assert refused(senses, PERSON.says("report", report)) == []
    assert refused(senses, PERSON.says("position", place)) == [Reason.NO_LEGAL_BASIS]
    assert refused(senses, PERSON.says("report", report, key=Ed25519PrivateKey.generate())) == [Reason.BAD_SIGNATURE]
    stranger = Person(pseudonym="p-9")
    assert refused(senses, stranger.says("report", report)) == [Reason.UNKNOWN_DEVICE]
    stolen = PERSON.says("report", report)._replace(topic=f"{NS}/person/p-9/report")
    assert refused(senses, stolen) == [Reason.UNKNOWN_DEVICE]
    senses.grant(PERSON.id, ("position",))
    assert refused(senses, PERSON.says("position", place)) == []
    assert senses.person_position(PERSON.id) is not None
    senses.grant(PERSON.id, ())
    assert senses.person_position(PERSON.id) is None
    assert refused(senses, PERSON.says("position", place, T + 1_000)) == [Reason.NO_LEGAL_BASIS]


def test_crews_and_gateways_are_checked_against_the_city(senses: Senses, speaker: Speaker) -> None:
    latitude, longitude = speaker.degrees(100.0, 0.0)
    position = civic.UnitPosition(
        unit="pump_truck_1", time_ms=T, latitude=latitude, longitude=longitude, heading_deg=90.0, speed_mps=5.0
    )
    topic = f"{NS}/units/pump_truck_1/position"
    assert refused(senses, Message(topic, civic.encode(position))) == []
    stranger = msgspec.structs.replace(position, unit="tank_1")
    assert refused(senses, Message(topic, civic.encode(stranger))) == [Reason.WRONG_TOPIC]
    assert refused(senses, Message(f"{NS}/units/tank_1/position", civic.encode(stranger))) == [Reason.UNKNOWN_DEVICE]
    assert refused(senses, speaker.gateway("gw9", "online")) == [Reason.UNKNOWN_DEVICE]


def test_our_own_words_are_neither_counted_nor_refused(senses: Senses) -> None:
    for tail in ("clock", "closures/c1", "units/pump_truck_1/order", "lights/x1/order", "person/p-1/answer"):
        assert refused(senses, Message(f"{NS}/{tail}", b"{}")) == []
    assert senses.counts.accepted == 0


TOPICS = st.sampled_from(
    [
        f"{NS}/inQueue/v2x/cam/veh_1" + "/0" * 22,
        f"{NS}/inQueue/v2x/cam/veh_1" + "/7" * 22,
        f"{NS}/inQueue/v2x/denm/veh_1/0/1",
        f"{NS}/inQueue/v2x/spat/tlc_x1" + "/0" * 22,
        f"{NS}/inQueue/v2x/map/tlc_x1" + "/0" * 22,
        f"{NS}/inQueue",
        f"{NS}/dev/d01/senml",
        f"{NS}/gw/gw1/state",
        f"{NS}/units/pump_truck_1/report",
        f"{NS}/person/p-1/report",
        f"{NS}/tally/field",
        f"{NS}/",
        "",
        "/",
    ]
)
PAYLOADS = st.one_of(
    st.binary(max_size=40),
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=4),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["n", "v", "bt", "t", "bn", "message", "body", "unit"]), inner, max_size=3
            )
        ),
        max_leaves=6,
    ).map(msgspec.json.encode),
)


@given(st.lists(st.tuples(TOPICS, PAYLOADS, st.booleans()), max_size=12))
@settings(max_examples=60, deadline=None)
def test_nothing_that_arrives_breaks_the_intake(
    speaker: Speaker, locator: Locator, arrived: list[tuple[str, bytes, bool]]
) -> None:
    senses = speaker.senses(register=[PERSON], locator=locator)
    senses.take([Message(*message) for message in arrived], T)
    senses.advance(T + 1_000)
    assert senses.counts.accepted + sum(senses.counts.rejected.values()) == len(arrived)
    assert len(senses.refusals) == 0  # of the last call


def test_phones_are_trusted_without_a_signature_only_where_that_was_asked_for(grid_city: City) -> None:
    said = PERSON.says("report", civic.PersonReport(matter="06010", text="rubbish", latitude=22.55, longitude=114.05))
    unsigned = said._replace(payload=msgspec.json.encode(msgspec.json.decode(said.payload) | {"signature": ""}))
    checking, trusting = (Senses(grid_city, KINDS, (), (FIELD,), (PERSON,), verified=each) for each in (True, False))
    assert Reason.BAD_SIGNATURE in refused(checking, unsigned)
    assert Reason.BAD_SIGNATURE not in refused(trusting, unsigned)
    trusting.grant(PERSON.id, ())
    assert refused(trusting, unsigned) == [Reason.NO_LEGAL_BASIS]
