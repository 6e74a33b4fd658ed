"""Units for all open tasks at once: by travel time, priority, cover held back, and what may be called off for worse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import msgspec
import numpy as np

from services.facts.evidence import Candidate
from services.governance.case import Case
from services.governance.cases import CaseDesk
from services.governance.dispatch_policy import DispatchPolicy, Keep
from services.governance.matching import Bits, Floats, Longs, match, worth
from services.governance.selection import Selection, ranked
from services.governance.travel import Spot, Travel
from services.governance.units import UnitDesk
from twin.city.units import Unit
from twin.core.text import Text


class OpenTask(msgspec.Struct, frozen=True):
    """A case's next task."""

    case: Case
    skill: str
    waited_s: float


class Given(msgspec.Struct, frozen=True):
    """A task and its unit; ``recalled`` is the case that loses it."""

    task: OpenTask
    unit: str
    travel_s: float
    recalled: Case | None
    faster_s: float  # how much sooner than the unit that would have been free; -1 where none was


@dataclass(frozen=True, slots=True)
class Sheet:
    """The plan's arrays: T open tasks, U units in the order of their ids."""

    eligible: Bits  # (T, U) has the skill, and is of a department concerned
    able: Bits  # (T, U) and can be sent now
    loans: Bits  # (T, U) on its way to a lesser case, and might be called off
    seconds: Floats  # (T, U) inf where it was not worth computing
    known: Bits  # (T, U)
    hindered: tuple[Text | None, ...]  # (U,)


class Plan:
    """What :meth:`Assigner.plan` found; candidates are written out when they are asked for."""

    def __init__(
        self, tasks: Sequence[OpenTask], units: Sequence[Unit], sheet: Sheet, chosen: Longs, kept: Longs,
        given: Sequence[Given], city_ms: int,
    ) -> None:  # fmt: skip
        self._tasks, self._units, self._sheet = tasks, units, sheet
        self._chosen, self._kept = chosen, frozenset(kept.tolist())
        self.given = tuple(given)
        self._city_ms = city_ms

    @cached_property
    def _given_to(self) -> dict[str, Given]:
        return {one.unit: one for one in self.given}

    def unserved(self) -> tuple[OpenTask, ...]:
        """Those that nobody can be sent to now."""
        served = {one.task.case.id for one in self.given}
        return tuple(task for task in self._tasks if task.case.id not in served)

    def candidates(self, task: OpenTask) -> tuple[Candidate, ...]:
        """Everyone who could do it, and why each was or was not sent."""
        row = next(index for index, other in enumerate(self._tasks) if other is task)
        mine = next((one for one in self.given if one.task is task), None)
        return ranked([self._candidate(row, int(u), mine) for u in np.flatnonzero(self._sheet.eligible[row])])

    def _candidate(self, row: int, column: int, mine: Given | None) -> Candidate:
        unit, seconds = self._units[column], float(self._sheet.seconds[row, column])
        return Candidate(
            unit=unit.id,
            name=unit.name,
            travel_s=round(seconds, 1) if np.isfinite(seconds) else -1.0,
            chosen=mine is not None and mine.unit == unit.id,
            why=self._why(row, column, mine),
        )

    def _why(self, row: int, column: int, mine: Given | None) -> Text:
        sheet, unit = self._sheet, self._units[column]
        seconds = sheet.seconds[row, column]
        other = self._given_to.get(unit.id)
        if mine is not None and mine.unit == unit.id:
            return self._why_sent(row, column, mine)
        if not sheet.able[row, column]:
            return self._why_not(self._tasks[row].case, column)
        if other is not None:
            return Text("needed more by {case}", {"case": other.task.case.id})
        if column in self._kept and (mine is None or seconds < mine.travel_s):
            return Text("held back for what is likely to happen next")
        if not sheet.known[row, column]:
            return Text("no road is known to lead there: as the crow flies")
        return Text("slower")

    def _why_sent(self, row: int, column: int, mine: Given) -> Text:
        sheet = self._sheet
        if mine.recalled is not None:
            return Text("called off from {case}, which is less grave", {"case": mine.recalled.id})
        if not sheet.known[row, column]:
            return Text("no road is known to lead there: as the crow flies")
        first = bool((sheet.seconds[row][sheet.able[row]] >= sheet.seconds[row, column] - 0.05).all())
        return Text("there first") if first else Text("the best for all open tasks together")

    def _why_not(self, case: Case, column: int) -> Text:
        unit = self._units[column]
        refused = _refusals(case, self._city_ms).get(unit.id)
        if refused is not None:
            return Text(refused.msgid, {"unit": unit.name})
        return self._sheet.hindered[column] or Text("busy with {case}", {"case": Text("another case")})


