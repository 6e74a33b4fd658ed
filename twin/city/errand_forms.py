"""The one form filled in from a resident's life: which answer a field gets is data (``config/field/forms.toml``)."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from twin.city.model import City
from twin.city.person_names import full_name
from twin.city.residents import CENSUS_YEAR, Resident
from twin.core.chance import fraction
from twin.core.errors import ConfigError

Of = Literal["applicant", "mother", "father", "pupil", "newborn", "resident", "other"]
Say = Literal["name", "birth_date", "identity_number", "address", "plate"]
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643, the check digit of an identity number
_CHECKS = "10X98765432"
_NOWHERE = "990000"  # an area code that no place has
_NO_PLATE = "无"
_PUPIL_AGES = range(6, 8)
_CHILD_UNTIL = 18


class Way(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a field is answered: exactly one of ``say``, ``place``, ``same_as``, ``number``, ``digits``, ``days`` and
    ``one_of``."""

    of: Of = "applicant"
    say: Say | None = None
    place: str | None = None
    same_as: str | None = None
    number: tuple[int, int] | None = None
    step: int = 1
    digits: int | None = None
    prefix: str = ""
    days: tuple[int, int] | None = None
    one_of: tuple[str, ...] | None = None


def load_forms(path: Path) -> dict[str, Way]:
    """Ways by field. Raises :class:`ConfigError` naming file, key and reason."""
    try:
        ways = msgspec.toml.decode(path.read_bytes(), type=dict[str, Way])
    except (OSError, msgspec.DecodeError) as fault:
        raise ConfigError(path, str(fault)) from fault
    for field, way in ways.items():
        reason = _fault(way, ways)
        if reason:
            raise ConfigError(f"{path}: {field}", reason)
    return ways


def _fault(way: Way, ways: Mapping[str, Way]) -> str:
    kinds = (way.say, way.place, way.same_as, way.number, way.digits, way.days, way.one_of)
    if sum(kind is not None for kind in kinds) != 1:
        return "exactly one of say, place, same_as, number, digits, days and one_of"
    if way.same_as is not None and (way.same_as not in ways or ways[way.same_as].same_as is not None):
        return f"{way.same_as!r} is no field with an answer of its own"
    if any(span is not None and span[0] > span[1] for span in (way.number, way.days)) or way.step < 1:
        return "first and last in order, a step of at least 1"
    if way.one_of == () or (way.digits is not None and not 1 <= way.digits <= 15):
        return "at least one answer, and from 1 to 15 digits"
    return ""


