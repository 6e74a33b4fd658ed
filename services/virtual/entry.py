"""The door: who comes in, who waits with a number, who is not let in and why, and who has to go."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from services.engine.desk import Turn
from services.facts.base import SYSTEM, Actor, Event
from services.facts.because import Because, because
from services.facts.virtual import AvatarEntered, AvatarLeft, EntryQueued, EntryRefused, LeftBecause, NotEntered
from services.virtual.book import Book
from services.virtual.conduct import banned
from services.virtual.state import Avatar
from services.virtual.words import LEFT_TEXT, NOT_ENTERED_TEXT
from twin.core.chance import fraction
from twin.core.text import Text


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who comes, by whose word and because of what."""

    person: str
    pseudonym: str
    nick: str = ""
    cause: str = ""
    errand: str = ""

    @property
    def actor(self) -> Actor:
        return Actor("resident", self.person)


class Door:
    """Made for one decision: counts along what it has decided, since nothing is applied before all is decided."""

    def __init__(self, book: Book, turn: Turn) -> None:
        self._book, self._turn = book, turn
        self._inside = {id: len(place.avatars) for id, place in book.state.places.items()}
        self._before = {id: len(place.waiting) for id, place in book.state.places.items()}
        self._number = {id: place.number for id, place in book.state.places.items()}
        self._serial = book.state.avatars
        self._dealt: set[str] = set()

    def enter(self, visitor: Visitor, place: str) -> Iterator[Event]:
        """In, in the queue, or not; whoever is elsewhere leaves there first. Said twice changes nothing twice."""
        book = self._book
        if place not in book.places:
            yield self._refused(visitor, place, "no_such_place")
            return
        state = book.state.places[place]
        waits = any(one.person == visitor.person for one in state.waiting)
        if visitor.person in state.avatars or waits or visitor.person in self._dealt:
            return
        self._dealt.add(visitor.person)
        barred = self._barred(visitor.person, place)
        if barred is not None:
            yield self._refused(visitor, place, *barred)
            return
        yield from self._leaves_others(visitor, place)
        if self._inside[place] < book.capacity(place) and not self._before[place]:
            yield self._entered(visitor, place, 0)
        elif self._before[place] < book.places[place].plan.waiting:
            self._before[place] += 1
            self._number[place] += 1
            yield EntryQueued(
                actor=Actor("rule", f"virtual/{place}/capacity"), cause=visitor.cause,
                **because("{capacity} people are in, as many as it holds", capacity=book.capacity(place)), place=place,
                person=visitor.person, pseudonym=visitor.pseudonym, nick=visitor.nick, number=self._number[place],
                errand=visitor.errand,
            )  # fmt: skip
        else:
            yield self._refused(visitor, place, "full")

    def admit(self, place: str, most: int) -> Iterator[Event]:
        """The next of those who wait, as many as there is room for and ``most`` at a time."""
        book = self._book
        state = book.state.places[place]
        if state.down or state.closed:
            return
        room = book.capacity(place) - self._inside[place]
        for one in state.waiting[: max(0, min(room, most))]:
            visitor = Visitor(one.person, one.pseudonym, one.nick, f"number {one.number}", one.errand)
            until_ms = banned(book.state, place, one.person, self._turn.city_ms)
            if until_ms >= 0:
                yield left(visitor.actor, place, one.person, one.pseudonym, "banned", visitor.cause)
            else:
                yield self._entered(visitor, place, self._turn.city_ms - one.since_ms)

    def leave(self, visitor: Visitor, place: str) -> Iterator[Event]:
        state = self._book.state.places.get(place)
        if state is None or visitor.person in self._dealt:
            return
        if visitor.person in state.avatars or any(one.person == visitor.person for one in state.waiting):
            self._dealt.add(visitor.person)
            yield left(visitor.actor, place, visitor.person, visitor.pseudonym, "self", visitor.cause)

    def _leaves_others(self, visitor: Visitor, place: str) -> Iterator[Event]:
        for id, state in self._book.state.places.items():
            waits = any(one.person == visitor.person for one in state.waiting)
            if id != place and (waits or visitor.person in state.avatars):
                yield left(visitor.actor, id, visitor.person, visitor.pseudonym, "elsewhere", visitor.cause)

    def _barred(self, person: str, place: str) -> tuple[NotEntered, int] | None:
        state = self._book.state.places[place]
        if person in self._book.state.erased:
            return "erased", -1
        if state.down:
            return "down", -1
        if state.closed:
            return "closed", -1
        until_ms = banned(self._book.state, place, person, self._turn.city_ms)
        return ("banned", until_ms) if until_ms >= 0 else None

    def _entered(self, visitor: Visitor, place: str, waited_ms: int) -> AvatarEntered:
        self._serial += 1
        self._inside[place] += 1
        nicks = [nick.id for nick in self._book.places[place].plan.nicks]
        given = nicks[int(fraction(self._turn.seed, "nick", place, self._serial) * len(nicks))]
        return AvatarEntered(
            actor=visitor.actor, cause=visitor.cause, **because("came in"), place=place, avatar=f"A-{self._serial}",
            person=visitor.person, pseudonym=visitor.pseudonym, nick=visitor.nick if visitor.nick in nicks else given,
            number=self._serial, look=int(fraction(self._turn.seed, "look", visitor.person) * 1_000_000),
            waited_ms=waited_ms, errand=visitor.errand,
        )  # fmt: skip

    def _refused(self, visitor: Visitor, place: str, ground: NotEntered, until_ms: int = -1) -> EntryRefused:
        return EntryRefused(
            actor=Actor("rule", "virtual/door"), cause=visitor.cause, **_said(NOT_ENTERED_TEXT[ground]),
            place=place if place in self._book.places else "", person=visitor.person, pseudonym=visitor.pseudonym,
            ground=ground, until_ms=until_ms,
        )  # fmt: skip


def left(actor: Actor, place: str, person: str, pseudonym: str, ground: LeftBecause, cause: str) -> AvatarLeft:
    return AvatarLeft(
        actor=actor, cause=cause, **_said(LEFT_TEXT[ground]), place=place, person=person, pseudonym=pseudonym,
        ground=ground,
    )  # fmt: skip


def all_out(book: Book, place: str, ground: LeftBecause, actor: Actor, cause: str) -> Iterator[AvatarLeft]:
    """Everybody leaves, those who wait before the door too."""
    state = book.state.places[place]
    everybody: list[tuple[str, str]] = [(one.person, one.pseudonym) for one in state.avatars.values()]
    everybody += [(one.person, one.pseudonym) for one in state.waiting]
    for person, pseudonym in everybody:
        yield left(actor, place, person, pseudonym, ground, cause)


def overstayed(book: Book, turn: Turn) -> Iterator[AvatarLeft]:
    """Whoever has been in for longer than the place's rule makes room; nobody in the middle of a session does."""
    for id, place in book.places.items():
        stay_ms = round(place.plan.stay_s * 1000)
        old: list[Avatar] = [
            one for one in book.inside(id) if turn.city_ms - one.entered_ms >= stay_ms and not one.session
        ]
        for one in old:
            yield left(SYSTEM, id, one.person, one.pseudonym, "stay_over", one.id)


def _said(why: Text) -> Because:
    return because(why.msgid, **why.args)
