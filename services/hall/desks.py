"""The hall put together."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from services.collaboration.authority import Authority
from services.collaboration.roster import Roster
from services.engine.desk import Desk
from services.hall.assets import Assets
from services.hall.assets_desk import AssetDesk
from services.hall.book import Book
from services.hall.catalogue import load_services
from services.hall.credentials import Issuers, load_validity
from services.hall.emergency_view import EmergencyView
from services.hall.errands import ErrandDesk
from services.hall.guardians import Guardians
from services.hall.hall_settings import load_hall
from services.hall.identity import Identities
from services.hall.issuing import Issuing
from services.hall.legal import Ledger, needs_of
from services.hall.legal_desk import LegalDesk
from services.hall.mandates import MandateDesk
from services.hall.money_desk import MoneyDesk
from services.hall.my_data import MyData
from services.hall.officers import Officers
from services.hall.ports import Closures, Described, NoClosures, Sealer, Whereabouts, WorkingTime
from services.hall.reception import Reception
from services.hall.register import Register
from services.hall.request_ids import RequestIds
from services.hall.reviews import Reviews
from services.hall.service_measures_desk import ServiceMeasuresDesk
from services.hall.steering import SteeringDesk
from services.hall.views import HallBoardDesk
from services.hall.visits import Visits
from services.hall.wallet import WalletDesk
from services.hall.words import Words
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
    def residents(self) -> Mapping[str, Described]: ...


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


def hall_desks(
    world: World,
    settings: Settings,
    senses: Whereabouts,
    vault: Sealer,
    time: WorkingTime,
    closures: Closures | None = None,
) -> tuple[Desk, ...]:
    """The desks in order. ``time`` counts limits, ``closures`` says which halls an incident closes. Raises
    :class:`ConfigError` naming file and key."""
    services = load_services(settings.config_dir / "services", world.departments)
    hall = load_hall(settings.config_dir / "hall.toml")
    simulated = settings.simulation is not None
    issuers = Issuers.seeded(settings.seed) if simulated else Issuers.kept(settings.data / "issuers.key")
    residents, authority, identities = world.residents, Authority(world.roster), Identities(vault)
    guardians = Guardians(residents)
    ledger = Ledger(residents, needs_of(services), guardians)
    legal = LegalDesk(ledger, residents, guardians, world.departments, authority, identities, senses)
    mandates = MandateDesk(residents, guardians, services, authority, identities)
    wallet = WalletDesk(residents, authority)
    validity = load_validity(settings.config_dir / "credentials.toml")
    issuing = Issuing(vault, issuers, identities, ledger, wallet, validity, hall, time)
    book = Book(services, lambda start_ms, limit: time.add(limit.kind, start_ms, limit.amount))
    assets = AssetDesk(Assets(residents), services, vault)
    register = Register(residents, guardians, hall, assets.assets)
    reception = Reception(
        world.city, services, residents, vault, ledger, mandates, identities, wallet, register, authority
    )
    visits = Visits(book, world.city, world.roster, residents, issuing, hall, time, closures or NoClosures())
    reviews = Reviews(book, world.roster, ledger, issuing, reception, register)
    halls = {place.id for service in services.values() for place in world.city.of_kind(service.place_kind)}
    officers = Officers(book, world.roster, authority, issuing, reviews, visits, halls)
    words, ids = Words(book, issuing), RequestIds(vault, residents)
    errands = ErrandDesk(book, world.roster, residents, reception, visits, reviews, words, officers, ids)
    money = MoneyDesk(book, residents, authority)
    names = {id: department.name for id, department in world.departments.items()}
    my_data = MyData(
        residents, names, services, guardians, ledger, wallet, mandates, money.accounts, assets.assets,
        authority.person_name,
    )  # fmt: skip
    places = {place.id: place.name for place in world.city.places}
    emergency = EmergencyView(residents, errands.book, wallet, vault, names, my_data.fields, places)
    board = HallBoardDesk(world.city, errands, names, residents, senses, my_data, emergency)
    measures = ServiceMeasuresDesk(world.city, services, residents, ledger)
    return legal, mandates, wallet, errands, money, assets, measures, board, SteeringDesk(residents, vault)
