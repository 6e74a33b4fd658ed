"""What consoles ask of the server, and the answers: snapshots, pages, proposals. Nobody is believed without a token."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from services.app.display import Display
from services.app.pages import Pages
from services.app.people import Visitors
from services.app.residents import Residents
from services.collaboration.roster import Person
from services.engine.done import Outcome
from services.engine.engine import Engine
from services.facts.base import Actor, Command
from services.facts.registry import Registry, UnreadableError
from services.facts.rights import LookAtResident, ResidentPage
from twin.core.clock import CityClock
from twin.core.text import Text
from twin.core.views import Ask, Hello, Propose, Reply
from twin.link.views import Request, ViewServer

_AT_ONCE_S: Final = 0.02
"""Wall time that answering may take in one go; what is left in the socket waits for the next."""
_LONGEST_ID: Final = 64
_PAGES_OF_RESIDENTS: Final[Mapping[str, ResidentPage]] = {"life": "day", "resident": "data"}
_STRANGER = Text("This token is nobody's; ask the operations centre for one")


@dataclass(frozen=True, slots=True)
class Control:
    """What the server's own user may ask, who can read the key in its data directory."""

    key: str
    reload: Callable[[str], Reply]


class Desk:
    """Answers requests; gives commands to the engine in the name of whoever the token belongs to."""

    def __init__(
        self,
        server: ViewServer,
        display: Display,
        pages: Pages,
        visitors: Visitors,
        engine: Engine,
        facts: Registry,
        clock: Callable[[], CityClock],
        summary: Callable[[], dict[str, object]],
        committed: Callable[[Outcome], None],
        control: Control,
        residents: Residents,
    ) -> None:
        self._server, self._display, self._pages = server, display, pages
        self._visitors, self._engine, self._facts = visitors, engine, facts
        self._clock, self._summary, self._committed = clock, summary, committed
        self._control, self._residents = control, residents

    def serve(self) -> None:
        """Answer what lies in the socket, for so long that nobody who keeps asking holds up the city."""
        until = time.monotonic() + _AT_ONCE_S
        for identity, request in self._server.requests():
            if isinstance(request, str):
                self._server.answer(identity, Reply(id="", accepted=False, reason=Text("{fault}", {"fault": request})))
            else:
                self._one(identity, request)
            if time.monotonic() > until:
                return

    def _one(self, identity: bytes, request: Request) -> None:
        if isinstance(request, Ask) and request.kind == "summary":
            data = msgspec.json.encode(self._summary()).decode()
            self._server.answer(identity, Reply(id=request.id, accepted=True, data=data))
            return
        if isinstance(request, Ask) and request.kind == "reload":
            known = hmac.compare_digest(request.token.encode(), self._control.key.encode())
            self._server.answer(identity, self._control.reload(request.id) if known else _stranger(request.id))
            return
        resident = self._visitors.resident(request.token)
        if resident:
            self._for_resident(identity, resident, request)
            return
        visitor = self._visitors.who(request.token)
        if visitor is None:
            id = "hello" if isinstance(request, Hello) else request.id
            self._server.answer(identity, _stranger(id))
            return
        person, role = visitor
        if isinstance(request, Hello):
            name = person.id if person is not None else ""
            snapshot = self._display.snapshot(name, role, self._clock(), self._engine.city_ms, _posts(person))
            if snapshot is not None:
                self._server.answer(identity, snapshot)
        elif isinstance(request, Ask):
            self._server.answer(identity, self._page(request, person))
        else:
            self._server.answer(identity, self._propose(request, person))

    def _page(self, request: Ask, person: Person | None) -> Reply:
        refused = self._look(request, person)
        if refused is not None:
            return Reply(id=request.id, accepted=False, reason=refused)
        card = self._display.card(request.id)
        if card is None or card.kind != request.kind:
            made = self._pages.page(request.kind, request.id, self._engine.city_ms)
            card = None if made is None else self._display.marked(made)
        reason = None if card is not None else Text("There is no {kind} {id}", {"kind": request.kind, "id": request.id})
        return Reply(id=request.id, accepted=card is not None, reason=reason, card=card)

    def _look(self, request: Ask, person: Person | None) -> Text | None:
        """Put on record that this person opens a page of a resident; why they may not."""
        page = _PAGES_OF_RESIDENTS.get(request.kind)
        if page is None or not self._residents.registered(request.id):
            return None
        if person is None:
            return Text("A viewer holds no post: pages of residents stay closed")
        city_ms = self._engine.city_ms
        if not self._residents.look_needed(person.id, request.id, page, city_ms):
            return None
        command = LookAtResident(
            id=f"look/{person.id}/{request.id}/{page}/{city_ms}", actor=_actor(person, LookAtResident.posts),
            person=request.id, page=page,
        )  # fmt: skip
        outcome = self._engine.command(command)
        self._committed(outcome)
        return None if outcome.accepted else outcome.reason

    def _for_resident(self, identity: bytes, person: str, request: Request) -> None:
        """Their own twin, their own pages, their own words."""
        if isinstance(request, Hello):
            snapshot = self._residents.snapshot(person, self._clock())
            if snapshot is not None:
                self._server.answer(identity, snapshot, person)
        elif isinstance(request, Ask):
            self._server.answer(identity, self._residents.page(person, request))
        else:
            self._server.answer(identity, self._said(request, person))

    def _said(self, request: Propose, person: str) -> Reply:
        if not _good(request.id):
            return _bad_id(request.id)
        command = self._residents.command(person, request)
        if isinstance(command, Text):
            return Reply(id=request.id, accepted=False, reason=command)
        outcome = self._engine.command(command)
        self._committed(outcome)
        return Reply(id=request.id, accepted=outcome.accepted, reason=outcome.reason)

    def _propose(self, request: Propose, person: Person | None) -> Reply:
        if person is None:
            return Reply(id=request.id, accepted=False, reason=Text("A viewer may look, not act"))
        if not _good(request.id):
            return _bad_id(request.id)
        try:
            command = self._facts.proposed(request.command, request.id, Actor("person", person.id))
        except UnreadableError as fault:
            return Reply(id=request.id, accepted=False, reason=Text("{fault}", {"fault": str(fault)}))
        signed: Command = msgspec.structs.replace(command, actor=_actor(person, type(command).posts))
        outcome = self._engine.command(signed)
        self._committed(outcome)
        card = self._pages.shown(outcome, self._engine.city_ms)
        return Reply(id=request.id, accepted=outcome.accepted, reason=outcome.reason, card=card)


def _good(id: str) -> bool:
    """Ids with a slash are the server's own."""
    return 0 < len(id) <= _LONGEST_ID and "/" not in id


def _bad_id(id: str) -> Reply:
    return Reply(id=id, accepted=False, reason=Text("A proposal needs a short id without a slash"))


def _actor(person: Person, wanted: tuple[str, ...]) -> Actor:
    """The person at the post of theirs that gives such a command, or at their first, to be refused by name."""
    posts = _posts(person)
    return Actor("person", person.id, next((post for post in posts if post in wanted), posts[0] if posts else ""))


def _posts(person: Person | None) -> tuple[str, ...]:
    return () if person is None else tuple(duty.post for duty in person.duties)


def _stranger(id: str) -> Reply:
    return Reply(id=id, accepted=False, reason=_STRANGER)
