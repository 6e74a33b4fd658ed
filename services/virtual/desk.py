"""The desk of virtual places: presence is held here, and nowhere else; no field lies behind it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from services.collaboration.canon import canonical, revive
from services.engine.desk import Fact, Tick, Turn
from services.facts.base import Command, CommandRefused, Event
from services.facts.engine import PersonErased
from services.facts.hall import ErrandBegun
from services.facts.records import Outgoing
from services.facts.virtual import (
    AppealMeasure,
    AvatarLeft,
    ClarifyRumour,
    ClosePlace,
    DecideConductAppeal,
    DismissReport,
    EnterPlace,
    JoinSession,
    LeavePlace,
    LiftMeasure,
    MoreRoomOpened,
    MoveAvatar,
    OpenMoreRoom,
    PlaceCameBack,
    PlaceReopened,
    QuitSession,
    ReopenPlace,
    ReportConduct,
    SayInPlace,
    SessionClosed,
    TakeMeasure,
)
from services.hall.ports import Registered
from services.virtual.book import Book
from services.virtual.conduct import pressing
from services.virtual.entry import Door, Visitor, overstayed
from services.virtual.moderation import Moderation
from services.virtual.officer import Officers
from services.virtual.phones import PhoneWords
from services.virtual.platform import Platform
from services.virtual.rumours import Rumours
from services.virtual.sessions import Sessions
from services.virtual.state import State
from services.virtual.telling import told
from services.virtual.visits import Visits
from twin.city.virtual import VirtualPlace
from twin.core.text import Text
from twin.formats.civic import Presence
from twin.state.batch import Batch, GatewaySaid, PersonSaid

_OF_RESIDENTS = (
    EnterPlace, LeavePlace, MoveAvatar, JoinSession, QuitSession, SayInPlace, ReportConduct, AppealMeasure,
)  # fmt: skip
_OF_POSTS = (TakeMeasure, DismissReport, LiftMeasure, DecideConductAppeal, ClarifyRumour)
_OF_THE_PLACE = (OpenMoreRoom, ClosePlace, ReopenPlace)
Outcome = Iterator[Event] | Text
"""What a command comes to: events, or why not."""


class VirtualDesk:
    """Holds the book; what is decided lies in the parts."""

    name = "virtual"

    def __init__(
        self, book: Book, residents: Mapping[str, Registered], sessions: Sessions, moderation: Moderation,
        rumours: Rumours, visits: Visits, platform: Platform, officers: Officers, provenance: int = 0,
    ) -> None:  # fmt: skip
        self.provenance = provenance
        self.book, self.rumours, self.moderation = book, rumours, moderation
        self._residents, self._sessions = residents, sessions
        self._visits, self._platform, self._officers = visits, platform, officers
        self._words = PhoneWords(book, visits, moderation)

    # --- what governance asks ---------------------------------------------------------------------------------------

    @property
    def places(self) -> Mapping[str, VirtualPlace]:
        return self.book.places

    def measured(self, place: str, quantity: str) -> float:
        """How it stands with a place now: *crowding* (those inside and before the door, over what it holds), *conduct*
        (different people who report one person, unanswered), *down* (0 or 1)."""
        state = self.book.state.places[place]
        match quantity:
            case "crowding":
                return round((len(state.avatars) + len(state.waiting)) / self.book.capacity(place), 3)
            case "conduct":
                return float(pressing(self.book.state, place))
            case _:
                return float(state.down)

    # --- decisions --------------------------------------------------------------------------------------------------

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        if not self.book.places:
            return ()
        match fact:
            case Batch():
                return self._hear(fact, turn)
            case Tick():
                return self._pass(turn)
            case AvatarLeft():
                return Door(self.book, turn).admit(fact.place, 1)
            case MoreRoomOpened() | PlaceCameBack() | PlaceReopened():
                return Door(self.book, turn).admit(fact.place, self.book.capacity(fact.place))
            case PersonErased():
                return (event for id in self.book.places for event in Door(self.book, turn).admit(id, 1))
            case ErrandBegun(channel="virtual"):
                return self._officers.applied(fact, turn)
            case SessionClosed():
                return self._sessions.broken_off(fact)
            case Command():
                return self._command(fact, turn)
            case _:
                return self._platform.after(fact, turn)

    def _pass(self, turn: Turn) -> Iterator[Event]:
        yield from overstayed(self.book, turn)
        yield from self.moderation.lapse(turn)
        yield from self._sessions.look(turn)
        yield from self._officers.look(turn)

    def _hear(self, batch: Batch, turn: Turn) -> Iterator[Event]:
        """Phones enter and leave, and say what they do there; platforms say whether they are up."""
        last: dict[str, PersonSaid] = {}  # a phone's last word in a batch is where its owner is
        words: list[PersonSaid] = []
        for said in batch.notices:
            if isinstance(said, GatewaySaid):
                yield from self._platform.heard(said.state, turn)
            elif isinstance(said, PersonSaid) and said.person in self._residents:
                if not isinstance(said.body, Presence):
                    words.append(said)
                elif said.body.place in self.book.places:
                    last[said.person] = said
        yield from self._doors(last.values(), turn)
        yield from self._words.hear(words, turn)

    def _doors(self, heard: Iterable[PersonSaid], turn: Turn) -> Iterator[Event]:
        door = Door(self.book, turn)
        for said in heard:
            if isinstance(said.body, Presence):
                who = self._visitor(said.person, cause=f"phone@{said.observed_ms}")
                yield from (door.enter if said.body.entered else door.leave)(who, said.body.place)

    def _visitor(self, person: str, nick: str = "", cause: str = "") -> Visitor:
        known = self._residents.get(person)
        return Visitor(person, known.pseudonym if known is not None else "", nick, cause)

    def _command(self, fact: Command, turn: Turn) -> Iterable[Event]:
        outcome: Outcome
        if isinstance(fact, _OF_RESIDENTS):
            outcome = self._resident(fact, turn)
        elif isinstance(fact, _OF_POSTS):
            outcome = self._post(fact, turn)
        elif isinstance(fact, _OF_THE_PLACE):
            outcome = self._platform.command(fact, turn)
        else:
            return ()
        if isinstance(outcome, Text):
            return (CommandRefused(actor=fact.actor, cause=fact.id, command=type(fact).__name__, why=outcome),)
        return outcome

    def _resident(self, fact: Command, turn: Turn) -> Outcome:
        person = fact.actor.id
        if fact.actor.kind != "resident" or person not in self._residents:
            return Text("only a resident does this, in their own name")
        match fact:
            case EnterPlace():
                return Door(self.book, turn).enter(self._visitor(person, fact.nick, fact.id), fact.place)
            case LeavePlace():
                gone = tuple(Door(self.book, turn).leave(self._visitor(person, cause=fact.id), fact.place))
                return iter(gone) if gone else Text("they are not there")
            case ReportConduct():
                return self.moderation.report(fact.place, person, fact.about, fact.conduct, fact.id)
            case AppealMeasure():
                return self.moderation.appeal(fact, person, turn)
            case _:
                return self._visits.command(fact, person, turn)

    def _post(self, fact: Command, turn: Turn) -> Outcome:
        match fact:
            case TakeMeasure():
                return self.moderation.take(fact, turn)
            case DismissReport():
                return self.moderation.dismiss(fact, turn)
            case LiftMeasure():
                return self.moderation.lift(fact, turn)
            case DecideConductAppeal():
                return self.moderation.decide(fact, turn)
            case ClarifyRumour():
                return self.rumours.clarify(fact, turn)
            case _:
                return Text("nothing of the kind is known here")

    def apply(self, event: Event, turn: Turn) -> None:
        self.book.record(event, turn.city_ms)

    def outgoing(self, event: Event) -> Iterable[Outgoing]:
        return told(event)

    def snapshot(self) -> bytes:
        return canonical(self.book.state)

    def restore(self, data: bytes) -> None:
        self.book.restored(revive(data, State))
