"""What officers and heads of departments do by command, before or instead of the service's rule."""

from __future__ import annotations

from collections.abc import Iterable

from services.collaboration.authority import Authority, person_of
from services.collaboration.roster import Roster
from services.engine.desk import Turn
from services.facts.base import Command, Event
from services.facts.because import because
from services.facts.hall import (
    AskSupplement,
    CallNumber,
    CloseCounter,
    CounterClosed,
    CounterOpened,
    DecideItemAppeal,
    GrantItem,
    ItemAppealDecided,
    OpenCounter,
    RefuseErrand,
    RefuseItem,
    ReviewTaken,
    TakeReview,
)
from services.hall.agenda import in_person, may_look
from services.hall.book import Book
from services.hall.catalogue import Service
from services.hall.codes import CLOSING_TEXT, GROUND_TEXT
from services.hall.errand import Errand
from services.hall.graph_state import P
from services.hall.issuing import Issuing, ReuseError
from services.hall.reviews import Reviews
from services.hall.steps import no, of_item, refused, saying
from services.hall.visits import Visits
from twin.core.errors import CivitwinError
from twin.core.text import Text

OfOfficer = (
    CallNumber | RefuseErrand | TakeReview | AskSupplement | GrantItem | RefuseItem | DecideItemAppeal | CloseCounter
    | OpenCounter
)  # fmt: skip


