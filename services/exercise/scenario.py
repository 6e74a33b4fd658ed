"""Scenarios of exercises 演练 as data (``config/exercises/*.toml``): the seat, the objectives, and the master scenario
events list (MSEL): what is injected when, who is to do what about it, and by when."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from services.facts.casework import AutomationLevel
from services.facts.collaboration import Post
from twin.core.errors import ConfigError
from twin.core.text import Name

Expected = Literal["file", "urgent", "papers", "route", "check", "dismiss", "clarify"]
InjectKind = Literal["hazard", "silence", "stuck", "report", "warning", "closure", "rush", "misconduct", "rumour"]
Method = Literal["simulation", "phone", "written", "verbal", "radio", "email", "other"]
RowType = Literal["standard", "contingency", "adaptive", "complexity"]
Channel = Literal["snapshot", "12345", "110", "119", "120"]

REAL_ONLY: tuple[Expected, ...] = ("file", "urgent", "papers", "route", "clarify")
VIRTUAL: tuple[InjectKind, ...] = ("rush", "misconduct", "rumour")
"""What happens in a virtual place."""
FALSE_ONLY: tuple[Expected, ...] = ("dismiss",)
_LEAST_ROWS = 1
_WHOLE = 100.0


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Unknown keys are refused."""


class Near(_Strict, frozen=True):
    """A place by id, a seeded one of a kind of place, or where an earlier inject was."""

    place: str = ""
    kind: str = ""
    inject: str = ""


class Inject(_Strict, frozen=True):
    """What the field makes happen (``twin/field/injects.py``). ``of`` is the row whose hazard a report is true of."""

    kind: InjectKind
    what: str = ""
    near: Near = Near()
    of: str = ""
    channel: Channel = "12345"
    for_s: float = 600.0
    value: float = 0.0
    level: int = 4
    within: str = ""  # the virtual place of a rush, misconduct or rumour


class Expectation(_Strict, frozen=True):
    """What the seat is to do about a row, within how many seconds of the moment at which it could (the case's opening;
    for *papers* the urgent lane, for *dismiss* the collector's finding). ``weight`` is its share of the objective."""

    action: Expected
    within_s: float
    objective: str
    department: str = ""
    weight: float = 1.0


class Row(_Strict, frozen=True):
    """One line of the MSEL. ``real``: whether something is there; nobody but instructors sees ``notes``."""

    id: str
    at_s: float
    synopsis: Name
    inject: Inject
    player: Post
    method: Method = "simulation"
    type: RowType = "standard"
    controller: str = "field"
    real: bool = True
    expect: tuple[Expectation, ...] = ()
    notes: Name = Name("", "")


class Objective(_Strict, frozen=True):
    """``weight`` of 100 in all. ``measure``: *actions* (the rows' expectations) or *exposure* (resident-minutes until
    help came, against those where nobody acts; ``target`` averted is the full score)."""

    id: str
    title: Name
    weight: float
    measure: Literal["actions", "exposure"] = "actions"
    target: float = 0.5


class Costs(_Strict, frozen=True):
    """Points taken off: for each crew sent to where nothing is, for each real case turned away, and for a closing by
    force."""

    false_dispatch: float = 5.0
    real_dismissed: float = 10.0


class Person(_Strict, frozen=True):
    """Whoever sits at the seat: the posts are the trainee's for the exercise."""

    name: Name
    posts: tuple[Post, ...]
    automation: AutomationLevel = "manual"


class Background(_Strict, frozen=True):
    """What may go wrong beside the injects."""

    hazards: tuple[str, ...] = ()
    rain: bool = False
    faults: bool = False
    false_reports: bool = False


