"""A closing test passes on fresh, undoubted calm alone."""

from __future__ import annotations

import pytest
from speaking import Person, Speaker, T, device_of

from twin.city.locate import Locator
from twin.formats import civic
from twin.state.conditions import Condition, ReportCondition, SensorCondition, SilenceCondition
from twin.state.senses import Senses

FLOOD = SensorCondition(
    id="flood/level", device_kind="water_level", quantity="level", op=">", threshold=0.15, clear=0.1,
    place_kinds=("underpass",),
)  # fmt: skip
GONE = SilenceCondition(id="dead/air", device_kind="air", after_s=60.0)
RUBBISH = ReportCondition(id="bin/report", matters=("06042",))
CONDITIONS: tuple[Condition, ...] = (FLOOD, GONE, RUBBISH)
PERSON = Person()


@pytest.fixture
def senses(speaker: Speaker, locator: Locator) -> Senses:
    return speaker.senses(CONDITIONS, register=[PERSON], locator=locator)


@pytest.fixture
def gauge(speaker: Speaker) -> str:
    return device_of(speaker.city, "water_level")


def crossed(senses: Senses) -> list[tuple[bool, str]]:
    return [(crossing.raised, crossing.ended) for crossing in senses.crossings]


def lived(senses: Senses, speaker: Speaker, gauge: str, levels: list[float], **more: float) -> int:
    """One reading every ten seconds; the time of the last."""
    for index, level in enumerate(levels):
        at = T + index * 10_000
        senses.take([speaker.reads(gauge, at, **more, level=level)], at)
        senses.advance(at)
    return T + (len(levels) - 1) * 10_000


def test_calm_holds_then_passes(senses: Senses, speaker: Speaker, gauge: str) -> None:
    at = lived(senses, speaker, gauge, [0.3, 0.3, 0.09, 0.08, 0.05])
    answer = senses.calm("flood/level", gauge, 30, at)
    assert (answer.state, answer.since_ms) == ("holding", T + 20_000)
    answer = senses.calm("flood/level", gauge, 20, at)
    assert answer.state == "calm"
    assert [(reading.quantity, reading.value, reading.unit) for reading in answer.readings] == [("level", 0.05, "m")]


def test_between_the_thresholds_is_not_calm(senses: Senses, speaker: Speaker, gauge: str) -> None:
    at = lived(senses, speaker, gauge, [0.05, 0.05, 0.12])
    assert senses.calm("flood/level", gauge, 0, at).state == "not_calm"


def test_stale_silent_or_doubted_is_undecided(senses: Senses, speaker: Speaker, gauge: str) -> None:
    assert senses.calm("flood/level", gauge, 0, T).state == "undecided"
    at = lived(senses, speaker, gauge, [0.05] * 8)
    assert senses.calm("flood/level", gauge, 60, at).state == "calm"
    assert senses.calm("flood/level", gauge, 60, at + 60_001).state == "undecided"
    gateway = next(device.gateway for device in speaker.city.devices if device.id == gauge)
    senses.take([speaker.gateway(gateway, "offline")], at)
    assert senses.calm("flood/level", gauge, 60, at).state == "undecided"
    senses.take([speaker.gateway(gateway, "online"), speaker.reads(gauge, at + 1_000, battery=3.0, level=0.05)], at)
    assert senses.calm("flood/level", gauge, 60, at).state == "undecided"


def test_a_jump_is_undecided_until_the_next_reading(senses: Senses, speaker: Speaker, gauge: str) -> None:
    at = lived(senses, speaker, gauge, [0.3, 0.3, -0.8])
    assert senses.calm("flood/level", gauge, 0, at).state == "undecided"


def test_calm_begins_anew_after_a_gap(senses: Senses, speaker: Speaker, gauge: str) -> None:
    at = lived(senses, speaker, gauge, [0.05] * 8)
    senses.take([speaker.reads(gauge, at + 300_000, level=0.05)], at + 300_000)
    assert senses.calm("flood/level", gauge, 60, at + 300_000).state == "holding"


def test_every_subject_must_pass(senses: Senses, speaker: Speaker, gauge: str) -> None:
    at = lived(senses, speaker, gauge, [0.05] * 3)
    assert senses.calm("flood/level", [gauge], 10, at).state == "calm"
    assert senses.calm("flood/level", [gauge, "nobody"], 10, at).state == "undecided"
    assert senses.calm("flood/level", [], 10, at).state == "undecided"
    assert senses.calm("flood/unheard_of", gauge, 10, at).state == "undecided"


def test_a_silent_device_raises_and_is_calm_when_heard_for_long(senses: Senses, speaker: Speaker) -> None:
    station = device_of(speaker.city, "air")
    senses.take([speaker.reads(station, T, pm25=20.0, no2=10.0)], T)
    raised: list[bool] = []
    for second in range(0, 500, 10):  # stale after 300 s
        senses.advance(T + second * 1_000)
        raised += [crossing.raised for crossing in senses.crossings]
    assert raised == [True]
    assert senses.calm("dead/air", station, 0, T + 490_000).state == "not_calm"
    senses.take([speaker.reads(station, T + 500_000, pm25=20.0, no2=10.0)], T + 500_000)
    senses.advance(T + 500_000)
    assert crossed(senses) == [(False, "heard")]
    assert senses.calm("dead/air", station, 60, T + 530_000).state == "holding"
    assert senses.calm("dead/air", station, 60, T + 560_000).state == "calm"


def test_a_report_raises_and_runs_out(senses: Senses, speaker: Speaker) -> None:
    latitude, longitude = speaker.degrees(310.0, 410.0)
    report = civic.PersonReport(matter="06042", text="full", latitude=latitude, longitude=longitude)
    senses.take([PERSON.says("report", report)], T)
    (crossing,) = senses.crossings
    assert crossing.subject == f"person:r-1/{T}"
    assert abs(crossing.x_m - 310.0) < 0.02
    assert senses.calm("bin/report", crossing.subject, 0, T).state == "undecided"
    other = civic.PersonReport(matter="06010", text="?", latitude=latitude, longitude=longitude)
    senses.take([PERSON.says("report", other, T + 1_000)], T + 1_000)
    assert senses.crossings == ()
    senses.advance(T + 1_800_000)
    assert crossed(senses) == [(False, "ran_out")]
