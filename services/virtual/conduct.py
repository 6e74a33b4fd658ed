"""What conduct measures are in force, and which step may follow: read from the state alone."""

from __future__ import annotations

from services.facts.virtual import Conduct, MeasureStep
from services.virtual.state import Measure, State
from twin.city.virtual import Moderation
from twin.core.text import Text

_HOUR_MS = 3_600_000
_BEFORE: dict[MeasureStep, tuple[MeasureStep, ...]] = {
    "notice": (),
    "mute": (),
    "remove": ("notice", "mute", "remove", "ban"),
    "ban": ("mute", "remove", "ban"),
}
"""What must have been tried before, for conduct that is not grave."""


def banned(state: State, place: str, person: str, city_ms: int) -> int:
    """Until when somebody may not enter; -1: they may."""
    bans = [
        one.until_ms
        for one in state.measures.values()
        if one.step == "ban" and one.in_force and one.about == person and one.place == place and city_ms < one.until_ms
    ]
    return max(bans, default=-1)


def muted(state: State, place: str, person: str, city_ms: int) -> Measure | None:
    """The mute under which somebody may not speak there now."""
    for one in state.measures.values():
        mine = one.step == "mute" and one.about == person and one.place == place
        if mine and one.in_force and city_ms < one.until_ms:
            return one
    return None


def step_fault(
    state: State, rules: Moderation, place: str, person: str, step: MeasureStep, ground: Conduct, minutes: int,
    city_ms: int,
) -> Text | None:  # fmt: skip
    """Why this step may not be taken now: graded, and never without an end."""
    if step == "mute" and not 1 <= minutes <= rules.mute_max_minutes:
        return Text("a mute lasts from 1 to {most} minutes", {"most": rules.mute_max_minutes})
    if step == "ban" and not 1 <= minutes <= rules.ban_max_days * 24 * 60:
        return Text("a ban ends: after {most} days at most", {"most": rules.ban_max_days})
    if step in ("notice", "remove") and minutes:
        return Text("a notice or a removal has no duration")
    before = _BEFORE[step]
    since_ms = city_ms - round(rules.memory_h * _HOUR_MS)
    tried = any(
        one.about == person
        and one.place == place
        and one.step in before
        and one.taken_ms >= since_ms
        and one.how != "set_aside"
        for one in state.measures.values()
    )
    if before and ground not in rules.grave and not tried:
        return Text("a milder step comes first: this conduct is not among the grave ones")
    return None


def pressing(state: State, place: str) -> int:
    """How many different people have reported the same person, at most, without an answer yet."""
    reporters: dict[str, set[str]] = {}
    for one in state.reports.values():
        if one.place == place and one.closed_ms < 0:
            reporters.setdefault(one.about, set()).add(one.by)
    return max((len(by) for by in reporters.values()), default=0)
