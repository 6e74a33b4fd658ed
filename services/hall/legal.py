"""The legal-basis ledger: no department reads personal data without a ground that covers person, purpose, department,
fields and time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Literal

import msgspec

from services.hall.catalogue import Item, Service
from services.hall.guardians import Guardians
from services.hall.ports import Registered
from twin.core.text import Name, Text

CONSENT = Name("the applicant's own request and consent", "申请人本人申请并同意")
EMERGENCY = "emergency"
DUTY = "duty"
"""What somebody of the centre opens a resident's page for."""
PHONE = ("presence", "position", "report", "service")
"""Purposes that a phone is heard on at all."""

PURPOSE: dict[str, Text] = {
    "presence": Text("presence in places"),
    "position": Text("one's position"),
    "report": Text("reports"),
    "service": Text("public services"),
    EMERGENCY: Text("an emergency"),
    DUTY: Text("work of the centre"),
}


class Ground(msgspec.Struct, frozen=True):
    """Why a department may read."""

    id: str
    kind: Literal["statutory", "consent", "emergency"]
    reference: Name | Text


class Need(msgspec.Struct, frozen=True):
    """What a department needs to read for a purpose: these fields, on the law or on consent, and nothing else."""

    purpose: str
    department: str
    fields: frozenset[str]
    name: Name
    statute: Ground | None = None  # None: on consent


class Consent(msgspec.Struct, frozen=True):
    """A word on a purpose and everything below it, for a department or (empty) all."""

    purpose: str
    department: str
    given: bool
    by: str
    at_ms: int
    until_ms: int = -1
    over: bool = False  # its time came, and that is on record

    def covers(self, purpose: str, department: str) -> bool:
        return within(purpose, self.purpose) and self.department in ("", department)


class Access(msgspec.Struct, frozen=True):
    """Emergency access: broken glass, until it is over."""

    id: str
    person: str
    department: str
    fields: tuple[str, ...]
    ground: str
    case: str
    by: str
    from_ms: int
    until_ms: int
    ended: bool = False
    looks: int = 0


class Look(msgspec.Struct, frozen=True):
    """Who looked at what, when, why, on what ground; ``basis`` is empty where it was refused. ``by`` is the named
    person of the roster; empty: software alone."""

    city_ms: int
    department: str
    known_as: str
    purpose: str
    fields: tuple[str, ...]
    basis: str
    ground: Text
    by: str = ""


class LedgerState(msgspec.Struct):
    words: dict[str, tuple[Consent, ...]] = {}  # by person, oldest first
    accesses: dict[str, Access] = {}
    opened: int = 0
    looks: dict[str, tuple[Look, ...]] = {}
    erased: set[str] = set()


def within(purpose: str, wider: str) -> bool:
    """``service/newborn`` is within ``service`` and within itself."""
    return purpose == wider or purpose.startswith(f"{wider}/")


def purpose_of(service: Service, item: Item | None = None) -> str:
    """``service/newborn`` for taking the form in, ``service/newborn/birth_certificate`` for an item."""
    whole = f"{service.purpose}/{service.id}"
    return whole if item is None else f"{whole}/{item.id}"


def needs_of(services: Mapping[str, Service]) -> tuple[Need, ...]:
    """Of the reception, which takes the whole form in on consent, and of each item's department."""
    needs: list[Need] = []
    for service in services.values():
        asked = frozenset(field.id for field in service.fields)
        needs.append(Need(purpose_of(service), service.reception, asked, service.name))
        for item in service.items:
            ground = Ground(item.basis.id, "statutory", item.basis.reference)
            statute = ground if item.basis.kind == "statutory" else None
            fields = frozenset((*item.reads, *item.claims))
            needs.append(Need(purpose_of(service, item), item.department, fields, item.name, statute))
    return tuple(needs)


