"""A DENM raises, is told over, or runs out: three different things."""

from __future__ import annotations

import pytest
from speaking import Speaker, T

from twin.city.locate import Locator
from twin.state.conditions import DenmCondition
from twin.state.senses import Senses

ACCIDENT = DenmCondition(id="collision/denm", causes=(2, 92))


@pytest.fixture
def senses(speaker: Speaker, locator: Locator) -> Senses:
    return speaker.senses([ACCIDENT], locator=locator)


def crossed(senses: Senses) -> list[tuple[bool, str]]:
    return [(crossing.raised, crossing.ended) for crossing in senses.crossings]


def test_an_accident_raises_once_at_its_place(senses: Senses, speaker: Speaker) -> None:
    senses.take([speaker.denm("veh_1", 300.0, 400.0), speaker.denm("veh_1", 300.0, 400.0)], T)
    (crossing,) = senses.crossings
    assert (crossing.condition, crossing.subject, crossing.source) == ("collision/denm", "7/1", "veh_1")
    assert abs(crossing.x_m - 300.0) < 0.02 and abs(crossing.y_m - 400.0) < 0.02
    assert senses.calm("collision/denm", "7/1", 0, T).state == "not_calm"


def test_other_causes_raise_nothing(senses: Senses, speaker: Speaker) -> None:
    senses.take([speaker.denm("veh_1", 300.0, 400.0, cause=7)], T)
    assert senses.crossings == ()


def test_terminated_is_calm_after_a_hold(senses: Senses, speaker: Speaker) -> None:
    senses.take([speaker.denm("veh_1", 300.0, 400.0)], T)
    end = speaker.denm("veh_1", 300.0, 400.0, reference_ms=T + 9_000, time_ms=T + 9_000, terminated="cancelled")
    senses.take([end], T + 9_000)
    assert crossed(senses) == [(False, "terminated")]
    assert senses.calm("collision/denm", "7/1", 30, T + 10_000).state == "holding"
    assert senses.calm("collision/denm", "7/1", 30, T + 39_000).state == "calm"
    senses.take([speaker.denm("veh_1", 300.0, 400.0)], T + 10_000)
    assert senses.crossings == ()  # a late repetition opens nothing again


def test_run_out_is_undecided(senses: Senses, speaker: Speaker) -> None:
    senses.take([speaker.denm("veh_1", 300.0, 400.0, validity_s=60)], T)
    senses.advance(T + 59_999)
    assert crossed(senses) == []
    senses.advance(T + 60_000)
    assert crossed(senses) == [(False, "ran_out")]
    assert senses.calm("collision/denm", "7/1", 0, T + 61_000).state == "undecided"


def test_an_update_prolongs(senses: Senses, speaker: Speaker) -> None:
    senses.take([speaker.denm("veh_1", 300.0, 400.0)], T)
    later = speaker.denm("veh_1", 300.0, 400.0, detection_ms=T + 50_000, reference_ms=T + 50_000, time_ms=T + 50_000)
    senses.take([later], T + 50_000)
    senses.advance(T + 100_000)
    assert crossed(senses) == []
    senses.advance(T + 110_000)
    assert crossed(senses) == [(False, "ran_out")]


def test_a_foreign_clock_does_not_end_a_warning_early(senses: Senses, speaker: Speaker) -> None:
    old = T - 86_400_000
    senses.take([speaker.denm("veh_1", 300.0, 400.0, detection_ms=old, reference_ms=old, time_ms=old)], T)
    assert crossed(senses) == [(True, "")]
    assert senses.crossings[0].observed_ms == T
