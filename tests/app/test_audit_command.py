"""A small city governs itself for a while, and its journal passes the audit."""

from __future__ import annotations

import io
import json
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from services.app.audit import audit_journal
from services.app.composition import read_world
from services.app.lockstep import Lockstep
from services.app.recorded import identity
from services.app.settings import settings_for
from services.facts.base import Event
from services.facts.governance import CaseOpened
from services.storage.stores import Stores
from services.storage.vault import seeded_keys
from twin.city.model import City


def govern(data: Path, city: City, minutes: int) -> list[Event]:
    """So many minutes of a busy small city, with rules and colleagues."""
    settings = settings_for(data, city=city.directory, simulation="audit", at="17:30", tempo="demo", seed=7)
    settings = msgspec.structs.replace(settings, residents=60)
    world = read_world(settings)
    stores = Stores(
        data, identify=lambda objects: identity(objects, settings), wall_ms=lambda: 0,
        register={resident.pseudonym: resident.id for resident in world.residents.values()}, new_key=seeded_keys(7),
    )  # fmt: skip
    lived = Lockstep(world, settings, stores, vehicles=30, budget_per_city_s=60.0)
    events: list[Event] = []
    for _ in range(minutes):
        events += lived.run(60)
    stores.close()
    return events


@pytest.mark.timeout(400)
def test_a_city_that_governs_itself_passes(tmp_path: Path, grid_city: City) -> None:
    data, out, report = tmp_path / "data", io.StringIO(), tmp_path / "audit.json"
    events = govern(data, grid_city, 18)
    assert audit_journal((data,), report, Console(file=out, width=160)) == 0, out.getvalue()
    written = json.loads(report.read_bytes())
    run = written["runs"][str(data)]
    opened = sum(isinstance(event, CaseOpened) for event in events)
    assert run["proved"]["one owner"] >= opened >= 3 and run["proved"]["closing"] >= 1
    assert run["violations"] == [] and run["tally"]["circling"] == [] and len(written["physical"]) >= 3
    assert "physical scenes in all" in out.getvalue()
