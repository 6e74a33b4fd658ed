"""What phones say: verified against the register's key, admitted only on a legal basis."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, Final, Protocol

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from twin.core.words import StationType
from twin.formats.civic import (
    ConsentWord,
    ErrandWord,
    MandateWord,
    PersonPosition,
    PersonReply,
    PersonReport,
    PhoneMessage,
    PlaceWord,
    Presence,
    Purpose,
    ServiceRequest,
    phone_words,
)
from twin.formats.refusal import UNDECODABLE, Reason, Refused, refused_by

Body = (
    Presence | PersonPosition | PersonReport | PersonReply | ServiceRequest | ErrandWord | ConsentWord | MandateWord
    | PlaceWord
)  # fmt: skip

BODIES: Final[dict[str, tuple[type[Body], Purpose | None]]] = {
    "presence": (Presence, "presence"),
    "position": (PersonPosition, "position"),
    "report": (PersonReport, "report"),
    "reply": (PersonReply, "report"),
    "request": (ServiceRequest, "service"),
    "errand": (ErrandWord, None),
    "consent": (ConsentWord, None),
    "mandate": (MandateWord, None),
    "virtual": (PlaceWord, "presence"),
}
"""By kind. Without a purpose: a person's word on their own rights, and on what they have applied for, is heard whatever
they agreed to."""
AT_ONCE: Final = 16
"""Messages of one kind that a phone may send with the same time."""
MODES: Final = {
    "foot": StationType.PEDESTRIAN,
    "still": StationType.PEDESTRIAN,
    "bicycle": StationType.CYCLIST,
    "bus": StationType.PEDESTRIAN,
    "car": StationType.PEDESTRIAN,
}


class Enrolled(Protocol):
    """What the register must say of a person (``twin.city.residents.Resident``)."""

    @property
    def id(self) -> str: ...

    @property
    def pseudonym(self) -> str: ...

    @property
    def consents(self) -> Iterable[Purpose]: ...

    @property
    def public_key(self) -> bytes: ...


class _Heard(msgspec.Struct, array_like=True):
    """A phone's newest time of one kind, and digests of what it said then: nothing older is taken, nothing twice."""

    time_ms: int
    digests: list[bytes]


class Phones:
    """The keys and consents of those enrolled, and how far each phone was heard."""

    def __init__(self, register: Sequence[Enrolled], verified: bool = True) -> None:
        self._verified = verified
        self._id = {person.pseudonym: person.id for person in register}
        self._key = {person.pseudonym: Ed25519PublicKey.from_public_bytes(person.public_key) for person in register}
        self._pseudonym = {person.id: person.pseudonym for person in register}
        self.consents: dict[str, frozenset[str]] = {p.pseudonym: frozenset(p.consents) for p in register}
        self._heard: dict[tuple[str, str], _Heard] = {}
        self.obeyed: dict[str, int] = {}  # by person, the last steering word that a body obeyed: for consoles, no state
        self._envelope = msgspec.json.Decoder(PhoneMessage)
        self._body = {kind: msgspec.json.Decoder(type_) for kind, (type_, _) in BODIES.items()}

    def grant(self, person: str, purposes: Iterable[str]) -> None:
        """Replace a person's consents; none at all ends every legal basis."""
        self.consents[self._pseudonym[person]] = frozenset(purposes)

    def open(self, payload: bytes, pseudonym: str, kind: str, latest_ms: int) -> tuple[str, Body, int]:
        """(person id, body, time) of a message from the topic of ``pseudonym`` and ``kind``. Raises :class:`Refused`.

        The legal basis is asked first: without one, nothing of the message is looked at. A time past ``latest_ms`` is
        refused, since nothing older than it would be taken afterwards.
        """
        if pseudonym not in self._id:
            raise Refused(Reason.UNKNOWN_DEVICE, f"person {pseudonym}")
        if kind not in BODIES:
            raise Refused(Reason.WRONG_TOPIC, f"person topic {kind}")
        purpose = BODIES[kind][1]
        if purpose is not None and purpose not in self.consents[pseudonym]:
            raise Refused(Reason.NO_LEGAL_BASIS, f"no consent to {purpose}")
        try:
            message = self._envelope.decode(payload)
            if message.pseudonym != pseudonym or message.kind != kind:
                raise Refused(Reason.WRONG_TOPIC, f"says {message.pseudonym}/{message.kind}")
            if self._verified:
                self._verify(message, pseudonym)
            body = self._body[kind].decode(message.body)
        except UNDECODABLE as fault:
            raise refused_by(fault, f"person {kind}") from fault
        if message.time_ms > latest_ms:
            raise Refused(Reason.OUT_OF_RANGE, f"person {kind}: the phone's clock is ahead")
        self._once(message)
        if isinstance(body, ConsentWord):
            self._heed(pseudonym, body)
        return self._id[pseudonym], body, message.time_ms

    def _heed(self, pseudonym: str, word: ConsentWord) -> None:
        """A withdrawal is in force for the very next message, which may lie in the same batch."""
        if not word.given and not word.department and not word.on_behalf:
            self.consents[pseudonym] -= {word.purpose}

    def _once(self, message: PhoneMessage) -> None:
        """A signed message is good for one time only, whoever sends it again. Raises :class:`Refused`."""
        key = (message.pseudonym, message.kind)
        heard, digest = self._heard.get(key), hashlib.sha256(message.body.encode()).digest()
        if heard is None or message.time_ms > heard.time_ms:
            self._heard[key] = _Heard(message.time_ms, [digest])
        elif message.time_ms < heard.time_ms:
            raise Refused(Reason.LATE, f"person {message.kind}: older than what was heard")
        elif digest in heard.digests or len(heard.digests) >= AT_ONCE:
            raise Refused(Reason.DUPLICATE, f"person {message.kind}: heard before")
        else:
            heard.digests.append(digest)

    def _verify(self, message: PhoneMessage, pseudonym: str) -> None:
        try:
            signature = base64.b64decode(message.signature, validate=True)
            words = phone_words(message.pseudonym, message.kind, message.time_ms, message.body)
            self._key[pseudonym].verify(signature, words)
        except (InvalidSignature, binascii.Error, ValueError) as fault:
            raise Refused(Reason.BAD_SIGNATURE, f"person {pseudonym}") from fault

    def state(self) -> list[Any]:
        consents = [[pseudonym, sorted(purposes)] for pseudonym, purposes in sorted(self.consents.items())]
        return [consents, [[*key, heard] for key, heard in sorted(self._heard.items())]]

    def load(self, state: list[Any]) -> None:
        consents, heard = state
        self.consents.update({pseudonym: frozenset(purposes) for pseudonym, purposes in consents})
        self._heard = {(pseudonym, kind): msgspec.convert(last, _Heard) for pseudonym, kind, last in heard}
