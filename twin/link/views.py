"""Views over zmq: the server's XPUB and ROUTER, the console's XSUB and DEALER.

Published parts: ``[stream/topic, revision (8 bytes), payload]``. The revision rises by one with every message of its
stream, so a console that misses one knows, and asks for a snapshot again. What a console subscribes to is its token:
the server says which stream that opens, or none. The centre's consoles share one stream; each resident has their own.
"""

from __future__ import annotations

import itertools
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

import msgspec
import zmq

from twin.core import codec
from twin.core.clock import CityClock
from twin.core.errors import ConfigError
from twin.core.views import (
    Alert,
    Ask,
    Card,
    DeviceStates,
    Frame,
    Gone,
    Hello,
    Lights,
    Mark,
    OwnTwin,
    Propose,
    Reply,
    Snapshot,
    Status,
    View,
)
from twin.formats.refusal import UNDECODABLE

SILENCE_S: Final = 3.0
"""A server unheard for this long is said to be disconnected."""

_HELLO_AGAIN_S: Final = 2.0
_TYPES: Final[dict[bytes, type[View]]] = {
    b"frame": Frame,
    b"devices": DeviceStates,
    b"lights": Lights,
    b"card": Card,
    b"gone": Gone,
    b"mark": Mark,
    b"status": Status,
    b"alert": Alert,
    b"clock": CityClock,
    b"own": OwnTwin,
    b"snapshot": Snapshot,
    b"reply": Reply,
}
_TOPICS: Final = {type_: topic for topic, type_ in _TYPES.items()}
Request = Hello | Ask | Propose
_REQUEST_LIMIT: Final = 1 << 16  # bytes; who sends more is disconnected


CENTRE: Final = "centre"
"""The stream of the operations centre's consoles."""
_SUBSCRIBED: Final = 1
_LONGEST_TOKEN: Final = 256


class Stream:
    """What some consoles are told; ``rev`` numbers what was published on it."""

    def __init__(self, name: str, rev: int, send: Callable[[str, int, View], None]) -> None:
        self.name, self.rev, self._send = name, rev, send

    def publish(self, view: View) -> None:
        self.rev += 1
        self._send(self.name, self.rev, view)


