"""Conditions on what people say: residents' reports, and collectors' findings on their rounds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from twin.core.frame import LocalFrame
from twin.formats.civic import PersonReport
from twin.state.batch import FindingHeard, PersonSaid
from twin.state.conditions import Crossing, PatrolCondition, ReportCondition
from twin.state.ground import Ground

REPORT_MS: Final = 1_800_000
"""A resident's report is a sign of what is now for so long."""
FINDING_MS: Final = 14_400_000
"""A collector's finding, unless it is taken back."""
REMEMBERED_MS: Final = 3_600_000
"""That a finding was taken back is remembered for so long, for closing tests."""


class Reports:
    """What was said and still counts. Each report stands for itself and runs out; a finding may be taken back."""

    def __init__(
        self,
        frame: LocalFrame,
        reports: Sequence[ReportCondition],
        patrols: Sequence[PatrolCondition],
        ground: Ground,
    ) -> None:
        self._frame = frame
        self._reports = tuple(reports)
        self._patrols = tuple(patrols)
        self._ground = ground
        self._lasts_ms = {item.id: REPORT_MS for item in reports} | {item.id: FINDING_MS for item in patrols}
        self.open: dict[tuple[str, str], Crossing] = {}
        self.gone_ms: dict[str, int] = {}  # by the finding's subject

    def reported(self, said: PersonSaid, report: PersonReport, now_ms: int) -> list[Crossing]:
        x, y = self._frame.to_xy(report.longitude, report.latitude)
        spot = (float(x), float(y))
        subject = f"person:{said.person}/{said.observed_ms}"
        crossings = [
            Crossing(
                condition=condition.id,
                subject=subject,
                raised=True,
                city_ms=now_ms,
                observed_ms=said.observed_ms,
                x_m=spot[0],
                y_m=spot[1],
                value=None,
                source=said.person,
                provenance=said.provenance,
                message=f"report:{said.person}@{said.observed_ms}",
                channel=report.channel,
            )
            for condition in self._reports
            if report.matter in condition.matters
            and (not condition.channels or report.channel in condition.channels)
            and (condition.id, subject) not in self.open
            and self._ground.holds(condition, *spot)
        ]
        self.open |= {(crossing.condition, subject): crossing for crossing in crossings}
        return crossings

    def found(self, said: FindingHeard, now_ms: int) -> list[Crossing]:
        finding, subject = said.finding, f"finding:{said.finding.finding_id}"
        if finding.gone:
            return self._taken_back(subject, now_ms)
        if subject in self.gone_ms:
            return []
        crossings = [
            Crossing(
                condition=condition.id,
                subject=subject,
                raised=True,
                city_ms=now_ms,
                observed_ms=said.observed_ms,
                x_m=said.x_m,
                y_m=said.y_m,
                value=None,
                source=finding.unit,
                provenance=said.provenance,
                message=subject,
                channel="patrol",
            )
            for condition in self._patrols
            if finding.matter in condition.matters
            and (condition.id, subject) not in self.open
            and self._ground.holds(condition, said.x_m, said.y_m)
        ]
        self.open |= {(crossing.condition, subject): crossing for crossing in crossings}
        return crossings

    def _taken_back(self, subject: str, now_ms: int) -> list[Crossing]:
        self.gone_ms[subject] = now_ms
        return self._ended([key for key in self.open if key[1] == subject], now_ms, "terminated")

    def _ended(self, keys: list[tuple[str, str]], now_ms: int, how: Any) -> list[Crossing]:
        return [msgspec.structs.replace(self.open.pop(key), raised=False, city_ms=now_ms, ended=how) for key in keys]

    def advance(self, now_ms: int) -> list[Crossing]:
        """End what is too old to be taken as a sign of now."""
        for subject in [subject for subject, gone in self.gone_ms.items() if now_ms - gone > REMEMBERED_MS]:
            del self.gone_ms[subject]
        old = [key for key, said in self.open.items() if now_ms - said.city_ms >= self._lasts_ms[key[0]]]
        return self._ended(old, now_ms, "ran_out")

    def state(self) -> list[Any]:
        return [list(self.open.values()), sorted(self.gone_ms.items())]

    def load(self, state: list[Any]) -> None:
        said, gone_ms = state
        kept = [msgspec.convert(crossing, Crossing) for crossing in said]
        self.open = {(item.condition, item.subject): item for item in kept if item.condition in self._lasts_ms}
        self.gone_ms = dict(gone_ms)
