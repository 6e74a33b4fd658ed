"""What the hall tells an applicant's phone after each step."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from services.facts.base import Event
from services.facts.hall import (
    ErrandRefused,
    ErrandStepped,
    ErrandWithdrawn,
    ItemAppealDecided,
    ItemEscalated,
    ItemGranted,
    ItemRefused,
    SupplementAnswered,
    SupplementAsked,
)
from services.facts.of_item import OfItem
from services.facts.records import Outgoing
from services.facts.rights import (
    ConsentExpired,
    ConsentGiven,
    ConsentWithdrawn,
    CredentialRevoked,
    EmergencyEnded,
    MandateGiven,
    MandateRevoked,
    WordRefused,
)
from services.hall.ports import Registered
from twin.formats.civic import Answer, encode

_STEPS = {
    "accepted": "accepted", "expected": "expected", "sent_home": "closed_hall", "queued": "queued",
    "serving": "serving", "served": "served", "completed": "completed", "refused": "refused_all", "lapsed": "lapsed",
}  # fmt: skip
"""Of an errand's steps, those that are told and how; what follows from the others is told instead."""
_ITEMS = {
    "SupplementAsked": "asked", "SupplementAnswered": "answered", "ItemGranted": "granted",
    "ItemDelivered": "delivered", "ItemRefused": "refused", "ItemAppealed": "appealed", "ItemEnded": "stopped",
}  # fmt: skip
_ENDS = ("completed", "refused_all", "lapsed", "withdrawn")


def answer_of(event: Event, plain: Callable[[str, str], str]) -> Iterable[Outgoing]:
    """One answer a step, resent until it runs out or the next step on the same matter makes it pointless. ``plain``
    gives (pseudonym, request) as the phone knows it."""
    match event:
        case ErrandStepped() if event.state in _STEPS:
            state = _STEPS[event.state]
            note = f"number {event.number}" if event.state == "queued" else ""
            told: dict[str, Any] = {
                "step": event.item or event.state, "place": event.place, "note": note, "item": event.item,
                "visit": event.visit, "until_ms": event.until_ms,
            }  # fmt: skip
            about = "end" if state in _ENDS else "form" if state == "accepted" else "visit"
        case OfItem() if not isinstance(event, ItemEscalated):
            state, told, about = _state_of(event), _told_of(event), f"item/{event.item}"
        case ErrandRefused():
            state, about, told = "refused_all", "end", {"step": "refused", "note": event.reason}
        case ErrandWithdrawn():
            state, about, told = "withdrawn", "end", {"step": "withdrawn"}
        case _:
            return ()
    answer = Answer(request_id=plain(event.pseudonym, event.request), errand=event.errand, state=state, **told)
    key = f"{_key(event)}/{about}"
    return (Outgoing(f"person/{event.pseudonym}/answer", encode(answer), key=key, expires_ms=event.tell_until_ms),)


def _key(event: ErrandStepped | OfItem | ErrandRefused | ErrandWithdrawn) -> str:
    return f"answer/{event.pseudonym}/{event.request}"


def _state_of(event: OfItem) -> str:
    if isinstance(event, ItemAppealDecided):
        return "upheld" if event.upheld else "reopened"
    if isinstance(event, ItemGranted) and event.delivery == "post":
        return "posted"
    return _ITEMS[type(event).__name__]


def _told_of(event: OfItem) -> dict[str, Any]:
    told: dict[str, Any] = {"step": event.item, "item": event.item}
    match event:
        case SupplementAsked():
            told |= {"materials": event.materials, "until_ms": event.until_ms}
        case SupplementAnswered():
            told |= {"materials": event.materials}
        case ItemGranted():
            told |= {"until_ms": event.due_ms}
        case ItemRefused():
            told |= {"until_ms": event.until_ms, "note": event.reason}
        case _:
            pass
    return told


def pointless_after(event: Event) -> Iterable[str]:
    """Once an errand has ended, nobody has to come any more."""
    ends = isinstance(event, ErrandStepped) and _STEPS.get(event.state) in _ENDS
    if isinstance(event, ErrandRefused | ErrandWithdrawn) or (isinstance(event, ErrandStepped) and ends):
        return (f"{_key(event)}/form", f"{_key(event)}/visit")
    return ()


TELL_LONG_MS = 86_400_000
"""News about one's rights are sent again for a day."""


def told_of_rights(
    event: Event, residents: Mapping[str, Registered], erased: Collection[str] = ()
) -> Iterable[Outgoing]:
    """Consents and mandates as they stand, refusals of words, emergency access once it is over, revocations: to the
    person concerned."""
    match event:
        case ConsentGiven() | ConsentWithdrawn() | ConsentExpired():
            state = {ConsentGiven: "given", ConsentWithdrawn: "withdrawn", ConsentExpired: "expired"}[type(event)]
            key, until_ms, note = f"consent/{event.purpose}/{event.department}", 0, event.department
        case MandateGiven() | MandateRevoked():
            state, until_ms, note = "given" if isinstance(event, MandateGiven) else "revoked", 0, event.proxy
            key = f"mandate/{event.mandate}"
        case WordRefused():
            key, state, until_ms, note = event.word, "refused", event.tell_until_ms, event.reason
        case EmergencyEnded():
            key, state, until_ms = f"emergency/{event.access}", "told", event.tell_until_ms
            note = f"{event.department}: {event.ground}, {event.looks} looks"
        case CredentialRevoked():
            key, state, until_ms, note = f"credential/{event.credential}", "revoked", event.tell_until_ms, event.ground
        case _:
            return ()
    known = residents.get(event.holder if isinstance(event, CredentialRevoked) else event.person)
    if known is None or known.id in erased:
        return ()
    answer = Answer(request_id=key, errand="", step=key.partition("/")[0], state=state, note=note)
    topic = f"person/{known.pseudonym}/answer"
    if not until_ms:
        return (Outgoing(topic, encode(answer)),)  # once: the phone has said it itself
    return (Outgoing(topic, encode(answer), key=f"answer/{known.pseudonym}/{key}", expires_ms=until_ms),)
