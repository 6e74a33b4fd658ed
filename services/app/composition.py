"""The twin put together: city, configuration, belief, desks, stores and engine. The one place that knows them all.

``open_twin`` serves the server's process; ``build`` makes the same twin around other stores, for replay, for runs on
the in-process bus and for tests.
"""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from services.app.hall_closures import IncidentClosures
from services.app.opening import open_warm, opening_desk
from services.app.recorded import identity, past_of
from services.app.settings import Settings, wall_now_ms
from services.app.stalled import StalledErrands
from services.app.virtual import VirtualParts, virtual_cities
from services.collaboration.authority import Authority
from services.collaboration.roster import Roster, load_roster
from services.engine.clock import ClockDesk
from services.engine.desk import Desk
from services.engine.done import Position
from services.engine.engine import Engine
from services.engine.house import HouseDesk
from services.engine.ports import Journal, Outbox, Recorder
from services.engine.recover import recover
from services.exercise.colleagues import Colleagues
from services.exercise.drill import DrillDesk
from services.exercise.scenario import Scenario, load_scenario
from services.exercise.seat import seat_commands, with_trainee
from services.exercise.settings import Settings as ColleagueSettings
from services.exercise.settings import load_colleagues
from services.exercise.staff import staff_of
from services.facts.base import Event
from services.facts.engine import ReloadConfig
from services.facts.registry import Registry, all_facts
from services.governance.automation import AutomationDesk
from services.governance.calendar import load_calendar
from services.governance.desks import Governance, governance_desks
from services.governance.incidents import IncidentDesk
from services.hall.desks import hall_desks
from services.hall.errands import ErrandDesk
from services.hall.hall_settings import load_hall
from services.hall.posture import looks_of
from services.storage.stores import Stores
from services.storage.vault import Vault
from twin.city.kinds import DeviceKind, load_kinds
from twin.city.load import load
from twin.city.locate import Locator
from twin.city.model import City
from twin.city.population_settings import load_population
from twin.city.residents import Resident, register
from twin.city.units import Department, Unit, load_departments, units_of
from twin.city.virtual import VirtualPlace, load_virtual
from twin.core.bus import Message
from twin.core.errors import ConfigError
from twin.core.text import Name
from twin.core.views import DepartmentView
from twin.formats.feeds import Feed, load_feeds
from twin.state.batch import Batch
from twin.state.deadletters import DeadLetters
from twin.state.pictures import Pictures
from twin.state.senses import Senses
from twin.state.sources import Source

log = logging.getLogger("civitwin.composition")


@dataclass(frozen=True)
class World:
    """What never changes while the twin runs: read once, shared by all."""

    city: City
    kinds: Mapping[str, DeviceKind]
    departments: Mapping[str, Department]
    units: Mapping[str, Unit]
    roster: Roster
    residents: Mapping[str, Resident]
    feeds: tuple[Feed, ...]
    sources: tuple[Source, ...]
    tempo: str
    locator: Locator
    scenario: Scenario | None = None
    virtual: Mapping[str, VirtualPlace] = field(default_factory=dict)

    @property
    def source_names(self) -> tuple[tuple[str, int], ...]:
        """(name, provenance) of every source, in order."""
        return tuple((source.name, int(source.provenance)) for source in self.sources)

    @cached_property
    def department_names(self) -> dict[str, Name]:
        return {department.id: department.name for department in self.departments.values()}

    @cached_property
    def views(self) -> tuple[DepartmentView, ...]:
        return tuple(DepartmentView(d.id, d.name, d.colour) for d in self.departments.values())


def read_world(settings: Settings, unchanged: World | None = None) -> World:
    """Read and check city and configuration; where a running world is given, what of it outlasts a reload is taken from
    there. Raises :class:`ConfigError` naming file and key."""
    config = settings.config_dir
    scenario = load_scenario(config, settings.exercise) if settings.exercise else None
    departments = load_departments(config / "departments.toml")
    if unchanged is not None:
        return replace(
            unchanged, departments=departments,
            units={unit.id: unit for unit in units_of(unchanged.city, departments)},
            roster=_roster(config, departments, unchanged.city.meta.time_zone, scenario),
            virtual=load_virtual(config / "virtual", virtual_cities(), unchanged.city),
        )  # fmt: skip
    city = load(settings.city_dir)
    living = load_population(config / "population.toml")
    residents = register(city, settings.seed, settings.residents, living) if settings.simulation is not None else ()
    feeds = load_feeds(settings.feeds_dir)
    sources = tuple(Source.of_feed(feed) for feed in feeds)
    if settings.simulation is not None:
        sources = (Source(name="field", namespace=settings.namespace, provenance=settings.provenance), *sources)
    return World(
        city, load_kinds(config / "device_kinds.toml"), departments,
        {unit.id: unit for unit in units_of(city, departments)},
        _roster(config, departments, city.meta.time_zone, scenario),
        {resident.id: resident for resident in residents}, feeds, sources, settings.tempo, Locator(city),
        scenario, load_virtual(config / "virtual", virtual_cities(), city),
    )  # fmt: skip


