"""Patrol, weather, braking, congestion, crowds, counts: what raises them, what ends them, what a closing test says."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from speaking import NS, Person, Speaker, T, device_of

from twin.city.locate import Locator
from twin.core.bus import Message
from twin.core.words import StationType
from twin.formats import topics
from twin.formats.cam import Cam, encode_cam
from twin.formats.civic import Finding, PersonPosition, PersonReport, WarningKind, WeatherWarning
from twin.formats.quadkey import quadkey_levels
from twin.state.batch import FindingHeard, WarningHeard
from twin.state.conditions import (
    BrakingCondition,
    Condition,
    CountCondition,
    CrowdCondition,
    DenmCondition,
    PatrolCondition,
    ReportCondition,
    SensorCondition,
    SlowCondition,
    WarningCondition,
)
from twin.state.senses import Senses

PATROL = PatrolCondition(id="rubbish/patrol", matters=("06010",))
STORM = WarningCondition(id="storm/warning", kinds=("rainstorm", "gale"), at_least=3)
UNIT = "pump_truck_1"


def finding(speaker: Speaker, id: str, x: float, y: float, unit: str = UNIT, **more: object) -> Message:
    latitude, longitude = speaker.degrees(x, y)
    said = {
        "finding_id": id,
        "unit": unit,
        "time_ms": T,
        "latitude": latitude,
        "longitude": longitude,
        "matter": "06010",
    }
    return Message(topics.unit_topic(NS, UNIT, "finding"), msgspec.json.encode(msgspec.convert(said | more, Finding)))


def warning(kind: str, level: int, until_ms: int = T + 3_600_000, issued_ms: int = T, topic: str = "") -> Message:
    said = WeatherWarning(
        warning_id=f"w-{kind}-{level}", kind=msgspec.convert(kind, WarningKind),
        level=level, issued_ms=issued_ms, until_ms=until_ms,
    )  # fmt: skip
    return Message(topics.warning_topic(NS, topic or kind), msgspec.json.encode(said), True)


def raised(senses: Senses) -> list[tuple[str, str, bool]]:
    return [(crossing.condition, crossing.subject, crossing.raised) for crossing in senses.crossings]


def test_a_finding_raises_once_and_ends_when_it_is_taken_back(speaker: Speaker, locator: Locator) -> None:
    senses = speaker.senses([PATROL], locator=locator)
    batch = senses.take([finding(speaker, "f-1", 100, 100)], T)
    assert isinstance(batch.notices[0], FindingHeard)
    assert raised(senses) == [("rubbish/patrol", "finding:f-1", True)]
    assert senses.crossings[0].channel == "patrol" and senses.crossings[0].message == "finding:f-1"
    senses.take([finding(speaker, "f-1", 100, 100)], T + 1)
    assert raised(senses) == []
    assert senses.calm("rubbish/patrol", "finding:f-1", 0, T).state == "undecided", "nothing measures rubbish"
    senses.take([finding(speaker, "f-1", 100, 100, gone=True)], T + 2000)
    assert raised(senses) == [("rubbish/patrol", "finding:f-1", False)]
    assert senses.calm("rubbish/patrol", "finding:f-1", 5, T + 9000).state == "calm"


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (lambda s: finding(s, "f", 100, 100, unit="ghost_1"), "wrong_topic"),
        (lambda s: finding(s, "f", 90_000, 100), "outside_city"),
        (lambda s: Message(f"{NS}/units/ghost/finding", finding(s, "f", 1, 1, unit="ghost")[1]), "unknown_device"),
        (lambda s: Message(topics.unit_topic(NS, UNIT, "finding"), b"{}"), "malformed"),
        (lambda s: warning("gale", 2, topic="rainstorm"), "wrong_topic"),
        (lambda s: warning("gale", 2, until_ms=T - 1), "out_of_range"),
        (lambda s: Message(f"{NS}/met/warning/frogs", b"{}"), "wrong_topic"),
        (lambda s: Message(f"{NS}/met/forecast/gale", b"{}"), "wrong_topic"),
        (lambda s: Message(topics.warning_topic(NS, "gale"), b'{"level": 9}'), "out_of_range"),
    ],
)
def test_what_is_not_their_word_is_refused_with_a_reason(
    speaker: Speaker, locator: Locator, message: object, reason: str
) -> None:
    senses = speaker.senses([PATROL, STORM], locator=locator)
    batch = senses.take([message(speaker)], T)  # type: ignore[operator]
    assert batch.notices == () and raised(senses) == []
    (refusal,) = senses.refusals
    assert refusal.reason.value == reason


def test_a_warning_holds_until_it_is_lifted_or_runs_out(speaker: Speaker, locator: Locator) -> None:
    senses = speaker.senses([STORM], locator=locator)
    assert senses.calm("storm/warning", "met:gale/2", 0, T).state == "undecided", "nothing was heard yet"
    batch = senses.take([warning("rainstorm", 4), warning("gale", 3)], T)
    assert [type(notice) for notice in batch.notices] == [WarningHeard, WarningHeard]
    assert raised(senses) == [("storm/warning", "met:gale/3", True)], "blue is below the scene's level"
    senses.take([warning("gale", 1, issued_ms=T + 1000)], T + 1000)
    assert raised(senses) == [("storm/warning", "met:gale/3", False), ("storm/warning", "met:gale/1", True)]
    assert senses.crossings[1].value == 1.0
    assert senses.calm("storm/warning", "met:gale/1", 0, T + 2000).state == "not_calm"
    senses.take([Message(topics.warning_topic(NS, "gale"), b"", True)], T + 5000)
    assert raised(senses) == [("storm/warning", "met:gale/1", False)]
    assert senses.calm("storm/warning", "met:gale/3", 10, T + 9000).state == "holding"
    assert senses.calm("storm/warning", "met:gale/3", 10, T + 16_000).state == "calm"
    senses.take([warning("gale", 2, issued_ms=T + 20_000, until_ms=T + 30_000)], T + 20_000)
    senses.advance(T + 30_000)
    assert raised(senses) == [("storm/warning", "met:gale/2", False)]


def test_reports_by_channel(speaker: Speaker, locator: Locator) -> None:
    person = Person()
    calls = ReportCondition(id="fire/call", matters=("06020",), channels=("119",))
    everyone = ReportCondition(id="fire/report", matters=("06020",))
    senses = speaker.senses([calls, everyone], register=[person], locator=locator)
    latitude, longitude = speaker.degrees(200, 200)
    said = PersonReport(matter="06020", text="", latitude=latitude, longitude=longitude)
    senses.take([person.says("report", said)], T)
    assert [crossing.condition for crossing in senses.crossings] == ["fire/report"]
    senses.take([person.says("report", msgspec.structs.replace(said, channel="119"), T + 1000)], T + 1000)
    assert {crossing.condition for crossing in senses.crossings} == {"fire/call", "fire/report"}
    assert {crossing.channel for crossing in senses.crossings} == {"119"}


def cam(speaker: Speaker, vehicle: str, x: float, at: int, acceleration: float, speed: float = 8.0) -> Message:
    latitude, longitude = speaker.degrees(x, 397.0)
    said = Cam(
        source=vehicle, station_id=1, station_type=int(StationType.CAR), latitude=latitude, longitude=longitude,
        time_ms=at, heading_deg=90.0, speed_mps=speed, acceleration_mps2=acceleration,
    )  # fmt: skip
    return Message(topics.v2x_topic(NS, "cam", vehicle, quadkey_levels(latitude, longitude)[0]), encode_cam(said))


def test_two_that_brake_hard_raise_and_those_who_pass_end_it(speaker: Speaker, locator: Locator) -> None:
    condition = BrakingCondition(id="crash/braking", decel_mps2=4.0, count=2, radius_m=60.0, window_s=30.0)
    senses = speaker.senses([condition], locator=locator)

    def turn(at: int, *messages: Message) -> list[tuple[str, str, bool]]:
        senses.take(messages, at)
        senses.advance(at)
        return raised(senses)

    assert turn(T, cam(speaker, "a", 60, T, -6.0)) == [], "one is not a pattern"
    assert turn(T + 1000, cam(speaker, "a", 64, T + 1000, -6.0)) == [], "the same one twice neither"
    assert turn(T + 2000, cam(speaker, "b", 190, T + 2000, -6.0)) == [], "before the lights everybody brakes"
    ((_, edge, up),) = turn(T + 3000, cam(speaker, "c", 80, T + 3000, -5.0))
    assert up and senses.crossings[0].value == 5.0
    assert senses.calm("crash/braking", edge, 0, T + 3000).state == "not_calm"
    turn(T + 10_000, cam(speaker, "d", 70, T + 10_000, 0.0))
    assert turn(T + 34_000) == [("crash/braking", edge, False)]
    assert senses.crossings[0].ended == "passed"
    assert senses.calm("crash/braking", edge, 20, T + 60_000).state == "calm"


def test_hard_braking_that_nobody_passes_stays_undecided(speaker: Speaker, locator: Locator) -> None:
    condition = BrakingCondition(id="crash/braking", decel_mps2=4.0, count=2, radius_m=60.0, window_s=30.0)
    senses = speaker.senses([condition], locator=locator)
    senses.take([cam(speaker, "a", 60, T, -6.0), cam(speaker, "b", 70, T, -6.0)], T)
    senses.advance(T)
    (crossing,) = senses.crossings
    senses.advance(T + 60_000)
    assert senses.crossings[0].ended == "ran_out"
    assert senses.calm("crash/braking", crossing.subject, 0, T + 60_000).state == "undecided"


SLOW = SlowCondition(
    id="gate/slow", place_kinds=("hospital",), radius_m=250.0, share=0.4, clear_share=0.6, edges=1, dwell_s=20.0,
    clear_dwell_s=20.0,
)  # fmt: skip


def crawl(senses: Senses, share: float, begin: int, seconds: int) -> list[tuple[int, bool]]:
    """All edges around move at this share of free flow; seconds and direction of what crossed."""
    found = []
    for second in range(0, seconds + 1, 5):
        at = begin + second * 1000
        senses.speeds.speed_mps = senses.speeds.free_mps * share
        senses.speeds.heard_ms[:] = at
        senses.advance(at)
        found += [(second, crossing.raised) for crossing in senses.crossings]
    return found


def test_slow_traffic_around_a_place_has_dwell_and_hysteresis(speaker: Speaker, locator: Locator) -> None:
    senses = speaker.senses([SLOW], locator=locator)
    subject = f"place:{next(place.id for place in speaker.city.places if place.kind == 'hospital')}"
    assert senses.calm("gate/slow", subject, 0, T).state == "undecided", "no vehicle was heard"
    assert crawl(senses, 0.3, T, 15) == []
    assert crawl(senses, 0.3, T + 20_000, 10) == [(0, True)]
    assert crawl(senses, 0.5, T + 40_000, 60) == [], "between share and clear_share nothing changes"
    assert senses.calm("gate/slow", subject, 0, T + 100_000).state == "not_calm"
    assert crawl(senses, 0.9, T + 110_000, 30) == [(20, False)]
    senses.advance(T + 900_000)
    assert senses.calm("gate/slow", subject, 0, T + 900_000).state == "undecided", "nobody has driven there since"


def test_slow_traffic_outside_its_hours_is_nothing(speaker: Speaker, locator: Locator) -> None:
    hour = int((T // 3_600_000 + 8) % 24)
    later = msgspec.structs.replace(SLOW, hours=((hour + 2) % 24, (hour + 3) % 24))
    senses = speaker.senses([later], locator=locator)
    assert crawl(senses, 0.2, T, 120) == []
    subject = f"place:{next(place.id for place in speaker.city.places if place.kind == 'hospital')}"
    assert senses.calm("gate/slow", subject, 0, T + 120_000).state == "undecided"


def test_a_crowd_is_counted_by_phones_with_their_coverage(speaker: Speaker, locator: Locator) -> None:
    place = next(place for place in speaker.city.places if place.kind == "hospital")
    condition = CrowdCondition(
        id="crowd/dense", place_kinds=("hospital",), people=30.0, clear=20.0, phone_share=0.25, least_coverage=0.2,
        dwell_s=10.0, clear_dwell_s=10.0,
    )  # fmt: skip
    people = [Person(id=f"r-{n}", pseudonym=f"p-{n}") for n in range(10)]
    senses = speaker.senses([condition], register=people, locator=locator)
    latitude, longitude = speaker.degrees(*place.xy)
    subject = f"place:{place.id}"

    def stand(count: int, at: int) -> list[bool]:
        said = PersonPosition(latitude=latitude, longitude=longitude, heading_deg=0.0, speed_mps=0.0)
        senses.take([person.says("position", said, at) for person in people[:count]], at)
        senses.advance(at)
        return [crossing.raised for crossing in senses.crossings]

    assert stand(0, T) == [] and senses.calm("crowd/dense", subject, 0, T).state == "undecided"
    assert stand(9, T + 5000) == []
    assert stand(9, T + 15_000) == [True]
    assert senses.crossings[0].value == 36 and senses.crossings[0].coverage == 0.25
    assert senses.calm("crowd/dense", subject, 0, T + 15_000).state == "not_calm"


def test_several_near_each_other_make_a_count(speaker: Speaker, locator: Locator) -> None:
    obstacle = DenmCondition(id="tree/obstacle", causes=(10,))
    several = CountCondition(id="storm/several", of=("tree/obstacle",), count=2, radius_m=100.0, window_s=60.0)
    senses = speaker.senses([obstacle, several], locator=locator)

    def fallen(vehicle: str, x: float, at: int) -> list[str]:
        senses.take([speaker.denm(vehicle, x, 397.0, cause=10, detection_ms=at, reference_ms=at, time_ms=at)], at)
        return [crossing.condition for crossing in senses.crossings]

    assert fallen("a", 100, T) == ["tree/obstacle"]
    assert fallen("b", 500, T) == ["tree/obstacle"], "too far"
    assert fallen("c", 150, T + 1000) == ["tree/obstacle", "storm/several"]
    counted = senses.crossings[1]
    assert counted.value == 2.0 and senses.calm("storm/several", counted.subject, 0, T).state == "not_calm"
    assert fallen("d", 160, T + 2000) == ["tree/obstacle"], "a third joins the count that is there"
    senses.advance(T + 600_000)
    assert ("storm/several", counted.subject, False) in raised(senses)


def test_a_condition_looks_only_where_it_is_told(speaker: Speaker, locator: Locator) -> None:
    hospital = next(place for place in speaker.city.places if place.kind == "hospital")
    near = DenmCondition(id="a/near", causes=(2,), place_kinds=("hospital",), near_m=50.0)
    corners = [speaker.degrees(x, y)[::-1] for x, y in ((0, 0), (300, 0), (300, 300), (0, 300))]
    inside = DenmCondition(id="b/inside", causes=(2,), within=tuple(corners))
    nowhere = DenmCondition(id="c/nowhere", causes=(2,), within="no-such-zone")
    senses = speaker.senses([near, inside, nowhere], locator=locator)
    senses.take([speaker.denm("v", *hospital.xy)], T)
    assert {crossing.condition for crossing in senses.crossings} >= {"a/near"}
    senses.take([speaker.denm("w", 20.0, 20.0)], T)
    assert "b/inside" in {crossing.condition for crossing in senses.crossings}
    assert not any(crossing.condition == "c/nowhere" for crossing in senses.crossings)


def test_a_scene_at_rest_raises_nothing_and_decides_nothing(speaker: Speaker, locator: Locator) -> None:
    device = device_of(speaker.city, "water_level")
    flood = SensorCondition(
        id="flood/level", device_kind="water_level", quantity="level", op=">", threshold=0.15, clear=0.08, dwell_s=10.0
    )
    senses = speaker.senses([flood, PATROL], locator=locator)

    def read(value: float, at: int) -> list[bool]:
        senses.take([speaker.reads(device, at, level=value)], at)
        at_once = [crossing.raised for crossing in senses.crossings]
        senses.advance(at)
        return at_once + [crossing.raised for crossing in senses.crossings]

    senses.rest(["flood"])
    assert read(0.5, T) == [] and read(0.51, T + 20_000) == []
    assert senses.calm("flood/level", device, 0, T + 20_000).state == "undecided"
    senses.take([finding(speaker, "f-9", 100, 100)], T + 20_000)
    assert raised(senses), "another scene goes on"
    copy = speaker.senses([flood, PATROL], locator=locator)
    copy.restore(senses.snapshot())
    assert copy.signals.quiet == {"flood"} and copy.digest() == senses.digest()
    senses.rest([])
    assert read(0.52, T + 25_000) == [], "dwell begins anew"
    assert read(0.53, T + 36_000) == [True]


def test_all_the_memory_of_new_conditions_is_kept(speaker: Speaker, locator: Locator) -> None:
    braking = BrakingCondition(id="crash/braking", count=2)
    several = CountCondition(id="storm/several", of=("storm/warning", "rubbish/patrol"), radius_m=9e9)
    all_of_them: list[Condition] = [PATROL, STORM, braking, SLOW, several]
    senses = speaker.senses(all_of_them, locator=locator)
    senses.take(
        [
            finding(speaker, "f-1", 100, 100), warning("gale", 2), cam(speaker, "a", 60, T, -6.0),
            cam(speaker, "b", 70, T, -6.0),
        ],
        T,
    )  # fmt: skip
    senses.advance(T)
    crawl(senses, 0.3, T + 1000, 30)
    copy = speaker.senses(all_of_them, locator=locator)
    copy.restore(senses.snapshot())
    assert copy.snapshot() == senses.snapshot()
    for at in range(T + 32_000, T + 4_000_000, 60_000):
        senses.advance(at)
        copy.advance(at)
        assert copy.crossings == senses.crossings
    assert np.array_equal(copy.signals.congestion.share, senses.signals.congestion.share, equal_nan=True)
