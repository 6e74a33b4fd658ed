"""Warnings of the weather service: which are in force, and the conditions on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from twin.city.model import City
from twin.formats.civic import WeatherWarning
from twin.state.batch import WarningHeard
from twin.state.conditions import Crossing, WarningCondition

SERVICE = "met"
"""The source of a warning: the weather service."""


class InForce(msgspec.Struct, frozen=True):
    """A warning as last heard."""

    warning: WeatherWarning
    provenance: int


class WeatherBook:
    """At most one warning of a kind is in force. ``lifted_ms`` says when the last one of a kind ended."""

    def __init__(self, city: City, conditions: Sequence[WarningCondition]) -> None:
        self.conditions = tuple(conditions)
        low_x, low_y, high_x, high_y = city.extent
        self._centre = ((low_x + high_x) / 2, (low_y + high_y) / 2)
        self.in_force: dict[str, InForce] = {}
        self.lifted_ms: dict[str, int] = {}

    def apply(self, said: WarningHeard, now_ms: int) -> list[Crossing]:
        """A word on a kind replaces the one before; another level clears the old signal and raises a new one."""
        old, new = self.in_force.get(said.kind), said.warning
        if new is None or new.until_ms <= now_ms:
            return self._lift(said.kind, now_ms)
        if old is not None and new.issued_ms < old.warning.issued_ms:
            return []
        entry = InForce(new, said.provenance)
        self.in_force[said.kind] = entry
        if old is not None and old.warning.level == new.level:
            return []
        before = [] if old is None else self._crossings(old, False, now_ms)
        return [*before, *self._crossings(entry, True, now_ms)]

    def _lift(self, kind: str, now_ms: int) -> list[Crossing]:
        old = self.in_force.pop(kind, None)
        if old is None:
            return []
        self.lifted_ms[kind] = now_ms
        return self._crossings(old, False, now_ms)

    def advance(self, now_ms: int) -> list[Crossing]:
        """Lift what has run out."""
        over = [kind for kind, entry in sorted(self.in_force.items()) if entry.warning.until_ms <= now_ms]
        return [crossing for kind in over for crossing in self._lift(kind, now_ms)]

    def _crossings(self, entry: InForce, raised: bool, now_ms: int) -> list[Crossing]:
        warning = entry.warning
        return [
            Crossing(
                condition=condition.id,
                subject=f"met:{warning.kind}/{warning.level}",
                raised=raised,
                city_ms=now_ms,
                observed_ms=warning.issued_ms if raised else now_ms,
                x_m=self._centre[0],
                y_m=self._centre[1],
                value=float(warning.level),
                source=SERVICE,
                provenance=entry.provenance,
                ended="" if raised else "terminated",
                message=f"warning:{warning.warning_id}",
            )
            for condition in self.conditions
            if warning.kind in condition.kinds and warning.level <= condition.at_least
        ]

    def warned(self, condition: WarningCondition) -> InForce | None:
        """The gravest warning in force that the condition is about."""
        found = [
            entry
            for kind, entry in sorted(self.in_force.items())
            if kind in condition.kinds and entry.warning.level <= condition.at_least
        ]
        return min(found, key=lambda entry: entry.warning.level) if found else None

    def over_since_ms(self, condition: WarningCondition) -> int:
        """When the last warning that the condition is about ended; -1 where none did."""
        return max((self.lifted_ms.get(kind, -1) for kind in condition.kinds), default=-1)

    def state(self) -> list[Any]:
        return [sorted(self.in_force.items()), sorted(self.lifted_ms.items())]

    def load(self, state: list[Any]) -> None:
        in_force, lifted_ms = state
        self.in_force = {kind: msgspec.convert(entry, InForce) for kind, entry in in_force}
        self.lifted_ms = dict(lifted_ms)