def _roster(
    config: Path, departments: Mapping[str, Department], time_zone: str, scenario: Scenario | None
) -> Roster:  # fmt: skip
    """Shifts by the calendar of working days; in an exercise with the trainee."""
    calendar = load_calendar(config / "calendar.toml", time_zone)
    roster = load_roster(config / "people.toml", tuple(departments), time_zone, calendar.works)
    return roster if scenario is None else Roster(with_trainee(roster.people, scenario), time_zone, calendar.works)


@dataclass
class Twin:
    """A running twin. Reads of its parts are free; change comes through ``engine`` alone."""

    world: World
    senses: Senses
    engine: Engine
    desks: tuple[Desk, ...]
    clock: ClockDesk
    house: HouseDesk
    pictures: Pictures
    facts: Registry
    colleagues: Colleagues

    def becomes(self, other: Twin) -> None:
        """Take over another one's parts, whose state the engine has taken up already."""
        self.world, self.senses, self.desks = other.world, other.senses, other.desks
        self.clock, self.house, self.pictures = other.clock, other.house, other.pictures
        self.colleagues = other.colleagues

    def take_seats(self, city_ms: int, *, colleague: bool = False) -> list[Event]:
        """In an exercise, once: who fills the trainee's posts is said."""
        scenario = self.world.scenario
        if scenario is None:
            return []
        automation = next(desk for desk in self.desks if isinstance(desk, AutomationDesk))
        said = tuple(seat_commands(scenario, automation, self.world.roster, city_ms, colleague=colleague))
        return [event for command in said for event in self.engine.command(command).events]

    @cached_property
    def rain_slots(self) -> NDArray[np.int64]:
        """Sensor slots of the rain gauges."""
        of_rain = [i for i, device in enumerate(self.world.city.devices) if device.kind == "rain_gauge"]
        return self.senses.sensors.first_slot[of_rain].astype(np.int64)


@dataclass(frozen=True)
class Ports:
    """What a twin writes to and how personal data are sealed."""

    journal: Journal
    recorder: Recorder
    outbox: Outbox
    vault: Vault


@dataclass(frozen=True)
class Changes:
    """What a study changes of the configuration as it was read: how the city is governed, and how its staff works."""

    governance: Callable[[Governance], Governance] = lambda governance: governance
    colleagues: Callable[[ColleagueSettings], ColleagueSettings] = lambda settings: settings


UNCHANGED = Changes()


class _WallStamped(Senses):
    """Belief that also measures latency: wall time is handed in beside the city time of a batch."""

    def take(self, messages: Sequence[Message], received_ms: int, wall_ms: float | None = None) -> Batch:
        return super().take(messages, received_ms, time.time() * 1000.0 if wall_ms is None else wall_ms)


