"""The terms on which a scene is handled: its playbook beyond the tasks, its lanes and limits, and when it is armed."""

from __future__ import annotations

from typing import Literal

import msgspec

from twin.core.text import Name
from twin.formats.civic import WarningKind

ClockKind = Literal["urgent_hour", "working_hour", "working_day", "calendar_day"]
Truth = Literal["department", "checker", "sensors"]
Commanding = Literal["", "police", "fire_rescue", "health"]
Step = Literal["filed", "dispatched", "fed_back"]

NOBODY = Name("", "")


class HandleLimit(msgspec.Struct, frozen=True, kw_only=True):
    """The handling limit under one condition: all that is named must hold. ``signal`` (a full condition id) is among
    the evidence, with a value at least as grave as ``least``; the severity is ``at_least`` (1 gravest; 0: any) or
    graver; the place is of one of ``place_kinds``."""

    name: Name
    amount: float
    clock: ClockKind
    signal: str = ""
    least: float | None = None
    at_least: int = 0
    place_kinds: tuple[str, ...] = ()


class Urgent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From severity ``at_least`` (1 gravest) the urgent lane: act first, the papers within ``file_within_s``."""

    at_least: int = 2
    file_within_s: float = 3600.0


class PlaybookRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a supporting department is asked for at a step of the case, of severity ``at_least`` (0: any) or graver.
    ``respond_s`` is until it answers, ``finish_s`` until it has done it (0: no limit)."""

    department: str
    what: Name
    at: Step = "filed"
    respond_s: float = 900.0
    finish_s: float = 0.0
    at_least: int = 0


class FollowUp(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """回访: whoever reported it is asked by phone ``ask_after_s`` after closing; ``after_h`` after it somebody must
    have been heard. 0 never."""

    after_h: float = 0.0
    ask_after_s: float = 300.0


class ReportUp(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Reports upward, 初报 / 续报 / 终报, from severity ``at_least``: the first within ``initial_s``, further ones
    every ``further_s``, the last within ``final_s`` after the end."""

    at_least: int = 2
    initial_s: float = 1800.0
    further_s: float = 3600.0
    final_s: float = 86_400.0


class PublicNotice(msgspec.Struct, frozen=True, kw_only=True):
    """A public notice (CAP 1.2) from severity ``at_least``. ``headline`` may name {place} and {value}."""

    at_least: int
    category: str
    event: Name
    urgency: str
    severity: str
    certainty: str
    response: str
    headline: Name
    instruction: Name
    radius_m: float


class VehicleWarning(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the twin says to vehicles (DENM) while the case is open, from severity ``at_least`` (0: any)."""

    cause: int
    subcause: int = 0
    at_least: int = 0


class Active(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When the scene is armed. All of the calendar that is named must hold; and where ``warnings`` or ``response`` are
    named, a warning of such a kind, of level ``warning_at_least`` (1 red … 4 blue) or graver, or a response to such a
    hazard of level ``response_at_least`` or graver, must be in force. ``hours`` (first, last) are local and may cross
    midnight; weekdays 1 (Monday) to 7."""

    hours: tuple[int, int] | None = None
    months: tuple[int, ...] = ()
    weekdays: tuple[int, ...] = ()
    school_days: bool = False
    warnings: tuple[WarningKind, ...] = ()
    warning_at_least: int = 4
    response: tuple[WarningKind, ...] = ()
    response_at_least: int = 4
