"""The whistles desk 吹哨报到: the subdistrict calls, departments report in, and nobody leaves until it is done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from services.collaboration.answers import numbered, refused, serial_of, unsaid
from services.collaboration.authority import Authority, person_of
from services.collaboration.canon import canonical, revive
from services.collaboration.names import Names
from services.collaboration.ports import Cases
from services.collaboration.settings import MINUTE_MS, Settings
from services.engine.desk import Fact, Tick, Turn
from services.facts.base import SYSTEM, Actor, Event
from services.facts.because import because, english
from services.facts.governance import CaseClosed, CaseMerged, CaseNotAccepted
from services.facts.working import (
    BlowWhistle,
    DepartmentReportedIn,
    EndWhistle,
    ReportIn,
    WhistleBlown,
    WhistleEnded,
    WhistleKind,
    WhistleOverdue,
)
from twin.core.text import Text

KEPT_ENDED = 200
KIND_TEXT: dict[WhistleKind, Text] = {
    "routine": Text("routine whistle"),
    "hard": Text("whistle for a hard case"),
    "emergency": Text("emergency whistle"),
}


class Arrival(msgspec.Struct, frozen=True):
    department: str
    person: str
    city_ms: int


class Whistle(msgspec.Struct, frozen=True, kw_only=True):
    """``area`` is the subdistrict in which it was blown; ``late`` who had not reported in within the limit."""

    id: str
    case: str
    kind: WhistleKind
    area: str
    blown_by: Actor
    why: str
    blown_ms: int
    report_by_ms: int
    departments: tuple[str, ...]
    arrived: tuple[Arrival, ...] = ()
    late: tuple[str, ...] = ()
    ended_ms: int = -1
    result: str = ""

    @property
    def missing(self) -> tuple[str, ...]:
        here = {arrival.department for arrival in self.arrived}
        return tuple(department for department in self.departments if department not in here)


class _State(msgspec.Struct):
    serial: int = 0
    whistles: dict[str, Whistle] = {}


class WhistleDesk:
    """Whistles by id ``W-<serial>``."""

    name = "whistles"

    def __init__(self, cases: Cases, names: Names, authority: Authority, settings: Settings) -> None:
        self._cases, self._names, self._authority, self._settings = cases, names, authority, settings
        self._state = _State()

    def of(self, case: str) -> tuple[Whistle, ...]:
        return tuple(whistle for whistle in self._state.whistles.values() if whistle.case == case)

    def open(self) -> tuple[Whistle, ...]:
        return tuple(whistle for whistle in self._state.whistles.values() if whistle.ended_ms < 0)

    def called(self, case: str) -> tuple[str, ...]:
        """Departments that were whistled to the case."""
        return tuple(dict.fromkeys(one for whistle in self.of(case) for one in whistle.departments))

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        match fact:
            case Tick():
                return self._overdue(turn.city_ms)
            case CaseClosed() | CaseNotAccepted() | CaseMerged():
                return self._end_all(fact.case)
            case BlowWhistle():
                answer: Event | Text = self._blow(fact, turn)
            case ReportIn():
                answer = self._report(fact, turn)
            case EndWhistle():
                answer = self._end(fact, turn)
            case _:
                return ()
        return (refused(fact, answer),) if isinstance(answer, Text) else (answer,)

    def _overdue(self, city_ms: int) -> Iterator[Event]:
        for whistle in self.open():
            if city_ms > whistle.report_by_ms and whistle.missing and not whistle.late:
                yield WhistleOverdue(
                    actor=SYSTEM, **because("the limit for reporting in has passed"), whistle=whistle.id,
                    case=whistle.case, departments=whistle.missing,
                )  # fmt: skip

    def _end_all(self, case: str) -> tuple[Event, ...]:
        why = because("the case ended")
        return tuple(
            WhistleEnded(actor=SYSTEM, **why, whistle=whistle.id, case=case, result=english(why["why"]))
            for whistle in self.of(case)
            if whistle.ended_ms < 0
        )

    def _blow(self, command: BlowWhistle, turn: Turn) -> Event | Text:
        view = self._cases.view(command.case)
        why_not = self._authority.refusal(command, turn.city_ms) or unsaid(
            command.why_whistle, self._settings.words.longest
        )
        if why_not is not None:
            return why_not
        if view is None or view.ended:
            return Text("there is no open case {case}", {"case": command.case})
        area = self._authority.area(command.actor, turn.city_ms)
        if area and view.area and area != view.area:
            return Text("the case lies in another subdistrict")
        unknown = [one for one in command.departments if one not in self._names.departments]
        if unknown or not command.departments:
            return Text("there is no department {department}", {"department": unknown[0] if unknown else "–"})
        if any(whistle.ended_ms < 0 for whistle in self.of(command.case)):
            return Text("a whistle is blown for this case already")
        return WhistleBlown(
            actor=command.actor,
            cause=command.id,
            reason=command.why_whistle.strip(),
            whistle=numbered("W", self._state.serial + 1),
            case=command.case,
            kind=command.kind,
            subdistrict=view.area,
            departments=tuple(dict.fromkeys(command.departments)),
            report_by_ms=turn.city_ms + self._settings.whistle.minutes(command.kind) * MINUTE_MS,
        )

    def _report(self, command: ReportIn, turn: Turn) -> Event | Text:
        whistle = self._state.whistles.get(command.whistle)
        why_not = self._authority.refusal(command, turn.city_ms) or _over(whistle, command.whistle)
        if why_not is not None or whistle is None:
            return why_not or Text("nobody answers this command")
        mine = self._authority.department(command.actor, turn.city_ms)
        if mine not in whistle.departments:
            return Text("{department} was not called", {"department": self._names.department(mine)})
        if mine not in whistle.missing:
            return Text("{department} has reported in already", {"department": self._names.department(mine)})
        return DepartmentReportedIn(
            actor=command.actor, cause=command.id, whistle=whistle.id, case=whistle.case, department=mine
        )

    def _end(self, command: EndWhistle, turn: Turn) -> Event | Text:
        whistle = self._state.whistles.get(command.whistle)
        why_not = (
            self._authority.refusal(command, turn.city_ms)
            or _over(whistle, command.whistle)
            or unsaid(command.result, self._settings.words.longest)
        )
        if why_not is not None or whistle is None:
            return why_not or Text("nobody answers this command")
        blower, area = whistle.blown_by, self._authority.area(command.actor, turn.city_ms)
        same_post = command.actor.post == blower.post and area in ("", whistle.area)
        if person_of(command.actor) != person_of(blower) and not same_post:
            return Text("nobody leaves until {person} says so", {"person": self._names.person(person_of(blower))})
        return WhistleEnded(
            actor=command.actor, cause=command.id, whistle=whistle.id, case=whistle.case, result=command.result.strip()
        )

    def apply(self, event: Event, turn: Turn) -> None:
        whistles = self._state.whistles
        match event:
            case WhistleBlown():
                self._state.serial = serial_of(event.whistle)
                whistles[event.whistle] = Whistle(
                    id=event.whistle, case=event.case, kind=event.kind, area=event.subdistrict, blown_by=event.actor,
                    why=event.reason, blown_ms=turn.city_ms, report_by_ms=event.report_by_ms,
                    departments=event.departments,
                )  # fmt: skip
            case DepartmentReportedIn():
                before = whistles[event.whistle]
                here = Arrival(event.department, person_of(event.actor), turn.city_ms)
                whistles[event.whistle] = msgspec.structs.replace(before, arrived=(*before.arrived, here))
            case WhistleOverdue():
                whistles[event.whistle] = msgspec.structs.replace(whistles[event.whistle], late=event.departments)
            case WhistleEnded():
                whistles[event.whistle] = msgspec.structs.replace(
                    whistles[event.whistle], ended_ms=turn.city_ms, result=event.result
                )
                ended = [id for id, whistle in whistles.items() if whistle.ended_ms >= 0]
                for id in ended[: max(0, len(ended) - KEPT_ENDED)]:
                    del whistles[id]
            case _:
                pass

    def snapshot(self) -> bytes:
        return canonical(self._state)

    def restore(self, data: bytes) -> None:
        self._state = revive(data, _State)
        self._state.whistles = dict(sorted(self._state.whistles.items(), key=lambda item: serial_of(item[0])))


def _over(whistle: Whistle | None, id: str) -> Text | None:
    if whistle is None:
        return Text("there is no whistle {whistle}", {"whistle": id})
    return Text("whistle {whistle} has ended", {"whistle": id}) if whistle.ended_ms >= 0 else None
