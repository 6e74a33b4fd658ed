"""The cases desk: opens cases, lets them grow, and keeps them; every step goes through the lifecycle's table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from services.collaboration.authority import Authority
from services.collaboration.canon import canonical, revive
from services.engine.desk import Fact, Turn
from services.facts.base import Actor, Event
from services.facts.because import because
from services.facts.casework import CaseReopened, CaseSplit, CaseTaken
from services.facts.collaboration import Post
from services.facts.evidence import Evidence, IncidentGrew, IncidentMerged, IncidentOpened, IncidentSplit
from services.facts.governance import CaseEvent, CaseMerged, CaseOpened, EvidenceAdded
from services.governance.calendar import Calendar
from services.governance.case import Case
from services.governance.incidents import IncidentDesk
from services.governance.lifecycle import ASIDE, refusal
from services.governance.lookup import Lookup
from services.governance.ownership import taking
from services.governance.progress import advanced, opened
from services.governance.scenes import Scene
from services.governance.setting import Setting
from services.governance.staffing import Staffing
from services.governance.versions import Versions

KEPT_ENDED = 400
"""Ended cases kept in memory; older ones are in the journal."""


class _State(msgspec.Struct):
    cases: dict[str, Case] = {}


class CaseDesk:
    """Cases by id ``C-<serial>``, the serial of their incident. ``permits`` may be set at composition: whether a
    scene's rules may take a step (accept, file, route, dispatch) now."""

    name = "cases"

    def __init__(
        self, scenes: Versions, incidents: IncidentDesk, lookup: Lookup, authority: Authority, calendar: Calendar
    ) -> None:
        self.scenes = scenes
        self.lookup = lookup
        self.authority = authority
        self.calendar = calendar
        self.staffing = Staffing(authority)
        self.permits: Callable[[Scene, str], bool] = lambda scene, step: True
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
        return advanced(case, event, self.setting(case, turn.city_ms))

    def setting(self, case: Case | CaseOpened, city_ms: int) -> Setting:
        return Setting(self.scenes.of(case), self.calendar, self.lookup, city_ms)

    def actor(self, case: Case, step: str, turn: Turn) -> Actor | None:
        """The scene's rule for a step (accept, file, dispatch, close), with the holder of the post that authorised
        it; None where the scene leaves the step to a person, the case was taken over, or nobody is on duty. Where a
        department commands its own units, its own rule dispatches them."""
        scene = self.scenes.of(case)
        if case.manual and step != "close":
            return None
        if step == "dispatch" and case.commands and case.commands == case.department:
            rule = f"department/{case.commands}/dispatch"
            return self.authority.rule(rule, "handler", turn.city_ms, case.commands)
        automation = scene.automation
        posts: dict[str, Post | str] = {
            "accept": automation.accept,
            "file": automation.file,
            "dispatch": automation.dispatch,
            "close": automation.close,
        }
        post = posts[step]
        if not post or not (step == "close" or self.permits(scene, step)):
            return None
        return self.authority.rule(f"scene/{scene.id}@{case.version}/{step}", post, turn.city_ms)  # type: ignore[arg-type]

    def step(self, case: Case, rule: str, turn: Turn, make: Callable[[Actor], CaseEvent]) -> tuple[CaseEvent, ...]:
        """The step that the scene's rule takes, or nothing where it may not, or where the table or a guard forbids."""
        actor = self.actor(case, rule, turn)
        if actor is None:
            return ()
        return self.allowed(case, make(actor), turn)

    def allowed(self, case: Case, event: CaseEvent, turn: Turn | None = None) -> tuple[CaseEvent, ...]:
        """The event, or nothing where the table or a guard forbids it. With the turn, a case that is offered to the
        post which acts is taken first."""
        took = None if turn is None else self.taken_for(case, event, turn)
        if took is None or turn is None:
            return () if refusal(case, event) else (event,)
        ahead = self.ahead(case, took, turn)
        return () if refusal(ahead, event) else (took, event)

    def taken_for(self, case: Case, event: CaseEvent, turn: Turn) -> CaseTaken | None:
        """The taking that a step implies, or None where the case is not offered to whoever acts."""
        took = taking(case, event, self.staffing, turn.city_ms)
        return None if took is None or refusal(case, took) else took

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        match fact:
            case IncidentOpened() if fact.incident in self._incidents.open:  # not explained by another meanwhile
                return self._report(fact, turn)
            case IncidentGrew():
                return self._grow(fact)
            case IncidentMerged():
                return self._merge(fact)
            case IncidentSplit():
                return self._split(fact)
            case _:
                return ()

    def _report(self, fact: IncidentOpened, turn: Turn) -> Iterable[Event]:
        """Reported, and at once in the hands of the acceptor on duty."""
        event = self._opened(fact)
        holder = self.staffing.holder("acceptor", "", turn.city_ms)
        taken = CaseTaken(
            actor=self.authority.rule("roster/opening", "acceptor", turn.city_ms) or event.actor,
            cause=fact.incident,
            **because("who accepts owns it from the beginning"),
            case=event.case,
            post=holder.post,
            department=holder.department,
            person=holder.person,
        )
        return (event, taken)

    def _opened(self, opened: IncidentOpened) -> CaseOpened:
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
            source=incident.evidence[0].channel or "sensor",
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

    def _split(self, split: IncidentSplit) -> Iterable[Event]:
        case = self.get(f"C{split.incident[1:]}")
        if case is None:
            return ()
        event = CaseSplit(
            actor=split.actor, cause=split.incident, reason=split.reason, why=split.why, case=case.id,
            signals=split.signals, new=f"C{split.new[1:]}",
        )  # fmt: skip
        return () if refusal(case, event) else (event,)

    def apply(self, event: Event, turn: Turn) -> None:
        if not isinstance(event, CaseEvent) or isinstance(event, ASIDE):
            return
        cases = self._state.cases
        if isinstance(event, CaseOpened):
            holder = self.staffing.holder("acceptor", "", turn.city_ms)
            cases[event.case] = opened(event, holder, self.setting(event, turn.city_ms))
            self._open[event.case] = None
            return
        before = cases[event.case]
        case = advanced(before, event, self.setting(before, turn.city_ms))
        cases[event.case] = case
        if isinstance(event, CaseReopened):
            self._listed()
        elif case.ended and case.id in self._open:
            del self._open[case.id]
            self._forget()

    def _listed(self) -> None:
        """Those open, in the order of opening, a reopened one in its old place."""
        self._open = {id: None for id, case in self._state.cases.items() if not case.ended}

    def _forget(self) -> None:
        ended = [id for id, case in self._state.cases.items() if case.ended]
        for id in ended[: max(0, len(ended) - KEPT_ENDED)]:
            del self._state.cases[id]

    def snapshot(self) -> bytes:
        return canonical(self._state)

    def restore(self, data: bytes) -> None:
        self._state = revive(data, _State)
        self._state.cases = dict(sorted(self._state.cases.items(), key=lambda item: int(item[0][2:])))
        self._listed()
