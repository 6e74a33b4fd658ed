"""The units desk: what crews say over MQTT, and what each is doing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from services.collaboration.canon import canonical, revive
from services.engine.desk import Fact, Turn
from services.facts.base import Actor, Event
from services.facts.governance import (
    CheckOrdered,
    CheckReported,
    OrderEvent,
    TaskDone,
    UnitAcknowledged,
    UnitDispatched,
    UnitLost,
    UnitProgressed,
)
from services.facts.units import UnitAvailable, UnitReleased
from services.governance.case import Case, Check
from services.governance.cases import CaseDesk
from services.governance.lifecycle import refusal
from services.governance.wording import crew_words
from twin.city.units import Unit
from twin.state.batch import Batch, UnitSaid

Status = Literal["idle", "ordered", "busy", "broken"]


class UnitState(msgspec.Struct, frozen=True):
    """``case`` and ``order`` are empty unless the unit is under an order; ``tasks`` counts those done since it was last
    at its depot."""

    status: Status = "idle"
    case: str = ""
    order: str = ""
    tasks: int = 0


class _State(msgspec.Struct):
    units: dict[str, UnitState] = {}


class UnitDesk:
    """Every unit of the city by id; a unit without a word from it is idle at its depot."""

    name = "units"

    def __init__(self, cases: CaseDesk, units: Mapping[str, Unit]) -> None:
        self._cases = cases
        self.units = units
        self._state = _State()

    def state(self, unit: str) -> UnitState:
        return self._state.units.get(unit, UnitState())

    def working(self) -> tuple[tuple[str, UnitState], ...]:
        """Units under an order, by id."""
        return tuple((unit, state) for unit, state in sorted(self._state.units.items()) if state.order)

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        """A burst of reports is read one by one: each is judged by what the ones before it would have changed."""
        if not isinstance(fact, Batch):
            return ()
        events: list[Event] = []
        ahead: dict[str, Case] = {}
        moods: dict[str, UnitState] = {}
        for notice in fact.notices:
            if not isinstance(notice, UnitSaid) or notice.report.unit not in self.units:
                continue
            case = self._case(notice.report.order_id, ahead)
            step = None if case is None else self._step(case, notice)
            if case is not None and step is not None and refusal(case, step) is None:
                ahead[case.id] = self._cases.ahead(case, step, turn)
                moods[step.unit] = _after(moods.get(step.unit, self.state(step.unit)), step)
                events.append(step)
            else:
                mood = moods.get(notice.report.unit, self.state(notice.report.unit))
                free = self._free(notice, mood)
                if free is not None:
                    moods[free.unit] = _after(mood, free)
                    events.append(free)
        return events

    def _free(self, said: UnitSaid, state: UnitState) -> UnitAvailable | None:
        """A word outside of any order in force: the unit is ready again, or lies broken down."""
        report = said.report
        if report.state not in ("returning", "available", "broken_down"):
            return None
        wanted = "broken" if report.state == "broken_down" else "idle"
        unloads = report.state == "available" and state.tasks > 0
        if (state.status == wanted and not unloads) or (state.order and state.order != report.order_id):
            return None
        return UnitAvailable(
            actor=Actor("unit", report.unit),
            cause=report.report_id,
            reason=report.note,
            unit=report.unit,
            state=report.state,
        )

    def _case(self, order: str, ahead: dict[str, Case]) -> Case | None:
        """The case whose order in force this is; order ids are ``<case>/<n>``."""
        id = order.partition("/")[0]
        case = ahead.get(id) or self._cases.get(id)
        if case is None:
            return None
        in_force = [under.order for under in (case.assignment, case.check) if under is not None]
        return case if order in in_force else None

    def _step(self, case: Case, said: UnitSaid) -> OrderEvent | None:
        report, order = said.report, said.report.order_id
        actor = Actor("unit", report.unit)
        cause, reason = report.report_id, report.note
        mine = case.assignment if case.assignment is not None and case.assignment.order == order else None
        if case.check is not None and case.check.order == order and report.state == "done":
            return _finding(case.id, case.check, said)
        match report.state:
            case "acknowledged" if mine is None or not mine.acknowledged:
                return UnitAcknowledged(
                    actor=actor, cause=cause, reason=reason, case=case.id, unit=report.unit, order=order
                )
            case "driving" | "arrived" | "working" if mine is None or mine.state != report.state:
                return UnitProgressed(
                    actor=actor, cause=cause, reason=reason, case=case.id, unit=report.unit, order=order,
                    state=report.state,
                )  # fmt: skip
            case "refused" | "unable" | "broken_down":
                return UnitLost(
                    actor=actor, cause=cause, reason=reason, why=crew_words(report.note), case=case.id,
                    unit=report.unit, order=order, how=report.state,
                )  # fmt: skip
            case "done" if mine is not None and mine.state != "done":
                return TaskDone(
                    actor=actor, cause=cause, reason=reason, case=case.id, unit=report.unit, order=order,
                    task=mine.task, number=mine.number,
                )  # fmt: skip
            case _:
                return None

    def apply(self, event: Event, turn: Turn) -> None:
        if isinstance(event, OrderEvent | UnitReleased | UnitAvailable):
            self._state.units[event.unit] = _after(self.state(event.unit), event)

    def snapshot(self) -> bytes:
        return canonical(self._state)

    def restore(self, data: bytes) -> None:
        self._state = revive(data, _State)


def _finding(case: str, check: Check, said: UnitSaid) -> CheckReported:
    return CheckReported(
        actor=Actor("person", check.collector, "collector", check.collector),
        cause=said.report.report_id,
        reason=said.report.note,
        case=case,
        unit=said.report.unit,
        order=check.order,
        stage=check.stage,
        collector=check.collector,
        finding=said.report.finding or "unresolved",
        note=said.report.note,
    )


def _after(state: UnitState, event: Event) -> UnitState:
    """What a unit is doing after an event about it; words about an order it is no longer under change nothing."""
    tasks = state.tasks
    match event:
        case UnitDispatched() | CheckOrdered():
            return UnitState("ordered", event.case, event.order, tasks)
        case TaskDone() if state.order == event.order:
            return UnitState(state.status, state.case, state.order, tasks + 1)
        case UnitAcknowledged() | UnitProgressed() if state.order == event.order:
            return UnitState("busy", event.case, event.order, tasks)
        case UnitLost() if state.order == event.order:
            return UnitState("broken" if event.how == "broken_down" else "idle", tasks=tasks)
        case CheckReported() if state.order == event.order:
            return UnitState(tasks=tasks)
        case UnitReleased() if state.case == event.case and state.order in ("", event.order):
            return UnitState(tasks=tasks)
        case UnitAvailable():
            home = event.state == "available"
            return UnitState("broken" if event.state == "broken_down" else "idle", tasks=0 if home else tasks)
        case _:
            return state
