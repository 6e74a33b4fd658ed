"""The catalogue as phones and terminals are told it (retained)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping

from services.facts.records import Outgoing
from services.hall import graph
from services.hall.agenda import in_person
from services.hall.catalogue import Item, Service
from services.hall.eligibility import Condition
from services.hall.graph_state import Part, Progress
from twin.formats.civic import encode
from twin.formats.service_offer import OfferedField, OfferedItem, OfferedMaterial, OfferedWho, ServiceOffer


def offer_of(service: Service) -> ServiceOffer:
    """``materials`` are those that the one form asks for where nobody holds a credential yet."""
    asked = graph.to_bring(service, Progress(parts={item.id: Part() for item in service.items}))
    return ServiceOffer(
        service=service.id, version=service.version, name_en=service.name.en, name_zh=service.name.zh,
        icon=service.icon, place_kind=service.place_kind,
        fields=tuple(OfferedField(id=one.id, en=one.name.en, zh=one.name.zh) for one in service.fields),
        materials=tuple(
            OfferedMaterial(id=one.id, en=one.name.en, zh=one.name.zh, replaced_by=one.replaced_by, outside=one.outside)
            for one in asked
        ),
        items=tuple(_item(service, item) for item in service.items),
    )  # fmt: skip


def _item(service: Service, item: Item) -> OfferedItem:
    return OfferedItem(
        id=item.id, en=item.name.en, zh=item.name.zh, department=item.department, optional=item.optional,
        in_person=in_person(service, item.id), delivery=item.delivery, joint=item.joint, after=item.after,
        reads=item.reads, materials=tuple(one.id for one in item.materials), fee_cents=item.fee_cents,
        eligibility=tuple(_who(condition) for condition in item.eligibility),
    )  # fmt: skip


def _who(condition: Condition) -> OfferedWho:
    return OfferedWho(
        fact=condition.fact, is_not=condition.is_not,
        at_least=-1.0 if condition.at_least is None else condition.at_least,
        at_most=-1.0 if condition.at_most is None else condition.at_most,
    )  # fmt: skip


def offers_of(services: Mapping[str, Service], withdrawn: Iterable[str] = ()) -> Iterator[Outgoing]:
    """One retained message a service; an empty one takes it back."""
    for id in withdrawn:
        yield Outgoing(f"hall/services/{id}", b"", retain=True)
    for service in services.values():
        yield Outgoing(f"hall/services/{service.id}", encode(offer_of(service)), retain=True)


def digest_of(services: Mapping[str, Service]) -> str:
    """Changes with anything that is told."""
    digest = hashlib.sha256()
    for service in services.values():
        digest.update(encode(offer_of(service)))
    return digest.hexdigest()[:16]
