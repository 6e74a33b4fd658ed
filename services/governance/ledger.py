"""The consequence ledger: what stands in the city while a case is open, and beside every decision what stood then.

Estimates once a city minute, with their coverage; what really happened is known to the field alone and compared
afterwards (``run.py measures --truth``). What a rule does is weighed under the post that authorised it.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from services.collaboration.canon import canonical, revive
from services.engine.desk import Action, Fact, Section, Tick, Turn
from services.facts.base import Actor, Event
from services.facts.casework import (
    AppealDecided,
    AutomationSet,
    CaseRecategorised,
    CaseReopened,
    CaseSplit,
    CaseSupervised,
    FalseAlarmNoted,
    TierMoved,
    TimeGranted,
    TimeRefused,
    UrgentLaneTaken,
)
from services.facts.governance import (
    CaseClosed,
    CaseEvent,
    CaseFiled,
    CaseMerged,
    CaseNotAccepted,
    CaseOpened,
    CaseReturned,
    CaseReworked,
    CaseRouted,
    CaseUnrouted,
)
from services.facts.ledger import DecisionWeighed, Toll, TollEstimated
from services.governance.case import Case
from services.governance.cases import CaseDesk
from services.governance.closures import ClosureDesk
from services.governance.exposure import Exposure, Sight, Stalled
from services.governance.ledger_page import Account, Weighed, sections_of
from services.governance.measures_settings import MeasureSettings
from services.governance.sensing import Sensing

MINUTE_MS = 60_000
_HOUR_MS = 3_600_000

DECISIONS: tuple[type[CaseEvent], ...] = (
    UrgentLaneTaken, CaseFiled, CaseNotAccepted, CaseRouted, CaseUnrouted, CaseReturned, CaseReworked, TimeGranted,
    TimeRefused, TierMoved, CaseSupervised, CaseClosed, CaseMerged, CaseSplit, CaseRecategorised, CaseReopened,
    FalseAlarmNoted, AppealDecided,
)  # fmt: skip
"""What is weighed, beside a scene's automation level, which is weighed for each of its open cases."""

NO_TOLL = Toll(residents=0, coverage=0.0, resident_minutes=0.0, vehicle_hours=0.0, services=0)


class _State(msgspec.Struct):
    accounts: dict[str, Account] = {}


