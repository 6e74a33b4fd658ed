"""What a file of ``config/services`` may hold, as written; what it means is in :mod:`services.hall.catalogue`."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal

import msgspec

from services.hall.eligibility import Condition


class NameIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    en: str
    zh: str


class FieldIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    name: NameIn


class BasisIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    kind: Literal["statutory", "consent"]
    reference: NameIn


class LimitIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A span of working time: ``days`` or ``hours``, not both."""

    days: float = 0.0
    hours: float = 0.0


class MaterialIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``replaced_by``: the item whose credential makes it needless. ``outside``: the applicant has it, or gets it from
    somebody who is no department."""

    id: str
    name: NameIn
    replaced_by: str = ""
    outside: bool = False


class TransferIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``what`` and ``to`` are the fields that say which asset, and who gets it."""

    kind: Literal["home", "vehicle", "firm"]
    what: str
    to: str


class ItemIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Written out, or ``use`` of the single item of another file; then only ``after``, ``joint``, ``optional`` and
    ``service_s`` (at the counter, as part of the whole) are its own."""

    use: str = ""
    id: str = ""
    name: NameIn | None = None
    department: str = ""
    reads: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()
    service_s: tuple[float, float] = (0.0, 0.0)
    review_s: tuple[float, float] = (0.0, 0.0)
    basis: BasisIn | None = None
    after: tuple[str, ...] = ()
    reuses: tuple[str, ...] = ()
    joint: str = ""
    optional: bool = False
    materials: tuple[MaterialIn, ...] = ()
    eligibility: tuple[Condition, ...] = ()
    fee_cents: int = 0
    statutory: LimitIn | None = None
    promised: LimitIn | None = None
    offline: NameIn | None = None
    delivery: Literal["credential", "post", "pick_up"] = "credential"
    registers: Literal["", "home", "vehicle", "firm"] = ""
    transfers: TransferIn | None = None

    @property
    def called(self) -> str:
        """Its id in this service."""
        return self.use or self.id


class FileIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    name: NameIn
    icon: str = "service_hall"
    place_kind: str = "service_hall"
    reception: str = "civil_affairs"
    purpose: Literal["service"] = "service"
    fields: tuple[FieldIn, ...] = ()
    items: tuple[ItemIn, ...]


class Source(msgspec.Struct, frozen=True):
    """One file, read. ``whole`` is the file with every ``use`` replaced by what it stands for; ``version`` changes with
    any file that it rests on."""

    path: Path
    data: bytes
    file: FileIn

    @property
    def id(self) -> str:
        return self.path.stem


def read_source(path: Path) -> Source | str:
    """The file as written, or why it cannot be read."""
    try:
        data = path.read_bytes()
        return Source(path, data, msgspec.toml.decode(data, type=FileIn))
    except (OSError, msgspec.DecodeError) as fault:
        return str(fault)


def single(source: Source | None) -> ItemIn | None:
    """The item of a file that holds exactly one, written out and named like the file; else None."""
    if source is None or len(source.file.items) != 1:
        return None
    item = source.file.items[0]
    return item if item.id == source.id and not item.use else None


def whole(source: Source, sources: dict[str, Source]) -> FileIn:
    """The file with each ``use`` that stands for something written out, with what its credentials replace, and with the
    one form: the union of what its items ask."""
    items: list[ItemIn] = []
    fields = {field.id: field for field in source.file.fields}
    for item in source.file.items:
        meant = single(sources.get(item.use)) if item.use else None
        if meant is None:
            items.append(item)
            continue
        for field in sources[item.use].file.fields:
            fields.setdefault(field.id, field)
        items.append(
            msgspec.structs.replace(
                meant, after=item.after, joint=item.joint, optional=item.optional, reuses=(),
                service_s=item.service_s if any(item.service_s) else meant.service_s,
            )
        )  # fmt: skip
    used = {item.use for item in source.file.items if item.use}
    linked = tuple(_reusing(item, items) if item.id in used else item for item in items)
    asked = {field for item in linked for field in item.reads} | {field.id for field in source.file.fields}
    return msgspec.structs.replace(
        source.file, items=linked, fields=tuple(field for id, field in fields.items() if id in asked)
    )


def before(id: str, items: list[ItemIn] | tuple[ItemIn, ...]) -> set[str]:
    """Every item that must be done before this one, the far ones too."""
    after = {item.called: item.after for item in items}
    found: set[str] = set()
    left = list(after.get(id, ()))
    while left:
        one = left.pop()
        if one not in found:
            found.add(one)
            left += after.get(one, ())
    return found


def _reusing(item: ItemIn, items: list[ItemIn]) -> ItemIn:
    """The item with credentials of earlier items in the place of its materials, and of the questions they answer."""
    earlier = before(item.id, items) - {item.id}
    reused = [material.replaced_by for material in item.materials if material.replaced_by in earlier]
    carried = {claim for one in items if one.id in reused for claim in one.claims}
    return msgspec.structs.replace(
        item,
        reuses=tuple(dict.fromkeys((*item.reuses, *reused))),
        reads=tuple(field for field in item.reads if field not in carried),
    )


def version(source: Source, sources: dict[str, Source]) -> str:
    digest = hashlib.sha256(source.data)
    for item in source.file.items:
        if item.use in sources:
            digest.update(sources[item.use].data)
    return digest.hexdigest()[:12]
