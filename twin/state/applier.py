"""Decoded rows become belief: clocks corrected, ranges checked, round after round, every refusal accounted for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twin.core.columns import Positions, Readings, empty_positions, empty_readings
from twin.core.words import Freshness
from twin.formats.refusal import Reason, Refused
from twin.state.conditions import Crossing
from twin.state.counts import Counts, Refusal
from twin.state.decoded import Decoded
from twin.state.intake import Intake, Rows
from twin.state.movers import MoverTable
from twin.state.ordering import pack_rounds, rounds
from twin.state.sensors import DUPLICATE, LATE, SensorTable
from twin.state.signals import Signals
from twin.state.sources import Source

REFUSALS_KEPT: Final = 1_000
"""Of one turn, for the dead letters; all are counted."""

_OUTCOMES: Final = {
    DUPLICATE: Refused(Reason.DUPLICATE, "heard before"),
    LATE: Refused(Reason.LATE, "older than what is believed"),
}


class Applier:
    """The part of a turn that changes belief."""

    def __init__(
        self,
        intake: Intake,
        sensors: SensorTable,
        movers: MoverTable,
        signals: Signals,
        sources: Sequence[Source],
        counts: Counts,
    ) -> None:
        self._intake = intake
        self._sensors = sensors
        self._movers = movers
        self._signals = signals
        self._sources = tuple(sources)
        self._counts = counts
        self._delay_ms = np.array([source.delay_ms for source in sources], np.int64)
        self._slack_ms = np.array([source.slack_ms for source in sources], np.int64)
        self._provenance = np.array([source.provenance for source in sources], np.uint8)

    def readings(self, batch: Decoded, crossings: list[Crossing]) -> Readings:
        """Believe the readings; what they raise and clear is appended. The rows that were within range, in order."""
        if not batch.readings:
            return empty_readings()
        found, rows = self._intake.readings(batch)
        sensors = self._sensors
        beyond = (found.value < sensors.low[found.slot]) | (found.value > sensors.high[found.slot])
        if beyond.any():
            for row in np.flatnonzero(beyond).tolist():
                name = sensors.quantity[int(found.slot[row])]
                refusal = Refused(Reason.OUT_OF_RANGE, f"{name} {found.value[row]:g}")
                self._refuse(batch, rows, row, refusal)
            found, rows = _chosen(found, rows, np.flatnonzero(~beyond))
        delay, slack = self._delay_ms[rows.source], self._slack_ms[rows.source]
        device = sensors.device[found.slot]
        times, clock = sensors.clocks.correct(
            device, found.observed_ms, batch.received_ms - delay, slack, found.retained
        )
        found = replace(found, observed_ms=times)
        for part in pack_rounds(device, rows.message, found.slot):
            self._readings_round(batch, found, rows, delay, clock, part, crossings)
        return found

    def _readings_round(
        self,
        batch: Decoded,
        found: Readings,
        rows: Rows,
        delay_ms: NDArray[np.int64],
        clock: NDArray[np.uint8],
        part: NDArray[np.int64],
        crossings: list[Crossing],
    ) -> None:
        sensors, now_ms = self._sensors, batch.received_ms
        slot, source = found.slot[part], rows.source[part]
        done = sensors.apply_round(
            slot,
            found.value[part],
            found.observed_ms[part],
            clock[part],
            found.flags[part],
            found.retained[part],
            source,
            self._provenance[source],
            delay_ms[part],
            self._slack_ms[source],
            now_ms,
        )
        self._refuse_outcomes(batch, rows, part, done.outcome)
        if len(self._signals.thresholds) and len(done.rows):
            applied = slot[done.rows]
            fresh = sensors.freshness(now_ms, applied) == Freshness.FRESH
            crossings += self._signals.thresholds.apply_round(applied, done.gap, fresh, now_ms)

    def positions(self, batch: Decoded) -> Positions:
        """Believe the positions; all rows that named a place in the city, in order."""
        if not batch.cam_payloads and not batch.places:
            return empty_positions()
        found, rows = self._intake.positions(batch)
        if len(found) == 0:
            return found
        due = batch.received_ms - self._delay_ms[rows.source]
        slack = self._slack_ms[rows.source]
        times, clock = self._movers.clocks.correct(found.slot, found.observed_ms, due, slack)
        found = replace(found, observed_ms=times)
        for part in rounds(found.slot):
            outcome = self._movers.apply_round(found, part, clock, slack, batch.received_ms)
            self._refuse_outcomes(batch, rows, part, outcome)
        return found

    def _refuse_outcomes(self, batch: Decoded, rows: Rows, part: NDArray[np.int64], outcome: NDArray[np.uint8]) -> None:
        if outcome.any():
            for row in np.flatnonzero(outcome >= DUPLICATE).tolist():
                self._refuse(batch, rows, int(part[row]), _OUTCOMES[int(outcome[row])])

    @staticmethod
    def _refuse(batch: Decoded, rows: Rows, row: int, refusal: Refused) -> None:
        message = int(rows.message[row])
        batch.refused.setdefault(message, (int(rows.source[row]), "", refusal))

    def close_books(self, batch: Decoded) -> tuple[Refusal, ...]:
        """Count what was refused, each message once; the first of them for the dead letters."""
        self._counts.note(batch.received_ms)
        kept: list[Refusal] = []
        for index, (source, sender, refusal) in sorted(batch.refused.items()):
            name = self._sources[source].name if source >= 0 else ""
            self._counts.refuse(name, refusal.reason)
            if len(kept) < REFUSALS_KEPT:
                message = batch.messages[index]
                kept.append(
                    Refusal(
                        reason=refusal.reason,
                        detail=refusal.detail,
                        topic=message.topic,
                        payload=message.payload,
                        retained=message.retained,
                        source=name,
                        sender=sender,
                        received_ms=batch.received_ms,
                        cure=refusal.cure,
                    )
                )
        return tuple(kept)


def _chosen(found: Readings, rows: Rows, keep: NDArray[np.int64]) -> tuple[Readings, Rows]:
    columns = (getattr(found, name)[keep] for name in Readings.__dataclass_fields__)
    return Readings(*columns), Rows(rows.message[keep], rows.source[keep])