class LedgerDesk:
    """An account a case, for as long as the cases desk keeps the case."""

    name = "ledger"

    def __init__(
        self,
        cases: CaseDesk,
        closures: ClosureDesk,
        senses: Sensing,
        exposure: Exposure,
        errands: Stalled,
        settings: MeasureSettings,
    ) -> None:
        self._cases = cases
        self._closures = closures
        self._senses = senses
        self._exposure = exposure
        self._errands = errands
        self._settings = settings
        self._state = _State()

    def account(self, case: str) -> Account | None:
        return self._state.accounts.get(case)

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        match fact:
            case Tick():
                return self._estimate(turn)
            case AutomationSet():
                return self._weigh_scene(fact, turn)
            case CaseEvent() if isinstance(fact, DECISIONS):
                case = self._cases.get(fact.case)
                return () if case is None else (self._weigh(fact, case, self._exposure.at(turn.city_ms), turn),)
            case _:
                return ()

    def _estimate(self, turn: Turn) -> Iterable[Event]:
        """One estimate a case at each full minute of city time."""
        minute = turn.city_ms // MINUTE_MS
        due = [
            (case, account)
            for case in self._cases.open()
            if (account := self.account(case.id)) is not None and account.estimated_ms // MINUTE_MS < minute
        ]
        if not due:
            return
        sight = self._exposure.at(turn.city_ms)
        for case, account in due:
            toll = self._toll(case, account, sight, turn.city_ms)
            yield TollEstimated(case=case.id, toll=toll)

    def _toll(self, case: Case, account: Account, sight: Sight, city_ms: int) -> Toll:
        """What stands now, and the sums since opening: the time since the last look counts by the mean of both."""
        closure = self._closures.of(case.id)
        reach_m = self._settings.reach(case.scene)
        residents, coverage = sight.around(case.x_m, case.y_m, reach_m)
        losing = sight.losing(case.x_m, case.y_m, reach_m, closure.edges if closure else ())
        last, passed_ms = account.toll, city_ms - account.at_ms
        before = last.residents if account.looked else residents
        lost_before = last.losing if account.looked else losing
        return Toll(
            residents=residents,
            coverage=coverage,
            resident_minutes=round(last.resident_minutes + (before + residents) / 2 * passed_ms / MINUTE_MS, 2),
            vehicle_hours=round(last.vehicle_hours + (lost_before + losing) / 2 * passed_ms / _HOUR_MS, 5),
            services=self._errands.near(case.x_m, case.y_m, reach_m),
            losing=round(losing, 4),
        )

    def _weigh(self, fact: Event, case: Case, sight: Sight, turn: Turn) -> DecisionWeighed:
        account = self.account(case.id) or Account(at_ms=turn.city_ms, estimated_ms=turn.city_ms)
        toll = self._toll(case, account, sight, turn.city_ms)
        devices = self._cases.lookup.devices
        known = [
            (entry.signal, entry.observed_ms, self._senses.device(entry.subject).freshness)
            if entry.subject in devices
            else (entry.signal, entry.observed_ms, -1)
            for entry in case.evidence
        ]
        return DecisionWeighed(
            actor=fact.actor,
            cause=fact.cause,
            case=case.id,
            decision=type(fact).__name__,
            known=tuple(signal for signal, _, _ in known),
            observed_ms=tuple(observed for _, observed, _ in known),
            freshness=tuple(int(fresh) for _, _, fresh in known),
            toll=toll,
        )

    def _weigh_scene(self, fact: AutomationSet, turn: Turn) -> Iterable[Event]:
        cases = [case for case in self._cases.open() if case.scene == fact.scene]
        if cases:
            sight = self._exposure.at(turn.city_ms)
            for case in cases:
                yield self._weigh(fact, case, sight, turn)

    def apply(self, event: Event, turn: Turn) -> None:
        accounts = self._state.accounts
        match event:
            case CaseOpened():
                accounts[event.case] = Account(at_ms=turn.city_ms, estimated_ms=turn.city_ms)
                for id in [id for id in accounts if self._cases.get(id) is None]:
                    del accounts[id]
            case TollEstimated() if event.case in accounts:
                accounts[event.case].looked_at(event.toll, turn.city_ms)
                accounts[event.case].estimated_ms = turn.city_ms
            case DecisionWeighed() if event.case in accounts:
                accounts[event.case].looked_at(event.toll, turn.city_ms)
                accounts[event.case].decisions.append(_weighed(event, turn.city_ms))
            case _:
                pass

    def sections(self, case: str) -> Iterable[Section]:
        account = self.account(case)
        return () if account is None else sections_of(account)

    def actions(self, case: str) -> Iterable[Action]:
        """The ledger asks for nothing."""
        del case
        return ()

    def snapshot(self) -> bytes:
        return canonical(self._state)

    def restore(self, data: bytes) -> None:
        self._state = revive(data, _State)


def _weighed(event: DecisionWeighed, city_ms: int) -> Weighed:
    stale = sum(1 for fresh in event.freshness if fresh > 0)
    oldest = min(event.observed_ms, default=city_ms)
    return Weighed(
        city_ms=city_ms, decision=event.decision, actor=_nameless(event.actor), known=len(event.known), stale=stale,
        oldest_ms=oldest, toll=event.toll,
    )  # fmt: skip


def _nameless(actor: Actor) -> Actor:
    """Posts by default: who held the post stays on the journal."""
    return Actor(actor.kind, actor.id if actor.kind in ("rule", "colleague", "unit") else "", actor.post)
