"""Kill, tear, reopen: what was acknowledged is there, the state is what the journal says, and all of it replays."""

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest
from crashing import Killed, crash_at, lived, replayed, whole
from engine_fakes import FACTS, CaseDesk, CaseMade, City, CloseCase, FakeSenses, LetterTaken, build, gauge, letter

from services.engine.desk import Desk, Fact, Turn
from services.engine.recover import unproved
from services.engine.replay import Replay
from services.facts.base import Actor, Event
from services.facts.engine import ErasePerson, Restarted
from services.storage.checkpoint import Checkpoints
from services.storage.recorder import segment_path
from services.storage.stores import open_archive

DISPATCHER = Actor("person", "p-1", "dispatcher")


def test_state_is_checkpoint_and_journal_and_the_run_replays(tmp_path: Path) -> None:
    city = City(tmp_path)
    city.engine.begin(1_000)
    lived(city)
    assert city.engine.command(CloseCase(id="1", actor=DISPATCHER, case="C1")).accepted
    senses, desks = build(city.stores.vault)(None)
    assert unproved(city.engine, senses, desks, city.stores.archive, FACTS) == ()
    city.kill()
    result = replayed(tmp_path)
    assert result.difference is None and result.turns == 13 and result.facts == 6


@pytest.mark.parametrize(
    "point",
    ["<recorder.batch", ">recorder.batch", ">recorder.tick", "<journal.commit", ">journal.commit", ">recorder.sync"],
)
@pytest.mark.parametrize("after", [1, 3])
def test_a_kill_anywhere_in_a_turn_loses_no_alarm(tmp_path: Path, point: str, after: int) -> None:
    city = City(tmp_path, wrap=crash_at(point, after))
    city.engine.begin(1_000)
    with pytest.raises(Killed):
        for round_ in range(6):
            lived(city, "abc"[: round_ + 1])
            city.engine.command(CloseCase(id=f"c{round_}", actor=DISPATCHER, case=f"C{round_}"))
    city.kill()
    again = City(tmp_path)
    down = again.engine.begin(again.engine.city_ms + 5_000)
    assert any(isinstance(event, Restarted) for done in down for event in done.events)
    lived(again, "abc")
    assert again.cases.made == 3 and sorted(again.cases.open.values())[-1] == "c"
    again.kill()
    whole(tmp_path)
    assert replayed(tmp_path).difference is None


def test_messages_of_a_turn_in_doubt_are_taken_in_again_but_only_once(tmp_path: Path) -> None:
    city = City(tmp_path, wrap=crash_at(">recorder.batch", 2))
    city.engine.begin(0)
    city.engine.take([gauge("a", 1)], 0)
    with pytest.raises(Killed):
        city.engine.take([gauge("a", 2), gauge("b", 3)], 100)
    city.kill()
    second = City(tmp_path, wrap=crash_at(">recorder.batch", 1))
    assert second.engine.position.doubtful == (gauge("a", 2), gauge("b", 3))
    with pytest.raises(Killed):
        second.engine.begin(200)
    second.kill()
    third = City(tmp_path)
    assert third.engine.position.doubtful == () and third.engine.position.last_turn == 3
    third.engine.begin(300)
    assert third.senses.taken == 1
    third.kill()
    result = replayed(tmp_path)
    assert result.difference is None and (result.without_effect, result.restarts) == (2, 2)


def test_time_down_is_on_record_and_counts_for_no_dwell(tmp_path: Path) -> None:
    city = City(tmp_path)
    city.engine.begin(0)
    city.engine.take([gauge("a", 50)], 0)
    city.engine.tick(500)
    city.engine.tick(600)
    city.kill()
    again = City(tmp_path)
    (done,) = again.engine.begin(90_500)
    (restarted,) = done.events
    assert isinstance(restarted, Restarted) and restarted.down_ms == 90_000  # the last tick is in doubt
    assert again.engine.tick(90_900).events == ()
    assert len(again.engine.tick(91_000).events) == 2
    again.kill()
    assert replayed(tmp_path).difference is None


