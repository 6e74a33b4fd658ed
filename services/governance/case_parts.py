"""What a case is made of: who owns it, its clocks, orders, requests for time, appeal."""

from __future__ import annotations

from typing import Literal

import msgspec

from services.facts.base import Actor
from services.facts.casework import TimeKind
from services.governance.calendar import ClockKind
from twin.core.text import Text

ClockName = Literal["accept", "file", "dispatch", "handle", "check"]


class Holder(msgspec.Struct, frozen=True):
    """Who owns a case: the post, of which department, and the person who holds it."""

    post: str
    department: str
    person: str


class Offer(msgspec.Struct, frozen=True):
    """Handed on and not yet taken; ``back`` marks a return. The sender still owns."""

    to_post: str
    to_department: str
    since_ms: int
    back: bool = False


class Limit(msgspec.Struct, frozen=True):
    """So many hours or days of a kind, and by what condition."""

    amount: float
    kind: ClockKind
    why: Text


class Clock(msgspec.Struct, frozen=True):
    """A limit of ``amount`` hours or days of a kind. It runs while ``stopped_ms`` is -1 and it is not suspended;
    ``overdue`` once noticed, and for ever. ``limit`` says by what condition the amount was chosen."""

    name: ClockName
    started_ms: int
    due_ms: int
    stopped_ms: int = -1
    overdue: bool = False
    kind: ClockKind = "urgent_hour"
    amount: float = 0.0
    paused_since_ms: int = -1
    paused_until_ms: int = -1
    limit: Text | None = None

    @property
    def running(self) -> bool:
        """Not stopped for good; a suspended clock goes on later."""
        return self.stopped_ms < 0

    @property
    def paused(self) -> bool:
        return self.stopped_ms < 0 and self.paused_since_ms >= 0


class TimeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """More time asked for, and who has agreed to it so far (two are needed)."""

    kind: TimeKind
    minutes: int
    person: str
    asked_ms: int
    why: str
    approved_by: tuple[str, ...] = ()


class Appeal(msgspec.Struct, frozen=True, kw_only=True):
    """Lodged once after closing; granted where two reviewers agree."""

    person: str
    why: str
    lodged_ms: int
    granted_by: tuple[str, ...] = ()
    decided: Literal["", "granted", "refused"] = ""


class FollowUp(msgspec.Struct, frozen=True, kw_only=True):
    """What residents concerned said after closing 回访."""

    at_ms: int
    reached: bool
    solved: bool
    satisfied: bool


class Entry(msgspec.Struct, frozen=True):
    """One line of the case's history."""

    city_ms: int
    what: Text
    actor: Actor
    why: Text | None = None


class Assignment(msgspec.Struct, frozen=True, kw_only=True):
    """The order a unit of the department is under."""

    unit: str
    order: str
    task: str
    number: int
    expires_ms: int
    travel_s: float
    acknowledged: bool = False
    state: Literal["ordered", "driving", "arrived", "working", "done"] = "ordered"
    heard_ms: int = -1


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """A collector's order to look, and what was found."""

    unit: str
    order: str
    collector: str
    stage: Literal["filing", "closing"]
    expires_ms: int
    acknowledged: bool = False
    finding: Literal["", "confirmed", "resolved", "unresolved", "nothing_found"] = ""
    reported_ms: int = -1


class Refusal(msgspec.Struct, frozen=True):
    """A unit that is not asked again for this case before ``until_ms``."""

    unit: str
    until_ms: int
    why: Text
