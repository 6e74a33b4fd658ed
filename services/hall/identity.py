"""A digital identity per resident: another pseudonym towards each department, and a key that signs in their name.

Everything follows from the resident's key in the vault. Once that is destroyed, nobody can tell any more whose a
pseudonym was, nor sign with the key; what was signed before still verifies.
"""

from __future__ import annotations

import base64

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from services.hall.ports import Sealer
from twin.core.errors import CivitwinError

_KEY_BYTES = 32
_SHOWN_BYTES = 10


class Identities:
    """Keeps nothing. The vault's deterministic seal of a fixed text is the secret that HKDF-SHA256 (RFC 5869) expands,
    once for each use."""

    def __init__(self, vault: Sealer) -> None:
        self._vault = vault

    def known_as(self, person: str, department: str) -> str:
        """What a department calls this person: 80 bits of HMAC-SHA256, in base32. Two departments cannot tell by their
        pseudonyms that they speak of one person. Empty once the person was erased."""
        try:
            mac = HMAC(self._secret(person, "pseudonym"), SHA256())
        except CivitwinError:
            return ""
        mac.update(department.encode())
        return base64.b32encode(mac.finalize()[:_SHOWN_BYTES]).decode()

    def public(self, person: str) -> bytes:
        """The 32 bytes by which anybody verifies what :meth:`sign` signed. Raises a ``CivitwinError`` for an erased
        person."""
        return self._key(person).public_key().public_bytes_raw()

    def sign(self, person: str, words: bytes) -> bytes:
        """Ed25519. Raises a ``CivitwinError`` for an erased person."""
        return self._key(person).sign(words)

    def _key(self, person: str) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self._secret(person, "signature"))

    def _secret(self, person: str, use: str) -> bytes:
        root = self._vault.seal(person, b"identity", b"identity")
        return HKDF(SHA256(), _KEY_BYTES, salt=None, info=f"identity/{use}".encode()).derive(root)


def signed_by(key: bytes, signature: bytes, words: bytes) -> bool:
    """Whether the other half of ``key`` signed these words."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, words)
    except (InvalidSignature, ValueError):
        return False
    return True
