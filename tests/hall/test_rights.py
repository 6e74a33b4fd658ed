"""Nobody reads without a ground in force; words work on the very next message; whoever looked is on record."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hall_bench import CLERK, FORM, SEED, START_MS, Hall

from services.facts.base import Actor, CommandRefused, Event
from services.facts.engine import PersonErased
from services.facts.hall import (
    CredentialIssued,
    DataUsed,
    DataUseRefused,
    ErrandBegun,
    ErrandCompleted,
    ErrandRefused,
    ItemRefused,
    ReviewTaken,
)
from services.facts.registry import all_facts
from services.facts.rights import (
    ConsentExpired,
    ConsentGiven,
    ConsentWithdrawn,
    CredentialPresented,
    CredentialRevoked,
    EmergencyEnded,
    EmergencyOpened,
    EndEmergencyAccess,
    GiveConsent,
    LookAtResident,
    MandateGiven,
    MandateRevoked,
    MandateUsed,
    OpenEmergencyAccess,
    ReadInEmergency,
    RevokeCredential,
    RevokeMandate,
    WithdrawConsent,
    WordRefused,
)
from services.hall.credentials import Asked, Issuers, present
from services.hall.identity import Identities
from services.hall.legal import Ground, Look
from services.hall.legal_desk import LegalDesk
from services.hall.mandates import MandateDesk
from services.hall.wallet import WalletDesk
from twin.city.model import City
from twin.core.text import Text
from twin.formats.civic import ConsentWord, MandateWord, ServiceRequest

CHIEF = Actor("person", "p-001", "duty_chief")
HOUR_MS = 3_600_000
TAKEN, BIRTH = "service/newborn", "service/newborn/birth_certificate"


@pytest.fixture
def hall(grid_city: City, tmp_path: Path) -> Hall:
    return Hall(grid_city, tmp_path)


def legal(hall: Hall) -> LegalDesk:
    return next(desk for desk in hall.desks if isinstance(desk, LegalDesk))


def read(hall: Hall, person: str = "res_1", purpose: str = TAKEN, department: str = "civil_affairs") -> Ground | str:
    found = legal(hall).ledger.to_read(person, purpose, department, ("mother",), hall.now_ms)
    return found if isinstance(found, Ground) else found.msgid


def word(purpose: str = "service", given: bool = False, **more: Any) -> ConsentWord:
    return ConsentWord(purpose=purpose, given=given, **more)


def looks(hall: Hall, person: str = "res_1") -> tuple[Look, ...]:
    return legal(hall).ledger.state.looks.get(person, ())


# --- consent ----------------------------------------------------------------------------------------------------------


def test_a_withdrawal_works_on_the_very_next_message(hall: Hall) -> None:
    assert isinstance(read(hall), Ground)
    hall.said("res_1", word())
    assert read(hall) == "consent to {purpose} was withdrawn"
    assert hall.street.heard["res_1"] == ("presence",)
    hall.ask("res_1")
    assert hall.of(ErrandRefused)[0].why == Text(
        "consent to {purpose} was withdrawn", {"purpose": Text("public services")}
    )
    assert not hall.of(ErrandBegun) and not hall.of(DataUsed)


@pytest.mark.parametrize("hours", [0, 12, 17])
def test_a_named_person_answers_for_what_the_reception_reads_and_refuses(hall: Hall, hours: int) -> None:
    """In hours the clerk, out of hours the head: each holds the post that stands beside the name."""
    hall.now_ms += hours * HOUR_MS
    hall.ask("res_1")
    hall.said("res_1", word())
    hall.ask("res_1", request="again")
    roster, (refused,) = hall.world.roster, hall.of(ErrandRefused)
    on_duty = [
        (post, holder.id)
        for post in ("clerk", "department_head")
        if (holder := roster.holder(post, hall.now_ms, "civil_affairs")) is not None
    ]
    assert on_duty, "the roster leaves no hour without somebody who answers"
    for event in (hall.of(DataUsed)[0], refused):
        assert (event.actor.kind, event.actor.post, event.actor.holder) == ("rule", *on_duty[0])


def test_a_withdrawal_in_the_same_batch_comes_first(hall: Hall) -> None:
    hall.said("res_1", word(), ServiceRequest(service="newborn", request_id="r1", form=FORM))
    assert hall.of(ErrandRefused) and not hall.of(ErrandBegun)


def test_words_in_one_batch_are_heard_in_their_order(hall: Hall) -> None:
    hall.said("res_1", word(), word(given=True))
    assert isinstance(read(hall), Ground)
    hall.said("res_1", word(given=True), word())
    assert read(hall) == "consent to {purpose} was withdrawn"
    assert hall.said("res_1", word()) == [], "said before"


def test_a_consent_may_be_for_one_department_and_for_a_time(hall: Hall) -> None:
    assert read(hall, "res_2") == "there is no consent to {purpose}"
    until = hall.now_ms + HOUR_MS
    hall.said("res_2", word(TAKEN, True, department="civil_affairs", until_ms=until))
    assert isinstance(read(hall, "res_2"), Ground)
    assert read(hall, "res_2", TAKEN, "police") == "{department} has no part in {item}"
    hall.tick(3599)
    assert isinstance(read(hall, "res_2"), Ground) and not hall.of(ConsentExpired)
    hall.tick(1)
    assert read(hall, "res_2") == "consent to {purpose} has expired"
    assert len(hall.of(ConsentExpired)) == 1
    hall.tick(60)
    assert len(hall.of(ConsentExpired)) == 1, "said once"
    assert [answer.state for answer in hall.answers()] == ["given", "expired"]


def test_a_withdrawal_stops_work_that_rests_on_consent(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newborn's items rest on statutes; one that rests on consent ends at the moment of use."""
    needs = legal(hall).ledger._needs
    needs[BIRTH, "health"] = msgspec.structs.replace(needs[BIRTH, "health"], statute=None)
    hall.ask()
    hall.come()
    while not hall.of(ReviewTaken):
        hall.tick(1)
    assert [use.department for use in hall.of(DataUsed)] == ["civil_affairs", "health"]
    hall.said("res_1", word())
    hall.through()
    assert hall.of(ItemRefused)[0].reason == "consent to public services was withdrawn"
    assert not hall.of(CredentialIssued)


