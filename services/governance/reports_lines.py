"""What was done about a case, a line a step with what it rests on: the matter that reports upward are made of."""

from __future__ import annotations

import msgspec

from services.collaboration import telling
from services.collaboration.names import Names
from services.engine.desk import Turn
from services.facts.base import Event
from services.facts.casework import CaseOffered, CaseTaken
from services.facts.closures import ClosureOrdered
from services.facts.governance import (
    CaseAccepted,
    CaseAcknowledged,
    CaseEvent,
    CaseOpened,
    CheckOrdered,
    ClosingTestBegun,
    EvidenceAdded,
    NoteAdded,
    UnitAcknowledged,
    UnitProgressed,
)
from services.facts.ledger import DecisionWeighed, TollEstimated
from services.facts.meetings import MeetingEnded, ResolutionMade
from services.facts.response import NoticeIssued, VehiclesWarned
from services.facts.working import RequestEvent, RequestLapsed, WhistleEvent
from services.governance.lookup import Lookup
from services.governance.story import tell
from twin.core.text import Text

KEPT_LINES = 80

UNTOLD = (
    CaseAccepted, CaseAcknowledged, CaseOffered, CaseOpened, CaseTaken, CheckOrdered, ClosingTestBegun,
    DecisionWeighed, EvidenceAdded, NoteAdded, TollEstimated, UnitAcknowledged,
)  # fmt: skip
"""Steps that a superior need not read of."""
NAMING = ("order", "closure", "request", "whistle", "meeting", "resolution", "notice", "denm")
"""Fields of an event that name what it is about."""


class Line(msgspec.Struct, frozen=True):
    """``evidence``: what it is about, what led to it, and the turn of the journal in which it was decided."""

    city_ms: int
    text: Text
    evidence: tuple[str, ...]


class Lines:
    """Puts steps into words. Read-only."""

    def __init__(self, lookup: Lookup, names: Names) -> None:
        self._lookup, self._names = lookup, names

    def line(self, event: Event, turn: Turn) -> Line | None:
        text = self._text(event)
        return None if text is None else Line(turn.city_ms, text, evidence_of(event, turn))

    def _text(self, event: Event) -> Text | None:
        match event:
            case ClosureOrdered(renewed=True):
                return None
            case UnitProgressed() if event.state != "arrived":
                return None
            case NoticeIssued():
                return Text("Public notice: {headline}", {"headline": event.headline})
            case VehiclesWarned():
                return Text("Vehicles on the way are warned")
            case CaseEvent() if not isinstance(event, UNTOLD):
                return tell(event, self._lookup)
            case RequestLapsed():
                return None
            case RequestEvent() | WhistleEvent() | MeetingEnded() | ResolutionMade():
                return telling.tell(event, self._names)
            case _:
                return None


def evidence_of(event: Event, turn: Turn) -> tuple[str, ...]:
    """Ids by which the step is found again on the journal."""
    named = [str(getattr(event, field)) for field in NAMING if getattr(event, field, "")]
    cause = [event.cause] if event.cause else []
    return tuple(dict.fromkeys((*named, *cause, f"turn/{turn.number}")))
