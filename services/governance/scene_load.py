"""Scenes from ``config/scenes/*.toml``. Unknown keys are refused, words are checked against the catalogue, and nothing
in a file can run code."""

from __future__ import annotations

import hashlib
import logging
import re
from pathlib import Path
from typing import Any

import msgspec

from services.governance.scene_file import NoticeEntry, SceneFile, SignalEntry, read_scene
from services.governance.scene_terms import HandleLimit, PlaybookRequest, PublicNotice
from services.governance.scene_words import word_faults
from services.governance.scenes import EvidenceRule, Limits, Scene, SceneSignal, SeverityRule
from twin.city.catalogue import Catalogue
from twin.city.kinds import DeviceKind
from twin.core.errors import ConfigError
from twin.core.text import Name
from twin.state.conditions import (
    BrakingCondition,
    CountCondition,
    CrowdCondition,
    DenmCondition,
    PatrolCondition,
    ReportCondition,
    SensorCondition,
    SlowCondition,
    StoppedCondition,
    VirtualCondition,
    WarningCondition,
)

_WORDS = re.compile(r"\{(place|value)\}")
_CHANNELS = {
    DenmCondition: "vehicle",
    StoppedCondition: "vehicle",
    BrakingCondition: "vehicle",
    SlowCondition: "vehicle",
    ReportCondition: "",
    PatrolCondition: "patrol",
    WarningCondition: "weather",
    VirtualCondition: "virtual",
}
"""Where a signal of each kind comes from; all else is sensors."""

_UNITS = {SlowCondition: "/", WarningCondition: "level", VirtualCondition: "/"}
"""Of what belief itself works out: a share of free flow, a level of warning."""

_log = logging.getLogger(__name__)


def load_scenes(directory: Path, catalogue: Catalogue) -> dict[str, Scene]:
    """Every scene in file-name order, checked. Raises :class:`ConfigError` naming file and key."""
    paths = sorted(directory.glob("*.toml"))
    if not paths:
        raise ConfigError(directory, "no scenes; the twin would notice nothing")
    scenes = {path.stem: load_scene(path, catalogue) for path in paths}
    conditions = {signal.condition.id for scene in scenes.values() for signal in scene.signals}
    for path in paths:
        scene = scenes[path.stem]
        for other in scene.evidence.explained_by:
            if other not in scenes:
                raise ConfigError(f"{path}: evidence.explained_by", f"no scene {other!r}")
        for signal in scene.signals:
            for other in signal.condition.of if isinstance(signal.condition, CountCondition) else ():
                if other not in conditions:
                    raise ConfigError(f"{path}: signals", f"no signal {other!r} to count")
    return scenes


def load_past(directory: Path, catalogue: Catalogue) -> tuple[Scene, ...]:
    """Scenes of an earlier configuration; one that no longer fits departments, devices or taxonomy is left out."""
    scenes = []
    for path in sorted(directory.glob("*.toml")):
        try:
            scenes.append(load_scene(path, catalogue))
        except ConfigError as fault:
            _log.warning("an earlier version of a scene cannot be used any more: %s", fault)
    return tuple(scenes)


def load_scene(path: Path, catalogue: Catalogue) -> Scene:
    """One scene, checked. Raises :class:`ConfigError` with the first fault."""
    file, data = read_scene(path)
    for fault in word_faults(file, catalogue):
        raise ConfigError(f"{path}: {fault.key}", fault.reason)
    return made(path.stem, file, data, catalogue)


def made(scene: str, file: SceneFile, data: bytes, catalogue: Catalogue) -> Scene:
    """The scene that a faultless file describes."""
    return Scene(
        id=scene,
        version=hashlib.sha256(data).hexdigest()[:12],
        name=file.name.name,
        icon=file.icon,
        code=file.code,
        matter=_matter(file, catalogue),
        lead=file.lead,
        support=file.support,
        tasks=file.tasks,
        closes=file.closes,
        signals=tuple(_signal(scene, entry, catalogue.kinds) for entry in file.signals),
        evidence=_evidence(scene, file.evidence),
        severity=_severity(scene, file.severity),
        closing=msgspec.structs.replace(file.closing, signals=_full(scene, file.closing.signals)),
        limits=Limits(**{name: getattr(file.limits, name) for name in Limits.__struct_fields__}),
        automation=file.automation,
        match=file.match,
        caption=file.caption.name,
        tier=file.tier,
        commands=file.commands,
        urgent=file.urgent,
        handle_limits=_handle_limits(scene, file),
        requests=tuple(PlaybookRequest(**_fields(entry) | {"what": entry.what.name}) for entry in file.requests),
        truths=file.truths,
        follow_up=file.follow_up,
        report_up=file.report_up,
        notice=None if file.notice is None else _notice(file.notice),
        warn=file.warn,
        priority=file.priority,
        citywide=file.citywide,
        active=file.active,
        cost=file.cost.name,
        aim=file.aim.name,
    )


def _fields(entry: msgspec.Struct) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in entry.__struct_fields__}


def _evidence(scene: str, rule: EvidenceRule) -> EvidenceRule:
    return msgspec.structs.replace(rule, doubtful=_full(scene, rule.doubtful), must=_full(scene, rule.must))


def _severity(scene: str, rule: SeverityRule) -> SeverityRule:
    terms = (
        msgspec.structs.replace(term, signal=f"{scene}/{term.signal}") if term.signal else term for term in rule.terms
    )
    return msgspec.structs.replace(rule, terms=tuple(terms))


def _handle_limits(scene: str, file: SceneFile) -> tuple[HandleLimit, ...]:
    return tuple(
        HandleLimit(
            **_fields(entry) | {"name": entry.name.name, "signal": f"{scene}/{entry.signal}" if entry.signal else ""}
        )
        for entry in file.limits.handle
    )


def _notice(entry: NoticeEntry) -> PublicNotice:
    names = {name: getattr(entry, name).name for name in ("event", "headline", "instruction")}
    return PublicNotice(**_fields(entry) | names)


def _matter(file: SceneFile, catalogue: Catalogue) -> Name:
    """A component's class stands for the matter "X abnormal"; a local extension has a name of its own."""
    if file.matter is not None:
        return file.matter.name
    entry = catalogue.taxonomy.find(file.code)
    if entry is None:
        raise ConfigError("code", f"no class {file.code}")
    if entry.kind == "matter":
        return entry.name
    return Name(f"{entry.name.en} abnormal", f"{entry.name.zh}异常")


def _full(scene: str, signals: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{scene}/{signal}" for signal in signals)


def _signal(scene: str, entry: SignalEntry, kinds: dict[str, DeviceKind]) -> SceneSignal:
    condition = msgspec.structs.replace(entry.condition, id=f"{scene}/{entry.condition.id}")
    if isinstance(condition, CountCondition):
        of = tuple(other if "/" in other else f"{scene}/{other}" for other in condition.of)
        condition = msgspec.structs.replace(condition, of=of)
    unit = ""
    if isinstance(condition, SensorCondition | CrowdCondition):
        unit = next(q.unit for q in kinds[condition.device_kind].quantities if q.id == condition.quantity)
    unit = _UNITS.get(type(condition), unit)
    channel = entry.channel or _CHANNELS.get(type(condition), "sensor")
    return SceneSignal(entry.name.name, condition, unit, channel)


def fill(template: Name, place: Name, value: str) -> Name:
    """A caption in both languages; only {place} and {value} are replaced, nothing is evaluated."""

    def one(text: str, where: str) -> str:
        return _WORDS.sub(lambda found: where if found[1] == "place" else value, text)

    return Name(one(template.en, place.en), one(template.zh, place.zh))
