"""The book of virtual places: what each event changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

import msgspec

from services.facts.base import Event
from services.facts.engine import PersonErased
from services.facts.virtual import (
    AvatarEntered,
    AvatarLeft,
    AvatarMoved,
    EntryQueued,
    MoreRoomOpened,
    OfficerTurn,
    PlaceCameBack,
    PlaceClosed,
    PlaceReopened,
    PlaceWentDown,
    SpokenInPlace,
)
from services.virtual import book_conduct, book_sessions
from services.virtual.seating import seated, walked
from services.virtual.state import KEPT_SAID, Avatar, PlaceState, Said, State, Talk, Waiting
from twin.city.virtual import VirtualPlace

T = TypeVar("T")


def _numbered(kept: dict[str, T]) -> dict[str, T]:
    """By the numbers in their ids: canonical bytes have keys in the order of letters."""
    return dict(sorted(kept.items(), key=lambda item: int(item[0][2:])))


class Book:
    """Who is where in which place; sessions, conduct and rumours in :mod:`book_sessions` and :mod:`book_conduct`."""

    def __init__(self, places: Mapping[str, VirtualPlace]) -> None:
        self.places = places
        self.state = State()
        self._prepare()

    def _prepare(self) -> None:
        """Every place and session has its row, also one that a reload has added."""
        for id, place in self.places.items():
            self.state.places.setdefault(id, PlaceState())
            for session in place.plan.sessions:
                self.state.sessions.setdefault(session.id, book_sessions.SessionState())

    def restored(self, state: State) -> None:
        """Take up a state as it was kept, in the order in which it was made; nobody is in a place, nor in a session,
        that a reload has taken away."""
        known = {session.id for place in self.places.values() for session in place.plan.sessions}
        state.places = {id: place for id, place in state.places.items() if id in self.places}
        state.sessions = {id: session for id, session in state.sessions.items() if id in known}
        for place in state.places.values():
            place.avatars = dict(sorted(place.avatars.items(), key=lambda item: item[1].serial))
        state.reports = _numbered(state.reports)
        state.measures = _numbered(state.measures)
        state.appointments = _numbered(state.appointments)
        state.rumours = dict(sorted(state.rumours.items(), key=lambda item: (item[1].begun_ms, item[0])))
        self.state = state
        self._prepare()

    # --- what is asked --------------------------------------------------------------------------------------------

    def inside(self, place: str) -> Iterator[Avatar]:
        """Everybody who is in, in the order in which they came."""
        known = self.state.places.get(place)
        yield from () if known is None else known.avatars.values()

    def where(self, person: str) -> str:
        """The place that somebody is in; empty when in none."""
        return next((id for id, place in self.state.places.items() if person in place.avatars), "")

    def avatar(self, place: str, id: str) -> Avatar | None:
        return next((one for one in self.inside(place) if one.id == id), None)

    def capacity(self, place: str) -> int:
        """How many it holds now."""
        plan = self.places[place].plan
        return plan.capacity + (plan.more if self.state.places[place].more else 0)

    # --- what changes ---------------------------------------------------------------------------------------------

    def record(self, event: Event, city_ms: int) -> None:
        match event:
            case AvatarEntered() if event.place in self.places:
                self._enter(event, city_ms)
            case EntryQueued():
                state = self.state.places[event.place]
                state.number = max(state.number, event.number)
                state.waiting.append(
                    Waiting(event.person, event.pseudonym, event.nick, event.number, city_ms, event.errand)
                )
            case AvatarLeft():
                self._leave(event, city_ms)
            case OfficerTurn():
                self._serve(event, city_ms)
            case AvatarMoved():
                self._move(event, city_ms)
            case SpokenInPlace():
                self._say(event, city_ms)
            case MoreRoomOpened():
                self.state.places[event.place].more = event.on
            case PlaceWentDown() | PlaceCameBack():
                self.state.places[event.place].down = isinstance(event, PlaceWentDown)
            case PlaceClosed():
                self.state.places[event.place].closed = event.ground
            case PlaceReopened():
                self.state.places[event.place].closed = ""
            case PersonErased():
                self._erase(event.person)
            case _:
                book_sessions.record(self, event, city_ms)
                book_conduct.record(self.state, event, city_ms)

    def change(self, place: str, avatar: Avatar) -> None:
        self.state.places[place].avatars[avatar.person] = avatar

    def seat(self, place: str, person: str, room: str, city_ms: int, spot: int = -1) -> None:
        """Give somebody a spot of a room (a certain one where it is named); those behind them in a queue move up."""
        avatars = self.state.places[place].avatars
        before = avatars[person].room
        avatars[person] = seated(self.places[place], avatars.values(), avatars[person], room, city_ms, spot)
        for left in dict.fromkeys((before, room)):
            self._close_up(place, left, city_ms)

    def _close_up(self, place: str, room: str, city_ms: int) -> None:
        there = self.places[place]
        if not room or there.room(room).kind != "queue":
            return
        avatars = self.state.places[place].avatars
        line = sorted((one for one in avatars.values() if one.room == room and one.spot >= 0), key=lambda one: one.spot)
        for number, one in enumerate(line):
            if one.spot != number:
                avatars[one.person] = walked(there, one, number, city_ms)

    def _enter(self, event: AvatarEntered, city_ms: int) -> None:
        there, state = self.places[event.place], self.state.places[event.place]
        state.waiting = [one for one in state.waiting if one.person != event.person]
        state.visits += 1
        self.state.avatars = max(self.state.avatars, int(event.avatar[2:]))
        gate = there.spots[there.plan.gate]
        at = gate[self.state.avatars % len(gate)]
        state.avatars[event.person] = Avatar(
            id=event.avatar, person=event.person, pseudonym=event.pseudonym, nick=event.nick, number=event.number,
            look=event.look, entered_ms=city_ms, from_xy=(at.x_m, at.y_m), to_xy=(at.x_m, at.y_m), since_ms=city_ms,
            errand=event.errand,
        )  # fmt: skip
        self.seat(event.place, event.person, there.plan.queue_room if event.errand else there.plan.first_room, city_ms)

    def _serve(self, event: OfficerTurn, city_ms: int) -> None:
        """To the desk of this clerk: the first is the middle one."""
        state, there = self.state.places[event.place], self.places[event.place]
        state.turns[event.clerk] = Talk(event.person, event.clerk, city_ms, event.until_ms)
        if event.person in state.avatars:
            self.seat(event.place, event.person, there.plan.officer_room, city_ms)

    def _leave(self, event: AvatarLeft, city_ms: int) -> None:
        state = self.state.places[event.place]
        state.waiting = [one for one in state.waiting if one.person != event.person]
        state.turns = {clerk: talk for clerk, talk in state.turns.items() if talk.person != event.person}
        gone = state.avatars.pop(event.person, None)
        if gone is not None:
            self._close_up(event.place, gone.room, city_ms)
        book_sessions.forget(self.state, event.person, city_ms)

    def _move(self, event: AvatarMoved, city_ms: int) -> None:
        state, there = self.state.places[event.place], self.places[event.place]
        old = state.avatars.get(event.person)
        if old is None:
            return  # left with the same batch
        state.avatars[event.person] = msgspec.structs.replace(
            old, from_xy=old.at(city_ms, there.plan.walk_mps), to_xy=(event.x_m, event.y_m), since_ms=city_ms, room="",
            spot=-1,
        )  # fmt: skip
        self._close_up(event.place, old.room, city_ms)

    def _say(self, event: SpokenInPlace, city_ms: int) -> None:
        state = self.state.places[event.place]
        old = state.avatars.get(event.person)
        if old is None:
            return  # left with the same batch
        state.avatars[event.person] = msgspec.structs.replace(old, phrase=event.phrase or "…", said_ms=city_ms)
        said = Said(old.id, event.person, event.phrase, event.sealed, city_ms)
        state.said = [*state.said, said][-KEPT_SAID:]

    def _erase(self, person: str) -> None:
        """Nothing of theirs is kept; that a measure was taken stays known by its number alone."""
        state = self.state
        state.erased.add(person)
        for place in state.places.values():
            place.avatars.pop(person, None)
            place.waiting = [one for one in place.waiting if one.person != person]
            place.turns = {clerk: talk for clerk, talk in place.turns.items() if talk.person != person}
            place.said = [one for one in place.said if one.person != person]
        book_sessions.erase(state, person)
        book_conduct.erase(state, person)
