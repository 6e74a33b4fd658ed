"""How long something has held at each of several places: hysteresis and dwell, as columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]
Mask = NDArray[np.bool_]

_MEMORY: Final = ("active", "beyond_ms", "calm_ms")


class Dwelling(Protocol):
    """A condition with a dwell of its own."""

    @property
    def id(self) -> str: ...

    @property
    def dwell_s(self) -> float: ...

    @property
    def clear_dwell_s(self) -> float: ...


class Dwell:
    """P pairs of (condition, subject). ``beyond_ms`` and ``calm_ms`` say since when a pair has been beyond or calm
    without a break (-1: it is not); ``quiet`` pairs, whose scene rests, do neither."""

    def __init__(self, conditions: Sequence[Dwelling], pairs: Sequence[tuple[int, str]]) -> None:
        self.conditions = tuple(conditions)
        self.condition = np.array([index for index, _ in pairs], np.int64)
        self.subject = tuple(subject for _, subject in pairs)
        self._dwell_ms = np.array([conditions[index].dwell_s * 1000 for index, _ in pairs], np.float64)
        self._clear_ms = np.array([conditions[index].clear_dwell_s * 1000 for index, _ in pairs], np.float64)
        self.active = np.zeros(len(pairs), np.bool_)
        self.beyond_ms = np.full(len(pairs), -1, np.int64)
        self.calm_ms = np.full(len(pairs), -1, np.int64)
        self.quiet = np.zeros(len(pairs), np.bool_)
        self.pair_of = {(conditions[index].id, subject): pair for pair, (index, subject) in enumerate(pairs)}

    def __len__(self) -> int:
        return len(self.condition)

    def step(self, beyond: Mask, calm: Mask, now_ms: int) -> tuple[Indices, Indices]:
        """The pairs that begin and cease to hold, by what is true of each of them now."""
        self.beyond_ms = self._since(self.beyond_ms, beyond & ~self.quiet, now_ms)
        self.calm_ms = self._since(self.calm_ms, calm & ~self.quiet, now_ms)
        rises = ~self.active & (self.beyond_ms >= 0) & (now_ms - self.beyond_ms >= self._dwell_ms)
        falls = self.active & (self.calm_ms >= 0) & (now_ms - self.calm_ms >= self._clear_ms)
        self.active ^= rises | falls
        return np.flatnonzero(rises), np.flatnonzero(falls)

    @staticmethod
    def _since(since: Indices, holds: Mask, now_ms: int) -> Indices:
        return np.where(holds, np.where(since < 0, now_ms, since), -1)

    def rest(self, scenes: frozenset[str]) -> None:
        """Of these scenes nothing is noticed from now on, and what held is forgotten."""
        of = [condition.id.partition("/")[0] in scenes for condition in self.conditions]
        self.quiet = np.array(of, np.bool_)[self.condition] if of else self.quiet
        self.active[self.quiet] = False
        self.beyond_ms[self.quiet] = self.calm_ms[self.quiet] = -1

    def shift(self, gap_ms: int) -> None:
        """The twin was down for so long: it counts for no dwell."""
        self.beyond_ms[self.beyond_ms >= 0] += gap_ms
        self.calm_ms[self.calm_ms >= 0] += gap_ms

    def state(self) -> list[Any]:
        """Memory by condition, each with its own text, so that only an unchanged condition finds its memory again."""
        memory: list[Any] = []
        for index, condition in enumerate(self.conditions):
            pairs = np.flatnonzero(self.condition == index)
            subjects = [self.subject[pair] for pair in pairs.tolist()]
            memory.append([msgspec.json.encode(condition), subjects, *(getattr(self, name)[pairs] for name in _MEMORY)])
        return memory

    def load(self, memory: list[Any]) -> None:
        known = {msgspec.json.encode(condition): condition.id for condition in self.conditions}
        for text, subjects, *columns in memory:
            if text not in known:
                continue
            found = np.array([self.pair_of.get((known[text], subject), -1) for subject in subjects], np.int64)
            for name, column in zip(_MEMORY, columns, strict=True):
                getattr(self, name)[found[found >= 0]] = column[found >= 0]
