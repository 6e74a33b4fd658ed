"""What residents tell the city is nowhere to be read: not on the disk, not in the log, not on any console."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from running import Site, served, site, until

from twin.city.lives import lives
from twin.city.model import City
from twin.city.residents import register
from twin.formats import civic
from twin.formats.topics import person_topic

NS = "sim/privacy"
SECRET = "Seven-Willows-Lane"
FORM = {
    "child_name": SECRET, "birth_date": "2026-06-01", "hospital": SECRET, "mother": SECRET, "father": SECRET,
    "clinic": SECRET, "household_address": SECRET, "phone": SECRET, "insurance_from": "2026-06-01",
    "delivery_cost": SECRET, "bank_account": SECRET, "other": SECRET,
}  # fmt: skip


@pytest.fixture
def running(tmp_path: Path, grid_city: City) -> Iterator[Site]:
    with site(tmp_path, grid_city.directory, "--simulation", "privacy", "--at", "10:00", "--seed", "7") as running:
        yield running


def _said(city: City, kind: str, body: msgspec.Struct, time_ms: int, spoilt: bool = False) -> tuple[str, bytes]:
    """Topic and payload of the first resident who agreed to services and reports."""
    keys = {life.resident: life.private_key for life in lives(city, 7, 300)}
    person = next(one for one in register(city, 7, 300) if {"service", "report"} <= set(one.consents))
    text = civic.encode(body).decode()
    words = civic.phone_words(person.pseudonym, kind, time_ms, text)
    signature = base64.b64encode(Ed25519PrivateKey.from_private_bytes(keys[person.id]).sign(words)).decode()
    message = civic.PhoneMessage(
        pseudonym=person.pseudonym, kind=kind, time_ms=time_ms + spoilt, body=text, signature=signature  # type: ignore[arg-type]
    )  # fmt: skip
    return person_topic(NS, person.pseudonym, kind), civic.encode(message)


def test_forms_and_reports_are_sealed_wherever_they_go(running: Site, grid_city: City) -> None:
    eyes, bus = running.eyes(), running.bus("phone")
    now_ms = running.summary()["city_ms"]  # type: ignore[index]
    assert isinstance(now_ms, int)
    longitude, latitude = (float(value) for value in grid_city.frame.to_lonlat(300.0, 300.0))
    form = civic.ServiceRequest(service="newborn", request_id="r1", form=FORM)
    report = civic.PersonReport(matter="06010", text=SECRET, latitude=latitude, longitude=longitude)
    for topic, payload in (
        _said(grid_city, "request", form, now_ms), _said(grid_city, "report", report, now_ms),
        _said(grid_city, "report", report, now_ms + 5, spoilt=True),
    ):  # fmt: skip
        bus.publish(topic, payload, qos=1)
    until(lambda: served(bus) and running.summary()["errands"]["begun"] == 1, 30, f"the form is in; {running.log()}")  # type: ignore[index]
    until(lambda: running.summary()["messages"]["rejected"].get("bad_signature"), 30, "the spoilt one is refused")  # type: ignore[index]
    seen = until(lambda: eyes.look() and [card for card in eyes.cards.values() if card.kind == "errand"], 30, "a card")
    assert SECRET.encode() not in msgspec.msgpack.encode([seen, list(eyes.marks.values())])
    assert running.server is not None
    running.server.stop()
    running.start_server()  # so that what is kept in checkpoints is there too
    files = [path for path in running.data.parent.rglob("*") if path.is_file()]
    assert {"journal.db", "deadletters.db", "keys", "tokens.json", "server.log"} <= {path.name for path in files}
    assert any(path.suffix == ".ckpt" for path in files) and any(path.suffix == ".seg" for path in files)
    assert [path for path in files if SECRET.encode() in path.read_bytes()] == []
    assert [path for path in running.data.rglob("*") if path.stat().st_mode & 0o077] == []
