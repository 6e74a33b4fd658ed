"""Faults of the routing rules that loading cannot see: rules that can never win, that lead nowhere, that contradict
themselves; scenes that no rule is sure to route."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.governance.rules import SYMBOLS, Rule, When, read_rules, unknown
from services.governance.scenes import Scene
from twin.city.catalogue import Taxonomy
from twin.city.model import City
from twin.city.units import Department


@dataclass(frozen=True, slots=True)
class Ground:
    """All that rules may name. ``taxonomy`` and ``city`` are looked at where they are given."""

    departments: Mapping[str, Department]
    scenes: Mapping[str, Scene]
    city: City | None = None
    taxonomy: Taxonomy | None = None

    def skills(self, department: str) -> frozenset[str]:
        known = self.departments.get(department)
        return frozenset(skill for kind in known.units for skill in kind.skills) if known else frozenset()


def faults(path: Path, ground: Ground) -> list[str]:
    """``<file>: rules[3].when.codes (R-040): …``, in the file's order. Raises :class:`ConfigError` where the file
    cannot be read at all."""
    rules = read_rules(path).rules
    found = [f"{path}: {key}: {fault}" for key, fault in unknown(rules, ground.departments, ground.scenes)]
    for index, rule in enumerate(rules):
        where = f"{path}: rules[{index}]"
        found += [f"{where}.{key} ({rule.id}): {fault}" for key, fault in _alone(rule, ground)]
        earlier = next((other for other in rules[:index] if _shadows(other, rule, ground)), None)
        if earlier is not None:
            found.append(f"{where} ({rule.id}): never reached: {earlier.id} takes all that it would match")
    found += [
        f"{path}: rules: scene {scene.id!r} may match no rule and lie with the duty chief; end with one for @lead"
        for scene in ground.scenes.values()
        if not any(_certain(rule, scene, ground) for rule in rules)
    ]
    return found


def _alone(rule: Rule, ground: Ground) -> Iterator[tuple[str, str]]:
    """What is wrong with one rule by itself."""
    when = rule.when
    if rule.until is not None and rule.until < rule.effective:
        yield "until", f"{rule.until} is before {rule.effective}, from which it is to hold"
    if when.hours is not None and when.hours[0] == when.hours[1]:
        yield "when.hours", "from-to at the same hour is every hour: leave it out"
    if when.owned is False and (when.owners or when.maintainers):
        yield "when.owned", "no owner, and an owner or maintainer by name, contradict each other"
    for shown in when.signals:
        if shown.least is not None and shown.most is not None and shown.least > shown.most:
            yield "when.signals", f"{shown.signal}: no value is at least {shown.least:g} and at most {shown.most:g}"
    yield from _places(when, ground)
    yield from _codes(when, ground)
    admitted = _admitted(when, ground)
    if when.scenes and not admitted:
        yield "when", "none of its scenes has one of its codes and signals: it can never match"
    elif admitted and not any(_able(rule.department, scene, ground) for scene in admitted):
        yield "department", f"{rule.department!r} has no unit for any case that it matches: it leads nowhere"


def _places(when: When, ground: Ground) -> Iterator[tuple[str, str]]:
    if ground.city is None:
        return
    meta = ground.city.meta
    of = {part.id: part.district for part in meta.subdistricts}
    for id in when.districts:
        if id not in {part.id for part in meta.districts}:
            yield "when.districts", f"{meta.id} has no district {id!r}"
    for id in when.subdistricts:
        if id not in of:
            yield "when.subdistricts", f"{meta.id} has no subdistrict {id!r}"
        elif when.districts and of[id] not in when.districts:
            yield "when.subdistricts", f"{id!r} lies in {of[id]!r}, which is not among its districts"


def _codes(when: When, ground: Ground) -> Iterator[tuple[str, str]]:
    if ground.taxonomy is None:
        return
    local = {scene.code for scene in ground.scenes.values()}
    for prefix in when.codes:
        if not any(code.startswith(prefix) for code in (*ground.taxonomy.classes, *local)):
            yield "when.codes", f"no class begins with {prefix!r}"


def _admitted(when: When, ground: Ground) -> tuple[Scene, ...]:
    """The scenes whose cases the rule may match."""
    return tuple(scene for scene in ground.scenes.values() if _may_match(when, scene))


def _may_match(when: When, scene: Scene) -> bool:
    if when.scenes and scene.id not in when.scenes:
        return False
    if when.codes and not scene.code.startswith(when.codes):
        return False
    signals = {entry.condition.id for entry in scene.signals}
    signals |= {signal.partition("/")[2] for signal in signals}
    return not when.signals or any(shown.signal in signals for shown in when.signals)


def _able(department: str, scene: Scene, ground: Ground) -> bool:
    """Whether the department has a unit for some task of the scene; who owns a component is not known beforehand."""
    if department in ("@owner", "@maintainer"):
        return True
    id = scene.lead if department == "@lead" else department
    return id in ground.departments and not ground.skills(id).isdisjoint(scene.tasks)


def _certain(rule: Rule, scene: Scene, ground: Ground) -> bool:
    """Whether the rule wins for every case of the scene that reaches it (returns, roster and jurisdiction aside)."""
    always = rule.until is None and not any(_given(rule.when, key) for key in _SUPERSETS if key not in _BY_SCENE)
    return (
        always
        and _may_match(rule.when, scene)
        and not rule.when.signals
        and rule.department not in ("@owner", "@maintainer")
        and _able(rule.department, scene, ground)
    )


def _shadows(first: Rule, later: Rule, ground: Ground) -> bool:
    """Whether ``first`` wins wherever ``later`` would: it asks for no more, holds for as long, and its department is
    the same or can take every case that the later one matches."""
    longer = first.effective <= later.effective and (
        first.until is None or (later.until is not None and first.until >= later.until)
    )
    if not longer or not all(covers(first.when, later.when) for covers in _SUPERSETS.values()):
        return False
    if first.department == later.department:
        return True
    served = ground.city.meta.jurisdictions if ground.city is not None else {}
    admitted = _admitted(later.when, ground)
    if first.department in served or not admitted:
        return False
    if first.department in SYMBOLS and first.department != "@lead":
        return False
    leads = {scene.lead for scene in admitted} if first.department == "@lead" else set()
    return not leads & set(served) and all(_able(first.department, scene, ground) for scene in admitted)


Covers = Callable[[When, When], bool]
"""Whether whatever the second asks for holds, the first's is satisfied too."""