class Ledger:
    """Decides nothing and changes nothing by itself: :class:`services.hall.legal_desk.LegalDesk` applies the events."""

    def __init__(self, residents: Mapping[str, Registered], needs: Iterable[Need], guardians: Guardians) -> None:
        self.state = LedgerState()
        self._residents = residents
        self._guardians = guardians
        self._needs = {(need.purpose, need.department): need for need in needs}
        self._names = {need.purpose: need.name for need in self._needs.values()}

    def purposes(self) -> frozenset[str]:
        """All that one can agree to."""
        parts = (purpose.split("/") for purpose in self._names)
        return frozenset(PHONE) | {"/".join(part[:size]) for part in parts for size in range(1, len(part) + 1)}

    def named(self, purpose: str) -> Name | None:
        """What people call a purpose of the catalogue."""
        return self._names.get(purpose)

    def to_read(self, person: str, purpose: str, department: str, fields: Collection[str], at_ms: int) -> Ground | Text:
        """The ground on which this department may read these fields of this person for this purpose now, or why it may
        not."""
        if person not in self._residents:
            return Text("nobody of this identity is registered")
        if person in self.state.erased:
            return Text("the data of this person was erased")
        if purpose == EMERGENCY:
            return self._in_emergency(person, department, fields, at_ms)
        need = self._needs.get((purpose, department))
        if need is None and purpose in self._names:
            return Text("{department} has no part in {item}", {"department": department, "item": self._names[purpose]})
        if need is None:
            return Text("nothing is read for a purpose {purpose}", {"purpose": purpose})
        beyond = next((field for field in fields if field not in need.fields), None)
        if beyond is not None:
            return Text("{field} is beyond the purpose of {item}", {"field": beyond, "item": need.name})
        return need.statute or self.consent(person, purpose, department, at_ms)

    def consent(self, person: str, purpose: str, department: str, at_ms: int) -> Ground | Text:
        """By the last word that covers it; who may not consent needs a guardian's."""
        of = PURPOSE.get(purpose.partition("/")[0], Text("this purpose"))
        words: dict[str, str | int | float | Text | Name] = {"purpose": of}
        word = next((one for one in reversed(self.words(person)) if one.covers(purpose, department)), None)
        alone = self._guardians.needed(person, at_ms) and not self._guardians.of(person, at_ms)
        if word is None or (alone and word.by == person):
            lacking = Text("a child or dependant without a guardian cannot consent to {purpose}", words)
            return lacking if alone else Text("there is no consent to {purpose}", words)
        if not word.given:
            return Text("consent to {purpose} was withdrawn", words)
        if 0 <= word.until_ms <= at_ms:
            return Text("consent to {purpose} has expired", words)
        if word.by == person and self._guardians.needed(person, at_ms):
            return Text("consent to {purpose} is for the guardian to give", words)
        return Ground(f"consent/{word.purpose}", "consent", CONSENT)

    def heard_on(self, person: str, at_ms: int) -> tuple[str, ...]:
        """What the person's phone may be heard on now, whoever reads it."""
        if person in self.state.erased:
            return ()
        return tuple(purpose for purpose in PHONE if isinstance(self.consent(person, purpose, "", at_ms), Ground))

    def words(self, person: str) -> tuple[Consent, ...]:
        """The words in the person's name that count, oldest first; the register's own were taken at enrolment, from
        whoever had to give them."""
        first = (Consent(purpose, "", True, "", -1) for purpose in self._residents[person].consents)
        return (*first, *self.state.words.get(person, ()))

    def _in_emergency(self, person: str, department: str, fields: Collection[str], at_ms: int) -> Ground | Text:
        mine = [one for one in self.state.accesses.values() if (one.person, one.department) == (person, department)]
        if not mine:
            return Text("no emergency access was opened to {department}", {"department": department})
        access = next((one for one in mine if not one.ended and one.from_ms <= at_ms < one.until_ms), None)
        if access is None:
            return Text("the emergency access of {department} is over", {"department": department})
        beyond = next((field for field in fields if field not in access.fields), None)
        if beyond is not None:
            return Text("{field} is beyond the emergency access", {"field": beyond})
        return Ground(access.id, "emergency", EMERGENCY_TEXT[access.ground])


EMERGENCY_TEXT: dict[str, Text] = {
    "life": Text("a life is in danger"),
    "health": Text("somebody's health is in danger"),
    "missing_person": Text("a person is missing"),
    "disaster": Text("a disaster"),
}
