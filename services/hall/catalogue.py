"""The service catalogue as data (``config/services/*.toml``): life events as graphs of items."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from pathlib import Path
from typing import Literal

import msgspec

from twin.core.errors import ConfigError
from twin.core.text import Name


class _Name(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    en: str
    zh: str


class _Field(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    name: _Name


class _Basis(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    kind: Literal["statutory", "consent"]
    reference: _Name


class _Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    id: str
    name: _Name
    department: str
    reads: tuple[str, ...]
    claims: tuple[str, ...]
    service_s: tuple[float, float]
    basis: _Basis
    after: tuple[str, ...] = ()
    reuses: tuple[str, ...] = ()


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    name: _Name
    icon: str
    place_kind: str
    reception: str
    purpose: Literal["service"]
    patience_s: float
    fields: tuple[_Field, ...]
    items: tuple[_Item, ...]


class Basis(msgspec.Struct, frozen=True):
    """Why a department may read personal data."""

    id: str
    kind: Literal["statutory", "consent"]
    reference: Name


class Field(msgspec.Struct, frozen=True):
    """One question of the one form."""

    id: str
    name: Name


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One department's part. ``reads`` come from the form, the rest of ``claims`` from the credentials it reuses;
    ``service_s`` is the shortest and longest time at the counter."""

    id: str
    name: Name
    department: str
    reads: tuple[str, ...]
    claims: tuple[str, ...]
    service_s: tuple[float, float]
    basis: Basis
    after: tuple[str, ...]
    reuses: tuple[str, ...]


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """A service or life event; ``items`` are in an order that respects ``after``."""

    id: str
    version: str
    name: Name
    icon: str
    place_kind: str
    reception: str
    purpose: str
    patience_s: float
    fields: tuple[Field, ...]
    items: tuple[Item, ...]

    def item(self, id: str) -> Item:
        return next(item for item in self.items if item.id == id)


def load_services(directory: Path, departments: Collection[str]) -> dict[str, Service]:
    """Every service in file-name order, checked. Raises :class:`ConfigError` naming file and key."""
    return {path.stem: _load(path, departments) for path in sorted(directory.glob("*.toml"))}


def _load(path: Path, departments: Collection[str]) -> Service:
    try:
        data = path.read_bytes()
        file = msgspec.toml.decode(data, type=_File)
    except (OSError, msgspec.DecodeError) as fault:
        raise ConfigError(path, str(fault)) from fault
    _check(path, file, departments)
    return Service(
        id=path.stem,
        version=hashlib.sha256(data).hexdigest()[:12],
        name=_name(file.name),
        icon=file.icon,
        place_kind=file.place_kind,
        reception=file.reception,
        purpose=file.purpose,
        patience_s=file.patience_s,
        fields=tuple(Field(field.id, _name(field.name)) for field in file.fields),
        items=tuple(_item(item) for item in _ordered(path, file.items)),
    )


def _name(name: _Name) -> Name:
    return Name(name.en, name.zh)


def _item(item: _Item) -> Item:
    basis = Basis(item.basis.id, item.basis.kind, _name(item.basis.reference))
    return Item(
        id=item.id,
        name=_name(item.name),
        department=item.department,
        reads=item.reads,
        claims=item.claims,
        service_s=item.service_s,
        basis=basis,
        after=item.after,
        reuses=item.reuses,
    )


def _ordered(path: Path, items: tuple[_Item, ...]) -> tuple[_Item, ...]:
    """Items with those they come after before them. Raises :class:`ConfigError` for a circle."""
    done: list[_Item] = []
    left = list(items)
    while left:
        ready = [item for item in left if all(before in {one.id for one in done} for before in item.after)]
        if not ready:
            raise ConfigError(f"{path}: items", f"{', '.join(item.id for item in left)} wait for each other")
        done += ready
        left = [item for item in left if item not in ready]
    return tuple(done)


def _check(path: Path, file: _File, departments: Collection[str]) -> None:
    fields = {field.id for field in file.fields}
    claims = {item.id: set(item.claims) for item in file.items}
    if file.reception not in departments:
        raise ConfigError(f"{path}: reception", f"no department {file.reception!r}")
    if not file.items or len(claims) != len(file.items) or len(fields) != len(file.fields):
        raise ConfigError(f"{path}: items", "at least one item; items and fields each have an id of their own")
    for index, item in enumerate(file.items):
        where = f"{path}: items[{index}]"
        if item.department not in departments:
            raise ConfigError(f"{where}.department", f"no department {item.department!r}")
        for other in (*item.after, *item.reuses):
            if other not in claims:
                raise ConfigError(where, f"no item {other!r}")
        if not set(item.reuses) <= set(item.after):
            raise ConfigError(f"{where}.reuses", "a credential can be reused only after it was issued")
        for field in item.reads:
            if field not in fields:
                raise ConfigError(f"{where}.reads", f"the form does not ask for {field!r}")
        known = set(item.reads).union(*(claims[other] for other in item.reuses))
        for claim in item.claims:
            if claim not in known:
                raise ConfigError(f"{where}.claims", f"nobody gives {claim!r}")
        if not 0 < item.service_s[0] <= item.service_s[1]:
            raise ConfigError(f"{where}.service_s", "shortest and longest time, in seconds")
