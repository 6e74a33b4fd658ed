"""What the measures keep of one case, and what each fact on the journal changes in it. Nothing else is asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import msgspec

from services.facts.base import Event
from services.facts.casework import (
    AppealDecided,
    CaseOffered,
    CaseReopened,
    CaseSupervised,
    CaseTaken,
    FalseAlarmNoted,
    FollowedUp,
    TimeGranted,
    UrgentLaneTaken,
)
from services.facts.governance import (
    CaseClosed,
    CaseFedBack,
    CaseFiled,
    CaseMerged,
    CaseNotAccepted,
    CaseOpened,
    CaseReturned,
    CaseReworked,
    CaseRouted,
    CheckReported,
    ClockOverdue,
    ClosingTestBegun,
    EvidenceAdded,
    UnitDispatched,
    UnitLost,
)
from services.facts.ledger import LimitSet
from services.facts.working import RequestRefused

Stage = Literal["accept", "dispatch", "handle", "close"]
STAGES: tuple[Stage, ...] = ("accept", "dispatch", "handle", "close")

URGENT_SEVERITY = 2
"""So grave, or graver, is urgent whether or not anybody said so."""


class Offer(msgspec.Struct, frozen=True):
    """Handed on and not taken yet; the sender owns the case, and the limbo is theirs."""

    post: str
    department: str
    since_ms: int


class Record(msgspec.Struct, kw_only=True):
    """One case. ``limits``: the strictest due time that each stage ever had; ``plans`` those promised at opening;
    ``done`` when a stage was completed first (handling: last, since rework undoes it)."""

    id: str
    scene: str
    source: str
    cell: int
    x_m: float
    y_m: float
    target: str
    opened_ms: int
    observed_ms: int
    severity: int
    lane: bool = False
    limits: dict[str, int] = {}
    plans: dict[str, int] = {}
    done: dict[str, int] = {}
    end: Literal["", "closed", "not_accepted", "merged"] = ""
    ended_ms: int = -1
    outcome: str = ""
    looked: bool = False  # a collector found nothing before it was not accepted
    tested: bool = False
    departments: list[str] = []
    offer: Offer | None = None
    limbo: dict[str, int] = {}  # "post/department" of the sender → milliseconds
    hops: int = 0
    refusals: int = 0
    returns: int = 0
    reworks: int = 0
    reopened: int = 0
    undone_ms: int = -1  # the first ending that was undone
    extensions: int = 0
    suspensions: int = 0
    supervised: bool = False
    exempt: bool = False
    false_alarm: bool = False
    asked: int = 0
    reached: bool = False
    solved: bool = False
    satisfied: bool = False
    split_from: str = ""
    split_ms: int = -1
    merged_into: str = ""
    again_of: str = ""  # the case that ended at the same spot shortly before this one began

    @property
    def urgent(self) -> bool:
        return self.lane or self.severity <= URGENT_SEVERITY

    @property
    def waved_through(self) -> bool:
        """Ended without anything that shows the trouble gone: refused without a look, or closed untested."""
        if self.end == "not_accepted":
            return not self.looked
        return self.end == "closed" and self.outcome == "untested" and not self.solved

    @property
    def unreal(self) -> bool:
        """A collector was there and found nothing."""
        return self.end == "not_accepted" and self.looked


def opened(event: CaseOpened, city_ms: int) -> Record:
    return Record(
        id=event.case, scene=event.scene, source=event.source, cell=event.cell, x_m=event.x_m, y_m=event.y_m,
        target=event.place or event.target, opened_ms=city_ms, observed_ms=event.observed_ms, severity=event.severity,
    )  # fmt: skip


def _grew(record: Record, event: EvidenceAdded, now: int) -> None:
    record.severity = min(record.severity, event.severity)


def _limit(record: Record, event: LimitSet, now: int) -> None:
    if event.clock == "accept" and record.lane:
        return
    kept = record.plans if event.plan else record.limits
    kept[event.clock] = min(event.due_ms, kept.get(event.clock, event.due_ms))


def _overdue(record: Record, event: ClockOverdue, now: int) -> None:
    record.limits[event.clock] = min(event.due_ms, record.limits.get(event.clock, event.due_ms))


def _urgent(record: Record, event: UrgentLaneTaken, now: int) -> None:
    record.lane = True
    record.limits["accept"] = max(event.file_by_ms, record.opened_ms)


def _filed(record: Record, event: CaseFiled, now: int) -> None:
    record.done.setdefault("accept", now)


def _routed(record: Record, event: CaseRouted, now: int) -> None:
    if event.department not in record.departments:
        record.departments.append(event.department)


def _dispatched(record: Record, event: UnitDispatched, now: int) -> None:
    record.done.setdefault("dispatch", now)


def _fed_back(record: Record, event: CaseFedBack, now: int) -> None:
    record.done.setdefault("dispatch", now)  # 110, 119 and 120 send their own
    record.done["handle"] = now


def _reworked(record: Record, event: CaseReworked, now: int) -> None:
    record.reworks += 1
    record.done.pop("handle", None)


def _returned(record: Record, event: CaseReturned, now: int) -> None:
    record.returns += 1


def _offered(record: Record, event: CaseOffered, now: int) -> None:
    _settle(record, now)
    record.offer = Offer(event.from_post, event.from_department, now)


def _taken(record: Record, event: CaseTaken, now: int) -> None:
    if record.offer is not None and (record.offer.post, record.offer.department) != (event.post, event.department):
        record.hops += 1
    _settle(record, now)


def _settle(record: Record, now: int) -> None:
    """End the limbo that runs."""
    if record.offer is not None:
        sender = f"{record.offer.post}/{record.offer.department}"
        record.limbo[sender] = record.limbo.get(sender, 0) + now - record.offer.since_ms
        record.offer = None


def _lost(record: Record, event: UnitLost, now: int) -> None:
    record.refusals += event.how == "refused"


def _refused(record: Record, event: RequestRefused, now: int) -> None:
    record.refusals += 1


def _granted(record: Record, event: TimeGranted, now: int) -> None:
    if event.kind == "extension":
        record.extensions += 1
    else:
        record.suspensions += 1


def _looked(record: Record, event: CheckReported, now: int) -> None:
    record.looked = event.stage == "filing" and event.finding in ("nothing_found", "resolved")


def _tested(record: Record, event: ClosingTestBegun, now: int) -> None:
    record.tested = True


def _closed(record: Record, event: CaseClosed, now: int) -> None:
    record.outcome = event.outcome
    record.done["close"] = now
    _ended(record, "closed", now)


def _not_accepted(record: Record, event: CaseNotAccepted, now: int) -> None:
    _ended(record, "not_accepted", now)


def _merged(record: Record, event: CaseMerged, now: int) -> None:
    record.merged_into = event.into
    _ended(record, "merged", now)


def _ended(record: Record, end: Literal["closed", "not_accepted", "merged"], now: int) -> None:
    _settle(record, now)
    record.end, record.ended_ms = end, now


def _reopened(record: Record, event: CaseReopened, now: int) -> None:
    record.reopened += 1
    record.undone_ms = record.ended_ms if record.undone_ms < 0 else record.undone_ms
    record.end, record.ended_ms, record.outcome = "", -1, ""
    record.done.pop("handle", None)
    record.done.pop("close", None)


def _appealed(record: Record, event: AppealDecided, now: int) -> None:
    record.exempt = record.exempt or event.granted


def _supervised(record: Record, event: CaseSupervised, now: int) -> None:
    record.supervised = True


def _false(record: Record, event: FalseAlarmNoted, now: int) -> None:
    record.false_alarm = True


def _followed(record: Record, event: FollowedUp, now: int) -> None:
    record.asked += 1
    record.reached = record.reached or event.reached
    if event.reached:
        record.solved, record.satisfied = event.solved, event.satisfied


CHANGES: dict[type[Event], Callable[[Record, Any, int], None]] = {
    EvidenceAdded: _grew,
    LimitSet: _limit,
    ClockOverdue: _overdue,
    UrgentLaneTaken: _urgent,
    CaseFiled: _filed,
    CaseRouted: _routed,
    UnitDispatched: _dispatched,
    CaseFedBack: _fed_back,
    CaseReworked: _reworked,
    CaseReturned: _returned,
    CaseOffered: _offered,
    CaseTaken: _taken,
    UnitLost: _lost,
    RequestRefused: _refused,
    TimeGranted: _granted,
    CheckReported: _looked,
    ClosingTestBegun: _tested,
    CaseClosed: _closed,
    CaseNotAccepted: _not_accepted,
    CaseMerged: _merged,
    CaseReopened: _reopened,
    AppealDecided: _appealed,
    CaseSupervised: _supervised,
    FalseAlarmNoted: _false,
    FollowedUp: _followed,
}
"""Facts that bear a ``case``; all others are passed over."""
