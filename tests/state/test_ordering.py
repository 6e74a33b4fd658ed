"""Rounds lose nothing and keep order; clocks are corrected once and set right again."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.state.ordering import SKEW_MS, SenderClocks, pack_rounds, rounds


@given(st.lists(st.integers(0, 5), max_size=80))
@settings(max_examples=60, deadline=None)
def test_rounds_hold_each_slot_once_and_keep_its_order(slots: list[int]) -> None:
    column = np.array(slots, np.int32)
    parts = [part.tolist() for part in rounds(column)]
    assert sorted(row for part in parts for row in part) == list(range(len(slots)))
    for part in parts:
        assert len({slots[row] for row in part}) == len(part)
    for slot in set(slots):
        seen = [row for part in parts for row in part if slots[row] == slot]
        assert seen == sorted(seen)


@given(st.lists(st.tuples(st.integers(0, 3), st.lists(st.integers(0, 2), min_size=1, max_size=4)), max_size=30))
@settings(max_examples=60, deadline=None)
def test_pack_rounds_keep_a_device_to_one_message(packs: list[tuple[int, list[int]]]) -> None:
    rows = [(device, message, device * 3 + part) for message, (device, parts) in enumerate(packs) for part in parts]
    table = np.array(rows, np.int64).reshape(-1, 3)
    device, message, slot = table[:, 0].astype(np.int32), table[:, 1], table[:, 2].astype(np.int32)
    order: list[int] = []
    for part in pack_rounds(device, message, slot):
        assert len(set(slot[part].tolist())) == len(part)
        for one in set(device[part].tolist()):
            assert len(set(message[part][device[part] == one].tolist())) == 1
        order += part.tolist()
    assert sorted(order) == list(range(len(rows)))
    for one in set(slot.tolist()):
        seen = [row for row in order if slot[row] == one]
        assert seen == sorted(seen)


SLACK = np.array([SKEW_MS])


def _correct(clocks: SenderClocks, observed: int, due: int) -> int:
    return int(clocks.correct(np.array([0], np.int32), np.array([observed]), np.array([due]), SLACK)[0][0])


def test_a_clock_off_by_more_than_a_minute_is_shifted_by_its_first_offset() -> None:
    clocks = SenderClocks(1)
    assert _correct(clocks, 0, 3_600_000) == 3_600_000
    assert clocks.skewed[0]
    assert _correct(clocks, 10_000, 3_611_500) == 3_610_000  # by the first offset, not by this one
    assert _correct(clocks, 3_620_000, 3_621_000) == 3_620_000  # set right
    assert not clocks.skewed[0]


def test_a_message_from_the_past_of_a_good_clock_is_no_reason_to_shift() -> None:
    clocks = SenderClocks(1)
    assert _correct(clocks, 1_000_000, 1_000_500) == 1_000_000
    assert _correct(clocks, 500_000, 1_001_000) == 500_000
    assert not clocks.skewed[0]


def test_a_leap_into_the_future_is_measured_anew() -> None:
    clocks = SenderClocks(1)
    _correct(clocks, 1_000_000, 1_000_000)
    assert _correct(clocks, 9_000_000, 1_001_000) == 1_001_000
    assert clocks.skewed[0]


@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from([0, 500, SKEW_MS + 5, -SKEW_MS - 5, 900_000]), st.booleans()),
        max_size=30,
    )
)
@settings(max_examples=60, deadline=None)
def test_correction_does_not_depend_on_grouping(rows: list[tuple[int, int, bool]]) -> None:
    sender = np.array([row[0] for row in rows], np.int32)
    due = np.full(len(rows), 10_000_000, np.int64)
    observed = due - np.array([row[1] for row in rows], np.int64)
    retained = np.array([row[2] for row in rows], np.bool_)
    together, apart = SenderClocks(3), SenderClocks(3)
    expected = [
        int(apart.correct(sender[i : i + 1], observed[i : i + 1], due[i : i + 1], SLACK, retained[i : i + 1])[0][0])
        for i in range(len(rows))
    ]
    assert together.correct(sender, observed, due, np.full(len(rows), SKEW_MS), retained)[0].tolist() == expected
    assert together.offset_ms.tolist() == apart.offset_ms.tolist()
