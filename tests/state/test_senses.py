"""Snapshot and restore, tallies, pictures, lights, feeds: senses as a whole."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest
from speaking import FIELD, NS, Person, Speaker, T, device_of

from twin.city.locate import Locator
from twin.core.bus import Message
from twin.core.words import Freshness, LightState, Provenance
from twin.formats import civic
from twin.formats.feeds import load_feed
from twin.state.conditions import Condition, DenmCondition, ReportCondition, SensorCondition, StoppedCondition
from twin.state.pictures import Pictures
from twin.state.senses import Senses
from twin.state.sources import Source

PERSON = Person()
CONDITIONS: tuple[Condition, ...] = (
    SensorCondition(id="bin/fill", device_kind="bin", quantity="fill", op=">", threshold=0.6, clear=0.5, dwell_s=30.0),
    DenmCondition(id="collision/denm", causes=(2,)),
    StoppedCondition(id="collision/stopped", dwell_s=5.0),
    ReportCondition(id="bin/report", matters=("06042",)),
)


def turn(speaker: Speaker, number: int) -> list[Message]:
    """A second of city life."""
    at = T + number * 1_000
    latitude, longitude = speaker.degrees(310.0, 410.0)
    report = civic.PersonReport(matter="06042", text="full", latitude=latitude, longitude=longitude)
    place = civic.PersonPosition(latitude=latitude, longitude=longitude, heading_deg=0.0, speed_mps=1.0)
    tally = civic.Tally(client="field", sequence=number, wall_ms=0.0, sent={"cam": 2 * (number + 1)})
    return [
        speaker.cam("veh_1", 60.0, 397.0, at, speed=0.0),
        speaker.cam("veh_2", 20.0 + 5 * number, 0.0, at, speed=5.0),
        speaker.reads(device_of(speaker.city, "bin"), at, fill=min(1.2, 0.3 + number * 0.05)),
        speaker.spatem(1, [(1, 6 if number % 6 < 3 else 3), (2, 3)], at),
        speaker.denm("veh_1", 60.0, 397.0, sequence=number // 5, validity_s=10),
        PERSON.says("position", place, at),
        PERSON.says("report", report, at),
        Message(f"{NS}/tally/field", civic.encode(tally)),
    ]


def live(senses: Senses, speaker: Speaker, begin: int, end: int) -> list[object]:
    found: list[object] = []
    for number in range(begin, end):
        senses.take(turn(speaker, number), T + number * 1_000)
        found += senses.crossings
        senses.advance(T + number * 1_000 + 500)
        found += senses.crossings
    return found


def test_restored_senses_go_on_as_if_nothing_had_happened(speaker: Speaker, locator: Locator) -> None:
    whole = speaker.senses(CONDITIONS, register=[PERSON], locator=locator)
    live(whole, speaker, 0, 12)
    snapshot = whole.snapshot()
    other = speaker.senses(CONDITIONS, register=[PERSON], locator=locator)
    other.restore(snapshot)
    assert other.snapshot() == snapshot
    assert live(other, speaker, 12, 40) == live(whole, speaker, 12, 40)
    assert other.digest() == whole.digest()
    assert whole.counts.rejected == {}


def test_the_same_life_gives_the_same_bytes(speaker: Speaker, locator: Locator) -> None:
    lives = [speaker.senses(CONDITIONS, register=[PERSON], locator=locator) for _ in range(2)]
    first, second = (live(senses, speaker, 0, 20) for senses in lives)
    assert first == second
    assert len(first) > 5
    assert lives[0].digest() == lives[1].digest()


def test_memory_survives_where_a_condition_is_unchanged(speaker: Speaker, locator: Locator) -> None:
    old = speaker.senses(CONDITIONS, register=[PERSON], locator=locator)
    live(old, speaker, 0, 40)
    bin_ = device_of(speaker.city, "bin")
    assert "bin/fill" in old.device(bin_).conditions
    same = speaker.senses(tuple(reversed(CONDITIONS)), register=[PERSON], locator=locator)
    same.restore(old.snapshot())
    assert "bin/fill" in same.device(bin_).conditions
    changed = [msgspec.structs.replace(CONDITIONS[0], threshold=0.7), *CONDITIONS[1:]]
    new = speaker.senses(changed, register=[PERSON], locator=locator)
    new.restore(old.snapshot())
    assert new.device(bin_).conditions == ()


def test_two_conditions_with_one_id_are_refused(speaker: Speaker, locator: Locator) -> None:
    with pytest.raises(ValueError, match="share"):
        speaker.senses([CONDITIONS[0], CONDITIONS[0]], locator=locator)


def tally(sequence: int, **sent: int) -> Message:
    body = civic.Tally(client="field", sequence=sequence, wall_ms=1_000.0 * sequence, sent=sent)
    return Message(f"{NS}/tally/field", civic.encode(body))


def test_loss_is_counted_from_tallies(speaker: Speaker, locator: Locator) -> None:
    senses = speaker.senses(locator=locator)
    cams = [speaker.cam("veh_1", 100.0 + i, 0.0, T + 100 * i) for i in range(10)]
    senses.take([*cams[:3], tally(5, cam=103)], T, wall_ms=5_004.0)  # our first look: nothing is known of before
    assert senses.counts.lost == 0
    senses.take([*cams[3:6], tally(6, cam=106)], T + 1_000, wall_ms=6_002.5)
    assert senses.counts.lost == 0
    senses.take([*cams[6:8], tally(7, cam=110)], T + 2_000)
    assert senses.counts.lost == 0  # two may still be on their way
    senses.take([tally(8, cam=110)], T + 2_000)
    assert senses.counts.lost == 2
    senses.take([tally(1, cam=4), *cams[8:], tally(2, cam=6)], T + 3_000)  # the publisher began anew
    assert senses.counts.lost == 2
    assert list(senses.counts.latency_ms) == [4.0, 2.5]


def test_a_tally_within_a_batch_counts_what_came_before_it(speaker: Speaker, locator: Locator) -> None:
    senses = speaker.senses(locator=locator)
    cams = [speaker.cam("veh_1", 100.0 + i, 0.0, T + 100 * i) for i in range(4)]
    senses.take([tally(1), cams[0], tally(2, cam=1), cams[1], cams[2], tally(3, cam=3), cams[3]], T)
    assert senses.counts.lost == 0
    senses.take([tally(4, cam=5), tally(5, cam=5)], T)
    assert senses.counts.lost == 1


def test_pictures_tell_what_changed(speaker: Speaker, locator: Locator) -> None:
    senses = speaker.senses(CONDITIONS, locator=locator)
    pictures = Pictures(senses, lambda condition: 2)
    bin_ = device_of(speaker.city, "bin")
    index = senses.sensors.device_of[bin_]
    everything = pictures.changed_devices(T, 1)
    assert len(everything.device) == len(speaker.city.devices)
    assert set(everything.freshness.tolist()) == {Freshness.UNKNOWN}
    assert len(pictures.changed_devices(T, 2).device) == 0
    senses.take([speaker.reads(bin_, T, fill=0.9)], T)
    senses.advance(T + 30_000)
    changed = pictures.changed_devices(T + 30_000, 3)
    assert changed.device.tolist() == [index]
    assert (changed.value[0], changed.alarm[0]) == (np.float32(0.9), 2)
    assert pictures.changed_devices(T + 700_000, 4).freshness.tolist() == [Freshness.STALE]
    senses.take([speaker.spatem(2, [(1, 6), (2, 3)])], T)
    pictures.changed_lights(T, 5)
    senses.take([speaker.spatem(2, [(1, 8), (2, 3)], T + 500)], T + 500)
    lights = pictures.changed_lights(T + 500, 6)
    assert list(zip(lights.intersection, lights.group, lights.state, strict=True)) == [(1, 1, LightState.CLEARANCE)]


def test_a_device_of_two_quantities_is_as_fresh_as_its_worst(speaker: Speaker, locator: Locator) -> None:
    senses = speaker.senses(locator=locator)
    station = device_of(speaker.city, "air")
    senses.take([speaker.reads(station, T, pm25=20.0)], T)
    states = Pictures(senses).all_devices(T, 1)
    assert states.freshness[senses.sensors.device_of[station]] == Freshness.UNKNOWN


FEED = """
[[topics]]
topic = "plant/{device}/temp"
device = "{device}"
quantity = "fill"
value = "$.v"
unit = "%"
devices = { A7 = "BIN" }

