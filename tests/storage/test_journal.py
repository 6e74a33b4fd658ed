"""The journal's chain, and the outbox in the same transaction."""

import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sql
from hypothesis import given, settings
from hypothesis import strategies as st

from services.facts import base, clock, engine, registry
from services.facts.base import Actor, Command, Event
from services.facts.clock import ClockSet, SetClock
from services.facts.engine import DeskFailed
from services.facts.records import Entry, Outgoing
from services.facts.registry import Registry, UnreadableError, UnwritableError, all_facts
from services.storage import chain
from services.storage.database import JOURNAL, OUTBOX, DatabaseError, open_database
from services.storage.journal import Journal
from services.storage.outbox import Outbox
from services.storage.vault import Vault
from twin.core.text import Text

FACTS = Registry.of((base, clock, engine))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sql.Engine]:
    opened = open_database(tmp_path / "journal.db")
    yield opened
    opened.dispose()


def journal_of(database: sql.Engine, tmp_path: Path, wall_ms: int = 5) -> tuple[Journal, Outbox]:
    outbox = Outbox(database, Vault(tmp_path / "keys"))
    return Journal(database, FACTS, outbox, lambda: wall_ms), outbox


def entries(*facts: Command | Event, first: int, turn: int) -> list[Entry]:
    return [
        Entry(first + i, turn, 1_000 * turn, "" if isinstance(fact, Command) else "clock", fact, FACTS.encode(fact))
        for i, fact in enumerate(facts)
    ]


def filled(database: sql.Engine, tmp_path: Path, turns: int = 4, wall_ms: int = 5) -> Journal:
    journal, _ = journal_of(database, tmp_path, wall_ms)
    for turn in range(1, turns + 1):
        wish = SetClock(id=f"c{turn}", pace=float(turn))
        done = ClockSet(city_ms=turn, pace=float(turn), running=True, why=Text("{b} {a}", {"b": 1, "a": "é"}))
        journal.commit(entries(wish, done, first=2 * turn - 1, turn=turn), [], [])
    return journal


def lines(database: sql.Engine) -> bytes:
    out = BytesIO()
    chain.export(chain.rows(database), out)
    return out.getvalue()


def test_what_was_committed_is_read_back_after_reopening(database: sql.Engine, tmp_path: Path) -> None:
    filled(database, tmp_path)
    journal, _ = journal_of(database, tmp_path)
    assert (journal.sequence, journal.turn) == (8, 4)
    assert [entry.turn for entry in journal.entries(2)] == [3, 3, 4, 4]
    known = journal.known("c3")
    assert known is not None and known.command == SetClock(id="c3", pace=3.0)
    assert [event.pace for event in known.events if isinstance(event, ClockSet)] == [3.0]
    assert journal.known("c9") is None


def test_wall_time_stands_outside_of_the_hash(tmp_path: Path) -> None:
    exports = []
    for wall_ms in (1, 2):
        opened = open_database(tmp_path / f"{wall_ms}.db")
        filled(opened, tmp_path, wall_ms=wall_ms)
        exports.append(lines(opened))
        opened.dispose()
    assert exports[0] == exports[1] and exports[0].count(b"\n") == 8


@pytest.mark.parametrize(
    "change",
    [
        sql.update(JOURNAL).where(JOURNAL.c.sequence == 4).values(body='{"t":"ClockSet"}'),
        sql.update(JOURNAL).where(JOURNAL.c.sequence == 4).values(city_ms=1),
        sql.update(JOURNAL).where(JOURNAL.c.sequence == 4).values(desk="cases"),
        sql.update(JOURNAL).where(JOURNAL.c.sequence == 4).values(turn=9),
        sql.update(JOURNAL).where(JOURNAL.c.sequence == 4).values(hash=bytes(32)),
        sql.delete(JOURNAL).where(JOURNAL.c.sequence == 4),
    ],
)
def test_any_change_breaks_the_chain_where_it_was_made(
    database: sql.Engine, tmp_path: Path, change: sql.Update | sql.Delete
) -> None:
    filled(database, tmp_path)
    assert chain.verify(chain.rows(database)) == (8, None)
    with database.begin() as connection:
        connection.execute(change)
    held, broken = chain.verify(chain.rows(database))
    assert held == 3 and broken is not None and broken.sequence == 4


