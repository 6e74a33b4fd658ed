"""Traffic lights: fixed-time plans with amber and all-red, offsets, and priority for emergency vehicles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.city.model import Intersection
from twin.core.words import LightState

Bytes = NDArray[np.uint8]
Longs = NDArray[np.int64]

UNCONTROLLED = 255
UNKNOWN_MS = -1
"""The end of a state that nobody knows."""


@dataclass(frozen=True, slots=True)
class GroupState:
    """One signal group as SPATEM says it: its state, and the earliest and latest moment at which that ends."""

    group: int
    state: LightState
    min_end_ms: int
    max_end_ms: int


@dataclass(frozen=True, slots=True)
class _Plan:
    """One controller's cycle cut into segments of constant states."""

    begins_ms: Longs  # (S,) first 0
    cycle_ms: int
    states: Bytes  # (S, G)
    greens: NDArray[np.bool_]  # (S,) whether the segment is a phase's green
    numbers: tuple[int, ...]  # group numbers, in the columns' order
    changes: tuple[
        tuple[tuple[LightState, int], ...], ...
    ]  # by segment and column: state, and when in the cycle it ends


def _plan(intersection: Intersection) -> _Plan:
    numbers = tuple(group.number for group in intersection.groups)
    begins, rows, greens, now = [], [], [], 0
    phases = intersection.phases
    for index, (open_groups, green_s, amber_s, red_s) in enumerate(phases):
        following = phases[(index + 1) % len(phases)][0] if len(phases) > 1 else open_groups
        for length_s, ending in ((green_s, LightState.GREEN), (amber_s, LightState.CLEARANCE), (red_s, LightState.RED)):
            if length_s <= 0:
                continue
            begins.append(now)
            greens.append(ending is LightState.GREEN)
            rows.append([_state(number, open_groups, following, ending) for number in numbers])
            now += round(length_s * 1000)
    changes = tuple(
        tuple((LightState(state), _change(rows, begins, segment, column)) for column, state in enumerate(row))
        for segment, row in enumerate(rows)
    )
    return _Plan(
        np.array(begins, np.int64), max(now, 1), np.array(rows, np.uint8).reshape(len(begins), len(numbers)),
        np.array(greens, np.bool_), numbers, changes,
    )  # fmt: skip


def _change(rows: list[list[int]], begins: list[int], segment: int, column: int) -> int:
    """When in the cycle a group's state of a segment gives way to another; never (-1) where it is the only one."""
    for ahead in range(1, len(rows) + 1):
        index = (segment + ahead) % len(rows)
        if rows[index][column] != rows[segment][column]:
            return begins[index]
    return -1


def _state(number: int, open_groups: tuple[int, ...], following: tuple[int, ...], ending: LightState) -> int:
    if number not in open_groups:
        return int(LightState.RED)
    return int(LightState.GREEN if number in following and ending is not LightState.GREEN else ending)


