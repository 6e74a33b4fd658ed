"""Cases and a city written by hand, and the desks of collaboration run as the engine runs them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from services.collaboration.authority import Authority
from services.collaboration.desks import Collaboration, collaboration
from services.collaboration.ports import CaseView, ClosureView, Planned, UnitView
from services.collaboration.roster import Roster, load_roster
from services.collaboration.settings import Settings, load_settings
from services.engine.desk import Tick, Turn
from services.engine.step import Steps
from services.facts.base import Actor, Command, CommandRefused, Event
from services.facts.governance import CaseClosed, CaseFedBack, CaseFiled
from services.facts.registry import all_facts
from twin.city.units import Department, load_departments
from twin.core.text import Name, Text
from twin.core.views import Section, Table

CONFIG = Path(__file__).resolve().parents[2] / "config"
ZONE = ZoneInfo("Asia/Shanghai")
MINUTE_MS = 60_000

CHIEF = Actor("person", "p-001", "duty_chief")
ACCEPTOR = Actor("person", "p-003", "acceptor")
DISPATCHER = Actor("person", "p-005", "dispatcher")
NIGHT_DISPATCHER = Actor("person", "p-006", "dispatcher")
WATER = Actor("person", "p-007", "handler")
WATER_HEAD = Actor("person", "p-042", "department_head")
POLICE = Actor("person", "p-009", "handler")
FIRE = Actor("person", "p-008", "handler")
GULOU = Actor("person", "p-070", "subdistrict_head")
XIMEN = Actor("person", "p-071", "subdistrict_head")
RULE = Actor("rule", "scene/fire@1/file", "acceptor", "p-003")

E = TypeVar("E", bound=Event)


def at(day: int, hour: int, minute: int = 0) -> int:
    """November 2026; the 23rd is a Monday."""
    return round(datetime(2026, 11, day, hour, minute, tzinfo=ZONE).timestamp() * 1000)


@cache
def department_config() -> dict[str, Department]:
    return load_departments(CONFIG / "departments.toml")


@cache
def roster_config() -> Roster:
    return load_roster(CONFIG / "people.toml", department_config(), "Asia/Shanghai")


@cache
def settings_config() -> Settings:
    return load_settings(CONFIG / "collaboration.toml")


def a_case(id: str = "C-0001", severity: int = 3, **more: Any) -> CaseView:
    given: dict[str, Any] = {
        "id": id, "scene": "fire", "title": Name("Fire", "火灾"), "where": Name("Bell Street", "钟楼街"),
        "severity": severity, "state": Text("handling"), "lead": "fire_rescue", "support": ("health",),
        "department": "fire_rescue", "owner": "p-008", "area": "gulou", "opened_ms": at(23, 9),
        "due_ms": at(23, 18), "rule": "scene/fire@1",
    }  # fmt: skip
    return CaseView(**(given | more))


@dataclass
class FakeCases:
    """Says what the test tells it to."""

    views: dict[str, CaseView] = field(default_factory=dict)
    plans: tuple[Planned, ...] = ()
    clocks: set[tuple[str, str]] = field(default_factory=set)

    def put(self, view: CaseView) -> None:
        self.views[view.id] = view

    def change(self, id: str, **fields: Any) -> None:
        self.views[id] = msgspec.structs.replace(self.views[id], **fields)

    def view(self, case: str) -> CaseView | None:
        return self.views.get(case)

    def open(self) -> Iterable[CaseView]:
        return [view for view in self.views.values() if not view.ended]

    def running(self, case: str, clock: str) -> bool:
        return (case, clock) in self.clocks

    def planned(self, case: str) -> tuple[Planned, ...]:
        return self.plans

    def evidence(self, case: str) -> tuple[Section, ...]:
        return (Table(title=Text("Evidence"), columns=(Text("Signal"),), rows=(("smoke",),)),)


@dataclass
class FakeCity:
    closed: tuple[ClosureView, ...] = ()
    quiet: tuple[str, ...] = ()

    def units(self, department: str) -> tuple[UnitView, ...]:
        if department != "water":
            return ()
        return (
            UnitView(id="pump_truck_1", name=Name("Pump truck 1", "抽水车1号"), state=Text("ready"), free=True),
            UnitView(id="pump_truck_2", name=Name("Pump truck 2", "抽水车2号"), state=Text("at work"), free=False),
        )

    def closures(self) -> tuple[ClosureView, ...]:
        return self.closed

    def silent(self) -> tuple[str, ...]:
        return self.quiet


class Working:
    """One case, C-0001, is open. ``run`` takes one record through all desks."""

    def __init__(self, now_ms: int = 0, settings: Settings | None = None) -> None:
        self.cases, self.city = FakeCases(), FakeCity()
        self.cases.put(a_case())
        self.now_ms = now_ms or at(23, 10)
        self.settings = settings or settings_config()
        self.roster, self.departments = roster_config(), department_config()
        self.events: list[Event] = []
        self.turn = self.ids = self.sequence = 0
        self.parts = self.fresh()

    def fresh(self) -> Collaboration:
        """The desks as they are after a start, around the same world."""
        authority = Authority(self.roster)
        parts = collaboration(self.cases, self.city, self.departments, authority, self.settings)
        self.steps = Steps(parts.desks, all_facts(), lambda failed: False, 1000)
        return parts

    def restart(self) -> None:
        """Everything from the snapshots alone."""
        kept = self.snapshots()
        self.parts = self.fresh()
        for desk in self.parts.desks:
            desk.restore(kept[desk.name])
        assert self.snapshots() == kept

    def snapshots(self) -> dict[str, bytes]:
        return {desk.name: desk.snapshot() for desk in self.parts.desks}

    def run(self, fact: Any) -> list[Event]:
        self.turn += 1
        turn = Turn(self.turn, self.now_ms, 7)
        if isinstance(fact, Event):
            entries = self.steps.begin_with(fact, turn, self.sequence + 1)
        else:
            entries = self.steps.run(fact, turn, self.sequence + 1)
        self.sequence += len(entries)
        events = [entry.fact for entry in entries if isinstance(entry.fact, Event)]
        assert not [event for event in events if type(event).__name__ == "DeskFailed"], events
        self.events += events
        return events

    def give(self, kind: type[Command], actor: Actor, /, **fields: Any) -> list[Event]:
        self.ids += 1
        return self.run(kind(id=f"c{self.ids}", actor=actor, **fields))

    def refusal(self, kind: type[Command], actor: Actor, /, **fields: Any) -> str:
        """The message id of the refusal; the command must have led to nothing else."""
        (event,) = self.give(kind, actor, **fields)
        assert isinstance(event, CommandRefused) and event.why is not None, event
        return event.why.msgid

    def tick(self, minutes: float = 1.0) -> list[Event]:
        self.now_ms += round(minutes * MINUTE_MS)
        return self.run(Tick(self.now_ms))

    def file(self, case: str = "C-0001") -> list[Event]:
        return self.run(CaseFiled(actor=RULE, case=case, by="p-003"))

    def feed_back(self, case: str = "C-0001") -> list[Event]:
        return self.run(CaseFedBack(actor=RULE, case=case))

    def close(self, case: str = "C-0001") -> list[Event]:
        self.cases.change(case, ended=True)
        return self.run(CaseClosed(actor=RULE, case=case, outcome="verified"))

    def of(self, kind: type[E], events: Iterable[Event] | None = None) -> list[E]:
        return [event for event in (self.events if events is None else events) if isinstance(event, kind)]
