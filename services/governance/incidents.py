"""The incidents desk: what signals are evidence of. Reports and sensors about one thing become one incident."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from services.collaboration.authority import Authority
from services.collaboration.canon import canonical, revive
from services.engine.desk import Fact, Turn
from services.facts.base import Actor, Event
from services.facts.because import Because, because
from services.facts.evidence import (
    Evidence,
    IncidentEnded,
    IncidentGrew,
    IncidentMerged,
    IncidentOpened,
    SignalRaised,
)
from services.facts.governance import CaseClosed, CaseMerged, CaseNotAccepted
from services.governance.lookup import Lookup
from services.governance.scenes import Scene
from services.governance.severity import judge
from services.governance.signals import Signal, SignalDesk
from services.governance.versions import Versions
from twin.core.text import Name


class Incident(msgspec.Struct, frozen=True):
    """An open incident. ``case`` is known once it has one."""

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


class _State(msgspec.Struct):
    serial: int = 0
    open: dict[str, Incident] = {}
    attached: dict[str, str] = {}  # signal → incident


@dataclass(frozen=True, slots=True)
class _Found:
    """The signals that together are enough."""

    pool: tuple[Signal, ...]
    doubtful: bool


class IncidentDesk:
    """Open incidents by id ``I-<serial>``."""

    name = "incidents"

    def __init__(self, scenes: Versions, signals: SignalDesk, lookup: Lookup, authority: Authority) -> None:
        self._scenes = scenes
        self._signals = signals
        self._lookup = lookup
        self._authority = authority
        self._state = _State()

    @property
    def open(self) -> Mapping[str, Incident]:
        return self._state.open

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        match fact:
            case SignalRaised():
                return self._weigh(fact, turn)
            case IncidentOpened() if fact.incident in self._state.open:  # not explained by another meanwhile
                return self._absorb(fact, turn)
            case CaseClosed() | CaseNotAccepted() | CaseMerged():
                incident = self._of_case(fact.case)
                return () if incident is None else (IncidentEnded(cause=fact.case, incident=incident),)
            case _:
                return ()

    def _of_case(self, case: str) -> str | None:
        """Incident and case carry the same serial."""
        incident = f"I{case[1:]}"
        return incident if incident in self._state.open else None

    def _actor(self, scene: Scene, turn: Turn) -> Actor:
        rule = f"scene/{scene.id}@{scene.version}/evidence"
        return self._authority.rule(rule, "duty_chief", turn.city_ms) or Actor("rule", rule, "duty_chief")

    def _weigh(self, raised: SignalRaised, turn: Turn) -> Iterable[Event]:
        scene = self._scenes[raised.scene]
        signal = self._signals.active.get(raised.evidence.signal)
        if signal is None or raised.evidence.signal in self._state.attached:
            return ()
        home = self._home(scene, signal)
        if home is not None:
            return (self._grow(home, signal, turn),)
        found = self._enough(scene, signal, turn.city_ms)
        return () if found is None else (self._incident(scene, signal, found, turn),)

    def _home(self, scene: Scene, signal: Signal) -> Incident | None:
        """The nearest open incident that the signal belongs to."""
        near: list[tuple[float, int, Incident]] = []
        for order, incident in enumerate(self._state.open.values()):
            away = math.hypot(incident.x_m - signal.x_m, incident.y_m - signal.y_m)
            kin = incident.scene == scene.id and self._same_group(scene, signal, incident.evidence)
            if (kin or incident.scene in scene.evidence.explained_by) and away <= scene.evidence.radius_m:
                near.append((away, order, incident))
        return min(near)[2] if near else None

    def _same_group(self, scene: Scene, signal: Signal, evidence: tuple[Evidence, ...]) -> bool:
        """Devices that must share a circuit or place do; what has no such group joins by nearness alone."""
        mine = self._group(scene, signal.evidence)
        groups = {group for entry in evidence if (group := self._group(scene, entry))}
        return not mine or not groups or mine in groups

    def _group(self, scene: Scene, evidence: Evidence) -> str:
        device = self._lookup.devices.get(evidence.subject)
        if device is None or not scene.evidence.same:
            return ""
        return device.circuit if scene.evidence.same == "circuit" else device.place

    def _enough(self, scene: Scene, signal: Signal, now_ms: int) -> _Found | None:
        rule = scene.evidence
        pool = tuple(
            other
            for id, other in self._signals.active.items()
            if other.scene == scene.id
            and id not in self._state.attached
            and math.hypot(other.x_m - signal.x_m, other.y_m - signal.y_m) <= rule.radius_m
            and now_ms - other.evidence.noticed_ms <= rule.window_s * 1000
            and self._same_group(scene, signal, (other.evidence,))
        )
        counted = {other.evidence.subject if rule.distinct == "subject" else other.evidence.condition for other in pool}
        weak_only = all(other.evidence.condition in rule.doubtful for other in pool)
        present = not rule.must or any(other.evidence.condition in rule.must for other in pool)
        if signal.strong or (len(counted) >= rule.need and present and not weak_only):
            return _Found(pool, doubtful=False)
        return _Found(pool, doubtful=True) if signal.evidence.condition in rule.doubtful else None

    def _incident(self, scene: Scene, signal: Signal, found: _Found, turn: Turn) -> IncidentOpened:
        evidence = tuple(other.evidence for other in found.pool)
        edge = next((other.edge for other in (signal, *found.pool) if other.edge >= 0), -1)
        place = self._place(scene, signal)
        spot = (signal.x_m, signal.y_m)
        severity, inputs = judge(scene, evidence, self._lookup, (*spot, edge), turn.city_ms)
        return IncidentOpened(
            actor=self._actor(scene, turn),
            cause=signal.evidence.signal,
            **_why(scene, signal, found),
            incident=f"I-{self._state.serial + 1:04d}",
            scene=scene.id,
            version=scene.version,
            signals=tuple(entry.signal for entry in evidence),
            x_m=signal.x_m,
            y_m=signal.y_m,
            edge=edge,
            place=place,
            cell=self._lookup.cell(*spot),
            severity=severity,
            inputs=inputs,
            provenance=max(entry.provenance for entry in evidence),
            doubtful=found.doubtful,
        )

    def _place(self, scene: Scene, signal: Signal) -> str:
        device = self._lookup.devices.get(signal.evidence.subject)
        own = self._lookup.places.get(device.place) if device else None
        if own is not None and (not scene.match.place_kinds or own.kind in scene.match.place_kinds):
            return own.id
        near = self._lookup.place(scene.match.place_kinds, signal.x_m, signal.y_m, scene.match.radius_m)
        return near.id if near else ""

    def _grow(self, incident: Incident, signal: Signal, turn: Turn) -> IncidentGrew:
        scene = self._scenes[incident.scene]
        spot = (incident.x_m, incident.y_m, incident.edge)
        evidence = (*incident.evidence, signal.evidence)
        severity, inputs = judge(scene, evidence, self._lookup, spot, turn.city_ms)
        return IncidentGrew(
            actor=self._actor(scene, turn),
            cause=signal.evidence.signal,
            **because("near in space, while the incident lasts: the same thing"),
            incident=incident.id,
            signal=signal.evidence.signal,
            severity=min(severity, incident.severity),
            inputs=inputs,
        )

    def _absorb(self, opened: IncidentOpened, turn: Turn) -> Iterable[Event]:
        """Open incidents that the new one explains turn out to be the same thing."""
        return tuple(
            IncidentMerged(
                actor=self._actor(self._scenes[opened.scene], turn),
                cause=opened.incident,
                **because(
                    "{one} is explained by {other}",
                    one=self._scenes[other.scene].name,
                    other=self._scenes[opened.scene].name,
                ),
                incident=opened.incident,
                merged=other.id,
            )
            for other in self._state.open.values()
            if other.id != opened.incident
            and opened.scene in self._scenes[other.scene].evidence.explained_by
            and math.hypot(other.x_m - opened.x_m, other.y_m - opened.y_m)
            <= self._scenes[other.scene].evidence.radius_m
        )

    def apply(self, event: Event, turn: Turn) -> None:
        state = self._state
        match event:
            case IncidentOpened():
                state.serial += 1
                evidence = tuple(self._signals.active[signal].evidence for signal in event.signals)
                state.open[event.incident] = Incident(
                    event.incident, event.scene, event.signals, evidence, event.x_m, event.y_m, event.edge,
                    event.place, event.severity, turn.city_ms,
                )  # fmt: skip
                state.attached.update(dict.fromkeys(event.signals, event.incident))
            case IncidentGrew():
                old = state.open[event.incident]
                state.open[event.incident] = msgspec.structs.replace(
                    old,
                    signals=(*old.signals, event.signal),
                    evidence=(*old.evidence, self._signals.active[event.signal].evidence),
                    severity=event.severity,
                )
                state.attached[event.signal] = event.incident
            case IncidentMerged():
                self._merge(event)
            case IncidentEnded():
                ended = state.open.pop(event.incident, None)
                for signal in ended.signals if ended else ():
                    state.attached.pop(signal, None)
            case _:
                pass

    def _merge(self, event: IncidentMerged) -> None:
        state = self._state
        gone, kept = state.open.pop(event.merged), state.open[event.incident]
        state.open[event.incident] = msgspec.structs.replace(
            kept, signals=(*kept.signals, *gone.signals), evidence=(*kept.evidence, *gone.evidence)
        )
        state.attached.update(dict.fromkeys(gone.signals, event.incident))

    def snapshot(self) -> bytes:
        return canonical(self._state)

    def restore(self, data: bytes) -> None:
        self._state = revive(data, _State)
        self._state.open = dict(sorted(self._state.open.items(), key=lambda item: int(item[0][2:])))


def _why(scene: Scene, signal: Signal, found: _Found) -> Because:
    entry = scene.signal(signal.evidence.condition)
    name = entry.name if entry else Name(signal.evidence.condition, signal.evidence.condition)
    if found.doubtful:
        return because("“{signal}” alone is weak: a collector is to confirm it", signal=name)
    if signal.strong:
        return because("“{signal}” is enough by itself", signal=name)
    rule = scene.evidence
    return because(
        "{count} signals within {radius} m and {window} s; {need} are enough",
        count=len(found.pool),
        radius=round(rule.radius_m),
        window=round(rule.window_s),
        need=rule.need,
    )
