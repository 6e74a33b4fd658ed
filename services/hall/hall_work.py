"""A department's work in the hall: what waits, ripens, is in hand, is due and overdue, and with whom."""

from __future__ import annotations

from collections.abc import Iterator

from services.collaboration.roster import Roster
from services.hall.book import Book
from services.hall.errand import Errand
from services.hall.errand_page import ErrandPages
from services.hall.errand_text import PART_TEXT, visit_text
from services.hall.graph_state import P
from twin.core.text import Name, Text
from twin.core.views import Card, Facts, Moment, Table

SHOWN = 60
"""Rows of a table; the most pressing ones."""
_OURS = (P.REVIEW, P.APPEALED)


class HallWork:
    """Worked out when somebody asks; keeps nothing."""

    def __init__(self, book: Book, roster: Roster, pages: ErrandPages, departments: dict[str, Name]) -> None:
        self._book, self._roster, self._pages, self._departments = book, roster, pages, departments

    def page(self, department: str, city_ms: int) -> Card | None:
        """None for a department that there is not."""
        name = self._departments.get(department)
        if name is None:
            return None
        work = sorted(self._rows(department), key=lambda row: (row[0], row[1].id, row[2]))
        people = self._roster.on_duty("clerk", city_ms, department)
        busy = self._book.agenda.busy()
        overdue = sum(0 <= until_ms < city_ms for until_ms, _, _ in work)
        queue = [queued for id, queue in self._book.agenda.queues() if id == department for queued in queue]
        facts = Facts(
            title=Text("Work in the hall"),
            rows=(
                (Text("Items with this department"), float(len(work))),
                (Text("Past the law's limit"), float(overdue)),
                (Text("Waiting at the counter"), float(len(queue))),
                (Text("Officers on duty"), float(len(people))),
                (Text("Of them at work"), float(sum(one.id in busy for one in people))),
            ),
        )
        sections = (facts, self._table(work, city_ms), self._people(department, city_ms))
        return Card(
            kind="hall_work", id=department, rev=0, title=name, subtitle=Text("Work in the hall"),
            icon="service_hall", sections=sections, pages=(("department", department, name),),
        )  # fmt: skip

    def _rows(self, department: str) -> Iterator[tuple[int, Errand, str]]:
        for errand in self._book.open():
            for item in self._book.service_of(errand).items:
                part = errand.progress.parts[item.id]
                if item.department == department and part.state in _OURS:
                    yield part.until_ms, errand, item.id

    def _table(self, work: list[tuple[int, Errand, str]], city_ms: int) -> Table:
        rows, links = [], []
        for until_ms, errand, id in work[:SHOWN]:
            service = self._book.service_of(errand)
            part, review = errand.progress.parts[id], errand.review_of(id)
            officer = self._roster.person(review.officer) if review is not None else None
            ripe = review is not None and review.ripe_ms > city_ms
            state = Text("inquiries go on") if ripe else PART_TEXT[part.state]
            rows.append(
                (
                    errand.id, service.item(id).name, self._pages.person(errand), state,
                    Moment(part.promised_ms, due=True) if part.promised_ms >= 0 else "–",
                    Moment(until_ms, due=True), officer.name if officer else "–",
                    Text("yes") if part.escalated else "–",
                )
            )  # fmt: skip
            links.append(("errand", errand.id))
        columns = (Text("Errand"), Text("Item"), Text("Applicant"), Text("State"), Text("Promised"),
                   Text("At the latest"), Text("Officer"), Text("Before the head"))  # fmt: skip
        return Table(title=Text("Under review, the most pressing first"), columns=columns, rows=tuple(rows),
                     links=tuple(links))  # fmt: skip

    def _people(self, department: str, city_ms: int) -> Table:
        """Who is on duty, and what each has in hand."""
        hands: dict[str, tuple[Text | Name | str, str]] = {}
        for errand in self._book.open():
            visit = errand.visit
            if visit is not None and visit.clerk:
                hands[visit.clerk] = (visit_text(visit), errand.id)
            for review in errand.reviews:
                if review.officer:
                    hands[review.officer] = (self._book.service_of(errand).item(review.items[0]).name, errand.id)
        rows = tuple(
            (person.name, *hands.get(person.id, (Text("free"), "–")))
            for person in self._roster.on_duty("clerk", city_ms, department)
        )
        return Table(title=Text("Officers"), columns=(Text("Officer"), Text("In hand"), Text("Errand")), rows=rows)