def build(
    world: World,
    settings: Settings,
    ports: Ports,
    resume: Callable[[Senses, Sequence[Desk], Registry], Position] | None = None,
    *, measured: bool = False, changes: Changes = UNCHANGED, verified: bool = True,
) -> Twin:  # fmt: skip
    """Wire senses, desks and engine. ``resume`` may restore senses and desks and say where to go on; ``measured``
    compares publishers' wall stamps with the wall clock; phones' signatures are checked where ``verified``."""
    facts = all_facts()
    clock, house = ClockDesk(settings.pace), HouseDesk(world.residents)
    departments = {department: index for index, department in enumerate(world.departments)}
    governance = changes.governance(governance_desks(world, settings.config_dir, settings.past))
    senses = (_WallStamped if measured else Senses)(
        world.city, world.kinds, governance.conditions, world.sources, tuple(world.residents.values()),
        units={unit.id: departments[unit.department] for unit in world.units.values()}, locator=world.locator,
        verified=verified, platforms=[place.gateway for place in world.virtual.values()],
    )  # fmt: skip
    looks = looks_of(world.residents.values(), settings.start_ms)
    closures = IncidentClosures(world.city, load_hall(settings.config_dir / "hall.toml"))
    hall = hall_desks(world, settings, senses, ports.vault, governance.calendar, closures)
    opening = opening_desk(world, settings, hall, senses, ports.vault, governance.calendar)
    stalled = StalledErrands(world.city, next(desk.book for desk in hall if isinstance(desk, ErrandDesk)))
    virtual = VirtualParts(world, settings, ports.vault, hall)
    governing = governance.desks(senses, stalled, world.locator, virtual.desk)
    virtual.heed(governing)
    closures.heed(next(desk for desk in governing if isinstance(desk, IncidentDesk)))
    manners, exercise = changes.colleagues(load_colleagues(settings.config_dir / "colleagues.toml")), world.scenario
    if exercise is not None:
        manners = msgspec.structs.replace(manners, leave_alone_s=exercise.leave_alone_s)
    staff = staff_of(
        (*governing, *hall, *virtual.desks), world.roster, manners, senses, settings.seed, filled=settings.colleagues
    )
    drill = () if exercise is None else (DrillDesk(exercise, Authority(world.roster)),)
    desks: tuple[Desk, ...] = (house, clock, *governing, *hall, opening, *virtual.desks, staff.memory, *drill)
    position = resume(senses, desks, facts) if resume is not None else None
    engine = Engine(
        senses, desks, settings.seed, ports.journal, ports.recorder, ports.outbox, facts=facts, position=position
    )  # fmt: skip
    return Twin(world, senses, engine, desks, clock, house, Pictures(senses, looks=looks), facts, staff.colleagues)


@dataclass
class Serving:
    """A twin with its data directory."""

    twin: Twin
    stores: Stores
    letters: DeadLetters
    settings: Settings
    down_wall_ms: int  # wall time since the last commit before this start; 0 for a new city
    reloaded: str  # digest of the configuration where it is another one than before; else empty
    fault: str = ""  # what is wrong with the configuration's files, where the one before stays in force

    def begin(self, city_ms: int) -> tuple[Event, ...]:
        """The first turns, after which everything acknowledged before is known again."""
        events = [event for done in self.twin.engine.begin(city_ms) for event in done.events]
        if self.reloaded:
            reload = ReloadConfig(id=f"config/{self.twin.engine.turn + 1}", hash=self.reloaded)
            events.extend(self.twin.engine.command(reload).events)
        events.extend(open_warm(self.twin.engine, self.settings))
        events.extend(self.twin.take_seats(city_ms))
        return tuple(events)

    def close(self) -> None:
        self.letters.close()
        self.stores.close()


def open_twin(settings: Settings) -> Serving:
    """The twin of a data directory, recovered to the last turn that took effect. Call ``begin`` next."""
    with tempfile.TemporaryDirectory(prefix="civitwin-past-") as folder:
        past = past_of(settings, Path(folder))
        started = msgspec.structs.replace(settings, past=past.folders)
        try:
            return _open_twin(started, past.reloaded)
        except ConfigError as fault:
            if past.force is None:
                raise
            log.error("%s; going on with the configuration that was in force", fault)
            earlier = tuple(place for place in past.folders if place != past.force)
            serving = _open_twin(msgspec.structs.replace(settings, config_dir=past.force, past=earlier), "")
            serving.fault = str(fault)
            return serving


def _open_twin(settings: Settings, reloaded: str) -> Serving:
    world = read_world(settings)
    identities = {resident.pseudonym: resident.id for resident in world.residents.values()}
    stores = Stores(
        settings.data,
        identify=lambda objects: identity(objects, settings),
        wall_ms=wall_now_ms,
        register=identities,
    )
    ports = Ports(stores.journal, stores.recorder, stores.outbox, stores.vault)
    last = stores.archive.last_wall_ms()

    def resume(senses: Senses, desks: Sequence[Desk], facts: Registry) -> Position:
        return recover(senses, desks, stores.archive, facts, settings.seed)

    try:
        twin = build(world, settings, ports, resume, measured=True)
    except ConfigError:
        stores.close()
        raise
    letters = DeadLetters(settings.data / "deadletters.db")
    return Serving(twin, stores, letters, settings, max(0, wall_now_ms() - last) if last else 0, reloaded)
