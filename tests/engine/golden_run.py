"""One scripted run of the whole city on the in-process bus, for ``test_golden``: ``golden_run.py DIR MINUTES [prove]``.

Writes DIR/export.jsonl; with ``prove`` also rebuilds the state from the disk and writes DIR/unproved.json, the names of
the parts that came out otherwise.
"""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from services.app.composition import Ports, World, build, read_world
from services.app.lockstep import Lockstep
from services.app.recorded import identity
from services.app.settings import Settings, settings_for
from services.engine.memory import MemoryJournal, NoOutbox, NoRecorder
from services.engine.recover import unproved
from services.facts.registry import all_facts
from services.storage import chain
from services.storage.recorder import Limits
from services.storage.stores import Stores
from services.storage.vault import seeded_keys

SEED = 7


def stores_of(directory: Path, settings: Settings, world: World) -> Stores:
    """Keys from the seed, no wall clock, and segments short enough for several checkpoints."""
    ids = {resident.pseudonym: resident.id for resident in world.residents.values()}
    return Stores(
        directory,
        identify=lambda objects: identity(objects, settings),
        wall_ms=lambda: 0,
        limits=Limits(segment_bytes=6 << 20),
        register=ids,
        new_key=seeded_keys(SEED),
    )


def main(directory: Path, minutes: float, prove: bool) -> None:
    settings = settings_for(directory, simulation="golden", at="10:00", pace=20.0, tempo="demo", seed=SEED)
    world = read_world(settings)
    stores = stores_of(directory, settings, world)
    city = Lockstep(world, settings, stores, vehicles=40, budget_per_city_s=100.0)
    city.run(60 * minutes)
    with (directory / "export.jsonl").open("wb") as out:
        chain.export(chain.rows(stores.database), out)
    if prove:
        fresh = build(world, settings, Ports(MemoryJournal(), NoRecorder(), NoOutbox(), stores.vault))
        names = unproved(city.twin.engine, fresh.senses, fresh.desks, stores.archive, all_facts())
        (directory / "unproved.json").write_bytes(msgspec.json.encode(names))
    stores.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]), "prove" in sys.argv[3:])
