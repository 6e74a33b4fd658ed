"""Ways to a hall: who is expected for what, takes a number, waits, is served; and counters that are closed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from services.collaboration.roster import HOUR_MS, Person, Roster
from services.engine.desk import Turn
from services.facts.base import Actor, Event
from services.facts.because import because
from services.facts.hall import (
    CounterClosed,
    CounterOpened,
    ErrandStepped,
    ItemDelivered,
    SupplementAnswered,
    VisitKind,
)
from services.hall import graph
from services.hall.agenda import in_person
from services.hall.book import Book
from services.hall.catalogue import Service
from services.hall.codes import CLOSING_TEXT, VISIT_TEXT
from services.hall.errand import Errand, Visit
from services.hall.graph_state import P
from services.hall.hall_settings import HallSettings
from services.hall.issuing import Issuing
from services.hall.ports import Closures, Registered, WorkingTime
from services.hall.steps import CLOCK, of_item, rule, step
from twin.city.model import City, Place

_WEEK_H = 24 * 14


class Visits:
    """Decides what happens at halls; what has happened lies in the book."""

    def __init__(
        self,
        book: Book,
        city: City,
        roster: Roster,
        residents: Mapping[str, Registered],
        issuing: Issuing,
        settings: HallSettings,
        time: WorkingTime,
        closures: Closures,
    ) -> None:
        self._book, self._city, self._roster, self._residents = book, city, roster, residents
        self._issuing, self._settings, self._time, self._closures = issuing, settings, time, closures
        self._places = {place.id: place for place in city.places}
        self._stands = {device.id: device.place for device in city.devices if device.place in self._places}
        self._counter_of = {
            one.id: index for index, one in enumerate((one for one in roster.people if "clerk" in one.posts), 1)
        }

    # --- where and why ----------------------------------------------------------------------------------------------

    def hall(self, service: Service, xy: tuple[float, float]) -> Place | None:
        """The nearest place of the service's kind whose counters are open; the nearest one where none is."""
        halls = self._city.of_kind(service.place_kind)
        closed = self._book.state.closed
        return min(halls, key=lambda one: (one.id in closed, _away(one, xy), one.id), default=None)

    def needed(self, errand: Errand) -> tuple[VisitKind, str] | None:
        """What the applicant has to come for next, and for which item; None where nothing is to be done in person."""
        service, parts = self._book.service_of(errand), errand.progress.parts
        begins = {id for group in graph.ready(service, errand.progress) for id in group}
        for item in service.items:
            if parts[item.id].state is P.SUPPLEMENT and self._phoneless(errand):
                return "supplement", item.id
        for item in service.items:
            reviewed = parts[item.id].state is P.REVIEW or item.id in begins
            if reviewed and in_person(service, item.id) and item.id not in errand.visited:
                return "item", item.id
        for item in service.items:
            if parts[item.id].state is P.GRANTED and item.delivery == "pick_up":
                return "pick_up", item.id
        return None

    def _phoneless(self, errand: Errand) -> bool:
        known = self._residents.get(errand.applicant)
        return bool(errand.terminal) and (known is None or "service" not in known.consents)

    def plan(self, errand: Errand, turn: Turn, there: bool = False) -> Iterator[ErrandStepped]:
        """Expect the applicant for what is needed next; who is ``there`` still takes the same number at once."""
        needed = self.needed(errand) if errand.visit is None and not errand.ended else None
        if needed is None:
            return
        kind, item = needed
        if there and errand.place not in self._book.state.closed and self._clerks(errand, kind, item, turn.city_ms):
            why = because("the applicant is there already")
            yield step(
                errand, "queued", Actor("resident", errand.applicant), why, turn, item=item, visit=kind,
                place=errand.place, number=self._book.state.number + 1,
            )  # fmt: skip
            return
        yield self.expect(errand, kind, item, turn)

    def expect(self, errand: Errand, kind: VisitKind, item: str, turn: Turn) -> ErrandStepped:
        service = self._book.service_of(errand)
        home = self._residents.get(errand.applicant)
        place = self._there(errand, service, kind) or self.hall(
            service, home.home_xy if home is not None else (0.0, 0.0)
        )
        days = {"intake": self._settings.intake_days, "item": self._settings.item_days}.get(kind, -1.0)
        if kind == "pick_up":
            days = self._settings.pick_up_days
        until_ms = self._time.add("working_day", turn.city_ms, days) if days > 0 else -1
        clerk = self._roster.holder("clerk", turn.city_ms, self._department(service, kind, item))
        return step(
            errand, "expected", rule(service, "visit", clerk.id if clerk else ""),
            because("the applicant has to come: {what}", what=VISIT_TEXT[kind]), turn, item=item, visit=kind,
            place=place.id if place is not None else errand.place, until_ms=until_ms,
        )  # fmt: skip

    def _there(self, errand: Errand, service: Service, kind: VisitKind) -> Place | None:
        """The hall whose terminal somebody stands at with an application."""
        place = self._places.get(self._stands.get(errand.terminal, "")) if kind == "intake" else None
        return place if place is not None and place.kind == service.place_kind else None

    @staticmethod
    def _department(service: Service, kind: str, item: str) -> str:
        return service.item(item).department if kind == "item" else service.reception

    def _clerks(self, errand: Errand, kind: str, item: str, city_ms: int) -> tuple[Person, ...]:
        department = self._department(self._book.service_of(errand), kind, item)
        return self._roster.on_duty("clerk", city_ms, department)

    def opens_ms(self, department: str, city_ms: int) -> int:
        """The next full hour at which somebody of the department is at a counter; where nobody is for two weeks, a day
        on, to ask again."""
        at = city_ms - self._roster.local(city_ms) % HOUR_MS + HOUR_MS
        for hour in range(_WEEK_H):
            if self._roster.on_duty("clerk", at + hour * HOUR_MS, department):
                return at + hour * HOUR_MS
        return city_ms + 24 * HOUR_MS

    # --- at the hall ------------------------------------------------------------------------------------------------

    def arrive(self, person: str, place: str, turn: Turn, number: int) -> Iterator[ErrandStepped]:
        """A person enters a hall, or says so at its door: a number for each errand that they are expected with, the
        next one ``number``."""
        for errand in self._book.of_person(person):
            visit = errand.visit
            if visit is None or errand.applicant != person or visit.place != place or visit.state != "expected":
                continue
            made = self.take_number(errand, visit, turn, number)
            if made is not None:
                number += made.state == "queued"
                yield made

    def take_number(self, errand: Errand, visit: Visit, turn: Turn, number: int) -> ErrandStepped | None:
        """A number; or, once, when to come again where nobody can be served now."""
        shut = self._book.state.closed.get(visit.place)
        if shut is not None or not self._clerks(errand, visit.kind, visit.item, turn.city_ms):
            return self._home(errand, visit, turn)
        return step(
            errand, "queued", Actor("resident", errand.applicant), because("took a number"), turn, item=visit.item,
            visit=visit.kind, place=visit.place, number=visit.number or number,
        )  # fmt: skip

    def _home(self, errand: Errand, visit: Visit, turn: Turn) -> ErrandStepped | None:
        service = self._book.service_of(errand)
        opens_ms = self.opens_ms(self._department(service, visit.kind, visit.item), turn.city_ms)
        shut = self._book.state.closed.get(visit.place)
        if visit.state == "expected" and visit.opens_ms > turn.city_ms:
            return None  # told before
        why = because("{why}", why=CLOSING_TEXT[shut.ground]) if shut else because("nobody is at this counter now")
        return step(
            errand, "sent_home", CLOCK, why, turn, item=visit.item, visit=visit.kind, place=visit.place,
            number=visit.number, until_ms=opens_ms,
        )  # fmt: skip

    def assign(self, turn: Turn, busy: set[str], skip: set[str]) -> Iterator[tuple[Errand, Person, ErrandStepped]]:
        """The next numbers to free clerks. Who is taken is added to ``busy``, which errand is served to ``skip``."""
        for department, queue in self._book.agenda.queues():
            present = self._roster.on_duty("clerk", turn.city_ms, department)
            free = [clerk for clerk in present if clerk.id not in busy]
            for waiting in queue:
                if not free:
                    break
                if waiting.errand in skip:
                    continue
                errand = self._book.state.errands[waiting.errand]
                clerk = free.pop(0)
                yield errand, clerk, self.serve(errand, clerk, turn)
                busy.add(clerk.id)
                skip.add(errand.id)

    def serve(self, errand: Errand, clerk: Person, turn: Turn) -> ErrandStepped:
        visit = errand.visit
        assert visit is not None
        service = self._book.service_of(errand)
        until_ms = turn.city_ms + self._issuing.visit_ms(errand, service, visit, turn)
        return step(
            errand, "serving", rule(service, "counter", clerk.id), because("the next number"), turn, item=visit.item,
            visit=visit.kind, number=visit.number, clerk=clerk.id, counter=self._counter_of.get(clerk.id, 0),
            place=visit.place, until_ms=until_ms,
        )  # fmt: skip

    def unattended(self, turn: Turn, skip: set[str]) -> Iterator[ErrandStepped]:
        """The clerks of a department have gone: its queue goes home, and each keeps the number."""
        for department, queue in self._book.agenda.queues():
            if self._roster.on_duty("clerk", turn.city_ms, department):
                continue
            for waiting in queue:
                errand = self._book.state.errands[waiting.errand]
                if errand.visit is not None and errand.id not in skip:
                    made = self._home(errand, errand.visit, turn)
                    if made is not None:
                        skip.add(errand.id)
                        yield made

    def due(self, errand: Errand, visit: Visit, turn: Turn) -> Iterator[Event]:
        """The counter is done with the applicant, or nobody came."""
        service = self._book.service_of(errand)
        if visit.state == "serving":
            actor = rule(service, "counter", visit.clerk)
            yield step(
                errand, "served", actor, because("done at the counter"), turn, item=visit.item, visit=visit.kind,
                number=visit.number, clerk=visit.clerk, place=visit.place,
            )  # fmt: skip
            yield from self._done(errand, service, visit, actor, turn)
            return
        fields = {"item": visit.item, "visit": visit.kind, "place": visit.place}
        why = because("nobody came in time")
        yield step(errand, "missed", CLOCK, why, turn, **fields)
        if visit.kind == "pick_up":
            for id in self._granted(errand, service):
                posted = because("not fetched in time: sent by post")
                yield of_item(ItemDelivered, errand, id, CLOCK, posted, turn)
        elif visit.kind != "supplement":
            yield step(errand, "lapsed", CLOCK, why, turn)

    def _done(self, errand: Errand, service: Service, visit: Visit, actor: Actor, turn: Turn) -> Iterator[Event]:
        if visit.kind == "pick_up":
            for id in self._granted(errand, service):
                yield of_item(ItemDelivered, errand, id, actor, because("fetched at the counter"), turn)
        elif visit.kind == "supplement":
            for item in service.items:
                if errand.progress.parts[item.id].state is P.SUPPLEMENT:
                    brought = tuple(
                        one.id for one in item.materials
                        if one.id in errand.progress.asked and one.id not in errand.progress.held
                    )  # fmt: skip
                    yield of_item(
                        SupplementAnswered, errand, item.id, actor, because("brought to the counter"), turn,
                        materials=brought, ripe_ms=self._issuing.ripe_ms(errand, item, turn), terminal=errand.terminal,
                    )  # fmt: skip

    @staticmethod
    def _granted(errand: Errand, service: Service) -> tuple[str, ...]:
        """What can be fetched."""
        parts = errand.progress.parts
        return tuple(i.id for i in service.items if i.delivery == "pick_up" and parts[i.id].state is P.GRANTED)

    # --- closed counters --------------------------------------------------------------------------------------------

    def watch(self, turn: Turn) -> Iterator[CounterClosed | CounterOpened]:
        """Halls that an incident closes, and those that it no longer does."""
        closed = self._book.state.closed
        for place in self._city.of_kind("service_hall"):
            cause, known = self._closures.closing(place.id), closed.get(place.id)
            if cause is not None and known is None:
                why = because("{why}", why=CLOSING_TEXT[cause[0]])
                yield CounterClosed(actor=CLOCK, **why, place=place.id, ground=cause[0], incident=cause[1])
            elif cause is None and known is not None and known.incident:
                yield CounterOpened(actor=CLOCK, **because("the incident is over"), place=place.id)

    def lead_away(self, closed: CounterClosed, turn: Turn) -> Iterator[ErrandStepped]:
        """Those who are expected or wait there are led to another hall; where there is none, sent home."""
        for id in self._book.agenda.at_place(closed.place):
            errand = self._book.state.errands[id]
            visit = errand.visit
            if visit is None or visit.state == "serving":
                continue
            service = self._book.service_of(errand)
            other = self.hall(service, self._places[closed.place].xy)
            if other is None or other.id in self._book.state.closed:
                made = self._home(errand, visit, turn)
                if made is not None:
                    yield made
                continue
            why = because("{why}: to {hall} instead", why=CLOSING_TEXT[closed.ground], hall=other.name)
            yield step(
                errand, "expected", CLOCK, why, turn, item=visit.item, visit=visit.kind, place=other.id,
                until_ms=visit.until_ms,
            )  # fmt: skip

    def ask_back(self, opened: CounterOpened, turn: Turn) -> Iterator[ErrandStepped]:
        """Those who are expected at a hall hear that it is open again."""
        for id in self._book.agenda.at_place(opened.place):
            errand = self._book.state.errands[id]
            visit = errand.visit
            if visit is not None and visit.state == "expected":
                yield step(
                    errand, "expected", CLOCK, because("the hall is open again"), turn, item=visit.item,
                    visit=visit.kind, place=visit.place, until_ms=visit.until_ms,
                )  # fmt: skip


def _away(place: Place, xy: tuple[float, float]) -> float:
    return math.hypot(place.xy[0] - xy[0], place.xy[1] - xy[1])