def test_a_torn_checkpoint_falls_back_to_an_older_one_and_at_last_to_the_journal_alone(tmp_path: Path) -> None:
    city = City(tmp_path)
    city.engine.begin(0)
    lived(city)
    city.engine.rotate()
    lived(city, "abc")
    live = city.engine.digests()
    city.engine.tick(city.engine.city_ms)
    city.kill()
    for path in sorted((tmp_path / "checkpoints").glob("*.ckpt"), reverse=True):
        path.write_bytes(path.read_bytes()[:-7])
        again = City(tmp_path)
        assert again.engine.digests() == live
        again.kill()


def test_what_came_before_a_rotation_is_in_no_doubt_even_without_its_checkpoint(tmp_path: Path) -> None:
    city = City(tmp_path)
    city.engine.begin(0)
    lived(city)
    city.engine.take([gauge("a", 3)], city.engine.city_ms)  # leads to nothing: the journal does not know this turn
    city.engine.rotate()
    live = city.engine.digests()
    city.kill()
    max((tmp_path / "checkpoints").glob("*.ckpt")).unlink()
    for stray in ("checkpoints/old.ckpt", "recording/notes.seg"):
        (tmp_path / stray).write_text("not ours")
    again = City(tmp_path)
    assert again.engine.digests() == live
    again.engine.begin(again.engine.city_ms)
    lived(again, "c")
    again.kill()
    assert replayed(tmp_path).difference is None


def test_a_checkpoint_of_another_version_is_passed_over_too(tmp_path: Path) -> None:
    city = City(tmp_path)
    city.engine.begin(0)
    lived(city)
    live = city.engine.checkpoint()
    city.engine.tick(city.engine.city_ms)
    strange = [{**live.parts, "cases": b"\x01"}, {**live.parts, "newer": b""}]
    for number, parts in enumerate(strange, 50):
        other = msgspec.structs.replace(live, parts=parts)
        Checkpoints(tmp_path / "checkpoints", city.stores.vault).write(number, other)
    city.kill()
    again = City(tmp_path)
    assert again.engine.digests() == live.digests()
    again.kill()


def test_a_torn_tail_is_passed_over_and_damage_before_it_is_not(tmp_path: Path) -> None:
    city = City(tmp_path)
    city.engine.begin(0)
    lived(city)
    city.kill()
    path = segment_path(tmp_path / "recording", 1)
    data = path.read_bytes()
    path.write_bytes(data[:-5])
    again = City(tmp_path)
    again.engine.begin(60_000)
    lived(again, "c")
    again.kill()
    assert replayed(tmp_path).difference is None
    path.write_bytes(data[:400] + b"\0\0\0" + data[403:])
    with pytest.raises(Exception, match="damaged before byte"):
        replayed(tmp_path)


def test_a_recording_shorter_than_the_journal_still_recovers_every_desk(tmp_path: Path) -> None:
    city = City(tmp_path)
    city.engine.begin(0)
    lived(city)
    live = city.engine.digests()
    city.kill()
    path = segment_path(tmp_path / "recording", 1)
    path.write_bytes(path.read_bytes()[:500])
    again = City(tmp_path)
    assert {k: v for k, v in again.engine.digests().items() if k != "senses"} == {
        k: v for k, v in live.items() if k != "senses"
    }
    again.kill()


def test_orders_survive_a_restart_until_they_are_acknowledged(tmp_path: Path) -> None:
    city = City(tmp_path)
    city.engine.begin(0)
    lived(city)
    city.kill()
    again = City(tmp_path)
    again.engine.begin(10_000)
    assert [out.key for out in again.stores.outbox.due(0, 0)] == ["order/C1", "order/C2"]
    again.engine.take([gauge("a", 50)._replace(topic="units/u/report", payload=b"order/C1")], 10_000)
    again.engine.command(CloseCase(id="1", actor=DISPATCHER, case="C2"))
    assert len(again.stores.outbox) == 0
    again.kill()
    third = City(tmp_path)
    assert third.stores.outbox.due(0, 0) == []
    third.kill()


