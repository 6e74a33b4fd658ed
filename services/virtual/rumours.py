"""Rumours: what is said in a virtual place sends people to a real one; the operator says there what is true."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from services.collaboration.authority import Authority, person_of
from services.engine.desk import Turn
from services.facts.base import Actor, Event
from services.facts.because import because
from services.facts.virtual import ClarifyRumour, RumourClarified, RumourSpread
from services.virtual.book import Book
from services.virtual.state import Rumour
from twin.city.model import City, Place
from twin.city.virtual import RumourPlan
from twin.core.text import Name, Text


class Rumours:
    """Told apart by their kind and by where they send people; a known one only spreads further."""

    def __init__(self, book: Book, city: City, authority: Authority) -> None:
        self._book, self._authority = book, authority
        self._targets: Mapping[str, Place] = {place.id: place for place in city.places}
        self._plans = {plan.id: plan for place in book.places.values() for plan in place.plan.rumours}

    def plan(self, kind: str) -> RumourPlan | None:
        return self._plans.get(kind)

    def target(self, id: str) -> Name:
        place = self._targets.get(id)
        return place.name if place is not None else Name(id, id)

    def said(self, place: str, person: str, kind: str, target: str, cause: str) -> Iterator[Event]:
        """Somebody says it among those who are there. One that goes round no longer, or about nothing that the city
        has, is only a phrase."""
        plan, spot = self._plans.get(kind), self._targets.get(target)
        if plan is None or spot is None or spot.kind != plan.target_kind:
            return
        state = self._book.state
        id = f"{place}.{kind}.{target}"
        known = state.rumours.get(id)
        if known is not None and known.clarified_ms >= 0:
            return
        told = tuple(one.pseudonym for one in self._book.inside(place) if one.person != person)
        yield RumourSpread(
            actor=Actor("resident", person), cause=cause, **because("said among {count} people", count=len(told)),
            rumour=id, kind=kind, place=place, person=person,
            target=target, heard=len(told), told=told,
        )  # fmt: skip

    def clarify(self, fact: ClarifyRumour, turn: Turn) -> Iterator[Event] | Text:
        """By whoever answers for the place, or for the city."""
        why = self._authority.refusal(fact, turn.city_ms)
        rumour = self._book.state.rumours.get(fact.rumour)
        if why is not None:
            return why
        if rumour is None:
            return Text("there is no such rumour")
        if rumour.clarified_ms >= 0:
            return Text("it was said already what is true")
        return self._clarified(fact, rumour)

    def _clarified(self, fact: ClarifyRumour, rumour: Rumour) -> Iterator[Event]:
        inside = tuple(one.pseudonym for one in self._book.inside(rumour.place))
        yield RumourClarified(
            actor=fact.actor, cause=fact.id,
            **because("{truth}", truth=self.truth(rumour)), rumour=rumour.id, place=rumour.place,
            by=person_of(fact.actor), target=rumour.target, told=tuple(dict.fromkeys((*rumour.told, *inside))),
        )  # fmt: skip

    def truth(self, rumour: Rumour) -> Name:
        """What is true, in both languages, about the place that it names."""
        plan = self._plans.get(rumour.kind)
        if plan is None:
            return Name(rumour.kind, rumour.kind)
        there = self.target(rumour.target)
        return Name(plan.truth.en.replace("{place}", there.en), plan.truth.zh.replace("{place}", there.zh))

    def words(self, rumour: Rumour) -> Name:
        """What is said."""
        plan = self._plans.get(rumour.kind)
        if plan is None:
            return Name(rumour.kind, rumour.kind)
        there = self.target(rumour.target)
        return Name(plan.en.replace("{place}", there.en), plan.zh.replace("{place}", there.zh))
