"""What a scene's file may refer to: departments, skills, codes, device kinds, its own signals. Every fault, not only
the first."""

from __future__ import annotations

import re
from collections.abc import Iterator

from services.governance.scene_file import Fault, SceneFile
from twin.city.catalogue import Catalogue
from twin.city.kinds import DeviceKind
from twin.city.taxonomy import LOCAL
from twin.state.conditions import (
    BrakingCondition,
    Condition,
    CountCondition,
    CrowdCondition,
    DenmCondition,
    PatrolCondition,
    ReportCondition,
    SensorCondition,
    SilenceCondition,
    SlowCondition,
    StoppedCondition,
    VirtualCondition,
    WarningCondition,
)

_BRACES = re.compile(r"\{([^{}]*)\}?")
_HOURS = range(25)


def word_faults(file: SceneFile, catalogue: Catalogue) -> Iterator[Fault]:
    """Everything that does not name what there is."""
    yield from _departments(file, catalogue)
    yield from _codes(file, catalogue)
    yield from _skills(file, catalogue)
    yield from _templates(file)
    yield from _signals(file, catalogue)
    yield from _references(file)
    yield from _formula(file)
    yield from _terms(file)


def _departments(file: SceneFile, catalogue: Catalogue) -> Iterator[Fault]:
    named = [("lead", file.lead), *(("support", id) for id in file.support), ("commands", file.commands)]
    named += [(f"requests[{index}].department", entry.department) for index, entry in enumerate(file.requests)]
    for key, id in named:
        if id and id not in catalogue.departments:
            yield Fault(key, f"no department {id!r}")
    if not file.lead:
        yield Fault("lead", "name the department that leads")


def _codes(file: SceneFile, catalogue: Catalogue) -> Iterator[Fault]:
    taxonomy = catalogue.taxonomy
    local = file.code[:2] in taxonomy.majors and file.code[2:].isdigit() and LOCAL <= int(file.code[2:]) <= 999
    if file.matter is None and taxonomy.find(file.code) is None:
        yield Fault("code", f"{file.code!r} is no class of {taxonomy.standard}; a local one has a matter")
    if file.matter is not None and (not local or taxonomy.find(file.code) is not None):
        yield Fault("code", f"a local extension is a major with an unused number from {LOCAL} to 999")
    for code in file.match.components:
        if code not in taxonomy.classes:
            yield Fault("match.components", f"{code!r} is no class of {taxonomy.standard}")


def _skills(file: SceneFile, catalogue: Catalogue) -> Iterator[Fault]:
    if not file.tasks:
        yield Fault("tasks", "name at least one skill")
    known = [catalogue.departments[id] for id in (file.lead, *file.support) if id in catalogue.departments]
    skills = {skill for department in known for kind in department.units for skill in kind.skills}
    for task in file.tasks:
        if task not in skills:
            yield Fault("tasks", f"no unit of {file.lead} or its supporters has the skill {task!r}")


def _templates(file: SceneFile) -> Iterator[Fault]:
    templates = [("caption", file.caption)]
    if file.notice is not None:
        templates += [("notice.headline", file.notice.headline), ("notice.instruction", file.notice.instruction)]
    for key, words in templates:
        for language, text in (("en", words.en), ("zh", words.zh)):
            for word in _BRACES.findall(text):
                if word not in ("place", "value"):
                    yield Fault(f"{key}.{language}", f"unknown placeholder {{{word}}}")
    for key, words in (("name", file.name), *templates):
        if not words.en.strip() or not words.zh.strip():
            yield Fault(key, "say it in both languages")


def _signals(file: SceneFile, catalogue: Catalogue) -> Iterator[Fault]:
    ids = [entry.condition.id for entry in file.signals]
    if not ids or len(set(ids)) != len(ids) or any("/" in id or not id for id in ids):
        yield Fault("signals", "at least one signal, each with an id of its own and no slash in it")
    for index, entry in enumerate(file.signals):
        key = f"signals[{index}].condition"
        for reason in condition_faults(entry.condition, catalogue):
            yield Fault(key, reason)
        if entry.channel and not isinstance(entry.condition, SensorCondition):
            yield Fault(f"signals[{index}].channel", "only a sensor can be a camera")
        if isinstance(entry.condition, CountCondition):
            for other in entry.condition.of:
                if "/" not in other and other not in ids:
                    yield Fault(f"{key}.of", f"no signal {other!r}")
                if other == entry.condition.id:
                    yield Fault(f"{key}.of", "a count does not count itself")


def _references(file: SceneFile) -> Iterator[Fault]:
    ids = {entry.condition.id for entry in file.signals}
    named = (
        ("evidence.doubtful", file.evidence.doubtful),
        ("evidence.must", file.evidence.must),
        ("closing.signals", file.closing.signals),
        ("severity.terms", tuple(term.signal for term in file.severity.terms if term.signal)),
        ("limits.handle", tuple(limit.signal for limit in file.limits.handle if limit.signal)),
    )
    for key, signals in named:
        for signal in signals:
            if signal not in ids:
                yield Fault(key, f"no signal {signal!r}")


