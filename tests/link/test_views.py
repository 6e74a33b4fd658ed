"""The two zmq sockets: they stay on this machine, take any bytes, and a console follows whatever server speaks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import msgspec
import pytest
import zmq

from twin.core.clock import CityClock
from twin.core.errors import ConfigError
from twin.core.views import Ask, Hello, View
from twin.link.views import CENTRE, ViewLink, ViewServer

LOCAL = "tcp://127.0.0.1:*"
NOON = CityClock(0, 0, 1.0, True, 1.0)


@pytest.fixture
def context() -> Iterator[zmq.Context[zmq.Socket[bytes]]]:
    with zmq.Context() as context:
        yield context


def soon(look: Callable[[], object]) -> object:
    deadline = time.monotonic() + 10
    while not (found := look()):
        assert time.monotonic() < deadline
        time.sleep(0.005)
    return found


@pytest.mark.parametrize("url", ["tcp://*:5600", "tcp://0.0.0.0:5600", "tcp://192.168.1.4:5600", "tcp://[::]:5600",
                                 "tcp://eth0:5600", "tcp://example.org:5600", "5600"])  # fmt: skip
def test_nothing_wider_than_this_machine_is_listened_on(context: zmq.Context[zmq.Socket[bytes]], url: str) -> None:
    with pytest.raises(ConfigError, match="this machine"):
        ViewServer(url, LOCAL, context)
    with pytest.raises(ConfigError, match="this machine"):
        ViewServer(LOCAL, url, context)


def test_a_port_in_use_is_said(context: zmq.Context[zmq.Socket[bytes]]) -> None:
    server = ViewServer(LOCAL, LOCAL, context)
    with pytest.raises(ConfigError, match="in use"):
        ViewServer(server.publish_url, LOCAL, context)
    server.close()


def test_whatever_bytes_come_are_a_request_or_a_fault(context: zmq.Context[zmq.Socket[bytes]]) -> None:
    server = ViewServer(LOCAL, LOCAL, context)
    good = msgspec.msgpack.encode(Ask(token="t", kind="unit", id="u"))
    bad = [[b""], [b"\xff" * 50], [b"\x91" * 60_000], [b"{}"], [good, good], [b"", good], [good[:-1]],
           [msgspec.msgpack.encode({"type": "ask", "token": 5, "kind": "x", "id": "y"})],
           [good.replace(b"unit", b"\xff\xfe\xfd\xfc")]]  # fmt: skip
    with context.socket(zmq.DEALER) as dealer:
        dealer.setsockopt(zmq.LINGER, 0)
        dealer.connect(server.request_url)
        for parts in [*bad, [good]]:
            dealer.send_multipart(parts)
        heard: list[object] = []

        def all_came() -> bool:
            heard.extend(request for _, request in server.requests())
            return len(heard) > len(bad)

        soon(all_came)
    assert all(isinstance(request, str) and request for request in heard[:-1])
    assert isinstance(heard[-1], Ask)
    server.close()


def test_who_sends_too_much_is_cut_off_and_others_are_heard(context: zmq.Context[zmq.Socket[bytes]]) -> None:
    server = ViewServer(LOCAL, LOCAL, context)
    with context.socket(zmq.DEALER) as greedy, context.socket(zmq.DEALER) as modest:
        for dealer in (greedy, modest):
            dealer.setsockopt(zmq.LINGER, 0)
            dealer.connect(server.request_url)
        greedy.send(bytes(1 << 20))
        modest.send(msgspec.msgpack.encode(Hello(token="t")))
        heard = soon(lambda: [request for _, request in server.requests()])
    assert heard == [Hello(token="t")]
    server.close()


def test_a_server_whose_clock_is_behind_the_last_one_is_followed(context: zmq.Context[zmq.Socket[bytes]]) -> None:
    first = ViewServer(LOCAL, LOCAL, context)
    first.admit = _centre
    first.rev = 5_000
    link = ViewLink(first.publish_url, first.request_url, "t", context)
    seen: list[View] = []

    def hears(server: ViewServer) -> bool:
        server.publish(NOON)
        seen.extend(link.poll())
        return any(isinstance(request, Hello) for _, request in server.requests())

    soon(lambda: hears(first))
    soon(lambda: hears(first) or link._told > 5_000)  # what the first server published has been heard
    urls = first.publish_url, first.request_url
    first.close()
    second = soon(lambda: _server(urls, context))
    assert isinstance(second, ViewServer)
    second.rev = 10
    link._rev = 6_000  # as if the first one's snapshot had come
    soon(lambda: hears(second))
    assert not link.connected
    link.close()
    second.close()


def _server(urls: tuple[str, str], context: zmq.Context[zmq.Socket[bytes]]) -> ViewServer | None:
    """None while the sockets of the one before are still being let go."""
    try:
        server = ViewServer(*urls, context)
    except ConfigError:
        return None
    server.admit = _centre
    return server


def _centre(token: str) -> str | None:
    return CENTRE if token == "t" else None


def test_a_token_opens_its_own_stream_and_no_other(context: zmq.Context[zmq.Socket[bytes]]) -> None:
    """Neither an operator's views for a resident, nor one resident's for another, nor anything without a token."""
    server = ViewServer(LOCAL, LOCAL, context)
    server.admit = {"t": CENTRE, "one": "res_1", "two": "res_2"}.get
    links = {
        token: ViewLink(server.publish_url, server.request_url, token, context) for token in ("t", "one", "two", "no")
    }
    heard: dict[str, set[int]] = {token: set() for token in links}
    with context.socket(zmq.SUB) as spy:
        spy.setsockopt(zmq.LINGER, 0)
        spy.subscribe(b"")
        spy.connect(server.publish_url)

        def all_hear() -> bool:
            server.publish(CityClock(1, 1, 1.0, True, 1.0))
            for number, name in ((2, "res_1"), (3, "res_2")):
                server.stream(name).publish(CityClock(number, number, 1.0, True, 1.0))
            for token, link in links.items():
                heard[token] |= {view.city_ms for _, view in link._published() if isinstance(view, CityClock)}
            return all(heard[token] for token in ("t", "one", "two"))

        soon(all_hear)
        for _ in range(20):
            all_hear()
        assert heard == {"t": {1}, "one": {2}, "two": {3}, "no": set()}
        assert not spy.poll(50)
    assert server.listening() == ("res_1", "res_2")
    links["one"].close()
    soon(lambda: server.listening() == ("res_2",))
    for token in ("t", "two", "no"):
        links[token].close()
    server.close()
