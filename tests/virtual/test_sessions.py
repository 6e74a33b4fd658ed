"""Sessions end in something done: a prescription, a certificate, an interview, a contact kept."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plaza_bench import CONFIG, Plaza, of, plaza_in_a_folder, refused

from services.facts.base import Actor
from services.facts.hall import CredentialIssued, ErrandBegun, ErrandChannel
from services.facts.rights import RevokeCredential
from services.facts.virtual import (
    AvatarEntered,
    AvatarLeft,
    ContactKept,
    EnterPlace,
    InterviewAppointed,
    JoinSession,
    MoveAvatar,
    OfficerTurn,
    PlaceWordRefused,
    SayInPlace,
    SessionClosed,
    TalkEnded,
)
from services.hall.credentials import from_event
from twin.city.circles import circles
from twin.city.virtual import load_virtual
from twin.core.errors import ConfigError
from twin.formats.civic import PlaceWord, Presence


@pytest.fixture
def plaza(tmp_path: Path) -> Plaza:
    return Plaza(tmp_path)


def join(session: str) -> PlaceWord:
    return PlaceWord(place="virtual_plaza", word="join", subject=session)


def test_a_follow_up_visit_ends_in_a_prescription_that_verifies_and_can_be_revoked(plaza: Plaza) -> None:
    people = [f"r_{n:04d}" for n in range(6)]
    plaza.enter(*people)
    plaza.wait(2)
    for person in people:
        plaza.word(person, join("clinic"))
    events = plaza.wait(3000, step_s=5)
    ended = {event.person: event for event in of(events, TalkEnded)}
    assert set(ended) == set(people)
    issued = [from_event(event) for event in of(events, CredentialIssued)]
    assert issued and all(one.kind == "prescription" and one.issuer == "health" for one in issued)
    assert all(plaza.issuers.genuine(one, plaza.now_ms) for one in issued)
    assert all(one.expires_ms - one.issued_ms == 3 * 86_400_000 for one in issued)
    doctors = {"p-304", "p-307", "p-308"}  # by name, each with one visitor at a time
    assert {event.host for event in ended.values()} <= doctors
    assert all(event.actor.post == "doctor" and event.actor.holder == event.host for event in ended.values())
    clerk = plaza.world.roster.holder("clerk", plaza.now_ms, "health")
    assert clerk is not None
    revoke = RevokeCredential(id="c", credential=issued[0].id, ground="issued_in_error")
    plaza.command(revoke, Actor("person", clerk.id, "clerk"))
    assert plaza.wallet.revoked(issued[0].id)


def test_who_attends_a_class_is_certified_and_who_drops_in_at_its_end_is_not(plaza: Plaza) -> None:
    plaza.enter("r_0000", "r_0001", "r_0002")
    plaza.word("r_0000", join("class"))
    plaza.word("r_0001", join("class"))
    plaza.wait(1900, step_s=10)  # half past ten
    plaza.wait(1200, step_s=10)
    plaza.leave("r_0001")  # after half of it
    plaza.word("r_0002", join("class"))
    events = plaza.wait(1500, step_s=10)
    results = {event.person: event.result for event in of(events, TalkEnded)}
    assert results == {"r_0000": "attendance", "r_0002": "not_attended"}
    assert [event.holder for event in of(events, CredentialIssued)] == ["r_0000"]
    assert of(events, SessionClosed)


def test_the_job_fair_confirms_no_more_interviews_than_there_are_openings(plaza: Plaza) -> None:
    people = [f"r_{n:04d}" for n in range(40)]
    plaza.enter(*people)
    plaza.wait(2)
    for person in people:
        plaza.word(person, join("job_fair"))
    events = plaza.wait(11_000, step_s=10)
    made = of(events, InterviewAppointed)
    assert made and len(made) <= 30
    counts: dict[str, int] = {}
    for event in made:
        counts[event.vacancy] = counts.get(event.vacancy, 0) + 1
        assert event.by in {"p-306", "p-309", "p-310"} and event.at_ms > plaza.now_ms - 11_000_000
        hour = plaza.world.roster.hour(event.at_ms)
        assert hour in (10, 14) and plaza.world.roster.weekday(event.at_ms) < 5
    openings = {one.id: one.openings for one in plaza.world.virtual["virtual_plaza"].session("job_fair").vacancies}  # type: ignore[union-attr]
    assert all(count <= openings[vacancy] for vacancy, count in counts.items())
    talks = of(events, TalkEnded)
    assert {event.result for event in talks} == {"interview", "declined"}


def test_only_ones_own_people_become_contacts_and_only_after_a_while(plaza: Plaza) -> None:
    friends = circles(plaza.world.residents.values(), 7)
    stranger = next(
        id for id in plaza.world.residents if id not in ("r_0000", "r_0001", *friends["r_0000"], *friends["r_0001"])
    )
    plaza.enter("r_0000", "r_0001", stranger)
    plaza.wait(2)
    for person in ("r_0000", "r_0001", stranger):
        plaza.word(person, join("family_lawn"))
    assert not of(plaza.wait(120, step_s=10), ContactKept)
    kept = of(plaza.wait(600, step_s=10), ContactKept)
    assert [(event.person, event.other, event.tie) for event in kept] == [("r_0000", "r_0001", "family")]


def test_friends_are_mutual_and_four() -> None:
    from plaza_bench import residents  # noqa: PLC0415

    people = residents(60)
    found = circles(people.values(), 3)
    assert all(len(set(mine)) == 4 and id not in mine for id, mine in found.items())
    assert all(id in found[other] for id, mine in found.items() for other in mine)


def test_a_person_in_a_console_walks_no_faster_than_others_and_through_no_wall(plaza: Plaza) -> None:
    plaza.resident("r_0003", EnterPlace(id="1", place="virtual_plaza", nick="crane"))
    plaza.wait(60)
    avatar = plaza.desk.book.state.places["virtual_plaza"].avatars["r_0003"]
    assert avatar.nick == "crane"
    here = avatar.at(plaza.now_ms, 1.8)
    assert refused(plaza.resident("r_0003", MoveAvatar(id="2", place="virtual_plaza", x_m=36.0, y_m=23.0)))  # fountain
    assert refused(plaza.resident("r_0003", MoveAvatar(id="3", place="virtual_plaza", x_m=900.0, y_m=23.0)))
    assert not refused(plaza.resident("r_0003", MoveAvatar(id="4", place="virtual_plaza", x_m=60.0, y_m=24.0)))
    plaza.wait(5)
    there = plaza.desk.book.state.places["virtual_plaza"].avatars["r_0003"].at(plaza.now_ms, 1.8)
    assert 0 < ((there[0] - here[0]) ** 2 + (there[1] - here[1]) ** 2) ** 0.5 <= 1.8 * 5 + 0.01
    assert refused(plaza.resident("r_0004", MoveAvatar(id="5", place="virtual_plaza", x_m=60.0, y_m=24.0)))
    assert refused(plaza.by("moderator", JoinSession(id="6", session="clinic")))  # nobody acts for a resident


def test_free_words_are_never_taken_in_plain(plaza: Plaza) -> None:
    plaza.enter("r_0000")
    secret = "my neighbour Wang owes me money"
    assert refused(plaza.resident("r_0000", SayInPlace(id="1", place="virtual_plaza", text=secret)))
    plaza.word("r_0000", PlaceWord(place="virtual_plaza", word="say", text=secret))
    assert secret.encode() not in plaza.desk.snapshot()
    assert all(secret.encode() not in plaza.facts.encode(event) for event in plaza.events)
    assert len(plaza.desk.book.state.places["virtual_plaza"].said) == 1

    def bubbles() -> list[object]:
        page = plaza.board.page("virtual", "virtual_plaza", plaza.now_ms)  # type: ignore[attr-defined]
        return [figure.bubble for figure in page.sections[0].figures if figure.id == plaza.avatar("r_0000")]

    assert bubbles() == [secret]  # those who are there hear it
    plaza.now_ms += 13_000
    assert bubbles() == [None]  # and nobody reads it afterwards


def test_a_place_out_of_order_puts_everybody_out_and_breaks_its_sessions_off(plaza: Plaza) -> None:
    plaza.enter("r_0000", "r_0001")
    plaza.word("r_0000", join("clinic"))
    plaza.wait(5)
    plaza.platform("virtual_plaza", up=False)
    assert plaza.inside() == [] and plaza.desk.measured("virtual_plaza", "down") == 1.0
    plaza.wait(900, step_s=5)
    assert not plaza.desk.book.state.sessions["clinic"].open
    assert not of(plaza.enter("r_0002"), AvatarEntered)
    plaza.platform("virtual_plaza", up=True)
    assert of(plaza.enter("r_0002"), AvatarEntered)


def test_whoever_is_somewhere_else_is_told_so(plaza: Plaza) -> None:
    plaza.enter("r_0000", place="virtual_hall")
    told = of(plaza.word("r_0000", join("clinic")), PlaceWordRefused)
    assert told and told[0].reason == "they are not in this place"
    plaza.enter("r_0000")
    assert plaza.inside("virtual_hall") == [] and plaza.inside() == ["r_0000"]


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('gate = "gate"', 'gate = "moon"', "gate"),
        ('room = "clinic"', 'room = "cellar"', "sessions.clinic"),
        ("hours = [8.0, 20.0]", "hours = [20.0, 8.0]", "sessions.clinic"),
        ("capacity = 96", "capacity = 0", "capacity"),
        ("ban_max_days = 30", "ban_max_days = 4000", "ban_max_days"),
        ('id = "hello"', 'id = "thanks"', "phrases"),
        ("stay_s = 5400.0", "stay_s = 5400.0\nsecret = 1", "unknown field"),
    ],
)
def test_a_faulty_file_is_refused_by_file_and_key(tmp_path: Path, plaza: Plaza, old: str, new: str, key: str) -> None:
    text = (CONFIG / "virtual" / "virtual_plaza.toml").read_text()
    assert old in text
    folder = tmp_path / "virtual"
    folder.mkdir()
    (folder / "virtual_plaza.toml").write_text(text.replace(old, new, 1))
    with pytest.raises(ConfigError, match=r"virtual_plaza\.toml") as caught:
        load_virtual(folder, CONFIG.parent / "assets" / "cities", plaza.world.city)
    assert key in str(caught.value)


def test_nothing_is_lost_with_a_restart(plaza: Plaza) -> None:
    plaza.enter(*(f"r_{n:04d}" for n in range(12)))
    plaza.word("r_0001", join("clinic"))
    plaza.wait(30, step_s=5)
    kept = plaza.desk.snapshot()
    plaza.desk.restore(kept)
    assert plaza.desk.snapshot() == kept
    assert plaza.inside() == [f"r_{n:04d}" for n in range(12)]
    assert msgspec.msgpack.decode(kept)["avatars"] == 12


def begun(number: int, person: str, channel: ErrandChannel = "virtual", agent: str = "") -> ErrandBegun:
    return ErrandBegun(
        errand=f"E-{number:04d}", service="identity_check", person=person, pseudonym=f"p{number:012x}", request="q",
        version="1", sealed=b"", missing=(), place="virtual_hall", provenance=1, channel=channel, agent=agent,
    )  # fmt: skip


def test_who_applies_in_the_virtual_hall_is_received_by_an_officer_in_turn(plaza: Plaza) -> None:
    plaza.do(begun(1, "r_0000", "online"))
    assert plaza.inside("virtual_hall") == []
    for number in range(2, 7):
        plaza.do(begun(number, f"r_{number:04d}"))
        plaza.wait(1)
    plaza.do(begun(7, "r_0030", agent="r_0031"))  # the guardian is who comes
    assert plaza.inside("virtual_hall")[-1] == "r_0031"
    events = plaza.wait(900, step_s=2)
    turns = of(events, OfficerTurn)
    clerks = {one.id for one in plaza.world.roster.on_duty("clerk", plaza.now_ms, "civil_affairs")}
    assert {event.clerk for event in turns} <= clerks
    served = [event for event in of(events, AvatarLeft) if event.ground == "served"]
    assert [event.person for event in served][-1] == "r_0031" and plaza.inside("virtual_hall") == []
    assert all(event.actor.post == "clerk" and event.actor.holder in clerks and event.reason for event in served)


def test_who_leaves_and_speaks_in_one_batch_has_left(plaza: Plaza) -> None:
    plaza.enter("r_0000", "r_0001")
    plaza.wait(2)
    phrase = plaza.world.virtual["virtual_plaza"].plan.phrases[0].id
    words = PlaceWord(place="virtual_plaza", word="say", subject=phrase)
    plaza.say(plaza.phone("r_0000", Presence(place="virtual_plaza", entered=False)), plaza.phone("r_0000", words))
    assert plaza.inside() == ["r_0001"]


def test_a_place_that_a_reload_takes_away_holds_nobody_and_breaks_nothing(plaza: Plaza, tmp_path: Path) -> None:
    plaza.enter("r_0000", "r_0001")
    plaza.enter("r_0002", place="virtual_hall")
    plaza.word("r_0000", join("clinic"))
    plaza.wait(5)
    kept = plaza.desk.snapshot()
    smaller = Plaza(tmp_path / "again", only=("virtual_hall",))
    smaller.now_ms = plaza.now_ms
    smaller.desk.restore(kept)
    assert smaller.inside("virtual_hall") == ["r_0002"] and "virtual_plaza" not in smaller.desk.book.state.places
    assert of(smaller.enter("r_0000", place="virtual_hall"), AvatarEntered)
    smaller.leave("r_0000", "r_0001")
    smaller.wait(60, step_s=5)
    assert smaller.inside("virtual_hall") == ["r_0002", "r_0000"]


@given(
    st.text(max_size=200), st.sampled_from(["join", "quit", "say", "report", "appeal"]), st.text(max_size=20),
    st.sampled_from(["virtual_plaza", "virtual_hall", "nowhere", ""]), st.sampled_from(["harassment", "murder", ""]),
)  # fmt: skip
@settings(max_examples=60)
def test_whatever_a_phone_says_is_done_or_refused_and_can_be_shown(
    text: str, word: Literal["join", "quit", "say", "report", "appeal"], subject: str, place: str, conduct: str
) -> None:
    plaza = _crowd()
    body = PlaceWord(place=place, word=word, subject=subject, text=text, conduct=conduct, target=subject)
    plaza.word("r_0000", body)
    plaza.word("r_0009", body)  # who is nowhere
    page = plaza.board.page("virtual", "virtual_plaza", plaza.now_ms)  # type: ignore[attr-defined]
    bubbles = [figure.bubble for figure in page.sections[0].figures if isinstance(figure.bubble, str)]
    assert all(bubble.isprintable() for bubble in bubbles)
    plaza.now_ms += 5_000


@cache
def _crowd() -> Plaza:
    plaza = plaza_in_a_folder(count=12)
    plaza.enter("r_0000", "r_0001", "r_0002")
    return plaza
