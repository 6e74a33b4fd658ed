"""A day opens warm: the hall's own desks are worked through the days before it, and their state is taken over.

What happens in those days is the rehearsal's: the same desks, rules, roster and vault, a crowd that asks and answers as
the field's people do, and coarse steps. The journal has one event of it, which holds what it came to.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import msgspec
import numpy as np

from services.collaboration.canon import canonical, revive
from services.engine.desk import Desk, Fact, Sends, Tick, Turn
from services.facts.base import SYSTEM, CommandRefused, Event
from services.facts.because import because
from services.facts.hall import (
    CatalogueOffered,
    ErrandBegun,
    ErrandCompleted,
    ErrandRefused,
    ErrandStepped,
    ErrandWithdrawn,
)  # fmt: skip
from services.facts.opening import HallOpened, OpenWarm
from services.facts.records import Outgoing
from services.hall.assets import AssetState
from services.hall.book import BookState
from services.hall.credentials import Credential
from services.hall.errand import Errand
from services.hall.errands import ErrandDesk
from services.hall.graph_state import P
from services.hall.legal_desk import LegalDesk
from services.hall.money import MoneyState
from services.hall.ports import Registered, Whereabouts
from services.hall.wallet import WalletState
from twin.core.columns import empty_positions, empty_readings
from twin.core.errors import CivitwinError
from twin.core.text import Text
from twin.formats.civic import Answer, encode
from twin.formats.refusal import UNDECODABLE
from twin.state.batch import Batch, LightStates, PersonSaid

KEPT = ("legal", "mandates", "wallet", "errands", "money", "assets", "service_measures")
"""The desks whose state is taken over."""
TELL_MS = 7_200_000
"""How long those for whom something waits are told so again."""
_WHOSE = ("person", "agent", "proxy", "holder")
MOST_EVENTS = 100_000
"""Past it, desks answer each other without end."""


class Crowd(Protocol):
    """The people of the days before: they hear what the hall tells them, and say what they want."""

    def advance(self, city_ms: int) -> Sequence[PersonSaid]:
        """What they have said up to this moment since the last one."""

    def hear(self, pseudonym: str, answer: Answer) -> None: ...


class Days(Protocol):
    """Everything that a rehearsal is made of: fresh desks, people, and the moments at which it looks, in order."""

    @property
    def desks(self) -> Sequence[Desk]: ...

    @property
    def crowd(self) -> Crowd: ...

    @property
    def moments(self) -> Sequence[int]: ...

    def keys_together(self) -> AbstractContextManager[None]:
        """Keys of people that are made meanwhile are kept at the end."""


class EndlessError(CivitwinError):
    """Desks that answer each other without end: a fault in one of them."""


class OpeningDesk:
    """``days`` makes a rehearsal of so many days before a moment; None: this city does not open warm."""

    name = "opening"

    def __init__(
        self,
        desks: Sequence[Desk],
        senses: Whereabouts,
        residents: Mapping[str, Registered],
        days: Callable[[int, int], Days] | None = None,
    ) -> None:
        self._residents = residents
        self._desks = {desk.name: desk for desk in desks if desk.name in KEPT}
        self._senses, self._days = senses, days
        self._errands = next(desk for desk in desks if isinstance(desk, ErrandDesk))
        self._legal = next(desk for desk in desks if isinstance(desk, LegalDesk))
        self.opened = False

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        if not isinstance(fact, OpenWarm):
            return ()
        if self._days is None:
            return (_no(fact, Text("only a simulated city opens warm")),)
        if self.opened or self._errands.book.state.serial:
            return (_no(fact, Text("the hall has been opened before")),)
        return (rehearsed(self._days(fact.days, turn.city_ms), fact.days, turn),)

    def apply(self, event: Event, turn: Turn) -> None:
        if not isinstance(event, HallOpened):
            return
        self.opened = True
        for name, state in revive(event.state, dict[str, bytes]).items():
            self._desks[name].restore(state)
        ledger = self._legal.ledger
        for person in sorted(ledger.state.words):
            self._senses.grant(person, ledger.heard_on(person, turn.city_ms))

    def outgoing(self, event: Event) -> Iterable[Outgoing]:
        """Those for whom something waits are told what, so that they go on with it."""
        if not isinstance(event, HallOpened):
            return
        until_ms = event.from_ms + TELL_MS
        for pseudonym in self._withdrawn(event.from_ms):
            gone = Answer(request_id="consent/service/", errand="", step="consent", state="withdrawn")
            key = f"answer/{pseudonym}/{gone.request_id}"
            yield Outgoing(f"person/{pseudonym}/answer", encode(gone), key=key, expires_ms=until_ms)
        for errand in self._errands.book.open():
            for about, answer in standing(errand):
                key = f"answer/{errand.pseudonym}/{errand.request}/{about}"
                yield Outgoing(f"person/{errand.pseudonym}/answer", encode(answer), key=key, expires_ms=until_ms)

    def _withdrawn(self, city_ms: int) -> Iterator[str]:
        """The phones that were heard about services, and are no longer."""
        ledger = self._legal.ledger
        for person in sorted(ledger.state.words):
            known = self._residents.get(person)
            if known and "service" in known.consents and "service" not in ledger.heard_on(person, city_ms):
                yield known.pseudonym

    def snapshot(self) -> bytes:
        return canonical(self.opened)

    def restore(self, data: bytes) -> None:
        self.opened = revive(data, bool)


def _no(fact: OpenWarm, why: Text) -> CommandRefused:
    return CommandRefused(actor=fact.actor, cause=fact.id, command=type(fact).__name__, why=why)


def money_of(opened: HallOpened) -> MoneyState:
    """The accounts as they stood when the city opened."""
    return revive(revive(opened.state, dict[str, bytes])["money"], MoneyState)


def assets_of(opened: HallOpened) -> AssetState:
    """Who held what when the city opened."""
    return revive(revive(opened.state, dict[str, bytes])["assets"], AssetState)


def of_person(opened: HallOpened, person: str) -> tuple[tuple[Errand, ...], tuple[Credential, ...]]:
    """What the state holds of a resident: errands in their name, and credentials."""
    state = revive(opened.state, dict[str, bytes])
    book, wallet = revive(state["errands"], BookState), revive(state["wallet"], WalletState)
    errands = tuple(one for one in book.errands.values() if one.person == person)
    return errands, tuple(one for one in wallet.held.values() if one.holder == person)


def standing(errand: Errand) -> Iterator[tuple[str, Answer]]:
    """What an errand waits for its applicant to do, as they would have been told it."""
    visit = errand.visit
    base = Answer(request_id=errand.request, errand=errand.id, step="", state="")
    if visit is not None and visit.state == "expected":
        yield "visit", msgspec.structs.replace(
            base, step=visit.item or "expected", state="expected", place=visit.place, item=visit.item,
            visit=visit.kind, until_ms=visit.until_ms,
        )  # fmt: skip
    for item, part in errand.progress.parts.items():
        of_item = msgspec.structs.replace(base, step=item, item=item, until_ms=part.until_ms)
        if part.state is P.SUPPLEMENT:
            owed = tuple(one for one in errand.progress.asked if one not in errand.progress.held)
            yield f"item/{item}", msgspec.structs.replace(of_item, state="asked", materials=owed)
        elif part.state is P.REFUSED:
            yield f"item/{item}", msgspec.structs.replace(of_item, state="refused")


def rehearsed(days: Days, count: int, turn: Turn) -> HallOpened:
    """Work the days through; pure but for the ciphertext that the vault makes."""
    run = _Run(days, turn.seed)
    with days.keys_together():
        for city_ms in days.moments:
            run.look(city_ms)
    errands = next(desk for desk in days.desks if isinstance(desk, ErrandDesk))
    errands.book.state.offered = ""  # nobody outside has heard the catalogue yet
    state = {desk.name: desk.snapshot() for desk in days.desks if desk.name in KEPT}
    return HallOpened(
        actor=SYSTEM, **because("the hall's work of {days} working days before", days=count), days=count,
        from_ms=turn.city_ms, received=run.received, open=sum(1 for _ in errands.book.open()),
        ended=dict(sorted(run.ended.items())), completed=dict(sorted(run.completed.items())),
        people=tuple(sorted(run.people)), state=canonical(state),
    )  # fmt: skip


class _Run:
    """The desks at work: facts in, events applied until nothing follows, answers to the crowd."""

    def __init__(self, days: Days, seed: int) -> None:
        self._desks = [desk for desk in days.desks if desk.name in KEPT]
        self._speakers = [desk for desk in self._desks if isinstance(desk, Sends)]
        self._crowd, self._seed = days.crowd, seed
        self._errands = next(desk for desk in days.desks if isinstance(desk, ErrandDesk))
        self._number, self.received = 0, 0
        self.people: set[str] = set()
        self.ended: Counter[str] = Counter()
        self.completed: Counter[str] = Counter()

    def look(self, city_ms: int) -> None:
        """What people said since the last look, and what is due."""
        said = tuple(self._crowd.advance(city_ms))
        if said:
            self._follow(_batch(city_ms, said), city_ms)
        self._follow(Tick(city_ms), city_ms)

    def _follow(self, fact: Fact, city_ms: int) -> None:
        self._number += 1
        turn, pending, events = Turn(self._number, city_ms, self._seed), deque([fact]), 0
        while pending:
            about = pending.popleft()
            for desk in self._desks:
                for event in tuple(desk.decide(about, turn)):
                    events += 1
                    if events > MOST_EVENTS:
                        raise EndlessError(f"{desk.name} answers {type(about).__name__} without end")
                    for other in self._desks:
                        other.apply(event, turn)
                    self._note(event)
                    pending.append(event)

    def _note(self, event: Event) -> None:
        self.people.update(getattr(event, name) for name in _WHOSE if getattr(event, name, ""))
        if isinstance(event, ErrandBegun):
            self.received += 1
        elif isinstance(event, ErrandCompleted):
            self.completed[event.service] += 1
        elif isinstance(event, ErrandStepped) and event.state in ("completed", "refused", "lapsed"):
            self.ended[event.state] += 1
        elif isinstance(event, ErrandRefused | ErrandWithdrawn) and event.errand:
            self.ended["withdrawn" if isinstance(event, ErrandWithdrawn) else "refused"] += 1
        if isinstance(event, CatalogueOffered):
            return
        for desk in self._speakers:
            for outgoing in desk.outgoing(event):
                self._tell(outgoing)

    def _tell(self, outgoing: Outgoing) -> None:
        family, _, rest = outgoing.topic.partition("/")
        pseudonym, _, verb = rest.partition("/")
        if family != "person" or verb != "answer":
            return
        try:
            self._crowd.hear(pseudonym, msgspec.json.decode(outgoing.payload, type=Answer))
        except UNDECODABLE as fault:
            raise CivitwinError(f"an answer that nobody can read: {fault}") from fault


def _batch(city_ms: int, said: tuple[PersonSaid, ...]) -> Batch:
    none = np.zeros(0, np.int32)
    lights = LightStates(none, none, np.zeros(0, np.uint8), np.zeros(0, np.int64))
    return Batch(city_ms, empty_readings(), empty_positions(), lights, said)


class Nowhere:
    """Belief of the days before: nobody's phone was heard."""

    def person_position(self, person: str) -> None:
        return None

    def grant(self, person: str, purposes: Iterable[str]) -> None:
        return None