def test_what_is_refused_says_why_each_time(hall: Hall) -> None:
    for speaker, said, why in (
        ("res_1", word("marketing", True), "nothing is read for that purpose"),
        ("res_1", word("service", True, department="circus"), "there is no such department"),
        ("res_1", word("service", True, until_ms=START_MS - 1), "that time has passed"),
        ("res_1", word("service", True, on_behalf="p3"), "only the person or a guardian says this"),
        ("res_1", word("service", True, on_behalf="p99"), "nobody of this identity is registered"),
        ("res_4", word("service", True), "only the person or a guardian says this"),
    ):
        hall.said(speaker, said)
        refused = hall.of(WordRefused)[-1]
        assert refused.person == speaker and refused.why is not None and refused.why.msgid == why
    assert not hall.of(ConsentGiven)


def test_consent_at_the_counter_is_equal_and_others_do_not_give_it(hall: Hall) -> None:
    give = GiveConsent(id="c1", actor=CLERK, person="res_2", purpose="service")
    assert isinstance(hall.run(give)[0], ConsentGiven) and isinstance(read(hall, "res_2"), Ground)
    assert hall.of(ConsentGiven)[0].by == "res_2"
    other = WithdrawConsent(id="c2", actor=Actor("resident", "res_3"), person="res_2", purpose="service")
    assert isinstance(hall.run(other)[0], CommandRefused)
    idle = WithdrawConsent(id="c3", actor=Actor("person", "p-005", "dispatcher"), person="res_2", purpose="service")
    assert isinstance(hall.run(idle)[0], CommandRefused)
    own = WithdrawConsent(id="c4", actor=Actor("resident", "res_2"), person="res_2", purpose="service")
    assert isinstance(hall.run(own)[0], ConsentWithdrawn)


# --- guardians --------------------------------------------------------------------------------------------------------


def test_a_guardian_speaks_for_a_child_and_nobody_for_one_without(hall: Hall) -> None:
    assert read(hall, "res_4") == "there is no consent to {purpose}"
    assert read(hall, "res_5") == "a child or dependant without a guardian cannot consent to {purpose}"
    hall.said("res_1", word("service", True, on_behalf="p4"))
    assert isinstance(read(hall, "res_4"), Ground)
    hall.said("res_3", word("service", True, on_behalf="p5"))
    assert read(hall, "res_5") == "a child or dependant without a guardian cannot consent to {purpose}"
    hall.said("res_4", word("service"))
    assert read(hall, "res_4") == "consent to {purpose} was withdrawn", "a child's own no is one"


