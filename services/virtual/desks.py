"""Virtual places put together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from services.collaboration.authority import Authority
from services.collaboration.roster import Roster
from services.engine.desk import Desk
from services.hall.credentials import Issuers, load_validity
from services.hall.identity import Identities
from services.hall.ports import Registered, Sealer
from services.virtual.board import VirtualBoardDesk
from services.virtual.book import Book
from services.virtual.desk import VirtualDesk
from services.virtual.moderation import Moderation
from services.virtual.officer import Officers
from services.virtual.outcomes import Outcomes
from services.virtual.picture import Errand, Pictures
from services.virtual.platform import Platform
from services.virtual.rumours import Rumours
from services.virtual.sessions import Sessions
from services.virtual.visits import Visits
from twin.city.circles import circles
from twin.city.model import City
from twin.city.units import Department
from twin.city.virtual import VirtualPlace


class World(Protocol):
    """What virtual places need to know of the city; read only."""

    @property
    def city(self) -> City: ...

    @property
    def departments(self) -> Mapping[str, Department]: ...

    @property
    def roster(self) -> Roster: ...

    @property
    def residents(self) -> Mapping[str, Registered]: ...

    @property
    def virtual(self) -> Mapping[str, VirtualPlace]: ...


@dataclass(frozen=True)
class Around:
    """What lies around them: the vault, the departments' keys, errands of the hall, and which place a case is about."""

    vault: Sealer
    issuers: Issuers
    errand: Errand
    case_place: Callable[[str], str]
    provenance: int = 0


def virtual_desks(world: World, config: Path, seed: int, around: Around) -> tuple[VirtualDesk, Desk]:
    """The desk and its board. Raises :class:`ConfigError` naming file and key."""
    book, authority = Book(world.virtual), Authority(world.roster)
    residents, roster, identities = world.residents, world.roster, Identities(around.vault)
    rumours = Rumours(book, world.city, authority)
    moderation = Moderation(book, authority, residents)
    outcomes = Outcomes(
        book, roster, residents, around.vault, around.issuers, identities, load_validity(config / "credentials.toml")
    )
    sessions = Sessions(book, roster, outcomes, families(residents), circles(residents.values(), seed))
    visits = Visits(book, rumours, around.vault)
    platform = Platform(book, authority, around.case_place)
    desk = VirtualDesk(
        book, residents, sessions, moderation, rumours, visits, platform, Officers(book, roster), around.provenance
    )
    names = {id: department.name for id, department in world.departments.items()}
    return desk, VirtualBoardDesk(desk, roster, names, Pictures(book, roster, around.errand, visits.heard))


def families(residents: Mapping[str, Registered]) -> dict[str, tuple[str, ...]]:
    """The others of each resident's household."""
    homes: dict[str, list[str]] = {}
    for resident in residents.values():
        if resident.household:
            homes.setdefault(resident.household, []).append(resident.id)
    return {id: tuple(other for other in home if other != id) for home in homes.values() for id in home}
