"""What the hall tells an applicant's phone after each step."""

from __future__ import annotations

from collections.abc import Iterable

from services.facts.base import Event
from services.facts.hall import ErrandRefused, ErrandStepped
from services.facts.records import Outgoing
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
