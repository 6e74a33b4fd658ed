"""The days before a city opens: its people without bodies, who ask and answer as the field has them do."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

import msgspec

from services.app.settings import Settings
from services.engine.desk import Desk
from services.engine.engine import Engine
from services.facts.base import Event
from services.facts.opening import OpenWarm
from services.governance.calendar import Calendar
from services.hall.catalogue import Service
from services.hall.desks import World as HallWorld
from services.hall.desks import hall_desks
from services.hall.errands import ErrandDesk
from services.hall.offers import offer_of
from services.hall.opening import Crowd, Nowhere, OpeningDesk
from services.hall.ports import Whereabouts
from services.storage.vault import Vault
from twin.city.errand_forms import Forms, load_forms
from twin.city.errand_plans import Planner
from twin.city.errand_settings import Tempo, load_errand_settings
from twin.city.lives import Lives, lives
from twin.city.model import City
from twin.city.population_settings import load_population
from twin.city.residents import Resident
from twin.core.bus import InProcessBroker
from twin.core.words import Provenance
from twin.field.applicants import Applicants
from twin.field.hazards.base import Moment
from twin.field.phones import Phones
from twin.field.publish import Publisher
from twin.field.speaking import Speaking
from twin.field.terminals import Terminals
from twin.field.weather import Sky
from twin.field.wishes import Wishes
from twin.formats.civic import Answer, PhoneMessage, TerminalMessage
from twin.state.batch import PersonSaid
from twin.state.terminals import BODIES

_STEP_MS = 300_000
_FIRST_H, _LAST_H = 8, 18
_DAY = datetime.timedelta(days=1)
_NAMESPACE = "before"
_BUDGET = 1e9
_NEW_MS = 600_000  # a city that was killed while it opened is still new
_INDOORS = Sky(0.0, 20.0, 0.0, 0.0, 1.0, 0.0, 0)


@dataclass(frozen=True)
class Before:
    """What a rehearsal is made of."""

    desks: Sequence[Desk]
    crowd: Crowd
    moments: Sequence[int]
    vault: Vault

    def keys_together(self) -> AbstractContextManager[None]:
        return self.vault.together()


class Bodiless:
    """People of whom nobody asks how they get anywhere: by the next look they are there."""

    def __init__(self, city: City) -> None:
        self.places: Mapping[str, int] = {place.id: number for number, place in enumerate(city.places)}
        self._at: dict[int, str] = {}
        self._busy: set[int] = set()

    def busy(self, row: int) -> bool:
        return row in self._busy

    def still(self, row: int) -> bool:
        return True

    def place(self, row: int) -> str:
        return self._at.get(row, "")

    def occupy(self, row: int) -> None:
        self._busy.add(row)

    def send_to(self, row: int, place: str, now: Moment) -> None:
        self._at[row] = place

    def resume(self, row: int, now: Moment) -> None:
        self._busy.discard(row)
        self._at.pop(row, None)


class People:
    """The same applicants as the field's, on a bus of their own; ``hear`` takes effect with the next look."""

    def __init__(
        self, city: City, lives: Lives, register: Sequence[Resident], services: Mapping[str, Service], config: Path,
        seed: int, tempo: Tempo, begins_ms: int, opens_ms: int,
    ) -> None:  # fmt: skip
        settings = load_errand_settings(config / "errands.toml")
        forms = Forms(load_forms(config / "field" / "forms.toml"), city, register, seed)
        broker = InProcessBroker()
        self._wire = broker.connect()
        self._wire.subscribe(f"{_NAMESPACE}/#")
        publisher = Publisher(broker.connect(), _NAMESPACE, _BUDGET)
        phones = Phones(register, lives, publisher, signed=False)
        planner = Planner(settings, lives.people, register, forms, seed)
        terminals = Terminals(city, register, phones, publisher)
        speaking = Speaking(register, phones, terminals, planner, frozenset, settings.conduct.mandate_days)
        wishes = Wishes(settings, lives, seed, tempo, city.meta.time_zone, opens_ms)
        self._applicants = Applicants(Bodiless(city), settings, planner, speaking, wishes, seed, tempo)
        for service in services.values():
            self._applicants.offered(offer_of(service))
        self._row = {resident.pseudonym: row for row, resident in enumerate(register)}
        self._id = {resident.pseudonym: resident.id for resident in register}
        self._begins_ms, self._now = begins_ms, Moment(begins_ms, 0.0, 1.0, _INDOORS)

    def advance(self, city_ms: int) -> Sequence[PersonSaid]:
        self._now = Moment(city_ms, (city_ms - self._begins_ms) / 1000.0, 1.0, _INDOORS)
        self._applicants.step(self._now)
        return tuple(self._heard())

    def hear(self, pseudonym: str, answer: Answer) -> None:
        self._applicants.answer(self._row[pseudonym], answer, self._now)

    def _heard(self) -> Iterator[PersonSaid]:
        for message in self._wire.drain():
            if message.topic.startswith(f"{_NAMESPACE}/person/"):
                said = msgspec.json.decode(message.payload, type=PhoneMessage)
                yield PersonSaid(
                    person=self._id[said.pseudonym], observed_ms=said.time_ms, provenance=int(Provenance.SIMULATED),
                    body=msgspec.json.decode(said.body, type=BODIES[said.kind]),
                )  # fmt: skip
            else:
                typed = msgspec.json.decode(message.payload, type=TerminalMessage)
                yield PersonSaid(
                    person=self._id[typed.pseudonym], observed_ms=typed.time_ms, channel=typed.channel,
                    provenance=int(Provenance.SIMULATED), terminal=typed.terminal,
                    body=msgspec.json.decode(typed.body, type=BODIES[typed.kind]),
                )  # fmt: skip


