"""What a visitor's phone is told of what became of them in a virtual place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from services.facts.base import Event
from services.facts.records import Outgoing
from services.facts.virtual import (
    AvatarEntered,
    AvatarLeft,
    ConductAppealDecided,
    EntryQueued,
    EntryRefused,
    InterviewAppointed,
    MeasureTaken,
    PlaceWordRefused,
    RumourClarified,
    RumourSpread,
    TalkEnded,
)
from twin.formats.civic import Answer, PlaceHeard, encode


def told(event: Event) -> Iterable[Outgoing]:
    """Once: whoever is away misses what is of the moment; what concerns rights is on the page of one's data too."""
    match event:
        case AvatarEntered():
            return _answer(event.pseudonym, event.place, "enter", "entered", event.avatar)
        case EntryQueued():
            return _answer(event.pseudonym, event.place, "enter", "queued", f"number {event.number}")
        case EntryRefused():
            return _answer(event.pseudonym, event.place, "enter", "refused", event.reason)
        case AvatarLeft() if event.ground != "self":
            return _answer(event.pseudonym, event.place, "leave", event.ground, event.reason)
        case PlaceWordRefused():
            return _answer(event.pseudonym, event.place, event.word, "refused", event.reason)
        case TalkEnded():
            return _answer(event.pseudonym, event.session, "session", event.result, event.credential)
        case InterviewAppointed():
            return _answer(event.pseudonym, event.session, "interview", "confirmed", f"{event.employer} {event.at_ms}")
        case MeasureTaken():
            note = f"{event.step}: {event.ground}"
            return _answer(event.pseudonym, event.place, "measure", event.measure, note)
        case ConductAppealDecided():
            state = "stands" if event.upheld else "set_aside"
            return _answer(event.pseudonym, event.measure, "appeal", state, event.reason)
        case RumourSpread():
            heard = PlaceHeard(place=event.place, rumour=event.rumour, kind=event.kind, target=event.target)
            return _heard(event.told, heard)
        case RumourClarified():
            heard = PlaceHeard(place=event.place, rumour=event.rumour, kind="", target=event.target, true=True)
            return _heard(event.told, heard)
        case _:
            return ()


def _answer(pseudonym: str, place: str, step: str, state: str, note: str) -> tuple[Outgoing, ...]:
    if not pseudonym:
        return ()
    answer = Answer(request_id=f"virtual/{place}", errand="", step=step, state=state, place=place, note=note)
    return (Outgoing(f"person/{pseudonym}/answer", encode(answer)),)


def _heard(phones: Iterable[str], heard: PlaceHeard) -> Iterator[Outgoing]:
    for pseudonym in phones:
        yield Outgoing(f"person/{pseudonym}/heard", encode(heard))
