"""What the command line shows of the stores."""

import io
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sql
from rich.console import Console

from services.app.deadletter_tools import NoLettersError, list_deadletters, retake_deadletters
from services.app.journal import export_journal, verify_journal
from services.facts.clock import SetClock
from services.facts.records import Entry
from services.facts.registry import all_facts
from services.storage.database import JOURNAL
from services.storage.recorder import Identity
from services.storage.stores import Stores, StoresError
from twin.formats.refusal import Reason
from twin.state.counts import Refusal
from twin.state.deadletters import DeadLetters


@pytest.fixture
def said() -> Console:
    return Console(file=io.StringIO(), width=200)


def text(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def filled(directory: Path) -> None:
    stores = Stores(directory, identify=lambda _: Identity(1, "c", "a", "b"), wall_ms=lambda: 0)
    facts = all_facts()
    for number in range(1, 4):
        wish = SetClock(id=f"c{number}", pace=1.0)
        stores.journal.commit([Entry(number, number, number, "", wish, facts.written(wish))], [], [])
    stores.close()


def test_verify_says_that_it_holds_or_where_it_breaks(tmp_path: Path, said: Console) -> None:
    filled(tmp_path)
    assert verify_journal(tmp_path, said) == 0 and "All 3 rows hold" in text(said)
    database = sql.create_engine(f"sqlite:///{tmp_path / 'journal.db'}")
    with database.begin() as connection:
        connection.execute(sql.update(JOURNAL).where(JOURNAL.c.sequence == 2).values(city_ms=77))
    database.dispose()
    assert verify_journal(tmp_path, said) == 1 and "breaks at row 2" in text(said)
    with pytest.raises(StoresError):
        verify_journal(tmp_path / "elsewhere", said)


def test_export_writes_a_line_a_row(tmp_path: Path, said: Console) -> None:
    filled(tmp_path)
    assert export_journal(tmp_path, tmp_path / "out.jsonl", said) == 0
    lines = (tmp_path / "out.jsonl").read_bytes().splitlines()
    assert [msgspec.json.decode(line)["fact"]["id"] for line in lines] == ["c1", "c2", "c3"]


def test_dead_letters_are_listed_and_marked_to_be_taken_in_again(tmp_path: Path, said: Console) -> None:
    with pytest.raises(NoLettersError):
        list_deadletters(tmp_path, console=said)
    letters = DeadLetters(tmp_path / "deadletters.db")
    for topic, payload in (("lab/t1", b"[hot]"), ("sim/x/person/p/report", b"my street")):
        letters.keep([refusal(topic, payload)])
    assert list_deadletters(tmp_path, console=said) == 0
    shown = text(said)
    assert "[hot]" in shown and "my street" not in shown and "withheld" in shown and "malformed: 2" in shown
    assert retake_deadletters(tmp_path, console=said) == 0 and "1 messages" in text(said)
    assert [message.payload for message in letters.marked()] == [b"[hot]"]
    letters.close()


def refusal(topic: str, payload: bytes) -> Refusal:
    return Refusal(
        topic=topic,
        payload=payload,
        retained=False,
        reason=Reason.MALFORMED,
        detail="not JSON",
        source="lab",
        sender="",
        received_ms=1_000,
    )
