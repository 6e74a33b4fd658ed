"""The signals desk: what belief noticed becomes a fact of governance, with its scene."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

import msgspec

from services.collaboration.canon import canonical, revive
from services.engine.desk import Fact, Tick, Turn
from services.facts.base import SYSTEM, Event
from services.facts.evidence import Evidence, SignalCleared, SignalRaised
from services.facts.response import SceneRested
from services.governance.scenes import Scene, scene_of
from services.governance.sensing import Sensing
from twin.state.batch import Batch
from twin.state.conditions import Crossing


class Signal(msgspec.Struct, frozen=True):
    """A signal that holds now."""

    scene: str
    evidence: Evidence
    x_m: float
    y_m: float
    edge: int
    strong: bool


class Arming(Protocol):
    """What the arming desk says."""

    def rests(self, scene: str) -> bool: ...


class Elsewhere(Protocol):
    """What else is noticed than belief notices: how it stands with virtual places."""

    def crossings(self, city_ms: int) -> Iterable[Crossing]: ...


class _Nothing:
    def crossings(self, city_ms: int) -> Iterable[Crossing]:
        return ()


class _State(msgspec.Struct):
    serial: int = 0
    active: dict[str, Signal] = {}


class SignalDesk:
    """Signals that hold, by id ``S-<serial>``."""

    name = "signals"

    def __init__(
        self, scenes: Mapping[str, Scene], senses: Sensing, arming: Arming, elsewhere: Elsewhere | None = None
    ) -> None:
        self._scenes = scenes
        self._elsewhere: Elsewhere = elsewhere or _Nothing()
        self._senses = senses
        self._arming = arming
        self._entries = {entry.condition.id: entry for scene in scenes.values() for entry in scene.signals}
        self._state = _State()
        self._by_subject: dict[tuple[str, str], str] = {}
        self._of_scene: dict[str, dict[str, Signal]] = {}

    @property
    def active(self) -> Mapping[str, Signal]:
        """In the order in which they were raised."""
        return self._state.active

    def of_scene(self, scene: str) -> Iterable[tuple[str, Signal]]:
        """Id and signal of those of one scene, in the order in which they were raised."""
        return self._of_scene.get(scene, {}).items()

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        if isinstance(fact, SceneRested):
            return tuple(_rested(signal.evidence) for _, signal in self.of_scene(fact.scene))
        if not isinstance(fact, Batch | Tick):
            return ()
        events: list[Event] = []
        serial = self._state.serial
        seen: dict[tuple[str, str], str | None] = {}
        more = self._elsewhere.crossings(turn.city_ms) if isinstance(fact, Tick) else ()
        for crossing in (*self._senses.crossings, *more):
            key = (crossing.condition, crossing.subject)
            known = seen[key] if key in seen else self._by_subject.get(key)
            if crossing.raised and known is None:
                raised = self._raise(crossing, f"S-{serial + 1}", turn)
                if raised is not None:
                    serial += 1
                    seen[key] = raised.evidence.signal
                    events.append(raised)
            elif not crossing.raised and known is not None:
                seen[key] = None
                events.append(_clear(crossing, known))
        return events

    def _raise(self, crossing: Crossing, signal: str, turn: Turn) -> SignalRaised | None:
        scene, entry = self._scenes.get(scene_of(crossing.condition)), self._entries.get(crossing.condition)
        if scene is None or entry is None or self._arming.rests(scene.id):
            return None
        evidence = Evidence(
            signal=signal,
            condition=crossing.condition,
            subject=crossing.subject,
            source=crossing.source,
            value=crossing.value,
            unit=entry.unit,
            observed_ms=crossing.observed_ms,
            noticed_ms=turn.city_ms,
            provenance=crossing.provenance,
            message=crossing.message,
            channel=crossing.channel or entry.channel,
            coverage=crossing.coverage,
        )
        return SignalRaised(
            actor=SYSTEM,
            cause=crossing.source,
            reason=f"{crossing.condition} holds for {crossing.subject}",
            scene=scene.id,
            evidence=evidence,
            x_m=crossing.x_m,
            y_m=crossing.y_m,
            edge=crossing.edge,
            strong=entry.condition.strong,
        )

    def apply(self, event: Event, turn: Turn) -> None:
        match event:
            case SignalRaised():
                proof = event.evidence
                self._state.serial += 1
                signal = Signal(event.scene, proof, event.x_m, event.y_m, event.edge, event.strong)
                self._state.active[proof.signal] = signal
                self._of_scene.setdefault(event.scene, {})[proof.signal] = signal
                self._by_subject[(proof.condition, proof.subject)] = proof.signal
            case SignalCleared():
                gone = self._state.active.pop(event.signal, None)
                if gone is not None:
                    del self._of_scene[gone.scene][event.signal]
                self._by_subject.pop((event.condition, event.subject), None)
            case _:
                pass

    def snapshot(self) -> bytes:
        return canonical(self._state)

    def restore(self, data: bytes) -> None:
        self._state = revive(data, _State)
        ordered = sorted(self._state.active.items(), key=lambda item: int(item[0][2:]))
        self._state.active = dict(ordered)
        self._by_subject = {
            (signal.evidence.condition, signal.evidence.subject): id for id, signal in self._state.active.items()
        }
        self._of_scene = {}
        for id, signal in self._state.active.items():
            self._of_scene.setdefault(signal.scene, {})[id] = signal


def _rested(evidence: Evidence) -> SignalCleared:
    return SignalCleared(
        actor=SYSTEM,
        cause=evidence.signal,
        reason=f"{evidence.condition} is not looked at while its scene rests",
        signal=evidence.signal,
        condition=evidence.condition,
        subject=evidence.subject,
        value=evidence.value,
        observed_ms=evidence.observed_ms,
    )


def _clear(crossing: Crossing, signal: str) -> SignalCleared:
    return SignalCleared(
        actor=SYSTEM,
        cause=crossing.source,
        reason=f"{crossing.condition} {crossing.ended or 'no longer holds'} for {crossing.subject}",
        signal=signal,
        condition=crossing.condition,
        subject=crossing.subject,
        value=crossing.value,
        observed_ms=crossing.observed_ms,
    )
