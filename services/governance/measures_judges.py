"""How each measure judges an affair: what one report of it adds to numerator and denominator.

An affair is in the denominator as soon as the stage was completed, or should have been, or was skipped by waving the
affair through. What failed (came back, was reopened, was never shown to be over) fails in all that follows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from services.governance.measures_affair import Affair
from services.governance.measures_record import Record, Stage

RESIDENTS = frozenset({"resident", "12345", "snapshot"})
"""Sources that a resident waits behind."""
MINUTE_MS = 60_000

Judged = tuple[float, float]
Judge = Callable[[Affair, int], Judged]
NOTHING: Judged = (0.0, 0.0)


def in_time(stage: Stage) -> Judge:
    """Completed within the strictest limit ÷ completed, due or skipped."""

    def judge(affair: Affair, now_ms: int) -> Judged:
        status = affair.status(stage, now_ms)
        if stage in ("handle", "close") and affair.failed:
            return (0.0, 1.0)
        return {"good": (1.0, 1.0), "bad": (0.0, 1.0)}.get(status, NOTHING)

    return judge


def at_all(stage: Stage) -> Judge:
    """Completed, however late ÷ completed, due or skipped."""

    def judge(affair: Affair, now_ms: int) -> Judged:
        if affair.failed:
            return (0.0, 1.0)
        over = all(
            stage in record.done or record.end in ("closed", "merged") or record.unreal for record in affair.records
        )
        return NOTHING if affair.status(stage, now_ms) in ("pending", "none") else (float(over), 1.0)

    return judge


def urgent(judge: Judge) -> Judge:
    return lambda affair, now_ms: judge(affair, now_ms) if affair.urgent else NOTHING


def flawed(flaw: Callable[[Affair], bool], stage: Stage) -> Judge:
    """Those with the flaw (or misjudged, which hides any flaw) ÷ those whose stage was completed or due."""

    def judge(affair: Affair, now_ms: int) -> Judged:
        if affair.misjudged or flaw(affair):
            return (1.0, 1.0)
        return NOTHING if affair.status(stage, now_ms) in ("pending", "none") else (0.0, 1.0)

    return judge


def accurate(affair: Affair, now_ms: int) -> Judged:
    """(dispatched − sent back − reworked) ÷ due to dispatch."""
    if affair.misjudged or any(record.returns or record.reworks for record in affair.records):
        return (0.0, 1.0)
    status = affair.status("dispatch", now_ms)
    return NOTHING if status in ("pending", "none") else (float(_all_done(affair, "dispatch")), 1.0)


def _all_done(affair: Affair, stage: Stage) -> bool:
    return all(stage in record.done or record.end in ("closed", "merged") for record in affair.records)


def passed(affair: Affair, now_ms: int) -> Judged:
    """Closed at the first test ÷ tested or ended."""
    if affair.failed or any(record.reworks for record in affair.records):
        return (0.0, 1.0)
    return (1.0, 1.0) if affair.ended else NOTHING


def came_back(affair: Affair, now_ms: int) -> Judged:
    """Reopened, again at the same spot, or never shown to be over ÷ ended at least once."""
    if affair.failed:
        return (1.0, 1.0)
    return (0.0, 1.0) if affair.ended else NOTHING


def confirmed(affair: Affair, now_ms: int) -> Judged:
    """A resident says that it is solved ÷ ended at least once; nobody asked is nobody convinced."""
    if affair.failed:
        return (0.0, 1.0)
    return (float(all(_sure(record, "solved") for record in affair.records)), 1.0) if affair.ended else NOTHING


def pleased(affair: Affair, now_ms: int) -> Judged:
    if affair.failed:
        return (0.0, 1.0)
    return (float(all(_sure(record, "satisfied") for record in affair.records)), 1.0) if affair.ended else NOTHING


def _sure(record: Record, what: Literal["solved", "satisfied"]) -> bool:
    return record.end == "merged" or (record.reached and bool(getattr(record, what)))


def asked(judge: Judge) -> Judge:
    """Of affairs that a resident reported, as often as residents did (what sensors reported too adds nothing)."""

    def of_residents(affair: Affair, now_ms: int) -> Judged:
        told = [record for record in affair.records if record.source in RESIDENTS]
        if not told:
            return NOTHING
        own = sum(1 for record in told if not record.split_from and not record.again_of)
        share = max(1, own) / affair.weight
        good, of = judge(affair, now_ms)
        return good * share, of * share

    return of_residents


def clerical(affair: Affair, now_ms: int) -> Judged:
    """Closed by the books, whatever stands behind it ÷ ended or due."""
    over = all(record.end for record in affair.records)
    return NOTHING if not over and affair.status("close", now_ms) == "pending" else (float(over), 1.0)


def never_there(affair: Affair, now_ms: int) -> Judged:
    """Nothing found, marked as false, or never shown to be real ÷ all that the scene opened."""
    false = affair.unreal or any(record.false_alarm or record.waved_through for record in affair.records)
    return (float(false), 1.0)


def delay(affair: Affair, now_ms: int) -> Judged:
    """Minutes from the first observation to the case, of its own reports."""
    own = [record for record in affair.records if not record.split_from and not record.again_of]
    spent = sum(max(0, record.opened_ms - record.observed_ms) for record in own)
    return (spent / MINUTE_MS / max(1, len(own)), 1.0)


def limbo(affair: Affair, now_ms: int) -> Judged:
    """Minutes that nobody had taken it."""
    return (sum(affair.limbo_ms(now_ms).values()) / MINUTE_MS, 1.0)


def hops(affair: Affair, now_ms: int) -> Judged:
    return (sum(record.hops for record in affair.records), 1.0)


def refusals(affair: Affair, now_ms: int) -> Judged:
    return (sum(record.refusals for record in affair.records), 1.0)


def by_the_book(stage: Stage, in_time: bool) -> Callable[[Record, int], Judged]:
    """The reference's reading, case by case: closed (on time) ÷ (due − deferred)."""

    def judge(record: Record, now_ms: int) -> Judged:
        due = record.limits.get(stage, record.plans.get(stage, now_ms + 1))
        over = stage in record.done
        if record.extensions or record.suspensions or record.end in ("merged", "not_accepted"):
            return NOTHING
        if not over and now_ms <= due:
            return NOTHING
        return (float(over and (not in_time or record.done[stage] <= due)), 1.0)

    return judge


def said(what: Literal["solved", "satisfied"]) -> Callable[[Record, int], Judged]:
    """Of those that were reached."""

    def judge(record: Record, now_ms: int) -> Judged:
        if not record.reached or record.source not in RESIDENTS:
            return NOTHING
        return (float(bool(getattr(record, what))), 1.0)

    return judge


def reworked(affair: Affair) -> bool:
    return any(record.reworks or record.reopened for record in affair.records)


def sent_back(affair: Affair) -> bool:
    return any(record.returns for record in affair.records)