def condition_faults(condition: Condition, catalogue: Catalogue) -> Iterator[str]:
    """What is wrong with one condition by itself."""
    match condition:
        case SensorCondition():
            yield from _sensor(condition, catalogue.kinds)
        case SilenceCondition() if condition.device_kind not in catalogue.kinds:
            yield f"no device kind {condition.device_kind!r}"
        case ReportCondition() | PatrolCondition():
            yield from _matters(condition.matters, catalogue)
        case DenmCondition() if not condition.causes:
            yield "name at least one cause"
        case WarningCondition() if not condition.kinds or not 1 <= condition.at_least <= 4:
            yield "name at least one kind; at_least is a level from 1 (red) to 4 (blue)"
        case StoppedCondition() if condition.dwell_s <= 0:
            yield "dwell_s must be positive"
        case BrakingCondition() if condition.decel_mps2 <= 0 or condition.count < 1 or condition.window_s <= 0:
            yield "decel_mps2 and window_s must be positive, count at least 1"
        case SlowCondition():
            yield from _slow(condition)
        case CrowdCondition():
            yield from _crowd(condition, catalogue.kinds)
        case VirtualCondition() if condition.clear > condition.threshold:
            yield "clear must lie on the calm side of threshold"
        case CountCondition() if condition.count < 2 or not condition.of:
            yield "count at least two conditions, and name them in `of`"
        case _:
            pass


def _sensor(condition: SensorCondition, kinds: dict[str, DeviceKind]) -> Iterator[str]:
    kind = kinds.get(condition.device_kind)
    if kind is None:
        yield f"no device kind {condition.device_kind!r}"
        return
    quantities = {quantity.id for quantity in kind.quantities}
    for quantity in (condition.quantity, condition.while_quantity):
        if quantity and quantity not in quantities:
            yield f"{condition.device_kind} has no quantity {quantity!r}"
    above = condition.op == ">"
    calm = condition.clear <= condition.threshold if above else condition.clear >= condition.threshold
    if not calm:
        yield "clear must lie on the calm side of threshold"


def _matters(matters: tuple[str, ...], catalogue: Catalogue) -> Iterator[str]:
    taxonomy = catalogue.taxonomy
    if not matters:
        yield "name at least one matter"
    for code in matters:
        if taxonomy.find(code) is None:
            yield f"{code!r} is no class of {taxonomy.standard}"


def _slow(condition: SlowCondition) -> Iterator[str]:
    if not condition.place_kinds:
        yield "name the place_kinds around which traffic is watched"
    if not 0 < condition.share <= condition.clear_share:
        yield "share must be positive, clear_share at least as high"
    if condition.edges < 1 and condition.queue_m <= 0:
        yield "edges is at least 1, or queue_m positive"
    if condition.hours is not None and not set(condition.hours) <= set(_HOURS):
        yield "hours run from 0 to 24"


def _crowd(condition: CrowdCondition, kinds: dict[str, DeviceKind]) -> Iterator[str]:
    if not condition.place_kinds:
        yield "name the place_kinds at which people are counted"
    if condition.clear > condition.people:
        yield "clear must lie on the calm side of people"
    if not 0 < condition.phone_share <= 1:
        yield "phone_share is a share, above 0 and at most 1"
    kind = kinds.get(condition.device_kind)
    if kind is None:
        yield f"no device kind {condition.device_kind!r}"
    elif condition.quantity not in {quantity.id for quantity in kind.quantities}:
        yield f"{condition.device_kind} has no quantity {condition.quantity!r}"


def _formula(file: SceneFile) -> Iterator[Fault]:
    rule = file.severity
    if not rule.I >= rule.II >= rule.III:
        yield Fault("severity", "points must fall from I to III")
    for index, term in enumerate(rule.terms):
        where = f"severity.terms[{index}]"
        if (term.input == "value") != bool(term.signal):
            yield Fault(where, "an input 'value', and no other, names a signal")
        if (term.input == "near_m") != bool(term.place):
            yield Fault(where, "an input 'near_m', and no other, names a place kind")
        least = [band.least for band in term.bands]
        if not least or least != sorted(least):
            yield Fault(where, "bands rise from the lowest 'least' up")


def _terms(file: SceneFile) -> Iterator[Fault]:
    if "sensors" in file.truths and not file.closing.signals:
        yield Fault("closing.signals", "a closing test rests on a signal, unless truths leave out the sensors")
    if not file.closing.signals and "checker" not in file.truths:
        yield Fault("truths", "what no sensor shows is closed by a check: name the checker")
    if file.closing.hold_s <= 0 or file.evidence.need < 1 or file.evidence.radius_m <= 0:
        yield Fault("closing", "closing.hold_s and evidence.radius_m are positive, evidence.need at least 1")
    if not file.truths:
        yield Fault("truths", "somebody must say that it is done")
    for index, limit in enumerate(file.limits.handle):
        if limit.amount <= 0 or not 0 <= limit.at_least <= 4:
            yield Fault(f"limits.handle[{index}]", "amount is positive, at_least a severity from 1 to 4 (0: any)")
    levels = [("urgent", file.urgent), ("report_up", file.report_up), ("notice", file.notice)]
    for key, part in levels:
        if part is not None and not 1 <= part.at_least <= 4:
            yield Fault(f"{key}.at_least", "a severity from 1 (gravest) to 4")
    active = file.active
    if active is not None:
        if active.hours is not None and not set(active.hours) <= set(_HOURS):
            yield Fault("active.hours", "hours run from 0 to 24")
        if not set(active.months) <= set(range(1, 13)):
            yield Fault("active.months", "months run from 1 to 12")
        if not set(active.weekdays) <= set(range(1, 8)):
            yield Fault("active.weekdays", "weekdays run from 1 (Monday) to 7")
