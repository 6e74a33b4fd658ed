"""The stream filter gives the same messages however the bytes are cut."""

import socket

from hypothesis import given, settings
from hypothesis import strategies as st

from twin.core.bus import Message
from twin.link.stream import PublishStream


def _packet(topic: str, payload: bytes, qos: int, retain: bool, mid: int) -> bytes:
    name = topic.encode()
    body = len(name).to_bytes(2, "big") + name + (mid.to_bytes(2, "big") if qos else b"") + payload
    length, head = len(body), bytearray([0x30 | qos << 1 | retain])
    while True:
        length, byte = length >> 7, length & 0x7F
        head.append(byte | (0x80 if length else 0))
        if not length:
            return bytes(head) + body


MESSAGES = st.lists(
    st.tuples(
        st.text(min_size=1, max_size=12), st.binary(max_size=300), st.integers(0, 1), st.booleans(),
        st.integers(1, 65535),
    ),
    max_size=8,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(MESSAGES, st.integers(1, 90))
def test_messages_survive_any_cut(messages: list[tuple[str, bytes, int, bool, int]], size: int) -> None:
    pingresp = b"\xd0\x00"
    data = pingresp + b"".join(_packet(*message) + pingresp for message in messages)
    ours, theirs = socket.socketpair()
    try:
        ours.setblocking(False)
        stream = PublishStream(ours)
        for at in range(0, len(data), size):
            theirs.send(data[at : at + size])
            stream.fill()
        assert stream.messages == [Message(topic, payload, retain) for topic, payload, _, retain, _ in messages]
        assert stream.recv(10_000) == pingresp * (len(messages) + 1)
        assert stream.flush()
        acknowledged = b"".join(b"\x40\x02" + mid.to_bytes(2, "big") for *_, qos, _, mid in messages if qos)
        assert (theirs.recv(10_000) if acknowledged else b"") == acknowledged
    finally:
        ours.close()
        theirs.close()


def test_a_malformed_stream_ends_and_does_not_raise() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        stream = PublishStream(ours)
        theirs.send(b"\x30\xff\xff\xff\xff\xff")
        stream.fill()
        assert stream.has_packets
        assert stream.recv(10) == b""


@settings(max_examples=40, deadline=None)
@given(MESSAGES, st.integers(1, 90))
def test_what_is_too_large_is_skipped_and_acknowledged(
    messages: list[tuple[str, bytes, int, bool, int]], size: int
) -> None:
    data = b"".join(_packet(*message) for message in messages)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        stream = PublishStream(ours, largest=64)
        for at in range(0, len(data), size):
            theirs.send(data[at : at + size])
            stream.fill()
        assert stream.flush()
        acknowledged = b"".join(b"\x40\x02" + mid.to_bytes(2, "big") for *_, qos, _, mid in messages if qos)
        assert (theirs.recv(10_000) if acknowledged else b"") == acknowledged
        small = [m for m in messages if len(m[0].encode()) + len(m[1]) + 2 + 2 * m[2] <= 64]
        heard = [(message.topic, message.payload) for message in stream.messages]
        assert [pair for pair in heard if pair in [m[:2] for m in small]] == [m[:2] for m in small]
        assert len(heard) + stream.too_large == len(messages)
