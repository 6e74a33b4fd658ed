"""The errands desk: from a form on a phone to signed credentials, every use of data on a recorded ground."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from services.collaboration.canon import canonical, revive
from services.collaboration.roster import Person, Roster
from services.engine.desk import Fact, Tick, Turn
from services.facts.base import Actor, Command, CommandRefused, Event
from services.facts.because import Because, because, english
from services.facts.engine import PersonErased
from services.facts.hall import (
    CallNumber,
    CredentialIssued,
    DataUsed,
    DataUseRefused,
    ErrandBegun,
    ErrandCompleted,
    ErrandRefused,
    ErrandStepped,
    RefuseErrand,
)
from services.facts.records import Outgoing
from services.hall.answers import answer_of
from services.hall.book import Book, BookState
from services.hall.catalogue import Item, Service
from services.hall.counter import TELL_MS, Counter
from services.hall.errand import Errand, ErrandState
from services.hall.legal import Ledger, purpose_of
from services.hall.ports import Registered
from services.hall.reception import Reception
from twin.core.text import Text
from twin.formats.civic import Presence, ServiceRequest
from twin.state.batch import Batch, PersonSaid


class ErrandDesk:
    """Holds the book; the counter's work is in :class:`Counter`."""

    name = "errands"

    def __init__(
        self,
        services: Mapping[str, Service],
        roster: Roster,
        residents: Mapping[str, Registered],
        reception: Reception,
        ledger: Ledger,
        counter: Counter,
    ) -> None:
        self.book = Book(services)
        self.roster = roster
        self._residents = residents
        self._reception = reception
        self._ledger = ledger
        self._counter = counter

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        match fact:
            case Batch():
                return self._hear(fact, turn)
            case ErrandBegun():
                return self._accept(fact, turn)
            case ErrandStepped(state="arrived"):
                return self._number(self.book.state.errands[fact.errand], turn)
            case ErrandStepped(state="issuing"):
                return self._after(self.book.state.errands[fact.errand], turn)
            case Tick():
                return self._work(turn)
            case CallNumber() | RefuseErrand():
                return self._command(fact, turn)
            case PersonErased():
                return self._end_all_of(fact, turn)
            case _:
                return ()

    # --- by phone ---------------------------------------------------------------------------------------------------

    def _hear(self, batch: Batch, turn: Turn) -> Iterator[Event]:
        """Applications, and arrivals at the hall that was named. Repeated words change nothing."""
        serial = self.book.state.serial
        seen: set[str] = set()
        for said in batch.notices:
            if not isinstance(said, PersonSaid) or said.person not in self._residents:
                continue
            if isinstance(said.body, ServiceRequest):
                key = f"{said.person}/{said.body.request_id}"
                if self.book.knows(said.person, said.body.request_id) or key in seen:
                    continue
                seen.add(key)
                for event in self._reception.take(said, said.body, serial + 1, turn):
                    serial += isinstance(event, ErrandBegun)
                    yield event
            elif isinstance(said.body, Presence) and said.body.entered:
                for errand in self.book.open():
                    here = errand.applicant == said.person and errand.place == said.body.place
                    if here and errand.state is ErrandState.ACCEPTED and errand.id not in seen:
                        seen.add(errand.id)
                        yield _step(
                            errand,
                            "arrived",
                            Actor("resident", said.person),
                            because("the phone entered the hall"),
                            turn,
                        )

    def _accept(self, begun: ErrandBegun, turn: Turn) -> Iterable[Event]:
        errand = self.book.state.errands[begun.errand]
        service = self.book.services[errand.service]
        clerk = self.roster.holder("clerk", turn.city_ms, service.reception)
        rule = f"service/{service.id}@{service.version}/accept"
        actor = Actor("rule", rule, "clerk", clerk.id if clerk else "")
        return (_step(errand, "accepted", actor, because("the form is in order"), turn, place=errand.place),)

    def _end_all_of(self, erased: PersonErased, turn: Turn) -> Iterator[Event]:
        """Nothing of an erased person's can be read any more, nor does a proxy who was erased come."""
        for errand in self.book.open():
            if erased.person in (errand.person, errand.agent):
                yield refused(errand, erased.actor, Text("the data of this person was erased"), turn)

    # --- at the hall ------------------------------------------------------------------------------------------------

    def _number(self, errand: Errand, turn: Turn) -> Iterable[Event]:
        item = self._next_item(errand)
        if errand.state is not ErrandState.ARRIVED or item is None:
            return ()
        return (
            _step(
                errand, "queued", Actor("resident", errand.applicant), because("took a number"), turn, item=item.id,
                number=self.book.state.number + 1, place=errand.place,
            ),
        )  # fmt: skip

    def _next_item(self, errand: Errand) -> Item | None:
        """The first item whose predecessors are done."""
        service = self.book.services[errand.service]
        return next((item for item in service.items if item.id not in errand.done), None)

    def _after(self, errand: Errand, turn: Turn) -> Iterable[Event]:
        """The same number waits for the next item's clerk; after the last, everything is done."""
        if errand.state is not ErrandState.ISSUING:
            return ()
        item = self._next_item(errand)
        actor = Actor("rule", f"service/{errand.service}@{errand.version}/counter", "clerk", errand.clerk)
        if item is not None:
            reason = because("the credential is reused, nothing is asked twice")
            return (
                _step(errand, "queued", actor, reason, turn, item=item.id, number=errand.number, place=errand.place),
            )
        completed = ErrandCompleted(
            actor=actor, cause=errand.id, **because("every item is done"), errand=errand.id, service=errand.service,
            person=errand.person, pseudonym=errand.pseudonym, request=errand.request,
            credentials=tuple(credential.id for credential in errand.credentials), trips=errand.trips,
            waited_ms=errand.waited_ms,
        )  # fmt: skip
        return (_step(errand, "completed", actor, because("every item is done"), turn), completed)

    def _work(self, turn: Turn) -> Iterable[Event]:
        events: list[Event] = []
        issued = self.book.state.credentials
        busy = {errand.clerk for errand in self.book.open() if errand.state is ErrandState.SERVING}
        queue: list[Errand] = []
        for errand in self.book.open():
            service = self.book.services[errand.service]
            if errand.state is ErrandState.SERVING and turn.city_ms >= errand.until_ms:
                done = tuple(self._counter.finish(errand, service, issued, turn))
                issued += sum(isinstance(event, CredentialIssued) for event in done)
                events.extend(done)
            elif errand.state is ErrandState.QUEUED:
                queue.append(errand)
            elif errand.state is ErrandState.ACCEPTED and turn.city_ms - errand.begun_ms > service.patience_s * 1000:
                events.append(
                    _step(errand, "lapsed", Actor("system", "civitwin"), because("nobody came to the hall"), turn)
                )
        for errand in sorted(queue, key=lambda one: (one.number, one.id)):
            item = self.book.services[errand.service].item(errand.item)
            clerk = self._free_clerk(item, busy, turn)
            if clerk is not None:
                busy.add(clerk.id)
                events.extend(self._serve(errand, item, clerk, turn))
        return events

    def _free_clerk(self, item: Item, busy: set[str], turn: Turn) -> Person | None:
        clerks = self.roster.on_duty("clerk", turn.city_ms, item.department)
        return next((clerk for clerk in clerks if clerk.id not in busy), None)

    def _serve(self, errand: Errand, item: Item, clerk: Person, turn: Turn) -> Iterator[Event]:
        """To the counter, if the law lets the department read what it needs."""
        service = self.book.services[errand.service]
        actor = Actor("rule", f"service/{service.id}@{errand.version}/counter", "clerk", clerk.id)
        fields = tuple(dict.fromkeys((*item.reads, *item.claims)))
        barred = self._reception.barred(errand, turn)
        if barred is not None:
            yield refused(errand, actor, barred, turn)
            return
        purpose = purpose_of(service, item)
        ground = self._ledger.to_read(errand.person, purpose, item.department, fields, turn.city_ms)
        if isinstance(ground, Text):
            yield DataUseRefused(
                actor=actor, cause=errand.id, reason=english(ground), why=ground, person=errand.person,
                department=item.department, purpose=purpose, fields=fields, errand=errand.id,
            )  # fmt: skip
            yield refused(errand, actor, ground, turn)
            return
        yield DataUsed(
            actor=actor, cause=errand.id, **because("{ground}", ground=ground.reference), person=errand.person,
            department=item.department, purpose=purpose, fields=fields, basis=ground.id, errand=errand.id,
            known_as=self._counter.known_as(errand.person, item.department),
        )  # fmt: skip
        until_ms = turn.city_ms + self._counter.duration_ms(errand, item, turn)
        clerks = [one.id for one in self.roster.people if "clerk" in one.posts]
        yield _step(
            errand, "serving", actor, because("the next number"), turn, item=item.id, number=errand.number,
            clerk=clerk.id, counter=clerks.index(clerk.id) + 1, place=errand.place, until_ms=until_ms,
        )  # fmt: skip

    # --- by clerks --------------------------------------------------------------------------------------------------

    def _command(self, fact: CallNumber | RefuseErrand, turn: Turn) -> Iterable[Event]:
        errand = self.book.state.errands.get(fact.errand)
        if not self.roster.holds(fact.actor.id, fact.posts, turn.city_ms):
            return (_no(fact, Text("only a clerk on duty does this")),)
        if errand is None or errand.ended:
            return (_no(fact, Text("there is no such errand under way")),)
        if isinstance(fact, RefuseErrand):
            reason = fact.why_not.strip()
            if not reason:
                return (_no(fact, Text("a reason is needed")),)
            return (refused(errand, fact.actor, Text("{reason}", {"reason": reason}), turn),)
        if errand.state is not ErrandState.QUEUED:
            return (_no(fact, Text("this errand is not in the queue")),)
        item = self.book.services[errand.service].item(errand.item)
        busy = {one.clerk for one in self.book.open() if one.state is ErrandState.SERVING}
        clerk = self._free_clerk(item, busy, turn)
        return tuple(self._serve(errand, item, clerk, turn)) if clerk else (_no(fact, Text("no clerk is free for it")),)

    def apply(self, event: Event, turn: Turn) -> None:
        self.book.record(event, turn.city_ms)

    def outgoing(self, event: Event) -> Iterable[Outgoing]:
        return answer_of(event)

    def snapshot(self) -> bytes:
        return canonical(self.book.state)

    def restore(self, data: bytes) -> None:
        self.book.state = revive(data, BookState)
        ordered = sorted(self.book.state.errands.items(), key=lambda item: int(item[0][2:]))
        self.book.state.errands = dict(ordered)


def _step(errand: Errand, state: str, actor: Actor, reason: Because, turn: Turn, **fields: object) -> ErrandStepped:
    event = ErrandStepped(
        actor=actor, cause=errand.id, **reason, errand=errand.id, person=errand.person,
        pseudonym=errand.pseudonym, request=errand.request, state=state,  # type: ignore[arg-type]
        tell_until_ms=turn.city_ms + TELL_MS,
    )  # fmt: skip
    return msgspec.structs.replace(event, **fields)


def refused(errand: Errand, actor: Actor, why: Text, turn: Turn) -> ErrandRefused:
    """The errand ends without a result, for a reason."""
    return ErrandRefused(
        actor=actor, cause=errand.id, reason=english(why), why=why, errand=errand.id, person=errand.person,
        pseudonym=errand.pseudonym, service=errand.service, request=errand.request,
        tell_until_ms=turn.city_ms + TELL_MS,
    )  # fmt: skip


def _no(fact: Command, why: Text) -> CommandRefused:
    return CommandRefused(actor=fact.actor, cause=fact.id, command=type(fact).__name__, why=why)
