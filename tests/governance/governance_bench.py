"""A belief written by hand, and desks run as the engine runs them, for the tests of governance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from services.collaboration.roster import Roster, load_roster
from services.engine.desk import Desk, Sends, Tick, Turn
from services.engine.step import Steps
from services.facts.base import Actor, Command, Event
from services.facts.duty import DutyLogged
from services.facts.governance import CheckOrdered, UnitDispatched
from services.facts.records import Outgoing
from services.facts.registry import all_facts
from services.governance.case import Case
from services.governance.cases import CaseDesk
from services.governance.desks import Governance, governance_desks
from services.governance.views import BoardDesk
from twin.city.kinds import DeviceKind, load_kinds
from twin.city.model import City
from twin.city.residents import Resident
from twin.city.units import Department, Unit, load_departments, units_of
from twin.core.columns import empty_positions, empty_readings
from twin.core.text import Text
from twin.formats.civic import Report
from twin.state.batch import Batch, LightStates, Notice, UnitSaid
from twin.state.beliefs import DeviceBelief, MoverBelief
from twin.state.conditions import Calm, Crossing, Evidence
from twin.state.heard import Heard, nobody

CONFIG = Path(__file__).resolve().parents[2] / "config"
START_MS = 1795312800000  # 10:00 in the city
CHIEF = Actor("person", "p-001", "duty_chief")
NIGHT_CHIEF = Actor("person", "p-002", "duty_chief")
DISPATCHER = Actor("person", "p-005", "dispatcher")

E = TypeVar("E", bound=Event)
CalmState = Literal["calm", "holding", "not_calm", "undecided"]


@dataclass
class FakeSenses:
    """Says what the test tells it to."""

    city: City
    crossings: tuple[Crossing, ...] = ()
    verdicts: dict[str, CalmState] = field(default_factory=dict)  # by condition
    closed: tuple[int, ...] = ()
    slow: Mapping[int, float] = field(default_factory=dict)
    resting: tuple[str, ...] = ()
    present: Heard = field(default_factory=nobody)

    def calm(self, condition_id: str, subject: str, hold_s: float, now_ms: int) -> Calm:
        state = self.verdicts.get(condition_id, "not_calm")
        reading = Evidence(
            device=subject, quantity="level", value=0.02, unit="m", observed_ms=now_ms, freshness=0, doubt=0,
            provenance=1,
        )  # fmt: skip
        return Calm(state=state, reason=Text("as told"), readings=(reading,))

    def edge_times(self) -> NDArray[np.float64]:
        roads = self.city.roads
        times = np.asarray(roads.length_m / roads.speed_mps, np.float64)
        for edge, seconds in self.slow.items():
            times[edge] = seconds
        times[list(self.closed)] = np.inf
        return times

    def heard(self) -> Heard:
        return self.present

    def trip_times(self) -> NDArray[np.float64]:
        return self.edge_times()

    def unit_position(self, unit: str) -> MoverBelief | None:
        return None

    def device(self, id: str) -> DeviceBelief:
        return DeviceBelief(
            device=id, kind="", freshness=0, readings=(), battery_percent=None, gateway="", gateway_silent=False,
            skewed_ms=0, conditions=(),
        )  # fmt: skip

    def rest(self, scenes: Iterable[str]) -> None:
        self.resting = tuple(scenes)

    def silent(self) -> tuple[str, ...]:
        return ()

    def set_closed(self, edges: Iterable[int]) -> None:
        self.closed = tuple(sorted(edges))


@dataclass(frozen=True)
class BenchWorld:
    city: City
    kinds: Mapping[str, DeviceKind]
    departments: Mapping[str, Department]
    units: Mapping[str, Unit]
    roster: Roster
    residents: Mapping[str, Resident] = field(default_factory=dict)


def world_of(city: City) -> BenchWorld:
    departments = load_departments(CONFIG / "departments.toml")
    return BenchWorld(
        city,
        load_kinds(CONFIG / "device_kinds.toml"),
        departments,
        {unit.id: unit for unit in units_of(city, departments)},
        load_roster(CONFIG / "people.toml", departments, city.meta.time_zone),
    )


class Bench:
    """Runs the desks over records, as the engine does, and keeps every event and every message to send."""

    def __init__(self, city: City, governance: Governance | None = None) -> None:
        self.city = city
        self.world = world_of(city)
        self.governance = governance or governance_desks(self.world, CONFIG)
        self.senses = FakeSenses(city)
        self.desks: tuple[Desk, ...] = self.governance.desks(self.senses)
        self.steps = Steps(self.desks, all_facts(), lambda failed: False, 2000)
        self.events: list[Event] = []
        self.times: list[Turn] = []
        self.sent: list[Outgoing] = []
        self.now_ms = START_MS
        self.turn = 0
        self.reports = 0
        self.tick(0.0)  # scenes with a time of their own come to rest
        self.events.clear()
        self.times.clear()

    def desk(self, kind: type[Any]) -> Any:
        return next(desk for desk in self.desks if isinstance(desk, kind))

    @property
    def cases(self) -> CaseDesk:
        found: CaseDesk = self.desk(CaseDesk)
        return found

    @property
    def board(self) -> BoardDesk:
        found: BoardDesk = self.desk(BoardDesk)
        return found

    def case(self, id: str = "C-0001") -> Case:
        found = self.cases.get(id)
        assert found is not None
        return found

    def run(self, record: Any) -> list[Event]:
        self.turn += 1
        turn = Turn(self.turn, self.now_ms, 7)
        entries = self.steps.run(record, turn, len(self.events) + 1)
        self.times += [turn] * len(entries)
        events = [entry.fact for entry in entries if isinstance(entry.fact, Event)]
        assert not [event for event in events if type(event).__name__ == "DeskFailed"], events
        self.events += events
        for event in events:
            for desk in self.desks:
                if isinstance(desk, Sends):
                    self.sent += desk.outgoing(event)
        return [event for event in events if not isinstance(event, DutyLogged)]  # the duty log only repeats

    def notice(self, *crossings: Crossing) -> list[Event]:
        self.senses.crossings = crossings
        events = self.tick(1.0)
        self.senses.crossings = ()
        return events

    def tick(self, seconds: float = 1.0) -> list[Event]:
        self.now_ms += round(seconds * 1000)
        return self.run(Tick(self.now_ms))

    def batch(self, *notices: Notice) -> list[Event]:
        none = np.zeros(0, np.int32)
        lights = LightStates(none, none, np.zeros(0, np.uint8), np.zeros(0, np.int64))
        return self.run(Batch(self.now_ms, empty_readings(), empty_positions(), lights, notices))

    def report(self, state: Any, *, order: str = "", unit: str = "", finding: Any = "") -> list[Event]:
        """The unit under the latest order, or another, says something."""
        under = self.of(self.events, ORDERS)[-1]
        return self.batch(self.said(unit or under.unit, state, order or under.order, finding))

    def said(self, unit: str, state: Any, order: str, finding: Any = "") -> UnitSaid:
        self.reports += 1
        report = Report(
            report_id=f"r{self.reports}", unit=unit, state=state, time_ms=self.now_ms, latitude=31.0,
            longitude=117.0, order_id=order, finding=finding,
        )  # fmt: skip
        return UnitSaid(report=report, x_m=0.0, y_m=0.0, provenance=1)

    def command(self, command: Command) -> list[Event]:
        return self.run(command)

    @staticmethod
    def of(events: Sequence[Event], kinds: tuple[type[Any], ...]) -> list[Any]:
        return [event for event in events if isinstance(event, kinds)]

    def last(self, kind: type[E]) -> E:
        return [event for event in self.events if isinstance(event, kind)][-1]

    def snapshots(self) -> dict[str, bytes]:
        return {desk.name: desk.snapshot() for desk in self.desks}


def crossing(
    condition: str,
    subject: str,
    x_m: float,
    y_m: float,
    *,
    value: float | None = 0.2,
    raised: bool = True,
    edge: int = -1,
) -> Crossing:
    return Crossing(
        condition=condition, subject=subject, raised=raised, city_ms=START_MS, observed_ms=START_MS - 500, x_m=x_m,
        y_m=y_m, value=value, source=subject, provenance=1, edge=edge,
    )  # fmt: skip


def flood(value: float = 0.2) -> Crossing:
    return crossing("flooded_underpass/level", "d01", 400.0, 300.0, value=value)


ORDERS = (UnitDispatched, CheckOrdered)
