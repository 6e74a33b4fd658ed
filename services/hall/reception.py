"""The reception: a form comes in, is sealed, and is refused where the law does not let it be read."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import msgspec

from services.engine.desk import Turn
from services.facts.base import Actor, Event
from services.facts.because import because, english
from services.facts.hall import DataUsed, ErrandBegun, ErrandRefused
from services.hall.catalogue import Service
from services.hall.counter import TELL_MS, form_context
from services.hall.errand import Errand
from services.hall.identity import Identities
from services.hall.legal import Ground, Ledger, purpose_of
from services.hall.mandates import MandateDesk, Use
from services.hall.ports import Registered, Sealer
from twin.city.model import City, Place
from twin.core.text import Text
from twin.formats.civic import ServiceRequest
from twin.state.batch import PersonSaid


class Reception:
    """Keeps nothing; what it took in lies in the book."""

    def __init__(
        self,
        city: City,
        services: Mapping[str, Service],
        residents: Mapping[str, Registered],
        vault: Sealer,
        ledger: Ledger,
        mandates: MandateDesk,
        identities: Identities,
    ) -> None:
        self._city = city
        self._services = services
        self._residents = residents
        self._vault = vault
        self._ledger = ledger
        self._mandates = mandates
        self._identities = identities
        self._pseudonyms = {resident.pseudonym: resident.id for resident in residents.values()}

    def take(self, said: PersonSaid, request: ServiceRequest, serial: int, turn: Turn) -> Iterator[Event]:
        """The errand begun, with the ground on which its form may be read; or a refusal that says why."""
        agent = self._residents[said.person]
        person = self._pseudonyms.get(request.on_behalf, "") if request.on_behalf else agent.id
        service = self._services.get(request.service)
        place = self._hall(service, agent) if service else None
        ground = self._ground(agent.id, person, service, request, turn)
        if isinstance(ground, Text) or service is None or place is None:
            why = ground if isinstance(ground, Text) else Text("the city has no such hall")
            yield ErrandRefused(
                actor=Actor("rule", "hall/reception", "clerk"), cause=request.request_id, reason=english(why), why=why,
                errand="", person=said.person, pseudonym=agent.pseudonym, service=service.id if service else "",
                request=request.request_id, tell_until_ms=turn.city_ms + TELL_MS,
            )  # fmt: skip
            return
        errand = f"E-{serial:04d}"
        asked = [field.id for field in service.fields]
        form = {field: request.form[field] for field in asked if request.form.get(field, "").strip()}
        sealed = self._vault.seal(person, msgspec.json.encode(form, order="sorted"), form_context(errand))
        yield ErrandBegun(
            actor=Actor("resident", said.person),
            cause=request.request_id,
            **(
                because("the applicant's own request")
                if person == agent.id
                else because("a request on somebody's behalf")
            ),
            errand=errand,
            service=service.id,
            person=person,
            pseudonym=agent.pseudonym,
            request=request.request_id,
            version=service.version,
            sealed=sealed,
            missing=tuple(field for field in asked if field not in form),
            place=place.id,
            provenance=said.provenance,
            agent="" if person == agent.id else agent.id,
            mandate=request.mandate,
        )
        yield DataUsed(
            actor=Actor("rule", f"service/{service.id}@{service.version}/reception", "clerk"), cause=errand,
            **because("{ground}", ground=ground.reference), person=person, department=service.reception,
            purpose=purpose_of(service), fields=tuple(form), basis=ground.id, errand=errand,
            known_as=self._identities.known_as(person, service.reception),
        )  # fmt: skip

    def _ground(
        self, agent: str, person: str, service: Service | None, request: ServiceRequest, turn: Turn
    ) -> Ground | Text:
        """On which the form is taken in; or that this is no service, not one's to apply for, or not agreed to."""
        if service is None:
            return Text("there is no such service")
        use = Use(agent, person, service.id, f"{agent}/{request.request_id}")
        barred = self._mandates.may_apply(use, request.mandate, turn.city_ms)
        if barred is not None:
            return barred
        fields = tuple(field.id for field in service.fields)
        return self._ledger.to_read(person, purpose_of(service), service.reception, fields, turn.city_ms)

    def barred(self, errand: Errand, turn: Turn) -> Text | None:
        """Why the errand's proxy may not go on: the mandate was taken back or has expired since."""
        return self._mandates.lapsed(errand.mandate, turn.city_ms) if errand.mandate else None

    def _hall(self, service: Service, resident: Registered) -> Place | None:
        """The nearest place of the service's kind to the applicant's home."""
        halls = self._city.of_kind(service.place_kind)
        x, y = resident.home_xy
        return min(halls, key=lambda hall: (math.hypot(hall.xy[0] - x, hall.xy[1] - y), hall.id), default=None)
