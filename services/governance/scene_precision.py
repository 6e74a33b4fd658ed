"""How often a scene was right: false alarms and incidents that were not accepted, counted per scene and per signal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from services.collaboration.canon import canonical, revive
from services.engine.desk import Fact, Turn
from services.facts.base import Event
from services.facts.casework import CaseReopened, FalseAlarmNoted
from services.facts.governance import CaseClosed, CaseMerged, CaseNotAccepted, CaseOpened, EvidenceAdded


class Tally(msgspec.Struct):
    """``right`` were closed, ``wrong`` called false alarms or not accepted; ``open`` are not decided yet."""

    right: int = 0
    wrong: int = 0
    open: int = 0

    @property
    def precision(self) -> float | None:
        """Share of the decided that were right; None where nothing was decided."""
        decided = self.right + self.wrong
        return self.right / decided if decided else None


class _Open(msgspec.Struct):
    scene: str
    conditions: list[str]


class _State(msgspec.Struct):
    scenes: dict[str, Tally] = {}
    signals: dict[str, Tally] = {}
    cases: dict[str, _Open] = {}
    verdicts: dict[str, bool] = {}  # of decided cases, in case one is reopened or called false later


_KEPT = 2_000


class PrecisionDesk:
    """Decides nothing; ``scenes`` by scene id, ``signals`` by condition id."""

    name = "precision"

    def __init__(self) -> None:
        self._state = _State()

    @property
    def scenes(self) -> Mapping[str, Tally]:
        return self._state.scenes

    @property
    def signals(self) -> Mapping[str, Tally]:
        return self._state.signals

    def of(self, scene: str) -> Tally:
        """The tally of a scene, empty where it never fired."""
        return self._state.scenes.get(scene) or Tally()

    def of_signal(self, condition: str) -> Tally:
        return self._state.signals.get(condition) or Tally()

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        return ()

    def apply(self, event: Event, turn: Turn) -> None:
        state = self._state
        match event:
            case CaseOpened():
                conditions = sorted({entry.condition for entry in event.evidence})
                state.cases[event.case] = _Open(event.scene, conditions)
                for tally in self._tallies(event.scene, conditions):
                    tally.open += 1
            case EvidenceAdded() if event.case in state.cases:
                case = state.cases[event.case]
                if event.evidence.condition not in case.conditions:
                    case.conditions = sorted([*case.conditions, event.evidence.condition])
                    tally = state.signals.setdefault(event.evidence.condition, Tally())
                    self._count(tally, state.verdicts.get(event.case), 1)
            case FalseAlarmNoted() | CaseNotAccepted():
                self._decide(event.case, False)
            case CaseClosed() if state.verdicts.get(event.case) is None:
                self._decide(event.case, True)
            case CaseReopened():
                self._decide(event.case, None)
            case CaseMerged():
                self._forget(event.case)
            case _:
                pass

    def _tallies(self, scene: str, conditions: Iterable[str]) -> list[Tally]:
        state = self._state
        return [
            state.scenes.setdefault(scene, Tally()),
            *(state.signals.setdefault(condition, Tally()) for condition in conditions),
        ]

    @staticmethod
    def _count(tally: Tally, verdict: bool | None, by: int) -> None:
        match verdict:
            case None:
                tally.open += by
            case True:
                tally.right += by
            case False:
                tally.wrong += by

    def _decide(self, case: str, verdict: bool | None) -> None:
        state, known = self._state, self._state.cases.get(case)
        if known is None:
            return
        for tally in self._tallies(known.scene, known.conditions):
            self._count(tally, state.verdicts.get(case), -1)
            self._count(tally, verdict, 1)
        if verdict is None:
            state.verdicts.pop(case, None)
            return
        state.verdicts[case] = verdict
        if len(state.verdicts) > _KEPT:
            oldest = min(state.verdicts, key=lambda id: int(id[2:]))
            del state.verdicts[oldest], state.cases[oldest]

    def _forget(self, case: str) -> None:
        """A duplicate says nothing about the rule; its signals count with the case that carries on."""
        known = self._state.cases.pop(case, None)
        if known is not None:
            for tally in self._tallies(known.scene, known.conditions):
                self._count(tally, self._state.verdicts.get(case), -1)
            self._state.verdicts.pop(case, None)

    def snapshot(self) -> bytes:
        return canonical(self._state)

    def restore(self, data: bytes) -> None:
        self._state = revive(data, _State)
