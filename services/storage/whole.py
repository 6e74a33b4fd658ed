"""Files that are there whole or not at all, whatever ends the process or fills the disk."""

from __future__ import annotations

import os
from pathlib import Path


def write_whole(path: Path, data: bytes) -> None:
    """Under its name, mode 0600 and on the disk when this returns; before that the old file stays as it was. Raises
    OSError."""
    new = path.with_suffix(".new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    sync_folder(path.parent)


def append_whole(path: Path, data: bytes) -> None:
    """At the end of a file and on the disk when this returns. Raises OSError: the end may be torn then."""
    with path.open("ab") as file:
        file.write(data)
        file.flush()
        os.fdatasync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Names given and taken in it survive a power failure from now on."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
