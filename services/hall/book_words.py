"""What a line of an errand's history says."""

from __future__ import annotations

from services.facts.base import Event
from services.facts.hall import (
    CredentialIssued,
    ErrandRefused,
    ErrandStepped,
    ErrandWithdrawn,
    ItemAppealDecided,
    ReviewBegun,
    ReviewTaken,
    SupplementAnswered,
    SupplementAsked,
)
from services.facts.of_item import OfItem
from services.hall.catalogue import Service
from services.hall.codes import VISIT_TEXT
from twin.core.text import Name, Text

STEP: dict[str, Text] = {
    "accepted": Text("Application accepted"),
    "expected": Text("Expected at the hall, {what}"),
    "sent_home": Text("Not served now; the number stays"),
    "queued": Text("Number {number}, {what}"),
    "serving": Text("At counter {counter}, {what}"),
    "served": Text("Done at the counter, {what}"),
    "missed": Text("Nobody came, {what}"),
    "completed": Text("All done"),
    "refused": Text("Ended without a result"),
    "lapsed": Text("Nobody came: lapsed"),
}
OF_ITEM: dict[str, Text] = {
    "ItemGranted": Text("{item}: granted"),
    "ItemDelivered": Text("{item}: delivered"),
    "ItemRefused": Text("{item}: refused"),
    "ItemAppealed": Text("{item}: appealed"),
    "ItemEscalated": Text("{item}: overdue, put before the head of the department"),
    "ItemEnded": Text("{item}: let go"),
}


def told(event: Event, service: Service) -> Text | None:
    """None where the history says nothing of it."""
    match event:
        case ErrandStepped():
            what = VISIT_TEXT.get(event.visit, Text("–"))
            return Text(STEP[event.state].msgid, {"what": what, "number": event.number, "counter": event.counter})
        case ReviewBegun():
            return Text("Under review: {items}", {"items": joined(service, event.items)})
        case ReviewTaken():
            return Text("An officer works on {items}", {"items": joined(service, event.items)})
        case SupplementAsked():
            named = materials(service, event.materials)
            return Text("{item}: asked for {materials}", {"item": service.item(event.item).name, "materials": named})
        case SupplementAnswered():
            named = materials(service, event.materials)
            return Text("{item}: brought {materials}", {"item": service.item(event.item).name, "materials": named})
        case ItemAppealDecided():
            text = Text("{item}: the refusal stays") if event.upheld else Text("{item}: to be reviewed again")
            return Text(text.msgid, {"item": service.item(event.item).name})
        case OfItem():
            return Text(OF_ITEM[type(event).__name__].msgid, {"item": service.item(event.item).name})
        case CredentialIssued():
            return Text("Credential {id} issued", {"id": event.credential})
        case ErrandRefused():
            return Text("Refused")
        case ErrandWithdrawn():
            return Text("Withdrawn by the applicant")
        case _:
            return None


def joined(service: Service, items: tuple[str, ...]) -> Name:
    """Names of items, in both languages."""
    names = [service.item(id).name for id in items]
    return Name(", ".join(name.en for name in names), "、".join(name.zh for name in names))


def materials(service: Service, ids: tuple[str, ...]) -> Name:
    """Names of materials, in both languages."""
    known = {one.id: one.name for item in service.items for one in item.materials}
    names = [known.get(id, Name(id, id)) for id in ids]
    return Name(", ".join(name.en for name in names) or "–", "、".join(name.zh for name in names) or "–")
