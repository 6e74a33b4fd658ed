"""What scenes would have made of what was heard: belief, signals and incidents over a recording, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.collaboration.authority import Authority
from services.collaboration.roster import Roster
from services.engine.desk import Desk, Fact, Tick, Turn
from services.engine.step import Steps
from services.facts.evidence import Evidence, IncidentEnded, IncidentOpened
from services.facts.registry import all_facts
from services.governance.incidents import IncidentDesk
from services.governance.incidents_near import Nearness
from services.governance.lookup import Lookup
from services.governance.response import ResponseDesk
from services.governance.scene_arming import ArmingDesk
from services.governance.scenes import Scene
from services.governance.school import SchoolDays
from services.governance.signals import SignalDesk
from services.governance.versions import Versions
from twin.city.locate import Locator
from twin.city.model import City
from twin.city.units import Department
from twin.core.bus import Message
from twin.core.text import Name, Text
from twin.state.senses import Senses

_BOUND = 5_000
CALM_MS = 60_000
"""An incident is taken to be over when all its signals have been for so long: nobody works in a dry run."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One turn of a recording; ``messages`` is None for a tick."""

    turn: int
    city_ms: int
    messages: Sequence[Message] | None


@dataclass(frozen=True, slots=True)
class Fired:
    """An incident that would have been opened."""

    scene: str
    city_ms: int
    where: Name
    x_m: float
    y_m: float
    severity: int
    doubtful: bool
    why: Text | None
    evidence: tuple[Evidence, ...]


class DryRun:
    """One belief and the desks up to incidents."""

    def __init__(
        self,
        city: City,
        departments: Mapping[str, Department],
        roster: Roster,
        scenes: Mapping[str, Scene],
        school: SchoolDays,
        senses: Senses,
    ) -> None:
        """``senses`` watch for the conditions of the scenes."""
        self._lookup = Lookup(city, departments, (), roster)
        self._senses = senses
        authority = Authority(roster)
        response = ResponseDesk(authority)
        arming = ArmingDesk(scenes, response, school, senses, city.meta.time_zone)
        signals = SignalDesk(scenes, senses, arming)
        incidents = IncidentDesk(Versions(scenes), signals, self._lookup, authority, Nearness(city, Locator(city)))
        self._signals, self._incidents = signals, incidents
        self._calm_ms: dict[str, int] = {}
        desks: tuple[Desk, ...] = (response, arming, signals, incidents)
        self._steps = Steps(desks, all_facts(), lambda failed: False, _BOUND)

    def over(self, turns: Iterable[Heard]) -> Iterator[Fired]:
        """Every incident in the order of opening."""
        for heard in turns:
            turn = Turn(heard.turn, heard.city_ms, 0)
            body: Fact
            if heard.messages is None:
                self._senses.advance(heard.city_ms)
                body = Tick(heard.city_ms)
            else:
                body = self._senses.take(heard.messages, heard.city_ms)
            for entry in self._steps.run(body, turn, 1):
                if isinstance(entry.fact, IncidentOpened):
                    yield self._fired(entry.fact, heard.city_ms)
            self._end_what_is_over(turn)

    def _end_what_is_over(self, turn: Turn) -> None:
        self._calm_ms = {
            id: self._calm_ms.get(id, turn.city_ms)
            for id, incident in self._incidents.open.items()
            if not any(signal in self._signals.active for signal in incident.signals)
        }
        for id, since_ms in self._calm_ms.items():
            if turn.city_ms - since_ms >= CALM_MS:
                self._steps.begin_with(IncidentEnded(cause=id, incident=id), turn, 1)

    def _fired(self, opened: IncidentOpened, city_ms: int) -> Fired:
        found = (self._signals.active.get(signal) for signal in opened.signals)
        return Fired(
            opened.scene,
            city_ms,
            self._lookup.where(opened.place, opened.edge, opened.cell, opened.x_m, opened.y_m),
            opened.x_m,
            opened.y_m,
            opened.severity,
            opened.doubtful,
            opened.why,
            tuple(signal.evidence for signal in found if signal is not None),
        )
