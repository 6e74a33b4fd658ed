"""The duty log, shift hand-over 交接班, and reports upward 初报 续报 终报."""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec

from services.facts.base import Command, Event
from services.facts.collaboration import CENTRE, GOVERNING
from twin.core.text import Text

ReportKind = Literal["initial", "further", "final"]


class Sentence(msgspec.Struct, frozen=True):
    """One sentence of a draft and what it rests on: ids of events ``#<sequence>``, cases, signals, messages."""

    text: Text
    evidence: tuple[str, ...]


class WriteDutyLog(Command, frozen=True, kw_only=True):
    posts: ClassVar[tuple[str, ...]] = GOVERNING
    words: str


class HandOverShift(Command, frozen=True, kw_only=True):
    """The outgoing holder signs the draft with what they add; the post stays theirs until it is taken over."""

    posts: ClassVar[tuple[str, ...]] = CENTRE
    remarks: str = ""


class TakeOverShift(Command, frozen=True, kw_only=True):
    """``handover`` is empty where the shift is over and the outgoing person handed nothing over."""

    posts: ClassVar[tuple[str, ...]] = CENTRE
    handover: str


class DutyLogged(Event, frozen=True, kw_only=True):
    """A line of the duty log; ``case`` where it is about one."""

    words: str
    case: str = ""


class ShiftHandedOver(Event, frozen=True, kw_only=True):
    handover: str
    post: str
    outgoing: str
    incoming: str
    sentences: tuple[Sentence, ...]
    remarks: str


class ShiftTakenOver(Event, frozen=True, kw_only=True):
    """``handover`` is empty where the outgoing person had left without one."""

    handover: str
    post: str
    person: str


class ShiftOverdue(Event, frozen=True, kw_only=True):
    """The shift is over and nobody has taken the post: the outgoing person still holds it."""

    post: str
    outgoing: str


class SendReport(Command, frozen=True, kw_only=True):
    """Sign the draft of a report upward; ``remarks`` are added in the sender's words."""

    posts: ClassVar[tuple[str, ...]] = ("duty_chief",)
    report: str
    remarks: str = ""


class ReportEvent(Event, frozen=True, kw_only=True):
    report: str
    case: str
    kind: ReportKind


class ReportWanted(ReportEvent, frozen=True, kw_only=True):
    """Its clock runs; the draft is worked out anew until it is sent."""

    due_ms: int


class ReportSent(ReportEvent, frozen=True, kw_only=True):
    sentences: tuple[Sentence, ...]
    remarks: str


class ReportOverdue(ReportEvent, frozen=True, kw_only=True): ...
