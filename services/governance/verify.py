"""The verify desk: department, checker and sensors say done, as the scene asks. Undecided is never passed."""

from __future__ import annotations

import math
from collections.abc import Iterable

from services.collaboration.canon import canonical
from services.engine.desk import Fact, Tick, Turn
from services.facts.base import Event
from services.facts.because import Because, because
from services.facts.evidence import Proof
from services.facts.governance import (
    CaseClosed,
    CaseFedBack,
    CaseReworked,
    CheckReported,
    ClosingTestBegun,
    ClosingTestUndecided,
    Outcome,
)
from services.governance.case import Case, CaseState
from services.governance.cases import CaseDesk
from services.governance.scenes import Scene
from services.governance.sensing import Tested
from services.governance.story import FINDING
from services.governance.truths import checked_done, truths, verdict
from twin.state.conditions import Calm, SensorCondition

EARLY = (CaseState.PENDING_DISPATCH, CaseState.PENDING_HANDLE, CaseState.HANDLING)


class VerifyDesk:
    """Asks belief on every tick; keeps nothing of its own, the test's beginning lies in the case."""

    name = "verify"

    def __init__(self, cases: CaseDesk, senses: Tested) -> None:
        self._cases = cases
        self._senses = senses

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        match fact:
            case CaseFedBack():
                case = self._cases.get(fact.case)
                return () if case is None else self._begin(case, turn, early=False)
            case CheckReported() if fact.stage == "closing":
                return self._after_check(fact, turn)
            case Tick():
                events: list[Event] = []
                for case in self._cases.open():
                    if case.state is CaseState.PENDING_CHECK:
                        events.extend(self._judge(case, turn))
                    elif case.state in EARLY:
                        events.extend(self._early(case, turn))
                return events
            case _:
                return ()

    def _begin(self, case: Case, turn: Turn, *, early: bool) -> Iterable[Event]:
        reason = because("calm for long, before the feedback") if early else because("the department is done")
        return self._cases.step(
            case,
            "close",
            turn,
            lambda actor: ClosingTestBegun(actor=actor, cause=case.id, case=case.id, early=early, **reason),
        )

    def _early(self, case: Case, turn: Turn) -> Iterable[Event]:
        hold_s = self._cases.scenes.of(case).closing.early_hold_s
        if hold_s <= 0 or case.reopened:
            return ()
        readings = self.test(case, hold_s, turn.city_ms)
        return self._begin(case, turn, early=True) if verdict(readings) == "calm" else ()

    def _judge(self, case: Case, turn: Turn) -> Iterable[Event]:
        """What the three truths say now; patience and doubt both run from the test's beginning."""
        closing = self._cases.scenes.of(case).closing
        readings = self.test(case, closing.hold_s, turn.city_ms)
        waited_s = (turn.city_ms - case.tested_ms) / 1000
        state = verdict(readings)
        if state == "not_calm" and "sensors" not in case.truths:
            state = "undecided"
        checked = checked_done(case)
        wanting = "checker" in case.truths and not checked
        if state == "calm" and not wanting:
            reason = because("all {count} readings calm for {hold} s", count=len(readings), hold=round(closing.hold_s))
            return self._close(case, turn, "verified", readings, reason)
        if state == "undecided" and checked:
            return self._close(case, turn, "checked", readings, because("the collector found it resolved"))
        unasked = not case.wants_check and case.check is None
        if unasked and state == "calm":
            return self._ask_checker(case, turn, readings, because("the scene asks for a checker's word as well"))
        if unasked and state == "undecided" and waited_s >= closing.undecided_s:
            return self._ask_checker(case, turn, readings, because("stale, silent or doubted readings"))
        if state == "not_calm" and waited_s >= closing.patience_s and (case.check is None or case.check.finding):
            return self._rework(
                case, turn, case.id, because("not calm {wait} s after the feedback", wait=round(closing.patience_s))
            )
        return ()

    def _close(
        self, case: Case, turn: Turn, outcome: Outcome, readings: tuple[Proof, ...], reason: Because
    ) -> Iterable[Event]:
        return self._cases.step(
            case,
            "close",
            turn,
            lambda actor: CaseClosed(
                actor=actor, cause=case.id, case=case.id, outcome=outcome, readings=readings,
                checked_by=case.check.collector if case.check and checked_done(case) else "",
                truths=truths(case, readings), **reason,
            ),
        )  # fmt: skip

    def _ask_checker(self, case: Case, turn: Turn, readings: tuple[Proof, ...], reason: Because) -> Iterable[Event]:
        return self._cases.step(
            case,
            "close",
            turn,
            lambda actor: ClosingTestUndecided(
                actor=actor, cause=case.id, case=case.id, readings=readings, **reason
            ),
        )  # fmt: skip

    def _rework(self, case: Case, turn: Turn, cause: str, reason: Because) -> Iterable[Event]:
        return self._cases.step(
            case,
            "close",
            turn,
            lambda actor: CaseReworked(actor=actor, cause=cause, case=case.id, **reason),
        )

    def _after_check(self, fact: CheckReported, turn: Turn) -> Iterable[Event]:
        case = self._cases.get(fact.case)
        if case is None:
            return ()
        who = self._cases.lookup.person_name(fact.collector)
        found = because(FINDING[fact.finding].msgid, collector=who)
        if fact.finding not in ("resolved", "nothing_found"):
            return self._rework(case, turn, fact.order, found)
        readings = self.test(case, self._cases.scenes.of(case).closing.hold_s, turn.city_ms)
        closed = CaseClosed(
            actor=fact.actor,
            cause=fact.order,
            **found,
            case=case.id,
            outcome="verified" if verdict(readings) == "calm" else "checked",
            readings=readings,
            checked_by=fact.collector,
            truths=truths(case, readings),
        )
        return self._cases.allowed(case, closed)  # where it is not: tried again with the next readings

    def test(self, case: Case, hold_s: float, city_ms: int) -> tuple[Proof, ...]:
        """Every reading that the closing test rests on. Empty when nothing that could prove it is known."""
        scene = self._cases.scenes.of(case)
        proofs: list[Proof] = []
        for condition, subject in self._subjects(case, scene):
            proofs.extend(_proofs(condition, subject, self._senses.calm(condition, subject, hold_s, city_ms)))
        return tuple(proofs)

    def _subjects(self, case: Case, scene: Scene) -> tuple[tuple[str, str], ...]:
        """What noticed it must be calm; where people alone noticed it, what could have."""
        wanted = scene.closing.signals
        pairs = dict.fromkeys((entry.condition, entry.subject) for entry in case.evidence if entry.condition in wanted)
        if pairs:
            return tuple(pairs)
        lookup = self._cases.lookup
        radius_m = scene.evidence.radius_m
        near: dict[tuple[str, str], None] = {}
        for signal in scene.signals:
            condition = signal.condition
            if condition.id not in wanted or not isinstance(condition, SensorCondition):
                continue
            for device in lookup.city.devices:
                same_place = bool(case.place) and device.place == case.place
                away = math.hypot(device.xy[0] - case.x_m, device.xy[1] - case.y_m)
                if device.kind == condition.device_kind and (same_place or away <= radius_m):
                    near[(condition.id, device.id)] = None
        return tuple(near)

    def apply(self, event: Event, turn: Turn) -> None:
        """The cases desk keeps what came of it."""

    def snapshot(self) -> bytes:
        return canonical(None)

    def restore(self, data: bytes) -> None:
        """Nothing is kept."""


def _proofs(condition: str, subject: str, calm: Calm) -> tuple[Proof, ...]:
    if not calm.readings:
        return (
            Proof(
                condition=condition, subject=subject, quantity="", value=None, unit="", observed_ms=calm.since_ms,
                state=calm.state, why=calm.reason,
            ),
        )  # fmt: skip
    return tuple(
        Proof(
            condition=condition,
            subject=subject,
            quantity=reading.quantity,
            value=reading.value if math.isfinite(reading.value) else None,
            unit=reading.unit,
            observed_ms=reading.observed_ms,
            state=calm.state,
            why=calm.reason,
        )
        for reading in calm.readings
    )
