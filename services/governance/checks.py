"""The checks desk: a named collector looks, before filing 核实 and before closing 核查."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from services.collaboration.canon import canonical
from services.engine.desk import Fact, Tick, Turn
from services.facts.base import SYSTEM, Actor, Event
from services.facts.because import Because, because
from services.facts.governance import (
    CaseAccepted,
    CheckFailed,
    CheckOrdered,
    ClosingTestUndecided,
    UnitLost,
)
from services.governance.case import Case, CaseState
from services.governance.cases import CaseDesk
from services.governance.lifecycle import refusal
from services.governance.selection import Selection
from twin.city.units import Unit

CHECK_MS = 1_800_000
"""The standard allows 30 minutes for a field check."""
ACKNOWLEDGE_MS = 120_000

Stage = Literal["filing", "closing"]


class CheckDesk:
    """Collectors are mapped to collector units in the order of the roster; a unit without a collector stays home."""

    name = "checks"

    def __init__(self, cases: CaseDesk, selection: Selection) -> None:
        self._cases = cases
        self._selection = selection

    def collectors(self, turn: Turn) -> Mapping[str, str]:
        """Unit → the collector on duty who goes out with it."""
        people = self._cases.authority.roster.on_duty("collector", turn.city_ms)
        return dict(zip([unit.id for unit in self._selection.collectors()], [p.id for p in people], strict=False))

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        match fact:
            case CaseAccepted():
                case = self._cases.get(fact.case)
                wanted = case is not None and case.doubtful
                return self._send(case, "filing", turn, set()) if wanted else ()
            case ClosingTestUndecided():
                return self._send(self._cases.get(fact.case), "closing", turn, set())
            case UnitLost():
                case = self._cases.get(fact.case)
                return self._send(case, case.wants_check, turn, set()) if case and case.wants_check else ()
            case Tick():
                return self._watch(turn)
            case _:
                return ()

    def _watch(self, turn: Turn) -> Iterable[Event]:
        """Check orders that ran out, and checks still wanted."""
        events: list[Event] = []
        taken: set[str] = set()
        for case in self._cases.open():
            check = case.check
            if check is not None and not check.finding:
                due = check.expires_ms if not check.acknowledged else check.expires_ms + CHECK_MS
                lost = UnitLost(
                    actor=SYSTEM, cause=check.order, **because("no word from the collector in time"),
                    case=case.id, unit=check.unit, order=check.order,
                    how="expired",
                )  # fmt: skip
                if turn.city_ms > due and refusal(case, lost) is None:
                    events.append(lost)
            elif case.wants_check:
                for event in self._send(case, case.wants_check, turn, taken):
                    if isinstance(event, CheckOrdered):
                        taken.add(event.unit)
                    events.append(event)
        return events

    def _send(self, case: Case | None, stage: Stage, turn: Turn, taken: set[str]) -> Iterable[Event]:
        if case is None:
            return ()
        step = "accept" if stage == "filing" else "close"
        actor = self._cases.actor(case, step, turn)
        if actor is None:
            return ()
        reason = because("weak evidence") if stage == "filing" else because("the readings cannot decide")
        return self.order(case, stage, actor, turn, taken, reason)

    def order(
        self, case: Case, stage: Stage, actor: Actor, turn: Turn, taken: set[str], reason: Because
    ) -> Iterable[Event]:
        """An order to the collector who would be there first; also for a person's wish."""
        people = self.collectors(turn)
        units: tuple[Unit, ...] = tuple(unit for unit in self._selection.collectors() if unit.id in people)
        found = self._selection.among(units, case, taken, turn.city_ms)
        event: CheckOrdered | CheckFailed
        if found.unit is None:
            event = CheckFailed(
                actor=actor, cause=case.id, **because("no collector is free"), case=case.id, stage=stage,
                candidates=found.candidates,
            )  # fmt: skip
            return () if case.unchecked else self._allowed(case, event)
        event = CheckOrdered(
            actor=actor,
            cause=case.id,
            **reason,
            case=case.id,
            unit=found.unit,
            order=f"{case.id}/{case.orders + 1}",
            stage=stage,
            collector=people[found.unit],
            issued_ms=turn.city_ms,
            expires_ms=turn.city_ms + ACKNOWLEDGE_MS,
            longitude=case.longitude,
            latitude=case.latitude,
            target=case.target,
            candidates=found.candidates,
        )
        return self._allowed(case, event)

    @staticmethod
    def _allowed(case: Case, event: CheckOrdered | CheckFailed) -> Iterable[Event]:
        return () if refusal(case, event) else (event,)

    @staticmethod
    def stage_of(case: Case) -> Stage | None:
        """Which check the case's state admits."""
        stages: dict[CaseState, Stage] = {
            CaseState.PENDING_REGISTER: "filing",
            CaseState.PENDING_CHECK: "closing",
        }
        return stages.get(case.state)

    def apply(self, event: Event, turn: Turn) -> None:
        """The cases desk keeps what came of it."""

    def snapshot(self) -> bytes:
        return canonical(None)

    def restore(self, data: bytes) -> None:
        """Nothing is kept."""
