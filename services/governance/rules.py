"""Routing rules as ordered data (``config/routing.toml``), and the trial of a case against them."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path

import msgspec

from services.facts.collaboration import Post
from services.facts.evidence import RuleTried
from services.governance.case import Case
from services.governance.lookup import Lookup
from services.governance.scenes import Scene
from twin.city.units import Department
from twin.core.errors import ConfigError
from twin.core.text import Name, Text


class _Name(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    en: str
    zh: str


class When(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All that is given must hold. ``codes`` are classes or their first digits; ``owned`` asks that the component
    concerned has an owner; ``hours`` are local, from-to, (20, 8) spans midnight; ``gravest`` and worse severities
    (1 = Ⅰ) match ``at_least``."""

    scenes: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    place_kinds: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    hours: tuple[int, int] | None = None
    at_least: int | None = None
    owned: bool | None = None


class _Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    id: str
    name: _Name
    department: str
    author: Post
    effective: datetime.date
    when: When = When()


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rules: tuple[_Rule, ...]


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """``department`` is an id, or ``@lead`` (the scene's lead), or ``@owner`` (who owns the component). ``author`` is
    the post that authorised the rule."""

    id: str
    name: Name
    department: str
    author: Post
    effective: datetime.date
    when: When


class Routed(msgspec.Struct, frozen=True):
    """``rule`` is None where none matched; every rule up to the winner was tried, and says why it lost."""

    department: str
    rule: Rule | None
    tried: tuple[RuleTried, ...]


def load_rules(path: Path, departments: Mapping[str, Department], scenes: Mapping[str, Scene]) -> tuple[Rule, ...]:
    """Read the rules in order. Raises :class:`ConfigError` naming file and key."""
    try:
        file = msgspec.toml.decode(path.read_bytes(), type=_File)
    except (OSError, msgspec.DecodeError) as fault:
        raise ConfigError(path, str(fault)) from fault
    seen: set[str] = set()
    for index, rule in enumerate(file.rules):
        where = f"{path}: rules[{index}]"
        if rule.id in seen:
            raise ConfigError(f"{where}.id", f"{rule.id!r} is taken")
        seen.add(rule.id)
        if not rule.department.startswith("@") and rule.department not in departments:
            raise ConfigError(f"{where}.department", f"no department {rule.department!r}")
        if rule.department.startswith("@") and rule.department not in ("@lead", "@owner"):
            raise ConfigError(f"{where}.department", "only @lead and @owner stand for a department")
        for scene in rule.when.scenes:
            if scene not in scenes:
                raise ConfigError(f"{where}.when.scenes", f"no scene {scene!r}")
    return tuple(
        Rule(
            id=rule.id,
            name=Name(rule.name.en, rule.name.zh),
            department=rule.department,
            author=rule.author,
            effective=rule.effective,
            when=rule.when,
        )
        for rule in file.rules
    )


def route(case: Case, scene: Scene, rules: tuple[Rule, ...], lookup: Lookup, city_ms: int) -> Routed:
    """Try the rules in order; the first whose conditions hold, and whose department may take the case, wins."""
    tried: list[RuleTried] = []
    for rule in rules:
        lost = _mismatch(rule, case, lookup, city_ms)
        department = _department(rule, case, scene, lookup)
        lost = lost or _unfit(department, case, scene, lookup)
        if lost is None:
            name = lookup.department_name(department)
            tried.append(
                RuleTried(rule.id, rule.name, True, Text("all conditions hold: {department}", {"department": name}))
            )
            return Routed(department, rule, tuple(tried))
        tried.append(RuleTried(rule.id, rule.name, False, lost))
    return Routed("", None, tuple(tried))


def _mismatch(rule: Rule, case: Case, lookup: Lookup, city_ms: int) -> Text | None:
    """The first condition that does not hold, in words."""
    when = rule.when
    place = lookup.places.get(case.place)
    district = lookup.district(case.cell)
    hour = lookup.roster.hour(city_ms)
    today = datetime.datetime.fromtimestamp(lookup.roster.local(city_ms) / 1000, datetime.UTC).date()
    if today < rule.effective:
        return Text("not in force before {date}", {"date": rule.effective.isoformat()})
    if when.scenes and case.scene not in when.scenes:
        return Text("another scene")
    if when.codes and not case.code.startswith(when.codes):
        return Text("code {code} is not among {codes}", {"code": case.code, "codes": ", ".join(when.codes)})
    if when.place_kinds and (place is None or place.kind not in when.place_kinds):
        return Text("not at such a place")
    if when.districts and district not in when.districts:
        return Text("district {district} is not named", {"district": district or "–"})
    if when.at_least is not None and case.severity > when.at_least:
        return Text("not grave enough")
    if when.hours is not None and not _within(hour, when.hours):
        return Text("not between {first}:00 and {last}:00", {"first": when.hours[0], "last": when.hours[1]})
    if when.owned is not None and bool(lookup.owner(case.target)) is not when.owned:
        return Text("no component with an owner is concerned") if when.owned else Text("the component has an owner")
    return None


def _within(hour: int, span: tuple[int, int]) -> bool:
    first, last = span
    return first <= hour < last if first < last else hour >= first or hour < last


def _department(rule: Rule, case: Case, scene: Scene, lookup: Lookup) -> str:
    symbols: dict[str, str] = {"@lead": scene.lead, "@owner": lookup.owner(case.target)}
    return symbols.get(rule.department, rule.department)


def _unfit(department: str, case: Case, scene: Scene, lookup: Lookup) -> Text | None:
    """Why a department that the conditions point to may not take the case."""
    if department not in lookup.departments:
        return Text("it names no department here")
    name = lookup.department_name(department)
    if department in case.excluded:
        return Text("{department} returned the case", {"department": name})
    if not any(task in kind.skills for kind in lookup.departments[department].units for task in scene.tasks):
        return Text("{department} has no unit for it", {"department": name})
    served = lookup.city.meta.jurisdictions.get(department)
    district = lookup.district(case.cell)
    if served is not None and district and district not in served:
        return Text("{department} does not serve district {district}", {"department": name, "district": district})
    return None
