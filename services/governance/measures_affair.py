"""An affair: what was reported once, however many cases were made of it. Measures judge affairs, not cases.

Cases that were split off, merged, or opened again at the same spot belong to one affair. It counts as often as it was
reported independently (splitting and recurring add nothing), and it is as good as the worst of its cases, each held to
the strictest limit that it, or the one it carries on, ever had.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from services.governance.measures_book import Book
from services.governance.measures_record import STAGES, Record, Stage

Status = Literal["good", "bad", "pending", "none"]
NEVER = 1 << 62


@dataclass(frozen=True, slots=True)
class Member:
    """A case within its affair: ``due`` the limits that it is held to."""

    record: Record
    due: dict[Stage, int]

    def status(self, stage: Stage, now_ms: int, failed: bool) -> Status:
        """Whether the stage was completed in time; ``none`` where nothing was there to be handled. In an affair that
        ``failed``, what was skipped is not excused by the ending."""
        record, due = self.record, self.due[stage]
        if record.unreal:
            return "none"
        done = record.done.get(stage)
        if done is None and due == NEVER and record.split_from:
            return "none"  # the case that it came from had done it
        if done is None and record.end in ("merged", "closed") and not failed:
            done = record.ended_ms  # carried on by another, with this limit; or over before the stage was reached
        if done is not None:
            return "good" if done <= due else "bad"
        return "bad" if record.end or now_ms > due else "pending"


@dataclass(frozen=True, slots=True)
class Affair:
    """``weight``: how many independent reports it was; 0 where it is exempt."""

    members: tuple[Member, ...]
    weight: int
    again: bool

    @property
    def records(self) -> tuple[Record, ...]:
        return tuple(member.record for member in self.members)

    @property
    def exempt(self) -> bool:
        """By an appeal that was granted; the facts stay visible."""
        return any(record.exempt for record in self.records)

    @property
    def unreal(self) -> bool:
        """A collector found nothing, for each case that was not merged into another."""
        own = [record for record in self.records if record.end != "merged"]
        return bool(own) and all(record.unreal for record in own)

    @property
    def waved_through(self) -> bool:
        return any(record.waved_through for record in self.records)

    @property
    def misjudged(self) -> bool:
        """Ended by somebody's word that did not hold; what else it would have come to, nobody knows. (A recurrence
        after the sensors proved it over is no misjudgement.)"""
        followed = {record.again_of for record in self.records}
        return self.waved_through or any(
            record.id in followed and record.outcome != "verified" for record in self.records
        )

    @property
    def failed(self) -> bool:
        """Said to be over, and was not, or nothing shows that it is."""
        return (
            self.again
            or self.waved_through
            or any(record.reopened or (record.reached and not record.solved) for record in self.records)
        )

    @property
    def ended(self) -> bool:
        return all(record.end for record in self.records)

    @property
    def urgent(self) -> bool:
        """How grave it would have become that was waved through, nobody knows."""
        return self.waved_through or any(record.urgent for record in self.records)

    @property
    def taken_for_over_ms(self) -> int:
        """When it was first said to be over and was not, or was never shown to be; -1 where that never happened."""
        followed = {record.again_of for record in self.records}
        false = [record.undone_ms for record in self.records if record.undone_ms >= 0]
        false += [record.ended_ms for record in self.records if record.waved_through or record.id in followed]
        return min(false, default=-1)

    def status(self, stage: Stage, now_ms: int) -> Status:
        """The worst of its cases."""
        failed = self.failed
        found = {member.status(stage, now_ms, failed) for member in self.members}
        order: tuple[Status, ...] = ("bad", "pending", "good")
        return next((status for status in order if status in found), "none")

    def limbo_ms(self, now_ms: int) -> dict[str, int]:
        """By sender, "post/department". From a false ending to the real one (or now) it was nobody's: that counts to
        the post that ended it."""
        total: dict[str, int] = {}
        for record in self.records:
            for sender, spent in record.limbo.items():
                total[sender] = total.get(sender, 0) + spent
            if record.offer is not None:
                sender = f"{record.offer.post}/{record.offer.department}"
                total[sender] = total.get(sender, 0) + now_ms - record.offer.since_ms
        since_ms = self.taken_for_over_ms
        if since_ms >= 0:
            refused = any(record.end == "not_accepted" and record.ended_ms == since_ms for record in self.records)
            sender = "acceptor/" if refused else "duty_chief/"
            last = max(self.records, key=lambda record: record.ended_ms)
            until_ms = last.ended_ms if self.ended and not last.waved_through else now_ms
            total[sender] = total.get(sender, 0) + until_ms - since_ms
        return total


def affairs(book: Book) -> list[Affair]:
    """In the order of their first case."""
    records = {record.id: record for record in book}
    before: dict[str, list[tuple[Record, str]]] = {id: [] for id in records}  # whom each one carries on, and how
    root = {id: id for id in records}

    def find(id: str) -> str:
        while root[id] != id:
            root[id] = root[root[id]]
            id = root[id]
        return id

    for record in records.values():
        for other, how in ((record.split_from, "split"), (record.again_of, "again"), (record.merged_into, "merged")):
            if other in records and other != record.id:
                root[find(other)] = find(record.id)
                earlier, later = (record, other) if how == "merged" else (records[other], record.id)
                before[later].append((earlier, how))
    groups: dict[str, list[Record]] = {}
    for id, record in records.items():
        groups.setdefault(find(id), []).append(record)
    return [_affair(group, before) for group in groups.values()]


def _affair(group: Iterable[Record], before: dict[str, list[tuple[Record, str]]]) -> Affair:
    members = tuple(Member(record, _due(record, before, frozenset())) for record in group)
    independent = sum(1 for member in members if not member.record.split_from and not member.record.again_of)
    return Affair(members, max(1, independent), any(member.record.again_of for member in members))


def _due(record: Record, before: dict[str, list[tuple[Record, str]]], seen: frozenset[str]) -> dict[Stage, int]:
    """The strictest limit of each stage: its own, and that of a case that it carries on where the other had not
    completed the stage. What happens again is held to the first handling limit."""
    due: dict[Stage, int] = {
        stage: record.limits.get(stage, record.plans.get(stage, NEVER)) if stage != "close"
        else min(record.limits.get(stage, NEVER), record.plans.get(stage, NEVER))
        for stage in STAGES
    }  # fmt: skip
    for earlier, how in before[record.id]:
        if earlier.id in seen:
            continue
        inherited = _due(earlier, before, seen | {record.id})
        passed_ms = record.split_ms if how == "split" else earlier.ended_ms
        for stage in STAGES:
            if _handed_on(earlier, stage, how, passed_ms):
                due[stage] = min(due[stage], inherited[stage])
    return due


def _handed_on(earlier: Record, stage: Stage, how: str, passed_ms: int) -> bool:
    if how == "again":
        return stage in ("handle", "close") and not earlier.unreal
    done = earlier.done.get(stage)
    return done is None or done > passed_ms or (how == "split" and stage in ("handle", "close"))
