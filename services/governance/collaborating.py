"""What collaboration asks of governance, answered from its desks: cases, playbooks, units, closed roads, silence."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from services.collaboration.ports import CaseView, ClosureView, Planned, UnitView
from services.governance.case import Case, CaseState
from services.governance.cases import CaseDesk
from services.governance.closures import ClosureDesk
from services.governance.lifecycle import STATE_TEXT
from services.governance.scenes import Scene
from services.governance.sensing import Sensing
from services.governance.story import task_text
from services.governance.units import UnitDesk
from twin.core.text import Name, Text
from twin.core.views import Card, Section

SHOWN = (
    "Evidence",
    "Who owns it",
    "Three truths",
    "Three truths: they disagree",
    "Closing test",
    "History",
)
"""Sections of a case's card that every party sees in the scene room."""

UNIT_STATE: dict[str, Text] = {
    "idle": Text("ready"),
    "ordered": Text("ordered"),
    "busy": Text("at work"),
    "broken": Text("broken down"),
}


class CasesSeen:
    """``card`` makes a case's page; ``permits`` says whether a scene's rules may take a step now."""

    def __init__(self, cases: CaseDesk, card: Callable[[Case], Card], permits: Callable[[Scene, str], bool]) -> None:
        self._cases, self._card, self._permits = cases, card, permits

    def view(self, case: str) -> CaseView | None:
        known = self._cases.get(case)
        return None if known is None else self._view(known)

    def open(self) -> Iterator[CaseView]:
        for case in self._cases.open():
            yield self._view(case)

    def _view(self, case: Case) -> CaseView:
        scene = self._cases.scenes.of(case)
        cells = self._cases.lookup.city.cells
        by_rule = not case.manual and self._permits(scene, "dispatch")
        return CaseView(
            id=case.id,
            scene=scene.id,
            title=scene.name,
            where=case.where,
            severity=case.severity,
            state=STATE_TEXT[case.state],
            lead=scene.lead,
            support=scene.support,
            department=case.department,
            owner=case.owner,
            post=case.holder.post,
            held_by=case.holder.department,
            area=cells[case.cell].subdistrict if case.cell >= 0 else "",
            opened_ms=case.opened_ms,
            due_ms=case.due_ms,
            overdue=any(clock.overdue and clock.running for clock in case.clocks),
            suspended_until_ms=case.suspended_until_ms,
            supervised=case.supervised,
            offered_to=case.offer.to_post if case.offer is not None else "",
            ended=case.ended,
            unrouted=case.state is CaseState.PENDING_DISPATCH and not case.department,
            rule=f"scene/{scene.id}@{case.version}" if by_rule else "",
        )

    def running(self, case: str, clock: str) -> bool:
        known = self._cases.get(case)
        return known is not None and any(one.name == clock and one.running and not one.paused for one in known.clocks)

    def planned(self, case: str) -> tuple[Planned, ...]:
        known = self._cases.get(case)
        if known is None:
            return ()
        return tuple(
            Planned(
                department=one.department,
                what=one.what,
                at=one.at,
                respond_s=one.respond_s,
                finish_s=one.finish_s,
                at_least=one.at_least,
            )
            for one in self._cases.scenes.of(known).requests
        )

    def evidence(self, case: str) -> tuple[Section, ...]:
        known = self._cases.get(case)
        if known is None:
            return ()
        sections = self._card(known).sections
        return tuple(one for one in sections if isinstance(one.title, Text) and one.title.msgid in SHOWN)


class CitySeen:
    """Units by department with what they are at, roads closed, devices that are silent."""

    def __init__(self, units: UnitDesk, cases: CaseDesk, closures: ClosureDesk, senses: Sensing) -> None:
        self._units, self._cases, self._closures, self._senses = units, cases, closures, senses

    def units(self, department: str) -> tuple[UnitView, ...]:
        return tuple(self._unit(id) for id, unit in self._units.units.items() if unit.department == department)

    def _unit(self, id: str) -> UnitView:
        unit, state = self._units.units[id], self._units.state(id)
        case = self._cases.get(state.case) if state.case else None
        depot = self._cases.lookup.places.get(unit.depot)
        where: Name | None = case.where if case is not None else depot.name if depot is not None else None
        doing = UNIT_STATE[state.status]
        if case is not None and case.assignment is not None and case.assignment.unit == id:
            doing = Text("{state}: {task}", {"state": doing, "task": task_text(case.assignment.task)})
        return UnitView(id=id, name=unit.name, state=doing, free=state.status == "idle", case=state.case, where=where)

    def closures(self) -> tuple[ClosureView, ...]:
        found: list[ClosureView] = []
        for closure in self._closures.all():
            case = self._cases.get(closure.case)
            if case is not None:
                found.append(ClosureView(id=closure.id, case=case.id, where=case.where, until_ms=closure.until_ms))
        return tuple(found)

    def silent(self) -> tuple[str, ...]:
        return self._senses.silent()
