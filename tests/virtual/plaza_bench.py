"""Virtual places without a server: the real desk and wallet, the real roster and configuration, people made up."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

import msgspec
from cities import grid_city

from services.collaboration.authority import Authority
from services.collaboration.roster import Roster, load_roster
from services.engine.desk import Desk, Fact, Tick, Turn
from services.facts.base import Actor, Command, CommandRefused, Event
from services.facts.registry import all_facts
from services.hall.credentials import Issuers
from services.hall.wallet import WalletDesk
from services.storage.vault import Vault, seeded_keys
from services.virtual.desks import Around, virtual_desks
from twin.city.model import City
from twin.city.units import Department, load_departments
from twin.city.virtual import VirtualPlace, load_virtual
from twin.core.columns import Positions, Readings
from twin.core.text import Name, Text
from twin.formats.civic import GatewayState, PlaceWord, Presence
from twin.state.batch import Batch, GatewaySaid, Notice, PersonSaid

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "config"
MORNING_MS = 1_781_488_800_000  # Monday 15 June 2026, 10:00 in Shanghai
SEED = 7


E = TypeVar("E", bound=Event)
NOBODY = Name("Nobody Else", "无名氏")


@dataclass(frozen=True)
class Somebody:
    """A resident as the register has them."""

    id: str
    pseudonym: str
    birth_year: int = 1980
    household: str = ""
    name: Name = NOBODY
    home_xy: tuple[float, float] = (0.0, 0.0)
    consents: tuple[str, ...] = ("presence",)
    relation: str = "head"
    disability: str = ""


@dataclass(frozen=True)
class World:
    city: City
    departments: dict[str, Department]
    roster: Roster
    residents: dict[str, Somebody]
    virtual: dict[str, VirtualPlace]


def residents(count: int) -> dict[str, Somebody]:
    """Two of a household each."""
    return {
        f"r_{n:04d}": Somebody(f"r_{n:04d}", f"p{n:012x}", 1960 + n % 40, f"hh_{n // 2:04d}") for n in range(count)
    }  # fmt: skip


class Plaza:
    """One city's virtual places; every event was proved to be writable and readable."""

    def __init__(self, folder: Path, count: int = 40, smaller: int = 0, only: tuple[str, ...] = ()) -> None:
        """``only`` these places; ``smaller`` is a capacity for both places in the place of the configured one."""
        city = grid_city(folder / "city")
        departments = load_departments(CONFIG / "departments.toml")
        roster = load_roster(CONFIG / "people.toml", tuple(departments), "Asia/Shanghai")
        places = load_virtual(CONFIG / "virtual", ROOT / "assets" / "cities", city)
        places = {id: place for id, place in places.items() if not only or id in only}
        if smaller:
            places = {id: _small(place, smaller) for id, place in places.items()}
        self.world = World(city, departments, roster, residents(count), places)
        vault = Vault(folder / "keys", new_key=seeded_keys(SEED))
        self.cases: dict[str, str] = {}
        self.issuers = Issuers.seeded(SEED)
        around = Around(vault, self.issuers, lambda _person: None, lambda case: self.cases.get(case, ""), 1)
        self.desk, self.board = virtual_desks(self.world, CONFIG, SEED, around)
        self.wallet = WalletDesk(self.world.residents, Authority(roster))
        self.desks: tuple[Desk, ...] = (self.wallet, self.desk, self.board)
        self.facts = all_facts()
        self.now_ms, self.number = MORNING_MS, 0
        self.events: list[Event] = []

    def do(self, fact: Fact) -> list[Event]:
        """One turn."""
        self.number += 1
        turn, done = Turn(self.number, self.now_ms, SEED), list[Event]()
        pending: deque[Fact] = deque([fact])
        if isinstance(fact, Event):  # another desk's
            for desk in self.desks:
                desk.apply(fact, turn)
        while pending:
            about = pending.popleft()
            for desk in self.desks:
                for event in tuple(desk.decide(about, turn)):
                    self.facts.written(event)
                    for other in self.desks:
                        other.apply(event, turn)
                    pending.append(event)
                    done.append(event)
        self.events += done
        return done

    def wait(self, seconds: float, step_s: float = 1.0) -> list[Event]:
        """Let time pass, tick by tick."""
        end, done = self.now_ms + round(seconds * 1000), list[Event]()
        while self.now_ms < end:
            self.now_ms += round(step_s * 1000)
            done += self.do(Tick(self.now_ms))
        return done

    def say(self, *notices: Notice) -> list[Event]:
        return self.do(Batch(self.now_ms, _no_readings(), _no_positions(), None, notices))  # type: ignore[arg-type]

    def enter(self, *people: str, place: str = "virtual_plaza") -> list[Event]:
        return self.say(*(self.phone(person, Presence(place=place, entered=True)) for person in people))

    def leave(self, *people: str, place: str = "virtual_plaza") -> list[Event]:
        return self.say(*(self.phone(person, Presence(place=place, entered=False)) for person in people))

    def word(self, person: str, word: PlaceWord) -> list[Event]:
        return self.say(self.phone(person, word))

    def phone(self, person: str, body: Presence | PlaceWord) -> PersonSaid:
        return PersonSaid(person=person, body=body, observed_ms=self.now_ms, provenance=1)

    def platform(self, place: str, up: bool) -> list[Event]:
        gateway = self.world.virtual[place].gateway
        state = GatewayState(gateway=gateway, state="online" if up else "offline", time_ms=self.now_ms)
        return self.say(GatewaySaid(state=state, retained=True))

    def command(self, command: Command, actor: Actor) -> list[Event]:
        return self.do(msgspec.structs.replace(command, actor=actor))

    def by(self, post: str, command: Command, person: str = "") -> list[Event]:
        """By whoever holds the post now, of the department that runs the places."""
        holder = person or self.world.roster.holder(post, self.now_ms, "civil_affairs").id  # type: ignore[union-attr, arg-type]
        return self.command(command, Actor("person", holder, post))

    def resident(self, person: str, command: Command) -> list[Event]:
        return self.command(command, Actor("resident", person))

    def avatar(self, person: str, place: str = "virtual_plaza") -> str:
        return self.desk.book.state.places[place].avatars[person].id

    def inside(self, place: str = "virtual_plaza") -> list[str]:
        return [one.person for one in self.desk.book.inside(place)]


def refused(events: Iterable[Event]) -> Text | None:
    return next((event.why for event in events if isinstance(event, CommandRefused)), None)


def of(events: Iterable[Event], kind: type[E]) -> list[E]:
    return [event for event in events if isinstance(event, kind)]


def _small(place: VirtualPlace, capacity: int) -> VirtualPlace:
    plan = msgspec.structs.replace(place.plan, capacity=capacity, more=max(1, capacity // 2), waiting=capacity)
    return VirtualPlace(place.id, plan, place.city, place.spots, place.host)


def _no_readings() -> Readings:
    return Readings.__new__(Readings)


def _no_positions() -> Positions:
    return Positions.__new__(Positions)


def plaza_in_a_folder(count: int = 40, smaller: int = 0) -> Plaza:
    """One in a folder of its own that is gone with the process."""
    return Plaza(Path(tempfile.mkdtemp(dir=_root())), count, smaller)


@cache
def _root() -> str:
    folder = tempfile.mkdtemp(prefix="civitwin-plaza-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
