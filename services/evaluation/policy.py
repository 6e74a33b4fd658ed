"""Two ways of governing the same city: scene by scene as it is shipped, and department by department.

A siloed city is the shipped one with five mechanisms taken away: evidence is not fused over sights, no rule routes what
residents report, units are sent from the nearest station, lights give no priority, and departments write letters. So
that each can be taken away by itself as well, a way of governing is nothing but the mechanisms it does without.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import msgspec

from services.evaluation.job import Arm, Mechanism
from services.evaluation.sights import Sight, origin, parts, without
from services.exercise.settings import Manner, ServiceTime, Settings
from services.governance.desks import Governance
from services.governance.rules import Rule, RuleSet, When
from services.governance.scenes import Scene

SILOED: frozenset[Mechanism] = frozenset({"fusion", "routing", "assignment", "priority", "letters"})
"""What a siloed city does without."""

TRAFFIC = "police"
"""The one department that vehicles speak to, where nothing is shared."""

_BLIND: Mapping[Mechanism, Sight] = {"iot": "iot", "vehicles": "vehicles", "residents": "residents"}


def lacks(arm: Arm) -> frozenset[Mechanism]:
    """Everything that this way of governing does without."""
    return frozenset(arm.without) | (SILOED if arm.policy == "siloed" else frozenset())


def governed(governance: Governance, arm: Arm, values: Mapping[str, float]) -> Governance:
    """The configuration under this arm. ``values`` are the assumptions by id, the arm's factors applied."""
    gone = lacks(arm)
    scenes = _blinded(governance.scenes, {_BLIND[one] for one in gone if one in _BLIND})
    rules, by_hand = governance.rules, dict(governance.by_hand)
    if "priority" in gone:
        scenes = {id: msgspec.structs.replace(scene, priority=False) for id, scene in scenes.items()}
    if "fusion" in gone:
        scenes = {part.id: part for scene in scenes.values() for part in parts(scene, _own(scene))}
        rules = _of_parts(rules, scenes)
    if "routing" in gone:
        rules = RuleSet(tuple(rule for rule in rules.rules if rule.department == "@lead" and rule.when == When()))
        by_hand |= {id: frozenset({"route"}) for id, scene in scenes.items() if _called_in(scene)}
    dispatch = governance.dispatch
    if "assignment" in gone:
        dispatch = msgspec.structs.replace(dispatch, method="nearest_station")
    if "letters" in gone:
        dispatch = msgspec.structs.replace(dispatch, lend_after_s=60.0 * values["letter_min"])
    return replace(governance, scenes=scenes, rules=rules, by_hand=by_hand, dispatch=dispatch)


def staffed(settings: Settings, arm: Arm, values: Mapping[str, float]) -> Settings:
    """The same colleagues; only what hotline triage and letters do to their work differs."""
    gone, posts = lacks(arm), dict(settings.posts)
    posts["handler"] = _timed(posts["handler"], "return", 60.0 * values["return_min"])
    if "routing" in gone:
        triage = _timed(posts["dispatcher"], "route", values["triage_s"])
        posts["dispatcher"] = msgspec.structs.replace(triage, slip=values["misdispatch_share"])
    if "letters" in gone:
        posts["handler"] = _timed(posts["handler"], "answer", 60.0 * values["letter_min"])
    return msgspec.structs.replace(settings, posts=MappingProxyType(posts))


def _blinded(scenes: Mapping[str, Scene], sights: set[Sight]) -> dict[str, Scene]:
    seen = {id: without(scene, sights) for id, scene in scenes.items()} if sights else dict(scenes)
    return {id: scene for id, scene in seen.items() if scene is not None}


def _own(scene: Scene) -> set[Sight]:
    """A department has its own sensors, its own calls and patrols, and the weather service's warnings."""
    every: set[Sight] = {"iot", "residents", "patrol", "weather"}
    return every | ({"vehicles"} if scene.lead == TRAFFIC else set())


def _called_in(scene: Scene) -> bool:
    """Whether residents alone can have told of it, or may have: a person must say whose it is."""
    return scene.id == origin(scene.id) or scene.id.endswith("residents")


def _of_parts(rules: RuleSet, scenes: Mapping[str, Scene]) -> RuleSet:
    """Rules that name a scene hold for its parts."""

    def spread(rule: Rule) -> Rule:
        named = tuple(id for id in scenes if origin(id) in rule.when.scenes)
        return msgspec.structs.replace(rule, when=msgspec.structs.replace(rule.when, scenes=named))

    return RuleSet(
        tuple(spread(rule) if rule.when.scenes else rule for rule in rules.rules), rules.tolerance_m
    )  # fmt: skip


def _timed(manner: Manner, task: str, mean_s: float) -> Manner:
    """A third of the mean is its spread, as with most tasks of the configuration."""
    afield = manner.tasks[task].afield if task in manner.tasks else False
    return msgspec.structs.replace(
        manner, tasks=MappingProxyType({**manner.tasks, task: ServiceTime(mean_s, mean_s / 3.0, afield)})
    )  # fmt: skip
