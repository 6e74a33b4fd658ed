"""Killed in the middle of errands with fees: none is lost, nobody is charged twice, the ledger balances."""

from __future__ import annotations

import base64
import os
import random
import re
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from rich.console import Console
from running import Site, site, until

from services.app.installation import choice, config_directory
from services.app.journal import verify_journal
from services.app.treasury import print_balance
from services.facts.hall import CredentialIssued, ErrandBegun, ErrandCompleted
from services.facts.money import MoneyPosted
from services.storage.stores import open_archive
from twin.city.model import City
from twin.city.population import population
from twin.city.residents import Resident, register
from twin.formats import civic
from twin.formats.topics import person_topic
from twin.link.mqtt import MqttBus

KILLS = int(os.environ.get("CIVITWIN_ERRAND_KILLS", "1"))
APPLICANTS = 5
NS, SEED = "sim/errands", 7
PAPERS = ("sale_contract", "contract_record", "tax_receipt", "identity_card", "property_proof")


def quick_config(folder: Path) -> Path:
    """The project's own, with an item whose inquiries and work are over in minutes of the city."""
    config = shutil.copytree(config_directory(), folder / "config")
    path = config / "services" / "property_registration.toml"
    text = re.sub(r"(?m)^promised = .*$", "promised = { hours = 0.05 }", path.read_text(encoding="utf-8"))
    path.write_text(re.sub(r"(?m)^review_s = .*$", "review_s = [30, 90]", text), encoding="utf-8")
    return config


@dataclass
class Phone:
    """Sends its request again until the hall has answered."""

    owner: Resident
    key: bytes
    bus: MqttBus
    number: int
    states: list[str] = field(default_factory=list)

    def asks(self, city_ms: int) -> None:
        form = {"seller": self.owner.name.en, "buyer": "somebody", "price": "1000000", "contract_number": "HT1",
                "property_address": self.owner.address.en}  # fmt: skip
        request = civic.ServiceRequest(
            service="property_registration", request_id=f"r{self.number}", form=form, materials=PAPERS
        )
        body = civic.encode(request).decode()
        words = civic.phone_words(self.owner.pseudonym, "request", city_ms, body)
        signature = base64.b64encode(Ed25519PrivateKey.from_private_bytes(self.key).sign(words)).decode()
        said = civic.PhoneMessage(
            pseudonym=self.owner.pseudonym, kind="request", time_ms=city_ms, body=body, signature=signature
        )
        self.bus.publish(person_topic(NS, self.owner.pseudonym, "request"), civic.encode(said), qos=1)


@dataclass
class Street:
    running: Site
    phones: dict[str, Phone]
    bus: MqttBus
    asked_s: float = 0.0

    def listen(self) -> None:
        self.bus.wait(0.02)
        for message in self.bus.drain():
            phone = self.phones.get(message.topic.split("/")[-2])
            if phone is not None:
                phone.states.append(msgspec.json.decode(message.payload, type=civic.Answer).state)

    def ask(self) -> None:
        """Who has heard nothing asks again, every half second; so does one who was heard, once in a while."""
        if time.monotonic() - self.asked_s < 0.5:
            return
        summary = self.running.summary()
        if summary is None:
            return
        self.asked_s = time.monotonic()
        for phone in self.phones.values():
            if not phone.states or phone.number == 1:
                phone.asks(int(str(summary["city_ms"])))

    def heard(self, state: str) -> int:
        self.listen()
        self.ask()
        return sum(state in phone.states for phone in self.phones.values())


@pytest.fixture
def street(tmp_path: Path, grid_city: City) -> Iterator[Street]:
    config = quick_config(tmp_path)
    count = choice().residents
    people = {one.id: one for one in register(grid_city, SEED, count)}
    made = population(grid_city, SEED, count)
    keys = {made.id(row): made.private_key(row) for row in range(count)}
    homes: dict[str, Resident] = {}
    for one in people.values():
        if "service" in one.consents and one.birth_year < 2000 and one.relation == "head" and not one.disability:
            homes.setdefault(one.address.en, one)
    owners = list(homes.values())[:APPLICANTS]
    with site(tmp_path, grid_city.directory, "--simulation", "errands", "--at", "10:00", "--pace", "60",
              "--tempo", "real", "--seed", str(SEED), "--config", str(config)) as running:  # fmt: skip
        running.start_field("errands")
        bus = running.bus("phones", f"{NS}/person/+/answer")
        phones = {one.pseudonym: Phone(one, keys[one.id], bus, n) for n, one in enumerate(owners, 1)}
        yield Street(running, phones, bus)


@pytest.mark.timeout(150 + 20 * KILLS)
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds the server's process in /proc")
def test_errands_survive_a_killed_server_and_fees_are_charged_once(street: Street) -> None:
    dice, running = random.Random(11), street.running
    until(lambda: street.heard("accepted") == APPLICANTS, 40, "all are taken in")
    for _ in range(KILLS):
        stop_at = time.monotonic() + dice.uniform(0.0, 1.5)
        while time.monotonic() < stop_at:
            street.heard("accepted")
        running.kill_server()
        running.start_server()
    until(lambda: street.heard("completed") == APPLICANTS, 60, f"all are done; {running.log()}")
    assert running.server is not None
    running.server.stop()
    quiet = Console(quiet=True)
    assert verify_journal(running.data, quiet) == 0
    assert print_balance(running.data, None, quiet) == 0
    opened = open_archive(running.data)
    facts = [entry.fact for entry in opened.archive.entries(0)]
    opened.close()
    owners = {phone.owner.id for phone in street.phones.values()}
    for kind in (ErrandBegun, ErrandCompleted):
        assert Counter(one.person for one in facts if isinstance(one, kind) and one.person in owners) == Counter(owners)
    issued = Counter(one.holder for one in facts if isinstance(one, CredentialIssued) and one.holder in owners)
    assert issued == Counter(owners)
    booked = Counter((one.person, one.kind) for one in facts if isinstance(one, MoneyPosted) and one.person in owners)
    assert booked == Counter({(owner, kind): 1 for owner in owners for kind in ("fee", "payment")})
