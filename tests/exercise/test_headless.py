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
from services.facts.governance import CaseAccepted, CaseClosed, CaseEvent, CaseFiled, CaseOpened, UnitDispatched
from services.storage.stores import Stores
from services.storage.vault import seeded_keys
from twin.city.model import City

MINUTES = 30


@pytest.fixture
def settings(tmp_path: Path, grid_city: City) -> Settings:
    """Every step of every scene is a person's."""
    config = tmp_path / "config"
    shutil.copytree(config_directory(), config)
    for path in (config / "scenes").glob("*.toml"):
        with path.open("a", encoding="utf-8") as scene:
            scene.write('\n[automation]\naccept = ""\nfile = ""\ndispatch = ""\n')
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
    done = closed(events)
    assert done, [type(event).__name__ for event in events]
    case = sorted(done)[0]
    steps = [event for event in events if isinstance(event, CaseEvent) and event.case == case]
    assert isinstance(steps[0], CaseOpened)
    for kind, post in ((CaseAccepted, "acceptor"), (CaseFiled, "acceptor"), (UnitDispatched, "handler")):
        actor = next(event.actor for event in steps if isinstance(event, kind))
        assert (actor.kind, actor.post) == ("colleague", post)
        assert world.roster.person(actor.holder) is not None
    refused = [event for event in events if isinstance(event, CommandRefused) and event.actor.kind == "colleague"]
    assert len(refused) <= len(done)
    assert city.twin.house.failures == ()
    stores.close()
    (tmp_path / "replay").mkdir()
    assert replay(settings.data, tmp_path / "replay", Console(quiet=True)).difference is None
