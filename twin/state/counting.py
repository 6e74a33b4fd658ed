"""Conditions that count others: so many of them near each other and within a while."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from twin.state.conditions import CountCondition, Crossing

REMEMBERED_MS: Final = 3_600_000


class _Count(msgspec.Struct, array_like=True):
    """A count that is reached: the crossing that completed it, and those that it stands on."""

    crossing: Crossing
    members: list[tuple[str, str]]  # (condition, subject)


class Counting:
    """Looks at every crossing of the conditions that are counted. A count ends when fewer than asked for are left of
    those it stands on; ``over_ms`` remembers when."""

    def __init__(self, conditions: Sequence[CountCondition]) -> None:
        self.conditions = tuple(conditions)
        self._watched = {other for condition in conditions for other in condition.of}
        self._holding: dict[tuple[str, str], Crossing] = {}
        self.active: dict[tuple[str, str], _Count] = {}
        self.over_ms: dict[tuple[str, str], int] = {}

    def hear(self, crossings: Sequence[Crossing], now_ms: int) -> list[Crossing]:
        """What these crossings of other conditions raise and clear."""
        found: list[Crossing] = []
        for crossing in crossings:
            if crossing.condition not in self._watched:
                continue
            key = (crossing.condition, crossing.subject)
            if crossing.raised:
                self._holding[key] = crossing
                found += [
                    raised for item in self.conditions if (raised := self._reached(item, crossing, now_ms)) is not None
                ]
            elif self._holding.pop(key, None) is not None:
                found += self._left(key, now_ms)
        return found

    def _reached(self, condition: CountCondition, last: Crossing, now_ms: int) -> Crossing | None:
        if last.condition not in condition.of:
            return None
        near = {
            key: other
            for key, other in self._holding.items()
            if other.condition in condition.of
            and math.hypot(other.x_m - last.x_m, other.y_m - last.y_m) <= condition.radius_m
            and now_ms - other.city_ms <= condition.window_s * 1000
        }
        joined = [
            count
            for (id, _), count in self.active.items()
            if id == condition.id and not near.keys().isdisjoint(count.members)
        ]
        if joined:
            joined[0].members += [key for key in near if key not in joined[0].members]
            return None
        reached = _counted(condition, near)
        if reached < condition.count:
            return None
        crossing = msgspec.structs.replace(
            last,
            condition=condition.id,
            subject=f"count:{last.condition}:{last.subject}",
            city_ms=now_ms,
            value=float(reached),
        )
        key = (condition.id, crossing.subject)
        self.active[key] = _Count(crossing, list(near))
        self.over_ms.pop(key, None)
        return crossing

    def _left(self, gone: tuple[str, str], now_ms: int) -> list[Crossing]:
        asked = {condition.id: condition for condition in self.conditions}
        crossings: list[Crossing] = []
        for key, count in sorted(self.active.items()):
            if gone in count.members:
                count.members.remove(gone)
                if _counted(asked[key[0]], count.members) < asked[key[0]].count:
                    del self.active[key]
                    self.over_ms[key] = now_ms
                    ended = msgspec.structs.replace(count.crossing, raised=False, city_ms=now_ms, ended="calm")
                    crossings.append(ended)
        return crossings

    def forget(self, scenes: frozenset[str]) -> None:
        """What these scenes' own signals said counts no more; nothing is raised or cleared by that."""
        for key in [key for key in self._holding if key[0].partition("/")[0] in scenes]:
            del self._holding[key]
        for key in [key for key in self.active if key[0].partition("/")[0] in scenes]:
            del self.active[key]

    def advance(self, now_ms: int) -> None:
        for key in [key for key, ended_ms in self.over_ms.items() if now_ms - ended_ms > REMEMBERED_MS]:
            del self.over_ms[key]

    def state(self) -> list[Any]:
        active = [[*key, count] for key, count in sorted(self.active.items())]
        return [list(self._holding.values()), active, [[*key, at] for key, at in sorted(self.over_ms.items())]]

    def load(self, state: list[Any]) -> None:
        known = {condition.id for condition in self.conditions}
        holding, active, over = state
        kept = [msgspec.convert(crossing, Crossing) for crossing in holding]
        self._holding = {(item.condition, item.subject): item for item in kept if item.condition in self._watched}
        self.active = {(c, subject): msgspec.convert(count, _Count) for c, subject, count in active if c in known}
        self.over_ms = {(c, subject): at for c, subject, at in over if c in known}


def _counted(condition: CountCondition, members: Iterable[tuple[str, str]]) -> int:
    return len({subject if condition.distinct == "subject" else other for other, subject in members})
