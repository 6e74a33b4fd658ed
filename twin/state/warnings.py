"""Warnings (DENM) heard from vehicles and the roadside: their life, and the conditions on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final, Literal

import msgspec

from twin.state.batch import DenmHeard
from twin.state.conditions import Crossing, DenmCondition
from twin.state.ground import Ground

REMEMBERED_MS: Final = 600_000
"""An event that is over is remembered so long, lest a late repetition open it again."""

OF_ONE: Final = 32
OF_ALL: Final = 1_000
"""Events known of one source, and altogether: more are no word on the roads but a flood."""

End = Literal["", "terminated", "ran_out"]


class Heard(msgspec.Struct):
    """One event as last heard; ``ended`` says how it ended, "" while it lasts."""

    denm: DenmHeard
    ended: End = ""
    ended_ms: int = -1


class WarningBook:
    """Every event known, by its identity."""

    def __init__(self, conditions: Sequence[DenmCondition], ground: Ground) -> None:
        self.conditions = tuple(conditions)
        self._ground = ground
        self.known: dict[str, Heard] = {}
        self._expected: dict[str, str] = {}  # admitted but not applied yet: event → source
        self._of: Counter[str] = Counter()  # known and expected events by source

    def admit(self, source: str, event: str) -> bool:
        """Whether there is room for a word on this event; what is admitted must be applied in the same turn."""
        if event in self.known or event in self._expected:
            return True
        if self._of[source] >= OF_ONE or len(self.known) + len(self._expected) >= OF_ALL:
            return False
        self._expected[event] = source
        self._of[source] += 1
        return True

    def apply(self, denm: DenmHeard, now_ms: int) -> list[Crossing]:
        """A newer word replaces an older; what has ended stays ended."""
        crossings = self._heard(denm, now_ms)
        if self._expected.pop(denm.event, None) is not None and denm.event not in self.known:
            self._of[denm.source] -= 1
        return crossings

    def _heard(self, denm: DenmHeard, now_ms: int) -> list[Crossing]:
        old = self.known.get(denm.event)
        if old is not None and (denm.observed_ms < old.denm.observed_ms or (old.ended and not denm.terminated)):
            return []
        if denm.terminated:
            self.known[denm.event] = Heard(denm, "terminated", now_ms)
            return [] if old is None or old.ended else self._crossings(old.denm, denm, False, now_ms, "terminated")
        if denm.until_ms <= now_ms:
            return []
        self.known[denm.event] = Heard(denm)
        return self._crossings(denm, denm, True, now_ms, "") if old is None else []

    def advance(self, now_ms: int) -> list[Crossing]:
        """End what ran out; forget what ended long ago."""
        crossings: list[Crossing] = []
        for event, heard in list(self.known.items()):
            if not heard.ended and heard.denm.until_ms <= now_ms:
                heard.ended, heard.ended_ms = "ran_out", now_ms
                crossings += self._crossings(heard.denm, heard.denm, False, now_ms, "ran_out")
            elif heard.ended and now_ms - max(heard.ended_ms, heard.denm.until_ms) > REMEMBERED_MS:
                del self.known[event]
                self._of[heard.denm.source] -= 1
        self._of = +self._of  # sources without an event are forgotten
        return crossings

    def _crossings(self, first: DenmHeard, word: DenmHeard, raised: bool, now_ms: int, ended: End) -> list[Crossing]:
        return [
            Crossing(
                condition=condition.id,
                subject=first.event,
                raised=raised,
                city_ms=now_ms,
                observed_ms=word.observed_ms,
                x_m=first.x_m,
                y_m=first.y_m,
                value=float(first.cause),
                source=word.source,
                provenance=first.provenance,
                ended=ended,
                message=f"denm:{first.event}",
            )
            for condition in self.conditions
            if first.cause in condition.causes and self._ground.holds(condition, first.x_m, first.y_m)
        ]

    def active(self, condition: DenmCondition) -> list[str]:
        return [
            event for event, heard in self.known.items() if not heard.ended and heard.denm.cause in condition.causes
        ]

    def state(self) -> list[Any]:
        return [[heard.denm, heard.ended, heard.ended_ms] for _, heard in sorted(self.known.items())]

    def load(self, state: list[Any]) -> None:
        restored = [Heard(msgspec.convert(denm, DenmHeard), ended, at) for denm, ended, at in state]
        self.known = {heard.denm.event: heard for heard in restored}
        self._expected.clear()
        self._of = Counter(heard.denm.source for heard in restored)