class Lights:
    """All controllers of a city. ``edge_state`` is the light that each edge's drivers see, or UNCONTROLLED."""

    def __init__(
        self, intersections: tuple[Intersection, ...], edges: int, now_ms: int, hold_s: float, least_green_s: float
    ) -> None:
        self.intersections = intersections
        self.plans = tuple(_plan(each) for each in intersections)
        self._now_ms = now_ms
        self._hold_ms, self._least_ms = round(hold_s * 1000), round(least_green_s * 1000)
        self._cycle = np.array([plan.cycle_ms for plan in self.plans], np.int64)
        self._first = np.concatenate([[0], np.cumsum([len(plan.begins_ms) for plan in self.plans])]).astype(np.int64)
        self._begin_keys = np.concatenate(
            [plan.begins_ms + index * (1 << 32) for index, plan in enumerate(self.plans)] or [np.zeros(0, np.int64)]
        )
        offsets = np.array([round(each.offset_s * 1000) for each in intersections], np.int64)
        self.clock_ms = (now_ms + offsets) % np.maximum(self._cycle, 1)  # local time in each cycle
        self.behind_ms = np.zeros(len(self.plans), np.int64)  # priority's shift still to be made good
        self.wanted = np.full(len(self.plans), -1, np.int64)  # column of the group with priority
        self.until_ms = np.zeros(len(self.plans), np.int64)
        self.held_ms = np.zeros(len(self.plans), np.int64)
        self.segment = np.zeros(len(self.plans), np.int64)
        self.failed: Bytes = np.zeros(len(self.plans), np.uint8)  # DARK or CAUTION (flashing) where it has failed
        self.directed_ms = np.zeros(len(self.plans), np.int64)  # until when somebody's hands stand in for the lights
        self.edge_state: Bytes = np.full(edges, UNCONTROLLED, np.uint8)
        self._edges, self._owner, self._column = self._wire()
        self._table = self._states_table()
        self._find()

    def _wire(self) -> tuple[Longs, Longs, Longs]:
        rows = [
            (edge, index, column)
            for index, each in enumerate(self.intersections)
            for column, group in enumerate(each.groups)
            for edge in group.edges
        ]
        table = np.array(rows, np.int64).reshape(-1, 3)
        return table[:, 0], table[:, 1], table[:, 2]

    def _states_table(self) -> Bytes:
        widest = max((len(plan.numbers) for plan in self.plans), default=1)
        table = np.zeros((len(self._begin_keys), widest), np.uint8)
        for plan, first in zip(self.plans, self._first[:-1], strict=True):
            table[first : first + len(plan.begins_ms), : len(plan.numbers)] = plan.states
        return table

    @property
    def some_failed(self) -> bool:
        return bool(self.failed.any())

    def _find(self) -> None:
        keys = self.clock_ms + np.arange(len(self.plans), dtype=np.int64) * (1 << 32)
        self.segment = np.searchsorted(self._begin_keys, keys, side="right") - 1
        self.edge_state[self._edges] = self._table[self.segment[self._owner], self._column]
        if self.some_failed:
            lost = (self.failed != 0) & (self.directed_ms <= self._now_ms)
            hit = lost[self._owner]
            self.edge_state[self._edges[hit]] = self.failed[self._owner[hit]]

    def fail(self, intersection: int, state: LightState | None) -> None:
        """A controller goes dark or flashes amber; None mends it."""
        self.failed[intersection] = 0 if state is None else int(state)
        self.directed_ms[intersection] = 0

    def prioritise(self, intersection: int, group: int, until_ms: int) -> bool:
        """Give a group (by its number) priority until a time; False where the controller has no such group, or has
        failed."""
        if group not in self.plans[intersection].numbers or self.failed[intersection]:
            return False
        self.wanted[intersection] = self.plans[intersection].numbers.index(group)
        self.until_ms[intersection] = until_ms
        self.held_ms[intersection] = 0
        return True

    def step(self, now_ms: int, step_ms: int) -> None:
        """One step of every controller; only those with a priority or a shift to make good need a closer look."""
        if not self.plans:
            return
        moves = np.full(len(self.plans), step_ms, np.int64)
        for index in np.flatnonzero((self.wanted >= 0) | (self.behind_ms != 0)):
            moves[index] = self._priority_move(int(index), now_ms, step_ms)
        self.behind_ms += step_ms - moves
        half = self._cycle // 2
        self.behind_ms = (self.behind_ms + half) % self._cycle - half
        self.clock_ms = (self.clock_ms + moves) % self._cycle
        self._now_ms = now_ms
        self._find()

    def _priority_move(self, index: int, now_ms: int, step_ms: int) -> int:
        """How far a controller's own clock goes in this step: held, leaping to the end of a green, or catching up."""
        plan, segment = self.plans[index], int(self.segment[index] - self._first[index])
        begins = int(plan.begins_ms[segment])
        ends = int(plan.begins_ms[segment + 1]) if segment + 1 < len(plan.begins_ms) else plan.cycle_ms
        clock = int(self.clock_ms[index])
        if self.wanted[index] >= 0 and now_ms >= self.until_ms[index]:
            self.wanted[index] = -1
        if self.wanted[index] < 0:
            nudge = int(np.clip(self.behind_ms[index], -step_ms // 5, step_ms // 5))
            return step_ms + nudge
        if not plan.greens[segment]:
            return step_ms
        if plan.states[segment, self.wanted[index]] == LightState.GREEN:
            if clock + step_ms < ends or self.held_ms[index] >= self._hold_ms:
                return step_ms
            self.held_ms[index] += step_ms
            return 0
        return max(step_ms, ends - clock - step_ms) if clock - begins >= self._least_ms else step_ms

    def states(self, intersection: int, now_ms: int) -> tuple[GroupState, ...]:
        """SPATEM content. The latest end counts what a running priority may still add. A dark controller says nothing,
        one that flashes only that."""
        plan = self.plans[intersection]
        if self.failed[intersection] == LightState.DARK:
            return ()
        if self.failed[intersection]:
            return tuple(GroupState(number, LightState.CAUTION, UNKNOWN_MS, UNKNOWN_MS) for number in plan.numbers)
        segment = int(self.segment[intersection] - self._first[intersection])
        spare = 0
        if self.wanted[intersection] >= 0:
            spare = max(0, self._hold_ms - int(self.held_ms[intersection]))
        found, clock_ms = [], int(self.clock_ms[intersection])
        for number, (state, ends_ms) in zip(plan.numbers, plan.changes[segment], strict=True):
            left = ((ends_ms - clock_ms) % plan.cycle_ms if ends_ms >= 0 else 0) or plan.cycle_ms
            least = min(left, self._least_ms) if spare else left
            found.append(GroupState(number, state, now_ms + least, now_ms + left + spare))
        return tuple(found)

    def snapshot(self) -> dict[str, object]:
        names = ("clock_ms", "behind_ms", "wanted", "until_ms", "held_ms", "failed", "directed_ms")
        return {"now_ms": self._now_ms} | {name: getattr(self, name) for name in names}

    def restore(self, data: dict[str, object]) -> None:
        for name in ("clock_ms", "behind_ms", "wanted", "until_ms", "held_ms", "directed_ms"):
            setattr(self, name, np.array(data[name], np.int64))
        self.failed = np.array(data["failed"], np.uint8)
        self._now_ms = int(str(data["now_ms"]))
        self._find()
