"""What a scene is noticed by: its sights, taken apart for a city whose departments do not see each other's."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Literal, get_args

import msgspec

from services.governance.scene_terms import HandleLimit
from services.governance.scenes import EvidenceRule, Scene, SceneSignal, SeverityRule
from twin.state.conditions import (
    BrakingCondition,
    Condition,
    CountCondition,
    DenmCondition,
    PatrolCondition,
    ReportCondition,
    SlowCondition,
    StoppedCondition,
    VirtualCondition,
    WarningCondition,
)

Sight = Literal["iot", "vehicles", "residents", "patrol", "weather"]
SIGHTS: tuple[Sight, ...] = get_args(Sight)

_OF: Mapping[type, Sight] = {
    DenmCondition: "vehicles", StoppedCondition: "vehicles", BrakingCondition: "vehicles", SlowCondition: "vehicles",
    ReportCondition: "residents", PatrolCondition: "patrol", WarningCondition: "weather",
    VirtualCondition: "iot",
}  # fmt: skip
_PART = "."


def sight_of(condition: Condition) -> Sight | None:
    """Whose message a condition rests on; None where it counts others."""
    return None if isinstance(condition, CountCondition) else _OF.get(type(condition), "iot")


def origin(scene: str) -> str:
    """The scene that a part was taken from; a whole one is its own."""
    return scene.partition(_PART)[0]


def parts(scene: Scene, sights: Collection[Sight]) -> tuple[Scene, ...]:
    """One scene for each of these sights that it has, each blind to the others. What is noticed by counting what others
    noticed is lost. A sight that only ever supports what another tells makes none, but for residents: whoever calls is
    heard in any city."""
    made = (
        _seen(scene, {sight}, f"{scene.id}{_PART}{sight}")
        for sight in SIGHTS
        if sight in sights and (sight == "residents" or _tells(scene, sight))
    )
    return tuple(part for part in made if part is not None)


def _tells(scene: Scene, sight: Sight) -> bool:
    """Whether one of its signals is enough by itself, or among those of which one must be there."""
    rule = scene.evidence
    mine = [one.condition for one in scene.signals if sight_of(one.condition) == sight]
    return any(one.strong or not rule.must or one.id in rule.must for one in mine)


def without(scene: Scene, sights: Collection[Sight]) -> Scene | None:
    """The same scene blind to these sights; None where it would notice nothing."""
    return _seen(scene, frozenset(SIGHTS) - frozenset(sights), scene.id, counts=True)


def _seen(scene: Scene, sights: Collection[Sight], id: str, *, counts: bool = False) -> Scene | None:
    kept = [one for one in scene.signals if sight_of(one.condition) in sights]
    if not kept:
        return None
    if counts:
        kept = [one for one in scene.signals if one in kept or isinstance(one.condition, CountCondition)]
    names = {one.condition.id: f"{id}/{one.condition.id.partition('/')[2]}" for one in kept}
    return msgspec.structs.replace(
        scene,
        id=id,
        signals=tuple(_renamed(one, names) for one in kept),
        evidence=_evidence(scene, kept, names, alone=not counts),
        severity=_severity(scene.severity, names),
        closing=msgspec.structs.replace(scene.closing, signals=_known(scene.closing.signals, names)),
        handle_limits=tuple(_limit(one, names) for one in scene.handle_limits if not one.signal or one.signal in names),
    )


def _known(ids: Collection[str], names: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(names[id] for id in ids if id in names)


def _renamed(signal: SceneSignal, names: Mapping[str, str]) -> SceneSignal:
    changed: dict[str, Any] = {"id": names[signal.condition.id]}
    return msgspec.structs.replace(signal, condition=msgspec.structs.replace(signal.condition, **changed))


def _evidence(scene: Scene, kept: Collection[SceneSignal], names: Mapping[str, str], *, alone: bool) -> EvidenceRule:
    """No more is asked for than can be seen: of different kinds of signal at most as many as are left, and what must be
    there only where it can."""
    rule = scene.evidence
    need = min(rule.need, len(kept)) if rule.distinct == "signal" else rule.need
    return msgspec.structs.replace(
        rule, need=need, must=_known(rule.must, names), doubtful=_known(rule.doubtful, names),
        explained_by=() if alone else rule.explained_by,
    )  # fmt: skip


def _severity(rule: SeverityRule, names: Mapping[str, str]) -> SeverityRule:
    terms = tuple(
        msgspec.structs.replace(term, signal=names.get(term.signal, "")) if term.signal else term
        for term in rule.terms
        if not term.signal or term.signal in names
    )
    return msgspec.structs.replace(rule, terms=terms)


def _limit(limit: HandleLimit, names: Mapping[str, str]) -> HandleLimit:
    return msgspec.structs.replace(limit, signal=names.get(limit.signal, ""))