def test_a_guardian_applies_for_the_child_and_comes_in_its_place(hall: Hall) -> None:
    hall.said("res_1", word("service", True, on_behalf="p4"))
    hall.said("res_1", ServiceRequest(service="newborn", request_id="r1", form=FORM, on_behalf="p4"))
    begun = hall.of(ErrandBegun)[0]
    assert (begun.person, begun.agent, begun.pseudonym) == ("res_4", "res_1", "p1")
    hall.come("res_1")
    hall.through()
    assert {one.holder for one in hall.of(CredentialIssued)} == {"res_4"}
    assert hall.of(ErrandCompleted) and {use.person for use in hall.of(DataUsed)} == {"res_4"}
    hall.said("res_4", ServiceRequest(service="newborn", request_id="r2", form=FORM))
    assert hall.of(ErrandRefused)[0].reason == "the guardian applies for a child or dependant"


# --- mandates ---------------------------------------------------------------------------------------------------------


def mandated(hall: Hall, **change: Any) -> MandateGiven | None:
    wish = {"proxy": "p3", "services": ("newborn",), "until_ms": hall.now_ms + HOUR_MS, **change}
    hall.said("res_1", MandateWord(**wish))
    given = hall.of(MandateGiven)
    return given[-1] if given else None


def for_another(hall: Hall, request: str, mandate: str, proxy: str = "res_3", principal: str = "p1") -> list[Event]:
    wish = ServiceRequest(
        service="newborn", request_id=request, form=FORM, on_behalf=principal, mandate=mandate, channel="counter"
    )
    return hall.said(proxy, wish)


def test_a_proxy_acts_on_a_mandate_until_it_is_taken_back(hall: Hall) -> None:
    given = mandated(hall)
    assert given is not None and given.mandate == "M-0001"
    for_another(hall, "r1", "M-0001")
    begun = hall.of(ErrandBegun)[0]
    assert (begun.person, begun.agent, begun.mandate) == ("res_1", "res_3", "M-0001")
    assert [use.request for use in hall.of(MandateUsed)] == ["res_3/r1"]
    assert for_another(hall, "r1", "M-0001") == [], "the same request is one"
    hall.come("res_3")
    hall.through()
    assert hall.of(ErrandCompleted)[0].person == "res_1"
    hall.said("res_1", MandateWord(revoke="M-0001"))
    assert hall.of(MandateRevoked)
    for_another(hall, "r2", "M-0001")
    assert hall.of(ErrandRefused)[-1].reason == "the mandate was taken back"


def test_a_mandate_is_good_for_nothing_else(hall: Hall) -> None:
    mandated(hall)
    for proxy, principal, mandate, why in (
        ("res_2", "p1", "M-0001", "the mandate was given to somebody else, or by somebody else"),
        ("res_3", "p2", "M-0001", "the mandate was given to somebody else, or by somebody else"),
        ("res_3", "p1", "M-0009", "there is no such mandate"),
        ("res_3", "p1", "", "to apply for somebody else takes a mandate"),
    ):
        for_another(hall, f"{proxy}{principal}{mandate}", mandate, proxy, principal)
        assert hall.of(ErrandRefused)[-1].reason == why
    hall.tick(3600)
    for_another(hall, "late", "M-0001")
    assert hall.of(ErrandRefused)[-1].reason == "the mandate has expired"
    assert not hall.of(ErrandBegun)


def test_a_mandate_that_was_changed_is_refused(hall: Hall) -> None:
    mandated(hall)
    desk = next(desk for desk in hall.desks if isinstance(desk, MandateDesk))
    good = desk.state.given["M-0001"]
    changes: tuple[dict[str, Any], ...] = (
        {"until_ms": good.until_ms + 1}, {"services": ("newborn", "x")}, {"proxy": "res_2"}, {"from_ms": 0},
        {"signature": bytes(64)}, {"key": bytes(32)},
    )  # fmt: skip
    for number, change in enumerate(changes):
        desk.state.given["M-0001"] = msgspec.structs.replace(good, **change)
        for_another(hall, f"r{number}", "M-0001", "res_2" if "proxy" in change else "res_3")
        assert hall.of(ErrandRefused)[-1].reason == "the mandate is not signed by whom it names, or it was changed"
    assert not hall.of(ErrandBegun)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"proxy": "p1"}, "a mandate is for somebody else of the register"),
        ({"proxy": "p4"}, "a child or dependant cannot be a proxy"),
        ({"services": ()}, "a mandate names services that there are"),
        ({"services": ("everything",)}, "a mandate names services that there are"),
        ({"until_ms": START_MS}, "a mandate ends, within a year"),
        ({"until_ms": START_MS + 367 * 86_400_000}, "a mandate ends, within a year"),
    ],
)
def test_no_mandate_without_end_or_measure(hall: Hall, change: dict[str, Any], why: str) -> None:
    assert mandated(hall, **change) is None
    assert hall.of(WordRefused)[0].reason == why