def test_a_rewritten_row_with_a_right_hash_breaks_the_next(database: sql.Engine, tmp_path: Path) -> None:
    filled(database, tmp_path)
    before, row = list(chain.rows(database))[2:4]
    body = row.body.replace("2.0", "9.0")
    forged = chain.link(row.sequence, row.turn, row.city_ms, row.desk, row.type, row.command_id, body, before.hash)
    with database.begin() as connection:
        connection.execute(sql.update(JOURNAL).where(JOURNAL.c.sequence == 4).values(body=body, hash=forged))
    held, broken = chain.verify(chain.rows(database))
    assert held == 4 and broken is not None and broken.sequence == 5


def test_a_failed_transaction_leaves_neither_facts_nor_messages(database: sql.Engine, tmp_path: Path) -> None:
    journal = filled(database, tmp_path)
    order = Outgoing("units/u/order", b"go", key="o1")
    with pytest.raises(sql.exc.IntegrityError):
        journal.commit(entries(SetClock(id="c2", pace=1.0), first=9, turn=5), [order], [])
    _, outbox = journal_of(database, tmp_path)
    assert outbox.due(0, 0) == [] and journal.sequence == 8
    journal.commit(entries(SetClock(id="c5", pace=1.0), first=9, turn=5), [order], [])
    assert chain.verify(chain.rows(database)) == (9, None)


def test_exports_can_be_read_line_by_line(database: sql.Engine, tmp_path: Path) -> None:
    filled(database, tmp_path, turns=1)
    command, event = (msgspec.json.decode(line) for line in lines(database).splitlines())
    assert (command["kind"], event["kind"], event["fact"]["why"]["args"]) == ("command", "event", {"a": "é", "b": 1})


def test_keyed_messages_are_resent_ever_more_slowly_until_settled(database: sql.Engine, tmp_path: Path) -> None:
    journal, outbox = journal_of(database, tmp_path)
    order, once = Outgoing("units/u/order", b"go", key="o1", expires_ms=50_000), Outgoing("news", b"x")
    journal.commit(entries(SetClock(id="1", pace=1.0), first=1, turn=1), [order, once], [])
    assert outbox.due(1_000, 0) == [once, order]
    sent = [wall for wall in range(1_000, 40_000, 100) if outbox.due(wall, 0)]
    assert sent == [3_000, 7_000, 15_000, 31_000]
    outbox.reconnected()
    assert outbox.due(40_000, 0) == [order]
    assert outbox.due(99_000, 50_001) == [] and len(outbox) == 0
    _, again = journal_of(database, tmp_path)
    assert again.waiting == 1  # forgotten on the disk with the next commit
    journal.commit(entries(SetClock(id="2", pace=1.0), first=2, turn=2), [], [])
    _, again = journal_of(database, tmp_path)
    assert again.waiting == 0


def test_retained_messages_keep_the_last_word_by_topic(database: sql.Engine, tmp_path: Path) -> None:
    journal, outbox = journal_of(database, tmp_path)
    for turn, payload in enumerate((b"closed", b"closed longer", b""), 1):
        message = Outgoing("closures/1", payload, retain=True)
        journal.commit(entries(SetClock(id=f"{turn}", pace=1.0), first=turn, turn=turn), [message], [])
        assert outbox.due(0, 0) == [message] and outbox.due(10**9, 0) == []
    _, again = journal_of(database, tmp_path)
    assert again.due(0, 0) == [Outgoing("closures/1", b"", retain=True)]  # a broker may still hold the closure


