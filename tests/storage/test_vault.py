"""Keys per person, objects by digest, checkpoints whole or not at all."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.facts.records import Checkpoint
from services.storage.checkpoint import KEEP, CheckpointError, Checkpoints
from services.storage.objects import ObjectError, Objects, tree_digest
from services.storage.vault import STRANGER, ErasedError, Vault, VaultError, seeded_keys


def test_the_same_in_the_same_place_gives_the_same_bytes(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "keys")
    sealed = vault.seal("ann", b"secret", b"here")
    assert vault.seal("ann", b"secret", b"here") == sealed
    assert vault.seal("ann", b"secret", b"there") != sealed != vault.seal("bob", b"secret", b"here")
    assert Vault(tmp_path / "keys").open("ann", sealed, b"here") == b"secret"
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o600
    for person, context in (("ann", b"there"), ("bob", b"here"), ("nobody", b"here")):
        with pytest.raises(VaultError):
            vault.open(person, sealed, context)


@given(st.binary(max_size=80), st.binary(max_size=20))
@settings(max_examples=40, deadline=None)
def test_everything_comes_back_empty_texts_too(data: bytes, context: bytes) -> None:
    vault = Vault(Path("/nonexistent"), new_key=seeded_keys(1))
    vault._append = lambda line: None  # type: ignore[method-assign]  # no file for each example
    assert vault.open("p", vault.seal("p", data, context), context) == data


def test_erasure_takes_the_key_out_of_the_file_for_good(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    vault = Vault(path, register={"p-7": "ann"})
    sealed = vault.seal("p-7", b"secret", b"")
    assert vault.open("ann", sealed, b"") == b"secret"
    vault.seal("bob", b"x", b"")
    key = next(line for line in path.read_text().splitlines() if "ann" in line).split('"key":"')[1]
    vault.erase("p-7")
    assert key not in path.read_text() and vault.erased("ann") and not vault.erased("bob")
    for again in (vault, Vault(path)):
        with pytest.raises(ErasedError):
            again.open("ann", sealed, b"")
        with pytest.raises(ErasedError):
            again.seal("ann", b"new", b"")
    assert vault.holder("p-7") == "ann" and vault.holder("made up") == vault.holder("also made up") == STRANGER
    vault.erase("ann")
    vault.seal("cy", b"x", b"")
    assert Vault(path).erased("ann")


def test_a_passphrase_wraps_the_keys(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    sealed = Vault(path, passphrase="open sesame", new_key=lambda _: b"K" * 64).seal("ann", b"secret", b"")
    assert b"S0tLS0tL" not in path.read_bytes()  # base64 of the key
    assert Vault(path, passphrase="open sesame").open("ann", sealed, b"") == b"secret"
    for passphrase in ("wrong", ""):
        with pytest.raises(VaultError):
            Vault(path, passphrase=passphrase).open("ann", sealed, b"")


def test_a_line_torn_by_a_crash_is_as_if_it_had_never_been(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    first = Vault(path).seal("ann", b"secret", b"")
    with path.open("ab") as file:
        file.write(b'{"id":"bob","key":"abc')
    vault = Vault(path)
    second = vault.seal("bob", b"more", b"")
    assert Vault(path).open("ann", first, b"") == b"secret" and Vault(path).open("bob", second, b"") == b"more"
    path.write_bytes(b"not json\n" + path.read_bytes())
    with pytest.raises(VaultError, match="line 1"):
        Vault(path)


def test_objects_are_stored_once_and_proved_on_reading(tmp_path: Path) -> None:
    objects = Objects(tmp_path / "objects")
    tree = tmp_path / "config"
    (tree / "scenes").mkdir(parents=True)
    (tree / "scenes" / "fire.toml").write_text("a = 1")
    (tree / "people.toml").write_text("b = 2")
    (tree / "__pycache__").mkdir()
    (tree / "__pycache__" / "x.pyc").write_text("no")
    digest = objects.put_tree(tree)
    assert objects.put_tree(tree) == digest and len(list((tmp_path / "objects").iterdir())) == 3
    objects.extract(digest, tmp_path / "again")
    assert (tmp_path / "again" / "scenes" / "fire.toml").read_text() == "a = 1"
    assert objects.put_tree(tmp_path / "again") == digest
    name = objects.put(b"whole")
    (tmp_path / "objects" / name).write_bytes(b"hole")
    with pytest.raises(ObjectError, match="damaged"):
        objects.get(name)
    with pytest.raises(ObjectError, match="missing"):
        objects.get("0" * 64)
    with pytest.raises(ObjectError, match="leave the folder"):
        objects.extract(objects.put(b'{"../evil":"' + digest.encode() + b'"}'), tmp_path / "again")


def test_the_code_digest_sees_names_and_contents(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x")
    first = tree_digest([tmp_path])
    (tmp_path / "a.py").rename(tmp_path / "b.py")
    second = tree_digest([tmp_path])
    (tmp_path / "b.py").write_text("y")
    assert len({first, second, tree_digest([tmp_path])}) == 3


def state(turn: int) -> Checkpoint:
    return Checkpoint(turn=turn, city_ms=turn, sequence=turn, parts={"senses": b"ann lives in Willow Lane", "a": b"2"})


def test_checkpoints_are_read_whole_or_not_at_all(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "keys")
    checkpoints = Checkpoints(tmp_path / "checkpoints", vault)
    for number in (1, 2, 3):
        checkpoints.write(number, state(number))
    path = tmp_path / "checkpoints" / checkpoints.name(3)
    assert b"Willow" not in path.read_bytes() and checkpoints.read(3) == state(3)
    for cut in (0, 5, 30, 60):
        data = path.read_bytes()
        path.write_bytes(data[:cut])
        with pytest.raises(CheckpointError, match="torn or damaged"):
            checkpoints.read(3)
        assert [c.turn for c in checkpoints.readable()] == [2, 1]
        path.write_bytes(data)
    checkpoints.forget_before(3)
    assert checkpoints.numbers() == [3] and "checkpoint/2" not in (tmp_path / "keys").read_text()
    with pytest.raises(CheckpointError, match="no such"):
        checkpoints.read(2)


def test_the_newest_checkpoints_and_the_first_segments_are_kept(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path / "checkpoints", Vault(tmp_path / "keys"))
    for number in range(1, 10):
        checkpoints.write(number, state(number))
    checkpoints.prune(2)
    assert checkpoints.numbers() == [2, *range(10 - KEEP, 10)]
