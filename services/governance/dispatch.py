"""The dispatch desk: the unit with the shortest believed travel time, and another when it fails."""

from __future__ import annotations

from collections.abc import Iterable

from services.collaboration.canon import canonical
from services.engine.desk import Fact, Tick, Turn
from services.facts.base import SYSTEM, Actor, Event
from services.facts.because import Because, because
from services.facts.evidence import Candidate
from services.facts.governance import (
    CaseClosed,
    CaseFedBack,
    CaseMerged,
    CaseReturned,
    CaseReworked,
    CaseRouted,
    CheckOrdered,
    DispatchFailed,
    TaskDone,
    UnitDispatched,
    UnitLost,
    UnitReleased,
)
from services.facts.records import Outgoing
from services.governance.case import Case, CaseState
from services.governance.cases import CaseDesk
from services.governance.lifecycle import refusal
from services.governance.selection import Selection
from services.governance.story import task_text
from services.governance.units import UnitDesk
from twin.formats.civic import Order, encode

RETURN_EXPIRES_MS = 3_600_000
SILENT_MS = 1_800_000
"""A crew on its way or at work that is not heard for this long is given up."""


class DispatchDesk:
    """Keeps nothing of its own: assignments lie in the cases, what units do in the units desk."""

    name = "dispatch"

    def __init__(self, cases: CaseDesk, units: UnitDesk, selection: Selection) -> None:
        self._cases = cases
        self._units = units
        self._selection = selection

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        match fact:
            case CaseRouted():
                return self._send(self._cases.get(fact.case), turn, set())
            case UnitLost():
                return (*self._call_off(fact, turn), *self._send(self._cases.get(fact.case), turn, set()))
            case TaskDone():
                return self._next(fact, turn)
            case CaseReturned() | CaseClosed() | CaseMerged():
                return self._recall(fact.case, turn)
            case CaseReworked():
                return (*self._recall(fact.case, turn), *self._send(self._cases.get(fact.case), turn, set()))
            case Tick():
                return self._watch(turn)
            case _:
                return ()

    def _watch(self, turn: Turn) -> Iterable[Event]:
        """Orders that nobody acknowledged run out; cases without a unit are tried again, gravest first."""
        events: list[Event] = []
        taken: set[str] = set()
        waiting: list[Case] = []
        for case in self._cases.open():
            under = case.assignment
            if case.state is CaseState.PENDING_DISPATCH and case.department and not case.manual:
                waiting.append(case)
            elif under is not None and case.state in (CaseState.PENDING_HANDLE, CaseState.HANDLING):
                late = (
                    turn.city_ms > under.expires_ms
                    if not under.acknowledged
                    else (under.state != "done" and turn.city_ms - under.heard_ms > SILENT_MS)
                )
                if late:
                    events.append(_expired(case, under.unit, under.order))
        for case in sorted(waiting, key=lambda case: (case.severity, case.opened_ms, case.id)):
            for event in self._send(case, turn, taken):
                if isinstance(event, UnitDispatched):
                    taken.add(event.unit)
                events.append(event)
        return events

    def _send(self, case: Case | None, turn: Turn, taken: set[str]) -> Iterable[Event]:
        """An order to the best unit for the task that is next, or a word that there is none."""
        if case is None or case.state is not CaseState.PENDING_DISPATCH or not case.department:
            return ()
        if case.unavailable and not self._selection.anybody(case, self._task(case), taken, turn.city_ms):
            return ()
        actor = self._cases.actor(case, "dispatch", turn)
        if actor is None:
            return ()
        return self._order(case, actor, turn, taken, because("the shortest believed travel time"))

    def _task(self, case: Case) -> str:
        """The playbook's task that is next."""
        tasks = self._cases.scenes.of(case).tasks
        return tasks[min(case.task, len(tasks) - 1)]

    def _order(self, case: Case, actor: Actor, turn: Turn, taken: set[str], reason: Because) -> Iterable[Event]:
        task = self._task(case)
        found = self._selection.choose(case, task, taken, turn.city_ms)
        if found.unit is None:
            failed = DispatchFailed(
                actor=actor,
                cause=case.id,
                **because("no unit is free to {task}", task=task_text(task)),
                case=case.id,
                task=task,
                candidates=found.candidates,
            )
            return () if case.unavailable or refusal(case, failed) else (failed,)
        event = self.dispatched(case, actor, found.unit, found.travel_s, found.candidates, turn, reason)
        return () if refusal(case, event) else (event,)

    def dispatched(
        self,
        case: Case,
        actor: Actor,
        unit: str,
        travel_s: float,
        candidates: tuple[Candidate, ...],
        turn: Turn,
        reason: Because,
    ) -> UnitDispatched:
        """The order as an event; also for a person's choice of unit."""
        scene = self._cases.scenes.of(case)
        number = min(case.task, len(scene.tasks) - 1)
        return UnitDispatched(
            actor=actor,
            cause=case.id,
            **reason,
            case=case.id,
            unit=unit,
            order=f"{case.id}/{case.orders + 1}",
            task=scene.tasks[number],
            number=number,
            department=self._units.units[unit].department,
            issued_ms=turn.city_ms,
            expires_ms=turn.city_ms + round(scene.limits.acknowledge_s * 1000),
            longitude=case.longitude,
            latitude=case.latitude,
            target=case.target,
            travel_s=round(travel_s, 1),
            candidates=candidates,
        )

    def _next(self, done: TaskDone, turn: Turn) -> Iterable[Event]:
        """The playbook's next task, by whoever is nearest; after the last one, the feedback."""
        case = self._cases.get(done.case)
        if case is None or case.state is not CaseState.HANDLING:
            return ()
        scene = self._cases.scenes.of(case)
        actor = self._cases.actor(case, "dispatch", turn) or self._cases.authority.rule(
            f"scene/{scene.id}@{case.version}/playbook", "dispatcher", turn.city_ms
        )
        if actor is None:
            return ()
        if case.task >= len(scene.tasks):
            feedback = CaseFedBack(actor=actor, cause=done.order, case=case.id, **because("the last task is done"))
            if refusal(case, feedback):
                return ()
            return (feedback, _released(done.unit, done.order, case.id, turn))
        reason = because("task {number} of {tasks} is done", number=done.number + 1, tasks=len(scene.tasks))
        events = list(self._order(case, actor, turn, set(), reason))
        if not any(isinstance(event, UnitDispatched) and event.unit == done.unit for event in events):
            events.insert(0, _released(done.unit, done.order, case.id, turn))
        return events

    def _call_off(self, lost: UnitLost, turn: Turn) -> Iterable[Event]:
        """A unit that let its order lapse is told so."""
        return (_released(lost.unit, lost.order, lost.case, turn),) if lost.how in ("expired", "recalled") else ()

    def _recall(self, case: str, turn: Turn) -> Iterable[Event]:
        """Whoever is still under way for a case that has ended, or gone back, is sent home."""
        return tuple(
            _released(unit, state.order, case, turn) for unit, state in self._units.working() if state.case == case
        )

    def apply(self, event: Event, turn: Turn) -> None:
        """The cases and units desks keep what came of it."""

    def outgoing(self, event: Event) -> Iterable[Outgoing]:
        match event:
            case UnitDispatched():
                order = Order(
                    order_id=event.order, unit=event.unit, kind="attend", issued_ms=event.issued_ms,
                    expires_ms=event.expires_ms, latitude=event.latitude, longitude=event.longitude,
                    task=event.task, target=event.target, case=event.case,
                )  # fmt: skip
            case CheckOrdered():
                order = Order(
                    order_id=event.order, unit=event.unit, kind="check", issued_ms=event.issued_ms,
                    expires_ms=event.expires_ms, latitude=event.latitude, longitude=event.longitude,
                    task="inspect", target=event.target, case=event.case,
                )  # fmt: skip
            case UnitReleased():
                order = Order(
                    order_id=f"{event.order}/return", unit=event.unit, kind="return", issued_ms=event.issued_ms,
                    expires_ms=event.expires_ms, case=event.case,
                )  # fmt: skip
            case _:
                return ()
        topic = f"units/{order.unit}/order"
        return (Outgoing(topic, encode(order), key=order.order_id, expires_ms=order.expires_ms),)

    def snapshot(self) -> bytes:
        return canonical(None)

    def restore(self, data: bytes) -> None:
        """Nothing is kept."""


def _released(unit: str, order: str, case: str, turn: Turn) -> UnitReleased:
    return UnitReleased(
        actor=SYSTEM,
        cause=order,
        **because("nothing more to do there"),
        unit=unit,
        order=order,
        case=case,
        issued_ms=turn.city_ms,
        expires_ms=turn.city_ms + RETURN_EXPIRES_MS,
    )


def _expired(case: Case, unit: str, order: str) -> UnitLost:
    return UnitLost(
        actor=SYSTEM,
        cause=order,
        **because("no word in time"),
        case=case.id,
        unit=unit,
        order=order,
        how="expired",
    )
