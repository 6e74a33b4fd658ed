"""What a phone signs is good for one time, one kind and one person; whoever repeats it says nothing."""

from __future__ import annotations

import msgspec
import pytest
from speaking import FIELD, NS, Person, Speaker, T

from twin.city.locate import Locator
from twin.core.bus import Message
from twin.formats import civic
from twin.formats.refusal import Reason
from twin.state.people import AT_ONCE
from twin.state.senses import Senses

OWNER = Person()
ENTERS = civic.Presence(place="metro", entered=True)
LEAVES = civic.Presence(place="metro", entered=False)


@pytest.fixture
def senses(speaker: Speaker, locator: Locator) -> Senses:
    return speaker.senses(register=[OWNER], locator=locator)


def refused(senses: Senses, *messages: Message) -> list[Reason]:
    senses.take(messages, T)
    return [refusal.reason for refusal in senses.refusals]


def altered(message: Message, topic: str = "", **fields: object) -> Message:
    envelope = msgspec.json.decode(message.payload) | fields
    return Message(topic or message.topic, msgspec.json.encode(envelope))


def test_an_old_word_cannot_be_given_another_time_kind_or_owner(senses: Senses) -> None:
    word = OWNER.says("presence", ENTERS, T - 5_000)
    assert refused(senses, word) == []
    assert refused(senses, altered(word, time_ms=T)) == [Reason.BAD_SIGNATURE]
    as_report = altered(word, f"{NS}/person/{OWNER.pseudonym}/report", kind="report")
    assert refused(senses, as_report) == [Reason.BAD_SIGNATURE]
    assert refused(senses, altered(word, body=civic.encode(LEAVES).decode())) == [Reason.BAD_SIGNATURE]


def test_the_same_word_is_heard_once_and_nothing_older_after_it(senses: Senses) -> None:
    enters, leaves = OWNER.says("presence", ENTERS, T - 9_000), OWNER.says("presence", LEAVES, T - 5_000)
    assert refused(senses, enters, enters) == [Reason.DUPLICATE]
    assert refused(senses, leaves) == []
    assert refused(senses, enters) == [Reason.LATE]
    assert refused(senses, OWNER.says("presence", ENTERS, T - 5_000)) == []  # out of one door, into another
    kept = Senses.snapshot(senses)
    senses.restore(kept)
    assert refused(senses, leaves) == [Reason.DUPLICATE]
    assert senses.snapshot() != kept  # the counts alone


def test_a_padded_signature_is_the_same_word(senses: Senses) -> None:
    word = OWNER.says("presence", ENTERS)
    signature = msgspec.json.decode(word.payload)["signature"]
    assert signature.endswith("==")
    twisted = signature[:-3] + chr(ord(signature[-3]) + 1) + "=="  # other bits beyond the last byte
    assert refused(senses, word) == []
    assert refused(senses, altered(word, signature=twisted))[0] in (Reason.DUPLICATE, Reason.BAD_SIGNATURE)


def test_a_clock_far_ahead_is_refused_lest_nothing_be_heard_after_it(senses: Senses) -> None:
    ahead = OWNER.says("presence", ENTERS, T + FIELD.slack_ms + 1)
    assert refused(senses, ahead) == [Reason.OUT_OF_RANGE]
    assert refused(senses, OWNER.says("presence", ENTERS)) == []


def test_a_phone_says_only_so_much_at_one_time(senses: Senses) -> None:
    words = [OWNER.says("presence", civic.Presence(place=f"p{n}", entered=True)) for n in range(AT_ONCE + 2)]
    assert refused(senses, *words) == [Reason.DUPLICATE] * 2


def test_a_withdrawal_is_in_force_for_the_next_message_of_the_same_batch(senses: Senses) -> None:
    no, yes = (civic.ConsentWord(purpose="presence", given=given) for given in (False, True))
    for_one = civic.ConsentWord(purpose="presence", given=False, department="police")
    assert refused(senses, OWNER.says("consent", for_one, T - 9), OWNER.says("presence", ENTERS, T - 8)) == []
    assert refused(senses, OWNER.says("consent", no, T - 7), OWNER.says("presence", LEAVES, T - 6)) == [
        Reason.NO_LEGAL_BASIS
    ]
    assert refused(senses, OWNER.says("consent", yes, T - 5)) == [], "one's own rights need no consent"
    kept = senses.snapshot()
    senses.restore(kept)
    assert refused(senses, OWNER.says("presence", LEAVES, T - 4)) == [Reason.NO_LEGAL_BASIS], "the ledger grants it"
    senses.grant(OWNER.id, ("presence",))
    assert refused(senses, OWNER.says("presence", LEAVES, T - 3)) == []