def test_only_those_concerned_take_a_mandate_back(hall: Hall) -> None:
    mandated(hall)
    for actor in (Actor("resident", "res_2"), Actor("person", "p-005", "dispatcher")):
        assert isinstance(hall.run(RevokeMandate(id=actor.id, actor=actor, mandate="M-0001"))[0], CommandRefused)
    proxy = Actor("resident", "res_3")
    assert isinstance(hall.run(RevokeMandate(id="c9", actor=proxy, mandate="M-0001"))[0], MandateRevoked)


def test_a_proxy_whose_mandate_is_taken_back_gets_no_further(hall: Hall) -> None:
    mandated(hall)
    for_another(hall, "r1", "M-0001")
    hall.come("res_3")
    hall.said("res_1", MandateWord(revoke="M-0001"))
    hall.through()
    assert hall.of(ErrandRefused)[0].reason == "the mandate was taken back"
    assert [use.department for use in hall.of(DataUsed)] == ["civil_affairs"], "nothing was read after it"


def test_nobody_gives_mandates_without_number(hall: Hall) -> None:
    for _ in range(25):
        mandated(hall)
    assert len(hall.of(MandateGiven)) == 20 and "take one back" in hall.of(WordRefused)[0].reason
    hall.said("res_1", MandateWord(revoke="M-0007"))
    mandated(hall)
    assert len(hall.of(MandateGiven)) == 21


# --- emergencies ------------------------------------------------------------------------------------------------------


def broken(hall: Hall, actor: Actor = CHIEF, **change: Any) -> list[Event]:
    wish = {
        "id": f"b{hall.turn}", "actor": actor, "person": "res_1", "department": "health", "fields": ("address",),
        "ground": "life", "minutes": 30, "case": "C-1", **change,
    }  # fmt: skip
    return hall.run(OpenEmergencyAccess(**wish))


def look(hall: Hall, department: str = "health", fields: tuple[str, ...] = ("address",)) -> list[Event]:
    id = f"l{hall.turn}"
    wish = ReadInEmergency(id=id, actor=CHIEF, person="res_1", department=department, fields=fields)
    return hall.run(wish)


def test_the_glass_is_broken_by_the_chief_for_a_time_and_the_person_is_told(hall: Hall) -> None:
    assert [type(event) for event in look(hall)] == [DataUseRefused, CommandRefused]
    assert isinstance(broken(hall, Actor("person", "p-005", "dispatcher"))[0], CommandRefused)
    assert isinstance(broken(hall, Actor("person", "p-002", "duty_chief"))[0], CommandRefused), "not on duty"
    software = Actor("colleague", "colleague/duty_chief", "duty_chief", "p-001")
    assert isinstance(broken(hall, software)[0], CommandRefused)
    assert isinstance(broken(hall, person="nobody")[0], CommandRefused)
    assert isinstance(broken(hall, fields=())[0], CommandRefused)
    assert isinstance(broken(hall)[0], EmergencyOpened)
    assert isinstance(look(hall)[0], DataUsed)
    for department, fields in (("police", ("address",)), ("health", ("mother",))):
        assert [type(event) for event in look(hall, department, fields)] == [DataUseRefused, CommandRefused]
    assert not hall.of(EmergencyEnded)
    hall.tick(1800)
    ended = hall.of(EmergencyEnded)
    assert [(event.looks, event.pseudonym) for event in ended] == [(1, "p1")]
    assert hall.answers()[-1].state == "told" and "health: life" in hall.answers()[-1].note
    assert [type(event) for event in look(hall)] == [DataUseRefused, CommandRefused]
    assert [bool(one.basis) for one in looks(hall)] == [False, True, False, False, False]
    hall.tick(60)
    assert len(hall.of(EmergencyEnded)) == 1


