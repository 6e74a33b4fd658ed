"""Which units may be asked at all, why each of the others will not do, and the shortest way for one case by itself."""

from __future__ import annotations

from dataclasses import dataclass

from services.facts.evidence import Candidate
from services.governance.case import Case
from services.governance.cases import CaseDesk
from services.governance.dispatch_policy import DispatchPolicy
from services.governance.travel import Travel
from services.governance.units import UnitDesk
from twin.city.units import Unit
from twin.core.text import Text


@dataclass(frozen=True, slots=True)
class Chosen:
    """``unit`` is None where nobody is free; all who have the skill are candidates."""

    unit: str | None
    travel_s: float
    candidates: tuple[Candidate, ...]


class Selection:
    """Reads cases and units; decides nothing by itself."""

    def __init__(self, cases: CaseDesk, units: UnitDesk, travel: Travel, policy: DispatchPolicy) -> None:
        self._cases = cases
        self._units = units
        self._travel = travel
        self._policy = policy

    def skilled(self, case: Case, task: str) -> tuple[Unit, ...]:
        """Units of the responsible department with the skill; of the scene's other departments where it has none."""
        scene = self._cases.scenes.of(case)
        able = [unit for unit in self._units.units.values() if task in unit.skills]
        own = tuple(unit for unit in able if unit.department == case.department)
        return own or tuple(unit for unit in able if unit.department in (scene.lead, *scene.support))

    def collectors(self) -> tuple[Unit, ...]:
        """Collectors' units to which the roster gives a named collector."""
        return tuple(unit for unit in self._units.units.values() if unit.kind == "collector")

    def hindrance(self, unit: Unit, city_ms: int) -> Text | None:
        """Why a unit cannot be sent anywhere now."""
        state = self._units.state(unit.id)
        if state.status == "broken":
            return Text("broken down")
        if state.order:
            return Text("busy with {case}", {"case": state.case})
        limit = self._policy.capacity.get(unit.kind)
        if limit is not None and state.tasks >= limit:
            return Text("full: it has to unload at its depot first")
        if not self._policy.on_shift(unit.kind, self._cases.lookup.roster.hour(city_ms)):
            return Text("off duty until {hour}:00", {"hour": self._policy.shifts[unit.kind][0]})
        return None

    def unfit(self, unit: Unit, case: Case, taken: set[str], city_ms: int) -> Text | None:
        """Why a unit cannot be sent to a case now. One that is there already may be given its next task."""
        refused = next((entry for entry in case.refusals if entry.unit == unit.id and entry.until_ms > city_ms), None)
        if refused is not None:
            return Text(refused.why.msgid, {"unit": unit.name})
        if unit.id in taken:
            return Text("busy with {case}", {"case": self._units.state(unit.id).case or "another case"})
        state = self._units.state(unit.id)
        if state.order and state.case == case.id and state.status != "broken":
            return None
        return self.hindrance(unit, city_ms)

    def among(self, units: tuple[Unit, ...], case: Case, taken: set[str], city_ms: int) -> Chosen:
        """The unit that would be there first; ties go to the smaller id."""
        against = {unit.id: self.unfit(unit, case, taken, city_ms) for unit in units}
        free = [unit for unit in units if against[unit.id] is None]
        times = dict(zip([unit.id for unit in free], self._travel.seconds(free, case.x_m, case.y_m), strict=True))
        best = min(free, key=lambda unit: (round(times[unit.id][0], 1), unit.id), default=None)
        candidates = [
            Candidate(
                unit=unit.id,
                name=unit.name,
                travel_s=round(times[unit.id][0], 1) if unit.id in times else -1.0,
                chosen=best is not None and unit.id == best.id,
                why=_why(unit, best, against[unit.id], times.get(unit.id)),
            )
            for unit in units
        ]
        if best is None:
            return Chosen(None, -1.0, ranked(candidates))
        return Chosen(best.id, times[best.id][0], ranked(candidates))


def ranked(candidates: list[Candidate]) -> tuple[Candidate, ...]:
    """The one that is sent, then by time; those without one last."""
    return tuple(sorted(candidates, key=lambda one: (not one.chosen, one.travel_s < 0, one.travel_s, one.unit)))


def _why(unit: Unit, best: Unit | None, against: Text | None, time: tuple[float, bool] | None) -> Text:
    if against is not None:
        return against
    if time is not None and not time[1]:
        return Text("no road is known to lead there: as the crow flies")
    return Text("there first") if best is not None and unit.id == best.id else Text("slower")
