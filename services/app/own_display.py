"""What a resident's own console is told: the public map, their own twin, their own errands, and nothing of anybody
else's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Final, Protocol

import msgspec
import numpy as np

from services.app.display import Display
from services.hall.mine import Mine
from twin.core.clock import CityClock
from twin.core.text import Text
from twin.core.views import (
    Action,
    Alert,
    Card,
    DeviceStates,
    FeedState,
    Frame,
    Gone,
    Lights,
    Mark,
    OwnTwin,
    Snapshot,
    Status,
)
from twin.core.words import StationType
from twin.link.views import Stream
from twin.state.beliefs import MoverBelief

SIGHT_M: Final = 120.0
"""So far one sees who is about, as one would in the street: figures without a name, numbered anew in every console."""
OPEN_PAGES: Final = ("life", "resident", "errand", "services", "service", "hall", "virtual", "virtual_places")
"""Kinds of page that a resident's console may ask for: their own, or everybody's."""
_MINE: Final[Mapping[str, Text]] = {"life": Text("My day"), "resident": Text("My data")}
_CITY: Final = "city"
_PEDESTRIANS: Final = (StationType.PEDESTRIAN, StationType.CYCLIST)


class Body(Protocol):
    """What belief, steering and diary say of one body."""

    def person_position(self, person: str) -> MoverBelief | None: ...

    def obeyed(self, person: str) -> int: ...


class OwnDisplay:
    """One resident's stream. ``mine`` says what is theirs."""

    def __init__(
        self, person: str, stream: Stream, display: Display, body: Body, mine: Mine,
        held: Callable[[str], bool], place: Callable[[str], str],
    ) -> None:  # fmt: skip
        self._person, self._stream, self._display = person, stream, display
        self._body, self._mine, self._held, self._place = body, mine, held, place
        self._numbers: dict[int, int] = {}  # Frame id of a figure in sight → its number here
        self._next = 1
        self._cards: dict[str, bytes] = {}
        self._marks: dict[str, bytes] = {}
        self._alerts = 0

    # --- the map ----------------------------------------------------------------------------------------------------

    def frame(self, frame: Frame) -> None:
        """Where vehicles and crews are, who is in sight, and where one is oneself."""
        self._stream.publish(self._seen(frame, self._stream.rev + 1))
        self._stream.publish(self._own(self._stream.rev + 1))

    def _own(self, rev: int) -> OwnTwin:
        mover, person = self._body.person_position(self._person), self._person
        obeyed, held, place = self._body.obeyed(person), self._held(person), self._place(person)
        if mover is None:
            return OwnTwin(rev, -1, 0.0, 0.0, 0.0, 0.0, -1, obeyed, held, place)
        return OwnTwin(
            rev, mover.id, mover.x_m, mover.y_m, mover.heading_deg, mover.speed_mps, mover.observed_ms, obeyed, held,
            place,
        )  # fmt: skip

    def _seen(self, frame: Frame, rev: int) -> Frame:
        mover = self._body.person_position(self._person)
        people = np.isin(frame.kind, _PEDESTRIANS) & (frame.department < 0)
        keep = ~people
        if mover is not None:
            near = np.hypot(frame.x_m - mover.x_m, frame.y_m - mover.y_m) <= SIGHT_M
            keep |= people & near | (frame.id == mover.id)
        rows = np.flatnonzero(keep)
        id = frame.id[rows].copy()
        figures = people[rows] & (id != (mover.id if mover is not None else -1))
        id[figures] = self._numbered(id[figures].tolist())
        columns = {
            name: getattr(frame, name)[rows]
            for name in (
                "kind", "x_m", "y_m", "heading_deg", "speed_mps", "edge", "offset_m", "observed_ms", "freshness",
                "provenance", "department",
            )
        }  # fmt: skip
        look = None if frame.look is None else frame.look[rows]
        return replace(frame, rev=rev, id=id, look=look, **columns)

    def _numbered(self, ids: list[int]) -> list[int]:
        """Negative numbers of this console's own: who goes out of sight and comes back is somebody else."""
        for id in ids:
            if id not in self._numbers:
                self._numbers[id] = -1 - self._next
                self._next += 1
        self._numbers = {id: self._numbers[id] for id in ids}
        return list(self._numbers.values())

    def lights(self, lights: Lights) -> None:
        """Traffic lights are for everybody to see; devices are the centre's."""
        self._stream.publish(replace(lights, rev=self._stream.rev + 1))

    def clock(self, clock: CityClock) -> None:
        self._stream.publish(clock)

    def health(self, status: Status) -> None:
        self._stream.publish(_public(status))

    # --- one's own --------------------------------------------------------------------------------------------------

    def changes(self, marks: Iterable[Mark], alerts: Iterable[Alert]) -> None:
        """Publish what of one's own, and of the public map, has changed."""
        cards = {card.id: own(card, self._person) for card in self._mine.cards(self._person)}
        shown = {mark.id: mark for mark in self._own_marks(marks)}
        self._gone(self._cards, cards, "card")
        self._gone(self._marks, shown, "mark")
        for card in cards.values():
            body = msgspec.msgpack.encode(card)
            if self._cards.get(card.id) != body:
                self._cards[card.id] = body
                self._stream.publish(msgspec.structs.replace(card, rev=self._stream.rev + 1))
        for mark in shown.values():
            body = msgspec.msgpack.encode(mark)
            if self._marks.get(mark.id) != body:
                self._marks[mark.id] = body
                self._stream.publish(mark)
        for alert in alerts:
            if alert.card and self._mine.owns(self._person, alert.card):
                self._stream.publish(alert)

    def _gone(self, kept: dict[str, bytes], now: dict[str, Card] | dict[str, Mark], kind: str) -> None:
        for id in [id for id in kept if id not in now]:
            del kept[id]
            self._stream.publish(msgspec.convert({"rev": self._stream.rev + 1, "kind": kind, "id": id}, Gone))

    def _own_marks(self, marks: Iterable[Mark]) -> Iterable[Mark]:
        """One's own errands; closed streets, which are announced to all."""
        for mark in marks:
            if mark.kind == "closure":
                yield msgspec.structs.replace(mark, card="")
            elif mark.kind == "errand" and self._mine.owns(self._person, mark.id):
                yield mark

    def snapshot(self, clock: CityClock, city_ms: int) -> Snapshot | None:
        """Everything for this console; None until the server knows its own health."""
        whole = self._display.snapshot(self._person, "resident", clock, city_ms, ("resident",))
        if whole is None:
            return None
        rev = self._stream.rev
        return replace(
            whole, rev=rev, frame=self._seen(whole.frame, rev),
            devices=_none_of(whole.devices),
            marks=tuple(self._own_marks(whole.marks)),
            cards=tuple(own(card, self._person) for card in self._mine.cards(self._person)),
            alerts=tuple(one for one in whole.alerts if one.card and self._mine.owns(self._person, one.card)),
            status=_public(whole.status),
        )  # fmt: skip