@dataclass
class Assigner:
    """Reads cases and units; decides nothing by itself."""

    cases: CaseDesk
    units: UnitDesk
    selection: Selection
    travel: Travel
    policy: DispatchPolicy
    _masks: dict[tuple[str, str, tuple[str, ...], str, bool], Bits] = field(default_factory=dict)

    @cached_property
    def _all(self) -> tuple[Unit, ...]:
        return tuple(self.units.units[id] for id in sorted(self.units.units))

    @cached_property
    def _column(self) -> dict[str, int]:
        return {unit.id: column for column, unit in enumerate(self._all)}

    def plan(self, tasks: Sequence[OpenTask], city_ms: int) -> Plan:
        """The best use of everyone who is free, and of those who may be called off."""
        hindered = tuple(self.selection.hindrance(unit, city_ms) for unit in self._all)
        free = np.array([against is None for against in hindered], np.bool_)
        eligible = np.array([self._eligible(task) for task in tasks], np.bool_).reshape(len(tasks), len(self._all))
        able = eligible & free
        self._there(tasks, eligible, able, city_ms)
        under = self._under_way() if any(task.case.severity <= self.policy.recall.at_least for task in tasks) else {}
        loans = self._loans(tasks, eligible, under, city_ms)
        sheet = Sheet(eligible, able, loans, *self._times(tasks, able | loans), hindered)
        severity = np.array([task.case.severity for task in tasks], np.int64)
        weight = np.array([self.policy.weights[task.case.severity - 1] for task in tasks])
        value = worth(severity, np.array([task.waited_s for task in tasks]), weight)
        unit, kept = self._match(sheet, tasks, value, weight, self._cover(tasks, free, hindered))
        given = self._given(tasks, sheet, unit, under)
        return Plan(tasks, self._all, sheet, unit, kept, given, city_ms)

    def _match(
        self, sheet: Sheet, tasks: Sequence[OpenTask], value: Floats, weight: Floats, cover: Bits
    ) -> tuple[Longs, Longs]:
        """(T,) the column of each task's unit, -1 for none; and the columns held back."""
        return match(sheet.seconds, sheet.able, value, weight, cover)

    def _eligible(self, task: OpenTask) -> Bits:
        """(U,) of the responsible department, with the skill; of the scene's others where it has none, as soon as they
        lend theirs."""
        case, scene = task.case, self.cases.scenes.of(task.case)
        lent = case.task > 0 or task.waited_s >= self.policy.lend_after_s
        key = (case.department, scene.lead, scene.support, task.skill, lent)
        found = self._masks.get(key)
        if found is None:
            skilled = self.selection.skilled(case, task.skill)
            chosen = {unit.id for unit in skilled if lent or unit.department == case.department}
            found = self._masks[key] = np.array([unit.id in chosen for unit in self._all], np.bool_)
        return found

    def _there(self, tasks: Sequence[OpenTask], eligible: Bits, able: Bits, city_ms: int) -> None:
        """Whoever is at a case may be given its next task; whoever refused it may not."""
        row_of = {task.case.id: row for row, task in enumerate(tasks)}
        for unit, state in self.units.working():
            if state.case in row_of and state.status != "broken":
                able[row_of[state.case], self._column[unit]] = eligible[row_of[state.case], self._column[unit]]
        for row, task in enumerate(tasks):
            for unit in _refusals(task.case, city_ms):
                if unit in self._column:
                    able[row, self._column[unit]] = False

    def _under_way(self) -> dict[int, Case]:
        """Column → case of every unit that is on its way by a rule's order, and has not arrived."""
        found: dict[int, Case] = {}
        for case in self.cases.open():
            under = case.assignment
            if under is None or case.manual or under.state not in ("ordered", "driving"):
                continue
            if self.units.state(under.unit).order == under.order:
                found[self._column[under.unit]] = case
        return found

    def _loans(self, tasks: Sequence[OpenTask], eligible: Bits, under: dict[int, Case], city_ms: int) -> Bits:
        loans = np.zeros(eligible.shape, np.bool_)
        for row, task in enumerate(tasks):
            if task.case.severity > self.policy.recall.at_least:
                continue
            refused = _refusals(task.case, city_ms)
            for column, case in under.items():
                lesser = case.severity > task.case.severity and case.id != task.case.id
                loans[row, column] = lesser and eligible[row, column] and self._all[column].id not in refused
        return loans

    def _times(self, tasks: Sequence[OpenTask], wanted: Bits) -> tuple[Floats, Bits]:
        """Travel times of the pairs that matter."""
        seconds, known = np.full(wanted.shape, np.inf), np.zeros(wanted.shape, np.bool_)
        rows, columns = np.flatnonzero(wanted.any(axis=1)), np.flatnonzero(wanted.any(axis=0))
        if len(rows):
            spots = [(tasks[row].case.x_m, tasks[row].case.y_m) for row in rows.tolist()]
            units = [self._all[column] for column in columns.tolist()]
            times = self.travel.times(units, spots, self._positions(units))
            seconds[np.ix_(rows, columns)], known[np.ix_(rows, columns)] = times
            seconds[~wanted] = np.inf
        return seconds, known

    def _positions(self, units: Sequence[Unit]) -> list[Spot] | None:
        """Where to reckon the units to be; None: where they are."""
        return None

    def _cover(self, tasks: Sequence[OpenTask], free: Bits, hindered: tuple[Text | None, ...]) -> Bits:
        """One row a unit that is to stay free."""
        rows: list[Bits] = []
        cover = self.policy.cover
        lesser = [task for task in tasks if task.case.severity > 2]
        for keep in cover.keep if lesser else ():
            if any(task.skill == keep.skill and task.waited_s > cover.patience_s for task in lesser):
                continue
            mine = self._of(keep)
            working = sum(mine[i] and self.units.state(unit.id).status != "broken" for i, unit in enumerate(self._all))
            rows += [mine & free] * max(0, min(keep.units, working - 1))
        return np.array(rows, np.bool_).reshape(len(rows), len(self._all))

    def _of(self, keep: Keep) -> Bits:
        """(U,) who has the skill, and is in the district now."""
        lookup = self.cases.lookup
        return np.array(
            [
                keep.skill in unit.skills
                and (not keep.district or lookup.district(lookup.cell(*self.travel.position(unit))) == keep.district)
                for unit in self._all
            ],
            np.bool_,
        )

    def _given(
        self, tasks: Sequence[OpenTask], sheet: Sheet, unit: Longs, under: dict[int, Case]
    ) -> list[Given]:  # fmt: skip
        """The gravest first; those for whom a unit under way would be there so much sooner get that one."""
        order = sorted(range(len(tasks)), key=lambda i: (tasks[i].case.severity, -tasks[i].waited_s, tasks[i].case.id))
        called: set[int] = set()
        given: list[Given] = []
        for row in order:
            column = int(unit[row])
            own_s = float(sheet.seconds[row, column]) if column >= 0 else np.inf
            loans = [c for c in np.flatnonzero(sheet.loans[row]).tolist() if c not in called] if under else []
            best = min(loans, key=lambda c: (round(float(sheet.seconds[row, c]), 1), c), default=-1)
            if best >= 0 and sheet.seconds[row, best] + self.policy.recall.saves_s <= own_s:
                called.add(best)
                loan_s = float(sheet.seconds[row, best])
                saved = own_s - loan_s if np.isfinite(own_s) else -1.0
                given.append(Given(tasks[row], self._all[best].id, loan_s, under[best], saved))
            elif column >= 0:
                given.append(Given(tasks[row], self._all[column].id, own_s, None, -1.0))
        return given


def _refusals(case: Case, city_ms: int) -> dict[str, Text]:
    """Who is not asked again yet, and why."""
    return {entry.unit: entry.why for entry in case.refusals if entry.until_ms > city_ms}
