"""The legal-basis ledger: no department reads personal data without a ground that covers person, purpose and fields."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from services.hall.catalogue import Basis, Item, Service
from twin.core.text import Name, Text

CONSENT = Name("the applicant's own request and consent", "申请人本人申请并同意")

PURPOSE: dict[str, Text] = {"service": Text("public services")}


class Ledger:
    """Consents by person, statutes by item. Read only; what was used on which ground is journalled."""

    def __init__(self, consents: Mapping[str, Collection[str]]) -> None:
        self._consents = consents

    def to_receive(self, person: str, service: Service) -> Basis | Text:
        """May the reception take this person's form in? On consent to the service's purpose."""
        if person not in self._consents:
            return Text("nobody of this identity is registered")
        if service.purpose not in self._consents[person]:
            return Text("there is no consent to {purpose}", {"purpose": PURPOSE[service.purpose]})
        return Basis(f"consent/{service.purpose}", "consent", CONSENT)

    def to_read(
        self, person: str, service: Service, item: Item, department: str, fields: Collection[str]
    ) -> Basis | Text:
        """May this department read these fields for this item? Its own statute covers what the item reads and reuses,
        and nothing else; nobody else may."""
        if person not in self._consents:
            return Text("nobody of this identity is registered")
        if department != item.department:
            return Text("{department} has no part in {item}", {"department": department, "item": item.name})
        covered = set(item.reads).union(*(service.item(other).claims for other in item.reuses))
        beyond = [field for field in fields if field not in covered]
        if beyond:
            return Text("{field} is beyond the purpose of {item}", {"field": beyond[0], "item": item.name})
        if item.basis.kind == "consent" and service.purpose not in self._consents[person]:
            return Text("there is no consent to {purpose}", {"purpose": PURPOSE[service.purpose]})
        return item.basis
