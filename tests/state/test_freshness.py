"""What is old, silent or without an age never looks normal."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from speaking import FIELD, NS, Speaker, T, device_of

from twin.city.locate import Locator
from twin.core.bus import Message
from twin.core.words import Doubt, Freshness, Provenance
from twin.state.senses import Senses
from twin.state.sources import Source

LIVE = Source(name="live", namespace=NS, provenance=Provenance.LIVE)


@pytest.fixture
def senses(speaker: Speaker, locator: Locator) -> Senses:
    return speaker.senses(locator=locator)


def freshness(senses: Senses, device: str, at_ms: int) -> Freshness:
    senses.advance(at_ms)
    return Freshness(senses.device(device).freshness)


@given(st.integers(0, 400_000), st.integers(0, 400_000), st.booleans())
@settings(max_examples=40, deadline=None)
def test_fresh_means_young(speaker: Speaker, locator: Locator, lag_ms: int, age_ms: int, dead: bool) -> None:
    senses = speaker.senses(sources=[LIVE], locator=locator)
    gauge = device_of(speaker.city, "water_level")
    senses.take([speaker.reads(gauge, T - 10_000, level=0.1)], T - 10_000)
    senses.take([speaker.reads(gauge, T, level=0.1)], T + lag_ms)
    if dead:
        senses.take([speaker.gateway(_gateway(speaker, gauge), "offline")], T + lag_ms)
    at_ms = T + lag_ms + age_ms
    state = freshness(senses, gauge, at_ms)
    heard_ms = T if lag_ms > 60_000 else T + lag_ms  # a backlog is as old as its own time
    if dead:
        assert state == Freshness.SILENT
    else:
        assert state == (Freshness.FRESH if at_ms - heard_ms <= 60_000 else Freshness.STALE)


def _gateway(speaker: Speaker, device: str) -> str:
    return next(item.gateway for item in speaker.city.devices if item.id == device)


def test_never_heard_is_unknown(senses: Senses, speaker: Speaker) -> None:
    senses.advance(T)
    belief = senses.device(device_of(speaker.city, "bin"))
    assert belief.freshness == Freshness.UNKNOWN
    assert np.isnan(belief.readings[0].value)


def test_a_retained_value_without_a_time_has_no_age_until_a_live_one_comes(senses: Senses, speaker: Speaker) -> None:
    gauge = device_of(speaker.city, "water_level")
    payload = f'[{{"n":"urn:dev:{speaker.city.meta.id}:{gauge}:level","u":"m","v":0.2}}]'.encode()
    topic = f"{NS}/dev/{gauge}/senml"
    senses.take([Message(topic, payload, retained=True)], T)
    assert freshness(senses, gauge, T) == Freshness.UNKNOWN
    assert senses.device(gauge).readings[0].value == 0.2
    senses.take([Message(topic, payload)], T + 1_000)
    assert freshness(senses, gauge, T + 1_000) == Freshness.FRESH


def test_a_retained_value_is_as_old_as_its_own_time(senses: Senses, speaker: Speaker) -> None:
    gauge = device_of(speaker.city, "water_level")
    senses.take([speaker.reads(gauge, T - 61_000, level=0.2)._replace(retained=True)], T)
    assert freshness(senses, gauge, T) == Freshness.STALE


def test_a_declared_delay_is_granted(speaker: Speaker, locator: Locator) -> None:
    slow = Source(name="slow", namespace=NS, provenance=FIELD.provenance, delay_ms=3_600_000)
    senses = speaker.senses(sources=[slow], locator=locator)
    gauge = device_of(speaker.city, "water_level")
    senses.take([speaker.reads(gauge, T - 3_600_000, level=0.2)], T)
    assert freshness(senses, gauge, T + 60_000) == Freshness.FRESH
    assert senses.device(gauge).skewed_ms == 0
    assert freshness(senses, gauge, T + 3_660_001) == Freshness.STALE


def test_a_gateway_that_comes_back_lets_its_devices_be_heard_again(senses: Senses, speaker: Speaker) -> None:
    gauge = device_of(speaker.city, "water_level")
    gateway = _gateway(speaker, gauge)
    senses.take([speaker.reads(gauge, T, level=0.2), speaker.gateway(gateway, "offline")], T)
    assert freshness(senses, gauge, T) == Freshness.SILENT
    assert senses.device(gauge).gateway_silent
    senses.take([speaker.gateway(gateway, "online")], T + 1_000)
    assert freshness(senses, gauge, T + 1_000) == Freshness.FRESH


def test_a_wrong_clock_and_an_empty_battery_are_doubted(senses: Senses, speaker: Speaker) -> None:
    gauge = device_of(speaker.city, "water_level")
    senses.take([speaker.reads(gauge, T - 7_200_000, battery=4.0, level=0.2)], T)
    belief = senses.device(gauge)
    assert belief.readings[0].doubt == Doubt.SKEWED | Doubt.BATTERY
    assert belief.readings[0].observed_ms == T
    assert belief.skewed_ms == 7_200_000
    assert belief.battery_percent == 4.0


def test_a_field_that_falls_behind_stays_fresh_and_loses_nothing_when_it_catches_up(
    senses: Senses, speaker: Speaker
) -> None:
    """At twenty times real time a stall of a few seconds is minutes of city time."""
    gauge = device_of(speaker.city, "water_level")
    for step, lag_s in enumerate([*range(0, 180, 9), 60, 20, 0]):
        now_ms = T + step * 10_000
        senses.take([speaker.reads(gauge, now_ms - lag_s * 1_000, level=0.1)], now_ms)
        assert freshness(senses, gauge, now_ms) == Freshness.FRESH
    assert senses.device(gauge).readings[0].doubt == Doubt.NONE
    assert senses.counts.rejected == {}


def test_a_live_clock_that_creeps_towards_the_truth_is_followed(speaker: Speaker, locator: Locator) -> None:
    senses = speaker.senses(sources=[LIVE], locator=locator)
    gauge = device_of(speaker.city, "water_level")
    for step, lag_s in enumerate([400, 300, 200, 130, 70, 50, 0]):
        now_ms = T + step * 10_000
        senses.take([speaker.reads(gauge, now_ms - lag_s * 1_000, level=0.01 * step)], now_ms)
        assert senses.device(gauge).readings[0].value == pytest.approx(0.01 * step)
    assert senses.counts.rejected == {}
    assert senses.device(gauge).skewed_ms == 0
