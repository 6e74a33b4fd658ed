"""What applicants say, by phone, at a terminal or from their own console: applications, words, arrivals at a hall."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from services.engine.desk import Turn
from services.facts.base import Event
from services.facts.hall import ErrandBegun, ErrandRefused
from services.facts.of_item import OfItem
from services.facts.resident import ApplyForService, SayErrandWord, TakeNumber
from services.hall.book import Book
from services.hall.ports import Registered
from services.hall.reception import Application, Reception
from services.hall.request_ids import RequestIds
from services.hall.steps import no
from services.hall.visits import Visits
from services.hall.words import Words, unheard
from twin.core.text import Text
from twin.formats.civic import ErrandWord, Presence, ServiceRequest
from twin.state.batch import Batch, PersonSaid


class Applicants:
    """Decides on the errand desk's behalf; the book holds the state."""

    def __init__(
        self, book: Book, residents: Mapping[str, Registered], reception: Reception, visits: Visits, words: Words,
        ids: RequestIds,
    ) -> None:  # fmt: skip
        self._book, self._residents = book, residents
        self._reception, self._visits, self._words, self._ids = reception, visits, words, ids

    def hear(self, batch: Batch, turn: Turn) -> Iterator[Event]:
        """Applications, words and arrivals. Repeated ones change nothing."""
        serial, number = self._book.state.serial, self._book.state.number
        seen: set[str] = set()
        for said in batch.notices:
            if not isinstance(said, PersonSaid) or said.person not in self._residents:
                continue
            body = said.body
            if isinstance(body, ServiceRequest):
                channel = said.channel or body.channel
                application = Application(
                    speaker=said.person, request=body, channel=channel, provenance=said.provenance,
                    terminal=said.terminal,
                )  # fmt: skip
                for event in self._apply_for(application, seen, serial + 1, turn):
                    serial += isinstance(event, ErrandBegun)
                    yield event
            elif isinstance(body, ErrandWord):
                yield from self._word(said, body, seen, turn)
            elif isinstance(body, Presence) and body.entered and f"at/{said.person}" not in seen:
                seen.add(f"at/{said.person}")
                for arrived in self._visits.arrive(said.person, body.place, turn, number + 1):
                    number += arrived.state == "queued"
                    if arrived.errand not in seen:
                        yield arrived

    def _apply_for(self, application: Application, seen: set[str], serial: int, turn: Turn) -> Iterator[Event]:
        request = self._ids.kept(application.speaker, application.request.request_id)
        key = f"{application.speaker}/{request}"
        if request and key not in seen and not self._book.knows(application.speaker, request):
            seen.add(key)
            yield from self._reception.take(application.under(request), serial, turn)

    def _word(self, said: PersonSaid, word: ErrandWord, seen: set[str], turn: Turn) -> Iterator[Event]:
        """One thing about each item in a batch: what comes after it is judged by what it left."""
        made = self._words.hear(said.person, word, said.terminal, turn)
        if isinstance(made, Text):
            yield from unheard(self._residents[said.person], made, turn)
            return
        for event in made:
            about = f"{word.errand}/{event.item if isinstance(event, OfItem) else ''}"
            if about not in seen and f"{word.errand}/" not in seen:
                seen.update((about, word.errand))
                yield event

    def by_console(self, fact: ApplyForService | SayErrandWord | TakeNumber, turn: Turn) -> Iterable[Event]:
        """A resident at a console does what their phone could do, and hears at once why something cannot be done."""
        person = fact.actor.id
        if fact.actor.kind != "resident" or person not in self._residents:
            return (no(fact, Text("nobody of this identity is registered")),)
        if isinstance(fact, SayErrandWord):
            word = ErrandWord(
                errand=fact.errand, word=fact.word, item=fact.item, materials=fact.materials, ground=fact.ground
            )
            made = self._words.hear(person, word, "", turn)
            return (no(fact, made),) if isinstance(made, Text) else made
        if isinstance(fact, TakeNumber):
            arrived = tuple(self._visits.arrive(person, fact.place, turn, self._book.state.number + 1))
            return arrived or (no(fact, Text("nothing is to be done there in person")),)
        form = self._reception.opened(person, fact.sealed, fact.id)
        if form is None:
            return (no(fact, Text("the form did not come in sealed")),)
        request = ServiceRequest(
            service=fact.service, request_id=fact.id, form=form, on_behalf=fact.on_behalf, mandate=fact.mandate,
            channel=fact.channel, materials=fact.materials, unwanted=fact.unwanted,
        )  # fmt: skip
        application = Application(speaker=person, request=request, channel=fact.channel, provenance=1)
        made = tuple(self._apply_for(application, set(), self._book.state.serial + 1, turn))
        refusals = (event.why for event in made if isinstance(event, ErrandRefused))
        return (*made, *(no(fact, why) for why in refusals if why is not None))
