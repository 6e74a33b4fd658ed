"""A small hall for tests: a street of residents, one service of two items, desks with a vault that can erase."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import numpy as np
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from services.collaboration.roster import Roster, load_roster
from services.engine.desk import Desk, Sends, Tick, Turn
from services.engine.step import Steps
from services.facts.base import Actor, Event
from services.facts.hall import ClosingGround
from services.facts.records import Outgoing
from services.facts.registry import all_facts
from services.governance.calendar import Calendar, load_calendar
from services.hall.desks import hall_desks
from services.hall.errand import Errand
from services.hall.errands import ErrandDesk
from services.hall.views import HallBoardDesk
from twin.city.model import City
from twin.city.units import Department, load_departments
from twin.core.columns import empty_positions, empty_readings
from twin.core.errors import CivitwinError
from twin.core.text import Name
from twin.formats.civic import Answer, ConsentWord, ErrandWord, MandateWord, Presence, ServiceRequest
from twin.state.batch import Batch, LightStates, PersonSaid
from twin.state.beliefs import MoverBelief

CONFIG = Path(__file__).resolve().parents[2] / "config"
HERE = Path(__file__).parent
START_MS = 1795399200000  # a Monday, 10:00 in the city
SEED = 7
FORM = {
    "child_name": "林小满",
    "birth_date": "2026-11-15",
    "hospital": "hospital",
    "mother": "林月",
    "father": "林山",
    "household_address": "2号街18号",
}
CLERK = Actor("person", "p-022", "clerk")

E = TypeVar("E", bound=Event)


class KeptVault:
    """Deterministic sealing, with erasure."""

    def __init__(self) -> None:
        self.erased: set[str] = set()

    def _cipher(self, person: str) -> AESSIV:
        if person in self.erased:
            raise CivitwinError(f"the key of {person} was destroyed")
        return AESSIV(hashlib.sha512(person.encode()).digest())

    def seal(self, person: str, data: bytes, context: bytes) -> bytes:
        return self._cipher(person).encrypt(data, [context])

    def open(self, person: str, sealed: bytes, context: bytes) -> bytes:
        return self._cipher(person).decrypt(sealed, [context])


NOWHERE = Name("", "")


@dataclass(frozen=True)
class Enrolled:
    id: str
    pseudonym: str
    name: Name
    home_xy: tuple[float, float]
    consents: tuple[str, ...]
    birth_year: int = 1990
    household: str = ""
    relation: str = "head"
    disability: str = ""
    address: Name = NOWHERE
    school: str = ""
    vehicles: tuple[str, ...] = ()
    care_alarm: str = ""


@dataclass(frozen=True)
class HallWorld:
    city: City
    departments: Mapping[str, Department]
    roster: Roster
    residents: Mapping[str, Enrolled]


@dataclass(frozen=True)
class HallSettings:
    data: Path
    config_dir: Path = HERE
    simulation: str | None = "test"
    seed: int = SEED


class Street:
    """Knows where one mother walks, and what phones are heard on."""

    def __init__(self) -> None:
        self.heard: dict[str, tuple[str, ...]] = {}

    def grant(self, person: str, purposes: Iterable[str]) -> None:
        self.heard[person] = tuple(purposes)

    def person_position(self, person: str) -> MoverBelief | None:
        if person != "res_1":
            return None
        return MoverBelief(
            id=4242, sender="person:res_1", kind=1, x_m=12.0, y_m=34.0, heading_deg=0.0, speed_mps=1.2, observed_ms=0,
            freshness=0, doubt=0, provenance=1, edge=-1, offset_m=0.0,
        )  # fmt: skip


class Around:
    """What goes on around halls."""

    def __init__(self) -> None:
        self.closed: dict[str, tuple[ClosingGround, str]] = {}

    def closing(self, place: str) -> tuple[ClosingGround, str] | None:
        return self.closed.get(place)


Body = Presence | ServiceRequest | ErrandWord | ConsentWord | MandateWord


@dataclass
class Hall:
    city: City
    data: Path
    vault: KeptVault = field(default_factory=KeptVault)
    events: list[Event] = field(default_factory=list)
    sent: list[Outgoing] = field(default_factory=list)
    now_ms: int = START_MS
    turn: int = 0
    config: Path = HERE
    people: Mapping[str, Enrolled] = field(default_factory=dict)

    def __post_init__(self) -> None:
        departments = load_departments(CONFIG / "departments.toml")
        residents = {
            "res_1": Enrolled(
                "res_1", "p1", Name("Lin Yue", "林月"), (300.0, 300.0), ("presence", "service"), household="hh_1"
            ),
            "res_2": Enrolled("res_2", "p2", Name("Wu Fan", "吴凡"), (300.0, 300.0), ("presence",)),
            "res_3": Enrolled("res_3", "p3", Name("He Xin", "何欣"), (300.0, 300.0), ("presence", "service")),
            "res_4": Enrolled("res_4", "p4", Name("Lin Xiao", "林小"), (300.0, 300.0), (), 2020, "hh_1", "child"),
            "res_5": Enrolled("res_5", "p5", Name("Gu Er", "顾儿"), (300.0, 300.0), (), 2020, "hh_5", "child"),
        }
        self.calendar: Calendar = load_calendar(CONFIG / "calendar.toml", self.city.meta.time_zone)
        roster = load_roster(CONFIG / "people.toml", departments, self.city.meta.time_zone, self.calendar.works)
        self.street, self.around = Street(), Around()
        self.world = HallWorld(self.city, departments, roster, {**residents, **self.people})
        self.desks: tuple[Desk, ...] = hall_desks(
            self.world, HallSettings(self.data, self.config), self.street, self.vault, self.calendar, self.around
        )
        self.steps = Steps(self.desks, all_facts(), lambda failed: False, 2_000)

    @property
    def errands(self) -> ErrandDesk:
        return next(desk for desk in self.desks if isinstance(desk, ErrandDesk))

    @property
    def board(self) -> HallBoardDesk:
        return next(desk for desk in self.desks if isinstance(desk, HallBoardDesk))

    def run(self, record: Any) -> list[Event]:
        self.turn += 1
        entries = self.steps.run(record, Turn(self.turn, self.now_ms, SEED), len(self.events) + 1)
        events = [entry.fact for entry in entries if isinstance(entry.fact, Event)]
        assert not [event for event in events if type(event).__name__ == "DeskFailed"], events
        self.events += events
        for event in events:
            for desk in self.desks:
                if isinstance(desk, Sends):
                    self.sent += desk.outgoing(event)
        return events

    def errand(self, id: str = "E-0001") -> Errand:
        return self.errands.book.state.errands[id]

    def said(self, person: str, *bodies: Body, channel: Any = "", terminal: str = "") -> list[Event]:
        none = np.zeros(0, np.int32)
        lights = LightStates(none, none, np.zeros(0, np.uint8), np.zeros(0, np.int64))
        notices = tuple(
            PersonSaid(
                person=person, body=body, observed_ms=self.now_ms, provenance=1, channel=channel, terminal=terminal
            )
            for body in bodies
        )  # fmt: skip
        return self.run(Batch(self.now_ms, empty_readings(), empty_positions(), lights, notices))

    def ask(self, person: str = "res_1", request: str = "r1", **form: str) -> list[Event]:
        """At the counter, so that somebody has to come."""
        wish = ServiceRequest(service="newborn", request_id=request, form={**FORM, **form}, channel="counter")
        return self.said(person, wish)

    def come(self, person: str = "res_1") -> list[Event]:
        return self.said(person, Presence(place="service_hall", entered=True))

    def tick(self, seconds: float) -> list[Event]:
        self.now_ms += round(seconds * 1000)
        return self.run(Tick(self.now_ms))

    def through(self) -> None:
        for _ in range(12):
            self.tick(60)

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    def answers(self) -> list[Answer]:
        told = (message for message in self.sent if message.topic.startswith("person/"))
        return [msgspec.json.decode(message.payload, type=Answer) for message in told]
