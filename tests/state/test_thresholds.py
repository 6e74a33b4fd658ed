"""Threshold, hysteresis and dwell against a slow oracle, and no crossing lost by grouping."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from speaking import Speaker, T, device_of

from twin.city.locate import Locator
from twin.core.bus import Message
from twin.state.conditions import Crossing, SensorCondition
from twin.state.senses import Senses

FLOOD = SensorCondition(
    id="flood/level", device_kind="bin", quantity="fill", op=">", threshold=0.6, clear=0.4, dwell_s=20.0,
    clear_dwell_s=10.0,
)  # fmt: skip
LOW = SensorCondition(id="low/level", device_kind="bin", quantity="fill", op="<", threshold=0.2, clear=0.3)
HOT = SensorCondition(id="hot/level", device_kind="parking", quantity="occupancy", op=">", threshold=0.6, clear=0.6)
CONDITIONS = (FLOOD, LOW, HOT)

VALUES = st.sampled_from([0.1, 0.25, 0.35, 0.4, 0.5, 0.6, 0.65, 0.9])
READINGS = st.lists(st.tuples(st.sampled_from(["bin", "parking"]), st.integers(4, 12), VALUES), max_size=40)


def oracle(condition: SensorCondition, readings: Sequence[tuple[int, float]]) -> list[tuple[bool, int]]:
    """(raised, time) one reading after another, in plain words."""
    crossings: list[tuple[bool, int]] = []
    active, beyond, calm = False, -1, -1
    for time_ms, value in readings:
        high = condition.op == ">"
        is_beyond = value > condition.threshold if high else value < condition.threshold
        is_calm = value <= condition.clear if high else value >= condition.clear
        beyond = (beyond if beyond >= 0 else time_ms) if is_beyond else -1
        calm = (calm if calm >= 0 else time_ms) if is_calm else -1
        if not active and beyond >= 0 and time_ms - beyond >= condition.dwell_s * 1000:
            active = True
            crossings.append((True, time_ms))
        elif active and calm >= 0 and time_ms - calm >= condition.clear_dwell_s * 1000:
            active = False
            crossings.append((False, time_ms))
    return crossings


def messages_of(speaker: Speaker, readings: list[tuple[str, int, float]]) -> list[tuple[int, Message]]:
    """(time, message); each device's own times rise by the given seconds."""
    clock = {"bin": T, "parking": T}
    made = []
    for kind, seconds, value in readings:
        clock[kind] += seconds * 1000
        quantity = "fill" if kind == "bin" else "occupancy"
        made.append((clock[kind], speaker.reads(device_of(speaker.city, kind), clock[kind], **{quantity: value})))
    return made


def by_subject(crossings: Sequence[Crossing]) -> dict[tuple[str, str], list[tuple[bool, int]]]:
    found: dict[tuple[str, str], list[tuple[bool, int]]] = {}
    for crossing in crossings:
        found.setdefault((crossing.condition, crossing.subject), []).append((crossing.raised, crossing.observed_ms))
    return found


@given(READINGS)
@settings(max_examples=40, deadline=None)
def test_crossings_are_those_of_the_oracle(
    speaker: Speaker, locator: Locator, readings: list[tuple[str, int, float]]
) -> None:
    senses = speaker.senses(CONDITIONS, locator=locator)
    crossings: list[Crossing] = []
    lines: dict[str, list[tuple[int, float]]] = {"bin": [], "parking": []}
    for (time_ms, message), (kind, _, value) in zip(messages_of(speaker, readings), readings, strict=True):
        senses.take([message], time_ms)
        crossings += senses.crossings
        lines[kind].append((time_ms, value))
    expected = {
        (condition.id, device_of(speaker.city, condition.device_kind)): oracle(condition, lines[condition.device_kind])
        for condition in CONDITIONS
    }
    assert by_subject(crossings) == {key: crossed for key, crossed in expected.items() if crossed}


