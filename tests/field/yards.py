"""Hazards alone in a city, under a sky made to order."""

from __future__ import annotations

from pathlib import Path

from twin.city.catalogue import config_directory
from twin.city.model import City
from twin.field.hazards.all import Hazards
from twin.field.hazards.base import Ended, Ground, Hazard, Moment, Spot, VehicleWarning, ground
from twin.field.settings import load_settings
from twin.field.traffic import Traffic
from twin.field.traffic_settings import traffic_settings
from twin.field.truth import TruthFact
from twin.field.weather import Sky

START_MS = 1_772_503_200_000


class Yard:
    """Hazards alone, under a sky made to order."""

    def __init__(self, city: City, vehicles: int = 0) -> None:
        config: Path = config_directory() / "field"
        self.settings = load_settings(config, "demo")
        self.traffic = Traffic(city, 3, traffic_settings(config, vehicles), START_MS, populate=vehicles > 0)
        self.truth: list[TruthFact] = []
        self.ground: Ground = ground(city, self.settings, 3, START_MS, self.traffic, self)
        self.hazards = Hazards(self.ground)
        self.driven = vehicles > 0
        self.second = 0
        self.rain_mm_h = 0.0
        self.hour = 10.0  # of the day, at the beginning
        self.ended: list[Ended] = []
        self.heard: list[VehicleWarning] = []
        for hazard in self.hazards.all:  # nothing begins by the calendar unless a test says so
            if hasattr(hazard.state, "next_s"):
                hazard.state.next_s = 1e18

    def note(self, fact: TruthFact) -> None:
        self.truth.append(fact)

    @property
    def now(self) -> Moment:
        sky = Sky(self.rain_mm_h, 20.0, 3.0, 0.4, 1.0, (self.hour * 3600.0 + self.second) % 86_400.0, 1)
        return Moment(START_MS + 1000 * self.second, float(self.second), 1.0, sky)

    def begin(self, hazard: Hazard) -> Spot:
        """Let the next one of a kind begin now."""
        hazard.state.next_s = 0.0  # type: ignore[attr-defined]  # scheduled kinds have it
        self.run(1)
        hazard.state.next_s = 1e18  # type: ignore[attr-defined]
        return hazard.spots()[0]

    def run(self, seconds: int, hazard: Hazard | None = None, site: str = "", task: str = "") -> None:
        """Let time pass; with a hazard, a crew works on it all the time."""
        for _ in range(seconds):
            self.second += 1
            if hazard is not None:
                hazard.labour(site, task, self.now)
            heard, ended = self.hazards.step(self.now)
            self.heard.extend(heard)
            self.ended.extend(ended)
            if self.driven:
                self.traffic.step(1.0)
