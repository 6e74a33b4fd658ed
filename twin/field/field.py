"""The simulated city: everything that moves, breaks, measures and speaks, advanced in fixed steps."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from twin.city.catalogue import config_directory
from twin.city.kinds import DeviceKind
from twin.city.lives import lives
from twin.city.locate import Locator
from twin.city.model import City
from twin.city.population_settings import load_population
from twin.city.residents import register
from twin.city.units import Department, units_of
from twin.core import codec
from twin.core.bus import Bus, Message
from twin.field import inbound
from twin.field.asking import applicants
from twin.field.crews import Crews
from twin.field.devices import Devices
from twin.field.gateways import Gateways
from twin.field.hazards.all import Hazards
from twin.field.hazards.base import Moment, ground
from twin.field.inbound import Answered, Asked, Closures, Effect, Heard, Lifted, Steered
from twin.field.injects import Injects, Script, staged
from twin.field.keeping import Kept
from twin.field.met import MetService
from twin.field.motorpool import Motorpool
from twin.field.people import People
from twin.field.publish import UNBOUNDED, Bounds, Publisher, Sent
from twin.field.rounds import Rounds
from twin.field.rumours import Rumours
from twin.field.sensing import Sensing
from twin.field.settings import Settings, Tempo, load_settings
from twin.field.sightings import EVERY_S, Sightings
from twin.field.signal_requests import SignalRequests
from twin.field.snapshot import STEP_MS, Snapshot
from twin.field.surface import Surface
from twin.field.tellings import tell_positions
from twin.field.traffic import Traffic
from twin.field.traffic_settings import traffic_settings
from twin.field.truth import Forgetful, TruthSink
from twin.field.v2x import Radios
from twin.field.virtual_life import VirtualLife
from twin.field.weather import Weather, utc_offset_s
from twin.formats.civic import Closure, LightOrder, Order
from twin.formats.service_offer import ServiceOffer
from twin.formats.ssem import Ssem

_SECOND_MS = 1000
_TALLY_MS = 1000.0
_DEFAULT_BUDGET_PER_S = 5000.0


class Field:
    """Advance it, and it reads its bus and publishes. It knows nothing of the twin but what the bus brings.

    ``budget_per_city_s`` bounds messages a second of city time and may be set at any moment (the caller divides the
    wall-clock bound by the pace). ``wall_ms`` gives the wall clock for the tally; without it none is published.
    ``take_effects`` hands over which inbound message took effect before which step. ``step_ms`` divides a second; a
    whole one is for studies of many runs, the traffic a little coarser. ``changed`` makes another field of the settings
    read, and ``bounds`` hold some classes of messages short, for such studies too. ``script``: an exercise's wishes.
    """

    def __init__(
        self,
        city: City,
        kinds: dict[str, DeviceKind],
        departments: dict[str, Department],
        seed: int,
        bus: Bus,
        namespace: str,
        start_ms: int,
        *,
        tempo: Tempo = "demo",
        truth: TruthSink | None = None,
        residents: int = 300,
        vehicles: int | None = None,
        budget_per_city_s: float = _DEFAULT_BUDGET_PER_S,
        wall_ms: Callable[[], float] | None = None,
        config: Path | None = None,
        step_ms: int = STEP_MS,
        changed: Callable[[Settings], Settings] | None = None,
        bounds: Bounds = UNBOUNDED,
        script: Script | None = None,
    ) -> None:
        if step_ms <= 0 or _SECOND_MS % step_ms:
            raise ValueError(f"steps of {step_ms} ms do not make up a second")
        self.step_ms = step_ms
        self.city, self.seed, self.tempo, self.namespace = city, seed, tempo, namespace
        self._make = (kinds, departments, residents, vehicles, config or config_directory() / "field")
        self._changed, self._bounds, self._script = changed, bounds, script
        self._bus, self._truth, self._wall_ms = bus, Forgetful() if truth is None else truth, wall_ms
        self._tallied_ms = 0.0
        self._effects: list[Effect] = []
        self._publisher = Publisher(bus, namespace, budget_per_city_s)
        self._locator = Locator(city)
        self._build(start_ms - start_ms % step_ms)
        inbound.listen(bus, namespace)

    def _build(self, start_ms: int) -> None:
        """Make every part as it is at ``start_ms``."""
        kinds, departments, residents, vehicles, config = self._make
        city, seed, tempo, publisher = self.city, self.seed, self.tempo, self._publisher
        settings = load_settings(config, tempo)
        settings = settings if self._changed is None else self._changed(settings)
        self._settings = settings = staged(self._script, settings)
        self.started_ms = self.now_ms = start_ms
        self._step, self._announced = 0, False
        self._arrived: list[int] = []
        self._closures = Closures(city)
        self._closed: list[int] = []  # edges, as last told to the traffic
        offset_s = utc_offset_s(city.meta.time_zone, city.meta.longitude, start_ms)
        self.weather = Weather(settings.weather, seed, start_ms, tempo, offset_s)
        self.traffic = Traffic(city, seed, traffic_settings(config, vehicles), start_ms)
        stage = ground(city, settings, seed, start_ms, self.traffic, self._truth)
        self.hazards = Hazards(stage)
        self._gateways = Gateways(
            city, settings.devices.gateways, seed, tempo, publisher, self.hazards.platforms.gateways
        )
        self._devices = Devices(city, kinds, settings.devices, seed, tempo, publisher, self._gateways)
        self._sensing = Sensing(self.hazards.floods.ground, self._devices.slots, self.hazards)
        pool = Motorpool(city, self._locator, self.traffic)
        units = units_of(city, departments)
        self._rounds = Rounds(city, units, settings.rounds, seed, self.hazards, pool, publisher)
        self.crews = Crews(city, units, settings.crews, seed, tempo, self.hazards, pool, publisher, self._rounds)
        self._requests = SignalRequests(city, units, self.traffic, publisher)
        living = load_population(config.parent / "population.toml")
        people = (register(city, seed, residents, living), lives(city, seed, residents, living))
        self.people = People(
            city, *people, settings.people, seed, self.traffic, self._locator, publisher,
            Moment(start_ms, 0.0, 1.0, self.weather.at(start_ms)), signed=self._bounds.signed,
        )  # fmt: skip
        self.hazards.meet(self.people)
        self._applicants = applicants(city, self.people, publisher, self.hazards, config, seed, tempo, self._bounds)
        self._virtual = VirtualLife(self.people, settings.places, settings.virtual, seed, tempo)
        self._rumours = Rumours(self.people, self.hazards.crowds, settings.virtual.rumours, seed)
        self._sightings = Sightings(city, self.people, self.traffic, settings.people, seed, tempo, self._truth)
        self._radios = Radios(city, self.traffic, publisher, self._bounds)
        self._met = MetService(self.weather, settings.weather.warnings, tempo, publisher)
        self._surface = Surface(self.traffic, self.hazards.mains)
        script = self._script or Script()
        self._injects = Injects(
            script, stage, self.hazards, self._devices, self._sightings, self._met, self._virtual
        )  # fmt: skip

    @property
    def budget_per_city_s(self) -> float:
        return self._publisher.budget_per_city_s

    @budget_per_city_s.setter
    def budget_per_city_s(self, messages: float) -> None:
        self._publisher.budget_per_city_s = messages

    @property
    def sent(self) -> Sent:
        """What was published and held back so far, by class."""
        return self._publisher.state

    def advance(self, city_ms: int) -> None:
        """Simulate all whole steps up to ``city_ms``; what the bus holds takes effect before the first of them."""
        if city_ms - self.now_ms < self.step_ms and self._announced:
            self._tally()
            return
        if not self._announced:
            self._announced = True
            self._gateways.announce(self.now_ms)
        for message in self._bus.drain():
            self._receive(message)
        while city_ms - self.now_ms >= self.step_ms:
            self._advance_step()
        self._tally()

    def announce(self) -> None:
        """Publish the retained states again: for a process that took up a snapshot on a new connection. Its tally
        begins anew, so that what a killed field sent after its last word is not held against it."""
        self._publisher.begin_tally()
        self._gateways.announce(self.now_ms)
        self._met.announce()

    @property
    def steps(self) -> int:
        """Whole steps since the beginning."""
        return self._step

    def take_effects(self) -> list[Effect]:
        effects, self._effects = self._effects, []
        return effects

    def _advance_step(self) -> None:
        self.now_ms += self.step_ms
        self._step += 1
        self._publisher.allow(self.step_ms / 1000.0)
        self.traffic.step(self.step_ms / 1000.0)
        self._arrived.extend(self.traffic.arrived())
        if self._step % (_SECOND_MS // self.step_ms) == 0:
            self._second()
        self._radios.lights(self.now_ms)
        self._radios.aware(self.now_ms)

    def _second(self) -> None:
        """Everything that is not traffic, once a city second; what matters most speaks first."""
        now = self._moment()
        arrived, self._arrived = frozenset(self._arrived), []
        self._injects.step(now)
        self._close_roads(now)
        self._met.step(now)
        self._surface.step(now)
        self.crews.step(now, arrived)  # before the hazards, which feel this second's work
        self._requests.step(now, self.crews.crews)
        warnings, ended = self.hazards.step(now)
        for warning in warnings:
            self._radios.warn(warning, self.now_ms)
        for past in ended:
            self._sightings.ended(past, self._truth)
        self._applicants.step(now)
        self._virtual.step(now)
        self._rumours.step(now)
        self.people.step(now, arrived)
        if now.since_s % EVERY_S == 0.0:
            self._sightings.step(now, self.hazards.spots())
        self._gateways.follow(self.hazards.platforms.down(), self.now_ms)
        self._gateways.step(self.now_ms, now.since_s)
        self._devices.step(now, self._sensing.sample(now, self.people.in_places()))
        self.crews.show(now)
        tell_positions(self.city, self.people, self._settings.people, self._publisher, now)

    def _moment(self) -> Moment:
        return Moment(self.now_ms, (self.now_ms - self.started_ms) / 1000.0, 1.0, self.weather.at(self.now_ms))

    def _receive(self, message: Message) -> None:
        order = inbound.read(self.namespace, message)
        if order is None:
            return
        self._effects.append(Effect(self._step + 1, message.topic, message.payload))
        match order:
            case Order():
                self.crews.order(order, self._moment())
            case Closure() | Lifted():
                self._closures.hear(order)
            case LightOrder():
                self.traffic.prioritise(order.intersection, order.group, order.until_ms)
            case Ssem():
                self._requests.heard(order)
            case Answered() if order.pseudonym in self.people.index:
                self.people.phones.heed(self.people.index[order.pseudonym], order.answer)
                self._applicants.answer(self.people.index[order.pseudonym], order.answer, self._moment())
                self._virtual.answer(self.people.index[order.pseudonym], order.answer, self._moment())
            case Heard() if order.pseudonym in self.people.index:
                self._rumours.heard(self.people.index[order.pseudonym], order.said, self._moment())
            case Steered() if order.pseudonym in self.people.index:
                self.people.steering.hear(self.people.index[order.pseudonym], order.word, self._moment())
            case ServiceOffer():
                self._applicants.offered(order)
            case Asked() if order.pseudonym in self.people.index:
                self._sightings.asked(self.people.index[order.pseudonym], order.inquiry, self._moment())

    def _close_roads(self, now: Moment) -> None:
        closed = sorted({*self._closures.edges(self.now_ms), *self._injects.closed(now)})
        if closed != self._closed:
            self._closed = closed
            self.traffic.set_closed(closed)

    def _tally(self) -> None:
        if self._wall_ms is None:
            return
        wall_ms = self._wall_ms()
        if wall_ms - self._tallied_ms >= _TALLY_MS:
            self._tallied_ms = wall_ms
            self._publisher.tally(wall_ms)

    # snapshots

    def snapshot(self) -> bytes:
        """Everything, so that a field restored from it goes on identically on the same inputs."""
        parts = {name: part.dump() for name, part in self._parts().items()}
        parts["traffic"] = self.traffic.snapshot()
        return codec.encode(
            Snapshot(
                self.seed, self.tempo, self.city.digest, self.started_ms, self.now_ms, self._step, self._announced,
                parts, self._closures.heard, self._arrived, self._closed, self.step_ms,
            )
        )  # fmt: skip

    def restore(self, data: bytes) -> None:
        """Take up a snapshot of a field with the same city, seed, tempo and step. Raises ValueError for another's."""
        kept = codec.decode(data, Snapshot)
        if (kept.seed, kept.tempo, kept.city) != (self.seed, self.tempo, self.city.digest):
            raise ValueError("a snapshot of another city, seed or tempo")
        if kept.step_ms != self.step_ms:
            raise ValueError(f"a snapshot with steps of {kept.step_ms} ms, where this field takes {self.step_ms} ms")
        self._build(kept.started_ms)
        for name, part in self._parts().items():
            part.load(kept.parts[name])
        self.traffic.restore(kept.parts["traffic"])
        self.now_ms, self._step, self._announced = kept.now_ms, kept.step, kept.announced
        self._closures.heard, self._arrived, self._closed = kept.closures, kept.arrived, kept.closed

    def _parts(self) -> dict[str, Kept]:
        return {
            "hazards": self.hazards,
            "crews": self.crews,
            "people": self.people,
            "steering": self.people.steering,
            "phones": self.people.phones,
            "applicants": self._applicants,
            "virtual": self._virtual,
            "rumours": self._rumours,
            "sightings": self._sightings,
            "devices": self._devices,
            "sensing": self._sensing,
            "gateways": self._gateways,
            "publisher": self._publisher,
            "radios": self._radios,
            "met": self._met,
            "surface": self._surface,
            "rounds": self._rounds,
            "requests": self._requests,
            "injects": self._injects,
        }
