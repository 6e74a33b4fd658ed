"""The errands desk: from a form to signed credentials, item by item through the service's graph, every use of data on a
recorded ground. What is decided about which subject stands in applicants, reception, visits, reviews, words and
officers; here is who hears what, and what follows from what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from services.collaboration.canon import canonical, revive
from services.collaboration.roster import Roster
from services.engine.desk import Fact, Tick, Turn
from services.facts.base import Actor, Event
from services.facts.because import because
from services.facts.engine import PersonErased
from services.facts.hall import (
    CatalogueOffered,
    CounterClosed,
    CounterOpened,
    CredentialIssued,
    ErrandBegun,
    ErrandCompleted,
    ErrandStepped,
    ItemDelivered,
    ItemEnded,
    ItemEscalated,
    ReviewBegun,
    ReviewTaken,
)
from services.facts.of_item import OfItem
from services.facts.records import Outgoing
from services.facts.resident import ApplyForService, SayErrandWord, TakeNumber
from services.hall import graph
from services.hall.answers import answer_of, pointless_after
from services.hall.applicants import Applicants
from services.hall.book import Book, BookState
from services.hall.errand import Errand
from services.hall.graph_state import P
from services.hall.offers import digest_of, offers_of
from services.hall.officers import Officers, OfOfficer
from services.hall.ports import Registered
from services.hall.reception import Reception
from services.hall.request_ids import RequestIds
from services.hall.reviews import Reviews
from services.hall.steps import CLOCK, of_item, refused, step
from services.hall.visits import Visits
from services.hall.words import Words
from twin.core.text import Text
from twin.state.batch import Batch


class ErrandDesk:
    """Holds the book. Whatever happens to an errand is offered to it again, and it goes on until nothing follows."""

    name = "errands"

    def __init__(
        self,
        book: Book,
        roster: Roster,
        residents: Mapping[str, Registered],
        reception: Reception,
        visits: Visits,
        reviews: Reviews,
        words: Words,
        officers: Officers,
        ids: RequestIds,
    ) -> None:
        self.book = book
        self.roster = roster
        self._reception, self._visits, self._reviews = reception, visits, reviews
        self._officers, self._ids = officers, ids
        self._applicants = Applicants(book, residents, reception, visits, words, ids)
        self._digest = digest_of(book.services)

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        match fact:
            case Tick():
                return self._tick(turn)
            case Batch():
                return self._applicants.hear(fact, turn)
            case ErrandBegun():
                return self._accept(self.book.state.errands[fact.errand], turn)
            case ErrandStepped(state="served"):
                return self._follow(fact.errand, turn, there=True)
            case ReviewBegun() | ReviewTaken() | OfItem():
                return self._follow(fact.errand, turn)
            case CounterClosed():
                return self._visits.lead_away(fact, turn)
            case CounterOpened():
                return self._visits.ask_back(fact, turn)
            case ApplyForService() | SayErrandWord() | TakeNumber():
                return self._applicants.by_console(fact, turn)
            case PersonErased():
                return self._end_all_of(fact, turn)
            case _:
                return self._officers.obey(fact, turn) if isinstance(fact, OfOfficer) else ()

    # --- what follows -----------------------------------------------------------------------------------------------

    def _accept(self, errand: Errand, turn: Turn) -> Iterator[Event]:
        """Who applies at a counter hands the application in there; who is at its terminal, now."""
        service = self.book.service_of(errand)
        actor = self._reception.answering(service, "accept", turn)
        yield step(errand, "accepted", actor, because("the form is in order"), turn)
        if errand.channel != "counter":
            yield from self._next(errand, turn)
            return
        expected = self._visits.expect(errand, "intake", "", turn)
        yield expected
        clerk = self.roster.holder("clerk", turn.city_ms, service.reception)
        if errand.terminal and clerk is not None and expected.place not in self.book.state.closed:
            yield step(
                errand, "queued", Actor("resident", errand.applicant), because("took a number"), turn,
                visit="intake", place=expected.place, number=self.book.state.number + 1,
            )  # fmt: skip

    def _end_all_of(self, erased: PersonErased, turn: Turn) -> Iterator[Event]:
        """Nothing of an erased person's can be read any more, nor does a proxy who was erased come."""
        for errand in self.book.of_person(erased.person):
            yield refused(errand, erased.actor, Text("the data of this person was erased"), turn)

    def _follow(self, id: str, turn: Turn, there: bool = False) -> Iterator[Event]:
        """Something happened to an errand: it goes on, and whoever has become free takes the next thing up."""
        errand = self.book.get(id)
        if errand is None or errand.ended:
            yield from self._assign(turn, set())
            return
        made = tuple(self._next(errand, turn, there)) or tuple(
            self._due(errand, self.book.state.credentials, turn)
        )  # fmt: skip
        yield from made
        yield from self._assign(turn, {id} if made else set())

    def _next(self, errand: Errand, turn: Turn, there: bool = False) -> Iterator[Event]:
        """The end, once every item has ended; else reviews that can begin, and the visit that is needed next."""
        if graph.completed(errand.progress):
            yield from self._end(errand, turn)
            return
        if errand.visit is not None and errand.visit.kind == "intake":
            return
        yield from self._reviews.begin(errand, turn)
        yield from self._visits.plan(errand, turn, there)

    def _end(self, errand: Errand, turn: Turn) -> Iterator[Event]:
        service = self.book.service_of(errand)
        actor = self._reception.answering(service, "end", turn)
        if not any(part.state is P.DELIVERED for part in errand.progress.parts.values()):
            yield step(errand, "refused", actor, because("no item came to a result"), turn)
            return
        why = because("every item has come to its end")
        yield step(errand, "completed", actor, why, turn)
        yield ErrandCompleted(
            actor=actor, cause=errand.id, **why, errand=errand.id, service=errand.service, person=errand.person,
            pseudonym=errand.pseudonym, request=errand.request,
            credentials=tuple(credential.id for credential in errand.credentials), trips=errand.trips,
            waited_ms=errand.waited_ms,
        )  # fmt: skip

    def _tick(self, turn: Turn) -> Iterator[Event]:
        """What is due, one thing of each errand; then the queues."""
        if self.book.state.offered != self._digest:
            gone = tuple(sorted(set(self.book.state.told) - set(self.book.services)))
            yield CatalogueOffered(**because("the catalogue in force"), digest=self._digest, withdrawn=gone)
        issued, skip = self.book.state.credentials, set[str]()
        for changed in self._visits.watch(turn):
            skip.update(self.book.agenda.at_place(changed.place))
            yield changed
        for id in self.book.agenda.due(turn.city_ms):
            if id in skip:
                continue
            for event in self._due(self.book.state.errands[id], issued, turn):
                issued += isinstance(event, CredentialIssued)
                skip.add(id)
                yield event
        yield from self._visits.unattended(turn, skip)
        yield from self._assign(turn, skip)

    def _assign(self, turn: Turn, skip: set[str]) -> Iterator[Event]:
        """Who waits at a counter comes before what waits on a desk."""
        busy = self.book.agenda.busy()
        for _, _, serving in self._visits.assign(turn, busy, skip):
            yield serving
        yield from self._reviews.assign(turn, busy, skip)

    def _due(self, errand: Errand, issued: int, turn: Turn) -> Iterator[Event]:
        """The first thing of an errand whose time has come."""
        now_ms, visit, parts = turn.city_ms, errand.visit, errand.progress.parts
        if visit is not None and 0 <= visit.until_ms <= now_ms:
            yield from self._visits.due(errand, visit, turn)
            return
        for review in errand.reviews:
            if review.officer and review.until_ms <= now_ms:
                yield from self._reviews.decide(errand, review, issued, turn)
                return
        for item, due_ms in errand.posts.items():
            if due_ms <= now_ms and parts[item].state is P.GRANTED:
                yield of_item(ItemDelivered, errand, item, CLOCK, because("brought by post"), turn)
                return
        for item in graph.run_out(errand.progress, now_ms):
            yield of_item(ItemEnded, errand, item, CLOCK, because("the applicant's time has run out"), turn)
            return
        for item in graph.overdue(errand.progress, now_ms):
            department = self.book.service_of(errand).item(item).department
            head = self.roster.holder("department_head", now_ms, department)
            yield of_item(
                ItemEscalated, errand, item, CLOCK, because("the law's time limit has passed in silence"), turn,
                department=department, head=head.id if head else "",
            )  # fmt: skip
            return

    # --- state ------------------------------------------------------------------------------------------------------

    def apply(self, event: Event, turn: Turn) -> None:
        self.book.record(event, turn.city_ms)

    def outgoing(self, event: Event) -> Iterable[Outgoing]:
        if isinstance(event, CatalogueOffered):
            return offers_of(self.book.services, event.withdrawn)
        return answer_of(event, self._ids.plain)

    def settled(self, event: Event) -> Iterable[str]:
        return pointless_after(event)

    def snapshot(self) -> bytes:
        return canonical(self.book.state)

    def restore(self, data: bytes) -> None:
        self.book.take_up(revive(data, BookState))
