"""The incidents desk: what signals are evidence of. Reports and sensors about one thing become one incident."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from services.collaboration.authority import Authority
from services.collaboration.canon import canonical, revive
from services.engine.desk import Fact, Turn
from services.facts.base import Actor, Event
from services.facts.because import because
from services.facts.casework import CaseReopened, MergeCase, SplitCase
from services.facts.evidence import (
    IncidentEnded,
    IncidentGrew,
    IncidentMerged,
    IncidentOpened,
    IncidentSplit,
    SignalRaised,
)
from services.facts.governance import CaseClosed, CaseMerged, CaseNotAccepted
from services.governance.incidents_by_hand import SortingByHand
from services.governance.incidents_fusion import Found, Fusion, Incident, Near, why_enough
from services.governance.lookup import Lookup
from services.governance.scenes import Scene
from services.governance.severity import judge
from services.governance.signals import Signal, SignalDesk
from services.governance.versions import Versions

_ENDED_KEPT = 200
"""Ended incidents remembered, in case their case is reopened."""

__all__ = ["Incident", "IncidentDesk"]


class _State(msgspec.Struct):
    serial: int = 0
    open: dict[str, Incident] = {}
    attached: dict[str, str] = {}  # signal → incident
    ended: dict[str, Incident] = {}


class IncidentDesk:
    """Open incidents by id ``I-<serial>``."""

    name = "incidents"

    def __init__(
        self, scenes: Versions, signals: SignalDesk, lookup: Lookup, authority: Authority, nearness: Near
    ) -> None:
        self._scenes = scenes
        self._signals = signals
        self._lookup = lookup
        self._authority = authority
        self._fusion = Fusion(signals, lookup, nearness)
        self._by_hand = SortingByHand(scenes, signals, lookup, authority)
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
            case SplitCase() | MergeCase():
                return self._by_hand.answer(fact, self._state.open, self._state.serial, turn)
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
        homes = self._fusion.homes(scene, signal, self._state.open.values())
        if homes:
            return (self._grow(homes[0], signal, turn), *self._bridged(scene, signal, homes, turn))
        found = self._fusion.enough(scene, signal, self._state.attached, turn.city_ms)
        return () if found is None else (self._incident(scene, signal, found, turn),)

    def _bridged(self, scene: Scene, signal: Signal, homes: list[Incident], turn: Turn) -> Iterable[Event]:
        """What is believable and near to several weak incidents of its scene shows that they are one."""
        home = homes[0]
        if signal.evidence.condition in scene.evidence.doubtful or home.scene != scene.id or home.sorted:
            return
        for other in homes[1:]:
            if other.scene == scene.id and other.doubtful and not other.sorted:
                yield IncidentMerged(
                    actor=self._actor(scene, turn),
                    cause=signal.evidence.signal,
                    **because("one signal stands for both: the same thing reported twice"),
                    incident=home.id,
                    merged=other.id,
                )

    def _incident(self, scene: Scene, signal: Signal, found: Found, turn: Turn) -> IncidentOpened:
        evidence = tuple(other.evidence for other in found.pool)
        edge = next((other.edge for other in (signal, *found.pool) if other.edge >= 0), -1)
        place = self._place(scene, signal)
        spot = (signal.x_m, signal.y_m)
        severity, inputs = judge(scene, evidence, self._lookup, (*spot, edge), turn.city_ms)
        return IncidentOpened(
            actor=self._actor(scene, turn),
            cause=signal.evidence.signal,
            **why_enough(scene, signal, found),
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
        kind, _, id = signal.evidence.subject.partition(":")
        device = self._lookup.devices.get(signal.evidence.subject)
        own = self._lookup.places.get(id if kind == "place" else device.place if device else "")
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
        spot = (opened.x_m, opened.y_m)
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
            and not other.sorted
            and opened.scene in self._scenes[other.scene].evidence.explained_by
            and self._fusion.near(self._scenes[other.scene].evidence, (other.x_m, other.y_m), spot)
        )

    def apply(self, event: Event, turn: Turn) -> None:
        match event:
            case IncidentOpened():
                self._open(event, turn)
            case IncidentGrew():
                self._grew(event)
            case IncidentMerged():
                self._merge(event)
            case IncidentSplit():
                self._split(event)
            case IncidentEnded():
                self._end(event.incident)
            case CaseReopened():
                self._reopen(f"I{event.case[1:]}")
            case _:
                pass

    def _open(self, event: IncidentOpened, turn: Turn) -> None:
        state = self._state
        state.serial += 1
        evidence = event.evidence or tuple(self._signals.active[signal].evidence for signal in event.signals)
        state.open[event.incident] = Incident(
            event.incident, event.scene, event.signals, evidence, event.x_m, event.y_m, event.edge, event.place,
            event.severity, turn.city_ms, event.doubtful, bool(event.evidence),
        )  # fmt: skip
        state.attached.update(dict.fromkeys(event.signals, event.incident))

    def _grew(self, event: IncidentGrew) -> None:
        old, evidence = self._state.open[event.incident], self._signals.active[event.signal].evidence
        weak = self._scenes[old.scene].evidence.doubtful
        self._state.open[event.incident] = msgspec.structs.replace(
            old,
            signals=(*old.signals, event.signal),
            evidence=(*old.evidence, evidence),
            severity=event.severity,
            doubtful=old.doubtful and evidence.condition in weak,
        )
        self._state.attached[event.signal] = event.incident

    def _merge(self, event: IncidentMerged) -> None:
        state = self._state
        gone, kept = state.open.pop(event.merged), state.open[event.incident]
        state.open[event.incident] = msgspec.structs.replace(
            kept, signals=(*kept.signals, *gone.signals), evidence=(*kept.evidence, *gone.evidence)
        )
        state.attached.update(dict.fromkeys(gone.signals, event.incident))

    def _split(self, event: IncidentSplit) -> None:
        old = self._state.open[event.incident]
        evidence = tuple(entry for entry in old.evidence if entry.signal not in event.signals)
        signals = tuple(entry.signal for entry in evidence)
        self._state.open[event.incident] = msgspec.structs.replace(old, signals=signals, evidence=evidence, sorted=True)
        for signal in event.signals:
            self._state.attached.pop(signal, None)

    def _end(self, incident: str) -> None:
        state = self._state
        ended = state.open.pop(incident, None)
        if ended is None:
            return
        for signal in ended.signals:
            state.attached.pop(signal, None)
        state.ended = _ordered(state.ended | {incident: ended})
        if len(state.ended) > _ENDED_KEPT:
            del state.ended[next(iter(state.ended))]

    def _reopen(self, incident: str) -> None:
        """A resident says that it is not over: what comes now belongs to it again."""
        again = self._state.ended.pop(incident, None)
        if again is not None:
            self._state.open[incident] = again
            self._state.open = _ordered(self._state.open)
            self._state.attached.update(dict.fromkeys(again.signals, incident))

    def snapshot(self) -> bytes:
        return canonical(self._state)

    def restore(self, data: bytes) -> None:
        self._state = revive(data, _State)
        self._state.open = _ordered(self._state.open)
        self._state.ended = _ordered(self._state.ended)


def _ordered(incidents: dict[str, Incident]) -> dict[str, Incident]:
    return dict(sorted(incidents.items(), key=lambda item: int(item[0][2:])))