class Scenario(_Strict, frozen=True):
    """A whole exercise. Times of rows are seconds after the start, ``pace`` city seconds a second of wall time."""

    id: str
    title: Name
    synopsis: Name
    start_at: str
    length_s: float
    seat: Person
    objectives: tuple[Objective, ...]
    msel: tuple[Row, ...]
    pace: float = 1.0
    tempo: Literal["demo", "real"] = "demo"
    leave_alone_s: float = 0.0
    same_m: float = 250.0
    learning: tuple[Name, ...] = ()
    background: Background = Background()
    costs: Costs = Costs()

    def row(self, id: str) -> Row:
        return next(row for row in self.msel if row.id == id)

    @property
    def length_ms(self) -> int:
        return round(self.length_s * 1000)

    def hazard_of(self, row: Row) -> str:
        """The kind of hazard that a row is about, true or not; empty where it is about none."""
        if row.inject.kind == "rumour":
            return "crowd"  # what it leads to in the real city
        return row.inject.what if row.inject.kind in ("hazard", "report") else ""


class Known(msgspec.Struct, frozen=True):
    """What a scenario may name."""

    hazards: frozenset[str]
    devices: frozenset[str]
    matters: frozenset[str]
    warnings: frozenset[str]
    place_kinds: frozenset[str]
    places: frozenset[str]
    departments: frozenset[str]
    virtual: frozenset[str] = frozenset()
    rumours: frozenset[str] = frozenset()
    conducts: frozenset[str] = frozenset()


def exercises_in(folder: Path) -> tuple[str, ...]:
    """Ids of the scenarios in a folder of configuration."""
    return tuple(sorted(path.stem for path in (folder / "exercises").glob("*.toml")))


def load_scenario(folder: Path, id: str) -> Scenario:
    """``exercises/<id>.toml`` below a folder of configuration. Raises :class:`ConfigError` naming file and key."""
    path = folder / "exercises" / f"{id}.toml"
    if not path.is_file():
        there = ", ".join(exercises_in(folder)) or "none"
        raise ConfigError(path, f"there is no such exercise; there are: {there}")
    try:
        table = msgspec.toml.decode(path.read_bytes())
        scenario = msgspec.convert({"id": id, **table}, Scenario)
    except (OSError, msgspec.DecodeError) as fault:
        raise ConfigError(path, str(fault)) from fault
    for key, why in shape_faults(scenario):
        raise ConfigError(f"{path}: {key}", why)
    return scenario


def shape_faults(scenario: Scenario) -> list[tuple[str, str]]:
    """(key, reason) of what is wrong with a scenario in itself."""
    return [*_whole_faults(scenario), *(fault for row in scenario.msel for fault in _row_faults(scenario, row))]


def _whole_faults(scenario: Scenario) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if scenario.length_s <= 0 or scenario.pace <= 0:
        found.append(("length_s", "length and pace are above 0"))
    if not scenario.seat.posts:
        found.append(("seat.posts", "the seat holds a post"))
    if len(scenario.msel) < _LEAST_ROWS or not scenario.objectives:
        found.append(("msel", "an exercise has rows and objectives"))
    weights = sum(objective.weight for objective in scenario.objectives)
    if abs(weights - _WHOLE) > 1e-6 or any(objective.weight <= 0 for objective in scenario.objectives):
        found.append(("objectives", f"the weights are above 0 and make {_WHOLE:.0f} together, not {weights:g}"))
    for name, ids in (("objectives", [one.id for one in scenario.objectives]), ("msel", [r.id for r in scenario.msel])):
        for id in sorted({id for id in ids if ids.count(id) > 1}):
            found.append((f"{name}.{id}", "this id is there twice"))
    rewarded = {one.objective for row in scenario.msel for one in row.expect}
    for objective in scenario.objectives:
        if objective.measure == "actions" and objective.id not in rewarded:
            found.append((f"objectives.{objective.id}", "no row expects anything for it"))
        if not 0.0 < objective.target <= 1.0:
            found.append((f"objectives.{objective.id}.target", "a share above 0, at most 1"))
    costs = scenario.costs
    if costs.false_dispatch < 0 or costs.real_dismissed < 0:
        found.append(("costs", "points of 0 or more"))
    return found


