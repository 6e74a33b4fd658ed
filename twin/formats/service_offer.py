"""The service catalogue as a phone or terminal reads it. JSON."""

from __future__ import annotations

from typing import Literal

import msgspec

from twin.formats.civic import Id, Words


class OfferedWho(msgspec.Struct, frozen=True, kw_only=True):
    """A condition on the applicant: a fact of the register that is so (or, with ``is_not``, is not), or a number from
    ``at_least`` to ``at_most``; -1 where there is no such bound."""

    fact: Id
    is_not: bool = False
    at_least: float = -1.0
    at_most: float = -1.0


class OfferedField(msgspec.Struct, frozen=True, kw_only=True):
    """One question of the one form."""

    id: Id
    en: Words
    zh: Words


class OfferedMaterial(msgspec.Struct, frozen=True, kw_only=True):
    """A document; ``replaced_by`` names the credential that makes it needless, ``outside`` that no department issues
    it."""

    id: Id
    en: Words
    zh: Words
    replaced_by: Id = ""
    outside: bool = False


class OfferedItem(msgspec.Struct, frozen=True, kw_only=True):
    """``in_person``: part of it cannot be done online. ``reads``: the fields that
    it asks for; ``materials``: what it needs, before credentials are counted."""

    id: Id
    en: Words
    zh: Words
    department: Id
    optional: bool = False
    in_person: bool = False
    delivery: Literal["credential", "post", "pick_up"] = "credential"
    joint: Id = ""
    after: tuple[Id, ...] = ()
    reads: tuple[Id, ...] = ()
    materials: tuple[Id, ...] = ()
    fee_cents: int = 0
    eligibility: tuple[OfferedWho, ...] = ()


class ServiceOffer(msgspec.Struct, frozen=True, kw_only=True):
    """``<ns>/hall/services/<id>`` (retained, QoS 1): one service of the catalogue. ``materials`` are those that the one
    form asks for where the applicant holds no credential yet."""

    service: Id
    version: Id
    name_en: Words
    name_zh: Words
    icon: Id
    place_kind: Id
    fields: tuple[OfferedField, ...]
    materials: tuple[OfferedMaterial, ...]
    items: tuple[OfferedItem, ...]