class Forms:
    """Fills forms. The same application gets the same answers, whoever fills it."""

    def __init__(self, ways: Mapping[str, Way], city: City, register: Sequence[Resident], seed: int) -> None:
        self._ways, self._city, self._register, self._seed = ways, city, register, seed
        self._home: dict[str, list[Resident]] = {}
        for resident in register:
            self._home.setdefault(resident.household, []).append(resident)

    def fill(
        self, fields: Iterable[str], person: Resident, ask: str, day: datetime.date, wrong: bool = False
    ) -> dict[str, str]:
        """Answers in the order of ``fields``; a field that nobody has a way for stays open. ``ask`` begins with the
        service, of which a field can have a way of its own (``service/field``). ``wrong``: one answer
        contradicts the register, where a field asks for what it holds."""
        form, service = {}, ask.partition("/")[0]
        for field in fields:
            way = self._ways.get(f"{service}/{field}", self._ways.get(field))
            if way is not None and way.same_as is not None:
                field_meant, way = way.same_as, self._ways[way.same_as]
            else:
                field_meant = field
            if way is None:
                continue
            answer = self._answer(way, person, f"{ask}/{field_meant}", ask, day)
            if wrong and way.say == "name" and way.of == "applicant":
                answer, wrong = self._name(f"{ask}/wrong", bool(len(answer) % 2)), False
            form[field] = answer
        return form

    def _answer(self, way: Way, person: Resident, key: str, ask: str, day: datetime.date) -> str:
        dice = fraction(self._seed, "form", key)
        if way.say is not None:
            return self._said(way.of, way.say, person, ask, day)
        if way.place is not None:
            return self._nearest(way.place, person)
        if way.number is not None:
            low, high = way.number
            return str(low + way.step * int(dice * ((high - low) // way.step + 1)))
        if way.digits is not None:
            return f"{way.prefix}{int(dice * 10**way.digits):0{way.digits}d}"
        if way.days is not None:
            low, high = way.days
            return (day + datetime.timedelta(days=low + int(dice * (high - low + 1)))).isoformat()
        answers = way.one_of or ("",)
        return answers[int(dice * len(answers))].replace("{surname}", person.name.zh[:1])

    def _said(self, of: Of, say: Say, person: Resident, ask: str, day: datetime.date) -> str:
        if of == "newborn" and CENSUS_YEAR - person.birth_year >= _CHILD_UNTIL:
            return self._newborn(say, person, ask, day)
        known = self._other(person, ask) if of == "resident" else self._somebody(of, person)
        if known is None:
            return self._name(f"{ask}/{of}", of == "mother") if say == "name" else self.birth_date(person)
        if say == "name":
            return known.name.zh
        if say == "address":
            return known.address.zh
        if say == "plate":
            return next(iter(known.vehicles), _NO_PLATE)
        return self.birth_date(known) if say == "birth_date" else self.identity_number(known)

    def _somebody(self, of: Of, person: Resident) -> Resident | None:
        """Of the register; None where it has nobody of the kind."""
        if of in ("applicant", "newborn"):
            return person
        home = self._home.get(person.household, [])
        if of == "pupil":
            return next((one for one in home if CENSUS_YEAR - one.birth_year in _PUPIL_AGES), None)
        if of in ("mother", "father"):
            parents = (one for one in home if one.relation in ("head", "spouse"))
            return next((one for one in parents if one.woman == (of == "mother")), None)
        return None

    def _other(self, person: Resident, ask: str) -> Resident | None:
        """Any grown resident of another household."""
        start = int(fraction(self._seed, "form", ask, "resident") * len(self._register))
        others = (*self._register[start:], *self._register[:start])
        grown = (one for one in others if CENSUS_YEAR - one.birth_year >= _CHILD_UNTIL)
        return next((one for one in grown if one.household != person.household), None)

    def _newborn(self, say: Say, parent: Resident, ask: str, day: datetime.date) -> str:
        """A child whom the register does not have yet, born some days ago."""
        if say != "name":
            return (day - datetime.timedelta(days=2 + int(9 * fraction(self._seed, "form", ask, "born")))).isoformat()
        given = self._name(f"{ask}/newborn", fraction(self._seed, "form", ask, "girl") < 0.5)[1:]
        return self._said("father", "name", parent, ask, day)[:1] + given

    def _name(self, key: str, woman: bool) -> str:
        return full_name(fraction(self._seed, "name", key), fraction(self._seed, "given", key), woman).zh

    def _nearest(self, kind: str, person: Resident) -> str:
        x, y = person.home_xy
        places = self._city.of_kind(kind)
        near = min(places, key=lambda place: (math.hypot(place.xy[0] - x, place.xy[1] - y), place.id), default=None)
        return near.id if near else kind

    def birth_date(self, person: Resident) -> str:
        """The register has years alone; the day is the seed's."""
        first = datetime.date(person.birth_year, 1, 1)
        return (first + datetime.timedelta(days=int(365 * fraction(self._seed, "born", person.id)))).isoformat()

    def identity_number(self, person: Resident) -> str:
        """Eighteen signs as GB 11643 has them, of an area that does not exist."""
        order = int(500 * fraction(self._seed, "order", person.id)) * 2 + (not person.woman)
        body = f"{_NOWHERE}{self.birth_date(person).replace('-', '')}{order:03d}"
        check = sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True)) % 11
        return body + _CHECKS[check]
