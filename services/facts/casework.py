"""What more may be asked and decided about a case: handing on, time, supervision, tiers, reopening, appeal."""

from __future__ import annotations

from typing import ClassVar, Literal

from services.facts.base import Command, Event
from services.facts.collaboration import ACCEPTING, CENTRE, GOVERNING, HANDLING
from services.facts.governance import CaseCommand, CaseEvent

Tier = Literal["city", "district", "subdistrict"]
TimeKind = Literal["extension", "suspension"]
Ground = Literal["timeout", "leader", "importance"]
AutomationLevel = Literal["manual", "assisted", "automatic"]


# --- commands ---------------------------------------------------------------------------------------------


class AcceptHandoff(CaseCommand, frozen=True, kw_only=True):
    """The post to which the case is offered takes it; to refuse is :class:`ReturnCase`."""

    posts: ClassVar[tuple[str, ...]] = GOVERNING


class DeclareUrgent(CaseCommand, frozen=True, kw_only=True):
    """Urgent lane 先处置后补录: act first, file within a limit."""

    posts: ClassVar[tuple[str, ...]] = CENTRE
    why_urgent: str


class AskForTime(CaseCommand, frozen=True, kw_only=True):
    """Extension 延期 or suspension 挂起 of the handling clock; needs two approvals, refused once overdue."""

    posts: ClassVar[tuple[str, ...]] = HANDLING
    kind: TimeKind
    minutes: int
    why_more: str


class DecideTime(CaseCommand, frozen=True, kw_only=True):
    """First the department's head, then the duty chief; never the one who asked."""

    posts: ClassVar[tuple[str, ...]] = ("department_head", "duty_chief")
    granted: bool
    why_decided: str


class ResumeClock(CaseCommand, frozen=True, kw_only=True):
    """End a suspension before its time."""

    posts: ClassVar[tuple[str, ...]] = (*HANDLING, "duty_chief")


class SuperviseCase(CaseCommand, frozen=True, kw_only=True):
    """督办."""

    posts: ClassVar[tuple[str, ...]] = ("duty_chief",)
    ground: Ground
    why_supervised: str


class LiftSupervision(CaseCommand, frozen=True, kw_only=True):
    posts: ClassVar[tuple[str, ...]] = ("duty_chief",)
    why_lifted: str


class ReopenCase(CaseCommand, frozen=True, kw_only=True):
    """A resident says that it is not solved; the acceptor puts it down."""

    posts: ClassVar[tuple[str, ...]] = (*ACCEPTING, "resident")
    why_again: str


class LodgeAppeal(CaseCommand, frozen=True, kw_only=True):
    """Once, after closing."""

    posts: ClassVar[tuple[str, ...]] = HANDLING
    why_appeal: str


class ReviewAppeal(CaseCommand, frozen=True, kw_only=True):
    """Two reviewers; both must grant."""

    posts: ClassVar[tuple[str, ...]] = ("assessor", "duty_chief")
    granted: bool
    why_reviewed: str


class MoveTier(CaseCommand, frozen=True, kw_only=True):
    """提级 upwards or 下派 downwards."""

    posts: ClassVar[tuple[str, ...]] = (*CENTRE, "subdistrict_head")
    to: Tier
    why_moved: str


class Recategorise(CaseCommand, frozen=True, kw_only=True):
    """Another taxonomy code. Measures keep the strictest limit that the case ever had."""

    posts: ClassVar[tuple[str, ...]] = ACCEPTING
    code: str
    why_code: str


class SplitCase(CaseCommand, frozen=True, kw_only=True):
    """These signals are about something else: a case of their own."""

    posts: ClassVar[tuple[str, ...]] = CENTRE
    signals: tuple[str, ...]
    why_split: str


class MergeCase(CaseCommand, frozen=True, kw_only=True):
    """The same thing as another open case, which carries on."""

    posts: ClassVar[tuple[str, ...]] = CENTRE
    into: str
    why_merged: str


class MarkFalseAlarm(CaseCommand, frozen=True, kw_only=True):
    """Nothing was there: not accepted, and counted against the scene's rule."""

    posts: ClassVar[tuple[str, ...]] = ACCEPTING
    why_false: str


