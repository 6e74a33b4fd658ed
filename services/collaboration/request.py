"""A request 工作联系单 from one department to another, and the one table of what may happen to it."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from services.facts.base import Actor, Event
from services.facts.working import (
    RequestAnswered,
    RequestEvent,
    RequestFinished,
    RequestLapsed,
    RequestOverdue,
    RequestRefused,
    RequestSent,
    RequestSignedOff,
)
from twin.core.text import Text


class RequestState(StrEnum):
    """The last three end a request."""

    SENT = "sent"
    ANSWERED = "answered"
    FINISHED = "finished"
    SIGNED_OFF = "signed_off"
    REFUSED = "refused"
    LAPSED = "lapsed"


S = RequestState
ENDED = frozenset({S.SIGNED_OFF, S.REFUSED, S.LAPSED})

TABLE: dict[type[Event], tuple[tuple[RequestState, ...], RequestState | None]] = {
    RequestAnswered: ((S.SENT,), S.ANSWERED),
    RequestRefused: ((S.SENT,), S.REFUSED),
    RequestFinished: ((S.ANSWERED,), S.FINISHED),
    RequestSignedOff: ((S.FINISHED,), S.SIGNED_OFF),  # not accepted: answered again
    RequestOverdue: ((S.SENT, S.ANSWERED), None),
    RequestLapsed: ((S.SENT, S.ANSWERED, S.FINISHED), S.LAPSED),
}
"""Event: the states it may happen in, and the next (None: the same)."""

STATE_TEXT: dict[RequestState, Text] = {
    S.SENT: Text("waits for an answer"),
    S.ANSWERED: Text("being done"),
    S.FINISHED: Text("done, waits for sign-off"),
    S.SIGNED_OFF: Text("signed off"),
    S.REFUSED: Text("refused"),
    S.LAPSED: Text("lapsed with the case"),
}


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """``late`` are the clocks that ran out, for good."""

    id: str
    case: str
    from_department: str
    to_department: str
    what: Text
    asked_by: Actor
    sent_ms: int
    respond_by_ms: int
    finish_by_ms: int
    state: RequestState = RequestState.SENT
    said: str = ""  # the last answer, reason of a refusal, result or note
    said_by: Actor | None = None
    said_ms: int = -1
    returns: int = 0  # how often it was not signed off
    late: tuple[str, ...] = ()

    @property
    def ended(self) -> bool:
        return self.state in ENDED

    @property
    def due_ms(self) -> int:
        """Of the clock that runs, or -1; a result may be without a limit."""
        return {S.SENT: self.respond_by_ms, S.ANSWERED: self.finish_by_ms}.get(self.state, 0) or -1


def sent(event: RequestSent, city_ms: int) -> Request:
    return Request(
        id=event.request,
        case=event.case,
        from_department=event.from_department,
        to_department=event.to_department,
        what=event.what,
        asked_by=event.actor,
        sent_ms=city_ms,
        respond_by_ms=event.respond_by_ms,
        finish_by_ms=event.finish_by_ms,
    )


def against(request: Request, event: RequestEvent) -> Text | None:
    """Why the table forbids it, or None."""
    row = TABLE.get(type(event))
    if row is None or request.state not in row[0]:
        return Text("request {request} {state}", {"request": request.id, "state": STATE_TEXT[request.state]})
    return None


def advanced(request: Request, event: RequestEvent, city_ms: int) -> Request:
    """The request after an event that the table allows."""
    following = TABLE[type(event)][1] or request.state
    if isinstance(event, RequestOverdue):
        return msgspec.structs.replace(request, late=(*request.late, event.clock))
    said, returns = event.reason, request.returns
    match event:
        case RequestAnswered():
            said = event.answer
        case RequestFinished():
            said = event.result
        case RequestSignedOff(accepted=False):
            following, returns = S.ANSWERED, returns + 1
        case _:
            pass
    return msgspec.structs.replace(
        request, state=following, said=said, said_by=event.actor, said_ms=city_ms, returns=returns
    )