def moments_before(calendar: Calendar, time_zone: str, days: int, opens_ms: int) -> tuple[int, ...]:
    """When a rehearsal looks: every five minutes of the hall's hours on so many working days before this one, and on
    this one until it opens."""
    zone = ZoneInfo(time_zone)
    day = datetime.datetime.fromtimestamp(opens_ms / 1000, zone).date()
    chosen = [day] if calendar.works(day) else []
    count = len(chosen) + days
    while len(chosen) < count:
        day -= _DAY
        if calendar.works(day):
            chosen.append(day)
    found: list[int] = []
    for one in reversed(chosen):
        first = datetime.datetime.combine(one, datetime.time(_FIRST_H), zone).timestamp()
        looks = range((_LAST_H - _FIRST_H) * 3_600_000 // _STEP_MS + 1)
        found += [round(first * 1000) + look * _STEP_MS for look in looks]
    return tuple(moment for moment in found if moment < opens_ms)


def open_warm(engine: Engine, settings: Settings) -> tuple[Event, ...]:
    """A new simulated city, once: its hall has worked for some days."""
    desk = next(desk for desk in engine.desks if isinstance(desk, OpeningDesk))
    if settings.backlog_days < 1 or desk.opened or engine.city_ms - settings.start_ms > _NEW_MS:
        return ()
    return engine.command(OpenWarm(id="opening", days=settings.backlog_days)).events


class World(HallWorld, Protocol):
    """What an opening needs to know of the city; read only."""

    @property
    def residents(self) -> Mapping[str, Resident]: ...


def opening_desk(
    world: World, settings: Settings, hall: Sequence[Desk], senses: Whereabouts, vault: Vault, calendar: Calendar
) -> OpeningDesk:
    """The desk that opens a simulated city warm; nothing is made before it is asked to."""

    def days(count: int, city_ms: int) -> Before:
        desks = hall_desks(world, settings, Nowhere(), vault, calendar)
        errands = next(desk for desk in desks if isinstance(desk, ErrandDesk))
        moments = moments_before(calendar, world.city.meta.time_zone, count, city_ms)
        living = load_population(settings.config_dir / "population.toml")
        people = People(
            world.city, lives(world.city, settings.seed, len(world.residents), living),
            tuple(world.residents.values()), errands.book.services, settings.config_dir, settings.seed,
            "demo" if settings.tempo == "demo" else "real", moments[0], city_ms,
        )  # fmt: skip
        return Before(desks, people, moments, vault)

    return OpeningDesk(hall, senses, world.residents, days if settings.simulation is not None else None)
