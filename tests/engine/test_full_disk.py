"""The disk is full, wherever that is noticed first: a clear error, nothing acknowledged lost, work goes on later."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from crashing import lived, replayed, whole
from engine_fakes import City, CloseCase, gauge, letter
from sqlalchemy.exc import SQLAlchemyError

from services.engine.engine import EngineError
from services.facts.base import Actor
from services.storage.vault import Vault, random_key

DISPATCHER = Actor("person", "p-1", "dispatcher")


@contextmanager
def files_up_to(size: int) -> Iterator[None]:
    """No file of this process grows past so many bytes: what does not fit is written in part, then refused."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def fills_up(city: City, acknowledged: list[str]) -> None:
    """Live until a store fails; note what was acknowledged."""
    city.engine.begin(0)
    for number in range(400):
        lived(city, "abc")
        city.engine.take([letter(f"p{number}", "x" * 50), gauge("a", number % 20)], city.engine.city_ms)
        outcome = city.engine.command(CloseCase(id=f"c{number}", actor=DISPATCHER, case=f"C{number}"))
        acknowledged.append(f"c{number}") if outcome.events else None
        if number % 7 == 0:
            city.engine.rotate()


@pytest.mark.parametrize("size", [300, 800, 1_700, 3_000, 4_500, 9_000, 20_000, 41_000, 70_000])
def test_a_full_disk_loses_nothing_that_was_acknowledged(tmp_path: Path, size: int) -> None:
    city = City(tmp_path)
    acknowledged: list[str] = []
    with files_up_to(size):
        with pytest.raises((OSError, SQLAlchemyError)):
            fills_up(city, acknowledged)
        with pytest.raises((EngineError, OSError, SQLAlchemyError)):
            city.engine.rotate()
            city.engine.tick(city.engine.city_ms)
        with suppress(OSError, SQLAlchemyError):
            city.kill()
    again = City(tmp_path)
    again.engine.begin(again.engine.city_ms + 1_000)
    assert all(again.stores.journal.known(id) for id in acknowledged)
    lived(again, "d")
    again.kill()
    whole(tmp_path)
    assert replayed(tmp_path).difference is None


def test_a_key_that_could_not_be_kept_seals_nothing(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "keys", new_key=random_key)
    sealed = vault.seal("ann", b"hers", b"c")
    size = (tmp_path / "keys").stat().st_size
    with files_up_to(size + 20), pytest.raises(OSError, match="too large"):
        vault.seal("bob", b"his", b"c")
    with files_up_to(10), pytest.raises(OSError, match="too large"):
        vault.erase("ann")
    again = Vault(tmp_path / "keys", new_key=random_key)
    assert again.open("ann", sealed, b"c") == b"hers"
    his = vault.seal("bob", b"his", b"c")
    assert Vault(tmp_path / "keys").open("bob", his, b"c") == b"his"
