"""Files by their SHA-256, each stored once: what configuration and which city a recording was made with."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from twin.core.errors import CivitwinError


class ObjectError(CivitwinError):
    """An object that is missing or is not what its name says."""


def tree_digest(folders: Iterable[Path], suffixes: tuple[str, ...] = (".py",)) -> str:
    """SHA-256 over names and contents of the files below these folders: which code, which configuration."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.suffix in suffixes and path.is_file():
                name = path.relative_to(folder).as_posix().encode()
                digest.update(len(name).to_bytes(4, "big") + name)
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


class Objects:
    """The object store of a data directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(parents=True, exist_ok=True)

    def put(self, data: bytes) -> str:
        """Store and return the digest; the same bytes again cost nothing."""
        name = hashlib.sha256(data).hexdigest()
        path = self._directory / name
        if not path.exists():
            new = self._directory / f".{name}.{os.getpid()}"
            new.write_bytes(data)
            new.replace(path)
        return name

    def get(self, name: str) -> bytes:
        """Raises :class:`ObjectError`."""
        path = self._directory / name
        if not path.exists():
            raise ObjectError(f"{path}: the object is missing")
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != name:
            raise ObjectError(f"{path}: damaged, its content is not what its name says")
        return data

    def put_tree(self, folder: Path) -> str:
        """Store every file below a folder; returns the digest of the list of them."""
        listing = {
            path.relative_to(folder).as_posix(): self.put(path.read_bytes())
            for path in sorted(folder.rglob("*"))
            if path.is_file() and not any(part.startswith((".", "__")) for part in path.relative_to(folder).parts)
        }
        return self.put_listing(listing)

    def put_listing(self, listing: Mapping[str, str]) -> str:
        """Store a tree of files that are there already, as path → digest; returns the tree's digest."""
        return self.put(msgspec.json.encode(dict(listing), order="sorted"))

    def listing(self, name: str) -> dict[str, str]:
        """The files of a stored tree, path → digest. Raises :class:`ObjectError`."""
        return msgspec.json.decode(self.get(name), type=dict[str, str])

    def extract(self, name: str, folder: Path) -> None:
        """Write a stored tree into an empty folder. Raises :class:`ObjectError`."""
        folder.mkdir(parents=True, exist_ok=True)
        for relative, file in self.listing(name).items():
            path = folder / relative
            if not path.resolve().is_relative_to(folder.resolve()):
                raise ObjectError(f"{name}: {relative} would leave the folder")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.get(file))
