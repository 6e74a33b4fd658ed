"""Which signals belong together: space or the way along the roads, time, kind, and what devices have in common."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import msgspec

from services.facts.because import Because, because
from services.facts.evidence import Evidence
from services.governance.lookup import Lookup
from services.governance.scenes import EvidenceRule, Scene
from services.governance.signals import Signal, SignalDesk
from twin.core.text import Name


class Incident(msgspec.Struct, frozen=True):
    """An open incident. ``doubtful``: weak evidence alone so far. ``sorted``: a person has split it, so that nothing is
    merged without one."""

    id: str
    scene: str
    signals: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    x_m: float
    y_m: float
    edge: int
    place: str
    severity: int
    opened_ms: int
    doubtful: bool = False
    sorted: bool = False


class Near(Protocol):
    """What ``incidents_near.Nearness`` offers."""

    def near(self, a: tuple[float, float], b: tuple[float, float], radius_m: float, along_roads: bool) -> bool: ...


@dataclass(frozen=True, slots=True)
class Found:
    """The signals that together are enough."""

    pool: tuple[Signal, ...]
    doubtful: bool


class Fusion:
    """Judges only; the incidents desk keeps what comes of it."""

    def __init__(self, signals: SignalDesk, lookup: Lookup, nearness: Near) -> None:
        self._signals = signals
        self._lookup = lookup
        self._nearness = nearness

    def near(self, rule: EvidenceRule, a: tuple[float, float], b: tuple[float, float]) -> bool:
        return self._nearness.near(a, b, rule.radius_m, rule.distance == "road")

    def homes(self, scene: Scene, signal: Signal, open: Iterable[Incident]) -> list[Incident]:
        """The open incidents that the signal belongs to, the nearest first."""
        found: list[tuple[float, int, Incident]] = []
        rule, spot = scene.evidence, (signal.x_m, signal.y_m)
        for order, incident in enumerate(open):
            kin = incident.scene == scene.id and self.same_group(scene, signal, incident.evidence)
            if (kin or incident.scene in rule.explained_by) and self.near(rule, (incident.x_m, incident.y_m), spot):
                found.append((math.hypot(incident.x_m - spot[0], incident.y_m - spot[1]), order, incident))
        return [incident for _, _, incident in sorted(found, key=lambda entry: entry[:2])]

    def same_group(self, scene: Scene, signal: Signal, evidence: tuple[Evidence, ...]) -> bool:
        """Devices that must share a circuit or place do; what has no such group joins by nearness alone."""
        mine = self._group(scene, signal.evidence)
        groups = {group for entry in evidence if (group := self._group(scene, entry))}
        return not mine or not groups or mine in groups

    def _group(self, scene: Scene, evidence: Evidence) -> str:
        same = scene.evidence.same
        device = self._lookup.devices.get(evidence.subject)
        if not same:
            return ""
        if device is None:
            kind, _, id = evidence.subject.partition(":")
            return id if same == "place" and kind == "place" else ""
        return {"circuit": device.circuit, "place": device.place, "device": device.id}[same]

    def enough(self, scene: Scene, signal: Signal, attached: Iterable[str], now_ms: int) -> Found | None:
        """What the signal completes with those of its scene that belong to no incident yet."""
        rule, taken, spot = scene.evidence, frozenset(attached), (signal.x_m, signal.y_m)
        pool = tuple(
            other
            for id, other in self._signals.of_scene(scene.id)
            if id not in taken
            and now_ms - other.evidence.noticed_ms <= rule.window_s * 1000
            and self.same_group(scene, signal, (other.evidence,))
            and self.near(rule, (other.x_m, other.y_m), spot)
        )
        counted = {other.evidence.subject if rule.distinct == "subject" else other.evidence.condition for other in pool}
        weak_only = all(other.evidence.condition in rule.doubtful for other in pool)
        present = not rule.must or any(other.evidence.condition in rule.must for other in pool)
        if signal.strong or (len(counted) >= rule.need and present and not weak_only):
            return Found(pool, doubtful=False)
        return Found(pool, doubtful=True) if signal.evidence.condition in rule.doubtful else None


def why_enough(scene: Scene, signal: Signal, found: Found) -> Because:
    """The evidence rule in words."""
    entry = scene.signal(signal.evidence.condition)
    name = entry.name if entry else Name(signal.evidence.condition, signal.evidence.condition)
    if found.doubtful:
        return because("“{signal}” alone is weak: a collector is to confirm it", signal=name)
    if signal.strong:
        return because("“{signal}” is enough by itself", signal=name)
    rule = scene.evidence
    return because(
        "{count} signals within {radius} m along the roads and {window} s; {need} are enough"
        if rule.distance == "road"
        else "{count} signals within {radius} m and {window} s; {need} are enough",
        count=len(found.pool),
        radius=round(rule.radius_m),
        window=round(rule.window_s),
        need=rule.need,
    )
