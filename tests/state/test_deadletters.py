"""Refused messages are kept within bounds, listed and taken in again; people's words are not kept."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from speaking import NS, Person, Speaker, T

from twin.city.locate import Locator
from twin.core.bus import Message
from twin.core.errors import ConfigError
from twin.formats import civic
from twin.formats.refusal import Reason
from twin.state.counts import Refusal
from twin.state.deadletters import DeadLetters


def refusal(number: int, size: int = 10, topic: str = "a/b", reason: Reason = Reason.MALFORMED) -> Refusal:
    return Refusal(
        reason=reason, detail=str(number), topic=topic, payload=bytes(size), source="field", sender="x", received_ms=T
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deadletters.db"


def test_the_newest_are_listed_and_survive(path: Path) -> None:
    letters = DeadLetters(path)
    letters.keep([refusal(1), refusal(2, reason=Reason.LATE)])
    letters.keep([refusal(3)])
    letters.close()
    again = DeadLetters(path)
    assert [letter.detail for letter in again.newest()] == ["3", "2", "1"]
    assert [letter.detail for letter in again.newest(limit=1, reason="malformed")] == ["3"]
    assert again.counts() == {"late": 1, "malformed": 2}
    assert len(again) == 3
    again.close()


@pytest.mark.parametrize(("most", "size"), [({"max_letters": 50}, 10), ({"max_bytes": 5_000}, 100)])
def test_the_oldest_make_room(path: Path, most: dict[str, int], size: int) -> None:
    letters = DeadLetters(path, **most)
    for number in range(120):
        letters.keep([refusal(number, size)])
        assert len(letters) <= 50
    kept = [int(letter.detail) for letter in letters.newest(1_000)]
    assert kept == list(range(119, 119 - len(letters), -1))
    assert len(kept) >= 40
    letters.close()


def test_what_was_refused_can_be_taken_in_after_a_fix(path: Path, speaker: Speaker, locator: Locator) -> None:
    senses = speaker.senses(locator=locator)
    late = Message(f"{NS}/dev/d01/senml", b"[]")
    vehicle = speaker.cam("veh_1", 100.0, 0.0)
    senses.take([late, Message("nowhere", vehicle.payload)], T)
    letters = DeadLetters(path)
    letters.keep(senses.refusals)
    assert letters.marked() == []
    assert letters.ask_again(reason="wrong_topic") == 1
    assert letters.marked() == [Message("nowhere", vehicle.payload)]
    assert letters.marked() == []
    assert [letter.reason for letter in letters.newest()] == ["malformed"]
    letters.close()


def test_a_persons_words_are_withheld(path: Path, speaker: Speaker, locator: Locator) -> None:
    person = Person(consents=())
    senses = speaker.senses(register=[person], locator=locator)
    report = civic.PersonReport(matter="06010", text="secret", latitude=31.0, longitude=117.0)
    senses.take([person.says("report", report)], T)
    letters = DeadLetters(path)
    letters.keep(senses.refusals)
    (letter,) = letters.newest()
    assert (letter.reason, letter.withheld, letter.payload) == ("no_legal_basis", True, b"")
    assert letters.ask_again() == 0
    letters.close()
    assert b"secret" not in path.read_bytes()


def test_a_file_that_somebody_holds_stops_nothing_and_loses_little(path: Path) -> None:
    letters = DeadLetters(path)
    holder = sqlite3.connect(path)
    holder.execute("BEGIN IMMEDIATE")
    letters.keep([refusal(1)])
    assert letters.marked() == [] and len(letters) == 0
    holder.rollback()
    holder.close()
    letters.keep([refusal(2)])
    assert [letter.detail for letter in letters.newest()] == ["2", "1"]
    letters.close()


def test_a_file_that_is_no_dead_letters_is_said_so(path: Path) -> None:
    path.write_bytes(b"garbage" * 1_000)
    with pytest.raises(ConfigError, match="move this file away"):
        DeadLetters(path)