def test_a_handler_looks_for_their_own_department_alone(hall: Hall) -> None:
    broken(hall)
    for department, expected in (("police", CommandRefused), ("health", DataUsed)):
        holder = hall.world.roster.holder("handler", hall.now_ms, department)
        assert holder is not None
        actor = Actor("person", holder.id, "handler")
        wish = ReadInEmergency(id=department, actor=actor, person="res_1", department="health", fields=("address",))
        assert [type(event) for event in hall.run(wish)] == [expected]


def opened(hall: Hall, actor: Actor, person: str = "res_1") -> list[Event]:
    return hall.run(LookAtResident(id=f"o{hall.turn}", actor=actor, person=person, page="day"))


def test_a_residents_page_is_opened_by_a_person_on_duty_and_on_record(hall: Hall) -> None:
    off_duty = Actor("person", "p-002", "duty_chief")
    software = Actor("colleague", "colleague/duty_chief", "duty_chief", "p-001")
    for actor in (off_duty, software, Actor("person", "p-001", "doctor"), Actor("resident", "res_2")):
        assert isinstance(opened(hall, actor)[0], CommandRefused), actor
    assert isinstance(opened(hall, CHIEF, "nobody")[0], CommandRefused)
    assert not looks(hall)
    look_at, again = opened(hall, CHIEF), opened(hall, CHIEF)
    assert isinstance(look_at[0], DataUsed) and again == []
    assert [(one.by, one.fields, one.basis) for one in looks(hall)] == [("p-001", ("day",), "post/duty_chief")]
    hall.tick(16 * 60)
    assert isinstance(opened(hall, CHIEF)[0], DataUsed), "a page that stays open is another look"


def test_the_chief_ends_it_early(hall: Hall) -> None:
    broken(hall)
    end = EndEmergencyAccess(id="e1", actor=CHIEF, access="B-0001")
    assert isinstance(hall.run(end)[0], EmergencyEnded)
    assert isinstance(hall.run(msgspec.structs.replace(end, id="e2"))[0], CommandRefused)
    assert isinstance(look(hall)[0], DataUseRefused)


def test_nobody_breaks_it_for_longer_than_an_hour() -> None:
    facts, fields = all_facts(), {"t": "OpenEmergencyAccess", "id": "x", "person": "p", "department": "health"}
    body = {**fields, "fields": ["address"], "ground": "life"}
    assert facts.decode(msgspec.json.encode({**body, "minutes": 60}))
    for wrong in ({"minutes": 61}, {"minutes": 0}, {"minutes": 5, "ground": "curiosity"}):
        with pytest.raises(Exception, match="not a fact"):
            facts.decode(msgspec.json.encode({**body, **wrong}))


# --- credentials ------------------------------------------------------------------------------------------------------


def test_only_the_department_that_issued_a_credential_revokes_it(hall: Hall) -> None:
    hall.ask()
    hall.come()
    hall.through()
    assert [(one.credential, one.department) for one in hall.of(CredentialPresented)] == [("K-00001", "police")]
    wallet = next(desk for desk in hall.desks if isinstance(desk, WalletDesk))
    assert len(wallet.of("res_1")) == 2 and wallet.newest("res_1", "birth_certificate", hall.now_ms) is not None
    clerks = {clerk.id: clerk.duties[0].department for clerk in hall.world.roster.people if "clerk" in clerk.posts}
    health = next(id for id, department in clerks.items() if department == "health")
    police = next(id for id, department in clerks.items() if department == "police")

    def revoke(id: str, clerk: str, credential: str = "K-00001") -> Event:
        actor = Actor("person", clerk, "clerk")
        return hall.run(RevokeCredential(id=id, actor=actor, credential=credential, ground="issued_in_error"))[0]

    assert isinstance(revoke("v1", police), CommandRefused)
    assert isinstance(revoke("v2", health, "K-9"), CommandRefused)
    assert isinstance(revoke("v3", health), CredentialRevoked)
    assert isinstance(revoke("v4", health), CommandRefused)
    assert wallet.newest("res_1", "birth_certificate", hall.now_ms) is None
    assert hall.answers()[-1].state == "revoked"


