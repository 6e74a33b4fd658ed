"""The cases desk: opens, accepts and files cases, and keeps them; every step goes through the lifecycle's table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from services.collaboration.authority import Authority
from services.collaboration.canon import canonical, revive
from services.engine.desk import Fact, Turn
from services.facts.base import Actor, Event
from services.facts.because import Because, because
from services.facts.collaboration import Post
from services.facts.evidence import Evidence, IncidentGrew, IncidentMerged, IncidentOpened
from services.facts.governance import (
    CaseAccepted,
    CaseEvent,
    CaseFiled,
    CaseMerged,
    CaseNotAccepted,
    CaseOpened,
    CheckReported,
    EvidenceAdded,
)
from services.facts.ledger import DecisionWeighed, TollEstimated
from services.governance.case import Case
from services.governance.incidents import IncidentDesk
from services.governance.lifecycle import refusal
from services.governance.lookup import Lookup
from services.governance.progress import advanced, opened
from services.governance.scenes import Scene, SceneSignal
from services.governance.versions import Versions
from twin.state.conditions import DenmCondition, ReportCondition, StoppedCondition

KEPT_ENDED = 400
"""Ended cases kept in memory; older ones are in the journal."""


class _State(msgspec.Struct):
    cases: dict[str, Case] = {}


class CaseDesk:
    """Cases by id ``C-<serial>``, the serial of their incident."""

    name = "cases"

    def __init__(self, scenes: Versions, incidents: IncidentDesk, lookup: Lookup, authority: Authority) -> None:
        self.scenes = scenes
        self.lookup = lookup
        self.authority = authority
        self._incidents = incidents
        self._state = _State()
        self._open: dict[str, None] = {}

    def get(self, case: str) -> Case | None:
        return self._state.cases.get(case)

    def all(self) -> Iterator[Case]:
        """In the order of opening."""
        yield from self._state.cases.values()

    def open(self) -> Iterator[Case]:
        """Those that have not ended, in the order of opening."""
        for id in self._open:
            yield self._state.cases[id]

    def ahead(self, case: Case, event: CaseEvent, turn: Turn) -> Case:
        """The case as it would be after a step; for decisions that take several at once."""
        return advanced(case, event, self.scenes.of(case).limits, self.lookup, turn.city_ms)

    def actor(self, case: Case, step: str, turn: Turn) -> Actor | None:
        """The scene's rule for a step (accept, file, dispatch, close), with the holder of the post that authorised
        it; None where the scene leaves the step to a person, the case was taken over, or nobody is on duty."""
        scene = self.scenes.of(case)
        automation = scene.automation
        posts: dict[str, Post | str] = {
            "accept": automation.accept,
            "file": automation.file,
            "dispatch": automation.dispatch,
            "close": automation.close,
        }
        post = posts[step]
        if not post or (case.manual and step != "close"):
            return None
        return self.authority.rule(f"scene/{scene.id}@{case.version}/{step}", post, turn.city_ms)  # type: ignore[arg-type]

    def step(self, case: Case, rule: str, turn: Turn, make: Callable[[Actor], CaseEvent]) -> tuple[CaseEvent, ...]:
        """The step that the scene's rule takes, or nothing where it may not, or where the table or a guard forbids."""
        actor = self.actor(case, rule, turn)
        if actor is None:
            return ()
        return self.allowed(case, make(actor))

    @staticmethod
    def allowed(case: Case, event: CaseEvent) -> tuple[CaseEvent, ...]:
        """The event, or nothing where the table or a guard forbids it."""
        return () if refusal(case, event) else (event,)

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        match fact:
            case IncidentOpened() if fact.incident in self._incidents.open:  # not explained by another meanwhile
                return (self._report(fact),)
            case IncidentGrew():
                return self._grow(fact)
            case IncidentMerged():
                return self._merge(fact)
            case CaseOpened():
                return self._accept(fact, turn)
            case CaseAccepted():
                return self._file(fact.case, fact.case, because("the scene's evidence rule is met"), turn)
            case CheckReported() if fact.stage == "filing":
                return self._after_check(fact, turn)
            case _:
                return ()

    def _report(self, opened: IncidentOpened) -> CaseOpened:
        scene = self.scenes[opened.scene]
        incident = self._incidents.open[opened.incident]
        longitude, latitude = self.lookup.city.frame.to_lonlat(opened.x_m, opened.y_m)
        return CaseOpened(
            actor=opened.actor,
            cause=opened.incident,
            reason=opened.reason,
            why=opened.why,
            case=f"C{opened.incident[1:]}",
            incident=opened.incident,
            scene=scene.id,
            version=scene.version,
            code=scene.code,
            source=_source(scene, incident.evidence),
            severity=opened.severity,
            x_m=opened.x_m,
            y_m=opened.y_m,
            longitude=round(float(longitude), 7),
            latitude=round(float(latitude), 7),
            edge=opened.edge,
            place=opened.place,
            cell=opened.cell,
            target=self._target(scene, incident.evidence, opened),
            evidence=incident.evidence,
            observed_ms=min(entry.observed_ms for entry in incident.evidence),
            provenance=opened.provenance,
            doubtful=opened.doubtful,
        )

    def _target(self, scene: Scene, evidence: tuple[Evidence, ...], opened: IncidentOpened) -> str:
        """The component concerned, else the device that noticed, else the place."""
        for entry in evidence:
            device = self.lookup.devices.get(entry.subject)
            if device is not None and not opened.place:
                return device.component or device.id
        near = self.lookup.component(scene.match.components, opened.x_m, opened.y_m, scene.match.radius_m)
        return opened.place or near

    def _grow(self, grew: IncidentGrew) -> Iterable[Event]:
        case = self.get(f"C{grew.incident[1:]}")
        incident = self._incidents.open.get(grew.incident)
        if case is None or case.ended or incident is None:
            return ()
        evidence = next(entry for entry in incident.evidence if entry.signal == grew.signal)
        return (
            EvidenceAdded(
                actor=grew.actor,
                cause=grew.signal,
                reason=grew.reason,
                why=grew.why,
                case=case.id,
                evidence=evidence,
                severity=grew.severity,
            ),
        )

    def _merge(self, merged: IncidentMerged) -> Iterable[Event]:
        case = self.get(f"C{merged.merged[1:]}")
        into = f"C{merged.incident[1:]}"
        if case is None:
            return ()
        event = CaseMerged(
            actor=merged.actor, cause=merged.incident, reason=merged.reason, why=merged.why, case=case.id, into=into
        )
        return () if refusal(case, event) else (event,)

    def _accept(self, fact: CaseOpened, turn: Turn) -> Iterable[Event]:
        case = self._state.cases[fact.case]
        reason = because("the scene's evidence rule is met")
        return self.step(
            case,
            "accept",
            turn,
            lambda actor: CaseAccepted(actor=actor, cause=fact.incident, case=case.id, **reason),
        )

    def _file(self, id: str, cause: str, reason: Because, turn: Turn) -> Iterable[Event]:
        case = self._state.cases[id]
        return self.step(
            case,
            "file",
            turn,
            lambda actor: CaseFiled(actor=actor, cause=cause, case=id, by=actor.holder, **reason),
        )

    def _after_check(self, fact: CheckReported, turn: Turn) -> Iterable[Event]:
        case, who = self._state.cases[fact.case], self.lookup.person_name(fact.collector)
        if fact.finding in ("confirmed", "unresolved"):
            return self._file(
                fact.case, fact.order, because("{collector} confirmed it on the spot", collector=who), turn
            )
        reason = because("{collector} found nothing on the spot", collector=who)
        return self.step(
            case,
            "accept",
            turn,
            lambda actor: CaseNotAccepted(actor=actor, cause=fact.order, case=case.id, **reason),
        )

    def apply(self, event: Event, turn: Turn) -> None:
        if not isinstance(event, CaseEvent) or isinstance(event, TollEstimated | DecisionWeighed):
            return
        cases = self._state.cases
        if isinstance(event, CaseOpened):
            cases[event.case] = opened(event, self.scenes.of(event).limits, self.lookup, turn.city_ms)
            self._open[event.case] = None
            return
        before = cases[event.case]
        case = advanced(before, event, self.scenes.of(before).limits, self.lookup, turn.city_ms)
        cases[event.case] = case
        if case.ended and case.id in self._open:
            del self._open[case.id]
            self._forget()

    def _forget(self) -> None:
        ended = [id for id, case in self._state.cases.items() if case.ended]
        for id in ended[: max(0, len(ended) - KEPT_ENDED)]:
            del self._state.cases[id]

    def snapshot(self) -> bytes:
        return canonical(self._state)

    def restore(self, data: bytes) -> None:
        self._state = revive(data, _State)
        self._state.cases = dict(sorted(self._state.cases.items(), key=lambda item: int(item[0][2:])))
        self._open = {id: None for id, case in self._state.cases.items() if not case.ended}


def _source(scene: Scene, evidence: tuple[Evidence, ...]) -> str:
    """Who reported first: sensors, vehicles or a resident."""
    entry: SceneSignal | None = scene.signal(evidence[0].condition)
    match entry.condition if entry else None:
        case ReportCondition():
            return "resident"
        case DenmCondition() | StoppedCondition():
            return "vehicle"
        case _:
            return "sensor"