def _none_of(states: DeviceStates) -> DeviceStates:
    return DeviceStates(
        states.rev, states.device[:0], states.value[:0], states.observed_ms[:0], states.freshness[:0],
        states.alarm[:0], states.doubt[:0], states.provenance[:0],
    )  # fmt: skip


def own(card: Card, person: str) -> Card:
    """A card as this person, whom it concerns, sees it: with what they may do, without what is for the centre alone,
    and speaking of their own as *mine*."""
    may: tuple[Action, ...] = tuple(action for action in card.actions if "resident" in action.posts)
    ways = tuple(
        (kind, id, _MINE.get(kind, label) if id == person else label)
        for kind, id, label in card.pages
        if kind in OPEN_PAGES
    )
    said = _MINE.get(card.kind, card.subtitle) if card.id == person else card.subtitle
    return msgspec.structs.replace(card, subtitle=said, actions=may, pages=ways)


def _public(status: Status) -> Status:
    """The city's health in one line: no source by name, no count of anything."""
    last_ms = max((feed.last_ms for feed in status.feeds), default=-1)
    provenance = max((feed.provenance for feed in status.feeds), default=1)
    feed = FeedState(name=_CITY, provenance=provenance, last_ms=last_ms, per_second=0.0, accepted=0, rejected=0)
    return msgspec.structs.replace(status, feeds=(feed,), counts={}, lost=0, latency_p99_ms=0.0, present={})
