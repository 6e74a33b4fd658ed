"""What a department sees under emergency access: the named fields of one person, shown once and kept nowhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec

from services.facts.hall import DataUsed
from services.hall.book import Book
from services.hall.issuing import claims_context, form_context
from services.hall.legal import PURPOSE
from services.hall.ports import Described, Sealer
from services.hall.wallet import WalletDesk
from twin.core.errors import CivitwinError
from twin.core.text import Name, Text
from twin.core.views import Card, Facts, Moment, Table

REGISTER: dict[str, Name] = {
    "name": Name("Name", "姓名"),
    "address": Name("Address", "住址"),
    "birth_year": Name("Year of birth", "出生年份"),
    "household": Name("People in the household", "同户人数"),
    "school": Name("School", "就读学校"),
    "vehicles": Name("Number plates", "名下车辆号牌"),
    "care_alarm": Name("Care alarm", "居家呼叫器"),
    "disability": Name("Disability", "残障情况"),
}
"""What the register knows of everybody, beside what people wrote in forms."""
_DISABILITY: dict[str, Name] = {
    "walking": Name("walking", "行走"),
    "sight": Name("sight", "视力"),
    "hearing": Name("hearing", "听力"),
    "memory": Name("memory", "记忆"),
}
_NOTHING = Text("nothing is known")
Value = Text | Name | str | int


@dataclass(frozen=True)
class Known:
    """One value, where it is from, and of when (-1: no time)."""

    value: Value
    source: Text
    at_ms: int = -1


class EmergencyView:
    """Opens what is sealed at the moment of the look."""

    def __init__(
        self,
        residents: Mapping[str, Described],
        book: Book,
        wallet: WalletDesk,
        vault: Sealer,
        departments: Mapping[str, Name],
        fields: Mapping[str, Name],
        places: Mapping[str, Name],
    ) -> None:
        self._residents, self._book, self._wallet, self._vault = residents, book, wallet, vault
        self._departments, self._fields, self._places = departments, fields, places

    def card(self, look: DataUsed, city_ms: int) -> Card | None:
        """The page for whoever looked; None for who is not in the register."""
        known = self._residents.get(look.person)
        if known is None:
            return None
        rows = tuple(
            (self._field(field), one.value, one.source, Moment(one.at_ms) if one.at_ms >= 0 else "–")
            for field in look.fields
            for one in (self._newest(known, field),)
        )
        about = Facts(
            title=Text("Emergency access"),
            rows=(
                (Text("Access"), look.basis),
                (Text("Department"), self._departments.get(look.department, Name(look.department, look.department))),
                (Text("Ground"), look.why or Text("{reason}", {"reason": look.reason})),
                (Text("Shown at"), Moment(city_ms)),
                (Text("On record"), Text("this look is; what it shows is kept nowhere, and the person will be told")),
            ),
        )
        titles = (Text("Field"), Text("What is known"), Text("From"), Text("Of"))
        shown = Table(title=Text("What was asked for"), columns=titles, rows=rows)
        return Card(
            kind="resident", id=look.person, rev=0, title=known.name, subtitle=PURPOSE["emergency"], icon="person",
            sections=(about, shown),
        )  # fmt: skip

    def _field(self, field: str) -> Name:
        return REGISTER.get(field) or self._fields.get(field) or Name(field, field)

    def _newest(self, known: Described, field: str) -> Known:
        """By the register; else what a department certified last, else what was written in a form last."""
        if field in REGISTER:
            return self._registered(known, field)
        told = (*self._certified(known.id, field), *self._written(known.id, field))
        return told[0] if told else Known(_NOTHING, Text("–"))

    def _certified(self, person: str, field: str) -> Iterator[Known]:
        for one in sorted(self._wallet.of(person), key=lambda one: (-one.issued_ms, one.id)):
            value = self._opened(person, one.claims, claims_context(one.id)).get(field)
            if value and not self._wallet.revoked(one.id):
                yield Known(value, Text("credential {id}", {"id": one.id}), one.issued_ms)

    def _written(self, person: str, field: str) -> Iterator[Known]:
        mine = (errand for errand in self._book.state.errands.values() if errand.person == person)
        for errand in sorted(mine, key=lambda one: -one.begun_ms):
            value = self._opened(person, errand.sealed, form_context(errand.id)).get(field)
            if value:
                yield Known(value, Text("form of {errand}", {"errand": errand.id}), errand.begun_ms)

    def _opened(self, person: str, sealed: bytes, context: bytes) -> Mapping[str, str]:
        try:
            return msgspec.json.decode(self._vault.open(person, sealed, context), type=dict[str, str])
        except (CivitwinError, msgspec.MsgspecError):
            return {}  # erased, or no form: nothing is known

    def _registered(self, known: Described, field: str) -> Known:
        """Who else lives there is theirs, not this person's: only how many they are is told."""
        household = sum(one.household == known.household for one in self._residents.values())
        values: dict[str, Value] = {
            "name": known.name,
            "address": known.address,
            "birth_year": str(known.birth_year),
            "household": household if known.household else "",
            "school": self._places.get(known.school, known.school),
            "vehicles": ", ".join(known.vehicles),
            "care_alarm": known.care_alarm,
            "disability": _DISABILITY.get(known.disability, ""),
        }
        return Known(values[field] or _NOTHING, Text("register"))
