"""Credentials 电子证照: facts signed by the department that verified them, so that nobody asks for them again."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Annotated, Protocol

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from services.facts.hall import CredentialIssued
from services.hall.identity import Identities, signed_by
from twin.core.errors import ConfigError
from twin.core.text import Name, Text

_SECRET_BYTES = 32
_NONCE_BYTES = 16


PRESENT_MS = 300_000
"""A presentation is good for so long after it was made; past that it need not be remembered as spent."""

FAULT: dict[str, Text] = {
    "forged": Text("it is not signed by the department that it names, or it was changed"),
    "not_yet_valid": Text("it is not valid yet"),
    "expired": Text("it has expired"),
    "revoked": Text("it was revoked by the department that issued it"),
    "other_holder": Text("it belongs to somebody else"),
    "other_errand": Text("it was presented for another errand or department"),
    "stale": Text("it was presented too long ago, or ahead of time"),
    "replayed": Text("this presentation was used before"),
}


OTHER_KINDS: dict[str, Name] = {
    "prescription": Name("Prescription", "处方"),
    "class_attendance": Name("Certificate of attendance", "学习证明"),
}
"""Credentials that come of no item of the catalogue: sessions in virtual places end in them."""


class Credential(msgspec.Struct, frozen=True, kw_only=True):
    """``claims`` are sealed for the holder; the signature covers everything else and their ciphertext, so that it
    still verifies when the holder's key is destroyed. ``holder_key`` is what presentations are verified by."""

    id: str
    kind: str
    issuer: str
    holder: str
    errand: str
    issued_ms: int
    expires_ms: int  # -1: does not expire
    claims: bytes
    evidence: tuple[str, ...]
    holder_key: bytes = b""
    signature: bytes = b""

    def envelope(self) -> bytes:
        """What is signed."""
        return msgspec.msgpack.encode(msgspec.structs.replace(self, signature=b""), order="sorted")


class Presentation(msgspec.Struct, frozen=True, kw_only=True):
    """Its holder shows a credential to one department, for one errand, in answer to one challenge (``nonce``)."""

    credential: str
    holder: str
    department: str
    errand: str
    nonce: bytes
    made_ms: int
    signature: bytes = b""

    def words(self) -> bytes:
        """What the holder signs."""
        return msgspec.msgpack.encode(msgspec.structs.replace(self, signature=b""), order="sorted")


class Asked(msgspec.Struct, frozen=True):
    """What a department asked for: whose credential, for which errand, with which challenge."""

    holder: str
    department: str
    errand: str
    nonce: bytes


class Standing(Protocol):
    """What is known of credentials since they were issued."""

    def revoked(self, credential: str) -> bool: ...

    def spent(self, nonce: bytes) -> bool: ...


def from_event(event: CredentialIssued) -> Credential:
    return Credential(
        id=event.credential,
        kind=event.kind,
        issuer=event.issuer,
        holder=event.holder,
        errand=event.errand,
        issued_ms=event.issued_ms,
        expires_ms=event.expires_ms,
        claims=event.claims,
        evidence=event.evidence,
        holder_key=event.holder_key,
        signature=event.signature,
    )


def present(credential: Credential, asked: Asked, identities: Identities, city_ms: int) -> Presentation:
    """In answer to a challenge, signed with the holder's key. Raises a ``CivitwinError`` for an erased holder."""
    shown = Presentation(
        credential=credential.id, holder=asked.holder, department=asked.department, errand=asked.errand,
        nonce=asked.nonce, made_ms=city_ms,
    )  # fmt: skip
    return msgspec.structs.replace(shown, signature=identities.sign(asked.holder, shown.words()))


class _Kind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    valid_days: Annotated[int, msgspec.Meta(ge=1, le=36_600)]


def load_validity(path: Path) -> dict[str, int]:
    """Days by kind of credential; a configuration from before there was such a file has none that expire. Raises
    :class:`ConfigError` naming file and key."""
    if not path.exists():
        return {}
    try:
        kinds = msgspec.toml.decode(path.read_bytes(), type=dict[str, _Kind])
    except (OSError, msgspec.DecodeError) as fault:
        raise ConfigError(path, str(fault)) from fault
    return {kind: one.valid_days for kind, one in kinds.items()}


class Issuers:
    """Each department's signing key, derived from one secret (HKDF-SHA256); Ed25519 signs the same bytes the same."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    @classmethod
    def seeded(cls, seed: int) -> Issuers:
        """Keys that follow from a seed: for simulated cities alone, where two runs must match."""
        return cls(hashlib.blake2b(f"civitwin issuers {seed}".encode(), digest_size=_SECRET_BYTES).digest())

    @classmethod
    def kept(cls, path: Path) -> Issuers:
        """The secret of a data directory, made at first use, a file of mode 0600."""
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_bytes(os.urandom(_SECRET_BYTES))
        secret = path.read_bytes()
        if len(secret) != _SECRET_BYTES:
            raise ConfigError(path, f"expected {_SECRET_BYTES} bytes; restore it from a copy")
        return cls(secret)

    def _key(self, department: str) -> Ed25519PrivateKey:
        derived = HKDF(SHA256(), _SECRET_BYTES, salt=None, info=f"issuer/{department}".encode()).derive(self._secret)
        return Ed25519PrivateKey.from_private_bytes(derived)

    def public(self, department: str) -> bytes:
        """The 32 bytes by which anybody can verify a department's credentials."""
        return self._key(department).public_key().public_bytes_raw()

    def sign(self, credential: Credential) -> Credential:
        return msgspec.structs.replace(credential, signature=self._key(credential.issuer).sign(credential.envelope()))

    def challenge(self, *about: str | int) -> bytes:
        """16 bytes of HMAC-SHA256 that nobody foresees who has not the secret; the same for the same errand and turn,
        so that a replay asks what the first run asked."""
        mac = HMAC(HKDF(SHA256(), _SECRET_BYTES, salt=None, info=b"challenge").derive(self._secret), SHA256())
        mac.update(msgspec.msgpack.encode(about))
        return mac.finalize()[:_NONCE_BYTES]

    def fault(self, credential: Credential, city_ms: int) -> str:
        """Why not to rely on it, as a key of ``FAULT``; empty where it is signed by the department it names, unchanged,
        and within its time."""
        if not signed_by(self.public(credential.issuer), credential.signature, credential.envelope()):
            return "forged"
        if city_ms < credential.issued_ms:
            return "not_yet_valid"
        return "expired" if 0 <= credential.expires_ms <= city_ms else ""

    def genuine(self, credential: Credential, city_ms: int) -> bool:
        return not self.fault(credential, city_ms)

    def presented_fault(
        self, credential: Credential, shown: Presentation, asked: Asked, standing: Standing, city_ms: int
    ) -> str:
        """As :meth:`fault`, of a credential that is presented: also by its holder, here and now, for the first time."""
        own = self.fault(credential, city_ms)
        if own:
            return own
        if standing.revoked(credential.id):
            return "revoked"
        if shown.credential != credential.id or {credential.holder} != {shown.holder, asked.holder}:
            return "other_holder"
        if (shown.department, shown.errand, shown.nonce) != (asked.department, asked.errand, asked.nonce):
            return "other_errand"
        if not signed_by(credential.holder_key, shown.signature, shown.words()):
            return "other_holder"
        if not 0 <= city_ms - shown.made_ms <= PRESENT_MS:
            return "stale"
        return "replayed" if standing.spent(shown.nonce) else ""
