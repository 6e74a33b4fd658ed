"""The officer's avatar in the virtual hall: whoever applies there stands in the queue, is received by a clerk on duty,
and goes; what becomes of the errand is the hall's own work."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from services.collaboration.roster import Roster
from services.engine.desk import Turn
from services.facts.base import Actor, Event
from services.facts.because import because
from services.facts.hall import ErrandBegun
from services.facts.virtual import OfficerTurn
from services.virtual.book import Book
from services.virtual.entry import Door, Visitor, left
from twin.city.virtual import VirtualPlace
from twin.core.chance import fraction


@dataclass(frozen=True, slots=True)
class Officers:
    """Keeps nothing; turns lie in the book."""

    book: Book
    roster: Roster

    def applied(self, begun: ErrandBegun, turn: Turn) -> Iterator[Event]:
        """An application by the virtual channel is made by being there: its applicant comes in, or gets a number."""
        person = begun.agent or begun.person
        for place in self.book.places.values():
            if place.plan.serves_errands:
                visitor = Visitor(person, begun.pseudonym, "", begun.errand, begun.errand)
                yield from Door(self.book, turn).enter(visitor, place.id)

    def look(self, turn: Turn) -> Iterator[Event]:
        for place in self.book.places.values():
            if place.plan.serves_errands:
                yield from self._serve(place, turn)

    def _serve(self, place: VirtualPlace, turn: Turn) -> Iterator[Event]:
        state = self.book.state.places[place.id]
        for talk in state.turns.values():
            avatar = state.avatars.get(talk.person)
            if turn.city_ms >= talk.until_ms and avatar is not None:
                yield left(_actor(place, talk.host), place.id, talk.person, avatar.pseudonym, "served", avatar.errand)
        if state.down or state.closed:
            return
        busy = {talk.person for talk in state.turns.values()}
        line = [one for one in self.book.inside(place.id) if one.errand and one.person not in busy]
        clerks = self.roster.on_duty("clerk", turn.city_ms, place.plan.operator)
        free = [clerk.id for clerk in clerks if clerk.id not in state.turns]
        for clerk, avatar in zip(free, line, strict=False):
            low, high = place.plan.serve_s
            lasts_s = low + (high - low) * fraction(turn.seed, "officer", avatar.errand)
            yield OfficerTurn(
                actor=_actor(place, clerk), cause=avatar.errand, **because("the next in turn"), place=place.id,
                person=avatar.person, clerk=clerk, until_ms=turn.city_ms + round(lasts_s * 1000),
            )  # fmt: skip


def _actor(place: VirtualPlace, clerk: str) -> Actor:
    return Actor("rule", f"virtual/{place.id}/officer", "clerk", clerk)
