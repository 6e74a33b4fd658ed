"""What is due, what waits and who is busy, over all errands under way: so that no tick has to look at each of them.

Everything here follows from the errands and can be made again from them; nothing of it is state.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from services.hall import graph
from services.hall.catalogue import Service
from services.hall.errand import Errand, Review
from services.hall.graph_state import P

_OFFICE = (P.REVIEW, P.APPEALED)
_APPLICANT = (P.SUPPLEMENT, P.REFUSED)
NEVER_MS = 1 << 62


class Waiting(NamedTuple):
    """A review that an officer of its department can take from ``ripe_ms`` on, in this order."""

    ripe_ms: int
    serial: int
    errand: str
    items: tuple[str, ...]


class Queued(NamedTuple):
    """A number that waits at a counter, in this order."""

    number: int
    serial: int
    errand: str


class _Entries(NamedTuple):
    """What stands in the agenda of one errand."""

    due_ms: int
    reviews: tuple[tuple[str, Waiting], ...]
    queued: tuple[tuple[str, Queued], ...]
    busy: tuple[str, ...]
    people: tuple[str, ...]
    place: str


_NOTHING = _Entries(NEVER_MS, (), (), (), (), "")


class Agenda:
    """Sorted lists: :meth:`put` costs a few comparisons, a look at what is due nothing."""

    def __init__(self) -> None:
        self._entries: dict[str, _Entries] = {}
        self._due: list[tuple[int, int, str]] = []
        self._reviews: dict[str, list[Waiting]] = {}
        self._queues: dict[str, list[Queued]] = {}
        self._busy: dict[str, int] = {}
        self._people: dict[str, dict[str, None]] = {}
        self._places: dict[str, dict[str, None]] = {}

    def put(self, errand: Errand, service: Service) -> None:
        """The errand as it is now; one that has ended goes."""
        self._take_out(errand.id, self._entries.pop(errand.id, _NOTHING))
        if errand.ended:
            return
        serial = int(errand.id[2:])
        entries = _entries_of(errand, service, serial)
        self._entries[errand.id] = entries
        if entries.due_ms < NEVER_MS:
            insort(self._due, (entries.due_ms, serial, errand.id))
        for department, waiting in entries.reviews:
            insort(self._reviews.setdefault(department, []), waiting)
        for department, queued in entries.queued:
            insort(self._queues.setdefault(department, []), queued)
        for officer in entries.busy:
            self._busy[officer] = self._busy.get(officer, 0) + 1
        for person in entries.people:
            self._people.setdefault(person, {})[errand.id] = None
        if entries.place:
            self._places.setdefault(entries.place, {})[errand.id] = None

    def _take_out(self, id: str, old: _Entries) -> None:
        if old.due_ms < NEVER_MS:
            self._due.remove((old.due_ms, int(id[2:]), id))
        for department, waiting in old.reviews:
            self._reviews[department].remove(waiting)
        for department, queued in old.queued:
            self._queues[department].remove(queued)
        for officer in old.busy:
            self._busy[officer] -= 1
            if not self._busy[officer]:
                del self._busy[officer]
        for person in old.people:
            self._people[person].pop(id, None)
            if not self._people[person]:
                del self._people[person]
        if old.place:
            self._places[old.place].pop(id, None)

    def due(self, city_ms: int) -> tuple[str, ...]:
        """Errands of which something is due by now, the longest due first."""
        return tuple(id for _, _, id in self._due[: bisect_right(self._due, (city_ms, NEVER_MS, ""))])

    def next_ms(self) -> int:
        """When something is due next, of which nobody free is needed; ``NEVER_MS`` where nothing is."""
        return self._due[0][0] if self._due else NEVER_MS

    def queues(self) -> Iterator[tuple[str, tuple[Queued, ...]]]:
        """Departments at whose counters somebody waits, with their numbers in order."""
        for department in sorted(self._queues):
            if queue := self._queues[department]:
                yield department, tuple(queue)

    def ripe(self, city_ms: int) -> Iterator[tuple[str, tuple[Waiting, ...]]]:
        """Departments in which a review waits for an officer, the ripest first."""
        for department in sorted(self._reviews):
            waiting = self._reviews[department]
            if waiting and waiting[0].ripe_ms <= city_ms:
                yield department, tuple(waiting[: bisect_right(waiting, (city_ms, NEVER_MS))])

    def busy(self) -> set[str]:
        """Clerks who serve somebody or work on a review."""
        return set(self._busy)

    def of_person(self, person: str) -> tuple[str, ...]:
        """Open errands in whose name or by whom something was applied for, in the order of their numbers."""
        return tuple(sorted(self._people.get(person, ()), key=lambda id: int(id[2:])))

    def at_place(self, place: str) -> tuple[str, ...]:
        """Open errands with a visit to this hall."""
        return tuple(sorted(self._places.get(place, ()), key=lambda id: int(id[2:])))

    def places(self) -> tuple[str, ...]:
        return tuple(sorted(place for place, there in self._places.items() if there))


def _entries_of(errand: Errand, service: Service, serial: int) -> _Entries:
    reviews: list[tuple[str, Waiting]] = []
    for review in errand.reviews:
        if not review.officer and may_look(service, errand, review):
            reviews.append((review.department, Waiting(review.ripe_ms, serial, errand.id, review.items)))
    queued: tuple[tuple[str, Queued], ...] = ()
    visit = errand.visit
    if visit is not None and visit.state == "queued":
        department = service.item(visit.item).department if visit.kind == "item" else service.reception
        queued = ((department, Queued(visit.number, serial, errand.id)),)
    busy = [review.officer for review in errand.reviews if review.officer]
    if visit is not None and visit.clerk:
        busy.append(visit.clerk)
    people = tuple(dict.fromkeys((errand.person, errand.applicant)))
    place = visit.place if visit is not None else ""
    return _Entries(min(_moments(errand), default=NEVER_MS), tuple(reviews), queued, tuple(busy), people, place)


def _moments(errand: Errand) -> Iterable[int]:
    """When something of it is due."""
    visit = errand.visit
    if visit is not None and visit.until_ms >= 0:
        yield visit.until_ms
    for review in errand.reviews:
        if review.officer:
            yield review.until_ms
    for item, due_ms in errand.posts.items():
        if errand.progress.parts[item].state is P.GRANTED:
            yield due_ms
    for part in errand.progress.parts.values():
        silent = part.state in _OFFICE and not part.escalated
        if part.until_ms >= 0 and (silent or part.state in _APPLICANT):
            yield part.until_ms + 1


def may_look(service: Service, errand: Errand, review: Review) -> bool:
    """Whether an officer could do anything about it: what cannot be done online is done, and what another item has
    asked the applicant for is no longer awaited."""
    awaited = any(part.state is P.SUPPLEMENT for part in errand.progress.parts.values())
    for id in review.items:
        if in_person(service, id) and id not in errand.visited:
            return False
        if awaited:
            missing = {one.id for one in graph.lacking(service, errand.progress, id)}
            if missing and missing <= set(errand.progress.asked):
                return False
    return True


def in_person(service: Service, id: str) -> bool:
    """Whether an item has a part of its own that cannot be done online; what is only fetched is its pick-up."""
    item = service.item(id)
    return item.offline is not None and item.delivery != "pick_up"
