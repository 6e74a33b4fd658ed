"""Officers' work behind the counters: reviews begin, ripen, are taken up and decided, each by the service's own rule
with the officer who holds the post."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from services.collaboration.roster import Person, Roster
from services.engine.desk import Turn
from services.facts.base import Actor, Event
from services.facts.because import because
from services.facts.hall import (
    DataUsed,
    DataUseRefused,
    ItemRefused,
    RefusalGround,
    Remedy,
    ReviewBegun,
    ReviewTaken,
    SupplementAsked,
)
from services.hall import graph
from services.hall.agenda import Waiting, may_look
from services.hall.book import Book
from services.hall.catalogue import Item, Service
from services.hall.codes import GROUND_TEXT
from services.hall.errand import Errand, Review
from services.hall.graph_state import APPEAL, SUPPLEMENT, P
from services.hall.issuing import Issuing, ReuseError
from services.hall.legal import Ledger, purpose_of
from services.hall.reception import Reception
from services.hall.register import Register
from services.hall.steps import of_item, refused, rule, saying
from twin.core.errors import CivitwinError
from twin.core.text import Text


class Reviews:
    """Decides; what was decided lies in the book."""

    def __init__(
        self, book: Book, roster: Roster, ledger: Ledger, issuing: Issuing, reception: Reception, register: Register
    ) -> None:
        self._book, self._roster, self._ledger = book, roster, ledger
        self._issuing, self._reception, self._register = issuing, reception, register

    # --- beginning --------------------------------------------------------------------------------------------------

    def begin(self, errand: Errand, turn: Turn) -> Iterator[ReviewBegun]:
        """Whatever can begin now does: each group's items of one department together."""
        service = self._book.service_of(errand)
        for group in graph.ready(service, errand.progress):
            items = [service.item(id) for id in group]
            whole_ms = max(self._issuing.ripe_ms(errand, item, turn) for item in items)
            for department in dict.fromkeys(item.department for item in items):
                for ripe_ms, mine in self._apart(service, errand, items, department, whole_ms, turn):
                    clerk = self._roster.holder("clerk", turn.city_ms, department)
                    yield ReviewBegun(
                        actor=rule(service, "review", clerk.id if clerk else ""), cause=errand.id,
                        **because("what it waits for is done"), errand=errand.id, person=errand.person, items=mine,
                        department=department, ripe_ms=ripe_ms, joint=items[0].joint,
                    )  # fmt: skip

    def _apart(
        self, service: Service, errand: Errand, items: list[Item], department: str, whole_ms: int, turn: Turn
    ) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Where something is missing, no inquiry begins before it is there: an officer can say so at once."""
        mine = [item.id for item in items if item.department == department]
        short = {id for id in mine if self._issuing.lacking(service, errand, id, turn.city_ms)}
        for id in mine:
            if id in short:
                yield turn.city_ms, (id,)
        whole = tuple(id for id in mine if id not in short)
        if whole:
            yield whole_ms, whole

    # --- taking up --------------------------------------------------------------------------------------------------

    def assign(self, turn: Turn, busy: set[str], skip: set[str]) -> Iterator[Event]:
        """Ripe reviews to free officers. Whoever is taken is added to ``busy``; errands in ``skip`` are left alone,
        and those of which something was decided here are added."""
        for department, waiting in self._book.agenda.ripe(turn.city_ms):
            for one in waiting:
                if not self._free(department, busy, turn):
                    break
                errand = self._book.state.errands[one.errand]
                if errand.id not in skip:
                    yield from self._take(errand, one, busy, skip, turn)

    def _free(self, department: str, busy: set[str], turn: Turn) -> Person | None:
        present = self._roster.on_duty("clerk", turn.city_ms, department)
        return next((clerk for clerk in present if clerk.id not in busy), None)

    def _take(self, errand: Errand, one: Waiting, busy: set[str], skip: set[str], turn: Turn) -> Iterator[Event]:
        """An officer of each department that has to be there."""
        review = errand.review_of(one.items[0])
        if review is None:
            return
        together = self._together(errand, review, turn)
        officers: list[Person] = []
        for part in together:
            officer = self._free(part.department, busy | {one.id for one in officers}, turn)
            if officer is None:
                return
            officers.append(officer)
        for part, officer in zip(together, officers, strict=True):
            made = tuple(self.take(errand, part, officer, turn))
            yield from made
            if any(isinstance(event, ReviewTaken) for event in made):
                busy.add(officer.id)
        if together:
            skip.add(errand.id)

    def _together(self, errand: Errand, review: Review, turn: Turn) -> tuple[Review, ...]:
        """What is taken up with it: of a joint review every part that is under review, once all are ripe. Empty where
        one of them is not, or not all that was asked for is there."""
        service = self._book.service_of(errand)
        if not review.joint or self._short(service, errand, review, turn):
            return (review,)
        joint = {item.id for item in service.items if item.joint == review.joint}
        if any(errand.progress.parts[id].state in (P.SUPPLEMENT, P.WAITING) for id in joint):
            return ()
        parts = [one for one in errand.reviews if one.joint == review.joint]
        if any(one.officer or one.ripe_ms > turn.city_ms or not may_look(service, errand, one) for one in parts):
            return ()
        if any(self._short(service, errand, one, turn) for one in parts):
            return ()
        departments = dict.fromkeys(one.department for one in parts)
        merged = (
            (department, tuple(id for one in parts if one.department == department for id in one.items))
            for department in departments
        )
        return tuple(
            Review(items=items, department=department, ripe_ms=review.ripe_ms, joint=review.joint)
            for department, items in merged
        )

    def _short(self, service: Service, errand: Errand, review: Review, turn: Turn) -> bool:
        return any(self._issuing.lacking(service, errand, id, turn.city_ms) for id in review.items)

    def take(self, errand: Errand, review: Review, officer: Person, turn: Turn) -> Iterator[Event]:
        """To an officer's desk, if the law lets the department read what each item needs."""
        service = self._book.service_of(errand)
        actor = rule(service, "review", officer.id)
        barred = self._reception.barred(errand, turn)
        if barred is not None:
            yield refused(errand, actor, barred, turn)
            return
        work_ms, taken = 0, []
        for id in review.items:
            item = service.item(id)
            ground = self._read(errand, service, item, actor, turn)
            yield ground
            if isinstance(ground, DataUseRefused):
                why = ground.why or GROUND_TEXT["law_does_not_allow"]
                yield self.refuse(errand, id, actor, "law_does_not_allow", "apply_again", turn, why)
                continue
            taken.append(id)
            short = self._issuing.lacking(service, errand, id, turn.city_ms)
            work_ms += self._issuing.look_ms() if short else self._issuing.review_ms(errand, item, turn)
        if taken:
            yield ReviewTaken(
                actor=actor, cause=errand.id, **because("ripe, and an officer is free"), errand=errand.id,
                person=errand.person, items=tuple(taken), department=review.department, officer=officer.id,
                until_ms=turn.city_ms + work_ms,
            )  # fmt: skip

    def _read(
        self, errand: Errand, service: Service, item: Item, actor: Actor, turn: Turn
    ) -> DataUsed | DataUseRefused:
        fields = tuple(dict.fromkeys((*item.reads, *item.claims)))
        purpose = purpose_of(service, item)
        ground = self._ledger.to_read(errand.person, purpose, item.department, fields, turn.city_ms)
        about: dict[str, Any] = {
            "actor": actor, "cause": errand.id, "person": errand.person, "department": item.department,
            "purpose": purpose, "fields": fields, "errand": errand.id,
        }  # fmt: skip
        if isinstance(ground, Text):
            return DataUseRefused(**about, **saying(ground))
        known_as = self._issuing.known_as(errand.person, item.department)
        return DataUsed(
            **about, **because("{ground}", ground=ground.reference), basis=ground.id, known_as=known_as
        )  # fmt: skip

    # --- deciding ---------------------------------------------------------------------------------------------------

    def decide(self, errand: Errand, review: Review, issued: int, turn: Turn) -> Iterator[Event]:
        """The officer is done with the first of a review's items; the next ones follow by themselves."""
        service = self._book.service_of(errand)
        actor = rule(service, "review", review.officer)
        barred = self._reception.barred(errand, turn)
        if barred is not None:
            yield refused(errand, actor, barred, turn)
            return
        yield from self.look(errand, service, review.items[0], actor, issued, turn)

    def look(self, errand: Errand, service: Service, id: str, actor: Actor, issued: int, turn: Turn) -> Iterator[Event]:
        """Ask for what is missing, all at once; refuse with a reason and a remedy; else grant."""
        item = service.item(id)
        missing = tuple(one.id for one in self._issuing.lacking(service, errand, id, turn.city_ms))
        new = tuple(one for one in missing if one not in errand.progress.asked)
        if new:
            yield self.ask(errand, id, new, actor, turn)
            return
        if missing and any(part.state is P.SUPPLEMENT for part in errand.progress.parts.values()):
            yield ReviewBegun(
                actor=actor, cause=errand.id, **because("waits for what was asked for another item"), errand=errand.id,
                person=errand.person, items=(id,), department=item.department, ripe_ms=turn.city_ms, joint=item.joint,
            )  # fmt: skip
            return
        if missing:
            yield self.refuse(errand, id, actor, "materials_missing", "apply_again", turn)
            return
        try:
            answers = self._issuing.answers(errand)
            wrong = self._register.contradiction(errand.person, service, id, answers)
            if wrong is not None:
                yield self.refuse(errand, id, actor, "contradicts_register", "correct_register", turn, wrong)
                return
            yield from self._issuing.grant(errand, service, item, actor, issued, turn)
        except CivitwinError as fault:
            why = fault.why if isinstance(fault, ReuseError) else Text("{fault}", {"fault": str(fault)})
            yield self.refuse(errand, id, actor, "materials_invalid", "bring_valid_materials", turn, why)

    def ask(self, errand: Errand, id: str, missing: tuple[str, ...], actor: Actor, turn: Turn) -> Event:
        return of_item(
            SupplementAsked, errand, id, actor, because("something is missing"), turn, materials=missing,
            until_ms=self._book.due(turn.city_ms, SUPPLEMENT),
        )  # fmt: skip

    def refuse(
        self, errand: Errand, id: str, actor: Actor, ground: RefusalGround, remedy: Remedy, turn: Turn,
        why: Text | None = None,
    ) -> Event:  # fmt: skip
        """With a reason and a remedy; after an appeal, for good."""
        for_good = errand.progress.parts[id].appealed
        return of_item(
            ItemRefused, errand, id, actor, saying(why or GROUND_TEXT[ground]), turn, ground=ground, remedy=remedy,
            until_ms=-1 if for_good else self._book.due(turn.city_ms, APPEAL),
        )  # fmt: skip
