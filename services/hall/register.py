"""What the register says of an applicant: the facts that conditions ask for, and answers that it contradicts."""

from __future__ import annotations

from collections.abc import Mapping

from services.hall.assets import Assets
from services.hall.catalogue import Service
from services.hall.eligibility import Fact
from services.hall.guardians import Guardians
from services.hall.hall_settings import HallSettings
from services.hall.ports import Registered
from twin.core.text import Text

_SCHOOL_AGES = (6, 7)
_PARENTS = ("head", "spouse")


class Register:
    """Reads the register; keeps nothing."""

    def __init__(
        self, residents: Mapping[str, Registered], guardians: Guardians, settings: HallSettings, assets: Assets
    ) -> None:
        self._residents, self._guardians, self._settings = residents, guardians, settings
        self._assets = assets
        self._children: dict[str, tuple[str, ...]] = {}
        for one in residents.values():
            if one.household and one.relation == "child":
                self._children[one.household] = (*self._children.get(one.household, ()), one.id)

    def facts(self, person: str, form: Mapping[str, str], city_ms: int) -> dict[str, Fact]:
        """What the register knows, and what the form declares where it does not."""
        known = self._residents[person]
        parent = known.relation in _PARENTS
        ages = [self._guardians.age(id, city_ms) for id in self._children.get(known.household, ()) if parent]
        facts: dict[str, Fact] = {
            "age": self._guardians.age(person, city_ms),
            "has_household": bool(known.household),
            "has_infant": any(age < 1 for age in ages),
            "has_child": bool(ages),
            "has_school_child": any(age in _SCHOOL_AGES for age in ages),
        }
        declared = {fact: bool(form.get(field, "").strip()) for fact, field in self._settings.declared.items()}
        return {**declared, **facts}

    def contradiction(self, person: str, service: Service, item: str, form: Mapping[str, str]) -> Text | None:
        """The first answer of an item's that the register contradicts, or None. It repeats nothing of the answer: what
        is said here stays in the journal."""
        known = self._residents.get(person)
        reads = service.item(item).reads
        for field in service.fields:
            if field.id not in reads or field.id not in self._settings.register or known is None:
                continue
            answer = "".join(form.get(field.id, "").split()).casefold()
            names = {"".join(name.split()).casefold() for name in (known.name.en, known.name.zh)}
            if answer and answer not in names:
                return Text("{field} is not what the register has", {"field": field.name})
        return self._assets.fault(person, service.item(item), form)
