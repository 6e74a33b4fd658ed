"""What is whose: the errands that a resident, or whoever acts for them by law, may see whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import msgspec

from services.hall.catalogue import Service
from services.hall.errand import Errand
from services.hall.guardians import Guardians
from services.hall.own_actions import own_actions
from services.hall.ports import Registered
from twin.core.views import Card


class Mine:
    """Reads the hall's book. ``page`` is an errand's whole page."""

    def __init__(
        self,
        errands: Callable[[], Mapping[str, Errand]],
        page: Callable[[str], Card | None],
        service_of: Callable[[Errand], Service],
        guardians: Guardians,
        residents: Mapping[str, Registered],
        now_ms: Callable[[], int],
    ) -> None:
        self._errands, self._page, self._service_of = errands, page, service_of
        self._guardians = guardians
        self._residents, self._now_ms = residents, now_ms

    def owns(self, person: str, errand: str) -> bool:
        """Whether it is theirs, was asked for by them, or is their ward's."""
        known = self._errands().get(errand)
        return known is not None and (person in (known.person, known.agent) or self.acts_for(person, known.person))

    def acts_for(self, person: str, other: str) -> bool:
        """Whether the law lets a person act for another one now."""
        return person != other and person in self._guardians.of(other, self._now_ms())

    def wards(self, person: str) -> tuple[str, ...]:
        """Those of the household for whom a person acts by law, in the register's order."""
        known = self._residents.get(person)
        if known is None or not known.household:
            return ()
        same = (one.id for one in self._residents.values() if one.household == known.household)
        return tuple(other for other in same if self.acts_for(person, other))

    def errands(self, person: str) -> Iterator[Errand]:
        """In the order of their beginning."""
        for errand in self._errands().values():
            if self.owns(person, errand.id):
                yield errand

    def cards(self, person: str) -> Iterator[Card]:
        """Whole, with what the applicant may do; those that have ended stay for as long as the hall keeps them."""
        for errand in self.errands(person):
            page = self._page(errand.id)
            if page is not None:
                acts = own_actions(errand, self._service_of(errand)) if person == errand.applicant else ()
                yield msgspec.structs.replace(page, actions=(*page.actions, *acts))
