"""What waits at a post because of others: requests, whistles, resolutions, reports upward."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Protocol

from services.exercise.work import Draft, Item, Make, Seat
from services.facts.base import Actor, Command
from services.facts.duty import ReportKind, SendReport
from services.facts.meetings import FinishResolution
from services.facts.working import AnswerRequest, EndWhistle, FinishRequest, ReportIn, SignOffRequest

OFFICE = "operations_centre"
PLAIN = 4
"""The gravity of what belongs to no case."""

Gravity = Callable[[str], int]
"""How grave a case is, 1 the gravest; :data:`PLAIN` where there is none."""


class Asked(Protocol):
    """A request between departments, as its card shows it."""

    @property
    def id(self) -> str: ...

    @property
    def case(self) -> str: ...

    @property
    def from_department(self) -> str: ...

    @property
    def to_department(self) -> str: ...

    @property
    def state(self) -> str: ...

    @property
    def sent_ms(self) -> int: ...

    @property
    def said_ms(self) -> int: ...


class Requests(Protocol):
    def open(self) -> Iterable[Asked]: ...


class RequestWork:
    """Asked: answer, do it, and let the one who asked sign."""

    def __init__(self, requests: Requests, gravity: Gravity) -> None:
        self._requests, self._gravity = requests, gravity

    def waiting(self, city_ms: int) -> Iterator[Item]:
        for request in self._requests.open():
            step = _STEPS.get(str(request.state))
            if step is not None:
                task, seat, make = step(request)
                since_ms = max(request.sent_ms, request.said_ms)
                yield Item(task, seat, request.id, since_ms, request.case, self._gravity(request.case), make)


_Step = tuple[str, Seat, Make]


def _answer(asked: Asked) -> _Step:
    return (
        "answer",
        Seat("handler", asked.to_department),
        lambda draft: AnswerRequest(id=draft.id, actor=draft.actor, request=asked.id, answer=draft.said("answer")),
    )


def _finish(asked: Asked) -> _Step:
    return (
        "finish",
        Seat("handler", asked.to_department),
        lambda draft: FinishRequest(id=draft.id, actor=draft.actor, request=asked.id, result=draft.said("finish")),
    )


def _sign(asked: Asked) -> _Step:
    asker = asked.from_department
    seat = Seat("dispatcher") if asker == OFFICE else Seat("handler", asker)
    return (
        "sign_off",
        seat,
        lambda draft: SignOffRequest(id=draft.id, actor=draft.actor, request=asked.id, note=draft.said("sign_off")),
    )


_STEPS: dict[str, Callable[[Asked], _Step]] = {"sent": _answer, "answered": _finish, "finished": _sign}


class Whistled(Protocol):
    """A whistle and who has not reported in yet."""

    @property
    def id(self) -> str: ...

    @property
    def case(self) -> str: ...

    @property
    def area(self) -> str: ...

    @property
    def blown_by(self) -> Actor: ...

    @property
    def blown_ms(self) -> int: ...

    @property
    def missing(self) -> tuple[str, ...]: ...


class Whistles(Protocol):
    def open(self) -> Iterable[Whistled]: ...


class WhistleWork:
    """Called: report in. All there and the work done: whoever blew it lets them go."""

    def __init__(self, whistles: Whistles, gravity: Gravity, worked: Callable[[str], int]) -> None:
        """``worked``: since when a case's departments say that it is done; -1 while they do not."""
        self._whistles, self._gravity, self._worked = whistles, gravity, worked

    def waiting(self, city_ms: int) -> Iterator[Item]:
        for whistle in self._whistles.open():
            severity, blown_ms = self._gravity(whistle.case), whistle.blown_ms
            for department in whistle.missing:
                seat, make = Seat("handler", department), partial(_report_in, whistle.id)
                yield Item("report_in", seat, whistle.id, blown_ms, whistle.case, severity, make)
            since_ms = self._worked(whistle.case)
            if not whistle.missing and since_ms >= 0:
                post = whistle.blown_by.post
                seat = Seat(post, area=whistle.area if post == "subdistrict_head" else "")
                make = partial(_end_whistle, whistle.id)
                yield Item("end_whistle", seat, whistle.id, since_ms, whistle.case, severity, make)


def _report_in(whistle: str, draft: Draft) -> Command:
    return ReportIn(id=draft.id, actor=draft.actor, whistle=whistle)


def _end_whistle(whistle: str, draft: Draft) -> Command:
    return EndWhistle(id=draft.id, actor=draft.actor, whistle=whistle, result=draft.said("end_whistle"))


class Resolved(Protocol):
    """A meeting's decision that somebody answers for."""

    @property
    def id(self) -> str: ...

    @property
    def case(self) -> str: ...

    @property
    def department(self) -> str: ...

    @property
    def made_ms(self) -> int: ...

    @property
    def open(self) -> bool: ...


class Rooms(Protocol):
    def tasks(self) -> Iterable[Resolved]: ...


class ResolutionWork:
    """Resolved: carry it out and say so."""

    def __init__(self, rooms: Rooms, gravity: Gravity) -> None:
        self._rooms, self._gravity = rooms, gravity

    def waiting(self, city_ms: int) -> Iterator[Item]:
        for task in self._rooms.tasks():
            if task.open:
                seat = Seat("duty_chief") if task.department == OFFICE else Seat("handler", task.department)
                make = partial(_finish_task, task.id)
                yield Item("finish_task", seat, task.id, task.made_ms, task.case, self._gravity(task.case), make)


def _finish_task(task: str, draft: Draft) -> Command:
    return FinishResolution(id=draft.id, actor=draft.actor, resolution=task, result=draft.said("finish_task"))


class Wanted(Protocol):
    """A report upward that is drafted and not sent."""

    @property
    def id(self) -> str: ...

    @property
    def case(self) -> str: ...

    @property
    def kind(self) -> ReportKind: ...

    @property
    def wanted_ms(self) -> int: ...

    @property
    def due_ms(self) -> int: ...


class Reports(Protocol):
    def pending(self) -> Iterable[Wanted]: ...


class ReportWork:
    """Wanted upward: the chief reads the draft and signs it."""

    def __init__(self, reports: Reports, gravity: Gravity) -> None:
        self._reports, self._gravity = reports, gravity

    def waiting(self, city_ms: int) -> Iterator[Item]:
        for report in self._reports.pending():
            since_ms = _ripe_ms(report)
            if city_ms >= since_ms:
                make = partial(_send, report.id)
                severity = self._gravity(report.case)
                yield Item("report", Seat("duty_chief"), report.id, since_ms, report.case, severity, make)


def _ripe_ms(report: Wanted) -> int:
    """From when it is worth signing: a further report tells of its whole span, the others are wanted at once."""
    if report.kind != "further":
        return report.wanted_ms
    return report.wanted_ms + (report.due_ms - report.wanted_ms) * 3 // 4


def _send(report: str, draft: Draft) -> Command:
    return SendReport(id=draft.id, actor=draft.actor, report=report, remarks=draft.said("report"))
