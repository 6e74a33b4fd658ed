"""Segments: framed, torn and damaged ones, sealed messages, rotation and retention, one server a directory."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.facts.records import Checkpoint
from services.storage.checkpoint import Checkpoints
from services.storage.objects import Objects
from services.storage.recorder import Identity, Limits, Recorder, segment_numbers, segment_path
from services.storage.stores import Stores, StoresError, open_archive
from services.storage.vault import ErasedError, Vault, seeded_keys
from twin.core.bus import Message
from twin.link.recording import (
    BatchRecord,
    CommandRecord,
    Header,
    Record,
    RecordingError,
    Segment,
    TickRecord,
    opened_messages,
    pseudonym,
    read_header,
    read_records,
    sealed_batch,
)

HEADER = Header(
    number=1,
    seed=7,
    code="c",
    city="a",
    config="b",
    settings="",
    city_ms=0,
    turn=0,
    after_turn=0,
    checkpoint="1",
    digests={},
)

messages = st.lists(st.builds(Message, st.text(max_size=20), st.binary(max_size=40), st.booleans()), max_size=4)
records = st.lists(
    st.one_of(
        st.builds(
            BatchRecord,
            turn=st.integers(0, 2**40),
            city_ms=st.integers(0, 2**50),
            retaken=st.booleans(),
            sealed=st.just(()),
            messages=messages,
        ),
        st.builds(TickRecord, turn=st.integers(0, 2**40), city_ms=st.integers(0, 2**50)),
        st.builds(CommandRecord, turn=st.integers(0, 9), city_ms=st.integers(0, 9), body=st.binary(max_size=30)),
    ),
    max_size=6,
)


def written(path: Path, items: list[Record]) -> list[int]:
    """Ends of all frames."""
    path.unlink(missing_ok=True)
    segment = Segment(path, HEADER)
    ends = [path.stat().st_size]
    for item in items:
        segment.write(item)
        ends.append(path.stat().st_size)
    segment.close()
    return ends


@given(items=records, data=st.data())
@settings(max_examples=50, deadline=None)
def test_a_segment_cut_anywhere_gives_the_frames_before_the_cut(
    tmp_path_factory: pytest.TempPathFactory, items: list[Record], data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / "cut.seg"
    ends = written(path, items)
    assert list(read_records(path)) == items and read_header(path) == HEADER
    cut = data.draw(st.integers(0, ends[-1]))
    path.write_bytes(path.read_bytes()[:cut])
    assert list(read_records(path)) == items[: max(0, sum(end <= cut for end in ends) - 1)]
    assert (read_header(path) is None) == (cut < ends[0])
    with path.open("ab") as file:
        file.write(bytes(40))  # blocks that a file system never filled
    assert len(list(read_records(path))) <= len(items)


def test_damage_before_the_end_is_an_error_and_never_skipped(tmp_path: Path) -> None:
    path = tmp_path / "1.seg"
    ends = written(path, [TickRecord(turn, turn) for turn in range(1, 5)])
    data = bytearray(path.read_bytes())
    data[ends[1] + 9] ^= 1
    path.write_bytes(data)
    with pytest.raises(RecordingError, match="damaged before byte"):
        list(read_records(path))
    path.write_bytes(b"something else\n" + data)
    with pytest.raises(RecordingError, match="not a recording"):
        read_header(path)


def test_persons_messages_are_sealed_where_they_stand(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "keys", new_key=seeded_keys(1))
    said = [
        Message("sim/demo/person/p-1/report", b"my street"),
        Message("sim/demo/dev/d/senml", b"[]", retained=True),
        Message("sim/demo/person/p-2/presence", b"here"),
    ]
    record = sealed_batch(9, 1, said, False, vault.seal)
    assert record.sealed == (0, 2) and record.messages[1] == said[1] and said[0].payload == b"my street"
    assert record == sealed_batch(9, 1, said, False, vault.seal) != sealed_batch(8, 1, said, False, vault.seal)
    vault.erase("p-1")

    def opened(who: str, data: bytes, context: bytes) -> bytes | str:
        try:
            return vault.open(who, data, context)
        except ErasedError:
            return who

    assert opened_messages(record, opened) == (said[1:], ("p-1",))
    assert pseudonym("sim/demo/person/p-1/report") == "p-1" and pseudonym("sim/demo/dev/person") == ""


def checkpoint(turn: int, city_ms: int) -> Checkpoint:
    return Checkpoint(turn=turn, city_ms=city_ms, sequence=0, parts={"senses": b"s"})


def test_segments_rotate_by_size_and_city_time_and_the_oldest_go_first(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "keys")
    checkpoints = Checkpoints(tmp_path / "checkpoints", vault)
    limits = Limits(segment_bytes=2_000, segment_city_ms=60_000, keep_bytes=6_500)
    recorder = Recorder(tmp_path / "rec", vault, checkpoints, Identity(1, "c", "a", "b"), limits)
    recorder.rotate(checkpoint(0, 0), 0)
    assert not recorder.full(59_999) and recorder.full(60_000)
    for turn in range(1, 9):
        recorder.batch(turn, turn, [Message("t", bytes(2_000))], False)
        assert recorder.full(turn)
        recorder.rotate(checkpoint(turn, turn), turn)
    recorder.close()
    assert segment_numbers(tmp_path / "rec") == [7, 8, 9]
    header = read_header(segment_path(tmp_path / "rec", 9))
    assert header is not None and (header.turn, header.after_turn, header.checkpoint) == (8, 8, "00000009.ckpt")
    assert checkpoints.numbers() == [6, 7, 8, 9]


def test_one_server_a_directory(tmp_path: Path) -> None:
    def opened() -> Stores:
        return Stores(
            tmp_path,
            identify=lambda objects: Identity(1, "c", objects.put(b"x"), objects.put(b"y")),
            wall_ms=lambda: 0,
        )

    first = opened()
    with pytest.raises(StoresError, match="another server"):
        opened()
    reading = open_archive(tmp_path)
    assert reading.archive.segments() == [] and reading.archive.last_wall_ms() == 0
    reading.close()
    first.close()
    opened().close()
    with pytest.raises(StoresError, match="no data of a server"):
        open_archive(tmp_path / "nothing")
    assert Objects(tmp_path / "objects").get(first.identity.city) == b"x"
