"""Incidents sorted by hand: signals that are about something else are split off, duplicates merged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from services.collaboration.authority import Authority
from services.engine.desk import Turn
from services.facts.base import CommandRefused, Event
from services.facts.casework import MergeCase, SplitCase
from services.facts.evidence import IncidentMerged, IncidentOpened, IncidentSplit
from services.governance.incidents_fusion import Incident
from services.governance.lookup import Lookup
from services.governance.severity import judge
from services.governance.signals import SignalDesk
from services.governance.versions import Versions
from twin.core.text import Text

NOT_OPEN = Text("the incident of {case} is not open any more")


class SortingByHand:
    """Answers SplitCase and MergeCase with events, or says why not."""

    def __init__(self, scenes: Versions, signals: SignalDesk, lookup: Lookup, authority: Authority) -> None:
        self._scenes = scenes
        self._signals = signals
        self._lookup = lookup
        self._authority = authority

    def answer(
        self, fact: SplitCase | MergeCase, open: Mapping[str, Incident], serial: int, turn: Turn
    ) -> Iterable[Event]:
        """``serial`` is that of the last incident."""
        against = self._authority.refusal(fact, turn.city_ms)
        incident = open.get(_incident_of(fact.case))
        if against is None and incident is None:
            against = Text(NOT_OPEN.msgid, {"case": fact.case})
        if against is None and incident is not None:
            found = (
                self._split(fact, incident, serial, turn)
                if isinstance(fact, SplitCase)
                else _merged(fact, incident, open)
            )
            if not isinstance(found, Text):
                return found
            against = found
        assert against is not None
        return (CommandRefused(actor=fact.actor, cause=fact.id, command=type(fact).__name__, why=against),)

    def _split(self, fact: SplitCase, incident: Incident, serial: int, turn: Turn) -> tuple[Event, ...] | Text:
        wanted = dict.fromkeys(fact.signals)
        if not fact.why_split.strip():
            return Text("give a reason")
        if not wanted or not wanted.keys() <= set(incident.signals):
            return Text("these signals are not all evidence of {case}", {"case": fact.case})
        if len(wanted) == len(incident.signals):
            return Text("something must be left of {case}", {"case": fact.case})
        taken = tuple(entry for entry in incident.evidence if entry.signal in wanted)
        scene = self._scenes[incident.scene]
        first = self._signals.active.get(taken[0].signal)
        spot = (first.x_m, first.y_m, first.edge) if first else (incident.x_m, incident.y_m, incident.edge)
        severity, inputs = judge(scene, taken, self._lookup, spot, turn.city_ms)
        new = f"I-{serial + 1:04d}"
        device = self._lookup.devices.get(taken[0].subject)
        near = self._lookup.place(scene.match.place_kinds, spot[0], spot[1], scene.match.radius_m)
        place = device.place if device and device.place else (near.id if near else "")
        reason = fact.why_split.strip()
        split = IncidentSplit(
            actor=fact.actor, cause=fact.id, reason=reason, incident=incident.id, new=new, signals=tuple(wanted)
        )
        opened = IncidentOpened(
            actor=fact.actor,
            cause=fact.id,
            reason=reason,
            incident=new,
            scene=scene.id,
            version=scene.version,
            signals=tuple(entry.signal for entry in taken),
            x_m=spot[0],
            y_m=spot[1],
            edge=spot[2],
            place=place,
            cell=self._lookup.cell(spot[0], spot[1]),
            severity=severity,
            inputs=inputs,
            provenance=max(entry.provenance for entry in taken),
            doubtful=all(entry.condition in scene.evidence.doubtful for entry in taken),
            evidence=taken,
        )
        return (split, opened)


def _merged(fact: MergeCase, incident: Incident, open: Mapping[str, Incident]) -> tuple[Event, ...] | Text:
    into = open.get(_incident_of(fact.into))
    if not fact.why_merged.strip():
        return Text("give a reason")
    if into is None:
        return Text(NOT_OPEN.msgid, {"case": fact.into})
    if into.id == incident.id:
        return Text("a case cannot be merged into itself")
    reason = fact.why_merged.strip()
    merged = IncidentMerged(actor=fact.actor, cause=fact.id, reason=reason, incident=into.id, merged=incident.id)
    return (merged,)


def _incident_of(case: str) -> str:
    """Incident and case carry the same serial."""
    return f"I{case[1:]}"
