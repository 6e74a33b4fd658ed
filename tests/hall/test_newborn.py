"""A newborn: one form, two signed credentials, every look at the data on a recorded ground."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hall_bench import CLERK, CONFIG, FORM, HERE, SEED, START_MS, Hall

from services.facts.base import Actor, CommandRefused, Event
from services.facts.hall import (
    CredentialIssued,
    DataUsed,
    DataUseRefused,
    ErrandBegun,
    ErrandCompleted,
    ErrandRefused,
    ErrandStepped,
    ItemRefused,
    RefuseErrand,
    ReviewTaken,
)
from services.facts.registry import all_facts
from services.hall.catalogue import load_services
from services.hall.credentials import Issuers, from_event
from services.hall.guardians import Guardians
from services.hall.legal import Ground, Ledger, needs_of, purpose_of
from twin.city.model import City
from twin.city.units import load_departments
from twin.core import codec
from twin.core.errors import ConfigError
from twin.core.text import Text
from twin.core.views import Card, Graph, Mark, Table
from twin.formats.civic import Presence


@pytest.fixture
def hall(grid_city: City, tmp_path: Path) -> Hall:
    return Hall(grid_city, tmp_path)


def test_from_one_form_to_two_credentials(hall: Hall) -> None:
    hall.ask()
    assert [answer.state for answer in hall.answers()] == ["accepted", "expected"]
    assert (hall.answers()[1].place, hall.answers()[1].visit) == ("service_hall", "intake")
    hall.come()
    hall.through()
    states = [event.state for event in hall.of(ErrandStepped)]
    assert states == ["accepted", "expected", "queued", "serving", "served", "completed"]
    issued = hall.of(CredentialIssued)
    assert [(event.kind, event.issuer) for event in issued] == [
        ("birth_certificate", "health"), ("household_registration", "police"),
    ]  # fmt: skip
    assert issued[1].evidence == (issued[0].credential,)
    done = hall.of(ErrandCompleted)[0]
    assert (done.credentials, done.trips) == (("K-00001", "K-00002"), 1)
    assert hall.answers()[-1].state == "completed"
    assert {message.topic for message in hall.sent} == {"person/p1/answer", "hall/services/newborn"}
    assert [event.clerk for event in hall.of(ErrandStepped) if event.state == "serving"] == ["p-022"]
    assert [event.officer for event in hall.of(ReviewTaken)] == ["p-020", "p-021"]


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
    assert hall.answers()[0].state == "refused_all"
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


def test_a_law_that_does_not_cover_it_stops_it_at_the_desk(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    hall.ask()
    hall.come()
    monkeypatch.setattr(Ledger, "to_read", lambda *args: Text("no ground"))
    hall.through()
    assert len(hall.of(DataUseRefused)) == 1
    assert [(one.item, one.ground, one.reason) for one in hall.of(ItemRefused)] == [
        ("birth_certificate", "law_does_not_allow", "no ground")
    ]  # fmt: skip
    assert not hall.of(CredentialIssued)


def test_an_erased_applicant_gets_no_credential_and_breaks_nothing(hall: Hall) -> None:
    hall.ask()
    hall.come()
    hall.tick(1)
    hall.vault.erased.add("res_1")
    hall.through()
    assert "destroyed" in hall.of(ItemRefused)[0].reason
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
    assert sorted(event.person for event in hall.of(ErrandCompleted)) == ["res_1", "res_3"]
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
    hall.tick(4 * 86_400)
    assert not [event for event in hall.of(ErrandStepped) if event.state == "lapsed"]
    hall.tick(5 * 86_400)
    assert [event.state for event in hall.of(ErrandStepped)][-2:] == ["missed", "lapsed"]
    assert hall.answers()[-1].state == "lapsed"


def test_a_clerk_refuses_with_a_reason_and_nobody_else_does(hall: Hall) -> None:
    hall.ask()

    def refuse(id: str, actor: Actor) -> list[Event]:
        return hall.run(RefuseErrand(id=id, actor=actor, errand="E-0001", ground="duplicate"))

    assert isinstance(refuse("c1", Actor("person", "p-005", "dispatcher"))[0], CommandRefused)
    assert isinstance(refuse("c3", CLERK)[0], ErrandRefused)
    assert hall.of(ErrandRefused)[0].reason == "it was applied for before"
    assert isinstance(refuse("c4", CLERK)[0], CommandRefused)


def test_the_bubble_follows_the_person_and_the_page_lights_up(hall: Hall) -> None:
    hall.ask()
    mark: Mark = next(iter(hall.board.marks()))
    assert (mark.kind, mark.follows, mark.x_m, mark.card) == ("errand", 4242, 12.0, "E-0001")
    hall.come()
    hall.through()
    card: Card = next(iter(hall.board.cards()))
    assert codec.decode(codec.encode(card), Card) == card
    graph = next(section for section in card.sections if isinstance(section, Graph))
    assert [step.id for step in graph.steps] == ["form", "birth_certificate", "household_registration", "done"]
    assert {step.state for step in graph.steps} == {"done"}
    tables = [section for section in card.sections if isinstance(section, Table)]
    assert [len(table.rows) for table in tables] == [2, 2, 6, 3]  # items, credentials, fields, looks
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
    assert len({message.key for message in hall.sent}) == 4  # of each: accepted, and expected
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