class RecordFollowUp(CaseCommand, frozen=True, kw_only=True):
    """回访: what residents concerned say after closing."""

    posts: ClassVar[tuple[str, ...]] = (*ACCEPTING, "assessor")
    reached: bool
    solved: bool
    satisfied: bool


class SetAutomation(Command, frozen=True, kw_only=True):
    """How much the rules of a scene may do by themselves; manual in one click."""

    posts: ClassVar[tuple[str, ...]] = ("duty_chief", "dispatcher")
    scene: str
    level: AutomationLevel
    why_level: str = ""


class StaffPost(Command, frozen=True, kw_only=True):
    """Whether an automatic colleague fills a post (of a department; empty: of the centre)."""

    posts: ClassVar[tuple[str, ...]] = ("duty_chief",)
    post: str
    department: str
    colleague: bool


# --- events -----------------------------------------------------------------------------------------------


class CaseOffered(CaseEvent, frozen=True, kw_only=True):
    """Handed on, not yet taken: limbo begins. The sender still owns the case."""

    from_post: str
    from_department: str
    to_post: str
    to_department: str
    back: bool = False  # a return


class CaseTaken(CaseEvent, frozen=True, kw_only=True):
    """Exactly one post owns a case from here on; ``person`` holds it."""

    post: str
    department: str
    person: str


class UrgentLaneTaken(CaseEvent, frozen=True, kw_only=True):
    """``file_by_ms``: until when the papers must follow. ``commands``: the department that commands its own units
    (110, 119, 120), where the centre notifies, supports and tracks; else empty."""

    file_by_ms: int
    commands: str = ""


class TimeAsked(CaseEvent, frozen=True, kw_only=True):
    kind: TimeKind
    minutes: int


class TimeApproved(CaseEvent, frozen=True, kw_only=True):
    """One of two approvals."""

    kind: TimeKind


class TimeGranted(CaseEvent, frozen=True, kw_only=True):
    """Both approved: ``until_ms`` is the new due time of an extension, or the end of a suspension."""

    kind: TimeKind
    minutes: int
    until_ms: int


class TimeRefused(CaseEvent, frozen=True, kw_only=True):
    kind: TimeKind


class ClockResumed(CaseEvent, frozen=True, kw_only=True):
    """The suspension is over."""


class CaseSupervised(CaseEvent, frozen=True, kw_only=True):
    ground: Ground


class SupervisionLifted(CaseEvent, frozen=True, kw_only=True): ...


class CaseReopened(CaseEvent, frozen=True, kw_only=True):
    """Back to the dispatcher, after closing."""


class AppealLodged(CaseEvent, frozen=True, kw_only=True): ...


class AppealReviewed(CaseEvent, frozen=True, kw_only=True):
    """One reviewer's word."""

    granted: bool


class AppealDecided(CaseEvent, frozen=True, kw_only=True):
    """Granted: the case is exempt from statistics, while its facts (also that it was overdue) stay visible."""

    granted: bool


class TierMoved(CaseEvent, frozen=True, kw_only=True):
    was: Tier
    to: Tier


class CaseRecategorised(CaseEvent, frozen=True, kw_only=True):
    was: str
    code: str


class CaseSplit(CaseEvent, frozen=True, kw_only=True):
    """``new``: the case that takes these signals."""

    signals: tuple[str, ...]
    new: str


class FalseAlarmNoted(CaseEvent, frozen=True, kw_only=True):
    """Fed back to the scene's measures."""

    scene: str


class FollowedUp(CaseEvent, frozen=True, kw_only=True):
    reached: bool
    solved: bool
    satisfied: bool


class ResidentAsked(CaseEvent, frozen=True, kw_only=True):
    """回访 by phone: who reported it at ``reported_ms`` is asked whether it is solved."""

    inquiry: str
    person: str
    pseudonym: str
    reported_ms: int


class FollowUpDue(CaseEvent, frozen=True, kw_only=True):
    """The time for the follow-up has come, and nobody has answered: somebody is to call."""


class AutomationSet(Event, frozen=True, kw_only=True):
    scene: str
    level: AutomationLevel


class PostStaffed(Event, frozen=True, kw_only=True):
    post: str
    department: str
    colleague: bool
