"""Vehicles that stand count only where neither light, junction nor stop explains it."""

from __future__ import annotations

import pytest
from speaking import Speaker, T

from twin.city.locate import Locator
from twin.core.words import StationType
from twin.state.conditions import StoppedCondition
from twin.state.senses import Senses

STOPPED = StoppedCondition(id="collision/stopped", dwell_s=30.0, count=2, radius_m=40.0)


@pytest.fixture
def senses(speaker: Speaker, locator: Locator) -> Senses:
    return speaker.senses([STOPPED], locator=locator)


def stand(
    senses: Senses, speaker: Speaker, places: list[float], seconds: int, kind: int = StationType.CAR
) -> list[bool]:
    """Vehicles stand at these offsets of the avenue's first edge (200 m, lights at its end), eastbound."""
    crossed: list[bool] = []
    for second in range(0, seconds + 1, 2):
        at = T + second * 1_000
        cams = [speaker.cam(f"veh_{i}", x, 397.0, at, speed=0.0, kind=kind) for i, x in enumerate(places)]
        senses.take(cams, at)
        senses.advance(at)
        crossed += [crossing.raised for crossing in senses.crossings]
    return crossed


def test_two_that_stand_mid_block_raise(senses: Senses, speaker: Speaker) -> None:
    assert stand(senses, speaker, [60.0, 70.0], 28) == []
    assert stand(senses, speaker, [60.0, 70.0], 40) == [True]
    edge = next(i for i, f in enumerate(speaker.city.roads.feature) if f == "h02")
    assert senses.calm("collision/stopped", f"edge:{edge}", 0, T + 40_000).state == "not_calm"
    at = T + 50_000
    for second in range(5):
        senses.take([speaker.cam(f"veh_{i}", 100.0 + 20 * i + second, 397.0, at, speed=8.0) for i in (0, 1)], at)
        senses.advance(at)
        at += 1_000
        if senses.crossings:
            break
    (cleared,) = senses.crossings
    assert (cleared.raised, cleared.ended, cleared.subject) == (False, "passed", f"edge:{edge}")
    assert senses.calm("collision/stopped", f"edge:{edge}", 60, cleared.city_ms + 60_000).state == "calm"


@pytest.mark.parametrize(
    ("places", "kind"),
    [
        ([185.0, 178.0, 170.0, 162.0, 150.0], StationType.CAR),  # the queue before the lights
        ([60.0], StationType.CAR),  # one is not enough
        ([60.0, 130.0], StationType.CAR),  # not near each other
        ([118.0, 110.0], StationType.BUS),  # at their stop
        ([60.0, 70.0], StationType.SPECIAL),  # crews at work
        ([60.0, 70.0], StationType.PEDESTRIAN),
    ],
)
def test_what_is_explained_raises_nothing(
    senses: Senses, speaker: Speaker, places: list[float], kind: StationType
) -> None:
    assert stand(senses, speaker, places, 60, kind) == []


def test_vehicles_that_vanish_leave_it_undecided(senses: Senses, speaker: Speaker) -> None:
    stand(senses, speaker, [60.0, 70.0], 40)
    for second in range(40, 300, 5):
        senses.advance(T + second * 1_000)
        if senses.crossings:
            break
    (cleared,) = senses.crossings
    assert (cleared.raised, cleared.ended) == (False, "ran_out")
    assert senses.calm("collision/stopped", cleared.subject, 0, cleared.city_ms).state == "undecided"


def test_a_queue_that_moves_off_is_no_obstacle(senses: Senses, speaker: Speaker) -> None:
    """Whoever still stands when the front has gone has been unexplained for a moment only."""
    queue = [185.0, 178.0, 171.0, 164.0, 157.0]
    assert stand(senses, speaker, queue, 90) == []
    for second in range(91, 111):
        at = T + second * 1_000
        cams = [speaker.cam(f"veh_{i}", x, 397.0, at, speed=0.0) for i, x in enumerate(queue) if i >= 3]
        cams += [speaker.cam(f"veh_{i}", 195.0 + i, 397.0, at, speed=9.0) for i in range(3)]
        senses.take(cams, at)
        senses.advance(at)
        assert senses.crossings == ()
