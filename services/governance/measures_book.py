"""The measures' book: a record a case, kept from the journal alone, fact by fact; the same facts give the same book."""

from __future__ import annotations

import math
from collections.abc import Iterator

import msgspec

from services.collaboration.canon import canonical, revive
from services.facts.base import Command, Event
from services.facts.casework import CaseSplit
from services.facts.governance import CaseOpened
from services.governance.measures_record import CHANGES, Offer, Record, opened
from services.governance.measures_settings import Again

KEPT = 20_000
"""Cases that figures rest on, the newest; older ones are on the journal."""
_HOUR_MS = 3_600_000
_UNSETTLED_MS = 7 * 24 * _HOUR_MS
"""For so long, what was waved through and is noticed again is the same affair."""


class _Announced(msgspec.Struct, frozen=True):
    """A part that is going to be opened: whose, since when, and who had handed the whole on."""

    case: str
    city_ms: int
    offer: Offer | None


class _State(msgspec.Struct):
    records: dict[str, Record] = {}
    splits: dict[str, _Announced] = {}  # by the new case's id
    recent: dict[str, list[str]] = {}  # scene → its cases, newest last, for what happens again


class Book:
    """Feed it every fact in the journal's order."""

    def __init__(self, again: Again | None = None, kept: int = KEPT) -> None:
        self._again = again or Again()
        self._kept = kept
        self._state = _State()

    def __iter__(self) -> Iterator[Record]:
        """In the order of opening."""
        return iter(self._state.records.values())

    def __len__(self) -> int:
        return len(self._state.records)

    def get(self, case: str) -> Record | None:
        return self._state.records.get(case)

    def note(self, fact: Event | Command, city_ms: int) -> None:
        """What a fact changes; commands change nothing."""
        if isinstance(fact, CaseOpened):
            self._open(fact, city_ms)
            return
        if isinstance(fact, CaseSplit):
            self._split(fact, city_ms)
            return
        change = CHANGES.get(type(fact)) if isinstance(fact, Event) else None
        record = self.get(getattr(fact, "case", "")) if change else None
        if change is not None and record is not None:
            change(record, fact, city_ms)

    def _open(self, event: CaseOpened, city_ms: int) -> None:
        state = self._state
        record = opened(event, city_ms)
        announced = state.splits.pop(record.id, None)
        if announced is not None:
            _carry_on(record, announced)
        else:
            record.again_of = self._before(record, city_ms)
        state.records[record.id] = record
        state.recent.setdefault(record.scene, []).append(record.id)
        while len(state.records) > self._kept:
            del state.records[next(iter(state.records))]

    def _split(self, event: CaseSplit, city_ms: int) -> None:
        whole, new = self.get(event.case), self.get(event.new)
        offer = whole.offer if whole is not None else None
        announced = _Announced(event.case, city_ms, offer and msgspec.structs.replace(offer, since_ms=city_ms))
        if new is None:
            self._state.splits[event.new] = announced
        else:
            _carry_on(new, announced)

    def _before(self, record: Record, city_ms: int) -> str:
        """The last case of the scene that ended at the same spot so shortly before; an empty string where none did."""
        since, unsettled = city_ms - round(self._again.within_h * _HOUR_MS), city_ms - _UNSETTLED_MS
        kept = [
            before
            for id in self._state.recent.get(record.scene, [])
            if (before := self.get(id)) is not None
            and (not before.end or before.ended_ms >= (unsettled if before.waved_through else since))
        ]
        self._state.recent[record.scene] = [before.id for before in kept]
        same = [before for before in kept if before.end and self._same(before, record)]
        return same[-1].id if same else ""

    def _same(self, before: Record, record: Record) -> bool:
        if before.target and before.target == record.target:
            return True
        return math.hypot(before.x_m - record.x_m, before.y_m - record.y_m) <= self._again.near_m

    def snapshot(self) -> bytes:
        """Canonical; the order of opening is kept beside."""
        return canonical([list(self._state.records), self._state])

    def restore(self, data: bytes) -> None:
        order, self._state = revive(data, tuple[list[str], _State])
        self._state.records = {id: self._state.records[id] for id in order}


def _carry_on(part: Record, announced: _Announced) -> None:
    """A part that was split off bears what the whole bore: its limits (by the affair) and its limbo."""
    part.split_from, part.split_ms, part.again_of = announced.case, announced.city_ms, ""
    part.offer = part.offer or announced.offer
