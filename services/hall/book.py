"""The book of errands: what each event changes. Kept by the errands desk, read by its pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from services.facts.base import Event
from services.facts.hall import (
    CatalogueOffered,
    CounterClosed,
    CounterOpened,
    CredentialIssued,
    DataUsed,
    DataUseRefused,
    ErrandBegun,
    ErrandRefused,
    ErrandStepped,
    ErrandWithdrawn,
    ReviewBegun,
    ReviewTaken,
)
from services.facts.of_item import OfItem
from services.hall.agenda import Agenda
from services.hall.book_items import moved, taken, under_review
from services.hall.book_words import told
from services.hall.catalogue import Limit, Service
from services.hall.credentials import from_event
from services.hall.errand import Errand, ErrandState, Line, Use, Visit
from services.hall.graph_state import Due, P, Part, Progress
from twin.core.errors import CivitwinError
from twin.core.text import Text

KEPT_ENDED = 200
KEPT_REFUSED = 500
COME_AGAIN = Limit("working_day", 10)
"""How long whoever was sent home has to come again. Assumed."""


class ForbiddenStepError(CivitwinError):
    """A step that the errand does not allow: a fault in the desk."""


class Closed(msgspec.Struct, frozen=True):
    """Counters that take nobody; ``incident`` empty: by command."""

    ground: str
    incident: str
    since_ms: int


class BookState(msgspec.Struct):
    """``versions``: services that open errands were begun under, by id and version; they are followed to their end
    whatever the catalogue says meanwhile."""

    serial: int = 0
    credentials: int = 0
    number: int = 0  # of the queue, rising
    errands: dict[str, Errand] = {}
    requests: dict[str, str] = {}  # person/request id → errand
    refused: list[str] = []  # person/request id of what was not taken in, newest last
    versions: dict[str, Service] = {}
    closed: dict[str, Closed] = {}  # by place
    offered: str = ""  # digest of the catalogue as it was last told
    told: list[str] = []  # the services in it


class Book:
    """Errands by id ``E-<serial>``."""

    def __init__(self, services: Mapping[str, Service], due: Due) -> None:
        self.services = services
        self.due = due
        self.state = BookState()
        self.agenda = Agenda()

    def open(self) -> Iterator[Errand]:
        """Those that have not ended, in the order of their beginning."""
        for errand in self.state.errands.values():
            if not errand.ended:
                yield errand

    def service_of(self, errand: Errand) -> Service:
        """As it was when the errand began."""
        now = self.services.get(errand.service)
        if now is not None and now.version == errand.version:
            return now
        return self.state.versions[_key(errand.service, errand.version)]

    def get(self, id: str) -> Errand | None:
        return self.state.errands.get(id)

    def of_person(self, person: str) -> tuple[Errand, ...]:
        """Open ones in whose name or by whom something was applied for."""
        return tuple(self.state.errands[id] for id in self.agenda.of_person(person))

    def knows(self, person: str, request: str) -> bool:
        """Whether this person's request was answered already; another's request of the same id is another one."""
        key = f"{person}/{request}"
        return key in self.state.requests or key in self.state.refused

    def record(self, event: Event, city_ms: int) -> None:
        """Apply one event. Raises :class:`ForbiddenStepError`, or a ``GraphError``."""
        match event:
            case ErrandBegun():
                self._begin(event, city_ms)
            case ErrandStepped():
                self._step(event, city_ms)
            case OfItem():
                old = self.state.errands[event.errand]
                self._change(event, city_ms, **moved(self.service_of(old), old, event, city_ms, self.due))
            case ReviewBegun():
                old = self.state.errands[event.errand]
                self._change(event, city_ms, **under_review(self.service_of(old), old, event, city_ms, self.due))
            case ReviewTaken():
                self._change(event, city_ms, **taken(self.state.errands[event.errand], event))
            case ErrandRefused():
                self._refuse(event, city_ms)
            case ErrandWithdrawn():
                self._end(event, city_ms, ErrandState.WITHDRAWN)
            case CredentialIssued() if event.errand in self.state.errands:
                self.state.credentials += 1
                old = self.state.errands[event.errand]
                self._change(event, city_ms, credentials=(*old.credentials, from_event(event)))
            case DataUsed() | DataUseRefused():
                self._use(event, city_ms)
            case CounterClosed():
                self.state.closed[event.place] = Closed(event.ground, event.incident, city_ms)
            case CatalogueOffered():
                self.state.offered, self.state.told = event.digest, list(self.services)
            case CounterOpened():
                self.state.closed.pop(event.place, None)
            case _:
                pass

    def _begin(self, event: ErrandBegun, city_ms: int) -> None:
        service = self.services[event.service]
        self.state.serial += 1
        self.state.versions.setdefault(_key(service.id, service.version), service)
        self.state.requests[f"{event.agent or event.person}/{event.request}"] = event.errand
        progress = Progress(
            parts={item.id: _part(item.id, event) for item in service.items}, held=event.materials,
            wallet=event.wallet,
        )  # fmt: skip
        errand = Errand(
            id=event.errand, service=event.service, version=event.version, person=event.person,
            pseudonym=event.pseudonym, request=event.request, state=ErrandState.UNDER_WAY, place=event.place,
            sealed=event.sealed, missing=event.missing, provenance=event.provenance, begun_ms=city_ms,
            progress=progress, channel=event.channel, terminal=event.terminal, materials=event.materials,
            agent=event.agent, mandate=event.mandate,
            history=(Line(city_ms, Text("The one form came in"), event.actor, event.why),),
        )  # fmt: skip
        self._keep(errand)

    def _step(self, event: ErrandStepped, city_ms: int) -> None:
        old = self.state.errands[event.errand]
        if event.state in ("completed", "refused", "lapsed"):
            self._end(event, city_ms, ErrandState(event.state))
            return
        if old.ended:
            raise ForbiddenStepError(f"{old.id} has ended: {event.state} does not follow")
        self._change(event, city_ms, **self._visited(old, event, city_ms))

    def _visited(self, old: Errand, event: ErrandStepped, city_ms: int) -> dict[str, Any]:
        """What a step at the hall changes."""
        visit = old.visit
        if event.state == "accepted":
            return {}
        if event.state == "expected" and event.visit:
            since_ms = visit.since_ms if visit is not None else city_ms
            number = visit.number if visit is not None else 0
            return {"visit": Visit(
                kind=event.visit, place=event.place, state="expected", since_ms=since_ms, item=event.item,
                until_ms=event.until_ms, number=number,
            )}  # fmt: skip
        if event.state == "queued" and visit is None and event.visit:  # still there from the visit before
            self.state.number = max(self.state.number, event.number)
            return {"visit": Visit(
                kind=event.visit, place=event.place, state="queued", since_ms=city_ms, item=event.item,
                number=event.number, queued_ms=city_ms,
            )}  # fmt: skip
        if visit is None:
            raise ForbiddenStepError(f"{old.id}: nobody is to come, so that {event.state} does not follow")
        if event.state == "sent_home":
            again_ms = self.due(max(city_ms, event.until_ms), COME_AGAIN)
            return {"visit": msgspec.structs.replace(
                visit, state="expected", clerk="", queued_ms=-1, opens_ms=event.until_ms, until_ms=again_ms
            )}  # fmt: skip
        if event.state == "queued":
            self.state.number = max(self.state.number, event.number)
            queued = msgspec.structs.replace(
                visit, state="queued", number=event.number, place=event.place, until_ms=-1, queued_ms=city_ms,
                opens_ms=-1,
            )  # fmt: skip
            return {"visit": queued, "trips": old.trips + (visit.state == "expected")}
        if event.state == "serving":
            serving = msgspec.structs.replace(visit, state="serving", clerk=event.clerk, until_ms=event.until_ms)
            return {"visit": serving, "waited_ms": old.waited_ms + city_ms - visit.queued_ms}
        if event.state == "served":
            return {"visit": None, "visited": (*old.visited, *self._seen(old, visit))}
        if event.state == "missed":
            return {"visit": None}
        raise ForbiddenStepError(f"{old.id}: {event.state} is no step")

    def _seen(self, errand: Errand, visit: Visit) -> tuple[str, ...]:
        """Items whose part in person this visit was: those of one joint review together."""
        if visit.kind != "item":
            return ()
        service = self.service_of(errand)
        joint = service.item(visit.item).joint
        return tuple(one.id for one in service.items if one.id == visit.item or (joint and one.joint == joint))

    def _refuse(self, event: ErrandRefused, city_ms: int) -> None:
        if event.errand in self.state.errands:
            self._end(event, city_ms, ErrandState.REFUSED)
        else:
            self.state.refused = [*self.state.refused, f"{event.person}/{event.request}"][-KEPT_REFUSED:]

    def _end(self, event: ErrandStepped | ErrandRefused | ErrandWithdrawn, city_ms: int, state: ErrandState) -> None:
        if self.state.errands[event.errand].ended:
            raise ForbiddenStepError(f"{event.errand} has ended: {state} does not follow")
        self._change(event, city_ms, state=state, ended_ms=city_ms, reviews=(), visit=None, posts={})
        self._forget()

    def _use(self, event: DataUsed | DataUseRefused, city_ms: int) -> None:
        old = self.state.errands.get(event.errand)
        if old is not None:
            basis = event.basis if isinstance(event, DataUsed) else ""
            self._change(event, city_ms, uses=(*old.uses, Use(city_ms, event.department, event.fields, basis)))

    def _change(self, event: Any, city_ms: int, **fields: Any) -> None:
        old = self.state.errands[event.errand]
        said = told(event, self.service_of(old))
        why = event.why or (Text("{reason}", {"reason": event.reason}) if event.reason else None)
        line = () if said is None else (Line(city_ms, said, event.actor, why),)
        self._keep(msgspec.structs.replace(old, rev=old.rev + 1, history=(*old.history, *line), **fields))

    def _keep(self, errand: Errand) -> None:
        self.state.errands[errand.id] = errand
        self.agenda.put(errand, self.service_of(errand))

    def _forget(self) -> None:
        """Old errands, and versions of services that no errand needs any more."""
        over = sorted((one.ended_ms, int(one.id[2:]), one.id) for one in self.state.errands.values() if one.ended)
        ended = [id for _, _, id in over]  # what has just ended is still asked for, however old it is
        for id in ended[: max(0, len(ended) - KEPT_ENDED)]:
            errand = self.state.errands[id]
            self.state.requests.pop(f"{errand.applicant}/{errand.request}", None)
            del self.state.errands[id]
        needed = {_key(errand.service, errand.version) for errand in self.state.errands.values()}
        self.state.versions = {key: one for key, one in self.state.versions.items() if key in needed}

    def take_up(self, state: BookState) -> None:
        """Go on with a state from a snapshot, whose dictionaries come in the order of their keys."""
        self.state = state
        state.errands = dict(sorted(state.errands.items(), key=lambda item: int(item[0][2:])))
        self.agenda = Agenda()
        for errand in state.errands.values():
            service = self.service_of(errand)
            parts = {item.id: errand.progress.parts[item.id] for item in service.items}
            ordered = msgspec.structs.replace(errand.progress, parts=parts)
            self._keep(msgspec.structs.replace(errand, progress=ordered))


def _key(service: str, version: str) -> str:
    return f"{service}@{version}"


def _part(item: str, event: ErrandBegun) -> Part:
    if item in event.unwanted:
        return Part(state=P.SKIPPED, why=Text("not wanted by the applicant"))
    return Part(state=P.SKIPPED, why=Text("not open to this applicant")) if item in event.skipped else Part()
