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

_DAY_MS = 24 * 3_600_000


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
        self._wards: dict[str, tuple[int, tuple[str, ...]]] = {}

    def owns(self, person: str, errand: str) -> bool:
        """Whether it is theirs, was asked for by them, or is their ward's."""
        known = self._errands().get(errand)
        return known is not None and self._theirs(person, known)

    def _theirs(self, person: str, errand: Errand) -> bool:
        return person in (errand.person, errand.agent) or errand.person in self.wards(person)

    def acts_for(self, person: str, other: str) -> bool:
        """Whether the law lets a person act for another one now."""
        return person != other and person in self._guardians.of(other, self._now_ms())

    def wards(self, person: str) -> tuple[str, ...]:
        """Those of the household for whom a person acts by law, in the register's order."""
        known, day = self._residents.get(person), self._now_ms() // _DAY_MS
        if known is None or not known.household:
            return ()
        kept = self._wards.get(person)
        if kept is None or kept[0] != day:  # by the year of birth: nothing changes within a day
            same = (one.id for one in self._residents.values() if one.household == known.household)
            kept = self._wards[person] = day, tuple(other for other in same if self.acts_for(person, other))
        return kept[1]

    def errands(self, person: str) -> Iterator[Errand]:
        """In the order of their beginning."""
        for errand in self._errands().values():
            if self._theirs(person, errand):
                yield errand

    def cards(self, person: str) -> Iterator[Card]:
        """Whole, with what the applicant may do; those that have ended stay for as long as the hall keeps them."""
        for errand in self.errands(person):
            page = self._page(errand.id)
            if page is not None:
                acts = own_actions(errand, self._service_of(errand)) if person == errand.applicant else ()
                yield msgspec.structs.replace(page, actions=(*page.actions, *acts))
