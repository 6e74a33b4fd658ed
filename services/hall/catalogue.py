"""The service catalogue as data (``config/services/*.toml``): single items, and life events as graphs of items."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Literal

import msgspec

from services.hall.catalogue_check import Fault, faults_of
from services.hall.catalogue_file import FileIn, ItemIn, LimitIn, NameIn, Source, before, read_source, version, whole
from services.hall.eligibility import Condition
from twin.core.errors import ConfigError
from twin.core.text import Name


class Basis(msgspec.Struct, frozen=True):
    """Why a department may read personal data."""

    id: str
    kind: Literal["statutory", "consent"]
    reference: Name


class Field(msgspec.Struct, frozen=True):
    """One question of the one form."""

    id: str
    name: Name


class Limit(msgspec.Struct, frozen=True):
    """A span of working time, as a clock of the calendar counts it; no pace compresses it."""

    kind: Literal["working_day", "working_hour"]
    amount: float


class Material(msgspec.Struct, frozen=True):
    """A document that an item needs, unless the credential of the item ``replaced_by`` is there."""

    id: str
    name: Name
    replaced_by: str
    outside: bool


class Transfer(msgspec.Struct, frozen=True):
    """A granted item passes on the asset that the answer to ``what`` names, to whom the answer to ``to`` names."""

    kind: Literal["home", "vehicle", "firm"]
    what: str
    to: str


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One department's part. ``reads`` come from the form, the rest of ``claims`` from the credentials it reuses;
    ``service_s`` is the shortest and longest time at the counter, ``review_s`` of an officer's work behind it, both in
    seconds. Items of one ``joint`` group are reviewed together 联合审查. ``offline`` says what cannot be done online;
    without it, everything can. Granted, it ``registers`` an asset for the applicant, or ``transfers`` one."""

    id: str
    name: Name
    department: str
    reads: tuple[str, ...]
    claims: tuple[str, ...]
    service_s: tuple[float, float]
    basis: Basis
    after: tuple[str, ...]
    reuses: tuple[str, ...]
    review_s: tuple[float, float] = (0.0, 0.0)
    joint: str = ""
    optional: bool = False
    materials: tuple[Material, ...] = ()
    eligibility: tuple[Condition, ...] = ()
    fee_cents: int = 0
    statutory: Limit | None = None
    promised: Limit | None = None
    offline: Name | None = None
    delivery: Literal["credential", "post", "pick_up"] = "credential"
    registers: Literal["", "home", "vehicle", "firm"] = ""
    transfers: Transfer | None = None


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """A service or life event; ``items`` are in an order that respects ``after``, ``fields`` are its one form."""

    id: str
    version: str
    name: Name
    icon: str
    place_kind: str
    reception: str
    purpose: str
    fields: tuple[Field, ...]
    items: tuple[Item, ...]

    @property
    def bundle(self) -> bool:
        """Whether several items are done as one 一件事."""
        return len(self.items) > 1

    @property
    def fee_cents(self) -> int:
        return sum(item.fee_cents for item in self.items if not item.optional)

    def item(self, id: str) -> Item:
        return next(item for item in self.items if item.id == id)


def load_services(directory: Path, departments: Collection[str]) -> dict[str, Service]:
    """Every service in file-name order, checked. Raises :class:`ConfigError` naming file and key."""
    services, faults = read_services(directory, departments)
    for fault in faults:
        raise ConfigError(
            f"{directory / fault.file}: {fault.key}" if fault.key else directory / fault.file, fault.reason
        )
    return services


def read_services(directory: Path, departments: Collection[str]) -> tuple[dict[str, Service], tuple[Fault, ...]]:
    """Every service without a fault in file-name order, and every fault of the others."""
    sources: dict[str, Source] = {}
    faults: list[Fault] = []
    for path in sorted(directory.glob("*.toml")):
        source = read_source(path)
        if isinstance(source, str):
            faults.append(Fault(path.name, "", source))
        else:
            sources[source.id] = source
    faults += faults_of(sources, departments)
    wrong = {fault.file for fault in faults}
    services = {
        id: _service(source, whole(source, sources), sources)
        for id, source in sources.items()
        if source.path.name not in wrong and not any(f"{item.use}.toml" in wrong for item in source.file.items)
    }
    return services, tuple(faults)


def _service(source: Source, file: FileIn, sources: dict[str, Source]) -> Service:
    return Service(
        id=source.id,
        version=version(source, sources),
        name=_name(file.name),
        icon=file.icon,
        place_kind=file.place_kind,
        reception=file.reception,
        purpose=file.purpose,
        fields=tuple(Field(field.id, _name(field.name)) for field in file.fields),
        items=tuple(_item(item, file) for item in _ordered(file.items)),
    )


def _name(name: NameIn) -> Name:
    return Name(name.en, name.zh)


def _limit(limit: LimitIn | None) -> Limit | None:
    if limit is None:
        return None
    return Limit("working_day", limit.days) if limit.days else Limit("working_hour", limit.hours)


def _item(item: ItemIn, file: FileIn) -> Item:
    if item.basis is None:
        raise ValueError(f"{item.id} was not checked")
    return Item(
        id=item.id,
        name=_name(item.name or file.name),
        department=item.department,
        reads=item.reads,
        claims=item.claims,
        service_s=item.service_s,
        basis=Basis(item.basis.id, item.basis.kind, _name(item.basis.reference)),
        after=item.after,
        reuses=item.reuses,
        review_s=item.review_s,
        joint=item.joint,
        optional=item.optional,
        materials=tuple(Material(one.id, _name(one.name), one.replaced_by, one.outside) for one in item.materials),
        eligibility=item.eligibility,
        fee_cents=item.fee_cents,
        statutory=_limit(item.statutory),
        promised=_limit(item.promised),
        offline=_name(item.offline) if item.offline else None,
        delivery=item.delivery,
        registers=item.registers,
        transfers=Transfer(one.kind, one.what, one.to) if (one := item.transfers) else None,
    )


def _ordered(items: tuple[ItemIn, ...]) -> tuple[ItemIn, ...]:
    """Items behind those they come after, else as written; there are no circles."""
    done: list[ItemIn] = []
    left = list(items)
    while left:
        ready = [item for item in left if before(item.id, items) <= {one.id for one in done}]
        done += ready
        left = [item for item in left if item not in ready]
    return tuple(done)
