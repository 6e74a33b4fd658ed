"""How a person's message is sealed in the recording: under their key, and what it says for somebody else under that
one's key as well, so that the erasure of either leaves nothing of it."""

from __future__ import annotations

import msgspec

from services.storage.vault import ErasedError, Vault, VaultError
from twin.formats.refusal import UNDECODABLE

_FOR = b"\x01for "
"""Begins a plaintext that is sealed twice: then the other's pseudonym, a line feed, and the inner ciphertext."""


class _Envelope(msgspec.Struct):
    body: str = ""


class _Body(msgspec.Struct):
    on_behalf: str = ""


class Sealing:
    """Everything by pseudonyms, as topics have them."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def seal(self, pseudonym: str, payload: bytes, context: bytes) -> bytes:
        """Ciphertext; empty for somebody who was erased: nothing more is kept about them."""
        other = _on_behalf(payload)
        if other or payload.startswith(_FOR):
            payload = _FOR + other.encode() + b"\n" + self._inner(other or pseudonym, payload, context)
        try:
            return self._vault.seal(self._vault.holder(pseudonym), payload, context)
        except ErasedError:
            return b""

    def _inner(self, other: str, payload: bytes, context: bytes) -> bytes:
        try:
            return self._vault.seal(self._vault.holder(other), payload, context)
        except ErasedError:
            return b""

    def open(self, pseudonym: str, sealed: bytes, context: bytes) -> bytes | str:
        """What was sealed, or the pseudonym of the first whose key was destroyed. Raises :class:`VaultError`."""
        try:
            payload = self._vault.open(self._vault.holder(pseudonym), sealed, context)
        except ErasedError:
            return pseudonym
        if not payload.startswith(_FOR):
            return payload
        named, mark, inner = payload[len(_FOR) :].partition(b"\n")
        if not mark:
            raise VaultError("a message sealed twice has lost its second part")
        other = named.decode() or pseudonym
        try:
            return self._vault.open(self._vault.holder(other), inner, context)
        except ErasedError:
            return other


def _on_behalf(payload: bytes) -> str:
    """The pseudonym of whom a message is for, where it is for somebody else; no line feed is in it."""
    try:
        said = msgspec.json.decode(payload, type=_Envelope)
        other = msgspec.json.decode(said.body, type=_Body).on_behalf
    except UNDECODABLE:
        return ""
    return "" if "\n" in other else other
