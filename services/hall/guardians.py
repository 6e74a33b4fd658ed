"""Who acts for whom by law: parents for children, relatives for adults who cannot act themselves."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Mapping

from services.hall.ports import Registered

OWN_CONSENT_YEARS = 14
"""Below this age consent is the guardians' alone (Personal Information Protection Law, art. 31)."""
ADULT_YEARS = 18
"""Civil Code, art. 17."""
_PARENTS = ("head", "spouse")


class Guardians:
    """By the register. It has years of birth and no days: an age is reached with the beginning of its year, which is an
    assumption of this project. Adults with a lasting loss of memory have the other adults of their household as
    guardians (Civil Code, art. 28: spouse, parents and children, other near relatives)."""

    def __init__(self, residents: Mapping[str, Registered]) -> None:
        self._residents = residents
        self._households: dict[str, list[Registered]] = defaultdict(list)
        for resident in residents.values():
            if resident.household:
                self._households[resident.household].append(resident)

    def age(self, person: str, city_ms: int) -> int:
        return datetime.datetime.fromtimestamp(city_ms / 1000, datetime.UTC).year - self._residents[person].birth_year

    def dependant(self, person: str, city_ms: int) -> bool:
        """Who has guardians, whether or not there is anybody to be one: minors, and adults who cannot act."""
        return self.age(person, city_ms) < ADULT_YEARS or self._residents[person].disability == "memory"

    def needed(self, person: str, city_ms: int) -> bool:
        """Whether this person's own consent is none."""
        young = self.age(person, city_ms) < OWN_CONSENT_YEARS
        return young or self._residents[person].disability == "memory"

    def of(self, person: str, city_ms: int) -> tuple[str, ...]:
        """The guardians of a dependant, in the register's order; nobody of those who act for themselves."""
        if person not in self._residents or not self.dependant(person, city_ms):
            return ()
        ward = self._residents[person]
        minor = self.age(person, city_ms) < ADULT_YEARS
        parents_only = minor and ward.relation == "child"
        return tuple(
            one.id
            for one in self._households.get(ward.household, ())
            if one.id != person
            and not self.dependant(one.id, city_ms)
            and (not parents_only or one.relation in _PARENTS)
        )

    def may_act(self, actor: str, person: str, city_ms: int) -> bool:
        """For oneself, unless one's own word is none; and for one's wards."""
        if actor == person:
            return person in self._residents and not self.needed(person, city_ms)
        return actor in self.of(person, city_ms)
