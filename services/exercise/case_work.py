"""What waits at a post because of a case: one row a task."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import hypot
from typing import Protocol

from services.exercise.work import Draft, Item, Seat
from services.facts.base import Command
from services.facts.collaboration import HANDLING
from services.facts.governance import AcceptCase, AssignUnit, OrderFieldCheck, RejectCase, RouteCase
from services.governance.automation import AutomationDesk
from services.governance.case import Case, CaseState
from services.governance.cases import CaseDesk
from services.governance.routing import RoutingDesk
from services.governance.units import UnitDesk
from twin.city.units import Unit

S = CaseState
BY_HAND = "by hand"
"""The rule of a routing that a person named."""
UNFILED = (S.REPORTED, S.PENDING_REGISTER)


class Where(Protocol):
    """Where a unit was last heard, or its depot."""

    def __call__(self, unit: Unit) -> tuple[float, float]: ...


@dataclass(frozen=True)
class Sight:
    """What a person at the centre would see: cases, units, the rules' advice, and what software does by itself."""

    cases: CaseDesk
    units: UnitDesk
    routing: RoutingDesk
    automation: AutomationDesk
    where: Where

    def by_rule(self, case: Case, step: str) -> bool:
        """Whether the scene's own rule takes this step, so that nobody needs to."""
        scene = self.cases.scenes.of(case)
        authorised = {"file": scene.automation.file, "dispatch": scene.automation.dispatch}.get(step, "route")
        return not case.manual and bool(authorised) and self.automation.permits(scene, step)

    def department(self, case: Case, draft: Draft) -> str:
        """Whom the rules name, else the scene's lead; any other one on a slip."""
        scene = self.cases.scenes.of(case)
        found = self.routing.ask(case, draft.city_ms)
        right = found.department or next((one.department for one in found.contenders if one.department), "")
        if not right or right in case.excluded:
            right = next((one for one in (scene.lead, *scene.support) if one not in case.excluded), scene.lead)
        if not draft.slip:
            return right
        others = [one for one in self.cases.lookup.departments if one != right and one not in case.excluded]
        return others[sum(map(ord, draft.id)) % len(others)] if others else right

    def concerned(self, case: Case, department: str) -> bool:
        """Whether a department knows a case for one of its own: the rules name it, it leads or supports such a scene,
        or it has units that can do what is next."""
        scene = self.cases.scenes.of(case)
        by_rule = any(tried.won and tried.rule != BY_HAND for tried in case.trace)
        if by_rule or department in (scene.lead, *scene.support):
            return True
        task = scene.tasks[min(case.task, len(scene.tasks) - 1)]
        return any(unit.department == department and task in unit.skills for unit in self.units.units.values())

    def disputed(self, case: Case) -> bool:
        """Whether no rule could route it, so that it lies with the duty chief."""
        return any(entry.case == case.id for entry in self.routing.queue())

    def unit(self, case: Case) -> str:
        """The nearest idle unit of the department that can do the next task; of the scene's other ones if need be."""
        scene = self.cases.scenes.of(case)
        task = scene.tasks[min(case.task, len(scene.tasks) - 1)]
        idle = [
            unit
            for unit in self.units.units.values()
            if task in unit.skills
            and self.units.state(unit.id).status == "idle"
            and not any(refusal.unit == unit.id for refusal in case.refusals)
        ]
        own = [unit for unit in idle if unit.department == case.department]
        others = [unit for unit in idle if unit.department in (scene.lead, *scene.support)]
        return min(own or others, key=lambda unit: (self._away(unit, case), unit.id)).id if own or others else ""

    def _away(self, unit: Unit, case: Case) -> float:
        x_m, y_m = self.where(unit)
        return round(hypot(x_m - case.x_m, y_m - case.y_m), 1)


Waits = Callable[[Sight, Case, int], int]
"""City time since when a case waits for a task at a city time; -1: it does not."""


@dataclass(frozen=True, slots=True)
class CaseRow:
    """``post`` has a ``task`` while ``waits`` says so, and does it by the command that ``make`` drafts."""

    post: str
    task: str
    waits: Waits
    make: Callable[[Sight, Case, Draft], Command | None]


def clock_ms(case: Case, name: str) -> int:
    """Since when a clock of the case runs, else since its opening."""
    clock = next((clock for clock in reversed(case.clocks) if clock.name == name), None)
    return case.opened_ms if clock is None else clock.started_ms


