"""Routing rules as ordered data (``config/routing.toml``)."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from services.facts.casework import Tier
from services.facts.collaboration import Post
from services.governance.scenes import Scene
from twin.city.units import Department
from twin.core.errors import ConfigError
from twin.core.text import Name

SYMBOLS = ("@lead", "@owner", "@maintainer")
"""What stands for a department: the scene's lead, who owns the component concerned, who keeps it in repair."""

_Weekday = Annotated[int, msgspec.Meta(ge=1, le=7)]
_Hour = Annotated[int, msgspec.Meta(ge=0, le=24)]
_Severity = Annotated[int, msgspec.Meta(ge=1, le=4)]


class _Name(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    en: str
    zh: str


class Shown(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A condition of the scene is among the evidence; with ``least`` or ``most``, with such a value. ``signal`` is
    ``<scene>/<id>``, or the id alone in every scene."""

    signal: str
    least: float | None = None
    most: float | None = None


class When(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All that is given must hold. ``codes`` are classes or their first digits; ``signals`` ask for one of them;
    ``owned`` asks that the component concerned has an owner, ``owners`` and ``maintainers`` for these departments;
    ``hours`` are local, from-to, [20, 8] spans midnight; ``weekdays`` 1 (Monday) to 7; ``working`` asks for working
    time, or for its absence; ``at_least`` for this severity or a graver one (1 = Ⅰ)."""

    scenes: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    signals: tuple[Shown, ...] = ()
    place_kinds: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    subdistricts: tuple[str, ...] = ()
    tiers: tuple[Tier, ...] = ()
    owners: tuple[str, ...] = ()
    maintainers: tuple[str, ...] = ()
    hours: tuple[_Hour, _Hour] | None = None
    weekdays: tuple[_Weekday, ...] = ()
    working: bool | None = None
    at_least: _Severity | None = None
    owned: bool | None = None


class _Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    id: str
    name: _Name
    department: str
    author: Post
    effective: datetime.date
    until: datetime.date | None = None
    when: When = When()


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rules: tuple[_Rule, ...]
    tolerance_m: Annotated[float, msgspec.Meta(ge=0, le=1000)] = 0.0


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """``department`` is an id or one of :data:`SYMBOLS`. ``author`` is the post that authorised the rule; it holds from
    the day ``effective`` to the day ``until``, both included."""

    id: str
    name: Name
    department: str
    author: Post
    effective: datetime.date
    until: datetime.date | None = None
    when: When


class RuleSet(msgspec.Struct, frozen=True):
    """Rules in order. Nearer than ``tolerance_m`` to another jurisdiction that would answer otherwise, a person is
    asked."""

    rules: tuple[Rule, ...]
    tolerance_m: float = 0.0


def read_rules(path: Path) -> RuleSet:
    """The file as it stands; ids are not looked at yet. Raises :class:`ConfigError` naming file and key."""
    try:
        file = msgspec.toml.decode(path.read_bytes(), type=_File)
    except (OSError, msgspec.DecodeError) as fault:
        raise ConfigError(path, str(fault)) from fault
    rules = (
        Rule(
            id=rule.id,
            name=Name(rule.name.en, rule.name.zh),
            department=rule.department,
            author=rule.author,
            effective=rule.effective,
            until=rule.until,
            when=rule.when,
        )
        for rule in file.rules
    )
    return RuleSet(tuple(rules), file.tolerance_m)


def load_rules(path: Path, departments: Mapping[str, Department], scenes: Mapping[str, Scene]) -> RuleSet:
    """Read the rules in order. Raises :class:`ConfigError` naming file and key."""
    found = read_rules(path)
    for key, fault in unknown(found.rules, departments, scenes):
        raise ConfigError(f"{path}: {key}", fault)
    return found


def unknown(
    rules: tuple[Rule, ...], departments: Mapping[str, Department], scenes: Mapping[str, Scene]
) -> list[tuple[str, str]]:
    """(key, fault) of every id that means nothing here, or is taken."""
    faults: list[tuple[str, str]] = []
    seen: set[str] = set()
    signals = {entry.condition.id for scene in scenes.values() for entry in scene.signals}
    signals |= {signal.partition("/")[2] for signal in signals}
    named: tuple[tuple[Literal["scenes", "owners", "maintainers"], Mapping[str, object], str], ...] = (
        ("scenes", scenes, "scene"),
        ("owners", departments, "department"),
        ("maintainers", departments, "department"),
    )
    for index, rule in enumerate(rules):
        where = f"rules[{index}]"
        if rule.id in seen:
            faults.append((f"{where}.id", f"{rule.id!r} is taken"))
        seen.add(rule.id)
        if rule.department.startswith("@"):
            if rule.department not in SYMBOLS:
                faults.append((f"{where}.department", f"only {', '.join(SYMBOLS)} stand for a department"))
        elif rule.department not in departments:
            faults.append((f"{where}.department", f"no department {rule.department!r}"))
        for key, known, what in named:
            faults += [
                (f"{where}.when.{key}", f"no {what} {id!r}") for id in getattr(rule.when, key) if id not in known
            ]
        for shown in rule.when.signals:
            if shown.signal not in signals:
                faults.append((f"{where}.when.signals", f"no scene has a signal {shown.signal!r}"))
    return faults
