"""The service catalogue as a phone or terminal reads it. JSON."""

from __future__ import annotations

from typing import Literal

import msgspec

from twin.formats.civic import Id, Words


class Said(msgspec.Struct, frozen=True):
    """In both languages of the city."""

    en: Words
    zh: Words


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
    """``in_person``: part of it cannot be done online. ``materials``: what it needs, before credentials are counted."""

    id: Id
    en: Words
    zh: Words
    department: Id
    optional: bool = False
    in_person: bool = False
    delivery: Literal["credential", "post", "pick_up"] = "credential"
    joint: Id = ""
    after: tuple[Id, ...] = ()
    materials: tuple[Id, ...] = ()
    fee_cents: int = 0
    eligibility: tuple[Said, ...] = ()


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
