"""What a terminal says for a person who is there: one terminal, one person, one time."""

from __future__ import annotations

import msgspec
import pytest
from speaking import NS, Person, Speaker, T

from twin.city.locate import Locator
from twin.core.bus import Message
from twin.formats import civic, topics
from twin.formats.refusal import Reason
from twin.link.recording import pseudonym
from twin.state.batch import PersonSaid
from twin.state.senses import Senses

OWNER = Person(consents=())
COMES = civic.Presence(place="service_hall", entered=True)
WITHDRAWS = civic.ErrandWord(errand="E-0001", word="withdraw")


@pytest.fixture
def senses(speaker: Speaker, locator: Locator) -> Senses:
    return speaker.senses(register=[OWNER], locator=locator)


def says(
    words: msgspec.Struct | str, kind: str = "presence", time_ms: int = T, topic: str = "", **change: object
) -> Message:
    said = {
        "terminal": "12345", "channel": "phone", "pseudonym": OWNER.pseudonym, "kind": kind, "time_ms": time_ms,
        "body": words if isinstance(words, str) else civic.encode(words).decode(), **change,
    }  # fmt: skip
    place = topics.terminal_topic(NS, "12345", OWNER.pseudonym, kind)
    return Message(topic or place, msgspec.json.encode(said))


def refused(senses: Senses, *messages: Message) -> list[Reason]:
    senses.take(messages, T)
    return [refusal.reason for refusal in senses.refusals]


def test_who_has_no_phone_is_heard_by_a_terminal(senses: Senses) -> None:
    heard = senses.take([says(COMES), says(WITHDRAWS, "errand", T + 1)], T).notices
    assert all(isinstance(one, PersonSaid) for one in heard)
    assert [(one.person, one.channel, one.terminal) for one in heard if isinstance(one, PersonSaid)] == [
        ("r-1", "phone", "12345"), ("r-1", "phone", "12345"),
    ]  # fmt: skip
    assert [one.body for one in heard if isinstance(one, PersonSaid)] == [COMES, WITHDRAWS]


def test_a_phone_says_a_word_on_its_errand_whatever_it_agreed_to(senses: Senses) -> None:
    heard = senses.take([OWNER.says("errand", WITHDRAWS)], T).notices
    assert [one.body for one in heard if isinstance(one, PersonSaid)] == [WITHDRAWS]
    assert refused(senses, OWNER.says("presence", COMES)) == [Reason.NO_LEGAL_BASIS]


def test_recordings_know_whose_it_is_by_its_topic() -> None:
    assert pseudonym(says(COMES).topic) == OWNER.pseudonym


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (says(COMES, topic=f"{NS}/terminal/nowhere/person/p-1/presence"), Reason.UNKNOWN_DEVICE),
        (says(COMES, topic=f"{NS}/terminal/12345/person/p-9/presence"), Reason.UNKNOWN_DEVICE),
        (says(COMES, topic=f"{NS}/terminal/12345/person/p-1/request"), Reason.WRONG_TOPIC),
        (says(COMES, topic=f"{NS}/terminal/12345/presence"), Reason.WRONG_TOPIC),
        (says(COMES, topic=f"{NS}/terminal/12345/person/p-1/position"), Reason.WRONG_TOPIC),
        (says(COMES, pseudonym="p-9"), Reason.WRONG_TOPIC),
        (says(COMES, terminal="kiosk_9"), Reason.WRONG_TOPIC),
        (says(COMES, channel="counter"), Reason.WRONG_TOPIC),
        (says(COMES, channel="online"), Reason.MALFORMED),
        (says(COMES, time_ms=T + 10_000_000), Reason.OUT_OF_RANGE),
        (says("{"), Reason.MALFORMED),
        (says(civic.ErrandWord(errand="E" * 200, word="withdraw"), "errand"), Reason.OUT_OF_RANGE),
        (says(civic.ErrandWord(errand="E", word="supply", materials=("m",) * 10_000), "errand"), Reason.OUT_OF_RANGE),
    ],
)  # fmt: skip
def test_what_no_terminal_may_say(senses: Senses, message: Message, reason: Reason) -> None:
    assert refused(senses, message) == [reason]


def test_nothing_twice_and_nothing_older(senses: Senses) -> None:
    first = says(COMES)
    assert refused(senses, first, first) == [Reason.DUPLICATE]
    assert refused(senses, says(WITHDRAWS, "errand", T + 5)) == []
    kept = senses.snapshot()
    senses.restore(kept)
    assert refused(senses, first, says(WITHDRAWS, "errand", T + 5)) == [Reason.LATE, Reason.DUPLICATE]