def test_answers_to_a_person_lie_sealed_and_end_with_the_key(database: sql.Engine, tmp_path: Path) -> None:
    vault = Vault(tmp_path / "keys")
    outbox = Outbox(database, vault)
    journal = Journal(database, FACTS, outbox, lambda: 0)
    answer = Outgoing("person/p1/answer", b"your certificate is ready", key="a1")
    journal.commit(entries(SetClock(id="1", pace=1.0), first=1, turn=1), [answer], [])
    with database.begin() as connection:
        assert b"certificate" not in connection.execute(sql.select(OUTBOX.c.payload)).scalar_one()
    assert Outbox(database, vault).due(0, 0) == [answer]
    vault.erase("p1")
    assert Outbox(database, vault).due(0, 0) == []
    late, other = Outgoing("person/p1/answer", b"refused", key="a2"), Outgoing("person/p2/answer", b"done", key="a3")
    journal.commit(entries(SetClock(id="2", pace=1.0), first=2, turn=2), [late, other], [])
    assert late not in outbox.due(0, 0), "who was erased is told nothing, and nobody else has to wait for it"
    assert Outbox(database, vault).due(0, 0) == [other]


def test_every_fact_of_the_services_is_registered() -> None:
    facts = all_facts()
    found = subprocess.run(
        [sys.executable, "-c", _ALL_FACTS, str(Path(registry.__file__).parent)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(registry.__file__).parents[2],
    ).stdout.split()
    assert found and set(found) == {cls.__name__ for cls in facts.classes}


_ALL_FACTS = """
import importlib, pkgutil, sys
from services.facts.base import Command, Event
for module in pkgutil.iter_modules([sys.argv[1]]):
    importlib.import_module(f"services.facts.{module.name}")
def below(cls):
    yield cls.__name__
    for sub in cls.__subclasses__():
        yield from below(sub)
print(*below(Command), *below(Event))
"""


@given(st.floats(), st.text(), st.dictionaries(st.text(max_size=3), st.integers(-9, 9), max_size=3))
@settings(max_examples=60, deadline=None)
def test_what_is_written_reads_back_or_is_refused(number: float, text: str, args: dict[str, int]) -> None:
    event = ClockSet(city_ms=1, pace=number, running=True, reason=text, why=Text(text, dict(args)))
    if 0 < number <= 240:
        assert FACTS.decode(FACTS.written(event)) == event
    else:
        with pytest.raises(UnwritableError):
            FACTS.written(event)


def test_a_proposal_keeps_neither_actor_nor_id_of_the_wire() -> None:
    wire = b'{"t":"SetClock","id":"x","pace":2,"actor":{"kind":"system","id":"root"}}'
    chief = Actor("person", "p-1", "duty_chief")
    assert FACTS.proposed(wire, "mine", chief) == SetClock(id="mine", actor=chief, pace=2.0)
    for bad in (b"{", b"[]", b'{"t":"ClockSet","pace":1}', b'{"t":"SetClock","pace":-1}', b'{"t":"Nothing"}'):
        with pytest.raises(UnreadableError):
            FACTS.proposed(bad, "mine", chief)


def test_two_facts_of_one_name_are_refused() -> None:
    other = type("DeskFailed", (Event,), {}, frozen=True, kw_only=True, tag=True, tag_field="t")
    with pytest.raises(UnreadableError, match="two facts are named DeskFailed"):
        Registry([DeskFailed, other])


def test_nobody_acknowledges_what_was_sent_to_another(database: sql.Engine, tmp_path: Path) -> None:
    journal, outbox = journal_of(database, tmp_path)
    order, closure = Outgoing("units/u/order", b"go", key="o1"), Outgoing("closures/1", b"shut", retain=True)
    journal.commit(entries(SetClock(id="c1", pace=1.0), first=1, turn=1), [order, closure], [])
    outbox.acknowledge("o1", "units/v/order")
    outbox.acknowledge("retained closures/1", "closures/1")
    assert outbox.due(0, 0) == [order, closure]
    outbox.acknowledge("o1", "units/u/order")
    outbox.reconnected()
    assert outbox.due(0, 0) == [closure]


def test_a_file_that_is_no_journal_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "journal.db").write_bytes(b"garbage" * 1_000)
    with pytest.raises(DatabaseError, match=r"journal\.db: .*not a database"):
        open_database(tmp_path / "journal.db")
