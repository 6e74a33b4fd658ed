"""A message that speaks for somebody else is about both, and gone once either is erased."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.storage.sealing import Sealing
from services.storage.vault import Vault, seeded_keys
from twin.formats.civic import PhoneMessage, ServiceRequest, encode

CONTEXT = b"recording/1/0/topic"


def vault(folder: Path) -> Vault:
    return Vault(folder / "keys", new_key=seeded_keys(3))


def for_ann() -> bytes:
    request = ServiceRequest(service="s", request_id="r1", form={"name": "Ann"}, on_behalf="ann")
    return encode(
        PhoneMessage(pseudonym="bob", kind="request", time_ms=1, body=encode(request).decode(), signature="x")
    )


@pytest.mark.parametrize("erased", ["ann", "bob"])
def test_who_is_spoken_for_is_erased_with_it(tmp_path: Path, erased: str) -> None:
    kept = vault(tmp_path)
    sealing = Sealing(kept)
    sealed = sealing.seal("bob", for_ann(), CONTEXT)
    assert sealing.open("bob", sealed, CONTEXT) == for_ann()
    kept.erase(erased)
    assert sealing.open("bob", sealed, CONTEXT) == erased
    if erased == "ann":
        assert b"Ann" not in kept.open("bob", sealed, CONTEXT), "nor by the speaker's key"
    after = sealing.seal("bob", for_ann(), CONTEXT)
    assert after == b"" if erased == "bob" else sealing.open("bob", after, CONTEXT) == "ann"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=60), st.sampled_from([b"", b"\x01for ", b"\x01for ann\n", b'{"body": "']))
def test_whatever_a_phone_sends_comes_back_as_it_was(tmp_path: Path, tail: bytes, head: bytes) -> None:
    sealing = Sealing(vault(tmp_path))
    assert sealing.open("bob", sealing.seal("bob", head + tail, CONTEXT), CONTEXT) == head + tail


@pytest.mark.parametrize("body", ['{"on_behalf": "ann"}', '{"on_behalf": 7}', '{"on_behalf": "a\\nb"}', "[]", "no", ""])
def test_absurd_bodies_are_sealed_all_the_same(tmp_path: Path, body: str) -> None:
    sealing, payload = Sealing(vault(tmp_path)), msgspec.json.encode({"body": body})
    assert sealing.open("bob", sealing.seal("bob", payload, CONTEXT), CONTEXT) == payload
