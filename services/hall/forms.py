"""``config/forms.toml``: what answers to the one form's questions look like, and what of them the register knows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Protocol

import msgspec

from services.hall.catalogue import Field
from services.hall.guardians import Guardians
from services.hall.ports import Registered
from twin.city.model import City
from twin.core.answers import KINDS
from twin.core.errors import ConfigError
from twin.core.text import Name, Text
from twin.core.views import Choice, Question

Known = Literal["", "name", "address", "plate", "mother", "father", "ward_name"]
_FROM_REGISTER = Text("from the register")


class _Offered(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    value: str
    en: str
    zh: str


class Manner(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``places``: kind of place to choose from."""

    kind: str = "text"
    known: Known = ""
    places: str = ""
    choices: tuple[_Offered, ...] = ()


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    questions: dict[str, Manner]


class Enrolled(Registered, Protocol):
    """A resident as the register has them, home and household included."""

    @property
    def address(self) -> Name: ...

    @property
    def woman(self) -> bool: ...

    @property
    def vehicles(self) -> tuple[str, ...]: ...


def load_forms(path: Path) -> dict[str, Manner]:
    """By the id of the question; where there is no file, every answer is a text. Raises :class:`ConfigError`."""
    if not path.exists():
        return {}
    try:
        manners = msgspec.toml.decode(path.read_bytes(), type=_File).questions
    except (OSError, msgspec.DecodeError) as fault:
        raise ConfigError(path, str(fault)) from fault
    for id, manner in manners.items():
        where = f"{path}: questions.{id}"
        if manner.kind not in KINDS:
            raise ConfigError(f"{where}.kind", f"no kind of answer {manner.kind!r}; there are {', '.join(KINDS)}")
        if (manner.kind == "choice") != bool(manner.places or manner.choices):
            raise ConfigError(where, "a choice has `places` or `choices`, and nothing else has")
    return manners


class Forms:
    """Makes the questions of a form for somebody."""

    def __init__(
        self, manners: dict[str, Manner], city: City, residents: Mapping[str, Enrolled], guardians: Guardians
    ) -> None:
        self._manners, self._city = manners, city
        self._residents, self._guardians = residents, guardians

    def question(self, field: Field, person: str, ward: str, city_ms: int) -> Question:
        """``person`` fills it in, for ``ward`` where that is named."""
        manner = self._manners.get(field.id, Manner())
        value = self._known(manner.known, person, ward, city_ms)
        choices = tuple(Choice(one.value, Name(one.en, one.zh)) for one in manner.choices)
        if manner.places:
            choices = tuple(Choice(place.id, place.name) for place in self._city.of_kind(manner.places))
        return Question(
            id=field.id, label=field.name, kind=manner.kind if choices or manner.kind != "choice" else "text",
            value=value, known=_FROM_REGISTER if value else None, choices=choices,
        )  # fmt: skip

    def _known(self, what: Known, person: str, ward: str, city_ms: int) -> str:
        """In Chinese, as the register has it; empty where it does not know."""
        known = self._residents.get(person)
        if known is None:
            return ""
        if what == "name":
            return known.name.zh
        if what == "address":
            return known.address.zh
        if what == "plate":
            return next(iter(known.vehicles), "")
        if what == "ward_name":
            return self._residents[ward].name.zh if ward in self._residents else ""
        if what in ("mother", "father"):
            parents = [
                one
                for one in self._residents.values()
                if one.household == known.household and known.household and one.relation in ("head", "spouse")
                and not self._guardians.dependant(one.id, city_ms)
            ]  # fmt: skip
            return next((one.name.zh for one in parents if one.woman == (what == "mother")), "")
        return ""