def _acceptable(sight: Sight, case: Case, city_ms: int) -> int:
    checked = case.check is not None and case.check.finding in ("confirmed", "unresolved")
    unsure = case.doubtful and not checked and case.state is S.PENDING_REGISTER
    if case.state not in UNFILED or sight.by_rule(case, "file") or unsure:
        return -1
    return max(clock_ms(case, "accept"), case.check.reported_ms if case.check else -1)


def _doubtful(sight: Sight, case: Case, city_ms: int) -> int:
    wanted = case.doubtful and case.state is S.PENDING_REGISTER and not sight.by_rule(case, "file")
    wanted = wanted and case.check is None
    return clock_ms(case, "accept") if wanted else -1


def _unfounded(sight: Sight, case: Case, city_ms: int) -> int:
    found = case.state in UNFILED and case.check is not None and case.check.finding in ("nothing_found", "resolved")
    return case.check.reported_ms if found and case.check is not None else -1


def _undecided(sight: Sight, case: Case, city_ms: int) -> int:
    wanted = case.state is S.PENDING_CHECK and case.wants_check == "closing" and not sight.by_rule(case, "dispatch")
    free = case.check is None or bool(case.check.finding)
    return clock_ms(case, "check") if wanted and free else -1


def _unrouted(sight: Sight, case: Case, city_ms: int) -> int:
    waits = case.state is S.PENDING_DISPATCH and not case.department and case.holder.post not in HANDLING
    return clock_ms(case, "dispatch") if waits and not sight.disputed(case) else -1


def _moved_down(sight: Sight, case: Case, city_ms: int) -> int:
    """The desk of a lower tier, which took the case, names the department."""
    waits = case.state is S.PENDING_DISPATCH and not case.department and case.holder.post in HANDLING
    return clock_ms(case, "dispatch") if waits else -1


def _disputed(sight: Sight, case: Case, city_ms: int) -> int:
    waits = case.state is S.PENDING_DISPATCH and sight.disputed(case) and case.holder.post not in HANDLING
    return clock_ms(case, "dispatch") if waits else -1


def _routed(sight: Sight, case: Case, city_ms: int) -> int:
    waits = case.state is S.PENDING_DISPATCH and bool(case.department) and not sight.by_rule(case, "dispatch")
    return clock_ms(case, "dispatch") if waits and sight.unit(case) else -1


def _accept(sight: Sight, case: Case, draft: Draft) -> Command:
    return AcceptCase(id=draft.id, actor=draft.actor, case=case.id)


def _check(sight: Sight, case: Case, draft: Draft) -> Command:
    return OrderFieldCheck(id=draft.id, actor=draft.actor, case=case.id)


def _dismiss(sight: Sight, case: Case, draft: Draft) -> Command:
    return RejectCase(id=draft.id, actor=draft.actor, case=case.id, why_not=draft.said("dismiss"))


def _route(sight: Sight, case: Case, draft: Draft) -> Command:
    return RouteCase(id=draft.id, actor=draft.actor, case=case.id, department=sight.department(case, draft))


def _assign(sight: Sight, case: Case, draft: Draft) -> Command | None:
    unit = sight.unit(case)
    return AssignUnit(id=draft.id, actor=draft.actor, case=case.id, unit=unit) if unit else None


ROWS: tuple[CaseRow, ...] = (
    CaseRow("acceptor", "accept", _acceptable, _accept),
    CaseRow("acceptor", "check", _doubtful, _check),
    CaseRow("acceptor", "dismiss", _unfounded, _dismiss),
    CaseRow("acceptor", "check", _undecided, _check),
    CaseRow("dispatcher", "route", _unrouted, _route),
    CaseRow("handler", "route", _moved_down, _route),
    CaseRow("duty_chief", "route", _disputed, _route),
    CaseRow("handler", "assign", _routed, _assign),
)


class CaseWork:
    """Cases against rows."""

    def __init__(self, sight: Sight, rows: tuple[CaseRow, ...] = ROWS) -> None:
        self._sight = sight
        self._rows = rows

    def waiting(self, city_ms: int) -> Iterator[Item]:
        for case in self._sight.cases.open():
            for row in self._rows:
                since_ms = row.waits(self._sight, case, city_ms)
                if since_ms >= 0:
                    yield self._item(row, case, since_ms)

    def _item(self, row: CaseRow, case: Case, since_ms: int) -> Item:
        department = (case.department or case.holder.department) if row.post in HANDLING else ""
        return Item(
            row.task, Seat(row.post, department), case.id, since_ms, case.id, case.severity,
            lambda draft: row.make(self._sight, case, draft),
        )  # fmt: skip