def _named(key: str) -> Covers:
    def covers(first: When, later: When) -> bool:
        mine, others = getattr(first, key), getattr(later, key)
        return not mine or (bool(others) and set(others) <= set(mine))

    return covers


def _same(key: str) -> Covers:
    return lambda first, later: getattr(first, key) is None or getattr(first, key) == getattr(later, key)


def _codes_cover(first: When, later: When) -> bool:
    return not first.codes or (bool(later.codes) and all(code.startswith(first.codes) for code in later.codes))


def _severity_covers(first: When, later: When) -> bool:
    return first.at_least is None or (later.at_least is not None and later.at_least <= first.at_least)


def _hours_cover(first: When, later: When) -> bool:
    return first.hours is None or (later.hours is not None and _span(later.hours) <= _span(first.hours))


def _span(hours: tuple[int, int]) -> frozenset[int]:
    first, last = hours
    return frozenset(range(first, last) if first < last else (*range(first, 24), *range(last)))


def _given(when: When, key: str) -> bool:
    value: Any = getattr(when, key)
    return value is not None and value != ()


_BY_SCENE = ("scenes", "codes", "signals")
_SUPERSETS: Mapping[str, Covers] = {
    **{key: _named(key) for key in ("scenes", "signals", "place_kinds", "districts", "subdistricts", "tiers", "owners",
                                    "maintainers", "weekdays")},
    **{key: _same(key) for key in ("working", "owned")},
    "codes": _codes_cover,
    "at_least": _severity_covers,
    "hours": _hours_cover,
}  # fmt: skip
