"""Views over zmq: the server's PUB and ROUTER, the console's SUB and DEALER.

Published parts: ``[topic, revision (8 bytes), payload]``. The revision rises by one with every message, so a console
that misses one knows, and asks for a snapshot again.
"""

from __future__ import annotations

import itertools
import secrets
import time
from collections.abc import Iterator
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
    b"snapshot": Snapshot,
    b"reply": Reply,
}
_TOPICS: Final = {type_: topic for topic, type_ in _TYPES.items()}
Request = Hello | Ask | Propose
_REQUEST_LIMIT: Final = 1 << 16  # bytes; who sends more is disconnected


class ViewServer:
    """The server's two sockets. ``publish`` costs little when nobody listens; ``rev`` numbers what was published.
    Raises :class:`ConfigError` for an address that other machines could reach."""

    def __init__(self, publish_url: str, request_url: str, context: zmq.Context[zmq.Socket[bytes]]) -> None:
        self.rev = time.time_ns() // 1000  # a server that begins anew is always ahead: consoles see a gap
        self._pub: zmq.Socket[bytes] = context.socket(zmq.PUB)
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

    def publish(self, view: View) -> None:
        self.rev += 1
        self._pub.send_multipart((_TOPICS[type(view)], self.rev.to_bytes(8, "big"), codec.encode(view)))

    def requests(self) -> Iterator[tuple[bytes, Request | str]]:
        """What consoles ask: their zmq identity and the request, or what is wrong with it. Never blocks."""
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

    def answer(self, identity: bytes, view: Snapshot | Reply) -> None:
        self.router.send_multipart((identity, _TOPICS[type(view)], self.rev.to_bytes(8, "big"), codec.encode(view)))

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
        self._sub: zmq.Socket[bytes] = context.socket(zmq.SUB)
        self._sub.setsockopt(zmq.RCVHWM, 20000)
        self._sub.setsockopt(zmq.SUBSCRIBE, b"")
        self._sub.connect(publish_url)
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
        """What came by the SUB socket. Where revisions go back, another server speaks, with a clock behind the last
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
        yield int.from_bytes(rev, "big"), codec.decode(payload, _TYPES[topic])


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
