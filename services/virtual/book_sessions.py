"""What events change of sessions: who waits, who talks with the host, who attended, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from services.facts.base import Event
from services.facts.hall import CredentialIssued
from services.facts.virtual import (
    ContactKept,
    InterviewAppointed,
    SessionClosed,
    SessionJoined,
    SessionLeft,
    SessionOpened,
    TalkBegun,
    TalkEnded,
)
from services.virtual.state import (
    KEPT_APPOINTMENTS,
    KEPT_CONTACTS,
    Appointment,
    SessionState,
    State,
    Talk,
)
from twin.city.virtual import SessionPlan, VirtualPlace

if TYPE_CHECKING:
    from services.virtual.book import Book

_NEXT_DAY_MS = 43_200_000
OURS = "V-"
"""What the numbers of credentials that come of sessions begin with."""


def place_of(book: Book, session: str) -> tuple[VirtualPlace, SessionPlan] | None:
    """The place that has this session, and its plan."""
    for place in book.places.values():
        plan = place.session(session)
        if plan is not None:
            return place, plan
    return None


def record(book: Book, event: Event, city_ms: int) -> None:
    state = book.state
    match event:
        case SessionOpened():
            session = state.sessions[event.session]
            if city_ms - session.began_ms > _NEXT_DAY_MS:
                session.taken = {}  # a new day's vacancies
            session.open, session.host, session.until_ms = True, event.host, event.until_ms
            session.began_ms = city_ms
            session.since = dict.fromkeys(session.queue, city_ms)
            session.attended = {}
        case SessionClosed():
            session = state.sessions[event.session]
            session.open, session.until_ms = False, -1
            session.since, session.attended = {}, {}
        case SessionJoined():
            _join(book, event, city_ms)
        case SessionLeft():
            _part(state, event.session, event.person, city_ms)
            _home(book, event.session, event.person, city_ms)
        case TalkBegun():
            _talk(book, event, city_ms)
        case TalkEnded():
            _end(book, event, city_ms)
        case CredentialIssued() if event.credential.startswith(OURS):
            state.credentials += 1
        case InterviewAppointed():
            _appoint(state, event)
        case ContactKept():
            for one, other in ((event.person, event.other), (event.other, event.person)):
                kept = {**state.contacts.get(one, {}), other: city_ms}
                state.contacts[one] = dict(sorted(kept.items(), key=lambda item: -item[1])[:KEPT_CONTACTS])
        case _:
            pass


def _join(book: Book, event: SessionJoined, city_ms: int) -> None:
    found = place_of(book, event.session)
    session = book.state.sessions[event.session]
    if found is None or event.person not in book.state.places[found[0].id].avatars:
        return
    place, plan = found
    avatar = book.state.places[place.id].avatars[event.person]
    if avatar.session and avatar.session != event.session:
        _part(book.state, avatar.session, event.person, city_ms)
    session.queue.append(event.person)
    if plan.kind == "class" and session.open:
        session.since[event.person] = city_ms
    book.change(place.id, msgspec.structs.replace(avatar, session=event.session, joined_ms=city_ms))
    book.seat(place.id, event.person, plan.room, city_ms)


def _part(state: State, id: str, person: str, city_ms: int) -> None:
    """No longer part of a session; how long a class was attended stays known until it ends."""
    session = state.sessions.get(id)
    if session is None or person not in session.queue:
        return
    session.queue.remove(person)
    began = session.since.pop(person, -1)
    if began >= 0 and session.open:
        session.attended[person] = session.attended.get(person, 0) + city_ms - began
    session.talks = {host: talk for host, talk in session.talks.items() if talk.person != person}


def _home(book: Book, id: str, person: str, city_ms: int) -> None:
    """Back to where everybody stands."""
    found = place_of(book, id)
    if found is None or person not in book.state.places[found[0].id].avatars:
        return
    place = found[0]
    avatar = book.state.places[place.id].avatars[person]
    book.change(place.id, msgspec.structs.replace(avatar, session="", joined_ms=-1))
    book.seat(place.id, person, place.plan.first_room, city_ms)


def _talk(book: Book, event: TalkBegun, city_ms: int) -> None:
    found = place_of(book, event.session)
    session = book.state.sessions[event.session]
    session.talks[event.host] = Talk(event.person, event.host, city_ms, event.until_ms)
    if found is not None and event.person in book.state.places[found[0].id].avatars:
        book.seat(found[0].id, event.person, found[1].desk, city_ms)


def _end(book: Book, event: TalkEnded, city_ms: int) -> None:
    session = book.state.sessions[event.session]
    session.talks = {host: talk for host, talk in session.talks.items() if talk.person != event.person}
    session.done += 1
    _part(book.state, event.session, event.person, city_ms)
    session.attended.pop(event.person, None)
    _home(book, event.session, event.person, city_ms)


def _appoint(state: State, event: InterviewAppointed) -> None:
    state.appointed += 1
    kept = Appointment(event.appointment, event.person, event.session, event.vacancy, event.at_ms, event.by)
    state.appointments[event.appointment] = kept
    taken = state.sessions[event.session].taken
    taken[event.vacancy] = taken.get(event.vacancy, 0) + 1
    if len(state.appointments) > KEPT_APPOINTMENTS:
        del state.appointments[next(iter(state.appointments))]


def forget(state: State, person: str, city_ms: int) -> None:
    """Who left a place has left its sessions."""
    for id in state.sessions:
        _part(state, id, person, city_ms)


def erase(state: State, person: str) -> None:
    for session in state.sessions.values():
        session.queue = [one for one in session.queue if one != person]
        session.talks = {host: talk for host, talk in session.talks.items() if talk.person != person}
        session.since.pop(person, None)
        session.attended.pop(person, None)
    state.contacts.pop(person, None)
    for kept in state.contacts.values():
        kept.pop(person, None)
    state.appointments = {id: one for id, one in state.appointments.items() if one.person != person}


__all__ = ["OURS", "SessionState", "erase", "forget", "place_of", "record"]
