"""Car following against a scalar oracle, and that nobody can run into anybody."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.field import idm

DRIVERS = idm.Drivers(1.3, 2.0, 2.2, 8.0)
speeds = st.floats(0.0, 40.0)
gaps = st.floats(0.5, 500.0)


def oracle(v: float, v0: float, gap: float, leader: float, pull: float) -> float:
    """Treiber et al. 2000, eq. 3, with the field's two bounds on braking."""
    star = 2.0 + max(0.0, v * 1.3 + v * (v - leader) / (2 * math.sqrt(pull * 2.2)))
    free = max(pull * (1 - (v / v0) ** 4), -2.2)
    return max(free - pull * (star / gap) ** 2, -8.0)


@given(speeds, st.floats(1.0, 40.0), gaps, speeds, st.floats(0.5, 3.0))
@settings(max_examples=60)
def test_acceleration_is_the_models(v: float, v0: float, gap: float, leader: float, pull: float) -> None:
    found = idm.acceleration(DRIVERS, *(np.array([value]) for value in (v, v0, gap, leader, pull)))
    assert found[0] == pytest.approx(oracle(v, v0, gap, leader, pull), rel=1e-9, abs=1e-9)


@given(speeds, st.floats(0.0, 60.0), speeds, st.floats(-8.0, 3.0), st.sampled_from([0.1, 0.2, 0.5, 1.0]))
@settings(max_examples=60)
def test_nobody_drives_further_than_the_gap(v: float, gap: float, leader: float, push: float, step_s: float) -> None:
    speed, distance = idm.advance(np.array([v]), np.array([push]), np.array([gap]), np.array([leader]), DRIVERS, step_s)
    assert 0.0 <= distance[0] <= gap
    assert speed[0] >= 0.0


@given(st.floats(0.0, 30.0), st.floats(0.0, 30.0), st.floats(2.0, 60.0), st.sampled_from([0.1, 0.2, 0.5]))
@settings(max_examples=40)
def test_a_follower_stops_behind_a_leader_that_brakes_hard(v: float, lead: float, gap: float, step_s: float) -> None:
    v = min(v, float(idm.safe_speed(DRIVERS, np.array([gap]), np.array([lead]), step_s)[0]))
    mine, ahead, place, other = np.array([v]), lead, 0.0, gap
    for _ in range(round(40 / step_s)):
        space = np.array([other - place])
        push = idm.acceleration(DRIVERS, mine, np.array([30.0]), space, np.array([ahead]), np.array([1.6]))
        mine, moved = idm.advance(mine, push, space, np.array([ahead]), DRIVERS, step_s)
        place += float(moved[0])
        braked = max(0.0, ahead - 6.0 * step_s)
        other += (ahead + braked) / 2 * step_s
        ahead = braked
    assert place <= other
    assert mine[0] < 0.3


def test_free_road_reaches_the_desired_speed() -> None:
    speed = np.zeros(1)
    for _ in range(300):
        push = idm.acceleration(DRIVERS, speed, np.array([13.9]), np.array([np.inf]), np.zeros(1), np.array([1.6]))
        speed, _ = idm.advance(speed, push, np.array([np.inf]), np.zeros(1), DRIVERS, 0.2)
    assert speed[0] == pytest.approx(13.9, abs=0.15)
