"""The book of errands: what each event changes. Kept by the errands desk, read by its page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from services.facts.base import Event
from services.facts.hall import (
    CredentialIssued,
    DataUsed,
    DataUseRefused,
    ErrandBegun,
    ErrandCompleted,
    ErrandRefused,
    ErrandStepped,
)
from services.hall.catalogue import Service
from services.hall.credentials import from_event
from services.hall.errand import TABLE, Errand, ErrandState, Line, Use
from twin.core.errors import CivitwinError
from twin.core.text import Text

KEPT_ENDED = 200
KEPT_REFUSED = 500


class ForbiddenStepError(CivitwinError):
    """A step that the errand's table does not allow: a fault in the desk."""


class BookState(msgspec.Struct):
    serial: int = 0
    credentials: int = 0
    number: int = 0  # of the queue, rising
    errands: dict[str, Errand] = {}
    requests: dict[str, str] = {}  # person/request id → errand
    refused: list[str] = []  # person/request id of what was not taken in, newest last


class Book:
    """Errands by id ``E-<serial>``."""

    def __init__(self, services: Mapping[str, Service]) -> None:
        self.services = services
        self.state = BookState()

    def open(self) -> Iterator[Errand]:
        """Those that have not ended, in the order of their beginning."""
        for errand in self.state.errands.values():
            if not errand.ended:
                yield errand

    def knows(self, person: str, request: str) -> bool:
        """Whether this person's request was answered already; another's request of the same id is another one."""
        key = f"{person}/{request}"
        return key in self.state.requests or key in self.state.refused

    def record(self, event: Event, city_ms: int) -> None:
        """Apply one event. Raises :class:`ForbiddenStepError`."""
        match event:
            case ErrandBegun():
                self._begin(event, city_ms)
            case ErrandStepped():
                self._step(event, city_ms)
            case ErrandRefused():
                self._refuse(event, city_ms)
            case CredentialIssued() if event.errand in self.state.errands:
                self.state.credentials += 1
                old = self.state.errands[event.errand]
                credential = from_event(event)
                self._change(event, city_ms, credentials=(*old.credentials, credential), done=(*old.done, event.kind))
            case DataUsed() | DataUseRefused():
                self._use(event, city_ms)
            case ErrandCompleted():
                self._change(event, city_ms)
            case _:
                pass

    def _begin(self, event: ErrandBegun, city_ms: int) -> None:
        self.state.serial += 1
        self.state.requests[f"{event.agent or event.person}/{event.request}"] = event.errand
        self.state.errands[event.errand] = Errand(
            id=event.errand,
            service=event.service,
            version=event.version,
            person=event.person,
            pseudonym=event.pseudonym,
            request=event.request,
            state=ErrandState.ACCEPTED,
            place=event.place,
            sealed=event.sealed,
            missing=event.missing,
            provenance=event.provenance,
            begun_ms=city_ms,
            agent=event.agent,
            mandate=event.mandate,
            history=(Line(city_ms, Text("The one form came in"), event.actor, event.why),),
        )

    def _step(self, event: ErrandStepped, city_ms: int) -> None:
        old = self.state.errands[event.errand]
        state = ErrandState(event.state)
        if state is old.state is ErrandState.ACCEPTED:
            self._change(event, city_ms)
            return
        if state not in TABLE[old.state]:
            raise ForbiddenStepError(f"{old.id}: {old.state} is not followed by {state}")
        fields: dict[str, Any] = {"state": state, "item": event.item, "clerk": event.clerk, "until_ms": event.until_ms}
        match state:
            case ErrandState.ARRIVED:
                fields["trips"] = old.trips + 1
            case ErrandState.QUEUED:
                fields |= {"number": event.number, "queued_ms": city_ms}
                self.state.number = max(self.state.number, event.number)
            case ErrandState.SERVING:
                fields |= {"waited_ms": old.waited_ms + city_ms - old.queued_ms}
            case ErrandState.COMPLETED | ErrandState.LAPSED:
                fields["ended_ms"] = city_ms
            case _:
                pass
        self._change(event, city_ms, **fields)
        if state in (ErrandState.COMPLETED, ErrandState.LAPSED):
            self._forget()

    def _refuse(self, event: ErrandRefused, city_ms: int) -> None:
        if event.errand not in self.state.errands:
            self.state.refused = [*self.state.refused, f"{event.person}/{event.request}"][-KEPT_REFUSED:]
            return
        self._change(event, city_ms, state=ErrandState.REFUSED, ended_ms=city_ms, until_ms=-1)
        self._forget()

    def _use(self, event: DataUsed | DataUseRefused, city_ms: int) -> None:
        old = self.state.errands.get(event.errand)
        if old is not None:
            basis = event.basis if isinstance(event, DataUsed) else ""
            self._change(event, city_ms, uses=(*old.uses, Use(city_ms, event.department, event.fields, basis)))

    def _change(self, event: Any, city_ms: int, **fields: Any) -> None:
        old = self.state.errands[event.errand]
        said = self._tell(event)
        why = event.why or (Text("{reason}", {"reason": event.reason}) if event.reason else None)
        line = () if said is None else (Line(city_ms, said, event.actor, why),)
        self.state.errands[old.id] = msgspec.structs.replace(
            old, rev=old.rev + 1, history=(*old.history, *line), **fields
        )

    def _tell(self, event: Event) -> Text | None:
        match event:
            case ErrandStepped():
                service = self.services.get(self.state.errands[event.errand].service)
                item = service.item(event.item).name if service and event.item else Text("–")
                return Text(
                    STEP[event.state].msgid,
                    {"item": item, "number": event.number, "counter": event.counter},
                )
            case CredentialIssued():
                return Text("Credential {id} issued", {"id": event.credential})
            case ErrandRefused():
                return Text("Refused")
            case _:
                return None

    def _forget(self) -> None:
        ended = [errand.id for errand in self.state.errands.values() if errand.ended]
        for id in ended[: max(0, len(ended) - KEPT_ENDED)]:
            errand = self.state.errands[id]
            self.state.requests.pop(f"{errand.applicant}/{errand.request}", None)
            del self.state.errands[id]


STEP: dict[str, Text] = {
    "accepted": Text("Form accepted; the hall expects the applicant"),
    "arrived": Text("Arrived at the hall"),
    "queued": Text("Number {number} for {item}"),
    "serving": Text("At counter {counter} for {item}"),
    "issuing": Text("{item} is done"),
    "completed": Text("All done"),
    "lapsed": Text("Nobody came: lapsed"),
}
