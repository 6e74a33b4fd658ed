"""Credentials 电子证照: facts signed by the department that verified them, so that nobody asks for them again."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from services.facts.hall import CredentialIssued
from twin.core.errors import ConfigError

_SECRET_BYTES = 32


class Credential(msgspec.Struct, frozen=True, kw_only=True):
    """``claims`` are sealed for the holder; the signature covers everything else and their ciphertext, so that it
    still verifies when the holder's key is destroyed."""

    id: str
    kind: str
    issuer: str
    holder: str
    errand: str
    issued_ms: int
    expires_ms: int
    claims: bytes
    evidence: tuple[str, ...]
    signature: bytes = b""

    def envelope(self) -> bytes:
        """What is signed."""
        return msgspec.msgpack.encode(msgspec.structs.replace(self, signature=b""), order="sorted")


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
        signature=event.signature,
    )


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

    def genuine(self, credential: Credential, city_ms: int) -> bool:
        """Signed by the department it names, unchanged, and not expired."""
        if 0 <= credential.expires_ms < city_ms:
            return False
        try:
            Ed25519PublicKey.from_public_bytes(self.public(credential.issuer)).verify(
                credential.signature, credential.envelope()
            )
        except InvalidSignature:
            return False
        return True
