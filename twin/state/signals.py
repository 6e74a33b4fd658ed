"""All conditions together: what crossed, what holds, and whether a closing test may call a signal calm."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from twin.city.model import City
from twin.core.words import Freshness
from twin.formats.civic import PersonReport, Presence
from twin.state.batch import DenmHeard, FindingHeard, Notice, PersonSaid, WarningHeard
from twin.state.braking import Braking
from twin.state.conditions import (
    BrakingCondition,
    Condition,
    CountCondition,
    Crossing,
    CrowdCondition,
    DenmCondition,
    PatrolCondition,
    ReportCondition,
    SensorCondition,
    SilenceCondition,
    SlowCondition,
    StoppedCondition,
    WarningCondition,
)
from twin.state.congestion import Congestion
from twin.state.counting import Counting
from twin.state.crowds import Crowds
from twin.state.ground import Ground
from twin.state.movers import MoverTable
from twin.state.reports import Reports
from twin.state.sensors import SensorTable
from twin.state.silence import Silences
from twin.state.speeds import EdgeSpeeds
from twin.state.standing import Standing
from twin.state.thresholds import Thresholds
from twin.state.warnings import WarningBook
from twin.state.weather import WeatherBook

C = TypeVar("C")
_PARTS: Final = (
    "thresholds", "silences", "warnings", "standing", "braking", "reports", "weather", "congestion", "crowds",
    "counting",
)  # fmt: skip


class Signals:
    """Signal memory: one compiled part a kind of condition. ``of`` finds a condition by id; ``quiet`` are the scenes
    that rest, whose conditions neither raise nor clear."""

    def __init__(
        self,
        city: City,
        sensors: SensorTable,
        movers: MoverTable,
        speeds: EdgeSpeeds,
        conditions: Sequence[Condition],
    ) -> None:
        self.of = {condition.id: condition for condition in conditions}
        if len(self.of) != len(conditions):
            raise ValueError("two conditions share an id")

        def those(kind: type[C]) -> list[C]:
            return [condition for condition in conditions if isinstance(condition, kind)]

        ground = Ground(city, conditions)
        self._places = frozenset(
            place.id for place in city.places
        )  # one who is in a virtual place stays where they are
        self.thresholds = Thresholds(city, sensors, those(SensorCondition), ground)
        self.silences = Silences(city, sensors, those(SilenceCondition), ground)
        self.warnings = WarningBook(those(DenmCondition), ground)
        self.standing = Standing(city, movers, those(StoppedCondition), ground)
        self.braking = Braking(city, movers, those(BrakingCondition), ground)
        self.reports = Reports(city.frame, those(ReportCondition), those(PatrolCondition), ground)
        self.weather = WeatherBook(city, those(WarningCondition))
        self.congestion = Congestion(city, speeds, movers, those(SlowCondition), ground)
        self.crowds = Crowds(city, sensors, movers, those(CrowdCondition), ground)
        self.counting = Counting(those(CountCondition))
        self.quiet: frozenset[str] = frozenset()

    def hear(self, notices: Sequence[Notice], now_ms: int) -> list[Crossing]:
        """What warnings, reports and findings raise and clear."""
        crossings: list[Crossing] = []
        for notice in notices:
            match notice:
                case DenmHeard():
                    crossings += self.warnings.apply(notice, now_ms)
                case FindingHeard():
                    crossings += self.reports.found(notice, now_ms)
                case WarningHeard():
                    crossings += self.weather.apply(notice, now_ms)
                case PersonSaid(body=PersonReport() as report):
                    crossings += self.reports.reported(notice, report, now_ms)
                case PersonSaid(body=Presence() as presence) if presence.place in self._places:
                    self.crowds.hear(notice.person, presence.place, presence.entered)
                case _:
                    pass
        return crossings

    def advance(self, now_ms: int, freshness: NDArray[np.uint8]) -> list[Crossing]:
        """What time alone decides."""
        self.counting.advance(now_ms)
        return [
            *self.thresholds.advance(now_ms, freshness == Freshness.FRESH),
            *self.silences.advance(now_ms, freshness),
            *self.warnings.advance(now_ms),
            *self.weather.advance(now_ms),
            *self.standing.advance(now_ms),
            *self.braking.advance(now_ms),
            *self.congestion.advance(now_ms),
            *self.crowds.advance(now_ms, freshness),
            *self.reports.advance(now_ms),
        ]

    def settled(self, crossings: Sequence[Crossing], now_ms: int) -> tuple[Crossing, ...]:
        """The crossings of a turn without those of scenes at rest, and with what they make others count."""
        heard = [crossing for crossing in crossings if not self.rests(crossing.condition)] if self.quiet else crossings
        counted = self.counting.hear(heard, now_ms)
        return (*heard, *(crossing for crossing in counted if not self.rests(crossing.condition)))

    def rests(self, condition: str) -> bool:
        return condition.partition("/")[0] in self.quiet

    def rest(self, scenes: Iterable[str]) -> None:
        """These scenes rest from now on, and no others: what held of them is forgotten, dwell begins anew after."""
        self.quiet = frozenset(scenes)
        for part in (self.thresholds, self.silences, self.congestion.dwell, self.crowds.dwell):
            part.rest(self.quiet)
        self.counting.forget(self.quiet)

    def shift(self, gap_ms: int) -> None:
        """The twin was down for so long: it counts for no dwell."""
        for part in (
            self.thresholds, self.silences, self.standing, self.braking, self.congestion.dwell, self.crowds.dwell,
        ):  # fmt: skip
            part.shift(gap_ms)

    def holding(self, device: str) -> tuple[str, ...]:
        """Ids of the sensor and silence conditions that hold of a device."""
        parts = (self.thresholds, self.silences)
        return tuple(condition for part in parts for condition in part.holding(device))

    def state(self) -> dict[str, Any]:
        return {**{name: getattr(self, name).state() for name in _PARTS}, "quiet": sorted(self.quiet)}

    def load(self, state: dict[str, Any]) -> None:
        for name in _PARTS:
            getattr(self, name).load(state[name])
        self.rest(state["quiet"])
