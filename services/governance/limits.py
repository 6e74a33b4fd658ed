"""Limits: which one a case's condition asks for, when its clocks are due, and why a clock stands still."""

from __future__ import annotations

import msgspec

from services.governance.calendar import HOUR_MS, Calendar, ClockKind
from services.governance.case import Case, Clock, ClockName
from services.governance.case_parts import Limit
from services.governance.scenes import Scene
from twin.core.text import Text

KIND_TEXT: dict[ClockKind, Text] = {
    "urgent_hour": Text("urgent hours"),
    "working_hour": Text("working hours"),
    "working_day": Text("working days"),
    "calendar_day": Text("calendar days"),
}


def handle_limit(scene: Scene, case: Case, place_kind: str) -> Limit:
    """By the scene's first condition that holds; else the scene's own limit in urgent hours."""
    found = scene.handle_limit(case.evidence, case.severity, place_kind)
    if found is not None:
        return Limit(found.amount, found.clock, Text("{condition}", {"condition": found.name}))
    return Limit(scene.limits.handle_s * 1000 / HOUR_MS, "urgent_hour", Text("no condition asks for another limit"))


def stricter(one: Limit, other: Limit, calendar: Calendar, from_ms: int) -> Limit:
    """The one that is due first; the first where both are due together."""
    due, later = (calendar.add(limit.kind, from_ms, limit.amount) for limit in (one, other))
    return one if due <= later else other


def stage_limit(scene: Scene, name: ClockName) -> Limit:
    """The limits of the centre's own stages run in urgent hours."""
    seconds = {
        "accept": scene.limits.accept_s,
        "dispatch": scene.limits.dispatch_s,
        "check": scene.limits.check_s,
    }[name]
    return Limit(seconds * 1000 / HOUR_MS, "urgent_hour", Text("by the stage"))


def begun(name: ClockName, limit: Limit, calendar: Calendar, now_ms: int) -> Clock:
    due = calendar.add(limit.kind, now_ms, limit.amount)
    return Clock(name, now_ms, due, kind=limit.kind, amount=limit.amount, limit=limit.why)


def left(clock: Clock, calendar: Calendar, now_ms: int) -> float:
    """Hours or days that a clock had left when it stopped or was suspended, or has left now; never negative."""
    until = clock.stopped_ms if clock.stopped_ms >= 0 else now_ms
    if clock.paused_since_ms >= 0:
        until = min(until, clock.paused_since_ms)
    return calendar.elapsed(clock.kind, until, clock.due_ms)


def suspended(clock: Clock, now_ms: int, until_ms: int) -> Clock:
    return msgspec.structs.replace(clock, paused_since_ms=now_ms, paused_until_ms=until_ms)


def resumed(clock: Clock, calendar: Calendar, now_ms: int) -> Clock:
    """It goes on with what it had left: the time of the suspension never counts."""
    due = calendar.add(clock.kind, now_ms, left(clock, calendar, now_ms))
    return msgspec.structs.replace(clock, due_ms=due, paused_since_ms=-1, paused_until_ms=-1)


def stopped(clock: Clock, calendar: Calendar, now_ms: int) -> Clock:
    """Done. A suspended clock first goes on, so that what is due stays comparable with what was done."""
    going = resumed(clock, calendar, now_ms) if clock.paused else clock
    return msgspec.structs.replace(going, stopped_ms=now_ms)


def extended(clock: Clock, calendar: Calendar, minutes: int) -> int:
    """When a clock is due that gets so many minutes more; in working kinds these are minutes of working time."""
    kind: ClockKind = "working_hour" if clock.kind in ("working_hour", "working_day") else "urgent_hour"
    return calendar.add(kind, clock.due_ms, minutes / 60)


def why_still(clock: Clock, calendar: Calendar, now_ms: int) -> Text | None:
    """Why this clock is not running; None while it runs. That a case lies between two posts never stops one."""
    if not clock.running:
        return Text("stopped: done at {time}", {"time": calendar.local(clock.stopped_ms)})
    if clock.paused:
        return Text("suspended until {time}", {"time": calendar.local(clock.paused_until_ms)})
    return calendar.still(clock.kind, now_ms)
