"""A newborn: one form, two signed credentials, every look at the data on a recorded ground."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import numpy as np
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from services.collaboration.roster import Roster, load_roster
from services.engine.desk import Desk, Sends, Tick, Turn
from services.engine.step import Steps
from services.facts.base import Actor, Command, CommandRefused, Event
from services.facts.hall import (
    CredentialIssued,
    DataUsed,
    DataUseRefused,
    ErrandBegun,
    ErrandCompleted,
    ErrandRefused,
    ErrandStepped,
    RefuseErrand,
)
from services.facts.records import Outgoing
from services.facts.registry import all_facts
from services.hall.catalogue import load_services
from services.hall.credentials import Issuers, from_event
from services.hall.desks import hall_desks
from services.hall.errand import ENDED, TABLE, ErrandState
from services.hall.errands import ErrandDesk
from services.hall.guardians import Guardians
from services.hall.legal import Ground, Ledger, needs_of, purpose_of
from services.hall.views import HallBoardDesk
from twin.city.model import City
from twin.city.units import Department, load_departments
from twin.core import codec
from twin.core.columns import empty_positions, empty_readings
from twin.core.errors import CivitwinError, ConfigError
from twin.core.text import Name, Text
from twin.core.views import Card, Graph, Mark, Table
from twin.formats.civic import Answer, ConsentWord, MandateWord, Presence, ServiceRequest
from twin.state.batch import Batch, LightStates, PersonSaid
from twin.state.beliefs import MoverBelief

CONFIG = Path(__file__).resolve().parents[2] / "config"
HERE = Path(__file__).parent
START_MS = 1795312800000  # 10:00 in the city
SEED = 7
FORM = {
    "child_name": "林小满",
    "birth_date": "2026-11-15",
    "hospital": "hospital",
    "mother": "林月",
    "father": "林山",
    "household_address": "2号街18号",
}
CLERK = Actor("person", "p-022", "clerk")

E = TypeVar("E", bound=Event)


class KeptVault:
    """Deterministic sealing, with erasure."""

    def __init__(self) -> None:
        self.erased: set[str] = set()

    def _cipher(self, person: str) -> AESSIV:
        if person in self.erased:
            raise CivitwinError(f"the key of {person} was destroyed")
        return AESSIV(hashlib.sha512(person.encode()).digest())

    def seal(self, person: str, data: bytes, context: bytes) -> bytes:
        return self._cipher(person).encrypt(data, [context])

    def open(self, person: str, sealed: bytes, context: bytes) -> bytes:
        return self._cipher(person).decrypt(sealed, [context])


NOWHERE = Name("", "")


@dataclass(frozen=True)
class Enrolled:
    id: str
    pseudonym: str
    name: Name
    home_xy: tuple[float, float]
    consents: tuple[str, ...]
    birth_year: int = 1990
    household: str = ""
    relation: str = "head"
    disability: str = ""
    address: Name = NOWHERE
    school: str = ""
    vehicles: tuple[str, ...] = ()
    care_alarm: str = ""


@dataclass(frozen=True)
class HallWorld:
    city: City
    departments: Mapping[str, Department]
    roster: Roster
    residents: Mapping[str, Enrolled]


@dataclass(frozen=True)
class HallSettings:
    data: Path
    config_dir: Path = HERE
    simulation: str | None = "test"
    seed: int = SEED


class Street:
    """Knows where one mother walks, and what phones are heard on."""

    def __init__(self) -> None:
        self.heard: dict[str, tuple[str, ...]] = {}

    def grant(self, person: str, purposes: Iterable[str]) -> None:
        self.heard[person] = tuple(purposes)

    def person_position(self, person: str) -> MoverBelief | None:
        if person != "res_1":
            return None
        return MoverBelief(
            id=4242, sender="person:res_1", kind=1, x_m=12.0, y_m=34.0, heading_deg=0.0, speed_mps=1.2, observed_ms=0,
            freshness=0, doubt=0, provenance=1, edge=-1, offset_m=0.0,
        )  # fmt: skip


@dataclass
class Hall:
    city: City
    data: Path
    vault: KeptVault = field(default_factory=KeptVault)
    events: list[Event] = field(default_factory=list)
    sent: list[Outgoing] = field(default_factory=list)
    now_ms: int = START_MS
    turn: int = 0

    def __post_init__(self) -> None:
        departments = load_departments(CONFIG / "departments.toml")
        residents = {
            "res_1": Enrolled(
                "res_1", "p1", Name("Lin Yue", "林月"), (300.0, 300.0), ("presence", "service"), household="hh_1"
            ),
            "res_2": Enrolled("res_2", "p2", Name("Wu Fan", "吴凡"), (300.0, 300.0), ("presence",)),
            "res_3": Enrolled("res_3", "p3", Name("He Xin", "何欣"), (300.0, 300.0), ("presence", "service")),
            "res_4": Enrolled("res_4", "p4", Name("Lin Xiao", "林小"), (300.0, 300.0), (), 2020, "hh_1", "child"),
            "res_5": Enrolled("res_5", "p5", Name("Gu Er", "顾儿"), (300.0, 300.0), (), 2020, "hh_5", "child"),
        }
        roster = load_roster(CONFIG / "people.toml", departments, self.city.meta.time_zone)
        self.street = Street()
        self.world = HallWorld(self.city, departments, roster, residents)
        self.desks: tuple[Desk, ...] = hall_desks(self.world, HallSettings(self.data), self.street, self.vault)
        self.steps = Steps(self.desks, all_facts(), lambda failed: False, 500)

    @property
    def errands(self) -> ErrandDesk:
        return next(desk for desk in self.desks if isinstance(desk, ErrandDesk))

    @property
    def board(self) -> HallBoardDesk:
        return next(desk for desk in self.desks if isinstance(desk, HallBoardDesk))

    def run(self, record: Any) -> list[Event]:
        self.turn += 1
        entries = self.steps.run(record, Turn(self.turn, self.now_ms, SEED), len(self.events) + 1)
        events = [entry.fact for entry in entries if isinstance(entry.fact, Event)]
        assert not [event for event in events if type(event).__name__ == "DeskFailed"], events
        self.events += events
        for event in events:
            for desk in self.desks:
                if isinstance(desk, Sends):
                    self.sent += desk.outgoing(event)
        return events

    def said(self, person: str, *bodies: Presence | ServiceRequest | ConsentWord | MandateWord) -> list[Event]:
        none = np.zeros(0, np.int32)
        lights = LightStates(none, none, np.zeros(0, np.uint8), np.zeros(0, np.int64))
        notices = tuple(PersonSaid(person=person, body=body, observed_ms=self.now_ms, provenance=1) for body in bodies)
        return self.run(Batch(self.now_ms, empty_readings(), empty_positions(), lights, notices))

    def ask(self, person: str = "res_1", request: str = "r1", **form: str) -> list[Event]:
        return self.said(person, ServiceRequest(service="newborn", request_id=request, form={**FORM, **form}))

    def come(self, person: str = "res_1") -> list[Event]:
        return self.said(person, Presence(place="service_hall", entered=True))

    def tick(self, seconds: float) -> list[Event]:
        self.now_ms += round(seconds * 1000)
        return self.run(Tick(self.now_ms))

    def through(self) -> None:
        for _ in range(12):
            self.tick(60)

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    def answers(self) -> list[Answer]:
        return [msgspec.json.decode(message.payload, type=Answer) for message in self.sent]


@pytest.fixture
def hall(grid_city: City, tmp_path: Path) -> Hall:
    return Hall(grid_city, tmp_path)


def test_from_one_form_to_two_credentials(hall: Hall) -> None:
    hall.ask()
    assert [answer.state for answer in hall.answers()] == ["accepted"]
    assert hall.answers()[0].place == "service_hall"
    hall.come()
    hall.through()
    states = [event.state for event in hall.of(ErrandStepped)]
    assert states == [
        "accepted", "arrived", "queued", "serving", "issuing", "queued", "serving", "issuing", "completed",
    ]  # fmt: skip
    issued = hall.of(CredentialIssued)
    assert [(event.kind, event.issuer) for event in issued] == [
        ("birth_certificate", "health"), ("household_registration", "police"),
    ]  # fmt: skip
    assert issued[1].evidence == (issued[0].credential,)
    done = hall.of(ErrandCompleted)[0]
    assert (done.credentials, done.trips) == (("K-00001", "K-00002"), 1)
    assert hall.answers()[-1].state == "completed"
    assert {message.topic for message in hall.sent} == {"person/p1/answer"}
    clerks = {event.clerk for event in hall.of(ErrandStepped) if event.state == "serving"}
    assert clerks == {"p-020", "p-021"}


def test_the_second_credential_takes_its_facts_from_the_first(hall: Hall) -> None:
    hall.ask()
    hall.come()
    hall.through()
    second = hall.of(CredentialIssued)[1]
    sealed = hall.vault.open("res_1", second.claims, f"credential/{second.credential}".encode())
    claims = msgspec.json.decode(sealed, type=dict[str, str])
    assert claims == {key: FORM[key] for key in sorted(claims)}
    police = [use for use in hall.of(DataUsed) if use.department == "police"]
    assert [use.basis for use in police] == ["household_registration/statute"]
    assert "户口登记条例" in str(police[0].why)


def test_every_fact_is_asked_once(hall: Hall) -> None:
    service = hall.errands.book.services["newborn"]
    asked = [read for item in service.items for read in item.reads]
    assert len(asked) == len(set(asked))
    assert set(asked) <= {field.id for field in service.fields}


def test_credentials_verify_and_forgeries_do_not(hall: Hall) -> None:
    hall.ask()
    hall.come()
    hall.through()
    issuers = Issuers.seeded(SEED)
    credential = from_event(hall.of(CredentialIssued)[0])
    assert issuers.genuine(credential, hall.now_ms)
    for change in (
        {"holder": "res_3"}, {"claims": b"x"}, {"issuer": "police"}, {"kind": "licence"}, {"signature": b"0" * 64},
        {"issued_ms": 1}, {"evidence": ("K-9",)},
    ):  # fmt: skip
        assert not issuers.genuine(msgspec.structs.replace(credential, **change), hall.now_ms), change
    assert not Issuers.seeded(SEED + 1).genuine(credential, hall.now_ms)
    expired = issuers.sign(msgspec.structs.replace(credential, expires_ms=credential.issued_ms + 1))
    assert not issuers.genuine(expired, hall.now_ms) and issuers.genuine(expired, credential.issued_ms)


def test_no_personal_data_lies_open(hall: Hall) -> None:
    hall.ask()
    hall.come()
    hall.through()
    written = b"".join(all_facts().encode(event) for event in hall.events) + b"".join(
        desk.snapshot() for desk in hall.desks
    )
    for value in FORM.values():
        if value != "hospital":
            assert value.encode() not in written, value


def test_without_consent_nothing_is_read(hall: Hall) -> None:
    hall.ask("res_2")
    refused = hall.of(ErrandRefused)[0]
    assert refused.why is not None and refused.why.msgid == "there is no consent to {purpose}"
    assert not hall.of(ErrandBegun) and not hall.of(DataUsed)
    assert hall.answers()[0].state == "refused"
    before = len(hall.events)
    hall.ask("res_2")
    assert len(hall.events) == before, "the same request is not refused twice"


def test_nobody_reads_beyond_the_law(hall: Hall) -> None:
    services = hall.errands.book.services
    birth = purpose_of(services["newborn"], services["newborn"].items[0])
    household = purpose_of(services["newborn"], services["newborn"].items[1])
    ledger = Ledger(hall.world.residents, needs_of(services), Guardians(hall.world.residents))
    assert isinstance(ledger.to_read("res_1", birth, "health", ("mother",), START_MS), Ground)
    for person, purpose, department, fields in (
        ("res_1", birth, "police", ("mother",)),  # not its item
        ("res_1", birth, "health", ("household_address",)),  # beyond the purpose
        ("res_9", birth, "health", ("mother",)),  # nobody
        ("res_1", household, "police", ("hospital", "shoe_size")),
        ("res_1", "service", "police", ("mother",)),  # no purpose that anything is read for
    ):
        assert isinstance(ledger.to_read(person, purpose, department, fields, START_MS), Text), (department, fields)
    taken = purpose_of(services["newborn"])
    assert isinstance(ledger.to_read("res_2", taken, "civil_affairs", ("mother",), START_MS), Text)


def test_a_law_that_does_not_cover_it_stops_it_at_the_counter(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    hall.ask()
    hall.come()
    monkeypatch.setattr(Ledger, "to_read", lambda *args: Text("no ground"))
    hall.tick(1)
    assert len(hall.of(DataUseRefused)) == 1 and hall.of(ErrandRefused)[0].reason == "no ground"
    assert not hall.of(CredentialIssued)


def test_an_erased_applicant_gets_no_credential_and_breaks_nothing(hall: Hall) -> None:
    hall.ask()
    hall.come()
    hall.tick(1)
    hall.vault.erased.add("res_1")
    hall.through()
    assert "destroyed" in hall.of(ErrandRefused)[0].reason
    assert not hall.of(CredentialIssued)


def test_missing_answers_are_asked_at_the_counter_and_take_longer(hall: Hall, grid_city: City, tmp_path: Path) -> None:
    whole, partial = hall, Hall(grid_city, tmp_path)
    whole.ask()
    partial.ask(mother="", father=" ")
    assert partial.of(ErrandBegun)[0].missing == ("mother", "father")
    for one in (whole, partial):
        one.come()
        one.tick(1)
    until = [next(e for e in one.of(ErrandStepped) if e.state == "serving").until_ms for one in (whole, partial)]
    assert until[1] - until[0] == 80_000


def test_one_clerk_serves_one_at_a_time_in_the_order_of_numbers(hall: Hall) -> None:
    hall.ask("res_1", "r1")
    hall.ask("res_3", "r3")
    hall.come("res_3")
    hall.come("res_1")
    hall.tick(1)
    serving = [event for event in hall.of(ErrandStepped) if event.state == "serving"]
    assert [(event.person, event.number) for event in serving] == [("res_3", 1)]
    hall.through()
    assert [event.person for event in hall.of(ErrandCompleted)] == ["res_3", "res_1"]
    kinds = [event.credential for event in hall.of(CredentialIssued)]
    assert len(kinds) == len(set(kinds)) == 4


def test_repeated_words_change_nothing(hall: Hall) -> None:
    hall.ask()
    assert hall.ask() == []
    hall.come()
    assert hall.come() == []
    assert hall.said("res_1", Presence(place="metro", entered=True)) == []
    assert hall.said("nobody", Presence(place="service_hall", entered=True)) == []


def test_who_never_comes_lapses(hall: Hall) -> None:
    hall.ask()
    hall.tick(7100)
    assert not [event for event in hall.of(ErrandStepped) if event.state == "lapsed"]
    hall.tick(200)
    assert hall.of(ErrandStepped)[-1].state == "lapsed"


def test_a_clerk_refuses_with_a_reason_and_nobody_else_does(hall: Hall) -> None:
    hall.ask()

    def refuse(id: str, actor: Actor, why: str) -> list[Event]:
        command: Command = RefuseErrand(id=id, actor=actor, errand="E-0001", why_not=why)
        return hall.run(command)

    assert isinstance(refuse("c1", Actor("person", "p-005", "dispatcher"), "x")[0], CommandRefused)
    assert isinstance(refuse("c2", CLERK, " ")[0], CommandRefused)
    assert isinstance(refuse("c3", CLERK, "already registered")[0], ErrandRefused)
    assert isinstance(refuse("c4", CLERK, "again")[0], CommandRefused)


def test_the_bubble_follows_the_person_and_the_page_lights_up(hall: Hall) -> None:
    hall.ask()
    mark: Mark = next(iter(hall.board.marks()))
    assert (mark.kind, mark.follows, mark.x_m, mark.card) == ("errand", 4242, 12.0, "E-0001")
    hall.come()
    hall.through()
    card: Card = next(iter(hall.board.cards()))
    assert codec.decode(codec.encode(card), Card) == card
    graph = next(section for section in card.sections if isinstance(section, Graph))
    assert [step.id for step in graph.steps] == [
        "form", "way", "number", "birth_certificate", "household_registration", "done",
    ]  # fmt: skip
    assert {step.state for step in graph.steps} == {"done"}
    tables = [section for section in card.sections if isinstance(section, Table)]
    assert [len(table.rows) for table in tables] == [2, 3]
    assert len(list(hall.board.alerts())) == 2 and not list(hall.board.alerts())


def test_restored_desks_go_on_the_same(grid_city: City, tmp_path: Path) -> None:
    live = Hall(grid_city, tmp_path)
    live.ask()
    live.ask("res_3", "r3")
    live.come()
    live.tick(30)
    kept = Hall(grid_city, tmp_path, now_ms=live.now_ms, turn=live.turn)
    for desk, old in zip(kept.desks, live.desks, strict=True):
        desk.restore(old.snapshot())
    for one in (live, kept):
        one.come("res_3")
        one.through()
    assert [desk.snapshot() for desk in live.desks] == [desk.snapshot() for desk in kept.desks]
    assert all_facts().encode(live.events[-1]) == all_facts().encode(kept.events[-1])


def test_the_table_ends_and_has_no_dead_state() -> None:
    reached = {ErrandState.ACCEPTED, *(after for follows in TABLE.values() for after in follows)}
    assert reached == set(ErrandState)
    assert {state for state, follows in TABLE.items() if not follows} == set(ENDED)


def test_an_issuers_secret_is_kept_and_private(tmp_path: Path) -> None:
    path = tmp_path / "issuers.key"
    first, second = Issuers.kept(path), Issuers.kept(path)
    assert first.public("health") == second.public("health") != first.public("police")
    assert path.stat().st_mode & 0o077 == 0
    path.write_bytes(b"short")
    with pytest.raises(ConfigError):
        Issuers.kept(path)


def faults() -> Iterator[tuple[str, str, str]]:
    yield 'department = "police"', 'department = "circus"', "items[1].department"
    yield 'after = ["birth_certificate"]', 'after = ["nothing"]', "no item 'nothing'"
    yield 'reads = ["household_address"]', 'reads = ["shoe_size"]', "does not ask for 'shoe_size'"
    yield 'reads = ["household_address"]', "reads = []", "nobody gives 'household_address'"
    yield "service_s = [90, 210]", "service_s = [210, 90]", "service_s"
    yield 'reads = ["child_name"', 'after = ["household_registration"]\nreads = ["child_name"', "wait for each other"
    yield 'reception = "civil_affairs"', 'reception = "civil_affairs"\nrun = "1+1"', "unknown field"


@pytest.mark.parametrize(("old", "new", "fault"), list(faults()))
def test_a_faulty_service_names_file_and_key(tmp_path: Path, old: str, new: str, fault: str) -> None:
    text = (HERE / "services" / "newborn.toml").read_text()
    assert old in text
    (tmp_path / "newborn.toml").write_text(text.replace(old, new))
    with pytest.raises(ConfigError) as caught:
        load_services(tmp_path, load_departments(CONFIG / "departments.toml"))
    assert "newborn.toml" in str(caught.value) and fault in str(caught.value)


def test_a_request_of_the_same_id_is_another_persons_own(hall: Hall) -> None:
    hall.ask("res_3")
    hall.ask("res_1")
    hall.ask("res_1")
    assert [event.person for event in hall.of(ErrandBegun)] == ["res_3", "res_1"]
    assert len({message.key for message in hall.sent}) == 2
    hall.ask("res_2", "r2")
    refused = len(hall.of(ErrandRefused))
    hall.ask("res_2", "r2")
    assert len(hall.of(ErrandRefused)) == refused == 1
    for desk in hall.desks:
        desk.restore(desk.snapshot())
    assert hall.ask("res_2", "r2") == []


def test_what_a_form_says_is_on_no_card_mark_alert_answer_or_record(hall: Hall) -> None:
    hall.ask()
    hall.come()
    hall.through()
    shown = [hall.board.cards(), hall.board.marks(), hall.board.alerts(), hall.answers(), hall.events]
    written = b"".join(msgspec.json.encode(list(part)) for part in shown)
    written += b"".join(desk.snapshot() for desk in hall.desks)
    secret = [value for name, value in FORM.items() if name not in ("mother", "hospital")]  # she is the applicant
    assert len(secret) >= 4
    assert [value for value in secret if value.encode() in written] == []
