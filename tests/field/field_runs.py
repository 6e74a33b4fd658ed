"""Fields for tests: a small city on the in-process bus, a listener to all it says, and a voice to order it about."""

from __future__ import annotations

from dataclasses import dataclass, replace

from twin.city.catalogue import load_catalogue
from twin.city.model import City
from twin.core.bus import InProcessBroker, InProcessBus, Message
from twin.field.field import Field
from twin.field.hazards.base import Moment
from twin.field.rerun import Gate
from twin.field.settings import Tempo
from twin.field.truth import TruthFact

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
) -> Run:
    """``vehicles=0`` empties the streets, of buses too; only crews then drive."""
    if vehicles == 0:
        city = replace(city, bus_lines=())
    catalogue, broker, truth = load_catalogue(), InProcessBroker(), Facts()
    mine, twin = broker.connect(), broker.connect()
    gate = Gate(mine, truth)
    twin.subscribe(f"{NAMESPACE}/#")
    field = Field(
        city, catalogue.kinds, catalogue.departments, seed, gate, NAMESPACE, START_MS, tempo=tempo, truth=gate,
        residents=residents, vehicles=vehicles, budget_per_city_s=budget_per_city_s,
    )  # fmt: skip
    return Run(field, twin, truth, gate)
