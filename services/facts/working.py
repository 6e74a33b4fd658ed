"""Departments at work with each other: requests, whistles, escalation."""

from __future__ import annotations

from typing import ClassVar, Literal

from services.facts.base import Command, Event
from services.facts.collaboration import CENTRE, HANDLING
from twin.core.text import Text

WhistleKind = Literal["routine", "hard", "emergency"]


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
