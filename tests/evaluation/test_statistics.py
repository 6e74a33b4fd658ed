"""Intervals, paired differences and break-evens on figures whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.evaluation.statistics import Difference, break_even, difference, interval, rounded

OF = ("scene", "siloed")
FIGURES = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=25)


def compare(first: list[float | None], second: list[float | None], sign: float = 1.0) -> Difference:
    return difference("test", first, second, sign, OF)


def test_an_interval_covers_a_known_mean_about_as_often_as_it_says() -> None:
    """300 samples of 20 from a normal distribution around 5: nominal 95 %; at this size the percentile bootstrap is
    known to reach a little less."""
    chance = np.random.default_rng(11)
    covered = 0
    for trial in range(300):
        found = interval(f"trial {trial}", [float(value) for value in chance.normal(5.0, 2.0, 20)])
        assert found.low is not None and found.high is not None
        covered += found.low <= 5.0 <= found.high
    assert 0.89 <= covered / 300 <= 0.98


@given(FIGURES)
def test_an_interval_holds_its_mean_and_lies_within_the_figures(values: list[float]) -> None:
    found = interval("any", values)
    assert found.mean is not None and found.low is not None and found.high is not None
    slack = 1e-5 * max(abs(value) for value in values) + 1e-9
    assert min(values) - slack <= found.low <= found.mean + slack
    assert found.mean - slack <= found.high <= max(values) + slack


def test_the_same_figures_give_the_same_interval_and_another_name_other_draws() -> None:
    values = [float(value) for value in np.random.default_rng(3).normal(0, 1, 12)]
    assert interval("delay", values) == interval("delay", values)
    assert interval("delay", values) != interval("hops", values)


@pytest.mark.parametrize(("sign", "better"), [(1.0, "scene"), (-1.0, "siloed")])
def test_better_follows_the_measures_direction(sign: float, better: str) -> None:
    siloed = [10.0, 12.0, 9.0, 11.0, 14.0, 10.5]
    scene = [value + 3.0 + 0.1 * index for index, value in enumerate(siloed)]
    found = compare([*scene], [*siloed], sign)
    assert found.better == better
    assert found.mean == pytest.approx(3.25)
    assert (found.won, found.lost) == ((6, 0) if sign > 0 else (0, 6))
    assert found.effect is not None and found.effect_low is not None and found.effect_high is not None
    assert (found.effect > 0) == (sign > 0) and found.effect_low <= found.effect <= found.effect_high


def test_an_interval_around_zero_tells_nothing() -> None:
    found = compare([1.0, -1.2, 0.9, -1.1, 1.3, -0.8], [0.0] * 6)
    assert found.better == "unclear"
    assert found.low is not None and found.high is not None and found.low < 0 < found.high


def test_pairs_with_nothing_to_measure_are_left_out_and_counted() -> None:
    found = compare([1.0, None, 3.0, 4.0], [0.0, 0.0, None, 2.0])
    assert (found.pairs, found.left_out, found.mean) == (2, 2, 1.5)


def test_where_nothing_was_measured_nothing_is_said() -> None:
    found = compare([None, None], [1.0, None])
    assert (found.mean, found.low, found.high, found.pairs, found.left_out) == (None, None, None, 0, 2)
    assert found.better == "unclear"
    assert interval("none", [None]).mean is None


def test_differences_that_are_all_equal_have_no_spread_but_a_sign() -> None:
    found = compare([3.0] * 8, [1.0] * 8)
    assert (found.mean, found.low, found.high, found.effect, found.better) == (2.0, 2.0, 2.0, None, "scene")
    assert compare([1.0] * 8, [1.0] * 8).better == "same"


def test_one_seed_has_a_mean_and_no_interval() -> None:
    found = compare([3.0], [1.0])
    assert (found.mean, found.low, found.high, found.better) == (2.0, None, None, "unclear")


def test_five_pairs_that_agree_conclude_nothing_and_six_do() -> None:
    assert compare([2.0, 3.0, 2.5, 2.2, 2.7], [0.0] * 5).better == "unclear"
    assert compare([2.0, 3.0, 2.5, 2.2, 2.7, 2.1], [0.0] * 6).better == "scene"


def test_seeds_that_do_not_pair_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        compare([1.0, 2.0], [1.0])


@pytest.mark.parametrize(
    ("points", "factor"),
    [
        ([(0.5, -1.0), (1.0, 1.0), (2.0, 3.0)], 2**-0.5),  # half-way in log between half and one
        ([(2.0, -1.0), (0.5, 2.0), (1.0, 1.0)], 2**0.5),  # whatever the order
        ([(0.5, 1.0), (1.0, 2.0), (2.0, 3.0)], None),
        ([(0.5, 1.0), (1.0, 0.0), (2.0, 3.0)], 1.0),
        ([(0.5, -9.0), (1.0, 1.0), (2.0, -1.0)], 2**-0.1),  # the nearer one of two
        ([(1.0, 2.0)], None),
    ],
)
def test_break_even_is_where_the_difference_changes_sign(
    points: list[tuple[float, float]], factor: float | None
) -> None:
    found = break_even(points)
    assert found == (None if factor is None else pytest.approx(factor, rel=1e-5))


def test_rounding_keeps_six_digits_and_no_negative_nought() -> None:
    assert rounded(1234567.8) == 1234570.0
    assert str(rounded(-0.0)) == "0.0"
