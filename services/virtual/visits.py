"""What a visitor does inside: walks, joins a session or quits it, and talks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from services.engine.desk import Turn
from services.facts.base import Actor, Command, Event
from services.facts.because import because
from services.facts.virtual import (
    AvatarMoved,
    JoinSession,
    MoveAvatar,
    QuitSession,
    SayInPlace,
    SessionJoined,
    SessionLeft,
    SpokenInPlace,
)
from services.hall.ports import Sealer
from services.virtual.book import Book
from services.virtual.book_sessions import place_of
from services.virtual.conduct import muted
from services.virtual.rumours import Rumours
from services.virtual.seating import within
from services.virtual.state import Avatar, Said
from services.virtual.words import CONDUCT_TEXT
from twin.core.errors import CivitwinError
from twin.core.text import Text

_STEP_MS = 100
"""Nobody turns more often than ten times a second."""
_BREATH_MS = 1_000
"""Nor speaks more often than once a second."""
NOT_IN = Text("they are not in this place")
Outcome = Iterator[Event] | Text


@dataclass(frozen=True, slots=True)
class Visits:
    """Answers with events, or with the reason why not."""

    book: Book
    rumours: Rumours
    vault: Sealer

    def command(self, fact: Command, person: str, turn: Turn) -> Outcome:
        match fact:
            case MoveAvatar():
                return self.move(fact.place, person, (fact.x_m, fact.y_m), fact.id, turn)
            case JoinSession():
                return self.join(fact.session, person, fact.id)
            case QuitSession():
                return self.quit(fact.session, person, fact.id)
            case SayInPlace():
                if fact.text:
                    return Text("free words are taken sealed alone")
                return self.say(fact.place, person, fact.phrase, "", fact.sealed, fact.id, turn)
            case _:
                return Text("nothing of the kind is known here")

    def _avatar(self, place: str, person: str) -> Avatar | None:
        known = self.book.state.places.get(place)
        return None if known is None else known.avatars.get(person)

    def move(self, place: str, person: str, goal: tuple[float, float], cause: str, turn: Turn) -> Outcome:
        """A goal on the floor; they walk there, as fast as everybody does."""
        avatar = self._avatar(place, person)
        if avatar is None:
            return NOT_IN
        if not within(self.book.places[place], *goal):
            return Text("nobody can stand there")
        if turn.city_ms - avatar.since_ms < _STEP_MS and avatar.spot < 0:
            return Text("not so fast")
        x_m, y_m = (round(side, 2) for side in goal)
        moved = AvatarMoved(
            actor=Actor("resident", person), cause=cause, **because("walks"), place=place, person=person, x_m=x_m,
            y_m=y_m,
        )  # fmt: skip
        return iter((moved,))

    def join(self, session: str, person: str, cause: str) -> Outcome:
        found = place_of(self.book, session)
        if found is None:
            return Text("there is no such session")
        place, plan = found
        avatar, state = self._avatar(place.id, person), self.book.state.sessions[session]
        if avatar is None:
            return NOT_IN
        if person in state.queue:
            return Text("they have joined already")
        if plan.kind in ("clinic", "fair") and not state.open:
            return Text("it is not open now")
        if plan.kind in ("class", "meeting") and len(state.queue) >= len(place.spots[plan.room]):
            return Text("every seat is taken")
        joined = SessionJoined(
            actor=Actor("resident", person), cause=cause, **because("of their own accord"), session=session,
            person=person,
        )  # fmt: skip
        return iter((joined,))

    def quit(self, session: str, person: str, cause: str) -> Outcome:
        state = self.book.state.sessions.get(session)
        if state is None or person not in state.queue:
            return Text("they have not joined it")
        gone = SessionLeft(
            actor=Actor("resident", person), cause=cause, **because("of their own accord"), session=session,
            person=person,
        )  # fmt: skip
        return iter((gone,))

    def say(
        self, place: str, person: str, phrase: str, target: str, sealed: bytes, cause: str, turn: Turn
    ) -> Outcome:  # fmt: skip
        """A phrase of the list, sealed words, or a rumour; not while a moderator's mute is in force."""
        avatar = self._avatar(place, person)
        if avatar is None:
            return NOT_IN
        mute = muted(self.book.state, place, person, turn.city_ms)
        if mute is not None:
            return Text("a moderator's mute is still in force: {ground}", {"ground": CONDUCT_TEXT[mute.ground]})
        known = any(one.id == phrase for one in self.book.places[place].plan.phrases)
        if not sealed and not known and self.rumours.plan(phrase) is None:
            return Text("there is no such phrase here")
        if turn.city_ms - avatar.said_ms < _BREATH_MS and avatar.said_ms >= 0:
            return Text("not so fast")
        return self._said(place, person, phrase, target, sealed, cause)

    def _said(self, place: str, person: str, phrase: str, target: str, sealed: bytes, cause: str) -> Iterator[Event]:
        yield SpokenInPlace(
            actor=Actor("resident", person), cause=cause, **because("speaks"), place=place, person=person,
            phrase=phrase, sealed=sealed,
        )  # fmt: skip
        yield from self.rumours.said(place, person, phrase, target, cause)

    def sealed(self, person: str, place: str, text: str) -> bytes:
        """Free words under their speaker's key; nothing of somebody who was erased."""
        try:
            return self.vault.seal(person, text.encode(errors="replace"), speech_context(place)) if text else b""
        except CivitwinError:
            return b""

    def heard(self, place: str, said: Said) -> str:
        """What somebody said in their own words, for those who are shown it while it is said; without what nobody could
        see, since a phone may send anything."""
        try:
            words = self.vault.open(said.person, said.sealed, speech_context(place)).decode(errors="replace")
        except CivitwinError:
            return ""
        return "".join(letter for letter in words if letter.isprintable())


def speech_context(place: str) -> bytes:
    """What words are sealed with."""
    return f"virtual/{place}/speech".encode()
