"""Hysteresis, dwell and rounds hold for any course of values, against the same rules written one by one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from speaking import Speaker, T, device_of

from twin.state.conditions import SensorCondition, SlowCondition
from twin.state.dwell import Dwell

COURSE = st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.2, 0.3, 0.4]), st.integers(1, 20)), min_size=1, max_size=40)
UP, DOWN = 20.0, 30.0


@dataclass
class Plain:
    """One subject, step by step."""

    active: bool = False
    beyond: int = -1
    calm: int = -1

    def step(self, beyond: bool, calm: bool, now_ms: int) -> bool | None:
        self.beyond = (now_ms if self.beyond < 0 else self.beyond) if beyond else -1
        self.calm = (now_ms if self.calm < 0 else self.calm) if calm else -1
        if not self.active and self.beyond >= 0 and now_ms - self.beyond >= UP * 1000:
            self.active = True
            return True
        if self.active and self.calm >= 0 and now_ms - self.calm >= DOWN * 1000:
            self.active = False
            return False
        return None


@given(st.lists(COURSE, min_size=1, max_size=4))
def test_dwell_as_columns_equals_dwell_one_by_one(courses: list[list[tuple[float, int]]]) -> None:
    condition = SlowCondition(id="a/b", place_kinds=("x",), dwell_s=UP, clear_dwell_s=DOWN)
    dwell = Dwell([condition], [(0, f"place:{n}") for n in range(len(courses))])
    plain = [Plain() for _ in courses]
    for number in range(max(map(len, courses))):
        now_ms = T + number * 7_000
        value = np.array([course[min(number, len(course) - 1)][0] for course in courses])
        rises, falls = dwell.step(value > 0.25, value <= 0.15, now_ms)
        wanted = [one.step(v > 0.25, v <= 0.15, now_ms) for one, v in zip(plain, value.tolist(), strict=True)]
        assert rises.tolist() == [n for n, what in enumerate(wanted) if what is True]
        assert falls.tolist() == [n for n, what in enumerate(wanted) if what is False]
        memory = Dwell([condition], [(0, f"place:{n}") for n in range(len(courses))])
        memory.load(dwell.state())
        assert memory.active.tolist() == dwell.active.tolist() and memory.calm_ms.tolist() == dwell.calm_ms.tolist()


@settings(max_examples=40)
@given(COURSE, st.integers(1, 6))
def test_grouping_messages_into_turns_loses_no_crossing(
    grid_speaker: Speaker, course: list[tuple[float, int]], group: int
) -> None:
    """Raised and cleared alternate, begin with raised, and are the same however many messages a turn takes in."""
    device = device_of(grid_speaker.city, "water_level")
    condition = SensorCondition(
        id="flood/level", device_kind="water_level", quantity="level", op=">", threshold=0.25, clear=0.15
    )
    times = np.cumsum([step for _, step in course]).tolist()
    readings = [
        grid_speaker.reads(device, T + 1000 * at, level=value + at * 1e-6)
        for (value, _), at in zip(course, times, strict=True)
    ]

    def crossed(size: int) -> list[bool]:
        senses = grid_speaker.senses([condition])
        found: list[bool] = []
        for first in range(0, len(readings), size):
            last = min(first + size, len(readings)) - 1
            senses.take(readings[first : first + size], T + 1000 * times[last])
            found += [crossing.raised for crossing in senses.crossings]
        return found

    one_by_one = crossed(1)
    assert crossed(group) == one_by_one
    assert one_by_one == [n % 2 == 0 for n in range(len(one_by_one))]
