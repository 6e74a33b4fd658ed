"""What is decided about a person's rights: consents, emergency access, mandates, credentials shown and revoked.

Grounds are codes and never free words: what somebody wrote about a person could not be erased from the journal.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import msgspec

from services.facts.base import Command, Event

Minutes = Annotated[int, msgspec.Meta(ge=1, le=60)]
FieldId = Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_]{0,47}$")]
PurposeId = Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_/]{0,127}$")]
DepartmentId = Annotated[str, msgspec.Meta(pattern="^[a-z0-9_]{0,48}$")]
"""Empty: all of them."""
CaseId = Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9-]{0,32}$")]
EmergencyGround = Literal["life", "health", "missing_person", "disaster"]
ResidentPage = Literal["day", "data"]
RevocationGround = Literal["issued_in_error", "facts_changed", "misused", "lost", "court_order"]


class GiveConsent(Command, frozen=True, kw_only=True):
    """To a purpose and everything below it, for one department or (empty) all, until a time or (-1) until withdrawn. By
    the person, their guardian, or a clerk who has their paper form."""

    posts: ClassVar[tuple[str, ...]] = ("clerk", "resident")
    person: str
    purpose: PurposeId
    department: DepartmentId = ""
    until_ms: int = -1


class WithdrawConsent(Command, frozen=True, kw_only=True):
    """In force from the next message on."""

    posts: ClassVar[tuple[str, ...]] = ("clerk", "resident")
    person: str
    purpose: PurposeId
    department: DepartmentId = ""


class OpenEmergencyAccess(Command, frozen=True, kw_only=True):
    """Break the glass: a department may read these fields of a person for so many minutes. The person is told
    afterwards. ``case`` is what it is for."""

    posts: ClassVar[tuple[str, ...]] = ("duty_chief",)
    person: str
    department: FieldId
    fields: tuple[FieldId, ...]
    ground: EmergencyGround
    minutes: Minutes
    case: CaseId = ""


class EndEmergencyAccess(Command, frozen=True, kw_only=True):
    posts: ClassVar[tuple[str, ...]] = ("duty_chief",)
    access: str


class ReadInEmergency(Command, frozen=True, kw_only=True):
    """A department asks for fields under the emergency access that was opened to it; every such look is on record."""

    posts: ClassVar[tuple[str, ...]] = ("duty_chief", "dispatcher", "handler")
    person: str
    department: FieldId
    fields: tuple[FieldId, ...]


class LookAtResident(Command, frozen=True, kw_only=True):
    """Somebody of the centre opens a page of a resident: their ``day`` or their ``data``. It is on record, under the
    name of who looked, and the resident sees it."""

    posts: ClassVar[tuple[str, ...]] = (
        "duty_chief", "dispatcher", "acceptor", "handler", "department_head", "clerk", "assessor", "subdistrict_head",
        "moderator",
    )  # fmt: skip
    person: str
    page: ResidentPage


class RevokeCredential(Command, frozen=True, kw_only=True):
    """By a clerk of the department that issued it."""

    posts: ClassVar[tuple[str, ...]] = ("clerk",)
    credential: str
    ground: RevocationGround


class GiveMandate(Command, frozen=True, kw_only=True):
    """帮办代办: ``proxy`` may apply for ``person`` in these services, from and until these times."""

    posts: ClassVar[tuple[str, ...]] = ("clerk", "resident")
    person: str
    proxy: str
    services: tuple[str, ...]
    from_ms: int
    until_ms: int


class RevokeMandate(Command, frozen=True, kw_only=True):
    posts: ClassVar[tuple[str, ...]] = ("clerk", "resident")
    mandate: str


class ConsentGiven(Event, frozen=True, kw_only=True):
    """``by`` is who spoke: the person or a guardian."""

    person: str
    purpose: str
    department: str
    until_ms: int
    by: str


class ConsentWithdrawn(Event, frozen=True, kw_only=True):
    person: str
    purpose: str
    department: str
    by: str


class ConsentExpired(Event, frozen=True, kw_only=True):
    """A consent's time has come: the phone is no longer heard on it."""

    person: str
    purpose: str
    department: str


class EmergencyOpened(Event, frozen=True, kw_only=True):
    access: str
    person: str
    department: str
    fields: tuple[str, ...]
    ground: EmergencyGround
    case: str
    until_ms: int


class EmergencyEnded(Event, frozen=True, kw_only=True):
    """Over, by its time or by word; ``pseudonym``'s phone is told who could look at what, and ``looks`` how often."""

    access: str
    person: str
    pseudonym: str
    department: str
    ground: EmergencyGround
    looks: int
    tell_until_ms: int


class CredentialPresented(Event, frozen=True, kw_only=True):
    """A credential was relied on: its presentation is spent."""

    credential: str
    holder: str
    department: str
    errand: str
    nonce: bytes


class CredentialRevoked(Event, frozen=True, kw_only=True):
    credential: str
    kind: str
    holder: str
    pseudonym: str
    issuer: str
    ground: RevocationGround
    tell_until_ms: int


class MandateGiven(Event, frozen=True, kw_only=True):
    """``signature`` is by the principal's key over everything else."""

    mandate: str
    person: str
    proxy: str
    services: tuple[str, ...]
    from_ms: int
    until_ms: int
    key: bytes
    signature: bytes


class MandateUsed(Event, frozen=True, kw_only=True):
    """The proxy acted on it once more; that presentation is spent."""

    mandate: str
    person: str
    proxy: str
    request: str


class MandateRevoked(Event, frozen=True, kw_only=True):
    mandate: str
    person: str
    proxy: str


class WordRefused(Event, frozen=True, kw_only=True):
    """What a phone said about consents or mandates and what could not be done; ``why`` is told to the phone."""

    person: str
    pseudonym: str
    word: str
    tell_until_ms: int
