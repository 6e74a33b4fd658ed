"""The escalation desk: by the table of ``config/collaboration.toml`` what is late goes up, each step once."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from services.collaboration.authority import Authority
from services.collaboration.canon import canonical, revive
from services.collaboration.ports import Cases
from services.collaboration.requests import RequestDesk
from services.collaboration.rooms import RoomDesk
from services.collaboration.settings import MINUTE_MS, Addressee, LateKind, Settings, Step
from services.engine.desk import Fact, Tick, Turn
from services.facts.base import SYSTEM, Event
from services.facts.because import because
from services.facts.duty import ShiftOverdue, ShiftTakenOver
from services.facts.governance import CaseClosed, CaseMerged, CaseNotAccepted, ClockOverdue
from services.facts.meetings import ResolutionDone, ResolutionOverdue
from services.facts.working import (
    DepartmentReportedIn,
    Escalated,
    RequestAnswered,
    RequestEvent,
    RequestFinished,
    RequestLapsed,
    RequestOverdue,
    RequestRefused,
    WhistleEnded,
    WhistleOverdue,
)

CENTRE = "operations_centre"
OF_DEPARTMENT: tuple[Addressee, ...] = ("handler", "department_head")


class Late(msgspec.Struct, frozen=True, kw_only=True):
    """What is late, since when, and how many steps were taken. ``detail`` tells clocks of one subject apart: a case's
    clock, a department that was whistled."""

    kind: LateKind
    subject: str
    case: str
    department: str
    since_ms: int
    detail: str = ""
    taken: int = 0

    @property
    def what(self) -> str:
        return f"{self.kind}/{self.detail}" if self.detail else self.kind

    @property
    def key(self) -> str:
        return f"{self.subject} {self.what}"


class _State(msgspec.Struct):
    late: dict[str, Late] = {}


class EscalationDesk:
    """Learns from facts what is late and what no longer is."""

    name = "escalation"

    def __init__(
        self, cases: Cases, requests: RequestDesk, rooms: RoomDesk, authority: Authority, settings: Settings
    ) -> None:
        self._cases, self._requests, self._rooms = cases, requests, rooms
        self._authority, self._settings = authority, settings
        self._state = _State()

    def steps_taken(self, subject: str) -> int:
        """How far this subject has gone up."""
        return max((late.taken for late in self._state.late.values() if late.subject == subject), default=0)

    def decide(self, fact: Fact, turn: Turn) -> Iterator[Event]:
        if not isinstance(fact, Tick):
            return
        for key in sorted(self._state.late):
            late = self._state.late[key]
            yield from self._due(late, turn)

    def _due(self, late: Late, turn: Turn) -> Iterator[Event]:
        """The steps whose time has come; a step that names nobody on duty, or a lighter case, is passed over."""
        steps = self._settings.steps(late.kind)
        waited_ms = turn.city_ms - late.since_ms
        if late.taken >= len(steps) or waited_ms < steps[late.taken].after_minutes * MINUTE_MS:
            return
        if late.kind == "case" and not self._cases.running(late.case, late.detail):
            return
        for number, step in enumerate(steps[late.taken :], start=late.taken + 1):
            if waited_ms < step.after_minutes * MINUTE_MS:
                return
            event = self._escalated(late, step, number, turn.city_ms)
            if event is not None:
                yield event

    def _escalated(self, late: Late, step: Step, number: int, city_ms: int) -> Event | None:
        view = self._cases.view(late.case) if late.case else None
        if view is not None and view.severity > step.at_least:
            return None
        department = late.department if step.to in OF_DEPARTMENT else ""
        area = view.area if view is not None and step.to == "subdistrict_head" else ""
        person = self._authority.roster.holder(step.to, city_ms, department, area)
        if person is None:
            return None
        duty = self._authority.roster.duty(person.id, step.to, city_ms)
        return Escalated(
            actor=SYSTEM,
            **because("late by {minutes} min", minutes=(city_ms - late.since_ms) // MINUTE_MS),
            subject=late.subject,
            case=late.case,
            step=number,
            to_post=step.to,
            to_department=department or (duty.department if duty else CENTRE),
            person=person.id,
            what=late.what,
        )

    def apply(self, event: Event, turn: Turn) -> None:
        late = self._state.late
        begun = self._begun(event, turn.city_ms)
        for one in begun:
            late[one.key] = one
        if begun:
            return
        if isinstance(event, Escalated):
            key = f"{event.subject} {event.what}"
            if key in late:
                late[key] = msgspec.structs.replace(late[key], taken=event.step)
            return
        for key in [key for key, one in late.items() if _over(one, event)]:
            del late[key]

    def _begun(self, event: Event, city_ms: int) -> tuple[Late, ...]:
        match event:
            case ClockOverdue():
                view = self._cases.view(event.case)
                department = view.department if view is not None else ""
                return (
                    Late(
                        kind="case", subject=event.case, case=event.case, department=department or CENTRE,
                        since_ms=event.due_ms, detail=event.clock,
                    ),
                )  # fmt: skip
            case RequestOverdue():
                request = self._requests.get(event.request)
                department = request.to_department if request is not None else CENTRE
                kind: LateKind = "request_answer" if event.clock == "respond" else "request_result"
                return (_late(kind, event.request, event.case, department, city_ms),)
            case WhistleOverdue():
                return tuple(
                    Late(
                        kind="report_in", subject=event.whistle, case=event.case, department=one, since_ms=city_ms,
                        detail=one,
                    )
                    for one in event.departments
                )  # fmt: skip
            case ResolutionOverdue():
                task = next((task for task in self._rooms.tasks(event.case) if task.id == event.resolution), None)
                department = task.department if task is not None else CENTRE
                return (_late("resolution", event.resolution, event.case, department, city_ms),)
            case ShiftOverdue():
                return (_late("shift", f"shift/{event.post}", "", CENTRE, city_ms),)
            case _:
                return ()

    def snapshot(self) -> bytes:
        return canonical(self._state)

    def restore(self, data: bytes) -> None:
        self._state = revive(data, _State)


def _late(kind: LateKind, subject: str, case: str, department: str, since_ms: int) -> Late:
    return Late(kind=kind, subject=subject, case=case, department=department, since_ms=since_ms)


def _over(late: Late, event: Event) -> bool:
    """Whether this event puts an end to the lateness."""
    match event:
        case CaseClosed() | CaseNotAccepted() | CaseMerged():
            return late.case == event.case and late.kind == "case"
        case RequestEvent():
            ended = RequestAnswered | RequestRefused | RequestFinished | RequestLapsed
            return late.subject == event.request and isinstance(event, ended)
        case DepartmentReportedIn():
            return late.subject == event.whistle and late.detail == event.department
        case WhistleEnded():
            return late.subject == event.whistle
        case ResolutionDone():
            return late.subject == event.resolution
        case ShiftTakenOver():
            return late.subject == f"shift/{event.post}"
        case _:
            return False
