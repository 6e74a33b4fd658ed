"""Whether a place is up, open and large enough: its platform's word, its operators' commands, and crews' work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from services.collaboration.authority import Authority
from services.engine.desk import Fact, Turn
from services.facts.base import SYSTEM, Actor, Command, Event
from services.facts.because import because
from services.facts.governance import TaskDone
from services.facts.virtual import (
    ClosePlace,
    MoreRoomOpened,
    OpenMoreRoom,
    PlaceCameBack,
    PlaceClosed,
    PlaceReopened,
    PlaceWentDown,
    ReopenPlace,
)
from services.virtual.book import Book
from services.virtual.entry import all_out
from services.virtual.words import CLOSING_TEXT
from twin.core.text import Text
from twin.formats.civic import GatewayState

WIDENS = "open_rooms"
"""The task of a crew that sets up a second copy of the rooms."""


@dataclass(frozen=True, slots=True)
class Platform:
    """``case_place`` says which virtual place a case is about; empty: none."""

    book: Book
    authority: Authority
    case_place: Callable[[str], str]

    def heard(self, said: GatewayState, turn: Turn) -> Iterator[Event]:
        """Only the platform's own word, or its last will, says that a place is out of order or back."""
        for place in self.book.places.values():
            state = self.book.state.places[place.id]
            if place.gateway != said.gateway or state.down == (said.state == "offline"):
                continue
            if said.state == "offline":
                why = because("its platform is not heard any more")
                yield PlaceWentDown(actor=SYSTEM, cause=said.gateway, **why, place=place.id)
                yield from all_out(self.book, place.id, "down", SYSTEM, said.gateway)
            else:
                why = because("its platform is heard again")
                yield PlaceCameBack(actor=SYSTEM, cause=said.gateway, **why, place=place.id)

    def after(self, fact: Fact, turn: Turn) -> Iterator[Event]:
        """A crew has set up more room where a case about a crowded place asked for it."""
        if not isinstance(fact, TaskDone) or fact.task != WIDENS:
            return
        place = self.case_place(fact.case)
        if place in self.book.places and not self.book.state.places[place].more:
            yield MoreRoomOpened(
                actor=Actor("unit", fact.unit), cause=fact.case, **because("the crew has set up a second copy"),
                place=place, on=True,
            )  # fmt: skip

    def command(self, fact: Command, turn: Turn) -> Iterator[Event] | Text:
        why = self.authority.refusal(fact, turn.city_ms)
        place = getattr(fact, "place", "")
        if why is not None:
            return why
        state = self.book.state.places.get(place)
        if state is None:
            return Text("there is no such virtual place")
        match fact:
            case OpenMoreRoom() if fact.on != state.more:
                word = "a second copy of the rooms is opened" if fact.on else "the second copy takes no newcomers"
                return iter(
                    (MoreRoomOpened(actor=fact.actor, cause=fact.id, **because(word), place=place, on=fact.on),)
                )  # fmt: skip
            case ClosePlace() if not state.closed:
                return self._close(fact)
            case ReopenPlace() if state.closed:
                said = because("it is safe to come in again")
                return iter((PlaceReopened(actor=fact.actor, cause=fact.id, **said, place=place),))
            case _:
                return Text("it is so already")

    def _close(self, fact: ClosePlace) -> Iterator[Event]:
        said = because("{ground}", ground=CLOSING_TEXT[fact.ground])
        yield PlaceClosed(actor=fact.actor, cause=fact.id, **said, place=fact.place, ground=fact.ground)
        yield from all_out(self.book, fact.place, "closed", fact.actor, fact.id)
