"""What phones say inside a virtual place: the same deeds as by command, refused with the same reasons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import get_args

from services.engine.desk import Turn
from services.facts.base import Actor, Event
from services.facts.because import because
from services.facts.virtual import AppealMeasure, Conduct, ConductReported, PlaceWordRefused
from services.virtual.book import Book
from services.virtual.moderation import Moderation
from services.virtual.visits import Visits
from twin.core.text import Text
from twin.formats.civic import PlaceWord
from twin.state.batch import PersonSaid

CONDUCTS: tuple[str, ...] = get_args(Conduct)


@dataclass(frozen=True, slots=True)
class PhoneWords:
    """One word a person, kind and subject in a batch; what comes again changes nothing."""

    book: Book
    visits: Visits
    moderation: Moderation

    def hear(self, said: Sequence[PersonSaid], turn: Turn) -> Iterator[Event]:
        reported = 0
        seen: set[tuple[str, str]] = set()
        for one in said:
            word = one.body
            if not isinstance(word, PlaceWord) or (one.person, word.word) in seen:
                continue
            seen.add((one.person, word.word))
            outcome = self._one(one, word, reported, turn)
            if isinstance(outcome, Text):
                yield self._refused(one, word, outcome)
                continue
            for event in outcome:
                reported += isinstance(event, ConductReported)
                yield event

    def _one(self, said: PersonSaid, word: PlaceWord, reported: int, turn: Turn) -> Iterator[Event] | Text:
        person, cause = said.person, f"phone@{said.observed_ms}"
        if word.place not in self.book.places:
            return Text("there is no such virtual place")
        match word.word:
            case "join":
                return self.visits.join(word.subject, person, cause)
            case "quit":
                return self.visits.quit(word.subject, person, cause)
            case "say":
                sealed = self.visits.sealed(person, word.place, word.text)
                return self.visits.say(word.place, person, word.subject, word.target, sealed, cause, turn)
            case "report" if word.conduct in CONDUCTS:
                conduct: Conduct = word.conduct  # type: ignore[assignment]
                return self.moderation.report(word.place, person, word.subject, conduct, cause, reported)
            case "appeal":
                fact = AppealMeasure(id=cause, actor=Actor("resident", person), measure=word.subject)
                return self.moderation.appeal(fact, person, turn)
            case _:
                return Text("there is no such kind of conduct")

    def _refused(self, said: PersonSaid, word: PlaceWord, why: Text) -> PlaceWordRefused:
        here = word.place if word.place in self.book.places else ""
        avatar = self.book.state.places[here].avatars.get(said.person) if here else None
        known = self.moderation.residents.get(said.person)
        return PlaceWordRefused(
            actor=Actor("rule", "virtual/words"), cause=f"phone@{said.observed_ms}", **because(why.msgid, **why.args),
            place=here, person=said.person, word=word.word,
            pseudonym=avatar.pseudonym if avatar is not None else known.pseudonym if known is not None else "",
        )  # fmt: skip
