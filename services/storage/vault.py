"""A key per person. What is sealed stays as it is for ever; erasing the person destroys the key and nothing else.

AES-256-SIV is deterministic: the same plaintext in the same context gives the same bytes, so that a replay writes what
the first run wrote. Callers therefore give a context that differs from place to place.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from services.storage.whole import append_whole, write_whole
from twin.core.errors import CivitwinError

_KEY_BYTES = 64
STRANGER = "stranger"


class ErasedError(CivitwinError):
    """The person's key was destroyed: nothing of theirs can be read or sealed any more."""


class VaultError(CivitwinError):
    """A keystore that cannot be used: the wrong passphrase, a damaged file, a ciphertext that is not from here."""


class _Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of the keystore: a key (base64, wrapped if there is a passphrase), a destroyed one, or the salt."""

    id: str
    key: str = ""
    erased: bool = False


def random_key(_: str) -> bytes:
    return os.urandom(_KEY_BYTES)


def seeded_keys(seed: int) -> Callable[[str], bytes]:
    """Keys that follow from a seed: for scripted runs over simulated people alone, where two runs must match."""
    return lambda id: hashlib.blake2b(id.encode(), key=f"civitwin {seed}".encode(), digest_size=_KEY_BYTES).digest()


class Vault:
    """The keystore of a data directory, a file of mode 0600. ``register`` turns a pseudonym into the one id under
    which all of a person's data is sealed. A passphrase wraps the keys; without it they lie in the file as they are."""

    def __init__(
        self,
        path: Path,
        *,
        register: Mapping[str, str] | None = None,
        new_key: Callable[[str], bytes] = random_key,
        passphrase: str = "",
    ) -> None:
        self._path = path
        self._register = register
        self._new_key = new_key
        self._ciphers: dict[str, AESSIV] = {}
        self._lines: dict[str, _Line] = {}
        self._at_once = False
        self._load()
        self._wrapping = self._derive(passphrase) if passphrase else None

    def discard(self, ids: Iterable[str]) -> None:
        """Destroy the keys of things that are no more, without a word left of them."""
        for id in ids:
            self._lines.pop(id, None)
            self._ciphers.pop(id, None)
        self._write_all()

    @contextmanager
    def together(self) -> Iterator[None]:
        """Keys made meanwhile are on the disk, all at once, when this ends: nothing that is sealed with them may leave
        before. Where it ends with an error, they were never made."""
        before, self._at_once = dict(self._lines), True
        try:
            yield
            self._write_all()
        except BaseException:
            for id in self._lines.keys() - before.keys():
                self._ciphers.pop(id, None)
            self._lines = before
            raise
        finally:
            self._at_once = False

    def holder(self, pseudonym: str) -> str:
        """Under whose key to seal what came from a pseudonym. With a register, all who are not in it share one: nobody
        can have keys made by making up names."""
        return pseudonym if self._register is None else self._register.get(pseudonym, STRANGER)

    # --- use --------------------------------------------------------------------------------------------------------

    def seal(self, person: str, data: bytes, context: bytes) -> bytes:
        """Ciphertext that only :meth:`open` with the same context reads. Raises :class:`ErasedError`."""
        return self._cipher(self._id(person), create=True).encrypt(b"\0" + data, [context])

    def open(self, person: str, sealed: bytes, context: bytes) -> bytes:
        """Raises :class:`ErasedError`, or :class:`VaultError` where the bytes were not sealed so."""
        id = self._id(person)
        try:
            return self._cipher(id, create=False).decrypt(sealed, [context])[1:]
        except InvalidTag as fault:
            raise VaultError(f"{self._path}: not sealed with this key of {id} in this context") from fault

    def erased(self, person: str) -> bool:
        line = self._lines.get(self._id(person))
        return line is not None and line.erased

    def erase(self, person: str) -> None:
        """Destroy the key: the file is written anew without it before this returns. Again does nothing."""
        id = self._id(person)
        if self.erased(id):
            return
        self._lines[id] = _Line(id, erased=True)
        self._ciphers.pop(id, None)
        self._write_all()

    def _id(self, person: str) -> str:
        return person if self._register is None else self._register.get(person, person)

    # --- keys -------------------------------------------------------------------------------------------------------

    def _cipher(self, id: str, *, create: bool) -> AESSIV:
        cipher = self._ciphers.get(id)
        if cipher is None:
            line = self._lines.get(id)
            if line is not None and line.erased:
                raise ErasedError(f"the data of {id} was erased")
            if line is None and not create:
                raise VaultError(f"{self._path}: no key of {id}")
            cipher = AESSIV(self._made(id) if line is None else self._unwrapped(line))
            self._ciphers[id] = cipher
        return cipher

    def _made(self, id: str) -> bytes:
        key = self._new_key(id)
        stored = self._wrapping.encrypt(key, [id.encode()]) if self._wrapping else key
        self._append(_Line(id, base64.b64encode(stored).decode()))
        return key

    def _unwrapped(self, line: _Line) -> bytes:
        stored = base64.b64decode(line.key)
        if self._wrapping is None:
            if len(stored) != _KEY_BYTES:
                raise VaultError(f"{self._path}: its keys are wrapped; give the passphrase")
            return stored
        try:
            return self._wrapping.decrypt(stored, [line.id.encode()])
        except InvalidTag as fault:
            raise VaultError(f"{self._path}: the passphrase does not open the key of {line.id}") from fault

    def _derive(self, passphrase: str) -> AESSIV:
        line = self._lines.get("")
        if line is None:
            line = _Line("", base64.b64encode(os.urandom(16)).decode())
            self._append(line)
        salt = base64.b64decode(line.key)
        return AESSIV(Scrypt(salt=salt, length=_KEY_BYTES, n=2**14, r=8, p=1).derive(passphrase.encode()))

    # --- file -------------------------------------------------------------------------------------------------------

    def _load(self) -> None:
        if not self._path.exists():
            return
        for number, text in enumerate(self._path.read_bytes().splitlines(keepends=True), 1):
            if not text.endswith(b"\n"):
                continue  # torn by a crash: the key was never used
            try:
                line = msgspec.json.decode(text, type=_Line)
            except msgspec.MsgspecError as fault:
                raise VaultError(f"{self._path}: line {number} is damaged: {fault}") from fault
            self._lines[line.id] = line

    def _append(self, line: _Line) -> None:
        """A key is on the disk before anything is sealed with it. Raises OSError: there is no such key then."""
        self._lines[line.id] = line
        if self._at_once:
            return
        try:
            if self._path.exists() and self._ends_whole():
                append_whole(self._path, msgspec.json.encode(line) + b"\n")
            else:
                self._write_all()
        except OSError:
            del self._lines[line.id]
            raise

    def _ends_whole(self) -> bool:
        with self._path.open("rb") as file:
            file.seek(0, os.SEEK_END)
            if file.tell() == 0:
                return True
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"

    def _write_all(self) -> None:
        write_whole(self._path, b"".join(msgspec.json.encode(line) + b"\n" for line in self._lines.values()))
