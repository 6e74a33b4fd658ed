"""Arrival order: rounds, so that grouping never loses a value, and each sender's clock against the city's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]
Times = NDArray[np.int64]
Mask = NDArray[np.bool_]

SKEW_MS = 60_000
"""A sender off by more is marked skewed; a message older than its arrival by more is a backlog."""
SIMULATED_SKEW_MS = 1_200_000
"""The same for a simulated field: its clock is ours, and at twenty times real time a stall of a second is no error."""
LATE_MS = 5_000
"""A value older than the newest by more is counted as late; a newer one always wins."""

_FEW: Final = 32
SHIFTED: Final = 1
SET: Final = 2


def rounds(slot: NDArray[np.int32]) -> Iterator[Indices]:
    """Row numbers in rounds: each slot at most once a round, rows of one slot in arrival order.

    Applying round after round equals applying row after row, for rules that look at one slot at a time.
    """
    yield from _by_rank(_occurrence(slot))


def pack_rounds(device: NDArray[np.int32], message: Indices, slot: NDArray[np.int32]) -> Iterator[Indices]:
    """Rounds in which each device has at most one message, so that quantities which belong together arrive together.

    ``message`` rises along the rows. A pack that gives one slot several values spreads over as many rounds.
    """
    if len(device) == 0:
        return
    if len(device) <= _FEW:
        yield from _few_pack_rounds(device.tolist(), message.tolist(), slot.tolist())
        return
    pack = message * (int(device.max()) + 1) + device
    _, first, of_row = np.unique(pack, return_index=True, return_inverse=True)
    nth = _occurrence(device[first])[of_row]
    again = _occurrence(message * (int(slot.max()) + 1) + slot)
    yield from _by_rank(nth * (int(again.max()) + 1) + again)


def _few_pack_rounds(device: list[int], message: list[int], slot: list[int]) -> Iterator[Indices]:
    """The same for a handful of rows, where arrays cost more than they save."""
    rank: list[tuple[int, int]] = []
    packs: dict[int, tuple[int, int]] = {}  # device → its latest message and how many it had before
    values: dict[tuple[int, int], int] = {}
    for one, number, place in zip(device, message, slot, strict=True):
        latest, nth = packs.get(one, (number, 0))
        packs[one] = latest, nth = (number, nth + (latest != number))
        again = values[number, place] = values.get((number, place), -1) + 1
        rank.append((nth, again))
    for wanted in sorted(set(rank)):
        yield np.array([row for row, its in enumerate(rank) if its == wanted], np.int64)


def _occurrence(key: NDArray[np.int32] | Indices) -> Indices:
    """How many earlier rows have the same key."""
    count = len(key)
    if count <= _FEW:
        seen: dict[int, int] = {}
        ranks = []
        for one in key.tolist():
            ranks.append(seen.get(one, 0))
            seen[one] = ranks[-1] + 1
        return np.array(ranks, np.int64)
    order = np.argsort(key, kind="stable")
    grouped = key[order]
    begin = np.flatnonzero(np.concatenate(([True], grouped[1:] != grouped[:-1])))
    rank = np.empty(count, np.int64)
    rank[order] = np.arange(count) - np.repeat(begin, np.diff(np.append(begin, count)))
    return rank


def _by_rank(rank: Indices) -> Iterator[Indices]:
    if len(rank) == 0:
        return
    if not rank.any():
        yield np.arange(len(rank))
        return
    order = np.argsort(rank, kind="stable")
    yield from np.split(order, np.flatnonzero(np.diff(rank[order])) + 1)


class SenderClocks:
    """How far each sender's clock is from city time. A sender off by more than its source's slack at its first message
    is shifted by that first offset until its clock is set right; one that leaps ahead is measured anew."""

    def __init__(self, senders: int) -> None:
        self.offset_ms = np.zeros(senders, np.int64)
        self.known = np.zeros(senders, np.bool_)
        self.skewed = np.zeros(senders, np.bool_)

    def grow(self, senders: int) -> None:
        extra = senders - len(self.known)
        self.offset_ms = np.append(self.offset_ms, np.zeros(extra, np.int64))
        self.known = np.append(self.known, np.zeros(extra, np.bool_))
        self.skewed = np.append(self.skewed, np.zeros(extra, np.bool_))

    def forget(self, senders: Indices | NDArray[np.int32]) -> None:
        self.known[senders] = False
        self.skewed[senders] = False
        self.offset_ms[senders] = 0

    def correct(
        self,
        sender: NDArray[np.int32],
        observed_ms: Times,
        due_ms: Times,
        slack_ms: Times,
        retained: Mask | None = None,
    ) -> tuple[Times, NDArray[np.uint8]]:
        """City times of observation, and a judgement a row: 0 for a right clock, SHIFTED for a wrong one, SET where it
        has just been measured anew or set right, so that its earlier times do not count against it.

        ``due_ms`` is when each row should have been observed (received less the declared delay). Rows without a time
        (-1) and retained ones are no evidence of a clock.
        """
        lag = due_ms - observed_ms
        suspect = (lag > slack_ms) | (lag < -slack_ms) | self.skewed[sender]
        live = observed_ms >= 0
        if retained is not None:
            live &= ~retained
        if not suspect.any():
            self.known[sender[live]] = True
            return observed_ms, np.zeros(len(sender), np.uint8)
        corrected, judgement = observed_ms.copy(), np.zeros(len(sender), np.uint8)
        concerned = np.zeros(len(self.known), np.bool_)
        concerned[sender[suspect]] = True
        for row in np.flatnonzero(concerned[sender]).tolist():
            one, observed, due, slack = int(sender[row]), int(observed_ms[row]), int(due_ms[row]), int(slack_ms[row])
            if live[row]:
                before = int(self.offset_ms[one])
                corrected[row] = self._correct_one(one, observed, due, slack)
                judgement[row] = SET if self.offset_ms[one] != before else 0
            elif observed >= 0:
                shifted = observed + int(self.offset_ms[one])
                corrected[row] = due if shifted > due + slack else shifted
            if self.skewed[one]:
                judgement[row] |= SHIFTED
        self.known[sender[live]] = True
        return corrected, judgement

    def _correct_one(self, sender: int, observed_ms: int, due_ms: int, slack_ms: int) -> int:
        off = due_ms - observed_ms
        if abs(off) <= slack_ms:
            self.skewed[sender], self.offset_ms[sender] = False, 0
        elif not self.known[sender] or observed_ms + int(self.offset_ms[sender]) > due_ms + slack_ms:
            self.skewed[sender], self.offset_ms[sender] = True, off
        self.known[sender] = True
        return observed_ms + int(self.offset_ms[sender])
