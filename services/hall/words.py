"""What applicants say about errands under way: they bring what was asked for, appeal, let go, withdraw."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast, get_args

from services.engine.desk import Turn
from services.facts.base import Actor, Event
from services.facts.because import because, english
from services.facts.hall import AppealGround, ErrandWithdrawn, ItemAppealed, ItemEnded, SupplementAnswered
from services.facts.rights import WordRefused
from services.hall.answers import TELL_LONG_MS
from services.hall.book import Book
from services.hall.catalogue import Service
from services.hall.codes import APPEAL_TEXT
from services.hall.errand import Errand
from services.hall.graph_state import P
from services.hall.issuing import Issuing
from services.hall.ports import Registered
from services.hall.steps import TELL_MS, of_item
from twin.core.text import Text
from twin.formats.civic import ErrandWord

APPEAL_GROUNDS: tuple[str, ...] = get_args(AppealGround)


class Words:
    """Judges a word; what came of it lies in the book."""

    def __init__(self, book: Book, issuing: Issuing) -> None:
        self._book, self._issuing = book, issuing

    def hear(self, person: str, word: ErrandWord, terminal: str, turn: Turn) -> tuple[Event, ...] | Text:
        """What comes of it, or why nothing does. It repeats nothing that was said: the answer stays in the journal."""
        errand = self._book.get(word.errand)
        if errand is None or person not in (errand.person, errand.applicant):
            return Text("there is no such errand of yours")
        if errand.ended:
            return Text("this errand has ended")
        service = self._book.service_of(errand)
        if word.item and word.item not in errand.progress.parts:
            return Text("this errand has no such item")
        actor = Actor("resident", person)
        match word.word:
            case "supply":
                return tuple(self._supply(errand, service, word, actor, terminal, turn)) or _NOTHING_ASKED
            case "appeal":
                return self._appeal(errand, service, word, actor, turn)
            case "let_go":
                return self._let_go(errand, word, actor, turn)
            case "withdraw":
                return (
                    ErrandWithdrawn(
                        actor=actor, cause=errand.id, **because("the applicant's own word"), errand=errand.id,
                        person=errand.person, pseudonym=errand.pseudonym, service=errand.service,
                        request=errand.request, tell_until_ms=turn.city_ms + TELL_MS,
                    ),
                )  # fmt: skip

    def _supply(
        self, errand: Errand, service: Service, word: ErrandWord, actor: Actor, terminal: str, turn: Turn
    ) -> Iterator[Event]:
        """Of every item (or the one that is named) that waits for the applicant. Only what was asked for counts."""
        asked = set(errand.progress.asked) - set(errand.progress.held)
        for item in service.items:
            waits = errand.progress.parts[item.id].state is P.SUPPLEMENT and word.item in ("", item.id)
            brought = tuple(one.id for one in item.materials if one.id in asked and one.id in word.materials)
            if waits and brought:
                yield of_item(
                    SupplementAnswered, errand, item.id, actor, because("the applicant brought it"), turn,
                    materials=brought, ripe_ms=self._issuing.ripe_ms(errand, item, turn), terminal=terminal,
                )  # fmt: skip

    @staticmethod
    def _appeal(
        errand: Errand, service: Service, word: ErrandWord, actor: Actor, turn: Turn
    ) -> tuple[Event, ...] | Text:
        ground = word.ground or "unfair"
        if ground not in APPEAL_GROUNDS:
            return Text("there is no such ground of appeal")
        part = errand.progress.parts.get(word.item)
        if part is None or part.state is not P.REFUSED or part.appealed:
            return Text("nothing of it can be appealed now")
        known = {one.id for one in service.item(word.item).materials}
        brought = tuple(id for id in dict.fromkeys(word.materials) if id in known)
        why = because("{ground}", ground=APPEAL_TEXT[ground])
        return (
            of_item(
                ItemAppealed, errand, word.item, actor, why, turn, ground=cast(AppealGround, ground),
                materials=brought,
            ),
        )  # fmt: skip

    @staticmethod
    def _let_go(errand: Errand, word: ErrandWord, actor: Actor, turn: Turn) -> tuple[Event, ...] | Text:
        part = errand.progress.parts.get(word.item)
        if part is None or part.state not in (P.SUPPLEMENT, P.REFUSED):
            return Text("nothing of it can be let go now")
        return (of_item(ItemEnded, errand, word.item, actor, because("the applicant's own word"), turn),)


_NOTHING_ASKED = Text("nothing of it was asked for")


def unheard(speaker: Registered, why: Text, turn: Turn) -> Iterator[WordRefused]:
    """The phone is told why its word came to nothing; repeated words are answered by silence."""
    if not _spoken_before(why):
        yield WordRefused(
            actor=Actor("resident", speaker.id), reason=english(why), why=why, person=speaker.id,
            pseudonym=speaker.pseudonym, word="errand", tell_until_ms=turn.city_ms + TELL_LONG_MS,
        )  # fmt: skip


def _spoken_before(why: Text) -> bool:
    """Whether it, or another, was said already."""
    return why.msgid in ("this errand has ended", "nothing of it was asked for", "nothing of it can be let go now")
