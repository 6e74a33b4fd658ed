"""What the hall tells an applicant's phone after each step."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from services.facts.base import Event
from services.facts.hall import ErrandRefused, ErrandStepped
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


def answer_of(event: Event) -> Iterable[Outgoing]:
    """One answer a step, resent until it runs out or the next step makes it pointless."""
    match event:
        case ErrandStepped():
            answer = Answer(
                request_id=event.request, errand=event.errand, step=event.item or event.state, state=event.state,
                place=event.place,
                note=f"number {event.number}" if event.state == "queued" else "",
            )  # fmt: skip
        case ErrandRefused():
            answer = Answer(
                request_id=event.request, errand=event.errand, step="refused", state="refused", note=event.reason
            )
        case _:
            return ()
    key = f"answer/{event.pseudonym}/{event.request}"
    return (Outgoing(f"person/{event.pseudonym}/answer", encode(answer), key=key, expires_ms=event.tell_until_ms),)


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
