"""What the measures of services rest on: one record an errand, kept from events alone."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from services.collaboration.canon import canonical, revive
from services.facts.base import Command, Event
from services.facts.hall import (
    ErrandBegun,
    ErrandRefused,
    ErrandStepped,
    ErrandWithdrawn,
    ItemAppealed,
    ItemDelivered,
    ItemEnded,
    ItemRefused,
    ReviewTaken,
    SupplementAnswered,
    SupplementAsked,
)
from services.facts.opening import HallOpened

NAME = "service_measures"
"""Of the desk that keeps the book."""
ENDS = ("completed", "refused", "lapsed", "withdrawn")
MINUTE_MS = 60_000
HOUR_MS = 3_600_000


class Record(msgspec.Struct, kw_only=True, array_like=True):
    """``end`` is empty while it is open. ``acts`` are the applicant's steps: the form, ways to a hall, supplements and
    appeals. ``staff_ms`` is work at counters and in offices, ``waited_ms`` time in queues, ``there_ms`` at counters."""

    errand: str
    service: str
    person: str
    channel: str
    begun_ms: int
    proxied: bool = False
    end: str = ""
    ended_ms: int = -1
    acts: int = 1
    trips: int = 0
    materials: int = 0
    asked: bool = False
    refused: int = 0
    appeals: int = 0
    delivered: int = 0
    let_go: int = 0
    missed: int = 0
    sent_home: int = 0
    met: int = 0  # times that a clerk served the applicant in person
    staff_ms: int = 0
    waited_ms: int = 0
    there_ms: int = 0
    visit: str = ""  # where the applicant stands: expected, queued or serving
    since_ms: int = -1

    @property
    def first_time_right(self) -> bool:
        """Granted without a question, a refusal or a second way."""
        return self.end == "completed" and not self.asked and not self.refused and not self.missed

    @property
    def gave_up(self) -> bool:
        """Ended by the applicant's silence or word, or a part of it let go."""
        return self.end in ("lapsed", "withdrawn") or (self.let_go > 0 and self.delivered == 0)


class _State(msgspec.Struct):
    records: dict[str, Record] = {}
    turned_away: dict[str, int] = {}  # person → applications that were not taken in


class ServiceBook:
    """Errands in the order of their beginning, those of a warm opening among them."""

    def __init__(self) -> None:
        self._state = _State()

    def __len__(self) -> int:
        return len(self._state.records)

    @property
    def records(self) -> Iterable[Record]:
        return self._state.records.values()

    @property
    def turned_away(self) -> dict[str, int]:
        return self._state.turned_away

    def note(self, fact: Command | Event, city_ms: int) -> None:
        if isinstance(fact, HallOpened):
            self.restore(revive(fact.state, dict[str, bytes]).get(NAME, self.snapshot()))
            return
        if isinstance(fact, ErrandBegun):
            self._state.records[fact.errand] = Record(
                errand=fact.errand, service=fact.service, person=fact.person, channel=fact.channel, begun_ms=city_ms,
                proxied=bool(fact.agent), materials=len(fact.materials),
            )  # fmt: skip
            return
        if isinstance(fact, ErrandRefused) and not fact.errand:
            self._state.turned_away[fact.person] = self._state.turned_away.get(fact.person, 0) + 1
            return
        record = self._state.records.get(getattr(fact, "errand", ""))
        if record is not None and not record.end and isinstance(fact, Event):
            _noted(record, fact, city_ms)

    def snapshot(self) -> bytes:
        return canonical(self._state)

    def restore(self, data: bytes) -> None:
        state = revive(data, _State)
        state.records = dict(sorted(state.records.items(), key=lambda item: int(item[0][2:])))
        self._state = state


def _noted(record: Record, event: Event, city_ms: int) -> None:
    match event:
        case ErrandStepped():
            _stepped(record, event, city_ms)
        case ReviewTaken():
            record.staff_ms += max(0, event.until_ms - city_ms)
        case SupplementAsked():
            record.asked = True
        case SupplementAnswered():
            _left_queue(record, city_ms)  # brought at a terminal: no clerk was waited for
            record.acts += 1
            record.materials += len(event.materials)
        case ItemRefused():
            record.refused += 1
        case ItemAppealed():
            record.appeals += 1
            record.acts += 1
        case ItemDelivered():
            record.delivered += 1
        case ItemEnded():
            record.let_go += 1
        case ErrandWithdrawn():
            _ended(record, "withdrawn", city_ms)
        case ErrandRefused():
            _ended(record, "refused", city_ms)
        case _:
            pass


def _stepped(record: Record, event: ErrandStepped, city_ms: int) -> None:
    state, before = str(event.state), record.visit
    if state in ENDS:
        _ended(record, state, city_ms)
        return
    if before == "queued" and state != "queued":
        record.waited_ms += city_ms - record.since_ms
    if before == "serving":
        record.there_ms += city_ms - record.since_ms
    match state:
        case "queued":
            record.trips += before == "expected"  # who is still there from the visit before has made no way
            record.acts += before == "expected"
        case "serving":
            record.met += 1
            record.staff_ms += max(0, event.until_ms - city_ms)
        case "missed":
            record.missed += 1
        case "sent_home":
            record.sent_home += 1
        case _:
            pass
    if state != before:
        record.since_ms = city_ms
    record.visit = {"queued": "queued", "serving": "serving", "expected": "expected", "sent_home": "expected"}.get(
        state, ""
    )


def _left_queue(record: Record, city_ms: int) -> None:
    if record.visit == "queued":
        record.waited_ms += city_ms - record.since_ms
        record.visit = ""


def _ended(record: Record, end: str, city_ms: int) -> None:
    _left_queue(record, city_ms)
    record.end, record.ended_ms, record.visit = end, city_ms, ""
