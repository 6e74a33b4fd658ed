"""Erasure, byte by byte: somebody lives through all that a city keeps, is erased, and no store holds a fact of them."""

from __future__ import annotations

import base64
import json
import sqlite3
import urllib.parse
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import test_own_data
from rich.console import Console
from test_own_data import CHIEF, Town

from services.app.journal import export_journal
from services.app.own_data import NobodyError, export_own_data
from services.app.replay import replay
from services.app.service_report import report_services
from services.app.treasury import print_balance
from services.facts.base import Actor
from services.facts.engine import DeskFailed, ErasePerson, PersonErased, TurnAbandoned
from services.facts.hall import (
    CredentialIssued,
    ErrandBegun,
    ErrandCompleted,
    ErrandRefused,
    ItemAppealed,
    ItemRefused,
    SupplementAnswered,
    SupplementAsked,
)
from services.facts.resident import ApplyForService
from services.facts.rights import MandateGiven, MandateUsed, OpenEmergencyAccess, ReadInEmergency
from services.facts.virtual import EnterPlace, SayInPlace
from services.hall.reception import application_context
from services.storage import chain
from services.storage.stores import open_archive
from services.virtual.visits import speech_context
from twin.city.residents import Resident
from twin.core.bus import Message
from twin.formats import civic
from twin.formats.topics import person_topic, terminal_topic
from twin.link.recording import BatchRecord, CommandRecord

town = test_own_data.town  # the fixture
NS = "sim/own"
WORDS = {
    "child_name": "Moonpetal-Vireo", "hospital": "Ward-of-Nine-Bells", "mother": "Quillan-Ash", "father": "Tobren-Fell",
    "phone": "13955501977", "report": "the-lamp-at-my-door-blinks", "reply": "thank-you-city", "said": "psst-hello",
    "request": "mine-own-request", "bank": "6222-0044-1188", "nonsense": "garbled-love-letter",
}  # fmt: skip
"""What is written in forms, reports and messages; beside it stand the facts of the register."""
BIRTH = ("identity_card", "hospital_record", "marriage_certificate")


def facts_of(person: Resident) -> dict[str, str]:
    own = {
        "name": person.name.en, "name in Chinese": person.name.zh, "address": person.address.en,
        "address in Chinese": person.address.zh, "key": base64.b64encode(person.public_key).decode(),
        **{f"plate {number}": plate for number, plate in enumerate(person.vehicles)},
    }  # fmt: skip
    return {**own, **WORDS}


