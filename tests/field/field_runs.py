"""Fields for tests: a small city on the in-process bus, a listener to all it says, and a voice to order it about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from twin.city.catalogue import config_directory, load_catalogue
from twin.city.lives import lives
from twin.city.locate import Locator
from twin.city.model import City
from twin.city.residents import register
from twin.core.bus import InProcessBroker, InProcessBus, Message
from twin.field.field import Field
from twin.field.hazards.base import Moment
from twin.field.injects import Script
from twin.field.people import People
from twin.field.publish import UNBOUNDED, Bounds, Publisher
from twin.field.rerun import Gate
from twin.field.settings import Tempo, load_settings
from twin.field.traffic import Traffic
from twin.field.traffic_settings import traffic_settings
from twin.field.truth import TruthFact
from twin.field.weather import Weather, utc_offset_s

START_MS = 1_772_503_200_000  # 2026-03-03, 10:00 in the city
NAMESPACE = "sim/test"


class Facts(list[TruthFact]):
    """A truth log in memory."""

    def note(self, fact: TruthFact) -> None:
        self.append(fact)


@dataclass
class Run:
    field: Field
    twin: InProcessBus
    truth: Facts
    gate: Gate

    def until(self, since_s: float) -> list[Message]:
        """Advance to so many seconds after the start; what was said since the last call."""
        while self.field.now_ms < START_MS + since_s * 1000:
            self.field.advance(min(self.field.now_ms + 1000, START_MS + int(since_s * 1000)))
        return self.twin.drain()

    @property
    def now(self) -> Moment:
        now_ms = self.field.now_ms
        return Moment(now_ms, (now_ms - START_MS) / 1000.0, 1.0, self.field.weather.at(now_ms))


def run(
    city: City,
    seed: int = 7,
    *,
    tempo: Tempo = "demo",
    vehicles: int = 30,
    residents: int = 60,
    budget_per_city_s: float = 250.0,
    start_after_s: float = 0.0,
    script: Script | None = None,
    bounds: Bounds = UNBOUNDED,
) -> Run:
    """``start_after_s`` opens it at another hour; ``vehicles=0`` empties the streets, of buses too."""
    if vehicles == 0:
        city = replace(city, bus_lines=())
    catalogue, broker, truth = load_catalogue(), InProcessBroker(), Facts()
    start_ms = START_MS + round(start_after_s * 1000)
    mine, twin = broker.connect(), broker.connect()
    gate = Gate(mine, truth)
    twin.subscribe(f"{NAMESPACE}/#")
    field = Field(
        city, catalogue.kinds, catalogue.departments, seed, gate, NAMESPACE, start_ms, tempo=tempo, truth=gate,
        residents=residents, vehicles=vehicles, budget_per_city_s=budget_per_city_s, script=script, bounds=bounds,
    )  # fmt: skip
    return Run(field, twin, truth, gate)


def living(
    city: City, *, vehicles: int, residents: int, start_after_s: float, seed: int = 7
) -> tuple[People, Traffic, Callable[[], None]]:
    """Traffic and people alone, which is much quicker, and what moves them on by a second."""
    config, start_ms = config_directory(), START_MS + round(start_after_s * 1000)
    settings, offset_s = load_settings(config / "field", "demo"), utc_offset_s(city.meta.time_zone, 120.0, START_MS)
    weather = Weather(settings.weather, seed, start_ms, "demo", offset_s)
    traffic = Traffic(city, seed, traffic_settings(config / "field", vehicles), start_ms)
    publisher = Publisher(InProcessBroker().connect(), NAMESPACE, 100.0)
    people = People(
        city, register(city, seed, residents), lives(city, seed, residents), settings.people, seed, traffic,
        Locator(city), publisher, Moment(start_ms, 0.0, 1.0, weather.at(start_ms)),
    )  # fmt: skip

    def step() -> None:
        traffic.step(0.5)
        traffic.step(0.5)
        now_ms = traffic.now_ms
        people.step(Moment(now_ms, (now_ms - start_ms) / 1000.0, 1.0, weather.at(now_ms)), frozenset(traffic.arrived()))

    return people, traffic, step
