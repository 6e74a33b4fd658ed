"""A DENM raises, is told over, or runs out: three different things."""

from __future__ import annotations

import pytest
from speaking import Speaker, T

from twin.city.locate import Locator
from twin.state.conditions import DenmCondition
from twin.state.senses import Senses
from twin.state.warnings import OF_ONE, REMEMBERED_MS

ACCIDENT = DenmCondition(id="collision/denm", causes=(2, 92))


@pytest.fixture
def senses(speaker: Speaker, locator: Locator) -> Senses:
    return speaker.senses([ACCIDENT], locator=locator)


def crossed(senses: Senses) -> list[tuple[bool, str]]:
    return [(crossing.raised, crossing.ended) for crossing in senses.crossings]


def test_an_accident_raises_once_at_its_place(senses: Senses, speaker: Speaker) -> None:
    senses.take([speaker.denm("veh_1", 300.0, 400.0), speaker.denm("veh_1", 300.0, 400.0)], T)
    (crossing,) = senses.crossings
    assert (crossing.condition, crossing.subject, crossing.source) == ("collision/denm", "veh_1/7/1", "veh_1")
    assert abs(crossing.x_m - 300.0) < 0.02 and abs(crossing.y_m - 400.0) < 0.02
    assert senses.calm("collision/denm", "veh_1/7/1", 0, T).state == "not_calm"


def test_other_causes_raise_nothing(senses: Senses, speaker: Speaker) -> None:
    senses.take([speaker.denm("veh_1", 300.0, 400.0, cause=7)], T)
    assert senses.crossings == ()


def test_terminated_is_calm_after_a_hold(senses: Senses, speaker: Speaker) -> None:
    senses.take([speaker.denm("veh_1", 300.0, 400.0)], T)
    end = speaker.denm("veh_1", 300.0, 400.0, reference_ms=T + 9_000, time_ms=T + 9_000, terminated="cancelled")
    senses.take([end], T + 9_000)
    assert crossed(senses) == [(False, "terminated")]
    assert senses.calm("collision/denm", "veh_1/7/1", 30, T + 10_000).state == "holding"
    assert senses.calm("collision/denm", "veh_1/7/1", 30, T + 39_000).state == "calm"
    senses.take([speaker.denm("veh_1", 300.0, 400.0)], T + 10_000)
    assert senses.crossings == ()  # a late repetition opens nothing again


def test_run_out_is_undecided(senses: Senses, speaker: Speaker) -> None:
    senses.take([speaker.denm("veh_1", 300.0, 400.0, validity_s=60)], T)
    senses.advance(T + 59_999)
    assert crossed(senses) == []
    senses.advance(T + 60_000)
    assert crossed(senses) == [(False, "ran_out")]
    assert senses.calm("collision/denm", "veh_1/7/1", 0, T + 61_000).state == "undecided"


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


def test_nobody_ends_or_takes_over_the_warning_of_another(senses: Senses, speaker: Speaker) -> None:
    senses.take([speaker.denm("veh_1", 300.0, 400.0)], T)
    later = {"reference_ms": T + 1_000, "time_ms": T + 1_000}
    senses.take([speaker.denm("veh_2", 500.0, 400.0, terminated="cancelled", **later)], T + 1_000)
    assert crossed(senses) == []
    assert senses.calm("collision/denm", "veh_1/7/1", 0, T + 2_000).state == "not_calm"


def test_a_flood_of_warnings_is_refused_past_what_one_source_may_know(senses: Senses, speaker: Speaker) -> None:
    flood = [speaker.denm("veh_1", 300.0, 400.0, sequence=number) for number in range(OF_ONE + 10)]
    senses.take([*flood, *flood[:5]], T)
    assert len(senses.crossings) == OF_ONE
    assert senses.counts.rejected == {"too_many": 10}
    senses.restore(senses.snapshot())
    senses.take([flood[0], speaker.denm("veh_1", 300.0, 400.0, sequence=900)], T + 1)
    assert senses.counts.rejected == {"too_many": 11}
    senses.take([speaker.denm("veh_2", 300.0, 400.0)], T + 2)
    assert [crossing.source for crossing in senses.crossings] == ["veh_2"]
    for at in (T + 60_000, T + 60_000 + REMEMBERED_MS + 1):  # run out, then forgotten: there is room again
        senses.advance(at)
    late = {"detection_ms": T + 700_000, "reference_ms": T + 700_000, "time_ms": T + 700_000}
    senses.take([speaker.denm("veh_1", 300.0, 400.0, sequence=901, **late)], T + 700_000)
    assert crossed(senses) == [(True, "")]


def test_words_that_leave_nothing_behind_take_no_room(senses: Senses, speaker: Speaker) -> None:
    over = [speaker.denm("veh_1", 300.0, 400.0, sequence=number, validity_s=0) for number in range(3 * OF_ONE)]
    for denm in over:
        senses.take([denm], T + 1_000)
    assert senses.counts.rejected == {}