def test_a_command_acknowledged_before_a_kill_is_known_after_it(tmp_path: Path) -> None:
    city = City(tmp_path)
    city.engine.begin(0)
    lived(city)
    wish = CloseCase(id="mine", actor=DISPATCHER, case="C1")
    first = city.engine.command(wish)
    city.kill()
    again = City(tmp_path)
    again.engine.begin(10_000)
    outcome = again.engine.command(wish)
    assert (outcome.accepted, outcome.events) == (True, first.events)
    again.kill()


def test_replay_names_record_desk_and_field_of_the_first_difference(tmp_path: Path) -> None:
    city = City(tmp_path)
    city.engine.begin(0)
    lived(city)
    city.kill()
    opened = open_archive(tmp_path, facts=FACTS)

    class Luckier(CaseDesk):
        def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
            for event in super().decide(fact, turn):
                yield msgspec.structs.replace(event, luck=0.5) if isinstance(event, CaseMade) else event

    def other(_: object) -> tuple[FakeSenses, list[Desk]]:
        senses, desks = build(opened.vault)(None)
        return senses, [*desks[:3], Luckier()]

    result = Replay(opened.archive, other, FACTS).run()
    opened.close()
    assert result.difference is not None
    found = result.difference
    assert (found.desk, found.field, found.found, found.record) == ("cases", ".fact.luck", "0.5", "batch of 2")


def test_erasure_leaves_nothing_readable_breaks_no_hash_and_replays(tmp_path: Path) -> None:
    secret = "my address is Willow Lane 7"
    city = City(tmp_path)
    city.engine.begin(0)
    city.engine.take([letter("ann", secret), gauge("a", 50), letter("bob", "hello")], 0)
    lived(city)
    city.engine.rotate()
    (_, sealed), _ = city.desks[2].letters  # type: ignore[attr-defined]
    assert city.stores.vault.open("ann", sealed, b"letter/1") == secret.encode()
    erase = ErasePerson(id="e", actor=Actor("resident", "ann"), person="ann", ground="request")
    assert city.engine.command(erase).accepted
    key = city.stores.vault
    city.engine.tick(city.engine.city_ms + 100)
    city.kill()
    for path in tmp_path.rglob("*"):
        assert path.is_dir() or secret.encode() not in path.read_bytes(), path
    assert key.erased("ann") and not key.erased("bob")
    whole(tmp_path)
    opened = open_archive(tmp_path, facts=FACTS)
    records = list(opened.archive.records(0))
    readable, unreadable = opened.archive.messages(records[0])  # type: ignore[arg-type]
    assert unreadable == ("ann",) and [m.payload for m in readable] == [b"50", b"hello"]
    assert sum(isinstance(entry.fact, LetterTaken) for entry in opened.archive.entries(0)) == 2
    opened.close()
    result = replayed(tmp_path)
    assert result.difference is None and result.imposed == 1
    again = City(tmp_path)
    again.engine.begin(20_000)
    again.kill()


SCRIPT = """
import sys
from pathlib import Path
sys.path[:0] = [{here!r}, {root!r}]
from crashing import Killed, crash_at, exported, lived, replayed, whole
from engine_fakes import City, gauge, letter
from crashing import lived, exported
city = City(Path(sys.argv[1]))
city.engine.begin(0)
for round_ in range(4):
    city.engine.take([letter(name, "x") for name in {{"ann", "bob", "cy"}} if name == "ann"], city.engine.city_ms)
    lived(city, "abcdef"[: round_ + 2])
city.kill()
sys.stdout.buffer.write(exported(Path(sys.argv[1])))
"""


def test_two_runs_under_two_hash_seeds_export_the_same_bytes(tmp_path: Path) -> None:
    here = Path(__file__).parent
    script = SCRIPT.format(here=str(here), root=str(here.parent.parent))
    outputs = [
        subprocess.run(
            [sys.executable, "-c", script, str(tmp_path / seed)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert outputs[0] == outputs[1] and outputs[0].count(b"\n") == 14
