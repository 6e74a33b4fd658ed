"""A socket-shaped filter between the MQTT client and its socket.

Reading ahead, it lifts whole PUBLISH packets of QoS 0 and 1 out of the byte stream and leaves every other packet to the
client; writing, it gathers packets so that a burst is one system call. A client that reads each packet byte by byte
limits a Python subscriber to a fifth of what the interpreter can split.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
from typing import Final

from twin.core.bus import Message

READ_SIZE: Final = 1 << 18
LARGEST_PACKET: Final = 16 << 20
OUT_LIMIT: Final = 64 << 20
_PUBLISH: Final = 0x30
_TYPE_MASK: Final = 0xF0
_QOS_MASK: Final = 0x06
_MORE: Final = 0x80
_QUICKACK: Final[int | None] = getattr(socket, "TCP_QUICKACK", None)  # Linux alone has it


class PublishStream:
    """Wraps a connected, non-blocking stream socket; ``messages`` grows as packets arrive. A packet of more bytes than
    ``largest`` that does not arrive at once is passed over."""

    def __init__(self, inner: socket.socket | ssl.SSLSocket, largest: int = LARGEST_PACKET) -> None:
        self._inner = inner
        self._largest = largest
        self._partial = b""  # the beginning of a packet that has not arrived whole
        self._others = bytearray()  # whole packets that are the client's to handle
        self._out = bytearray()
        self._skip = 0
        self._ended = False
        self.messages: list[Message] = []
        self.too_large = 0  # packets passed over

    # What the MQTT client calls.

    def recv(self, size: int) -> bytes:
        """Bytes of packets other than PUBLISH; ``BlockingIOError`` when there are none yet, ``b""`` at the end."""
        if self._others:
            data = bytes(self._others[:size])
            del self._others[:size]
            return data
        if self._ended:
            return b""
        raise BlockingIOError

    def send(self, data: bytes | bytearray) -> int:
        """Take a packet for the next :meth:`flush`; ``BlockingIOError`` when the peer has long not been reading."""
        if len(self._out) > OUT_LIMIT:
            raise BlockingIOError
        self._out += data
        return len(data)

    def fileno(self) -> int:
        return self._inner.fileno()

    def setblocking(self, flag: bool) -> None:
        self._inner.setblocking(flag)

    def close(self) -> None:
        self._inner.close()

    # What the bus calls.

    @property
    def has_packets(self) -> bool:
        """Whether :meth:`recv` would give something, the end of the stream included."""
        return bool(self._others) or self._ended

    @property
    def unsent(self) -> int:
        return len(self._out)

    def fill(self) -> None:
        """Read once what the socket holds and split it."""
        try:
            data = self._inner.recv(READ_SIZE)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return
        except OSError:
            self._ended = True
            return
        if not data:
            self._ended = True
            return
        self._acknowledge_at_once()
        if self._skip:
            skipped = min(self._skip, len(data))
            self._skip -= skipped
            data = data[skipped:]
        try:
            self._split(self._partial + data if self._partial else data)
        except (ConnectionError, IndexError):  # no broker sends such bytes; drop the connection, not the process
            self._ended = True

    def _acknowledge_at_once(self) -> None:
        """A broker that gathers small packets until the last is acknowledged (the embedded one does) waits 40 ms for a
        kernel that delays acknowledgements; the kernel forgets this wish with every read."""
        if _QUICKACK is not None:
            with contextlib.suppress(OSError):  # already closed by the peer; the next read will tell
                self._inner.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)

    def flush(self) -> bool:
        """Write what the socket takes; whether all of it went."""
        while self._out:
            try:
                sent = self._inner.send(self._out)
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return False
            except OSError:
                self._ended = True
                return False
            del self._out[:sent]
        return True

    def _split(self, data: bytes) -> None:
        at, end = 0, len(data)
        append, acknowledge = self.messages.append, self._out
        while end - at >= 2:
            head, length, body = data[at], data[at + 1], at + 2
            if length & _MORE:
                length, body = _remaining_length(data, at + 1)
                if body < 0:
                    break
            stop = body + length
            if stop > end:
                if length > self._largest:
                    start = body + 2 + (data[body] << 8 | data[body + 1]) if end - body >= 2 else end
                    if end - start < 2:
                        break
                    if head & (_TYPE_MASK | _QOS_MASK) == _PUBLISH | 2:  # or the broker would send it for ever
                        acknowledge += b"\x40\x02" + data[start : start + 2]
                    self.too_large += 1
                    self._skip = stop - end
                    at = end
                break
            if head & _TYPE_MASK != _PUBLISH or head & _QOS_MASK == 4:  # QoS 2 is the client's
                self._others += data[at:stop]
                at = stop
                continue
            start = body + 2 + (data[body] << 8 | data[body + 1])
            topic = data[body + 2 : start].decode("utf-8", "backslashreplace")
            if head & _QOS_MASK:
                acknowledge += b"\x40\x02" + data[start : start + 2]
                start += 2
            append(Message(topic, data[start:stop], head & 1 == 1))
            at = stop
        self._partial = data[at:]


def _remaining_length(data: bytes, at: int) -> tuple[int, int]:
    """The variable-length integer at ``at`` and where the packet's body begins; (0, -1) when it is not whole yet."""
    length = shift = 0
    for index in range(at, min(at + 4, len(data))):
        byte = data[index]
        length |= (byte & 0x7F) << shift
        shift += 7
        if not byte & _MORE:
            return length, index + 1
    if len(data) - at >= 4:
        raise ConnectionError("malformed MQTT packet length")
    return 0, -1
