"""Ways to destinations: for each destination one byte an edge, the next edge's rank; drivers' own measured times."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.city.model import Roads
from twin.city.paths import Paths
from twin.core.words import Mode
from twin.field.fleet import NO_RANK
from twin.field.lanes import Floats, Ints, Lanes
from twin.field.traffic_settings import Routing

Flags = NDArray[np.bool_]
Bytes = NDArray[np.uint8]

PUBLIC, OFFICIAL = 0, 1
"""Whose way: crews may pass a closure, others may not."""

MOST_TREES = 384
LEARNING = 0.3  # weight of a new crossing of an edge in its measured time
FORGETTING = 0.04  # share by which an unobserved time returns to free flow each refresh of all


class Routes:
    """Routing trees towards every destination in use, refreshed in turn, the oldest first."""

    def __init__(self, roads: Roads, lanes: Lanes, lit: set[int], settings: Routing) -> None:
        self._lanes, self._settings = lanes, settings
        self._paths = Paths(roads, Mode.CAR)
        self.free_s: Floats = roads.length_m / np.maximum(roads.speed_mps, 0.5)
        self._light_s = np.where(np.isin(roads.end, sorted(lit)), settings.light_s, 0.0)
        self.measured_s = self.free_s.copy()
        self.shut: NDArray[np.bool_] = np.zeros((2, len(roads)), np.bool_)  # not to be entered, by whose way
        self.blocked: Flags = np.zeros(len(roads), np.bool_)  # nothing gets through for now
        self._from, self._onto = _onward(roads, lanes)
        self._ranks = np.append(lanes.rank, NO_RANK).astype(np.uint8)[self._onto]
        self.slot: NDArray[np.int64] = np.full((2, len(roads)), -1, np.int64)
        self.goals: list[tuple[int, int]] = []  # (whose, edge) by slot
        self.made: list[int] = []  # number of the refresh that made each tree
        self.hops: Bytes = np.zeros((0, len(roads)), np.uint8)
        self._round = 0
        self._due_s = 0.0
        self.stale = 0  # trees made before the last change of what is shut

    def times(self, whose: int) -> Floats:
        """(E,) seconds as drivers expect them; inf on shut edges."""
        expected = self.measured_s + self._light_s + np.where(self.blocked, self._settings.blocked_s, 0.0)
        return np.where(self.shut[whose], np.inf, expected)

    def times_to(self, goal: int, whose: int) -> Floats:
        return self._paths.times_to(goal, self.times(whose))

    def ensure(self, goal: int, whose: int) -> int:
        """The slot of the tree towards a goal, made if need be."""
        slot = int(self.slot[whose, goal])
        if slot < 0:
            slot = len(self.goals)
            self.goals.append((whose, goal))
            self.made.append(0)
            self.hops = np.concatenate([self.hops, np.zeros((1, self.hops.shape[1]), np.uint8)])
            self.slot[whose, goal] = slot
            self._make(slot)
        return slot

    def _make(self, slot: int) -> None:
        whose, goal = self.goals[slot]
        reach = np.append(self.times_to(goal, whose), np.inf)[self._onto]
        least, rank = np.full(len(self._from), np.inf), np.full(len(self._from), NO_RANK, np.uint8)
        for option, its_rank in zip(reach, self._ranks, strict=True):
            nearer = option < least
            np.copyto(least, option, where=nearer)
            np.copyto(rank, its_rank, where=nearer)
        self.hops[slot] = NO_RANK
        self.hops[slot, self._from] = rank
        self._round += 1
        self.made[slot] = self._round

    def hop(self, edges: Ints, goals: Ints, whose: NDArray[np.int64]) -> Bytes:
        """Ranks of the next edges towards goals; NO_RANK where there is no way, or no tree."""
        slot = self.slot[whose, goals]
        known = np.flatnonzero(slot >= 0)
        ranks = np.full(len(slot), NO_RANK, np.uint8)
        ranks[known] = self.hops[slot[known], edges[known]]
        return ranks

    def learn(self, edges: Ints, took_s: Floats) -> None:
        """Crossing times of edges as vehicles had them (repeats: the last counts)."""
        bounded = np.minimum(took_s, self.free_s[edges] * 8 + 120.0)
        self.measured_s[edges] += LEARNING * (np.maximum(bounded, self.free_s[edges]) - self.measured_s[edges])

    def shut_changed(self) -> None:
        """What is shut has changed: every tree is made anew, some each step."""
        self.stale = len(self.goals)

    def step(self, step_s: float) -> bool:
        """Refresh what is due; True where trees have changed because roads were shut or opened."""
        if self.stale:
            for slot in self._oldest(min(self.stale, 8)):
                self._make(slot)
            self.stale = max(0, self.stale - 8)
            return True
        self._due_s -= step_s
        if self._due_s <= 0 and self.goals:
            self._due_s += self._settings.refresh_s
            self._make(self._oldest(1)[0])
            self.measured_s += FORGETTING / max(1.0, len(self.goals) / 8) * (self.free_s - self.measured_s)
        return False

    def _oldest(self, count: int) -> list[int]:
        return sorted(range(len(self.goals)), key=lambda slot: (self.made[slot], slot))[:count]

    @property
    def crowded(self) -> bool:
        return len(self.goals) > MOST_TREES

    def prune(self, wanted: set[tuple[int, int]]) -> None:
        """Forget trees that nobody drives by any more."""
        keep = [slot for slot, key in enumerate(self.goals) if key in wanted]
        self.hops = self.hops[keep]
        self.goals = [self.goals[slot] for slot in keep]
        self.made = [self.made[slot] for slot in keep]
        self._renumber()

    def _renumber(self) -> None:
        self.slot[:] = -1
        for slot, (whose, goal) in enumerate(self.goals):
            self.slot[whose, goal] = slot

    def snapshot(self) -> dict[str, object]:
        return {
            "measured_s": self.measured_s,
            "shut": self.shut,
            "blocked": self.blocked,
            "goals": self.goals,
            "made": self.made,
            "hops": self.hops,
            "round": self._round,
            "due_s": self._due_s,
            "stale": self.stale,
        }

    def restore(self, data: dict[str, object]) -> None:
        self.measured_s = np.array(data["measured_s"], np.float64)
        self.shut, self.blocked = np.array(data["shut"], np.bool_), np.array(data["blocked"], np.bool_)
        goals, made = data["goals"], data["made"]
        assert isinstance(goals, list) and isinstance(made, list)
        self.goals = [(int(whose), int(goal)) for whose, goal in goals]
        self.made = [int(each) for each in made]
        self.hops = np.array(data["hops"], np.uint8)
        self._round, self.stale = int(str(data["round"])), int(str(data["stale"]))
        self._due_s = float(str(data["due_s"]))
        self._renumber()


def _onward(roads: Roads, lanes: Lanes) -> tuple[Ints, Ints]:
    """The edges that one may leave by another, and (K, n) the edges that drivers may choose after each, by rank: back
    only where a road ends; E (beyond all edges) where there are fewer than K."""
    edges = np.flatnonzero(lanes.count > 0).astype(np.int64)
    fan = np.diff(lanes.out_first)[roads.end[edges]]
    source = np.repeat(edges, fan)
    within = np.arange(len(source)) - np.repeat(np.cumsum(fan) - fan, fan)
    target = lanes.out_edges[lanes.out_first[roads.end[source]] + within]
    back = roads.reverse[source] == target
    keep = (~back | (np.repeat(fan, fan) == 1)) & lanes.cars[target]
    source, target, within = source[keep], target[keep], within[keep]
    left, column = np.unique(source, return_inverse=True)
    onto = np.full((int(within.max(initial=-1)) + 1, len(left)), len(roads), np.int64)
    onto[within, column] = target
    return left, onto
