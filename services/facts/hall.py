"""What the service hall decides: errands, credentials, and every use of personal data with its legal basis.

Residents act by their phones, whose messages arrive in a batch; the commands here are the clerks'.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from services.facts.base import Command, Event


class CallNumber(Command, frozen=True, kw_only=True):
    """A clerk calls the next number at once, whatever the queue's order."""

    posts: ClassVar[tuple[str, ...]] = ("clerk",)
    errand: str


class RefuseErrand(Command, frozen=True, kw_only=True):
    """A clerk refuses an application, with a reason and a remedy."""

    posts: ClassVar[tuple[str, ...]] = ("clerk",)
    errand: str
    why_not: str


class ErrandBegun(Event, frozen=True, kw_only=True):
    """A request taken in. ``sealed`` is the form, readable only with the person's key; ``missing`` names the fields
    that the counter will have to ask for."""

    errand: str
    service: str
    person: str
    pseudonym: str
    request: str
    version: str
    sealed: bytes
    missing: tuple[str, ...]
    place: str
    provenance: int
    agent: str = ""  # who acts for the person: a guardian or proxy
    mandate: str = ""  # on which a proxy acts


class ErrandRefused(Event, frozen=True, kw_only=True):
    """Not taken in, or ended without a result; ``reason`` is never empty."""

    errand: str
    person: str
    pseudonym: str
    service: str
    request: str
    tell_until_ms: int = 0  # the answer to the phone is resent until then


class ErrandStepped(Event, frozen=True, kw_only=True):
    """The errand's next state. ``until_ms`` is when it is due to end by itself (a counter's service time), or -1."""

    errand: str
    person: str
    pseudonym: str
    request: str
    state: Literal["accepted", "arrived", "queued", "serving", "issuing", "completed", "lapsed"]
    item: str = ""
    number: int = 0
    clerk: str = ""
    counter: int = 0
    place: str = ""
    until_ms: int = -1
    tell_until_ms: int = 0


class DataUsed(Event, frozen=True, kw_only=True):
    """A department read personal data; ``basis`` names the entry of the ledger that allows it."""

    person: str
    department: str
    purpose: str
    fields: tuple[str, ...]
    basis: str
    errand: str
    known_as: str = ""  # the department's own pseudonym of the person


class DataUseRefused(Event, frozen=True, kw_only=True):
    """No legal basis: nothing was read."""

    person: str
    department: str
    purpose: str
    fields: tuple[str, ...]
    errand: str


class CredentialIssued(Event, frozen=True, kw_only=True):
    """电子证照: ``claims`` are sealed; ``signature`` is the issuing department's over the canonical envelope."""

    credential: str
    kind: str
    issuer: str
    holder: str
    errand: str
    issued_ms: int
    expires_ms: int  # -1: does not expire
    claims: bytes
    evidence: tuple[str, ...]  # credentials it rests on
    signature: bytes
    holder_key: bytes = b""  # whoever presents it signs with this key's other half


class ErrandCompleted(Event, frozen=True, kw_only=True):
    errand: str
    service: str
    person: str
    pseudonym: str
    request: str
    credentials: tuple[str, ...]
    trips: int
    waited_ms: int
