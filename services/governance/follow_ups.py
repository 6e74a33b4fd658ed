"""The follow-up desk 回访: whoever reported it is asked by phone whether it is solved; a no opens it again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

import msgspec

from services.collaboration.canon import canonical, revive
from services.engine.desk import Fact, Tick, Turn
from services.facts.base import SYSTEM, Actor, Event
from services.facts.because import because
from services.facts.casework import CaseReopened, FollowedUp, FollowUpDue, ResidentAsked
from services.facts.engine import PersonErased
from services.facts.governance import CaseClosed
from services.facts.records import Outgoing
from services.governance.case import Case, CaseState
from services.governance.cases import CaseDesk
from services.governance.lifecycle import refusal
from twin.formats.civic import Inquiry, PersonReply, encode
from twin.state.batch import Batch, PersonSaid

REPORT = "report:"
"""How the message of a resident's report begins."""
HOUR_MS = 3_600_000
ANSWER_WITHIN_MS = 24 * HOUR_MS
"""An answer that comes later is none."""


class Pseudonymous(Protocol):
    """What the register says of a resident."""

    @property
    def pseudonym(self) -> str: ...


class Question(msgspec.Struct, frozen=True):
    """What a resident was asked and has not answered."""

    case: str
    person: str
    until_ms: int


class Closed(msgspec.Struct, frozen=True):
    """A closed case: when who reported it is asked, and by when somebody must have been heard; -1: done, or never."""

    ask_ms: int
    due_ms: int


class _State(msgspec.Struct):
    closed: dict[str, Closed] = {}
    asked: dict[str, Question] = {}
    erased: set[str] = set()


class FollowUpDesk:
    """Questions by id ``<case>/<number of its reopenings>/<person>``."""

    name = "follow_ups"

    def __init__(self, cases: CaseDesk, residents: Mapping[str, Pseudonymous]) -> None:
        self._cases, self._residents = cases, residents
        self._state = _State()

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        match fact:
            case Tick():
                return tuple(self._due(turn.city_ms))
            case Batch():
                return tuple(self._heard(fact, turn))
            case _:
                return ()

    def _due(self, now_ms: int) -> Iterator[Event]:
        for id, closed in self._state.closed.items():
            case = self._cases.get(id)
            if case is None or case.state is not CaseState.CLOSED:
                continue
            if 0 <= closed.ask_ms <= now_ms:
                yield from self._ask(case)
            if 0 <= closed.due_ms <= now_ms and case.follow_up is None:
                yield FollowUpDue(
                    actor=SYSTEM, cause=id, case=id, **because("nobody has said yet whether it is solved")
                )  # fmt: skip

    def _ask(self, case: Case) -> Iterator[ResidentAsked]:
        for person, reported_ms in reporters(case).items():
            if person in self._residents and person not in self._state.erased:
                yield ResidentAsked(
                    actor=SYSTEM, cause=case.id, **because("who reported it is asked whether it is solved"),
                    case=case.id, inquiry=f"{case.id}/{case.reopened}/{person}", person=person,
                    pseudonym=self._residents[person].pseudonym, reported_ms=reported_ms,
                )  # fmt: skip

    def _heard(self, batch: Batch, turn: Turn) -> Iterator[Event]:
        answered: set[str] = set()
        for said in batch.notices:
            if not isinstance(said, PersonSaid) or not isinstance(said.body, PersonReply):
                continue
            question, reply = self._state.asked.get(said.body.inquiry), said.body
            case = self._cases.get(question.case) if question is not None else None
            if case is None or question is None or question.person != said.person or case.id in answered:
                continue
            events = list(self._answered(case, reply, said.person))
            answered |= {case.id} if events else set()
            yield from events

    def _answered(self, case: Case, reply: PersonReply, person: str) -> Iterator[Event]:
        """The answer, and where it is no, the resident's reopening."""
        actor = Actor("resident", person)
        said = FollowedUp(
            actor=actor, cause=reply.inquiry, case=case.id, reached=True, solved=reply.solved,
            satisfied=reply.solved and reply.satisfied,
        )  # fmt: skip
        if refusal(case, said) is not None:
            return
        yield said
        again = CaseReopened(
            actor=actor, cause=reply.inquiry, case=case.id, **because("who reported it says that it is not solved")
        )  # fmt: skip
        if not reply.solved and refusal(case, again) is None:
            yield again

    def apply(self, event: Event, turn: Turn) -> None:
        state = self._state
        match event:
            case CaseClosed():
                self._note(event.case, turn.city_ms)
            case ResidentAsked():
                until_ms = turn.city_ms + ANSWER_WITHIN_MS
                state.asked[event.inquiry] = Question(event.case, event.person, until_ms)
                self._put(event.case, ask_ms=-1)
            case FollowUpDue():
                self._put(event.case, due_ms=-1)
            case FollowedUp():
                state.asked.pop(event.cause, None)
            case PersonErased():
                state.erased.add(event.person)
            case CaseReopened():
                state.closed.pop(event.case, None)
                state.asked = {id: one for id, one in state.asked.items() if one.case != event.case}
            case _:
                pass

    def _note(self, case: str, now_ms: int) -> None:
        """A case that is closed now; what is too long ago is forgotten."""
        state, known = self._state, self._cases.get(case)
        if known is None:
            return
        follow_up = self._cases.scenes.of(known).follow_up
        asks = bool(follow_up.ask_after_s) and any(person in self._residents for person in reporters(known))
        state.closed[case] = Closed(
            now_ms + round(follow_up.ask_after_s * 1000) if asks else -1,
            now_ms + round(follow_up.after_h * HOUR_MS) if follow_up.after_h else -1,
        )
        state.closed = {
            id: one
            for id, one in state.closed.items()
            if (one.ask_ms >= 0 or one.due_ms >= 0) and self._cases.get(id) is not None
        }
        state.asked = {id: one for id, one in state.asked.items() if one.until_ms > now_ms}

    def _put(self, case: str, **fields: int) -> None:
        if case in self._state.closed:
            self._state.closed[case] = msgspec.structs.replace(self._state.closed[case], **fields)

    def outgoing(self, event: Event) -> Iterable[Outgoing]:
        if not isinstance(event, ResidentAsked):
            return ()
        inquiry = Inquiry(inquiry=event.inquiry, case=event.case, reported_ms=event.reported_ms)
        return (Outgoing(f"person/{event.pseudonym}/ask", encode(inquiry)),)

    def snapshot(self) -> bytes:
        return canonical(self._state)

    def restore(self, data: bytes) -> None:
        self._state = revive(data, _State)


def reporters(case: Case) -> dict[str, int]:
    """Who reported it, with the time of their last report."""
    return {entry.source: entry.observed_ms for entry in case.evidence if entry.message.startswith(REPORT)}
