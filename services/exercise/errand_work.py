"""What waits at the head of a department because of errands: appeals to decide, and items that lie before them since
the law's limit has passed in silence."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Protocol

from services.exercise.work import Draft, Item, Seat
from services.facts.base import Command
from services.facts.hall import DecideItemAppeal, GrantItem
from services.hall import graph
from services.hall.agenda import in_person
from services.hall.book import Book
from services.hall.catalogue import Service
from services.hall.errand import Errand
from services.hall.graph_state import P

HEAD = "department_head"
PLAIN = 4
ABOUT_PAPERS = ("materials_missing", "materials_invalid")
"""Grounds of refusal that papers brought with an appeal take away."""


class Errands(Protocol):
    """The hall's desk of errands."""

    @property
    def book(self) -> Book: ...


class ErrandWork:
    """As a head would who goes by the papers: a refusal stands where what it rests on still does."""

    def __init__(self, errands: Errands) -> None:
        self._book = errands.book

    def waiting(self, city_ms: int) -> Iterator[Item]:
        for errand in self._book.open():
            service = self._book.service_of(errand)
            for id, part in errand.progress.parts.items():
                if part.state is P.APPEALED:
                    since_ms = errand.appeals[id].city_ms
                    yield self._item("decide_appeal", errand, service, id, since_ms, partial(_decide, errand, id))
                elif part.state is P.REVIEW and part.escalated and _grantable(errand, service, id):
                    yield self._item("decide_late", errand, service, id, part.until_ms, partial(_grant, errand, id))

    @staticmethod
    def _item(task: str, errand: Errand, service: Service, id: str, since_ms: int, make: partial[Command]) -> Item:
        seat = Seat(HEAD, service.item(id).department)
        return Item(task, seat, f"{errand.id}.{id}", since_ms, "", PLAIN, make)


def _grantable(errand: Errand, service: Service, id: str) -> bool:
    """Whether nothing is missing, and no officer has it in hand."""
    review = errand.review_of(id)
    there = not in_person(service, id) or id in errand.visited
    return review is not None and not review.officer and there and not graph.lacking(service, errand.progress, id)


def _decide(errand: Errand, id: str, draft: Draft) -> Command:
    mended = errand.grounds.get(id) in ABOUT_PAPERS and errand.appeals[id].papers
    upheld = mended == draft.slip  # a slip decides the other way
    return DecideItemAppeal(id=draft.id, actor=draft.actor, errand=errand.id, item=id, upheld=upheld)


def _grant(errand: Errand, id: str, draft: Draft) -> Command:
    return GrantItem(id=draft.id, actor=draft.actor, errand=errand.id, item=id)
