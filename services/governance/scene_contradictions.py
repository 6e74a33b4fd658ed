"""Rules of one scene that contradict each other, or of which one can never be used."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator

import msgspec

from services.governance.scene_file import Fault, HandleEntry, SceneFile
from services.governance.scenes import Scene, falls
from services.governance.school import SchoolDays
from twin.state.conditions import ReportCondition, SlowCondition

_YEAR = 365 * 2


def contradictions(file: SceneFile, scene: Scene, school: SchoolDays) -> Iterator[Fault]:
    yield from _signals(file)
    yield from _bands(file)
    yield from _limits(file, scene)
    yield from _closing(file)
    yield from _active(file, school)
    yield from _playbook(file)


def _signals(file: SceneFile) -> Iterator[Fault]:
    plain = [msgspec.json.encode(msgspec.structs.replace(entry.condition, id="")) for entry in file.signals]
    for index, entry in enumerate(file.signals):
        first = plain.index(plain[index])
        if first < index:
            reason = f"is the same condition as {file.signals[first].condition.id!r}"
            yield Fault(f"signals[{index}].condition", reason)
        if entry.condition.strong and entry.condition.id in file.evidence.doubtful:
            yield Fault(
                "evidence.doubtful",
                f"{entry.condition.id!r} is strong: what is enough by itself is not doubtful",
            )
    for name, count in Counter(file.evidence.must).items():
        if count > 1:
            yield Fault("evidence.must", f"{name!r} is named twice")


def _bands(file: SceneFile) -> Iterator[Fault]:
    for index, term in enumerate(file.severity.terms):
        for least, count in Counter(band.least for band in term.bands).items():
            if count > 1:
                yield Fault(
                    f"severity.terms[{index}].bands", f"{count} bands begin at {least:g}: only the last is used"
                )
    most = sum(max((band.points for band in term.bands), default=0.0) for term in file.severity.terms)
    least = sum(min((0.0, *(band.points for band in term.bands))) for term in file.severity.terms)
    rule = file.severity
    if most < rule.III and rule.II < 100:
        yield Fault("severity.II", f"no incident can reach it: all terms give {most:g} points at most")
    if least >= rule.I and file.severity.terms:
        yield Fault("severity.I", f"every incident reaches it: all terms give {least:g} points at least")


def _limits(file: SceneFile, scene: Scene) -> Iterator[Fault]:
    limits = file.limits.handle
    for later, limit in enumerate(limits):
        for earlier in limits[:later]:
            if _covers(earlier, limit, scene):
                yield Fault(
                    f"limits.handle[{later}]", f"never used: {earlier.name.en!r} before it holds whenever it does"
                )
                break


def _covers(earlier: HandleEntry, later: HandleEntry, scene: Scene) -> bool:
    """Whether the earlier limit holds whenever the later one does."""
    if earlier.signal and earlier.signal != later.signal:
        return False
    if earlier.signal and earlier.least is not None:
        if later.least is None:
            return False
        lower = falls(scene.signal(f"{scene.id}/{earlier.signal}"))
        if (later.least > earlier.least) if lower else (later.least < earlier.least):
            return False
    if earlier.at_least and not 0 < later.at_least <= earlier.at_least:
        return False
    kinds = set(later.place_kinds)
    return not earlier.place_kinds or (bool(kinds) and kinds <= set(earlier.place_kinds))


def _closing(file: SceneFile) -> Iterator[Fault]:
    closing = {
        entry.condition.id: entry.condition for entry in file.signals if entry.condition.id in file.closing.signals
    }
    mute = [id for id, condition in closing.items() if isinstance(condition, ReportCondition)]
    for id in mute:
        yield Fault("closing.signals", f"{id!r} cannot be read: a report says when it began, never that it is over")
    if "sensors" in file.truths and closing and len(mute) == len(closing):
        yield Fault("truths", "no signal can say that it is over: leave out the sensors and name the checker")
    if file.closing.patience_s < file.closing.hold_s:
        yield Fault("closing.patience_s", "is shorter than hold_s: the department goes again before the test can pass")
    if file.closing.lasting and file.closing.early_hold_s <= 0:
        yield Fault("closing.lasting", "never ends: early_hold_s has to say for how long it must be calm")
    if 0 < file.closing.early_hold_s < file.closing.hold_s:
        yield Fault(
            "closing.early_hold_s", "is shorter than hold_s: before the crew is done more calm is asked, not less"
        )


def _active(file: SceneFile, school: SchoolDays) -> Iterator[Fault]:
    active = file.active
    if active is None:
        return
    if active.hours is not None and active.hours[0] % 24 == active.hours[1] % 24 and active.hours != (0, 24):
        yield Fault("active.hours", "begins and ends at the same hour")
    today = datetime.date(2026, 1, 1)
    days = (today + datetime.timedelta(days=number) for number in range(_YEAR))
    if not any(
        (not active.months or day.month in active.months)
        and (not active.weekdays or day.isoweekday() in active.weekdays)
        and (not active.school_days or school.has_school(day))
        for day in days
    ):
        yield Fault("active", "no day of two years is named by months, weekdays and school days together")
    for index, entry in enumerate(file.signals):
        hours = entry.condition.hours if isinstance(entry.condition, SlowCondition) else None
        if hours is not None and active.hours is not None and not _clock(hours) & _clock(active.hours):
            yield Fault(f"signals[{index}].condition.hours", "lie wholly outside active.hours")
    if active.warnings == () and active.warning_at_least != 4:
        yield Fault("active.warning_at_least", "is used only with warnings")


def _clock(hours: tuple[int, int]) -> set[int]:
    first, last = hours
    return set(range(first, last)) if first < last else {*range(first, 24), *range(last)}


def _playbook(file: SceneFile) -> Iterator[Fault]:
    for index, request in enumerate(file.requests):
        if request.department not in (file.lead, *file.support):
            yield Fault(
                f"requests[{index}].department", f"{request.department!r} is not among the supporting departments"
            )
        if request.department == file.lead:
            yield Fault(f"requests[{index}].department", "the leading department is not asked, it leads")
        if 0 < request.finish_s < request.respond_s:
            yield Fault(f"requests[{index}].finish_s", "is due before the answer is")
    up = file.report_up
    if up is not None and not 0 < up.initial_s <= up.final_s:
        yield Fault("report_up", "initial_s is positive and not longer than final_s")
    if up is not None and up.further_s <= 0:
        yield Fault("report_up.further_s", "must be positive")
