"""A resident takes their data along, and has them erased: through the whole server, on its disk."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from rich.console import Console

from services.app.composition import Serving, open_twin
from services.app.installation import config_directory
from services.app.own_data import NobodyError, export_own_data
from services.app.pages import Pages
from services.app.replay import replay
from services.app.settings import Settings, settings_for
from services.app.treasury import print_balance
from services.facts.base import Actor, Event
from services.facts.engine import DeskFailed, ErasePerson, TurnAbandoned
from services.facts.hall import ErrandBegun, ErrandCompleted, ErrandRefused
from services.facts.money import MoneyPosted
from services.facts.rights import ConsentWithdrawn, EmergencyEnded, MandateGiven, OpenEmergencyAccess, ReadInEmergency
from services.hall.money_desk import MoneyDesk
from services.storage import chain
from services.storage.stores import open_archive
from twin.city.lives import lives
from twin.city.model import City
from twin.city.residents import Resident
from twin.core.bus import Message
from twin.core.text import Text
from twin.core.views import Table
from twin.formats import civic
from twin.formats.topics import person_topic

PEOPLE = 60
SECRETS = ("Seven-Willows-Lane", "Little-Full-Moon")
CHIEF = Actor("person", "p-001", "duty_chief")


@dataclass
class Town:
    settings: Settings
    keys: dict[str, bytes]
    serving: Serving
    now_ms: int
    events: list[Event] = field(default_factory=list)

    @property
    def data(self) -> Path:
        return self.settings.data

    def resident(self, which: int = 0) -> Resident:
        ready = [
            one
            for one in self.serving.twin.world.residents.values()
            if {"service", "presence"} <= set(one.consents) and one.birth_year < 2000 and not one.disability
        ]
        return ready[which]

    def says(self, person: Resident, kind: str, body: msgspec.Struct) -> None:
        self.together(self.message(person, kind, body))

    def together(self, *messages: Message) -> None:
        self.events += self.serving.twin.engine.take(messages, self.now_ms).events

    def message(self, person: Resident, kind: str, body: msgspec.Struct) -> Message:
        text = civic.encode(body).decode()
        words = civic.phone_words(person.pseudonym, kind, self.now_ms, text)
        signature = base64.b64encode(Ed25519PrivateKey.from_private_bytes(self.keys[person.id]).sign(words)).decode()
        message = civic.PhoneMessage(
            pseudonym=person.pseudonym, kind=kind, time_ms=self.now_ms, body=text, signature=signature  # type: ignore[arg-type]
        )  # fmt: skip
        return Message(person_topic("sim/own", person.pseudonym, kind), civic.encode(message))

    def tick(self, seconds: float) -> None:
        self.now_ms += round(seconds * 1000)
        self.events += self.serving.twin.engine.tick(self.now_ms).events

    def through(self, seconds: float) -> None:
        """Until an errand is completed."""
        have = len(self.of(ErrandCompleted))
        for _ in range(60):
            if len(self.of(ErrandCompleted)) > have:
                return
            self.tick(seconds)

    def command(self, command: Any) -> None:
        outcome = self.serving.twin.engine.command(command)
        assert outcome.accepted, outcome.reason
        self.events += outcome.events

    def of(self, kind: type[Event]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    def restart(self) -> None:
        self.serving.close()
        self.serving = open_twin(self.settings)
        self.events += self.serving.begin(self.now_ms)

    def errand(self, person: Resident, request: str = "r1") -> None:
        form = {
            "child_name": SECRETS[1],
            "birth_date": "2026-11-15",
            "hospital": SECRETS[0],
            "mother": "m",
            "father": "f",
        }
        papers = ("identity_card", "hospital_record", "marriage_certificate")
        wish = civic.ServiceRequest(
            service="birth_certificate", request_id=request, form=form, channel="counter", materials=papers
        )
        self.says(person, "request", wish)
        self.says(person, "presence", civic.Presence(place=self.of(ErrandBegun)[-1].place, entered=True))


@pytest.fixture
def town(tmp_path: Path, grid_city: City) -> Town:
    settings = settings_for(tmp_path / "data", city=grid_city.directory, simulation="own", at="10:00", pace=1.0)
    settings = msgspec.structs.replace(settings, config_dir=config_directory(), residents=PEOPLE)
    serving = open_twin(settings)
    keys = {life.resident: life.private_key for life in lives(grid_city, settings.seed, PEOPLE)}
    town = Town(settings, keys, serving, settings.start_ms)
    town.events += serving.begin(town.now_ms)
    return town


def lived(town: Town) -> Resident:
    """A life full of facts: an errand, a consent, a mandate, an emergency."""
    ann, bob = town.resident(), town.resident(1)
    town.errand(ann)
    until = town.now_ms + 3_600_000
    town.says(ann, "mandate", civic.MandateWord(proxy=bob.pseudonym, services=("birth_certificate",), until_ms=until))
    no = civic.ConsentWord(purpose="presence", given=False)
    town.together(town.message(ann, "consent", no), town.message(bob, "consent", no))
    own: dict[str, Any] = {"actor": CHIEF, "person": ann.id, "department": "health", "fields": ("address",)}
    town.command(OpenEmergencyAccess(id="b1", ground="life", minutes=1, case="", **own))
    town.command(ReadInEmergency(id="b2", **own))
    for _ in range(20):
        town.tick(60)
    town.through(600)
    assert town.of(ErrandCompleted) and town.of(MandateGiven) and town.of(EmergencyEnded)
    return ann


def test_the_export_has_everything_in_plain_words_for_its_owner_alone(town: Town, tmp_path: Path) -> None:
    ann = lived(town)
    page = Pages(town.serving.twin).page("resident", ann.id, town.now_ms)
    assert page is not None and page.title == ann.name and len(page.sections) >= 4
    town.together(Message(person_topic("sim/own", ann.pseudonym, "report"), b"\xff{"))
    town.serving.close()
    report, out = tmp_path / "own.json", io.StringIO()
    assert export_own_data(ann.id, town.data, report, Console(file=out)) == 0
    found = json.loads(report.read_bytes())
    assert report.stat().st_mode & 0o077 == 0
    assert found["forms"]["E-0001"]["hospital"] == SECRETS[0]
    assert found["credentials"]["K-00001"]["child_name"] == SECRETS[1]
    assert found["register"]["name"]["en"] == ann.name.en
    assert found["assets"][0]["called"] == ann.address.zh and ann.id in found["assets"][0]["holders"]
    told = {fact["what"] for fact in found["facts"]}
    assert {
        "ErrandBegun", "DataUsed", "CredentialIssued", "MandateGiven", "ConsentWithdrawn", "EmergencyOpened",
        "EmergencyEnded", "OpenEmergencyAccess", "ErrandCompleted",
    } <= told  # fmt: skip
    assert [said["kind"] for said in found["phone"]] == [
        "request", "presence", "mandate", "consent", "unreadable",
    ]  # fmt: skip
    others = {fact.get("person", ann.id) for fact in found["facts"]}
    assert others == {ann.id}
    with pytest.raises(NobodyError):
        export_own_data("nobody", town.data, report, Console(file=out))


def test_withdrawal_is_in_force_at_the_intake_for_the_next_message_and_after_a_restart(town: Town) -> None:
    ann = town.resident()
    town.says(ann, "consent", civic.ConsentWord(purpose="service", given=False))
    assert len(town.of(ConsentWithdrawn)) == 1
    form = civic.ServiceRequest(service="birth_certificate", request_id="r1", form={}, channel="counter")
    for _ in range(2):
        town.says(ann, "request", form)
        assert not town.of(ErrandBegun)
        town.restart()
        town.tick(1)
    town.says(ann, "consent", civic.ConsentWord(purpose="service", given=True))
    town.says(ann, "request", form)
    assert len(town.of(ErrandBegun)) == 1
    town.serving.close()


def test_a_server_that_ends_in_the_middle_of_an_errand_charges_once(town: Town, tmp_path: Path) -> None:
    ann = town.resident()
    home = ann.address.zh
    form = {"seller": "s", "buyer": "b", "price": "1", "property_address": home, "contract_number": "c"}
    papers = ("identity_card", "sale_contract", "contract_record", "tax_receipt", "property_proof")
    request = civic.ServiceRequest(
        service="property_registration", request_id="r1", form=form, channel="counter", materials=papers
    )
    town.says(ann, "request", request)
    town.says(ann, "presence", civic.Presence(place=town.of(ErrandBegun)[-1].place, entered=True))
    town.restart()
    town.tick(1)
    town.restart()
    town.tick(600)
    town.through(6 * 3_600)
    town.restart()
    town.tick(30)
    assert len(town.of(ErrandCompleted)) == 1
    booked = [(one.kind, one.once, one.lines[0].cents) for one in town.of(MoneyPosted)]
    assert booked == [
        ("fee", "fee/E-0001/property_registration", 8_000), ("payment", "payment/E-0001", 8_000),
    ]  # fmt: skip
    desk = next(desk for desk in town.serving.twin.desks if isinstance(desk, MoneyDesk))
    assert desk.accounts.trial_balance() == {"bank": 8_000, "fees/natural_resources": -8_000}
    town.serving.close()
    out, report = io.StringIO(), tmp_path / "money.json"
    assert print_balance(town.data, report, Console(file=out, width=100)) == 0
    assert "80.00" in out.getvalue() and "The accounts balance" in out.getvalue()
    assert json.loads(report.read_bytes())["postings"] == {"fee": 1, "payment": 1}
    assert replay(town.data, tmp_path / "replay", Console(quiet=True)).difference is None


def test_erasure_leaves_nothing_readable_breaks_no_hash_and_replays(town: Town, tmp_path: Path) -> None:
    ann = lived(town)
    town.says(ann, "consent", civic.ConsentWord(purpose="presence", given=True))
    town.errand(ann, "r2")
    town.tick(1)  # one is under way, at the counter
    town.serving.twin.engine.rotate()
    town.command(ErasePerson(id="e1", actor=CHIEF, person=ann.id, ground="request"))
    for _ in range(10):
        town.tick(60)
    town.restart()
    for _ in range(3):
        town.tick(60)
    town.serving.close()
    for path in town.data.rglob("*"):
        body = path.read_bytes() if path.is_file() else b""
        assert not [secret for secret in SECRETS if secret.encode() in body], path
    opened = open_archive(town.data)
    assert chain.verify(chain.rows(opened.database))[1] is None
    opened.close()
    with pytest.raises(NobodyError, match="erased"):
        export_own_data(ann.id, town.data, tmp_path / "own.json", Console(quiet=True))
    refused = town.of(ErrandRefused)
    assert [(one.request, one.reason) for one in refused] == [("r2", "the data of this person was erased")]
    assert not town.of(DeskFailed) and not town.of(TurnAbandoned)
    result = replay(town.data, tmp_path / "replay", Console(quiet=True))
    assert result.difference is None and result.imposed > 0


def test_emergency_access_shows_the_named_fields_once_and_journals_none_of_them(town: Town) -> None:
    ann = lived(town)
    pages = Pages(town.serving.twin)
    own: dict[str, Any] = {"actor": CHIEF, "person": ann.id, "department": "health"}
    fields = ("address", "hospital", "bank_account")
    town.command(OpenEmergencyAccess(id="b3", ground="life", minutes=5, fields=fields, **own))
    look = ReadInEmergency(id="b4", fields=fields, **own)
    outcome = town.serving.twin.engine.command(look)
    card = pages.shown(outcome, town.now_ms)
    assert card is not None and card.title == ann.name
    table = card.sections[1]
    assert isinstance(table, Table)
    assert [row[1] for row in table.rows] == [ann.address, SECRETS[0], Text("nothing is known")]
    assert pages.shown(town.serving.twin.engine.command(look), town.now_ms) is None, "the same look again"
    beyond = ReadInEmergency(id="b5", fields=("mother",), **own)
    assert pages.shown(town.serving.twin.engine.command(beyond), town.now_ms) is None
    town.serving.close()
    for path in town.data.rglob("*"):
        body = path.read_bytes() if path.is_file() else b""
        assert SECRETS[0].encode() not in body and ann.address.en.encode() not in body, path
