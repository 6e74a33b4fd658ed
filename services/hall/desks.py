"""The hall put together."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from services.collaboration.roster import Roster
from services.engine.desk import Desk
from services.hall.catalogue import load_services
from services.hall.counter import Counter
from services.hall.credentials import Issuers
from services.hall.errands import ErrandDesk
from services.hall.legal import Ledger
from services.hall.ports import Registered, Sealer, Whereabouts
from services.hall.reception import Reception
from services.hall.views import HallBoardDesk
from twin.city.model import City
from twin.city.units import Department


class World(Protocol):
    """What the hall needs to know of the city; read only."""

    @property
    def city(self) -> City: ...

    @property
    def departments(self) -> Mapping[str, Department]: ...

    @property
    def roster(self) -> Roster: ...

    @property
    def residents(self) -> Mapping[str, Registered]: ...


class Settings(Protocol):
    """``simulation`` None means a real city: its issuers' secret is kept in ``data`` instead of following from the
    seed."""

    @property
    def data(self) -> Path: ...

    @property
    def config_dir(self) -> Path: ...

    @property
    def simulation(self) -> str | None: ...

    @property
    def seed(self) -> int: ...


def hall_desks(world: World, settings: Settings, senses: Whereabouts, vault: Sealer) -> tuple[Desk, ...]:
    """The desks in order. Raises :class:`ConfigError` naming file and key."""
    services = load_services(settings.config_dir / "services", world.departments)
    simulated = settings.simulation is not None
    issuers = Issuers.seeded(settings.seed) if simulated else Issuers.kept(settings.data / "issuers.key")
    ledger = Ledger({person: frozenset(resident.consents) for person, resident in world.residents.items()})
    reception = Reception(world.city, services, world.residents, vault, ledger)
    errands = ErrandDesk(services, world.roster, world.residents, reception, ledger, Counter(vault, issuers))
    names = {id: department.name for id, department in world.departments.items()}
    return errands, HallBoardDesk(world.city, errands, names, world.residents, senses)
