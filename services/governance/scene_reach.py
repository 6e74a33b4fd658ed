"""Rules that nothing in this city can ever set off."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from services.governance.scene_file import Fault
from services.governance.scenes import Scene, SceneSignal
from twin.city.kinds import DeviceKind
from twin.city.model import City
from twin.state.conditions import (
    Condition,
    CountCondition,
    CrowdCondition,
    SensorCondition,
    SilenceCondition,
    SlowCondition,
)
from twin.state.ground import Ground


class Reach:
    """Asks of every condition whether anything in the city can raise it."""

    def __init__(self, city: City, kinds: Mapping[str, DeviceKind]) -> None:
        self._city = city
        self._kinds = kinds
        self._place_kinds = {place.kind for place in city.places}
        self._zones = {zone.id for zone in city.zones}

    def faults(self, scene: Scene) -> Iterator[Fault]:
        ground = Ground(self._city, [entry.condition for entry in scene.signals])
        dead: set[str] = set()
        for index, entry in enumerate(scene.signals):
            key = f"signals[{index}].condition"
            for reason in self._condition(entry.condition, ground):
                dead.add(entry.condition.id)
                yield Fault(key, reason)
        yield from self._evidence(scene, dead, ground)
        for signal in scene.closing.signals:
            if signal in dead:
                yield Fault("closing.signals", f"{_short(signal)!r} can never be read")
        for index, term in enumerate(scene.severity.terms):
            if term.place and term.place not in self._place_kinds:
                yield Fault(f"severity.terms[{index}].place", f"the city has no place of kind {term.place!r}")
        for index, limit in enumerate(scene.handle_limits):
            for kind in limit.place_kinds:
                if kind not in self._place_kinds:
                    yield Fault(f"limits.handle[{index}].place_kinds", f"the city has no place of kind {kind!r}")

    def _condition(self, condition: Condition, ground: Ground) -> Iterator[str]:
        """Why this condition can never hold."""
        if isinstance(condition.within, str) and condition.within and condition.within not in self._zones:
            yield f"the city has no zone {condition.within!r}"
            return
        if condition.place_kinds and not self._place_kinds.intersection(condition.place_kinds):
            yield f"unreachable: the city has no place of kind {', '.join(condition.place_kinds)}"
            return
        match condition:
            case SensorCondition():
                yield from self._sensor(condition, ground)
            case SilenceCondition() if not ground.devices(condition, condition.device_kind):
                yield f"unreachable: no device of kind {condition.device_kind!r} stands where it looks"
            case SlowCondition() | CrowdCondition() if not ground.places(condition):
                yield "unreachable: no place of these kinds lies where it looks"
            case CountCondition() if len(condition.of) < condition.count and condition.distinct == "condition":
                yield f"unreachable: {condition.count} different conditions of {len(condition.of)}"
            case _:
                pass

    def _sensor(self, condition: SensorCondition, ground: Ground) -> Iterator[str]:
        if not ground.devices(condition, condition.device_kind):
            where = f" at {', '.join(condition.place_kinds)}" if condition.place_kinds else " where it looks"
            yield f"unreachable: no device of kind {condition.device_kind!r} stands{where}"
        quantities = {quantity.id: quantity for quantity in self._kinds[condition.device_kind].quantities}
        low, high = quantities[condition.quantity].range
        above = condition.op == ">"
        if (above and condition.threshold >= high) or (not above and condition.threshold <= low):
            yield f"unreachable: {condition.quantity} lies between {low:g} and {high:g}"
        if (above and condition.clear < low) or (not above and condition.clear > high):
            yield f"never over: {condition.quantity} lies between {low:g} and {high:g}, clear beyond it"
        if condition.while_quantity and condition.while_above >= quantities[condition.while_quantity].range[1]:
            yield f"unreachable: {condition.while_quantity} is never above {condition.while_above:g}"

    def _evidence(self, scene: Scene, dead: set[str], ground: Ground) -> Iterator[Fault]:
        """Whether the signals that can be raised can ever be enough."""
        rule = scene.evidence
        alive = [entry for entry in scene.signals if entry.condition.id not in dead]
        if not alive:
            yield Fault("signals", "unreachable: none of them can be raised in this city")
            return
        if any(entry.condition.strong for entry in alive):
            return
        if any(entry.condition.id in rule.doubtful for entry in alive):
            return
        if rule.must and not any(entry.condition.id in rule.must for entry in alive):
            yield Fault("evidence.must", "unreachable: none of these signals can be raised in this city")
        most = len(alive) if rule.distinct == "signal" else sum(self._subjects(entry, ground) for entry in alive)
        if most < rule.need:
            yield Fault("evidence.need", f"unreachable: {rule.need} are asked, at most {most:g} can be had")

    @staticmethod
    def _subjects(entry: SceneSignal, ground: Ground) -> float:
        """How many subjects a signal can have at most."""
        match entry.condition:
            case SensorCondition() | SilenceCondition():
                return len(ground.devices(entry.condition, entry.condition.device_kind))
            case SlowCondition() | CrowdCondition():
                return len(ground.places(entry.condition))
            case _:
                return math.inf


def _short(signal: str) -> str:
    return signal.partition("/")[2]