@given(READINGS, st.lists(st.integers(0, 40), max_size=6))
@settings(max_examples=40, deadline=None)
def test_grouping_loses_no_crossing(
    speaker: Speaker, locator: Locator, readings: list[tuple[str, int, float]], cuts: list[int]
) -> None:
    messages = [message for _, message in messages_of(speaker, readings)]
    at_ms = T + 30_000

    def lived(edges: Sequence[int]) -> tuple[dict[tuple[str, str], list[tuple[bool, int]]], str]:
        senses = speaker.senses(CONDITIONS, locator=locator)
        crossings: list[Crossing] = []
        for begin, end in pairwise(edges):
            senses.take(messages[begin:end], at_ms)
            crossings += senses.crossings
        return by_subject(crossings), senses.digest()

    edges = sorted({0, len(messages), *(min(cut, len(messages)) for cut in cuts)})
    assert lived(edges) == lived(range(len(messages) + 1))


def raised(senses: Senses) -> list[str]:
    return [crossing.condition for crossing in senses.crossings if crossing.raised]


@pytest.fixture
def senses(speaker: Speaker, locator: Locator) -> Senses:
    return speaker.senses(CONDITIONS, locator=locator)


def test_dwell_passes_while_a_fresh_value_stands(speaker: Speaker, senses: Senses) -> None:
    bin_ = device_of(speaker.city, "bin")
    senses.take([speaker.reads(bin_, T, fill=0.7)], T)
    senses.advance(T + 19_900)
    assert senses.crossings == ()
    senses.advance(T + 20_000)
    assert raised(senses) == ["flood/level"]


def test_dwell_does_not_pass_on_a_stale_value(speaker: Speaker, locator: Locator) -> None:
    slow = SensorCondition(
        id="slow/level", device_kind="bin", quantity="fill", op=">", threshold=0.6, clear=0.4, dwell_s=700.0
    )
    senses = speaker.senses([slow], locator=locator)
    bin_ = device_of(speaker.city, "bin")
    senses.take([speaker.reads(bin_, T, fill=0.7)], T)
    senses.advance(T + 700_000)  # stale after 600 s
    assert senses.crossings == ()
    senses.take([speaker.reads(bin_, T + 701_000, fill=0.7)], T + 701_000)
    assert senses.crossings == ()  # what it did meanwhile is unknown, so its dwell begins anew


def test_time_away_is_no_dwell(speaker: Speaker, senses: Senses) -> None:
    senses.take([speaker.reads(device_of(speaker.city, "bin"), T, fill=0.7)], T)
    senses.advance(T + 10_000)
    senses.resume(T + 100_000, 90_000)
    senses.advance(T + 109_000)
    assert senses.crossings == ()
    senses.advance(T + 110_000)
    assert len(senses.crossings) == 1


def test_a_jump_neither_raises_nor_clears_until_it_is_confirmed(speaker: Speaker, locator: Locator) -> None:
    flood = SensorCondition(
        id="flood/level", device_kind="water_level", quantity="level", op=">", threshold=0.15, clear=0.1
    )
    senses = speaker.senses([flood], locator=locator)
    gauge = device_of(speaker.city, "water_level")
    senses.take([speaker.reads(gauge, T, level=0.0)], T)
    senses.take([speaker.reads(gauge, T + 1_000, level=2.0)], T + 1_000)
    assert senses.crossings == ()
    senses.take([speaker.reads(gauge, T + 2_000, level=2.0)], T + 2_000)
    assert raised(senses) == ["flood/level"]


def test_a_dark_lamp_matters_only_while_it_should_burn(speaker: Speaker, locator: Locator) -> None:
    dark = SensorCondition(
        id="lamp/dark", device_kind="street_lamp", quantity="power", op="<", threshold=5.0, clear=20.0, dwell_s=60.0,
        while_quantity="commanded",
    )  # fmt: skip
    senses = speaker.senses([dark], locator=locator)
    lamp = device_of(speaker.city, "street_lamp")

    def hear(seconds: int, power: float, commanded: float) -> list[bool]:
        at = T + seconds * 1000
        senses.take([speaker.reads(lamp, at, power=power, commanded=commanded)], at)
        return [crossing.raised for crossing in senses.crossings]

    assert hear(0, 0.0, 0.0) == []
    assert hear(60, 0.0, 0.0) == []
    assert senses.calm("lamp/dark", lamp, 0, T + 60_000).state == "undecided"
    assert hear(120, 0.0, 1.0) == []
    assert hear(180, 0.0, 1.0) == [True]
    assert hear(240, 100.0, 0.0) == []  # nothing is known of a lamp that is switched off
    assert hear(300, 100.0, 1.0) == [False]
