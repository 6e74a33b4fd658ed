"""How many routings a second, and how long it takes to assign everybody: measured with the project's own rules."""

from __future__ import annotations

import time
from pathlib import Path

from services.app.composition import World, read_world
from services.app.settings import settings_for
from services.governance.desks import Governance, governance_desks
from services.governance.jurisdiction import Jurisdictions
from services.governance.lookup import Lookup
from services.governance.rule_terms import Question
from twin.core.chance import generator

_ROUTINGS = 20_000
_REPEATS = 5


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
            city_ms=1_795_312_800_000 + index * 7_000,
            district=lookup.district(cell),
            subdistrict=lookup.subdistrict(cell),
            scene=scene.id,
            lead=scene.lead,
            tasks=scene.tasks,
            owner=owners[index % len(owners)] if index % 3 == 0 else "",
        )
        asked.append((question, float(x[index]), float(y[index]), cell))
    return asked
