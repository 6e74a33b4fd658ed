"""The signals desk: what belief noticed becomes a fact of governance, with its scene."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from services.collaboration.canon import canonical, revive
from services.engine.desk import Fact, Tick, Turn
from services.facts.base import SYSTEM, Event
from services.facts.evidence import Evidence, SignalCleared, SignalRaised
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


class _State(msgspec.Struct):
    serial: int = 0
    active: dict[str, Signal] = {}


class SignalDesk:
    """Signals that hold, by id ``S-<serial>``."""

    name = "signals"

    def __init__(self, scenes: Mapping[str, Scene], senses: Sensing) -> None:
        self._scenes = scenes
        self._senses = senses
        self._state = _State()
        self._by_subject: dict[tuple[str, str], str] = {}

    @property
    def active(self) -> Mapping[str, Signal]:
        """In the order in which they were raised."""
        return self._state.active

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        if not isinstance(fact, Batch | Tick):
            return ()
        events: list[Event] = []
        serial = self._state.serial
        seen: dict[tuple[str, str], str | None] = {}
        for crossing in self._senses.crossings:
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
        scene = self._scenes.get(scene_of(crossing.condition))
        entry = scene.signal(crossing.condition) if scene else None
        if scene is None or entry is None:
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
                self._state.active[proof.signal] = Signal(
                    event.scene, proof, event.x_m, event.y_m, event.edge, event.strong
                )
                self._by_subject[(proof.condition, proof.subject)] = proof.signal
            case SignalCleared():
                self._state.active.pop(event.signal, None)
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
