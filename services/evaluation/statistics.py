"""Means and paired differences with bootstrap intervals: the same figures give the same interval, bit by bit.

The interval is the percentile bootstrap over seeds (B. Efron, R. J. Tibshirani, *An Introduction to the Bootstrap*,
Chapman & Hall 1993, ch. 13): seeds are drawn again with replacement, pairs staying together.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import pairwise

import msgspec
import numpy as np
from numpy.typing import NDArray

RESAMPLES = 10_000
CONFIDENCE = 0.95
FEWEST_PAIRS = 6
"""With five pairs, all of them pointing one way happens by chance in one case of sixteen: nothing is concluded."""
_FIXED = 20260615

SAME, UNCLEAR = "same", "unclear"


class Interval(msgspec.Struct, frozen=True, kw_only=True):
    """A mean over ``seeds`` seeds with its 95 % interval; None where there was nothing to measure, or where one seed
    alone gives no interval."""

    mean: float | None
    low: float | None
    high: float | None
    seeds: int


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A mean of paired differences with its 95 % interval, over ``pairs`` pairs; ``left_out`` pairs had nothing to
    measure on one side. ``better`` names the one of the two that is better, or is ``same`` or ``unclear``; ``won`` and
    ``lost`` count the pairs in which the first was better or worse; ``effect`` is the mean in standard deviations of
    the differences (Cohen's d of pairs), above 0 where it is better, None where the differences do not differ."""

    mean: float | None
    low: float | None
    high: float | None
    pairs: int
    left_out: int
    better: str
    won: int
    lost: int
    effect: float | None
    effect_low: float | None
    effect_high: float | None


def rounded(value: float, digits: int = 6) -> float:
    """So many significant digits: what is written is the same on every processor."""
    return float(f"{value:.{digits}g}") + 0.0  # no negative nought


def interval(name: str, values: Sequence[float | None]) -> Interval:
    """Mean and interval of one figure over seeds, those without anything to measure left out."""
    seen = np.array([value for value in values if value is not None], dtype=np.float64)
    if not len(seen):
        return Interval(mean=None, low=None, high=None, seeds=0)
    low, high = _bounds(name, seen)
    return Interval(mean=rounded(float(seen.mean())), low=low, high=high, seeds=len(seen))


def difference(
    name: str, first: Sequence[float | None], second: Sequence[float | None], sign: float, of: tuple[str, str]
) -> Difference:
    """``first`` − ``second``, pair by pair (both in the order of the same seeds). ``sign`` is 1 where more is better,
    −1 where less is; ``of`` names the two."""
    pairs = [(a, b) for a, b in zip(first, second, strict=True) if a is not None and b is not None]
    left_out = len(first) - len(pairs)
    if not pairs:
        return Difference(
            mean=None, low=None, high=None, pairs=0, left_out=left_out, better=UNCLEAR, won=0, lost=0, effect=None,
            effect_low=None, effect_high=None,
        )  # fmt: skip
    both = np.array(pairs, dtype=np.float64)
    deltas = both[:, 0] - both[:, 1]
    low, high = _bounds(name, deltas)
    mean = rounded(float(deltas.mean()))
    spread = float(deltas.std(ddof=1)) if len(deltas) > 1 else 0.0
    scaled = [_scaled(value, sign, spread) for value in (mean, low, high)]
    return Difference(
        mean=mean, low=low, high=high, pairs=len(pairs), left_out=left_out,
        better=_better(low, high, len(pairs), sign, of),
        won=int((deltas * sign > 0).sum()), lost=int((deltas * sign < 0).sum()), effect=scaled[0],
        effect_low=scaled[1] if sign > 0 else scaled[2], effect_high=scaled[2] if sign > 0 else scaled[1],
    )  # fmt: skip


def _scaled(value: float | None, sign: float, spread: float) -> float | None:
    return None if value is None or spread <= 1e-12 else rounded(sign * value / spread)


def _better(low: float | None, high: float | None, pairs: int, sign: float, of: tuple[str, str]) -> str:
    """What can be said: nothing from few pairs, nor where the interval holds 0."""
    if low is None or high is None or pairs < FEWEST_PAIRS:
        return UNCLEAR
    if low == high == 0.0:
        return SAME
    if low > 0.0 or high < 0.0:
        return of[0] if low * sign > 0.0 else of[1]
    return UNCLEAR


def _bounds(name: str, values: NDArray[np.float64]) -> tuple[float | None, float | None]:
    """The interval's ends; (None, None) for fewer than two values."""
    if len(values) < 2:
        return None, None
    seed = int.from_bytes(hashlib.sha256(f"{_FIXED}:{name}".encode()).digest()[:16], "big")
    drawn = np.random.default_rng(seed).integers(0, len(values), size=(RESAMPLES, len(values)))
    outside = 100.0 * (1.0 - CONFIDENCE) / 2.0
    low, high = np.percentile(values[drawn].mean(axis=1), (outside, 100.0 - outside))
    return rounded(float(low)), rounded(float(high))


def break_even(points: Sequence[tuple[float, float]]) -> float | None:
    """The factor at which a difference changes sign, by straight lines between (log factor, difference); the one
    nearest to 1 where there are several, None where there is none. ``points``: (factor, difference), any order."""
    ordered = [(float(np.log(factor)), delta) for factor, delta in sorted(points)]
    found = [at for at, delta in ordered if delta == 0.0]
    for (at, delta), (then, after) in pairwise(ordered):
        if delta * after < 0.0:
            found.append(at + (then - at) * delta / (delta - after))
    return rounded(float(np.exp(min(found, key=lambda at: (abs(at), at))))) if found else None
