"""A changed configuration taken in while the server runs: read and checked beside the one in force, then one turn."""

from __future__ import annotations

import logging
import tempfile
from dataclasses import dataclass
from pathlib import Path

import msgspec

from services.app.composition import Ports, Twin, build, read_world
from services.app.recorded import past_configurations, reloaded_identity
from services.app.settings import Settings
from services.engine.done import Done, outcome_of
from services.engine.engine import EngineError
from services.facts.engine import ReloadConfig
from services.storage.objects import Objects
from services.storage.recorder import Identity
from services.storage.stores import Stores
from twin.city.kinds import load_kinds
from twin.city.population_settings import load_population
from twin.core.errors import CivitwinError, ConfigError
from twin.formats.feeds import load_feeds

KEPT = ("civitwin.toml", "device_kinds.toml", "population.toml", "feeds", "field")
"""What of the configuration changes at a restart only: the city's population, devices and sources go on as they are."""

log = logging.getLogger("civitwin.reload")


class NotReloadedError(CivitwinError):
    """The configuration is the one in force, or cannot be put in force; nothing was changed."""


class Reloaded(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a reload: files by what happened to them, those that ``wait`` for a restart, new units."""

    hash: str
    turn: int
    files: dict[str, str]  # path → added, changed, removed
    wait: tuple[str, ...]
    units: tuple[str, ...]
    """The field knows them from its own next start; until then nobody answers their orders."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A reload that took effect, and its turn."""

    reloaded: Reloaded
    done: Done


class Reloading:
    """Puts the files of ``settings.config_dir`` in force in a running twin, all of them or none."""

    def __init__(self, twin: Twin, settings: Settings, stores: Stores) -> None:
        self._twin, self._settings, self._stores = twin, settings, stores

    def take(self) -> Taken:
        """Raises :class:`ConfigError` naming file and key, or :class:`NotReloadedError`; nothing is changed then."""
        with tempfile.TemporaryDirectory(prefix="civitwin-reload-") as name:
            folder = Path(name)
            try:
                return self._take(folder)
            except ConfigError as fault:
                where = fault.where.replace(str(folder / "config"), str(self._settings.config_dir))
                raise ConfigError(where, fault.reason) from fault

    def _take(self, folder: Path) -> Taken:
        objects, identity = self._stores.objects, self._stores.recorder.identity
        hash, wait = self._stored(objects, identity)
        files = _differences(objects.listing(identity.config), objects.listing(hash))
        if not files:
            also = f"; {', '.join(wait)} will be read at the next start" if wait else ""
            raise NotReloadedError(f"nothing has changed that can be taken in now{also}")
        becomes = reloaded_identity(objects, identity, hash)
        objects.extract(hash, folder / "config")
        past = past_configurations(objects, becomes, folder / "past")
        fresh = self._built(msgspec.structs.replace(self._settings, config_dir=folder / "config", past=past))
        engine = self._twin.engine
        units = tuple(unit for unit in fresh.world.units if unit not in self._twin.world.units)
        command = ReloadConfig(id=f"config/{engine.turn + 1}", hash=hash, settings=becomes.settings)
        try:
            done = engine.reload(command, fresh.senses, fresh.desks, engine.city_ms)
        except EngineError as fault:
            raise NotReloadedError(f"the state cannot be taken up: {fault}") from fault
        outcome = outcome_of(command, done.events, ())
        if not outcome.accepted:
            raise NotReloadedError("a fault while it was put in force: the configuration before stays; see the journal")
        self._twin.becomes(fresh)
        self._stores.recorder.becomes(becomes)
        engine.rotate()
        return Taken(Reloaded(hash=hash, turn=done.turn.number, files=files, wait=wait, units=units), done)

    def _stored(self, objects: Objects, identity: Identity) -> tuple[str, tuple[str, ...]]:
        """The directory as it is now in the object store, what must wait as it is in force; and what waits."""
        if not self._settings.config_dir.is_dir():
            raise ConfigError(self._settings.config_dir, "there is no such folder")
        force, found = objects.listing(identity.config), objects.listing(objects.put_tree(self._settings.config_dir))
        load_kinds(self._settings.config_dir / "device_kinds.toml")  # a fault is said now, not at the next start
        load_population(self._settings.config_dir / "population.toml")
        load_feeds(self._settings.feeds_dir)
        wait = tuple(path for path in _differences(force, found) if _kept(path))
        files = {path: file for path, file in found.items() if not _kept(path)}
        files |= {path: file for path, file in force.items() if _kept(path)}
        return objects.put_listing(files), wait

    def _built(self, settings: Settings) -> Twin:
        """A twin around the same stores. Whatever a file makes a reader raise, the running one is not touched."""
        ports = Ports(self._stores.journal, self._stores.recorder, self._stores.outbox, self._stores.vault)
        try:
            return build(read_world(settings, self._twin.world), settings, ports, measured=True)
        except CivitwinError:
            raise
        except Exception as fault:
            log.exception("the configuration could not be read")
            raise NotReloadedError(f"a reader failed: {type(fault).__name__}: {fault}") from fault


def _kept(path: str) -> bool:
    return path.partition("/")[0] in KEPT


def _differences(before: dict[str, str], after: dict[str, str]) -> dict[str, str]:
    """Paths that are not the same, with what happened to them."""
    what = {path: "removed" for path in before if path not in after}
    what |= {path: "changed" if path in before else "added" for path in after if before.get(path) != after[path]}
    return dict(sorted(what.items()))
