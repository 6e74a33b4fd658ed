"""All conditions together: what crossed, what holds, and whether a closing test may call a signal calm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from twin.city.model import City
from twin.core.words import Freshness
from twin.formats.civic import PersonReport
from twin.state.batch import DenmHeard, Notice, PersonSaid
from twin.state.conditions import (
    Condition,
    Crossing,
    DenmCondition,
    ReportCondition,
    SensorCondition,
    SilenceCondition,
    StoppedCondition,
)
from twin.state.movers import MoverTable
from twin.state.sensors import SensorTable
from twin.state.silence import Silences
from twin.state.standing import Standing
from twin.state.thresholds import Thresholds
from twin.state.warnings import WarningBook

REPORT_MS: Final = 1_800_000
"""A resident's report is a sign of what is now for so long."""


class Signals:
    """Signal memory: one compiled part a kind of condition. ``of`` finds a condition by id."""

    def __init__(self, city: City, sensors: SensorTable, movers: MoverTable, conditions: Sequence[Condition]) -> None:
        self._frame = city.frame
        self.of = {condition.id: condition for condition in conditions}
        if len(self.of) != len(conditions):
            raise ValueError("two conditions share an id")
        self.thresholds = Thresholds(city, sensors, [c for c in conditions if isinstance(c, SensorCondition)])
        self.silences = Silences(city, sensors, [c for c in conditions if isinstance(c, SilenceCondition)])
        self.warnings = WarningBook([c for c in conditions if isinstance(c, DenmCondition)])
        self.standing = Standing(city, movers, [c for c in conditions if isinstance(c, StoppedCondition)])
        self._open: dict[tuple[str, str], Crossing] = {}
        self._reports = [c for c in conditions if isinstance(c, ReportCondition)]

    def hear(self, notices: Sequence[Notice], now_ms: int) -> list[Crossing]:
        """What warnings and residents' reports raise and clear."""
        crossings: list[Crossing] = []
        for notice in notices:
            if isinstance(notice, DenmHeard):
                crossings += self.warnings.apply(notice, now_ms)
            elif isinstance(notice, PersonSaid) and isinstance(notice.body, PersonReport):
                crossings += self._reported(notice, notice.body, now_ms)
        return crossings

    def _reported(self, said: PersonSaid, report: PersonReport, now_ms: int) -> list[Crossing]:
        """Each report raises anew, under a subject of its own, and runs out by itself."""
        subject = f"person:{said.person}/{said.observed_ms}"
        x, y = self._frame.to_xy(report.longitude, report.latitude)
        wanted = [condition for condition in self._reports if report.matter in condition.matters]
        crossings = [
            Crossing(
                condition=condition.id,
                subject=subject,
                raised=True,
                city_ms=now_ms,
                observed_ms=said.observed_ms,
                x_m=float(x),
                y_m=float(y),
                value=None,
                source=said.person,
                provenance=said.provenance,
            )
            for condition in wanted
            if (condition.id, subject) not in self._open
        ]
        self._open |= {(crossing.condition, subject): crossing for crossing in crossings}
        return crossings

    def _run_out(self, now_ms: int) -> list[Crossing]:
        """Reports that are too old to be taken as a sign of now."""
        old = [key for key, crossing in self._open.items() if now_ms - crossing.city_ms >= REPORT_MS]
        return [
            msgspec.structs.replace(self._open.pop(key), raised=False, city_ms=now_ms, ended="ran_out") for key in old
        ]

    def advance(self, now_ms: int, freshness: NDArray[np.uint8]) -> list[Crossing]:
        """What time alone decides."""
        return [
            *self.thresholds.advance(now_ms, freshness == Freshness.FRESH),
            *self.silences.advance(now_ms, freshness),
            *self.warnings.advance(now_ms),
            *self.standing.advance(now_ms),
            *self._run_out(now_ms),
        ]

    def shift(self, gap_ms: int) -> None:
        """The twin was down for so long: it counts for no dwell."""
        self.thresholds.shift(gap_ms)
        self.silences.shift(gap_ms)
        self.standing.shift(gap_ms)

    def holding(self, device: str) -> tuple[str, ...]:
        """Ids of the sensor and silence conditions that hold of a device."""
        parts = (self.thresholds, self.silences)
        return tuple(
            condition
            for part in parts
            for (condition, subject), pair in part.pair_of.items()
            if subject == device and part.active[pair]
        )

    def state(self) -> dict[str, Any]:
        parts = ("thresholds", "silences", "warnings", "standing")
        reports = list(self._open.values())
        return {**{name: getattr(self, name).state() for name in parts}, "reports": reports}

    def load(self, state: dict[str, Any]) -> None:
        reports = [msgspec.convert(report, Crossing) for report in state["reports"]]
        self._open = {(report.condition, report.subject): report for report in reports}
        for name, part in state.items():
            if name == "reports":
                continue
            getattr(self, name).load(part)
