"""What phones say: verified against the register's key, admitted only on a legal basis."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Sequence
from typing import Final, Protocol

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from twin.core.words import StationType
from twin.formats.civic import PersonPosition, PersonReport, PhoneMessage, Presence, Purpose, ServiceRequest
from twin.formats.refusal import UNDECODABLE, Reason, Refused, refused_by

Body = Presence | PersonPosition | PersonReport | ServiceRequest

BODIES: Final[dict[str, tuple[type[Body], Purpose]]] = {
    "presence": (Presence, "presence"),
    "position": (PersonPosition, "position"),
    "report": (PersonReport, "report"),
    "request": (ServiceRequest, "service"),
}
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


class Phones:
    """The keys and consents of those enrolled."""

    def __init__(self, register: Sequence[Enrolled]) -> None:
        self._id = {person.pseudonym: person.id for person in register}
        self._key = {person.pseudonym: Ed25519PublicKey.from_public_bytes(person.public_key) for person in register}
        self._pseudonym = {person.id: person.pseudonym for person in register}
        self.consents: dict[str, frozenset[str]] = {p.pseudonym: frozenset(p.consents) for p in register}
        self._envelope = msgspec.json.Decoder(PhoneMessage)
        self._body = {kind: msgspec.json.Decoder(type_) for kind, (type_, _) in BODIES.items()}

    def grant(self, person: str, purposes: Iterable[str]) -> None:
        """Replace a person's consents; none at all ends every legal basis."""
        self.consents[self._pseudonym[person]] = frozenset(purposes)

    def open(self, payload: bytes, pseudonym: str, kind: str) -> tuple[str, Body, int]:
        """(person id, body, time) of a message from the topic of ``pseudonym`` and ``kind``. Raises :class:`Refused`.

        The legal basis is asked first: without one, nothing of the message is looked at.
        """
        if pseudonym not in self._id:
            raise Refused(Reason.UNKNOWN_DEVICE, f"person {pseudonym}")
        if kind not in BODIES:
            raise Refused(Reason.WRONG_TOPIC, f"person topic {kind}")
        purpose = BODIES[kind][1]
        if purpose not in self.consents[pseudonym]:
            raise Refused(Reason.NO_LEGAL_BASIS, f"no consent to {purpose}")
        try:
            message = self._envelope.decode(payload)
            if message.pseudonym != pseudonym or message.kind != kind:
                raise Refused(Reason.WRONG_TOPIC, f"says {message.pseudonym}/{message.kind}")
            self._verify(message, pseudonym)
            body = self._body[kind].decode(message.body)
        except UNDECODABLE as fault:
            raise refused_by(fault, f"person {kind}") from fault
        return self._id[pseudonym], body, message.time_ms

    def _verify(self, message: PhoneMessage, pseudonym: str) -> None:
        try:
            signature = base64.b64decode(message.signature, validate=True)
            self._key[pseudonym].verify(signature, message.body.encode())
        except (InvalidSignature, binascii.Error, ValueError) as fault:
            raise Refused(Reason.BAD_SIGNATURE, f"person {pseudonym}") from fault

    def state(self) -> list[list[object]]:
        return [[pseudonym, sorted(purposes)] for pseudonym, purposes in sorted(self.consents.items())]

    def load(self, state: list[tuple[str, list[str]]]) -> None:
        self.consents.update({pseudonym: frozenset(purposes) for pseudonym, purposes in state})
