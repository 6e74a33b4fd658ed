"""Everything wrong that can be said to a running server, by MQTT and zmq: refused with a reason, and it serves on."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import zmq
from rich.console import Console
from running import Site, served, site, until

from services.app.deadletter_tools import list_deadletters, retake_deadletters
from services.app.people import operator_token
from twin.city.model import City
from twin.core import codec
from twin.core.views import Ask, Hello, Propose, Reply

NS = "sim/hostile"


@pytest.fixture
def running(tmp_path: Path, grid_city: City) -> Iterator[Site]:
    with site(tmp_path, grid_city.directory, "--simulation", "hostile", "--at", "10:00", "--seed", "7") as running:
        yield running


def _topics(city: City) -> list[str]:
    device, gateway = city.devices[0].id, city.devices[0].gateway
    tile = "/".join("0" * 22)
    return [
        *(f"{NS}/inQueue/v2x/{word}/veh_1/{tile}" for word in ("cam", "denm", "spat", "map", "srem", "nonsense")),
        f"{NS}/dev/{device}/senml", f"{NS}/dev/nobody/senml", f"{NS}/dev/{device}/a/b", f"{NS}/dev//senml",
        f"{NS}/gw/{gateway}/state", f"{NS}/units/pump_truck_1/report", f"{NS}/units/nobody/position",
        *(f"{NS}/person/nobody/{verb}" for verb in ("presence", "position", "report", "request")),
        f"{NS}/tally/x", "default/inQueue/v2x/cam/veh_1/0/1", "default/outQueue/v2x/denm/veh_1",
        f"{NS}/inQueue/v2x/cam/" + "/".join("a" * 100), f"{NS}/dev/" + "x" * 5_000 + "/senml",
        f"{NS}/inQueue/v2x/cam/车辆\u0301/{tile}",
    ]  # fmt: skip


def _payloads() -> list[bytes]:
    dice = random.Random(7)
    return [
        b"", b"{}", b"[]", b"null", b"NaN", b"1e400", b'{"a": Infinity}', b"\xff\xfe\x00", b'"\\ud800"', b"[" * 60_000,
        b'{"a":' * 9_000, b" " * 70_000, bytes(500_000), b'[{"n":"x","v":1e400}]', b"9" * 5_000,
        json.dumps({"unit": 10**400, "message": [[]], "type": {}}).encode(),
        *(dice.randbytes(dice.randrange(1, 200)) for _ in range(40)),
    ]  # fmt: skip


def test_nothing_said_over_mqtt_stops_the_server(running: Site, grid_city: City) -> None:
    bus = running.bus("attacker")
    sent = 0
    for number in (b"9" * 5_000, "²".encode(), b"-1", b"", b"online", bytes(100_000)):
        bus.publish(f"{NS}/field/reached", number, qos=1)
        bus.publish(f"{NS}/field/state", number, qos=1)
    for topic in _topics(grid_city):
        for payload in _payloads():
            bus.publish(topic, payload, qos=1, retain=not sent % 50 and bool(payload))
            sent += 1
        bus.wait(0.01)
    until(lambda: served(bus) and not bus.unacknowledged, 60, "the broker took it all")
    summary = until(lambda: _heard(running, sent), 60, f"all is counted; {running.log()}")
    messages = summary["messages"]
    assert set(messages["rejected"]) >= {"malformed", "oversize", "wrong_topic", "unknown_device"}  # type: ignore[index]
    assert summary["faults"] == []
    shown = Console(width=200, record=True, quiet=True)
    assert list_deadletters(running.data, console=shown) == 0
    assert retake_deadletters(running.data, reason="wrong_topic", console=shown) == 0
    before = messages["rejected"]["wrong_topic"]  # type: ignore[index]
    until(lambda: running.summary()["messages"]["rejected"]["wrong_topic"] > before, 30, "letters are taken in again")  # type: ignore[index]
    assert running.server is not None and running.server.exit_code() is None
    running.server.stop()
    running.start_server()  # its checkpoint and journal can be read, retained rubbish comes again
    assert running.summary()["faults"] == []  # type: ignore[index]


def _heard(running: Site, sent: int) -> dict[str, object] | None:
    summary = running.summary()
    if summary is None:
        return None
    messages = summary["messages"]
    count = messages["accepted"] + sum(messages["rejected"].values())  # type: ignore[index]
    return summary if count >= sent - 5 * len(_payloads()) else None  # some topics are not listened to


def _proposals(token: str) -> list[tuple[str, Propose]]:
    bodies = [
        b"", b"{}", b"[" * 50_000, b'{"t":' * 9_000, b"\xff\xff", b'{"t":"NoSuch"}', b'{"t":"SetClock","pace":1e400}',
        b'{"t":"SetClock","pace":NaN}', b'{"t":"SetClock","pace":-1}', b'{"t":"SetClock","pace":1e300}',
        b'{"t":"AddNote","case":5,"note":[]}', b'{"t":"AddNote","case":"C-9999","note":"x"}',
        b'{"t":"AssignUnit","case":"C-0001","unit":"\\ud800"}',
        b'{"t":"AddNote","case":"C-0001","note":"x","actor":{"kind":"system","id":"civitwin"}}',
        b'{"t":"NoteRestart","checkpoint":0,"last_turn":0,"down_ms":9000000000000000}',
        b'{"t":"NoteRestart","checkpoint":0,"last_turn":0,"down_ms":%d}' % 10**40,
        b'{"t":"AttachFeed","feed":"x"}', b'{"t":"ErasePerson","person":"checkpoint/1","ground":"none"}',
        b'{"t":"CaseClosed","case":"C-0001","outcome":"verified"}', b'{"t":"ReloadConfig","hash":"../../etc"}',
    ]  # fmt: skip
    said = [(f"p{number}", Propose(token=token, id=f"p{number}", command=body)) for number, body in enumerate(bodies)]
    note = b'{"t":"SetClock","running":true}'
    ids = ["", "x" * 1_000, "restart/9", "feed/its/1"]
    return [*said, *((id, Propose(token=token, id=id, command=note)) for id in ids)]


def test_nothing_asked_over_zmq_stops_the_server_or_is_believed(running: Site, grid_city: City) -> None:
    token = operator_token(running.data, grid_city.directory, "10:00")
    with running.context.socket(zmq.DEALER) as dealer:
        dealer.setsockopt(zmq.LINGER, 0)
        dealer.connect(running.requests)

        def answers() -> Iterator[Reply]:
            while dealer.poll(0):
                topic, _, payload = dealer.recv_multipart()
                if topic == b"reply":
                    yield codec.decode(payload, Reply)

        def settle(mark: str) -> dict[str, Reply]:
            """All answers up to that to a question of our own."""
            dealer.send(msgspec.msgpack.encode(Ask(token="", kind="summary", id=mark)))
            found: dict[str, Reply] = {}

            def told() -> bool:
                found.update({reply.id: reply for reply in answers()})
                return mark in found

            until(told, 60, f"an answer to {mark}; {running.log()}")
            return found

        for parts in ([b""], [b"\xff" * 60_000], [b"\x91" * 60_000], [b"a", b"b", b"c"], [bytes(100)] * 500):
            dealer.send_multipart(parts)
        for number in range(3_000):
            dealer.send(msgspec.msgpack.encode(Hello(token=f"guess {number}")))
        settle("after the guesses")
        ids = ["²", "9" * 5_000, "-1", "65536", str(2**63), "", "\x00", "../x", "{0.__class__}"]
        kinds = ["vehicle", "unit", "resident", "device", "case", "intersection", "", "snapshot"]
        for kind in kinds:
            for id in ids:
                dealer.send(msgspec.msgpack.encode(Ask(token=token, kind=kind, id=id)))
        pages = settle("after the pages")
        assert not any(pages[id].accepted for id in ids)
        proposals = _proposals(token)
        for _, proposal in proposals:
            dealer.send(msgspec.msgpack.encode(proposal))
        replies = settle("after the proposals")
        assert [id for id, _ in proposals if replies[id].accepted] == []
        assert all(replies[id].reason is not None for id, _ in proposals)
    summary = until(running.summary, 20, "it serves on")
    assert summary["faults"] == []
    assert running.server is not None and running.server.exit_code() is None
