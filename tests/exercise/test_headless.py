"""A city in which no rule decides: cases go from opening to closing by the hands of colleagues alone, and replay."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from services.app.composition import read_world
from services.app.installation import config_directory
from services.app.lockstep import Lockstep
from services.app.recorded import identity
from services.app.replay import replay
from services.app.settings import Settings, settings_for
from services.facts.base import CommandRefused, Event
from services.facts.governance import (
    CaseAccepted,
    CaseClosed,
    CaseEvent,
    CaseFiled,
    CaseOpened,
    CaseRouted,
    UnitDispatched,
)
from services.governance.ownership import ownership_faults
from services.governance.views import BoardDesk
from services.storage.stores import Stores
from services.storage.vault import seeded_keys
from twin.city.model import City

MINUTES = 30
STEPS = (
    (CaseAccepted, "acceptor"),
    (CaseFiled, "acceptor"),
    (CaseRouted, "dispatcher"),
    (UnitDispatched, "handler"),
)


@pytest.fixture
def settings(tmp_path: Path, grid_city: City) -> Settings:
    """No rule of any scene decides."""
    config = tmp_path / "config"
    shutil.copytree(config_directory(), config)
    for path in (config / "scenes").glob("*.toml"):
        with path.open("a", encoding="utf-8") as scene:
            scene.write('\n[automation]\nlevel = "manual"\n')
    given = settings_for(
        tmp_path / "data", city=grid_city.directory, simulation="posts", at="10:00", tempo="demo", seed=7, config=config
    )
    return msgspec.structs.replace(given, residents=100)


def closed(events: list[Event]) -> set[str]:
    return {event.case for event in events if isinstance(event, CaseClosed)}


@pytest.mark.timeout(400)
def test_colleagues_alone_take_cases_from_opening_to_closing(settings: Settings, tmp_path: Path) -> None:
    world = read_world(settings)
    stores = Stores(
        settings.data, identify=lambda objects: identity(objects, settings), wall_ms=lambda: 0,
        register={resident.pseudonym: resident.id for resident in world.residents.values()}, new_key=seeded_keys(7),
    )  # fmt: skip
    city = Lockstep(world, settings, stores, vehicles=30, budget_per_city_s=60.0)
    events: list[Event] = []
    while len(closed(events)) < 2 and city.now_ms < settings.start_ms + MINUTES * 60_000:
        events += city.run(60)
    done = {case for case in closed(events) if any(isinstance(e, CaseRouted) and e.case == case for e in events)}
    assert done, [type(event).__name__ for event in events]
    case = sorted(done)[0]
    steps = [event for event in events if isinstance(event, CaseEvent) and event.case == case]
    assert isinstance(steps[0], CaseOpened)
    for kind, post in STEPS:
        actor = next(event.actor for event in steps if isinstance(event, kind))
        assert (actor.kind, actor.post) == ("colleague", post)
        assert world.roster.person(actor.holder) is not None
    refused = [event for event in events if isinstance(event, CommandRefused) and event.actor.kind == "colleague"]
    assert len(refused) <= len(done)
    assert city.twin.house.failures == ()
    card = next(c for desk in city.twin.desks if isinstance(desk, BoardDesk) for c in desk.cards() if c.id == case)
    assert "automatic colleague for {person}, {post}" in repr(card)
    assert ownership_faults((entry.city_ms, entry.fact) for entry in stores.journal.entries(0)
                            if isinstance(entry.fact, Event)) == ()  # fmt: skip
    stores.close()
    (tmp_path / "replay").mkdir()
    assert replay(settings.data, tmp_path / "replay", Console(quiet=True)).difference is None
