"""One scripted run of the whole city on the in-process bus, for ``test_golden``: ``golden_run.py DIR MINUTES [prove]``.

Colleagues fill all posts, every two minutes persons press a few buttons, and half-way another configuration is put in
force.
Writes DIR/export.jsonl; with ``prove`` also rebuilds the state from the disk and writes DIR/unproved.json, the names of
the parts that came out otherwise.
"""

from __future__ import annotations

import random
import shutil
import sys
from pathlib import Path

import msgspec

sys.path.append(str(Path(__file__).resolve().parents[1]))
from brimming import brim
from monkey import SYSTEMS_OWN, Monkey

from services.app.composition import Ports, World, build, read_world
from services.app.installation import config_directory
from services.app.lockstep import Lockstep
from services.app.recorded import identity, past_configurations
from services.app.reload import Reloading
from services.app.settings import Settings, settings_for
from services.engine.desk import Viewed
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
    config = directory / "config"
    shutil.copytree(config_directory(), config)
    settings = settings_for(
        directory, simulation="golden", at="10:00", pace=20.0, tempo="demo", seed=SEED, config=config
    )
    world = read_world(settings)
    stores = stores_of(directory, settings, world)
    city = Lockstep(world, settings, stores, vehicles=40, budget_per_city_s=100.0)
    half = 30 * minutes
    _work(city, half, "first")
    brim(config)
    Reloading(city.twin, settings, stores).take()
    _work(city, half, "second")
    with (directory / "export.jsonl").open("wb") as out:
        chain.export(chain.rows(stores.database), out)
    if prove:
        past = past_configurations(stores.objects, stores.recorder.identity, directory / "past")
        ports = Ports(MemoryJournal(), NoRecorder(), NoOutbox(), stores.vault)
        fresh = build(city.twin.world, msgspec.structs.replace(settings, past=past), ports)
        names = unproved(city.twin.engine, fresh.senses, fresh.desks, stores.archive, all_facts())
        (directory / "unproved.json").write_bytes(msgspec.json.encode(names))
    stores.close()


def _work(city: Lockstep, seconds: float, name: str) -> None:
    """Let time pass, and every two minutes let persons press some of the buttons that their cards offer."""
    dice = random.Random(name)
    for span in range(int(seconds // 120)):
        city.run(120)
        monkey = Monkey(city.twin)
        cards = [card for desk in city.twin.desks if isinstance(desk, Viewed) for card in desk.cards()]
        actions = [action for card in cards for action in card.actions if action.command not in SYSTEMS_OWN]
        for number, action in enumerate(dice.sample(actions, min(4, len(actions)))):
            command = monkey.clicked(f"{name}-{span}-{number}", action, city.now_ms, dice)
            if command is not None:
                city.twin.engine.command(command)
    city.run(seconds % 120)


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]), "prove" in sys.argv[3:])
