"""Scenes from ``config/scenes/*.toml``. Unknown keys are refused, words are checked against the catalogue, and nothing
in a file can run code."""

from __future__ import annotations

import hashlib
import logging
import re
from pathlib import Path
from typing import Literal

import msgspec

from services.governance.scenes import (
    Automation,
    ClosingTest,
    EvidenceRule,
    Limits,
    Match,
    Scene,
    SceneSignal,
    SeverityRule,
)
from twin.city.catalogue import Catalogue
from twin.city.kinds import DeviceKind
from twin.core.errors import ConfigError
from twin.core.text import Name
from twin.state.conditions import (
    Condition,
    DenmCondition,
    ReportCondition,
    SensorCondition,
    SilenceCondition,
    StoppedCondition,
)

_BRACES = re.compile(r"\{([^{}]*)\}?")
_WORDS = re.compile(r"\{(place|value)\}")
_LOCAL = 900

_log = logging.getLogger(__name__)


class _Name(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    en: str
    zh: str


class _Signal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: _Name
    condition: Condition


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    name: _Name
    icon: str
    code: str
    matter: _Name | None = None  # names a local extension, which the standard does not know
    lead: str
    support: tuple[str, ...] = ()
    tasks: tuple[str, ...]
    closes: Literal["no", "place", "road", "lane"] = "no"
    caption: _Name
    signals: tuple[_Signal, ...]
    evidence: EvidenceRule
    severity: SeverityRule
    closing: ClosingTest
    limits: Limits = Limits()
    automation: Automation = Automation()
    match: Match = Match()


def load_scenes(directory: Path, catalogue: Catalogue) -> dict[str, Scene]:
    """Every scene in file-name order, checked. Raises :class:`ConfigError` naming file and key."""
    paths = sorted(directory.glob("*.toml"))
    if not paths:
        raise ConfigError(directory, "no scenes; the twin would notice nothing")
    scenes = {path.stem: _load(path, catalogue) for path in paths}
    for path in paths:
        for other in scenes[path.stem].evidence.explained_by:
            if other not in scenes:
                raise ConfigError(f"{path}: evidence.explained_by", f"no scene {other!r}")
    return scenes


def load_past(directory: Path, catalogue: Catalogue) -> tuple[Scene, ...]:
    """Scenes of an earlier configuration; one that no longer fits departments, devices or taxonomy is left out."""
    scenes = []
    for path in sorted(directory.glob("*.toml")):
        try:
            scenes.append(_load(path, catalogue))
        except ConfigError as fault:
            _log.warning("an earlier version of a scene cannot be used any more: %s", fault)
    return tuple(scenes)


def _load(path: Path, catalogue: Catalogue) -> Scene:
    try:
        data = path.read_bytes()
        file = msgspec.toml.decode(data, type=_File)
    except (OSError, msgspec.DecodeError) as fault:
        raise ConfigError(path, str(fault)) from fault
    _check_words(path, file, catalogue)
    _check_signals(path, file, catalogue)
    _check_formula(path, file)
    scene = path.stem
    return Scene(
        id=scene,
        version=hashlib.sha256(data).hexdigest()[:12],
        name=Name(file.name.en, file.name.zh),
        icon=file.icon,
        code=file.code,
        matter=_matter(file, catalogue),
        lead=file.lead,
        support=file.support,
        tasks=file.tasks,
        closes=file.closes,
        signals=tuple(_signal(scene, entry, catalogue.kinds) for entry in file.signals),
        evidence=msgspec.structs.replace(
            file.evidence,
            doubtful=_full(scene, file.evidence.doubtful),
            must=_full(scene, file.evidence.must),
        ),
        severity=msgspec.structs.replace(
            file.severity,
            terms=tuple(
                msgspec.structs.replace(term, signal=f"{scene}/{term.signal}") if term.signal else term
                for term in file.severity.terms
            ),
        ),
        closing=msgspec.structs.replace(file.closing, signals=_full(scene, file.closing.signals)),
        limits=file.limits,
        automation=file.automation,
        match=file.match,
        caption=Name(file.caption.en, file.caption.zh),
    )


def _matter(file: _File, catalogue: Catalogue) -> Name:
    """A component's class stands for the matter "X abnormal"; a local extension has a name of its own."""
    if file.matter is not None:
        return Name(file.matter.en, file.matter.zh)
    entry = catalogue.taxonomy.classes[file.code]
    if entry.kind == "matter":
        return entry.name
    return Name(f"{entry.name.en} abnormal", f"{entry.name.zh}异常")


def _full(scene: str, signals: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{scene}/{signal}" for signal in signals)


def _signal(scene: str, entry: _Signal, kinds: dict[str, DeviceKind]) -> SceneSignal:
    condition = msgspec.structs.replace(entry.condition, id=f"{scene}/{entry.condition.id}")
    unit = ""
    if isinstance(condition, SensorCondition):
        unit = next(q.unit for q in kinds[condition.device_kind].quantities if q.id == condition.quantity)
    return SceneSignal(Name(entry.name.en, entry.name.zh), condition, unit)


def _check_words(path: Path, file: _File, catalogue: Catalogue) -> None:
    for key, ids in (("lead", (file.lead,)), ("support", file.support)):
        for id in ids:
            if id not in catalogue.departments:
                raise ConfigError(f"{path}: {key}", f"no department {id!r}")
    taxonomy = catalogue.taxonomy
    local = file.code[:2] in taxonomy.majors and file.code[2:].isdigit() and _LOCAL <= int(file.code[2:]) <= 999
    if file.matter is None and file.code not in taxonomy.classes:
        raise ConfigError(
            f"{path}: code", f"{file.code!r} is no class of {taxonomy.standard}; a local one has a matter"
        )
    if file.matter is not None and (not local or file.code in taxonomy.classes):
        raise ConfigError(f"{path}: code", f"a local extension is a major with a number from {_LOCAL} to 999")
    for code in file.match.components:
        if code not in catalogue.taxonomy.classes:
            raise ConfigError(f"{path}: match.components", f"{code!r} is no class of {catalogue.taxonomy.standard}")
    if not file.tasks:
        raise ConfigError(f"{path}: tasks", "name at least one skill")
    skills = {
        skill
        for department in (file.lead, *file.support)
        for kind in catalogue.departments[department].units
        for skill in kind.skills
    }
    for task in file.tasks:
        if task not in skills:
            raise ConfigError(f"{path}: tasks", f"no unit of {file.lead} or its supporters has the skill {task!r}")
    for language, caption in (("en", file.caption.en), ("zh", file.caption.zh)):
        for word in _BRACES.findall(caption):
            if word not in ("place", "value"):
                raise ConfigError(f"{path}: caption.{language}", f"unknown placeholder {{{word}}}")


def _check_signals(path: Path, file: _File, catalogue: Catalogue) -> None:
    ids = [entry.condition.id for entry in file.signals]
    if not ids or len(set(ids)) != len(ids) or any("/" in id or not id for id in ids):
        raise ConfigError(f"{path}: signals", "at least one signal, each with an id of its own and no slash in it")
    for index, entry in enumerate(file.signals):
        fault = _condition_fault(entry.condition, catalogue)
        if fault:
            raise ConfigError(f"{path}: signals[{index}].condition", fault)
    named = (
        ("evidence.doubtful", file.evidence.doubtful),
        ("evidence.must", file.evidence.must),
        ("closing.signals", file.closing.signals),
        ("severity.terms", tuple(term.signal for term in file.severity.terms if term.signal)),
    )
    for key, signals in named:
        for signal in signals:
            if signal not in ids:
                raise ConfigError(f"{path}: {key}", f"no signal {signal!r}")
    if not file.closing.signals:
        raise ConfigError(f"{path}: closing.signals", "a closing test rests on at least one signal")
    if file.closing.hold_s <= 0 or file.evidence.need < 1 or file.evidence.radius_m <= 0:
        raise ConfigError(f"{path}", "closing.hold_s and evidence.radius_m are positive, evidence.need at least 1")


def _condition_fault(condition: Condition, catalogue: Catalogue) -> str:
    match condition:
        case SensorCondition():
            kind = catalogue.kinds.get(condition.device_kind)
            if kind is None:
                return f"no device kind {condition.device_kind!r}"
            quantities = {quantity.id for quantity in kind.quantities}
            for quantity in (condition.quantity, condition.while_quantity):
                if quantity and quantity not in quantities:
                    return f"{condition.device_kind} has no quantity {quantity!r}"
            calm = (
                condition.clear <= condition.threshold
                if condition.op == ">"
                else (condition.clear >= condition.threshold)
            )
            return "" if calm else "clear must lie on the calm side of threshold"
        case SilenceCondition():
            return "" if condition.device_kind in catalogue.kinds else f"no device kind {condition.device_kind!r}"
        case ReportCondition():
            unknown = [code for code in condition.matters if code not in catalogue.taxonomy.classes]
            return f"{unknown[0]!r} is no class of {catalogue.taxonomy.standard}" if unknown else ""
        case DenmCondition():
            return "" if condition.causes else "name at least one cause"
        case StoppedCondition():
            return "" if condition.dwell_s > 0 else "dwell_s must be positive"


def _check_formula(path: Path, file: _File) -> None:
    rule = file.severity
    if not rule.I >= rule.II >= rule.III:
        raise ConfigError(f"{path}: severity", "points must fall from I to III")
    for index, term in enumerate(rule.terms):
        where = f"{path}: severity.terms[{index}]"
        if (term.input == "value") != bool(term.signal):
            raise ConfigError(where, "an input 'value', and no other, names a signal")
        if (term.input == "near_m") != bool(term.place):
            raise ConfigError(where, "an input 'near_m', and no other, names a place kind")
        least = [band.least for band in term.bands]
        if not least or least != sorted(least):
            raise ConfigError(where, "bands rise from the lowest 'least' up")


def fill(template: Name, place: Name, value: str) -> Name:
    """A caption in both languages; only {place} and {value} are replaced, nothing is evaluated."""

    def one(text: str, where: str) -> str:
        return _WORDS.sub(lambda found: where if found[1] == "place" else value, text)

    return Name(one(template.en, place.en), one(template.zh, place.zh))
