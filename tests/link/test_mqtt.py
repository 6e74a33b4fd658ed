"""The MQTT bus against real brokers on free ports: both of those the project can start."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from twin.core.bus import Message
from twin.link.broker import Broker, choose, find_mosquitto, listening
from twin.link.mqtt import BrokerAddress, MqttBus, Will

KINDS = ["mosquitto", "embedded"]


@pytest.fixture(params=KINDS)
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Broker]:
    if request.param == "mosquitto" and find_mosquitto() is None:
        pytest.skip("no mosquitto on this machine")
    broker = choose(None, tmp_path, embedded=request.param == "embedded")
    yield broker
    broker.stop()
    assert not listening(broker.port)


def until(done: Callable[[], bool], *buses: MqttBus, limit_s: float = 15.0) -> None:
    deadline = time.monotonic() + limit_s
    while not done():
        assert time.monotonic() < deadline, "not in time"
        for bus in buses:
            bus.wait(0.01)


def test_both_qualities_of_service_and_large_payloads_arrive(broker: Broker) -> None:
    address = BrokerAddress.parse(broker.url)
    reader, writer = MqttBus(address, "reader"), MqttBus(address, "writer")
    reader.subscribe("a/#", qos=1)
    until(lambda: reader.connected and writer.connected, reader, writer)
    reader.wait(0.05)
    sent = [Message(f"a/{n % 7}", b"x" * (n * 37 % 2000)) for n in range(3000)]
    for n, message in enumerate(sent):
        writer.publish(message.topic, message.payload, qos=1 if n % 10 == 0 else 0)
    got: list[Message] = []

    def all_arrived() -> bool:
        got.extend(reader.drain())
        return len(got) >= len(sent) and writer.unacknowledged == 0

    until(all_arrived, reader, writer)
    assert sorted(got) == sorted(sent)
    reader.close()
    writer.close()


def test_a_dead_broker_is_survived_and_retained_messages_are_said_again(broker: Broker) -> None:
    address = BrokerAddress.parse(broker.url)
    reader, writer = MqttBus(address, "reader"), MqttBus(address, "writer")
    reader.subscribe("state/+")
    until(lambda: reader.connected and writer.connected, reader, writer)
    writer.publish("state/kept", b"1", qos=1, retain=True)
    writer.publish("state/cleared", b"1", qos=1, retain=True)
    until(lambda: writer.unacknowledged == 0, reader, writer)
    assert broker.child is not None
    broker.child.stop()
    until(lambda: not reader.connected and not writer.connected, reader, writer)
    reader.drain()
    writer.publish("state/cleared", b"", qos=1, retain=True)
    broker.restart()
    got: list[Message] = []

    def again() -> bool:
        got.extend(message for message in reader.drain() if message.payload)
        return bool(got)

    until(again, reader, writer)
    assert [(m.topic, m.payload) for m in got] == [("state/kept", b"1")]
    reader.close()
    writer.close()


def test_a_last_will_is_said_for_a_client_that_vanishes(broker: Broker) -> None:
    address = BrokerAddress.parse(broker.url)
    reader = MqttBus(address, "reader")
    dying = MqttBus(address, "dying", will=Will("gw/1/state", b"offline"))
    reader.subscribe("gw/#", qos=1)
    until(lambda: reader.connected and dying.connected, reader, dying)
    reader.wait(0.05)
    stream = dying._client.stream
    assert stream is not None
    stream.close()
    got: list[Message] = []

    def told() -> bool:
        got.extend(reader.drain())
        return bool(got)

    until(told, reader)
    assert (got[0].topic, got[0].payload) == ("gw/1/state", b"offline")
    reader.close()


NOT_MQTT = (
    b"\x20\x02\x00\x01", b"\x20\x02\x00\x05", b"\x20\x00", b"\x20\x02\x00\x00\x90\x00", b"HTTP/1.1 400 Bad",
    b"\x20\x02\x00\x00\xff\xff\xff\xff\xff", b"\x20\x02\x00\x00\x34\x05\x00\x01\xff\x00\x01\x62\x02\x00\x01",
    b"\x20\x02\x00\x00\x40\x01\x00",
)  # fmt: skip


@pytest.mark.parametrize("said", NOT_MQTT)
def test_what_no_broker_says_ends_the_connection_and_nothing_else(said: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.01)
        bus = MqttBus(BrokerAddress.parse(f"mqtt://127.0.0.1:{listener.getsockname()[1]}"), "patient")
        bus.subscribe("a/#", qos=2)
        for _ in range(2):  # it comes again
            peers: list[socket.socket] = []

            def called(peers: list[socket.socket] = peers) -> bool:
                with suppress(TimeoutError):
                    peers.append(listener.accept()[0])
                return bool(peers)

            until(called, bus)
            with peers[0] as peer:
                peer.sendall(said)
                peer.shutdown(socket.SHUT_WR)
                until(lambda: bus.fileno() < 0, bus)
        assert not bus.connected
        bus.close()
