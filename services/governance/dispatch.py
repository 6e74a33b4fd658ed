"""The dispatch desk: units for all open tasks at once, another when one fails, and one called off for what is worse."""

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
)
from services.facts.records import Outgoing
from services.facts.units import UnitReleased
from services.governance.assignment import Assigner, Given, OpenTask
from services.governance.case import Case, CaseState
from services.governance.cases import CaseDesk
from services.governance.lifecycle import refusal
from services.governance.story import task_text
from services.governance.units import UnitDesk
from twin.formats.civic import Order, encode

RETURN_EXPIRES_MS = 3_600_000
SILENT_MS = 1_800_000
"""A crew on its way or at work that is not heard for this long is given up."""


class DispatchDesk:
    """Keeps nothing of its own: assignments lie in the cases, what units do in the units desk."""

    name = "dispatch"

    def __init__(self, cases: CaseDesk, units: UnitDesk, assigner: Assigner) -> None:
        self._cases = cases
        self._units = units
        self._assigner = assigner

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        match fact:
            case CaseRouted():
                return self._assign(turn)
            case UnitLost():
                return (*self._call_off(fact, turn), *self._assign(turn))
            case TaskDone():
                return self._next(fact, turn)
            case CaseReturned() | CaseClosed() | CaseMerged():
                return self._recall(fact.case, turn)
            case CaseReworked():
                return (*self._recall(fact.case, turn), *self._assign(turn))
            case Tick():
                # who lost a unit is looked after with that loss: a plan made now would call the same unit off again
                return tuple(self._late(turn)) or self._assign(turn)
            case _:
                return ()

    def _late(self, turn: Turn) -> Iterable[Event]:
        """Orders that nobody acknowledged run out, and so do those of crews that have fallen silent."""
        for case in self._cases.open():
            under = case.assignment
            if under is None or case.state not in (CaseState.PENDING_HANDLE, CaseState.HANDLING):
                continue
            late = (
                turn.city_ms > under.expires_ms
                if not under.acknowledged
                else (under.state != "done" and turn.city_ms - under.heard_ms > SILENT_MS)
            )
            if late:
                yield _expired(case, under.unit, under.order)

    def _waiting(self, turn: Turn) -> dict[str, tuple[OpenTask, Actor]]:
        """By case: what waits for a unit, and the rule that may send one."""
        found: dict[str, tuple[OpenTask, Actor]] = {}
        for case in self._cases.open():
            if case.state is CaseState.PENDING_DISPATCH and case.department:
                actor = self._cases.actor(case, "dispatch", turn)
                if actor is not None:
                    found[case.id] = (self._open(case, turn), actor)
        return found

    def _open(self, case: Case, turn: Turn) -> OpenTask:
        """The playbook's task that is next."""
        tasks = self._cases.scenes.of(case).tasks
        clock = case.clock("dispatch")
        since_ms = clock.started_ms if clock is not None and clock.running else turn.city_ms
        return OpenTask(case, tasks[min(case.task, len(tasks) - 1)], max(0, turn.city_ms - since_ms) / 1000)

    def _assign(
        self, turn: Turn, more: tuple[OpenTask, Actor] | None = None, reason: Because | None = None
    ) -> list[Event]:
        """Orders for all open tasks at once, or a word that there is nobody. ``more`` is a task beside those that
        wait, with the ``reason`` why it is next."""
        waiting = self._waiting(turn)
        if more is not None:
            waiting[more[0].case.id] = more
        if not waiting:
            return []
        plan = self._assigner.plan([task for task, _ in waiting.values()], turn.city_ms)
        events: list[Event] = []
        for one in plan.given:
            task, actor = waiting[one.task.case.id]
            why = reason if reason is not None and more is not None and task is more[0] else _because(one)
            order = self.dispatched(task.case, actor, one.unit, one.travel_s, plan.candidates(task), turn, why)
            recalled = () if one.recalled is None else self._called_off(one, one.recalled, actor, turn)
            if refusal(task.case, order) is None and recalled is not None:
                events += (*recalled, order)
        for task in plan.unserved():
            if task.case.unavailable:
                continue
            failed = DispatchFailed(
                actor=waiting[task.case.id][1],
                cause=task.case.id,
                **because("no unit is free to {task}", task=task_text(task.skill)),
                case=task.case.id,
                task=task.skill,
                candidates=plan.candidates(task),
            )
            events += () if refusal(task.case, failed) else (failed,)
        return events

    def _called_off(self, one: Given, lesser: Case, actor: Actor, turn: Turn) -> tuple[Event, ...] | None:
        """A unit on its way to a lesser case is told to turn round; None where the table forbids it."""
        under = lesser.assignment
        if under is None:
            return None
        if one.faster_s < 0:
            why = because("called off for {case}, which is graver and has nobody else", case=one.task.case.id)
        else:
            why = because(
                "called off for {case}, which is graver and is reached {minutes} min sooner so",
                case=one.task.case.id, minutes=round(one.faster_s / 60, 1),
            )  # fmt: skip
        lost = UnitLost(
            actor=actor, cause=one.task.case.id, **why, case=lesser.id, unit=one.unit, order=under.order,
            how="recalled",
        )  # fmt: skip
        return None if refusal(lesser, lost) else (lost, _released(one.unit, under.order, lesser.id, turn))

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
        if case.task >= len(scene.tasks) and scene.closing.lasting:
            return (_released(done.unit, done.order, case.id, turn),)
        if case.task >= len(scene.tasks):
            feedback = CaseFedBack(actor=actor, cause=done.order, case=case.id, **because("the last task is done"))
            if refusal(case, feedback):
                return ()
            return (feedback, _released(done.unit, done.order, case.id, turn))
        reason = because("task {number} of {tasks} is done", number=done.number + 1, tasks=len(scene.tasks))
        events = self._assign(turn, (self._open(case, turn), actor), reason)
        if not any(isinstance(event, UnitDispatched) and event.unit == done.unit for event in events):
            events.insert(0, _released(done.unit, done.order, case.id, turn))
        return events

    def _call_off(self, lost: UnitLost, turn: Turn) -> Iterable[Event]:
        """A unit that let its order lapse is told so; one that has another order already was told with it."""
        idle = not self._units.state(lost.unit).order
        told = lost.how == "expired" or (lost.how == "recalled" and idle)
        return (_released(lost.unit, lost.order, lost.case, turn),) if told else ()

    def _recall(self, case: str, turn: Turn) -> Iterable[Event]:
        """Whoever is still under way for a case that ended, or went back, is sent home; not whoever was sent since."""
        known = self._cases.get(case)
        sent = known.assignment.order if known is not None and known.assignment is not None and not known.ended else ""
        return tuple(
            _released(unit, state.order, case, turn)
            for unit, state in self._units.working()
            if state.case == case and state.order != sent
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


def _because(one: Given) -> Because:
    if one.recalled is not None:
        return because("called off from {case}, which is less grave", case=one.recalled.id)
    return because("the shortest believed travel time")
