"""Departments at work with each other: requests, whistles, rooms, meetings and their resolutions, duty, reports."""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec

from services.facts.base import Command, Event
from services.facts.collaboration import CENTRE, GOVERNING, HANDLING
from twin.core.text import Text

WhistleKind = Literal["routine", "hard", "emergency"]
ReportKind = Literal["initial", "further", "final"]


class Sentence(msgspec.Struct, frozen=True):
    """One sentence of a draft and what it rests on: ids of events ``#<sequence>``, cases, signals, messages."""

    text: Text
    evidence: tuple[str, ...]


class Resolution(msgspec.Struct, frozen=True, kw_only=True):
    """A meeting's decision as somebody's task. ``supervised``: the duty chief watches it 督办."""

    what: str
    department: str
    person: str
    due_minutes: int
    supervised: bool = False


# --- requests 工作联系单 ------------------------------------------------------------------------------------


class AskDepartment(Command, frozen=True, kw_only=True):
    """Ask another department to support a case, with a response clock apart from the handling clock."""

    posts: ClassVar[tuple[str, ...]] = (*CENTRE, *HANDLING)
    case: str
    department: str
    what: str
    respond_minutes: int
    finish_minutes: int


class RequestCommand(Command, frozen=True, kw_only=True):
    request: str


class AnswerRequest(RequestCommand, frozen=True, kw_only=True):
    """We do it."""

    posts: ClassVar[tuple[str, ...]] = HANDLING
    answer: str


class RefuseRequest(RequestCommand, frozen=True, kw_only=True):
    posts: ClassVar[tuple[str, ...]] = HANDLING
    why_refused: str


class FinishRequest(RequestCommand, frozen=True, kw_only=True):
    posts: ClassVar[tuple[str, ...]] = HANDLING
    result: str


class SignOffRequest(RequestCommand, frozen=True, kw_only=True):
    """Whoever asked agrees that it is done; ``accepted`` False sends it back."""

    posts: ClassVar[tuple[str, ...]] = (*CENTRE, *HANDLING)
    accepted: bool = True
    note: str = ""


class RequestEvent(Event, frozen=True, kw_only=True):
    request: str
    case: str


class RequestSent(RequestEvent, frozen=True, kw_only=True):
    """``what`` is a person's words or, where a scene's playbook asks, in every language. A ``finish_by_ms`` of 0 is no
    limit."""

    from_department: str
    to_department: str
    what: Text
    respond_by_ms: int
    finish_by_ms: int


class RequestAnswered(RequestEvent, frozen=True, kw_only=True):
    answer: str


class RequestRefused(RequestEvent, frozen=True, kw_only=True): ...


class RequestFinished(RequestEvent, frozen=True, kw_only=True):
    result: str


class RequestSignedOff(RequestEvent, frozen=True, kw_only=True):
    accepted: bool


class RequestOverdue(RequestEvent, frozen=True, kw_only=True):
    clock: Literal["respond", "finish"]


class RequestLapsed(RequestEvent, frozen=True, kw_only=True):
    """The case ended first."""


# --- whistle 吹哨报到 ---------------------------------------------------------------------------------------


class BlowWhistle(Command, frozen=True, kw_only=True):
    """The subdistrict calls; the departments must report in within the limit of the kind."""

    posts: ClassVar[tuple[str, ...]] = ("subdistrict_head", "duty_chief")
    case: str
    kind: WhistleKind
    departments: tuple[str, ...]
    why_whistle: str


class ReportIn(Command, frozen=True, kw_only=True):
    posts: ClassVar[tuple[str, ...]] = HANDLING
    whistle: str


class EndWhistle(Command, frozen=True, kw_only=True):
    """Nobody leaves until it is done: whoever blew it says when."""

    posts: ClassVar[tuple[str, ...]] = ("subdistrict_head", "duty_chief")
    whistle: str
    result: str


class WhistleEvent(Event, frozen=True, kw_only=True):
    whistle: str
    case: str


class WhistleBlown(WhistleEvent, frozen=True, kw_only=True):
    kind: WhistleKind
    subdistrict: str
    departments: tuple[str, ...]
    report_by_ms: int


class DepartmentReportedIn(WhistleEvent, frozen=True, kw_only=True):
    department: str


class WhistleOverdue(WhistleEvent, frozen=True, kw_only=True):
    departments: tuple[str, ...]


class WhistleEnded(WhistleEvent, frozen=True, kw_only=True):
    result: str


# --- escalation -------------------------------------------------------------------------------------------


class Escalated(Event, frozen=True, kw_only=True):
    """By the table: what is late goes one step up. ``subject`` is a case, request, whistle, resolution or shift, and
    ``what`` which of its clocks."""

    subject: str
    case: str
    step: int
    to_post: str
    to_department: str
    person: str
    what: str = ""


# --- scene room, meeting 会商 ------------------------------------------------------------------------------


class RoomCommand(Command, frozen=True, kw_only=True):
    """A case's room bears the case's id."""

    posts: ClassVar[tuple[str, ...]] = GOVERNING
    case: str


class OpenRoom(RoomCommand, frozen=True, kw_only=True):
    """Call all parties together."""


class SayInRoom(RoomCommand, frozen=True, kw_only=True):
    words: str


class BeginMeeting(RoomCommand, frozen=True, kw_only=True):
    posts: ClassVar[tuple[str, ...]] = ("duty_chief", "department_head", "subdistrict_head", "leader")
    subject: str


class EndMeeting(RoomCommand, frozen=True, kw_only=True):
    """Minutes 会商纪要: each decision becomes a task with owner and deadline."""

    posts: ClassVar[tuple[str, ...]] = ("duty_chief", "department_head", "subdistrict_head", "leader")
    minutes: str
    decisions: tuple[Resolution, ...] = ()


class AddResolution(RoomCommand, frozen=True, kw_only=True):
    """One decision of the meeting under way (or of the last one): a task for a department."""

    posts: ClassVar[tuple[str, ...]] = ("duty_chief", "department_head", "subdistrict_head", "leader")
    what: str
    department: str
    due_minutes: int
    supervised: bool = True


class FinishResolution(Command, frozen=True, kw_only=True):
    posts: ClassVar[tuple[str, ...]] = (*HANDLING, *CENTRE)
    resolution: str
    result: str


class RoomEvent(Event, frozen=True, kw_only=True):
    case: str


class RoomOpened(RoomEvent, frozen=True, kw_only=True):
    parties: tuple[str, ...]  # departments


class RoomJoined(RoomEvent, frozen=True, kw_only=True):
    department: str


class SaidInRoom(RoomEvent, frozen=True, kw_only=True):
    words: str


class MeetingBegun(RoomEvent, frozen=True, kw_only=True):
    meeting: str
    subject: str


class MeetingEnded(RoomEvent, frozen=True, kw_only=True):
    meeting: str
    minutes: str


class ResolutionMade(RoomEvent, frozen=True, kw_only=True):
    resolution: str
    meeting: str
    what: str
    department: str
    person: str
    due_ms: int
    supervised: bool


class ResolutionDone(RoomEvent, frozen=True, kw_only=True):
    resolution: str
    result: str


class ResolutionOverdue(RoomEvent, frozen=True, kw_only=True):
    resolution: str


class RoomClosed(RoomEvent, frozen=True, kw_only=True):
    """The case ended."""


# --- duty log, shift hand-over 交接班 ----------------------------------------------------------------------


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


# --- reports upward 初报 续报 终报 ---------------------------------------------------------------------------


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