def _row_faults(scenario: Scenario, row: Row) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    key = f"msel.{row.id}"
    inject, earlier = row.inject, {other.id for other in scenario.msel if other.at_s <= row.at_s and other.id != row.id}
    if not 0 <= row.at_s < scenario.length_s:
        found.append((f"{key}.at_s", f"within the exercise's {scenario.length_s:g} s"))
    for name, other in (("of", inject.of), ("near.inject", inject.near.inject)):
        if other and other not in earlier:
            found.append((f"{key}.inject.{name}", f"{other!r} is no earlier row"))
    if inject.of and row.inject.kind != "report":
        found.append((f"{key}.inject.of", "only a report is of another row"))
    if inject.kind == "report" and row.real != bool(inject.of):
        found.append((f"{key}.real", "a report is real where it is of another row's hazard, else false"))
    if inject.kind in ("rush", "misconduct") and inject.value < 1:
        found.append((f"{key}.inject.value", "how many people: 1 or more"))
    if inject.kind == "rumour" and not inject.near.kind:
        found.append((f"{key}.inject.near.kind", "a rumour sends people to a kind of place"))
    if inject.kind == "warning" and not 1 <= inject.level <= 4:
        found.append((f"{key}.inject.level", "from 1 (red) to 4 (blue)"))
    objectives = {objective.id for objective in scenario.objectives if objective.measure == "actions"}
    for one in row.expect:
        if one.objective not in objectives:
            found.append((f"{key}.expect", f"{one.objective!r} is no objective that is measured by actions"))
        if one.within_s <= 0 or one.weight <= 0:
            found.append((f"{key}.expect", "within_s and weight are above 0"))
        if one.action == "clarify" and inject.kind != "rumour":
            found.append((f"{key}.expect", "only a rumour is clarified"))
        if (one.action == "route") != bool(one.department):
            found.append((f"{key}.expect", "route names the right department, and nothing else does"))
        if one.action in (REAL_ONLY if not row.real else FALSE_ONLY):
            found.append((f"{key}.expect", f"{one.action} is not what is to be done where real is {row.real}".lower()))
    if row.expect and not scenario.hazard_of(row):
        found.append((f"{key}.expect", "only hazards and reports become cases that can be acted on"))
    return found


def world_faults(scenario: Scenario, known: Known) -> list[tuple[str, str]]:
    """(key, reason) of what names something that the city or its configuration does not have."""
    found: list[tuple[str, str]] = []
    names = {"hazard": known.hazards, "silence": known.devices, "stuck": known.devices, "report": known.matters,
             "warning": known.warnings, "rumour": known.rumours, "misconduct": known.conducts}  # fmt: skip
    for row in scenario.msel:
        inject, key = row.inject, f"msel.{row.id}"
        if inject.kind in names and inject.what not in names[inject.kind]:
            there = ", ".join(sorted(names[inject.kind]))
            found.append((f"{key}.inject.what", f"{inject.what!r} cannot be made; there are: {there}"))
        if inject.kind in VIRTUAL and inject.within not in known.virtual:
            found.append((f"{key}.inject.within", f"there is no virtual place {inject.within!r}"))
        if inject.near.kind and inject.near.kind not in known.place_kinds:
            found.append((f"{key}.inject.near.kind", f"the city has no {inject.near.kind!r}"))
        if inject.near.place and inject.near.place not in known.places:
            found.append((f"{key}.inject.near.place", f"the city has no place {inject.near.place!r}"))
        for one in row.expect:
            if one.department and one.department not in known.departments:
                found.append((f"{key}.expect", f"there is no department {one.department!r}"))
    for kind in scenario.background.hazards:
        if kind not in known.hazards:
            found.append(("background.hazards", f"{kind!r} is no hazard"))
    return found
