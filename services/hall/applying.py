"""The pages by which a resident applies: the catalogue, and the one form of a service for themselves or a ward."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from services.facts.resident import ApplyForService
from services.facts.rights import GiveConsent, WithdrawConsent
from services.hall.catalogue import Item, Limit, Service
from services.hall.forms import Enrolled, Forms
from services.hall.legal import Ground, Ledger, purpose_of
from services.hall.mine import Mine
from services.hall.wallet import WalletDesk
from twin.core.text import Name, Text
from twin.core.views import Action, Agreement, Application, Card, Paper, Part, Table

_SEPARATOR = ":"
_RESIDENT = ("resident",)


class Applying:
    """Reads catalogue, register, wallet and ledger; changes nothing."""

    def __init__(
        self,
        services: Mapping[str, Service],
        residents: Mapping[str, Enrolled],
        departments: Mapping[str, Name],
        forms: Forms,
        mine: Mine,
        ledger: Ledger,
        wallet: WalletDesk,
    ) -> None:
        self._services, self._residents, self._departments = services, residents, departments
        self._forms, self._mine, self._ledger, self._wallet = forms, mine, ledger, wallet
        self._kinds = {item.id: item.name for service in services.values() for item in service.items}

    def catalogue(self) -> Card:
        """Life events first: what is done as one."""
        bundles = [one for one in self._services.values() if one.bundle]
        single = [one for one in self._services.values() if not one.bundle]
        tables = tuple(
            Table(
                title=title,
                columns=(Text("Service"), Text("Departments"), Text("Questions"), Text("Fee, yuan")),
                rows=tuple(
                    (one.name, self._who(one), len(one.fields), one.fee_cents / 100 if one.fee_cents else Text("none"))
                    for one in some
                ),
                links=tuple(("service", one.id) for one in some),
            )
            for title, some in ((Text("Life events, done as one"), bundles), (Text("Single services"), single))
            if some
        )
        return Card(
            kind="services", id="", rev=0, title=Text("Public services"), subtitle=Text("One form, once"),
            icon="service_hall", sections=tables,
        )  # fmt: skip

    def page(self, person: str, id: str, city_ms: int) -> Card | None:
        """``id`` is a service's, or ``<service>:<ward>``. None where there is no such service or no such ward."""
        service_id, _, ward = id.partition(_SEPARATOR)
        service = self._services.get(service_id)
        if service is None or person not in self._residents or (ward and not self._mine.acts_for(person, ward)):
            return None
        concerned = ward or person
        behalf = [(other, self._residents[other].name) for other in self._mine.wards(person)]
        if ward:
            behalf = [("", self._residents[person].name), *(one for one in behalf if one[0] != ward)]
        application = Application(
            title=Text("One form"), service=service.id, ward=ward,
            behalf=tuple((f"{service.id}:{other}" if other else service.id, name) for other, name in behalf),
            questions=tuple(self._forms.question(field, person, ward, city_ms) for field in service.fields),
            papers=tuple(self._papers(service, concerned, city_ms)),
            parts=tuple(self._part(item) for item in service.items),
            agreements=(self._agreement(service, concerned, city_ms),),
            submit=self._submit(service, ward),
        )  # fmt: skip
        return Card(
            kind="service", id=id, rev=0, title=service.name,
            subtitle=self._residents[concerned].name, icon=service.icon, sections=(application,),
        )  # fmt: skip

    def _submit(self, service: Service, ward: str) -> Action:
        fixed: dict[str, str | int | float | bool] = {"service": service.id, "channel": "online"}
        if ward:
            fixed["on_behalf"] = self._residents[ward].pseudonym
        return Action(
            command=ApplyForService.__name__, label=Text("Submit the form"), fixed=fixed, posts=ApplyForService.posts
        )

    def _papers(self, service: Service, person: str, city_ms: int) -> Iterator[Paper]:
        """Each once; what a credential replaces is there already."""
        seen: set[str] = set()
        for item in service.items:
            before = _before(service, item)
            for material in item.materials:
                if material.id in seen:
                    continue
                seen.add(material.id)
                held = self._wallet.newest(person, material.replaced_by, city_ms) if material.replaced_by else None
                there = None
                if held is not None:
                    there = Text("there: your credential {kind}", {"kind": self._kind(material.replaced_by)})
                elif material.replaced_by in before:
                    there = Text("not needed: {kind} comes first", {"kind": self._kind(material.replaced_by)})
                yield Paper(id=material.id, label=material.name, there=there)

    def _part(self, item: Item) -> Part:
        return Part(
            id=item.id, label=item.name, department=self._department(item.department),
            optional=item.optional, promised=limit_text(item.promised), in_person=item.offline,
            fee_cents=item.fee_cents, after=item.after,
        )  # fmt: skip

    def _agreement(self, service: Service, person: str, city_ms: int) -> Agreement:
        """Whether the reception may read the form: asked in plain words, with both answers alike."""
        purpose = purpose_of(service)
        given = isinstance(self._ledger.consent(person, purpose, service.reception, city_ms), Ground)
        who = self._department(service.reception)
        words = Text(
            "May {department} read this form, for this application alone? Departments behind it read what the law lets"
            " them. You can take it back at any time, and see who looked.",
            {"department": who},
        )
        fixed: dict[str, str | int | float | bool] = {
            "person": person, "purpose": purpose, "department": service.reception,
        }  # fmt: skip
        return Agreement(
            words=words, given=given,
            give=Action(command=GiveConsent.__name__, label=Text("I agree"), fixed=fixed, posts=_RESIDENT),
            refuse=Action(command=WithdrawConsent.__name__, label=Text("I do not agree"), fixed=fixed, posts=_RESIDENT),
        )  # fmt: skip

    def _who(self, service: Service) -> Name:
        ids = dict.fromkeys(item.department for item in service.items)
        names = [self._departments.get(id, Name(id, id)) for id in ids]
        return Name(", ".join(name.en for name in names), "、".join(name.zh for name in names))

    def _department(self, id: str) -> Name:
        return self._departments.get(id, Name(id, id))

    def _kind(self, id: str) -> Name:
        return self._kinds.get(id, Name(id, id))


def limit_text(limit: Limit | None) -> Text | None:
    """``within 3 working days``."""
    if limit is None:
        return None
    amount = f"{limit.amount:g}"
    if limit.kind == "working_day" and limit.amount == 1:
        return Text("within a working day")
    if limit.kind == "working_day":
        return Text("within {n} working days", {"n": amount})
    return Text("within {n} working hours", {"n": amount})


def _before(service: Service, item: Item) -> set[str]:
    """Items of the same application that are done before this one."""
    found: set[str] = set()
    waiting = list(item.after)
    while waiting:
        id = waiting.pop()
        if id not in found:
            found.add(id)
            waiting += service.item(id).after
    return found
