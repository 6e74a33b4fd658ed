"""Sessions: a clinic, a class, a job fair, a lawn to meet on. Each is opened by a named host's shift and its hours, and
each ends in something done."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Literal

from services.collaboration.roster import HOUR_MS, Person, Roster
from services.engine.desk import Turn
from services.facts.base import Actor, Event
from services.facts.because import because
from services.facts.virtual import ContactKept, SessionClosed, SessionLeft, SessionOpened, TalkBegun, TalkEnded
from services.virtual.book import Book
from services.virtual.outcomes import Outcomes
from services.virtual.state import SessionState, Talk
from twin.city.virtual import SessionPlan, VirtualPlace
from twin.core.chance import fraction

_LATE_H = 0.25
"""A class that could not begin within a quarter of an hour does not take place."""

Ties = Mapping[str, Collection[str]]


class Sessions:
    """Looks at every session on every tick; keeps nothing."""

    def __init__(
        self, book: Book, roster: Roster, outcomes: Outcomes, families: Ties, friends: Ties
    ) -> None:  # fmt: skip
        self._book, self._roster, self._outcomes = book, roster, outcomes
        self._families, self._friends = families, friends

    def look(self, turn: Turn) -> Iterator[Event]:
        """What the hour, the hosts and the clock bring about now."""
        run = self._outcomes.begin(turn)
        for place in self._book.places.values():
            state = self._book.state.places[place.id]
            shut = state.down or bool(state.closed)
            for plan in place.plan.sessions:
                session = self._book.state.sessions[plan.id]
                if plan.kind == "class":
                    yield from self._class(place, plan, session, turn, run, shut=shut)
                elif plan.kind == "meeting":
                    yield from self._meeting(place, plan, session, turn, shut=shut)
                else:
                    yield from self._turns(place, plan, session, turn, run, shut=shut)

    def broken_off(self, closed: SessionClosed) -> Iterator[Event]:
        """Whoever still waits when a session closes is told so."""
        for person in self._book.state.sessions[closed.session].queue:
            yield SessionLeft(
                actor=closed.actor, cause=closed.session, **because("the session is over"), session=closed.session,
                person=person,
            )  # fmt: skip

    # --- one at a time --------------------------------------------------------------------------------------------

    def _turns(
        self, place: VirtualPlace, plan: SessionPlan, session: SessionState, turn: Turn, run: Outcomes.Run, *,
        shut: bool,
    ) -> Iterator[Event]:  # fmt: skip
        hosts = () if shut else self._hosts(plan, turn)
        wanted = bool(hosts) and plan.hours[0] <= self.hour(turn.city_ms) < plan.hours[1]
        yield from self._doors(plan, session, hosts, turn, wanted=wanted)
        for talk in session.talks.values():
            if turn.city_ms >= talk.until_ms:
                yield from run.of_talk(place, plan, talk)
        if not (wanted and session.open):
            return
        busy = {host for host, talk in session.talks.items() if turn.city_ms < talk.until_ms}
        talking = {talk.person for talk in session.talks.values()}
        queue = [person for person in session.queue if person not in talking]
        for host in hosts:
            if host.id not in busy and queue and host.id not in session.talks:
                yield self._talk(plan, host, queue.pop(0), turn)

    def _talk(self, plan: SessionPlan, host: Person, person: str, turn: Turn) -> TalkBegun:
        low, high = plan.talk_s
        share = fraction(turn.seed, "virtual", plan.id, person, turn.city_ms // 1000)
        return TalkBegun(
            actor=host_actor(plan, host.id), cause=plan.id, **because("the next in turn"), session=plan.id,
            person=person, host=host.id, until_ms=turn.city_ms + round((low + (high - low) * share) * 1000),
        )  # fmt: skip

    # --- all together ---------------------------------------------------------------------------------------------

    def _class(
        self, place: VirtualPlace, plan: SessionPlan, session: SessionState, turn: Turn, run: Outcomes.Run, *,
        shut: bool,
    ) -> Iterator[Event]:  # fmt: skip
        hosts, hour = () if shut else self._hosts(plan, turn), self.hour(turn.city_ms)
        if session.open:
            over = turn.city_ms >= session.until_ms
            if over or not hosts:
                yield from run.of_class(place, plan, session, held=over)
                yield self._closed(plan, session.host)
            return
        due = any(start <= hour < start + _LATE_H for start in plan.starts)
        if due and hosts and session.queue and turn.city_ms - session.began_ms > 2 * _LATE_H * HOUR_MS:
            yield SessionOpened(
                actor=host_actor(plan, hosts[0].id), cause=plan.id, **because("its hour has come"), session=plan.id,
                host=hosts[0].id, until_ms=turn.city_ms + round(plan.minutes * 60_000),
            )  # fmt: skip

    def _meeting(
        self, place: VirtualPlace, plan: SessionPlan, session: SessionState, turn: Turn, *, shut: bool
    ) -> Iterator[Event]:
        """Two of one family or circle who have been on the lawn together for long enough keep the contact, once for
        each time that they meet."""
        wanted = not shut and plan.hours[0] <= self.hour(turn.city_ms) < plan.hours[1]
        yield from self._doors(plan, session, (), turn, wanted=wanted)
        avatars, there = self._book.state.places[place.id].avatars, set(session.queue)
        for person in session.queue if session.open else ():
            for other, tie in self._ties(person):
                if other not in there or not person < other:
                    continue
                since_ms = max(avatars[one].joined_ms for one in (person, other))
                kept_ms = self._book.state.contacts.get(person, {}).get(other, -1)
                if turn.city_ms - since_ms >= plan.meet_s * 1000 and kept_ms < since_ms:
                    yield ContactKept(
                        actor=Actor("resident", person), cause=plan.id, **because("they met and talked"),
                        place=place.id, person=person, other=other, tie=tie,
                    )  # fmt: skip

    def _ties(self, person: str) -> Iterator[tuple[str, Literal["family", "friend"]]]:
        family = self._families.get(person, ())
        yield from ((other, "family") for other in family)
        yield from ((other, "friend") for other in self._friends.get(person, ()) if other not in family)

    # --- common ---------------------------------------------------------------------------------------------------

    def hour(self, city_ms: int) -> float:
        """The local hour of the day with its fraction."""
        return self._roster.local(city_ms) % (24 * HOUR_MS) / HOUR_MS

    def _hosts(self, plan: SessionPlan, turn: Turn) -> tuple[Person, ...]:
        return self._roster.on_duty(plan.post, turn.city_ms, plan.department)  # type: ignore[arg-type]

    def _doors(
        self, plan: SessionPlan, session: SessionState, hosts: tuple[Person, ...], turn: Turn, *, wanted: bool
    ) -> Iterator[Event]:
        if wanted and not session.open:
            host = hosts[0].id if hosts else ""
            yield SessionOpened(
                actor=host_actor(plan, host), cause=plan.id, **because("its hour has come"), session=plan.id, host=host,
                until_ms=-1,
            )  # fmt: skip
        elif session.open and not wanted and not session.talks:
            yield self._closed(plan, session.host)

    @staticmethod
    def _closed(plan: SessionPlan, host: str) -> SessionClosed:
        return SessionClosed(
            actor=host_actor(plan, host), cause=plan.id, **because("its hour is over, or nobody is there to hold it"),
            session=plan.id, host=host,
        )  # fmt: skip


def host_actor(plan: SessionPlan, host: str) -> Actor:
    """The rule by which a session goes on, with the holder of the post behind it."""
    return Actor("rule", f"virtual/{plan.id}", plan.post, host) if host else Actor("rule", f"virtual/{plan.id}")


__all__ = ["Sessions", "Talk", "TalkEnded", "host_actor"]
