"""The reception: a form comes in, is sealed, and is refused where the law does not let it be read, where it is not
whole, or where the applicant may not ask for the service."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import msgspec

from services.collaboration.authority import Authority
from services.engine.desk import Turn
from services.facts.base import Actor, Event
from services.facts.because import because
from services.facts.hall import DataUsed, ErrandBegun, ErrandChannel, ErrandRefused
from services.facts.rights import ConsentGiven
from services.hall import graph
from services.hall.catalogue import Service
from services.hall.errand import Errand
from services.hall.graph_state import NotEligibleError, P, Progress
from services.hall.identity import Identities
from services.hall.issuing import form_context
from services.hall.legal import CONSENT, Ground, Ledger, purpose_of
from services.hall.mandates import MandateDesk, Use
from services.hall.ports import Registered, Sealer
from services.hall.register import Register
from services.hall.steps import TELL_MS, saying
from services.hall.wallet import WalletDesk
from twin.city.model import City, Place
from twin.core.errors import CivitwinError
from twin.core.text import Text
from twin.formats.civic import ServiceRequest

IN_PERSON = ("counter", "kiosk", "phone")
"""Where somebody asks for what is missing in a form."""


class Application(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody (``speaker``, of the register) applies for, however it came."""

    speaker: str
    request: ServiceRequest
    channel: ErrandChannel
    provenance: int
    terminal: str = ""

    def under(self, request_id: str) -> Application:
        """The same under the id that is kept of it."""
        request = msgspec.structs.replace(self.request, request_id=request_id)
        return msgspec.structs.replace(self, request=request)


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
        wallet: WalletDesk,
        register: Register,
        authority: Authority,
    ) -> None:
        self._city = city
        self._services = services
        self._residents = residents
        self._vault = vault
        self._ledger = ledger
        self._mandates = mandates
        self._identities = identities
        self._wallet = wallet
        self._register = register
        self._authority = authority
        self._first = next((service.reception for service in services.values()), "")  # who answers for no service
        self._pseudonyms = {resident.pseudonym: resident.id for resident in residents.values()}

    def take(self, application: Application, serial: int, turn: Turn) -> Iterator[Event]:
        """The errand begun, with the ground on which its form may be read; or a refusal that says why."""
        request, agent = application.request, self._residents[application.speaker]
        person = self._pseudonyms.get(request.on_behalf, "") if request.on_behalf else agent.id
        service = self._services.get(request.service)
        place = self._hall(service, agent) if service else None
        ground = self._ground(agent.id, person, service, application, turn)
        if isinstance(ground, Text) or service is None or place is None:
            why = ground if isinstance(ground, Text) else Text("the city has no such hall")
            yield self._refused(application, service, why, turn)
            return
        form = {field.id: request.form[field.id] for field in service.fields if _filled(request, field.id)}
        begun = self._begun(application, service, person, form, turn)
        if isinstance(begun, Text):
            yield self._refused(application, service, begun, turn)
            return
        missing = self._missing(service, begun, form, application.channel)
        if isinstance(missing, Text):
            yield self._refused(application, service, missing, turn)
            return
        errand = f"E-{serial:04d}"
        sealed = self._vault.seal(person, msgspec.json.encode(form, order="sorted"), form_context(errand))
        if application.terminal:
            yield from self._agreed(person, agent.id, service, application, turn)
        yield ErrandBegun(
            actor=Actor("resident", agent.id), cause=request.request_id,
            **(
                because("the applicant's own request")
                if person == agent.id
                else because("a request on somebody's behalf")
            ),
            errand=errand, service=service.id, person=person, pseudonym=agent.pseudonym, request=request.request_id,
            version=service.version, sealed=sealed, missing=missing, place=place.id,
            provenance=application.provenance, agent="" if person == agent.id else agent.id, mandate=request.mandate,
            channel=application.channel, terminal=application.terminal, materials=begun.held, wallet=begun.wallet,
            unwanted=tuple(item.id for item in service.items if item.optional and item.id in request.unwanted),
            skipped=tuple(id for id, part in begun.parts.items() if part.state is P.SKIPPED),
        )  # fmt: skip
        yield DataUsed(
            actor=self.answering(service, "reception", turn), cause=errand,
            **because("{ground}", ground=ground.reference), person=person, department=service.reception,
            purpose=purpose_of(service), fields=tuple(form), basis=ground.id, errand=errand,
            known_as=self._identities.known_as(person, service.reception),
        )  # fmt: skip

    def answering(self, service: Service, what: str, turn: Turn) -> Actor:
        """A rule of the service's version, and who answers for it at its reception."""
        return self._answering(f"service/{service.id}@{service.version}/{what}", service.reception, turn)

    def _answering(self, rule: str, department: str, turn: Turn) -> Actor:
        """The clerk on duty, out of hours the head of the department; the rule alone where the roster has neither."""
        chosen = self._authority.rule(rule, "clerk", turn.city_ms, department)
        return (
            chosen
            or self._authority.rule(rule, "department_head", turn.city_ms, department)
            or Actor("rule", rule, "clerk")
        )

    def _begun(
        self, application: Application, service: Service, person: str, form: Mapping[str, str], turn: Turn
    ) -> Progress | Text:
        """Where the application begins in the graph, or why the person may not ask for the service. Materials that
        nobody asks for are not kept."""
        known = {one.id for item in service.items for one in item.materials}
        given = [id for id in application.request.materials if id in known]
        facts = self._register.facts(person, form, turn.city_ms)
        wallet = self._wallet.kinds(person, turn.city_ms)
        needed = {one.replaced_by for item in service.items for one in item.materials}
        try:
            return graph.begin(
                service, facts, [kind for kind in wallet if kind in needed], given, application.request.unwanted
            )  # fmt: skip
        except NotEligibleError as fault:
            return fault.why

    @staticmethod
    def _missing(
        service: Service, begun: Progress, form: Mapping[str, str], channel: ErrandChannel
    ) -> tuple[str, ...] | Text:
        """What the form leaves out of what the wanted items ask; only where a person takes it in can it be asked."""
        wanted = {id for id, part in begun.parts.items() if part.state is not P.SKIPPED}
        asked = {field for item in service.items if item.id in wanted for field in item.reads}
        left = [field for field in service.fields if field.id in asked and field.id not in form]
        if left and channel not in IN_PERSON:
            return Text("the form leaves out: {field}", {"field": left[0].name})
        return tuple(field.id for field in left)

    def _agreed(
        self, person: str, speaker: str, service: Service, application: Application, turn: Turn
    ) -> Iterator[ConsentGiven]:
        """Who applies in person, with an identity card, agrees to what the application needs, and to nothing else."""
        purpose = purpose_of(service)
        if isinstance(self._ledger.consent(person, purpose, service.reception, turn.city_ms), Ground):
            return
        yield ConsentGiven(
            actor=Actor("resident", speaker), cause=application.request.request_id,
            **because("applied in person and showed an identity card, at {terminal}", terminal=application.terminal),
            person=person, purpose=purpose, department="", until_ms=-1, by=speaker,
        )  # fmt: skip

    def _refused(self, application: Application, service: Service | None, why: Text, turn: Turn) -> ErrandRefused:
        known = self._residents[application.speaker]
        actor = self._answering("hall/reception", service.reception if service else self._first, turn)
        return ErrandRefused(
            actor=actor, cause=application.request.request_id, **saying(why),
            errand="", person=known.id, pseudonym=known.pseudonym, service=service.id if service else "",
            request=application.request.request_id, tell_until_ms=turn.city_ms + TELL_MS,
        )  # fmt: skip

    def _ground(
        self, agent: str, person: str, service: Service | None, application: Application, turn: Turn
    ) -> Ground | Text:
        """On which the form is taken in; or that this is no service, not one's to apply for, or not agreed to."""
        if service is None:
            return Text("there is no such service")
        request = application.request
        use = Use(agent, person, service.id, f"{agent}/{request.request_id}")
        barred = self._mandates.may_apply(use, request.mandate, turn.city_ms)
        if barred is not None:
            return barred
        fields = tuple(field.id for field in service.fields)
        ground = self._ledger.to_read(person, purpose_of(service), service.reception, fields, turn.city_ms)
        if isinstance(ground, Text) and application.terminal and not request.mandate:
            gone = person in self._ledger.state.erased
            return ground if gone else Ground(f"consent/{purpose_of(service)}", "consent", CONSENT)
        return ground

    def barred(self, errand: Errand, turn: Turn) -> Text | None:
        """Why the errand's proxy may not go on: the mandate was taken back or has expired since."""
        return self._mandates.lapsed(errand.mandate, turn.city_ms) if errand.mandate else None

    def opened(self, person: str, sealed: bytes, command: str) -> dict[str, str] | None:
        """The form of a resident's command, or None where it cannot be opened."""
        try:
            data = self._vault.open(person, sealed, application_context(command))
            return msgspec.json.decode(data, type=dict[str, str])
        except (CivitwinError, msgspec.DecodeError):
            return None

    def _hall(self, service: Service, resident: Registered) -> Place | None:
        """The nearest place of the service's kind to the applicant's home."""
        halls = self._city.of_kind(service.place_kind)
        x, y = resident.home_xy
        return min(halls, key=lambda hall: (math.hypot(hall.xy[0] - x, hall.xy[1] - y), hall.id), default=None)


def application_context(command: str) -> bytes:
    """In what context the form of an application at a console is sealed, until the hall takes it in."""
    return f"application/{command}".encode()


def _filled(request: ServiceRequest, field: str) -> bool:
    return bool(request.form.get(field, "").strip())