def disguises(fact: str) -> Iterator[bytes]:
    """A fact as it may be written somewhere."""
    yield from (fact.encode(), fact.lower().encode(), fact.encode("utf-16-le"), fact.encode("utf-16-be"))
    yield json.dumps(fact)[1:-1].encode()
    yield urllib.parse.quote(fact).encode()
    yield fact.encode().hex().encode()
    for shift in range(3):  # base64 within a longer text: the middle of it is the same whatever stands before
        coded = base64.b64encode(b"\0" * shift + fact.encode())
        yield coded[4 if shift else 0 : len(coded) // 4 * 4 - 4]


def found_in(data: bytes, facts: dict[str, str]) -> list[str]:
    return [name for name, fact in facts.items() if any(form and form in data for form in disguises(fact))]


def unpacked(data: Path, register: dict[str, str]) -> Iterator[tuple[str, bytes]]:
    """All that a data directory holds: its files, rows of its databases, and what its own keys still open."""
    for path in sorted(data.rglob("*")):
        if path.is_file():
            body = path.read_bytes()
            yield path.name, body
            for wbits in (zlib.MAX_WBITS, 31, -zlib.MAX_WBITS):
                try:
                    yield f"{path.name} inflated", zlib.decompress(body, wbits)
                except zlib.error:
                    continue
    for file in ("journal.db", "deadletters.db"):
        with sqlite3.connect(f"file:{data / file}?mode=ro", uri=True) as database:
            tables = [row[0] for row in database.execute("select name from sqlite_master where type = 'table'")]
            for table in tables:
                for row in database.execute(f"select * from {table}"):
                    for cell in row:
                        yield f"{file} {table}", cell if isinstance(cell, bytes) else str(cell).encode()
    opened = open_archive(data, register=register)
    for checkpoint in opened.archive.checkpoints():
        yield from ((f"checkpoint {name}", part) for name, part in checkpoint.parts.items())
    for record in opened.archive.records(0):
        if isinstance(record, BatchRecord):
            yield from ((f"recorded {one.topic}", one.payload) for one in opened.archive.messages(record)[0])
        elif isinstance(record, CommandRecord):
            yield "recorded command", record.body
    opened.close()


# --- a life ----------------------------------------------------------------------------------------------------------


def somebody(town: Town) -> tuple[Resident, Resident]:
    """With a phone that is heard on everything, a car, and a household; and a neighbour with a phone."""
    people = list(town.serving.twin.world.residents.values())
    grown = [one for one in people if one.birth_year < 1995 and not one.disability and town.keys.get(one.id)]
    ready = [one for one in grown if {"service", "presence", "position", "report"} <= set(one.consents)]
    ann = max(ready, key=lambda one: (len(one.vehicles), one.relation == "head", one.id))
    bob = next(one for one in grown if one.household != ann.household and {"service", "presence"} <= set(one.consents))
    return ann, bob


def request(service: str, id: str, form: dict[str, str], **more: Any) -> civic.ServiceRequest:
    return civic.ServiceRequest(service=service, request_id=id, form=form, **more)


def applies(town: Town, ann: Resident) -> None:
    """Online; with a paper missing; with an answer that the register contradicts; by a command of her console."""
    birth = {name: WORDS[name] for name in ("child_name", "hospital", "mother", "father")} | {
        "birth_date": "2026-11-15"
    }
    town.says(ann, "request", request("birth_certificate", f"{WORDS['request']} {ann.name.zh}", birth, materials=BIRTH))
    town.says(ann, "request", request("birth_certificate", f"{ann.address.en}", birth, materials=BIRTH[:1]))
    wrong = {"applicant": WORDS["mother"], "identity_number": WORDS["phone"], "phone": WORDS["phone"]}
    town.says(ann, "request", request("identity_check", WORDS["bank"], wrong, materials=("photo",)))
    town.says(ann, "request", request(WORDS["child_name"], "r9", {"note": ann.name.en}))
    sealed = town.serving.stores.vault.seal(ann.id, json.dumps(birth).encode(), application_context("c1"))
    town.command(ApplyForService(
        id="c1", actor=Actor("resident", ann.id), service="birth_certificate", sealed=sealed, materials=BIRTH
    ))  # fmt: skip


def answers(town: Town, ann: Resident) -> None:
    """What was asked for is brought, what was refused is appealed, in whatever words."""
    for asked in town.of(SupplementAsked):
        if asked.person == ann.id:
            brought = civic.ErrandWord(errand=asked.errand, word="supply", materials=(*BIRTH, WORDS["child_name"]))
            town.says(ann, "errand", brought)
    for refused in town.of(ItemRefused):
        if refused.person == ann.id:
            town.says(ann, "errand", civic.ErrandWord(
                errand=refused.errand, word="appeal", item=refused.item, ground="facts_wrong",
                materials=(WORDS["bank"],),
            ))  # fmt: skip
    town.says(ann, "errand", civic.ErrandWord(errand=ann.name.en, word="withdraw", ground=WORDS["said"]))


def stands_about(town: Town, ann: Resident, bob: Resident) -> None:
    """A position, reports, a reply, nonsense; at a terminal; in a virtual place; a proxy who knows her address."""
    x, y = ann.home_xy
    longitude, latitude = (float(value) for value in town.serving.twin.world.city.frame.to_lonlat(x, y))
    town.says(
        ann, "position", civic.PersonPosition(longitude=longitude, latitude=latitude, speed_mps=0.0, heading_deg=0.0)
    )
    for number, matter in enumerate(("01037", WORDS["nonsense"])):
        town.says(ann, "report", civic.PersonReport(
            matter=matter, text=f"{number} {WORDS['report']}", longitude=longitude, latitude=latitude
        ))  # fmt: skip
    town.says(ann, "reply", civic.PersonReply(inquiry=WORDS["reply"], solved=True, satisfied=True))
    for payload in (WORDS["nonsense"].encode(), json.dumps({"pseudonym": ann.name.en}).encode()):
        town.together(Message(person_topic(NS, ann.pseudonym, "report"), payload))
    terminal = civic.TerminalMessage(
        terminal="12345", channel="phone", pseudonym=ann.pseudonym, kind="request", time_ms=town.now_ms,
        body=civic.encode(request("birth_certificate", "r7", {"child_name": WORDS["child_name"]})).decode(),
    )  # fmt: skip
    town.together(Message(terminal_topic(NS, "12345", ann.pseudonym, "request"), civic.encode(terminal)))
    engine = town.serving.twin.engine
    resident = Actor("resident", ann.id)
    assert engine.command(EnterPlace(id="v1", actor=resident, place="virtual_hall")).accepted
    spoken = town.serving.stores.vault.seal(ann.id, WORDS["said"].encode(), speech_context("virtual_hall"))
    assert engine.command(SayInPlace(id="v2", actor=resident, place="virtual_hall", sealed=spoken)).accepted
    until = town.now_ms + 3_600_000
    word = civic.MandateWord(proxy=bob.pseudonym, services=("birth_certificate",), until_ms=until)
    town.says(ann, "mandate", word)
    mandate = town.of(MandateGiven)[-1].mandate
    form = {"child_name": WORDS["child_name"], "mother": ann.name.zh, "hospital": ann.address.zh, "father": "f",
            "birth_date": "2026-11-15"}  # fmt: skip
    town.says(bob, "request", request(
        "birth_certificate", f"for {ann.name.en}", form, on_behalf=ann.pseudonym, mandate=mandate, materials=BIRTH
    ))  # fmt: skip


def looked_at(town: Town, ann: Resident) -> None:
    own: dict[str, Any] = {"actor": CHIEF, "person": ann.id, "department": "health", "fields": ("address", "mother")}
    town.command(OpenEmergencyAccess(id="b1", ground="life", minutes=30, case="", **own))
    town.command(ReadInEmergency(id="b2", **own))


@pytest.fixture
def erased(town: Town) -> tuple[Town, Resident, Resident]:
    """Lived, erased, restarted, lived on."""
    ann, bob = somebody(town)
    applies(town, ann)
    for _ in range(4):
        town.tick(1200)
    stands_about(town, ann, bob)
    looked_at(town, ann)
    town.serving.twin.engine.rotate()
    for _ in range(12):
        town.tick(3 * 3600)
        answers(town, ann)
    assert {type(event) for event in town.events} >= {
        ErrandCompleted, CredentialIssued, SupplementAsked, SupplementAnswered, ItemRefused, ItemAppealed, MandateUsed,
    }  # fmt: skip
    town.serving.twin.engine.rotate()
    applies(town, ann)  # once more, so that something is under way
    town.command(ErasePerson(id="e1", actor=CHIEF, person=ann.id, ground="request"))
    stands_about_in_vain(town, ann)
    town.tick(3600)
    town.restart()
    town.tick(6 * 3600)
    town.serving.close()
    return town, ann, bob


def stands_about_in_vain(town: Town, ann: Resident) -> None:
    town.says(ann, "request", request("birth_certificate", WORDS["request"], {"mother": WORDS["mother"]}))
    town.together(Message(person_topic(NS, ann.pseudonym, "report"), WORDS["report"].encode()))


def test_no_store_and_no_export_holds_a_fact_of_an_erased_person(
    erased: tuple[Town, Resident, Resident], tmp_path: Path
) -> None:
    town, ann, bob = erased
    facts = facts_of(ann)
    assert len(facts) >= 16, "with a car"
    out, quiet = tmp_path / "out", Console(quiet=True)
    out.mkdir()
    export_journal(town.data, out / "journal.jsonl", quiet)
    print_balance(town.data, out / "money.json", quiet)
    report_services(town.data, out / "services.json", quiet)
    export_own_data(bob.id, town.data, out / "bob.json", quiet)
    with pytest.raises(NobodyError, match="erased"):
        export_own_data(ann.id, town.data, out / "ann.json", quiet)
    register = {one.pseudonym: one.id for one in town.serving.twin.world.residents.values()}
    left = {
        (name, fact)
        for where in (unpacked(town.data, register), ((path.name, path.read_bytes()) for path in out.iterdir()))
        for name, body in where
        for fact in found_in(body, facts)
    }
    assert not left
    assert not town.of(DeskFailed) and not town.of(TurnAbandoned)
    holds_and_replays(town, ann, tmp_path / "replay")


def holds_and_replays(town: Town, ann: Resident, folder: Path) -> None:
    opened = open_archive(town.data)
    assert chain.verify(chain.rows(opened.database))[1] is None
    opened.close()
    assert [event.person for event in town.of(PersonErased)] == [ann.id]
    ended = [one for one in town.of(ErrandRefused) if one.reason == "the data of this person was erased" and one.errand]
    begun = {one.errand for one in town.of(ErrandBegun) if one.person == ann.id}
    assert ended and {one.errand for one in ended} <= begun
    result = replay(town.data, folder, Console(quiet=True))
    assert result.difference is None and result.imposed > 0


def test_before_erasure_the_same_search_finds_every_fact(town: Town, tmp_path: Path) -> None:
    """The search is no blind one: in the owner's export all of it stands."""
    ann, bob = somebody(town)
    applies(town, ann)
    stands_about(town, ann, bob)
    town.serving.close()
    export_own_data(ann.id, town.data, tmp_path / "ann.json", Console(quiet=True))
    body = (tmp_path / "ann.json").read_bytes()
    assert set(found_in(body, facts_of(ann))) >= set(facts_of(ann)) - {"said"}
