"""The requests desk 工作联系单: departments ask each other, with a response clock apart from the handling clock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from services.collaboration.answers import numbered, refused, serial_of, unsaid
from services.collaboration.authority import Authority
from services.collaboration.canon import canonical, revive
from services.collaboration.names import Names
from services.collaboration.ports import Cases, CaseView, Planned, Stage
from services.collaboration.request import Request, RequestState, advanced, against, sent
from services.collaboration.settings import MINUTE_MS, Settings
from services.engine.desk import Fact, Tick, Turn
from services.facts.base import SYSTEM, Event
from services.facts.because import because
from services.facts.casework import UrgentLaneTaken
from services.facts.governance import (
    CaseClosed,
    CaseFedBack,
    CaseFiled,
    CaseMerged,
    CaseNotAccepted,
    EvidenceAdded,
    UnitDispatched,
)
from services.facts.working import (
    AnswerRequest,
    AskDepartment,
    FinishRequest,
    RefuseRequest,
    RequestAnswered,
    RequestCommand,
    RequestEvent,
    RequestFinished,
    RequestLapsed,
    RequestOverdue,
    RequestRefused,
    RequestSent,
    RequestSignedOff,
    SignOffRequest,
)
from twin.core.text import Text

CENTRE = "operations_centre"
KEPT_ENDED = 400
STAGES: dict[type[Event], Stage] = {
    UrgentLaneTaken: "filed",  # acted on first: who supports does not wait for the papers
    CaseFiled: "filed",
    UnitDispatched: "dispatched",
    CaseFedBack: "fed_back",
}


class _State(msgspec.Struct):
    serial: int = 0
    requests: dict[str, Request] = {}
    reached: dict[str, list[Stage]] = {}  # of open cases: the stages that they came to
    planned: dict[str, list[int]] = {}  # of open cases: what the playbook asked already


class RequestDesk:
    """Requests by id ``Q-<serial>``."""

    name = "requests"

    def __init__(self, cases: Cases, names: Names, authority: Authority, settings: Settings) -> None:
        self._cases, self._names, self._authority, self._settings = cases, names, authority, settings
        self._state = _State()
        self._open: dict[str, None] = {}
        self._of: dict[str, list[str]] = {}  # by case, worked out from the state

    def get(self, request: str) -> Request | None:
        return self._state.requests.get(request)

    def of(self, case: str) -> tuple[Request, ...]:
        return tuple(self._state.requests[id] for id in self._of.get(case, ()))

    def open(self) -> Iterator[Request]:
        """Those that have not ended, in the order in which they were sent."""
        for id in self._open:
            yield self._state.requests[id]

    def asked(self, case: str) -> tuple[str, ...]:
        """Departments that were asked to support the case."""
        return tuple(dict.fromkeys(request.to_department for request in self.of(case)))

    # --- deciding ---------------------------------------------------------------------------------------------

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        match fact:
            case Tick():
                return self._overdue(turn.city_ms)
            case UrgentLaneTaken():
                return self._plan(fact.case, {STAGES[type(fact)]}, turn, fact.commands)
            case CaseFiled() | UnitDispatched() | CaseFedBack():
                return self._plan(fact.case, {STAGES[type(fact)]}, turn)
            case EvidenceAdded():  # it may have become grave enough
                return self._plan(fact.case, set(), turn)
            case CaseClosed() | CaseNotAccepted() | CaseMerged():
                return self._lapse(fact.case)
            case AskDepartment():
                answer: Event | Text = self._ask(fact, turn)
            case RequestCommand():
                answer = self._answer(fact, turn)
            case _:
                return ()
        return (refused(fact, answer),) if isinstance(answer, Text) else (answer,)

    def _overdue(self, city_ms: int) -> Iterator[Event]:
        for request in self.open():
            clock = "respond" if request.state is RequestState.SENT else "finish"
            if 0 <= request.due_ms < city_ms and clock not in request.late:
                limit = Text("answer") if clock == "respond" else Text("result")
                yield RequestOverdue(
                    actor=SYSTEM, **because("the limit for the {what} has passed", what=limit), request=request.id,
                    case=request.case, clock="respond" if clock == "respond" else "finish",
                )  # fmt: skip

    def _lapse(self, case: str) -> tuple[Event, ...]:
        return tuple(
            RequestLapsed(actor=SYSTEM, **because("the case ended first"), request=request.id, case=case)
            for request in self.of(case)
            if not request.ended
        )

    def _plan(self, case: str, now: set[Stage], turn: Turn, commands: str = "") -> Iterator[Event]:
        """What the playbook asks at the stages that the case has reached; each once, and never of the department that
        has the case or ``commands`` its own units there."""
        view = self._cases.view(case)
        if view is None or view.ended or not view.rule:
            return
        actor = self._authority.rule(f"{view.rule}/requests", "dispatcher", turn.city_ms)
        if actor is None:
            return
        reached = now | set(self._state.reached.get(case, ()))
        serial = self._state.serial
        for number, planned in enumerate(self._cases.planned(case)):
            done = number in self._state.planned.get(case, ())
            if done or planned.at not in reached or 0 < planned.at_least < view.severity:
                continue
            if planned.department in (view.department, commands):
                continue
            serial += 1
            yield msgspec.structs.replace(self._planned(view, planned, number, serial, turn.city_ms), actor=actor)

    def _planned(self, view: CaseView, planned: Planned, number: int, serial: int, city_ms: int) -> RequestSent:
        return RequestSent(
            cause=_cause(view.id, number),
            **because("the scene's playbook asks for it"),
            request=numbered("Q", serial),
            case=view.id,
            from_department=view.department or CENTRE,
            to_department=planned.department,
            what=Text("{what}", {"what": planned.what}),
            respond_by_ms=city_ms + round(planned.respond_s * 1000),
            finish_by_ms=city_ms + round(planned.finish_s * 1000) if planned.finish_s else 0,
        )

    # --- commands ---------------------------------------------------------------------------------------------

    def _ask(self, command: AskDepartment, turn: Turn) -> Event | Text:
        view = self._cases.view(command.case)
        longest = self._settings.requests.longest_minutes
        mine = self._authority.department(command.actor, turn.city_ms)
        against = self._authority.refusal(command, turn.city_ms) or unsaid(command.what, self._settings.words.longest)
        if against is not None:
            return against
        if view is None or view.ended:
            return Text("there is no open case {case}", {"case": command.case})
        if command.department not in self._names.departments:
            return Text("there is no department {department}", {"department": command.department})
        if command.department == mine:
            return Text("a department does not ask itself")
        if not 0 < command.respond_minutes <= command.finish_minutes <= longest:
            return Text("the answer comes before the result, and both within {minutes} min", {"minutes": longest})
        return RequestSent(
            actor=command.actor,
            cause=command.id,
            request=numbered("Q", self._state.serial + 1),
            case=command.case,
            from_department=mine or CENTRE,
            to_department=command.department,
            what=Text("{what}", {"what": command.what.strip()}),
            respond_by_ms=turn.city_ms + command.respond_minutes * MINUTE_MS,
            finish_by_ms=turn.city_ms + command.finish_minutes * MINUTE_MS,
        )

    def _answer(self, command: RequestCommand, turn: Turn) -> Event | Text:
        request = self.get(command.request)
        if request is None:
            return Text("there is no request {request}", {"request": command.request})
        why_not = self._authority.refusal(command, turn.city_ms) or self._stranger(command, request, turn.city_ms)
        if why_not is not None:
            return why_not
        event = self._event(command, request)
        return event if isinstance(event, Text) else against(request, event) or event

    def _stranger(self, command: RequestCommand, request: Request, city_ms: int) -> Text | None:
        """The department addressed answers; the asking side, or the duty chief, signs off."""
        mine = self._authority.department(command.actor, city_ms)
        if isinstance(command, SignOffRequest):
            if mine == request.from_department or command.actor.post == "duty_chief":
                return None
            asked_by = self._names.department(request.from_department)
            return Text("{department} asked, and signs off", {"department": asked_by})
        if mine == request.to_department:
            return None
        return Text("{department} is asked, and answers", {"department": self._names.department(request.to_department)})

    def _event(self, command: RequestCommand, request: Request) -> RequestEvent | Text:
        longest, actor, cause = self._settings.words.longest, command.actor, command.id
        id, case = request.id, request.case
        match command:
            case AnswerRequest():
                return unsaid(command.answer, longest) or RequestAnswered(
                    actor=actor, cause=cause, answer=command.answer.strip(), request=id, case=case
                )
            case RefuseRequest():
                if unsaid(command.why_refused, longest):
                    return Text("a refusal gives its reason")
                return RequestRefused(
                    actor=actor, cause=cause, reason=command.why_refused.strip(), request=id, case=case
                )
            case FinishRequest():
                return unsaid(command.result, longest) or RequestFinished(
                    actor=actor, cause=cause, result=command.result.strip(), request=id, case=case
                )
            case SignOffRequest():
                if not command.accepted and unsaid(command.note, longest):
                    return Text("what is sent back needs a reason")
                return RequestSignedOff(
                    actor=actor,
                    cause=cause,
                    reason=command.note.strip(),
                    accepted=command.accepted,
                    request=id,
                    case=case,
                )
            case _:
                return Text("nobody answers this command")

    # --- state ------------------------------------------------------------------------------------------------

    def apply(self, event: Event, turn: Turn) -> None:
        state = self._state
        match event:
            case RequestSent():
                state.serial = serial_of(event.request)
                state.requests[event.request] = sent(event, turn.city_ms)
                self._open[event.request] = None
                self._of.setdefault(event.case, []).append(event.request)
                if event.cause.startswith(f"{event.case}/playbook/"):
                    state.planned.setdefault(event.case, []).append(int(event.cause.rpartition("/")[2]))
            case RequestEvent():
                after = advanced(state.requests[event.request], event, turn.city_ms)
                state.requests[event.request] = after
                if after.ended:
                    self._open.pop(after.id, None)
                    self._forget()
            case UrgentLaneTaken() | CaseFiled() | UnitDispatched() | CaseFedBack():
                reached = state.reached.setdefault(event.case, [])
                if STAGES[type(event)] not in reached:
                    reached.append(STAGES[type(event)])
            case CaseClosed() | CaseNotAccepted() | CaseMerged():
                state.reached.pop(event.case, None)
                state.planned.pop(event.case, None)
            case _:
                pass

    def _forget(self) -> None:
        ended = [id for id, request in self._state.requests.items() if request.ended]
        for id in ended[: max(0, len(ended) - KEPT_ENDED)]:
            gone = self._state.requests.pop(id)
            self._of[gone.case].remove(id)
            if not self._of[gone.case]:
                del self._of[gone.case]

    def snapshot(self) -> bytes:
        return canonical(self._state)

    def restore(self, data: bytes) -> None:
        self._state = revive(data, _State)
        self._state.requests = dict(sorted(self._state.requests.items(), key=lambda item: serial_of(item[0])))
        self._open = {id: None for id, request in self._state.requests.items() if not request.ended}
        self._of = {}
        for id, request in self._state.requests.items():
            self._of.setdefault(request.case, []).append(id)


def _cause(case: str, number: int) -> str:
    return f"{case}/playbook/{number}"