class Officers:
    """Judges commands; only a department's own people decide about its items."""

    def __init__(
        self, book: Book, roster: Roster, authority: Authority, issuing: Issuing, reviews: Reviews, visits: Visits,
        places: Iterable[str],
    ) -> None:  # fmt: skip
        self._book, self._roster, self._authority = book, roster, authority
        self._issuing, self._reviews, self._visits = issuing, reviews, visits
        self._places = frozenset(places)

    def obey(self, fact: OfOfficer, turn: Turn) -> tuple[Event, ...]:
        why = self._authority.refusal(fact, turn.city_ms)
        if why is not None:
            return (no(fact, why),)
        if isinstance(fact, CloseCounter | OpenCounter):
            return (self._counter(fact),)
        errand = self._book.get(fact.errand)
        if errand is None or errand.ended:
            return (no(fact, Text("there is no such errand under way")),)
        service = self._book.service_of(errand)
        if isinstance(fact, RefuseErrand):
            return (refused(errand, fact.actor, GROUND_TEXT[fact.ground], turn),)
        if isinstance(fact, CallNumber):
            return self._call(fact, errand, service, turn)
        made = self._of_item(fact, errand, service, turn)
        return (no(fact, made),) if isinstance(made, Text) else made

    def _counter(self, fact: CloseCounter | OpenCounter) -> Event:
        shut = fact.place in self._book.state.closed
        if fact.place not in self._places:
            return no(fact, Text("there is no such hall"))
        if isinstance(fact, CloseCounter):
            if shut:
                return no(fact, Text("its counters are closed already"))
            why = because("{why}", why=CLOSING_TEXT[fact.ground])
            return CounterClosed(actor=fact.actor, cause=fact.id, **why, place=fact.place, ground=fact.ground)
        if not shut:
            return no(fact, Text("its counters are open"))
        return CounterOpened(actor=fact.actor, cause=fact.id, **because("by order"), place=fact.place)

    def _call(self, fact: CallNumber, errand: Errand, service: Service, turn: Turn) -> tuple[Event, ...]:
        visit = errand.visit
        if visit is None or visit.state != "queued":
            return (no(fact, Text("this errand is not in the queue")),)
        department = service.item(visit.item).department if visit.kind == "item" else service.reception
        busy = self._book.agenda.busy()
        free = [one for one in self._roster.on_duty("clerk", turn.city_ms, department) if one.id not in busy]
        if not free:
            return (no(fact, Text("no clerk is free for it")),)
        return (self._visits.serve(errand, free[0], turn),)

    def _of_item(
        self, fact: TakeReview | AskSupplement | GrantItem | RefuseItem | DecideItemAppeal, errand: Errand,
        service: Service, turn: Turn,
    ) -> tuple[Event, ...] | Text:  # fmt: skip
        part = errand.progress.parts.get(fact.item)
        if part is None:
            return Text("this errand has no such item")
        if self._authority.department(fact.actor, turn.city_ms) != service.item(fact.item).department:
            return Text("only the department that it lies with decides about it")
        if isinstance(fact, DecideItemAppeal):
            if part.state is not P.APPEALED:
                return Text("there is no appeal to decide")
            return (self._decided(fact, errand, service, turn),)
        review = errand.review_of(fact.item)
        if part.state is not P.REVIEW or review is None:
            return Text("it is not under review")
        if review.officer and review.officer != person_of(fact.actor) and fact.actor.post == "clerk":
            return Text("another officer works on it")
        if isinstance(fact, TakeReview):
            return self._take(fact, errand, turn)
        if isinstance(fact, RefuseItem):
            return (self._reviews.refuse(errand, fact.item, fact.actor, fact.ground, fact.remedy, turn),)
        if isinstance(fact, AskSupplement):
            return self._ask(fact, errand, service, turn)
        return self._grant(fact, errand, service, turn)

    def _take(self, fact: TakeReview, errand: Errand, turn: Turn) -> tuple[Event, ...] | Text:
        review = errand.review_of(fact.item)
        officer = self._roster.person(person_of(fact.actor))
        if review is None or officer is None or review.officer:
            return Text("an officer works on it already")
        service = self._book.service_of(errand)
        if not may_look(service, errand, review):
            return Text("what it needs from the applicant is still awaited")
        if review.joint and not self._issuing.lacking(service, errand, fact.item, turn.city_ms):
            return Text("a joint review is taken up together, when all of it is ripe")
        if officer.id in self._book.agenda.busy():
            return Text("one thing at a time: something else is in hand")
        made = tuple(self._reviews.take(errand, review, officer, turn))
        return tuple(_by(event, fact) if isinstance(event, ReviewTaken) else event for event in made)

    def _ask(self, fact: AskSupplement, errand: Errand, service: Service, turn: Turn) -> tuple[Event, ...] | Text:
        lacking = [one.id for one in self._issuing.lacking(service, errand, fact.item, turn.city_ms)]
        wanted = tuple(dict.fromkeys(fact.materials)) or tuple(lacking)
        if not wanted or not set(wanted) <= set(lacking):
            return Text("only what the item needs and is missing is asked for")
        if set(wanted) & set(errand.progress.asked):
            return Text("it was asked for before: nothing is asked for twice")
        return (self._reviews.ask(errand, fact.item, wanted, fact.actor, turn),)

    def _grant(self, fact: GrantItem, errand: Errand, service: Service, turn: Turn) -> tuple[Event, ...] | Text:
        if self._issuing.lacking(service, errand, fact.item, turn.city_ms):
            return Text("something that the item needs is missing")
        if in_person(service, fact.item) and fact.item not in errand.visited:
            return Text("what cannot be done online is still to be done")
        issued = self._book.state.credentials
        try:
            return self._issuing.grant(errand, service, service.item(fact.item), fact.actor, issued, turn)
        except CivitwinError as fault:
            return fault.why if isinstance(fault, ReuseError) else Text("{fault}", {"fault": str(fault)})

    def _decided(self, fact: DecideItemAppeal, errand: Errand, service: Service, turn: Turn) -> Event:
        why = Text("the refusal stands") if fact.upheld else Text("the refusal does not stand")
        ripe_ms = -1 if fact.upheld else turn.city_ms
        return of_item(
            ItemAppealDecided, errand, fact.item, fact.actor, saying(why), turn, upheld=fact.upheld, ripe_ms=ripe_ms
        )  # fmt: skip


def _by(event: ReviewTaken, fact: Command) -> ReviewTaken:
    """Taken up by a person's own word."""
    return ReviewTaken(
        actor=fact.actor, cause=fact.id, **because("taken up by hand"), errand=event.errand, person=event.person,
        items=event.items, department=event.department, officer=event.officer, until_ms=event.until_ms,
    )  # fmt: skip