class ViewServer:
    """The server's two sockets. ``publish`` costs little when nobody listens; ``rev`` numbers what was published to the
    centre. ``admit`` says which stream a token opens; until somebody sets it, none is. Raises :class:`ConfigError` for
    an address that other machines could reach."""

    def __init__(self, publish_url: str, request_url: str, context: zmq.Context[zmq.Socket[bytes]]) -> None:
        self.admit: Callable[[str], str | None] = lambda _token: None
        first = time.time_ns() // 1000  # a server that begins anew is always ahead: consoles see a gap
        self.centre = Stream(CENTRE, first, self._send)
        self._streams = {CENTRE: self.centre}
        self._listening: Counter[str] = Counter()
        self._pub: zmq.Socket[bytes] = context.socket(zmq.XPUB)
        self._pub.setsockopt(zmq.XPUB_MANUAL, 1)
        self._pub.setsockopt(zmq.SNDHWM, 2000)
        self._pub.setsockopt(zmq.LINGER, 0)
        self.router: zmq.Socket[bytes] = context.socket(zmq.ROUTER)
        self.router.setsockopt(zmq.LINGER, 0)
        self.router.setsockopt(zmq.MAXMSGSIZE, _REQUEST_LIMIT)
        try:
            self.publish_url = _bind(self._pub, publish_url)
            self.request_url = _bind(self.router, request_url)
        except ConfigError:
            self.close()
            raise

    @property
    def rev(self) -> int:
        return self.centre.rev

    @rev.setter
    def rev(self, rev: int) -> None:
        self.centre.rev = rev

    def publish(self, view: View) -> None:
        """To the centre's consoles."""
        self.centre.publish(view)

    def stream(self, name: str) -> Stream:
        """The stream of this name; it goes on where it stopped."""
        if name not in self._streams:
            self._streams[name] = Stream(name, time.time_ns() // 1000, self._send)
        return self._streams[name]

    def listening(self) -> tuple[str, ...]:
        """Streams beside the centre's that somebody is listening to, in order."""
        self._hear_subscriptions()
        return tuple(sorted(name for name, count in self._listening.items() if count > 0 and name != CENTRE))

    def _send(self, stream: str, rev: int, view: View) -> None:
        self._hear_subscriptions()
        topic = f"{stream}/".encode() + _TOPICS[type(view)]
        self._pub.send_multipart((topic, rev.to_bytes(8, "big"), codec.encode(view)))

    def _hear_subscriptions(self) -> None:
        """Who came and went: a token that opens no stream hears nothing."""
        while True:
            try:
                said = self._pub.recv(zmq.NOBLOCK)
            except zmq.Again:
                return
            if not 1 < len(said) <= _LONGEST_TOKEN:
                continue
            name = self.admit(said[1:].decode("ascii", "replace"))
            if name is None:
                continue
            option = zmq.SUBSCRIBE if said[0] == _SUBSCRIBED else zmq.UNSUBSCRIBE
            self._pub.setsockopt(option, f"{name}/".encode())
            self._listening[name] += 1 if said[0] == _SUBSCRIBED else -1

    def requests(self) -> Iterator[tuple[bytes, Request | str]]:
        """What consoles ask: their zmq identity and the request, or what is wrong with it. Never blocks."""
        self._hear_subscriptions()
        while True:
            try:
                parts = self.router.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return
            if len(parts) != 2:
                yield parts[0], "a request has one part"
                continue
            try:
                yield parts[0], msgspec.msgpack.decode(parts[1], type=Request)
            except UNDECODABLE as fault:
                yield parts[0], str(fault)

    def answer(self, identity: bytes, view: Snapshot | Reply, stream: str = CENTRE) -> None:
        """``stream``: whose revision a snapshot goes by."""
        rev = self.stream(stream).rev.to_bytes(8, "big")
        self.router.send_multipart((identity, _TOPICS[type(view)], rev, codec.encode(view)))

    def close(self) -> None:
        self._pub.close()
        self.router.close()


class ViewLink:
    """A console's end; satisfies :class:`twin.core.views.ViewSource`."""

    def __init__(
        self,
        publish_url: str,
        request_url: str,
        token: str,
        context: zmq.Context[zmq.Socket[bytes]],
        language: str = "en",
    ) -> None:
        self._token, self._language = token, language
        self._sub: zmq.Socket[bytes] = context.socket(zmq.XSUB)
        self._sub.setsockopt(zmq.RCVHWM, 20000)
        self._sub.setsockopt(zmq.LINGER, 0)
        self._sub.connect(publish_url)
        self._sub.send(bytes([_SUBSCRIBED]) + token.encode())
        self._dealer: zmq.Socket[bytes] = context.socket(zmq.DEALER)
        self._dealer.setsockopt(zmq.LINGER, 200)
        self._dealer.connect(request_url)
        self._rev = -1  # of the last message applied; -1: waiting for a snapshot
        self._told = -1  # of the last message published
        self._waiting: list[tuple[int, View]] = []
        self._hello_at = 0.0
        self._heard_at = 0.0
        self._numbers = itertools.count(1)
        self._run = secrets.token_hex(6)
        self.refused: Reply | None = None  # the server's answer when it does not know the token
        self.city_digest = ""  # of the server's city; empty until the first snapshot

    @property
    def connected(self) -> bool:
        return self._rev >= 0 and time.monotonic() - self._heard_at < SILENCE_S

    def poll(self) -> list[View]:
        now = time.monotonic()
        published = self._published()
        views: list[View] = []
        for rev, view in _received(self._dealer):
            self._heard_at = now
            if isinstance(view, Snapshot):
                self._rev = rev
                self.city_digest = view.city_digest
                views.append(view)
                published = [*self._waiting, *published]
                self._waiting = []
            else:
                if isinstance(view, Reply) and view.id == "hello":
                    self.refused = view
                views.append(view)
        if published:
            self._heard_at = now
        for rev, view in published:
            if self._rev < 0:
                self._waiting.append((rev, view))
            elif rev == self._rev + 1:
                self._rev = rev
                views.append(view)
            elif rev > self._rev:
                self._rev = -1
                self._hello_at = 0.0
                self._waiting = [(rev, view)]
        self._say_hello(now)
        return views

    def _published(self) -> list[tuple[int, View]]:
        """What came by the XSUB socket. Where revisions go back, another server speaks, with a clock behind the last
        one's: everything begins anew."""
        published: list[tuple[int, View]] = []
        for rev, view in _received(self._sub):
            if rev < self._told:
                self._rev, self._hello_at, self._waiting, published = -1, 0.0, [], []
            self._told = rev
            published.append((rev, view))
        return published

    def _say_hello(self, now: float) -> None:
        silent = self._rev >= 0 and now - self._heard_at > SILENCE_S
        if (self._rev < 0 or silent) and now - self._hello_at > _HELLO_AGAIN_S:
            self._hello_at = now
            self._waiting = self._waiting[-5000:]
            self._send(Hello(token=self._token, language=self._language))

    def ask(self, kind: str, id: str) -> None:
        self._send(Ask(token=self._token, kind=kind, id=id))

    def propose(self, command: dict[str, object]) -> str:
        id = f"{self._run}-{next(self._numbers)}"
        self._send(Propose(token=self._token, id=id, command=msgspec.json.encode(command)))
        return id

    def _send(self, request: Request) -> None:
        try:
            self._dealer.send(msgspec.msgpack.encode(request), zmq.NOBLOCK)
        except zmq.Again:
            return  # the server is away; a hello follows by itself, a person sees "disconnected"

    def close(self) -> None:
        self._sub.close()
        self._dealer.close()


def _received(sock: zmq.Socket[bytes]) -> Iterator[tuple[int, View]]:
    while True:
        try:
            topic, rev, payload = sock.recv_multipart(zmq.NOBLOCK)
        except zmq.Again:
            return
        yield int.from_bytes(rev, "big"), codec.decode(payload, _TYPES[topic.rpartition(b"/")[2]])


def _bind(sock: zmq.Socket[bytes], url: str) -> str:
    """Bind and tell the address with the real port. Raises :class:`ConfigError`."""
    if not _stays_here(url):
        raise ConfigError(url, "views and requests stay on this machine (tcp://127.0.0.1:…): a network would see all")
    try:
        sock.bind(url)
    except zmq.ZMQError as fault:
        raise ConfigError(url, f"cannot be listened on: {fault}") from fault
    bound = sock.getsockopt(zmq.LAST_ENDPOINT)
    return bound.rstrip(b"\0").decode() if isinstance(bound, bytes) else url


def _stays_here(url: str) -> bool:
    """Whether only this machine can reach an address; a name is not looked up, but for localhost."""
    parts = urlsplit(url)
    if parts.scheme in ("ipc", "inproc"):
        return True
    try:
        return parts.hostname == "localhost" or ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False
