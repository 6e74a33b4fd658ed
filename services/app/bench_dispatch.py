"""How many routings a second, and how long it takes to assign everybody: measured with the project's own rules."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import msgspec

from services.app.composition import World, read_world
from services.app.settings import settings_for
from services.engine.desk import Turn
from services.facts.governance import CaseOpened
from services.governance.assignment import Assigner, OpenTask
from services.governance.case import CaseState
from services.governance.cases import CaseDesk
from services.governance.desks import Governance, governance_desks
from services.governance.jurisdiction import Jurisdictions
from services.governance.lookup import Lookup
from services.governance.rule_terms import Question
from services.governance.selection import Selection
from services.governance.travel import Travel
from services.governance.units import UnitDesk
from twin.city.paths import Paths
from twin.core.chance import generator
from twin.core.words import Mode
from twin.state.senses import Senses

_ROUTINGS = 20_000
_TASKS = 1_000
_UNITS = 200
_REPEATS = 5
_NOW_MS = 1_795_312_800_000


def bench_routing(city: Path | None = None, count: int = _ROUTINGS, repeats: int = _REPEATS) -> dict[str, float]:
    """Routings a second over cases of every scene spread over the city, each with its whole trace and a look at the
    borders around it; the best of several rounds."""
    settings = settings_for(Path(), city)
    world = read_world(settings)
    governance = governance_desks(world, settings.config_dir)
    ground, book = Jurisdictions(world.city), governance.rulebook()
    asked = _questions(world, governance, count)
    best, tried = float("inf"), 0
    for _ in range(repeats):
        begun = time.perf_counter()
        tried = 0
        for question, x_m, y_m, cell in asked:
            found = book.route(question, ground.around(x_m, y_m, cell, book.rules.tolerance_m))
            tried += len(found.tried)
        best = min(best, time.perf_counter() - begun)
    return {
        "routings": count,
        "rules": len(book.rules.rules),
        "tried_each": round(tried / count, 1),
        "per_second": round(count / best),
    }


def _questions(world: World, governance: Governance, count: int) -> list[tuple[Question, float, float, int]]:
    lookup = Lookup(world.city, world.departments, tuple(world.units.values()), world.roster)
    low_x, low_y, high_x, high_y = world.city.extent
    dice = generator(7, "bench", "routing")
    x = low_x + dice.random(count) * (high_x - low_x)
    y = low_y + dice.random(count) * (high_y - low_y)
    scenes = list(governance.scenes.values())
    owners = [owner for owner in dict.fromkeys(world.city.components.owner) if owner] or [""]
    asked = []
    for index in range(count):
        scene = scenes[index % len(scenes)]
        cell = lookup.cell(float(x[index]), float(y[index]))
        question = Question(
            code=scene.code,
            severity=1 + index % 4,
            city_ms=_NOW_MS + index * 7_000,
            district=lookup.district(cell),
            subdistrict=lookup.subdistrict(cell),
            scene=scene.id,
            lead=scene.lead,
            tasks=scene.tasks,
            owner=owners[index % len(owners)] if index % 3 == 0 else "",
        )
        asked.append((question, float(x[index]), float(y[index]), cell))
    return asked


def bench_assignment(
    city: Path | None = None, tasks: int = _TASKS, units: int = _UNITS, repeats: int = _REPEATS
) -> dict[str, float]:
    """Milliseconds to give units to all open tasks at once: with travel times to be found first, with those cached (the
    best of several), and with every candidate's reason written out."""
    settings = settings_for(Path(), city)
    world = _crowded(read_world(settings), units)
    governance = governance_desks(world, settings.config_dir)
    senses = Senses(
        world.city, world.kinds, governance.conditions, world.sources,
        units={unit.id: 0 for unit in world.units.values()},
    )  # fmt: skip
    desks = governance.desks(senses)
    cases = next(desk for desk in desks if isinstance(desk, CaseDesk))
    crews = next(desk for desk in desks if isinstance(desk, UnitDesk))
    travel = Travel(cases.lookup, Paths(world.city.roads, Mode.CAR), senses.locator, senses)
    selection = Selection(cases, crews, travel, governance.dispatch)
    assigner = Assigner(cases, crews, selection, travel, governance.dispatch)
    waiting = _open_tasks(cases, governance, world, tasks)
    begun = time.perf_counter()
    plan = assigner.plan(waiting, _NOW_MS)
    cold_s = time.perf_counter() - begun
    warm_s = told_s = float("inf")
    for _ in range(repeats):
        begun = time.perf_counter()
        plan = assigner.plan(waiting, _NOW_MS)
        warm_s = min(warm_s, time.perf_counter() - begun)
        begun = time.perf_counter()
        for one in plan.given:
            plan.candidates(one.task)
        told_s = min(told_s, time.perf_counter() - begun)
    return {
        "tasks": len(waiting),
        "units": len(world.units),
        "assigned": len(plan.given),
        "first_ms": round(cold_s * 1000, 1),
        "cached_ms": round(warm_s * 1000, 1),
        "reasons_ms": round(told_s * 1000, 1),
    }


def _crowded(world: World, units: int) -> World:
    """The same city with so many units: its own, again and again."""
    own = list(world.units.values())
    rounds = -(-units // len(own))
    more = [
        msgspec.structs.replace(unit, id=f"{unit.id}_{again}") if again else unit
        for again in range(rounds)
        for unit in own
    ]
    return replace(world, units={unit.id: unit for unit in more[:units]})


def _open_tasks(cases: CaseDesk, governance: Governance, world: World, count: int) -> list[OpenTask]:
    """Cases of every scene with a task, all over the city, that have waited for up to an hour."""
    dice = generator(7, "bench", "assignment")
    scenes = [scene for scene in governance.scenes.values() if scene.tasks]
    low_x, low_y, high_x, high_y = world.city.extent
    x = low_x + dice.random(count) * (high_x - low_x)
    y = low_y + dice.random(count) * (high_y - low_y)
    turn = Turn(1, _NOW_MS, 7)
    found = []
    for index in range(count):
        scene, id = scenes[index % len(scenes)], f"C-{index + 1:04d}"
        opened = CaseOpened(
            case=id, incident=f"I-{index + 1:04d}", scene=scene.id, version=scene.version, code=scene.code,
            source="sensor", severity=1 + index % 4, x_m=float(x[index]), y_m=float(y[index]), longitude=0.0,
            latitude=0.0, edge=-1, place="", cell=-1, target="", evidence=(), observed_ms=_NOW_MS, provenance=1,
            doubtful=False,
        )  # fmt: skip
        cases.apply(opened, turn)
        case = cases.get(id)
        assert case is not None
        case = msgspec.structs.replace(case, state=CaseState.PENDING_DISPATCH, department=scene.lead)
        found.append(OpenTask(case, scene.tasks[0], float(index % 60) * 60.0))
    return found