def test_a_presentation_that_was_used_is_spent_for_five_minutes_and_stale_after(hall: Hall) -> None:
    hall.ask()
    hall.come()
    while not hall.of(CredentialPresented):
        hall.tick(10)
    used = hall.of(CredentialPresented)[0]
    wallet = next(desk for desk in hall.desks if isinstance(desk, WalletDesk))
    asked = Asked(used.holder, used.department, used.errand, used.nonce)
    credential, issuers, identities = wallet.of("res_1")[0], Issuers.seeded(SEED), Identities(hall.vault)
    shown = present(credential, asked, identities, hall.now_ms)
    assert issuers.presented_fault(credential, shown, asked, wallet, hall.now_ms) == "replayed"
    again = msgspec.structs.replace(asked, nonce=issuers.challenge("another"))
    assert issuers.presented_fault(credential, shown, again, wallet, hall.now_ms) == "other_errand"
    fresh = present(credential, again, identities, hall.now_ms)
    assert issuers.presented_fault(credential, fresh, again, wallet, hall.now_ms) == ""
    hall.now_ms += 300_001
    assert issuers.presented_fault(credential, shown, asked, wallet, hall.now_ms) == "stale"
    assert issuers.presented_fault(credential, fresh, again, wallet, hall.now_ms) == "stale"


def test_a_revoked_credential_stops_the_item_that_rests_on_it(hall: Hall) -> None:
    hall.ask()
    hall.come()
    while not hall.of(CredentialIssued):
        hall.tick(10)
    clerk = next(one.id for one in hall.world.roster.people for duty in one.duties if duty.department == "health"
                 and duty.post == "clerk")  # fmt: skip
    actor = Actor("person", clerk, "clerk")
    hall.run(RevokeCredential(id="v", actor=actor, credential="K-00001", ground="facts_changed"))
    hall.through()
    assert hall.of(ItemRefused)[0].reason == "K-00001: it was revoked by the department that issued it"
    assert len(hall.of(CredentialIssued)) == 1


# --- the record -------------------------------------------------------------------------------------------------------


def test_every_department_knows_another_name(hall: Hall) -> None:
    hall.ask("res_1", "r1")
    hall.ask("res_3", "r3")
    hall.come("res_1")
    hall.come("res_3")
    hall.through()
    names = {(use.person, use.department): use.known_as for use in hall.of(DataUsed)}
    assert len(set(names.values())) == len(names) == 6 and all(len(name) == 16 for name in names.values())
    assert [one.known_as for one in looks(hall)] == [use.known_as for use in hall.of(DataUsed) if use.person == "res_1"]


def test_an_erased_person_has_no_words_looks_or_credentials_left(hall: Hall) -> None:
    hall.said("res_1", word("report", True))
    mandated(hall)
    broken(hall)
    hall.ask()
    hall.come()
    hall.through()
    hall.vault.erased.add("res_1")
    erased = PersonErased(person="res_1", ground="request")
    for desk in hall.desks:
        desk.apply(erased, turn_of(hall))
    state = legal(hall).ledger.state
    assert "res_1" not in state.words and "res_1" not in state.looks and not state.accesses
    wallet = next(desk for desk in hall.desks if isinstance(desk, WalletDesk))
    mandates = next(desk for desk in hall.desks if isinstance(desk, MandateDesk))
    assert not wallet.of("res_1") and not mandates.state.given
    assert hall.street.heard["res_1"] == ()
    assert read(hall) == "the data of this person was erased"
    hall.said("res_1", word("service", True))
    assert hall.of(WordRefused)[-1].reason == "nobody of this identity is registered"
    assert isinstance(broken(hall)[0], CommandRefused)
    hall.tick(7200)


def turn_of(hall: Hall) -> Any:
    from services.engine.desk import Turn  # noqa: PLC0415

    return Turn(hall.turn, hall.now_ms, 7)


def test_restored_desks_of_rights_go_on_the_same(grid_city: City, tmp_path: Path) -> None:
    live = Hall(grid_city, tmp_path)
    live.said("res_2", word("service", True, until_ms=live.now_ms + HOUR_MS))
    live.said("res_1", word("presence"))
    mandated(live)
    for_another(live, "r1", "M-0001")
    broken(live)
    look(live)
    live.come("res_3")
    live.tick(200)
    kept = Hall(grid_city, tmp_path, now_ms=live.now_ms, turn=live.turn)
    for desk, old in zip(kept.desks, live.desks, strict=True):
        desk.restore(old.snapshot())
        assert desk.snapshot() == old.snapshot(), desk.name
    for one in (live, kept):
        one.tick(1700)
        one.tick(2000)
        for_another(one, "r2", "M-0001")
    assert [desk.snapshot() for desk in live.desks] == [desk.snapshot() for desk in kept.desks]
    known = len(live.events) - len(kept.events)
    assert [all_facts().encode(e) for e in live.events[known:]] == [all_facts().encode(e) for e in kept.events]