[[topics]]
topic = "default/outQueue/v2x/#"
format = "its"
"""


def test_a_feeds_devices_and_vehicles_are_believed(speaker: Speaker, locator: Locator, tmp_path: Path) -> None:
    bin_ = device_of(speaker.city, "bin")
    path = tmp_path / "plant.toml"
    path.write_text(FEED.replace("BIN", bin_))
    feed = load_feed(path)
    senses = speaker.senses(sources=[FIELD, Source.of_feed(feed)], locator=locator)
    vehicle = speaker.cam("veh_1", 100.0, 0.0)
    moved = Message(vehicle.topic.replace(f"{NS}/inQueue", "default/outQueue"), vehicle.payload)
    batch = senses.take(
        [
            Message("plant/A7/temp", b'{"v": 42}'),
            Message("plant/B8/temp", b'{"v": 42}'),
            moved,
            vehicle,
        ],
        T,
    )
    assert [refusal.reason for refusal in senses.refusals] == ["unknown_device"]
    assert senses.refusals[0].cure is not None
    assert batch.readings.value.tolist() == [0.42]
    belief = senses.device(bin_)
    assert belief.readings[0].provenance == Provenance.LIVE
    assert sorted(senses.movers.slot_of) == ["vehicle:field/veh_1", "vehicle:plant/veh_1"]
    assert senses.counts.accepted_of("plant") == 2
    assert senses.counts.source_last_ms == {"plant": T, "field": T}
