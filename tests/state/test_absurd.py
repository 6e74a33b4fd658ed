"""Numbers, names and topics that no honest sender has: refused by a reason, and belief can still be written down."""

from __future__ import annotations

import json
import warnings
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from speaking import NS, Person, Speaker, T, device_of

from twin.city.locate import Locator
from twin.core.bus import Message
from twin.state import movers
from twin.state.counts import PUBLISHERS
from twin.state.senses import Senses
from twin.state.sources import LONGEST_TOPIC

PERSON = Person()
ABSURD: st.SearchStrategy[Any] = st.sampled_from(
    [10**30, -(10**30), 2**63, 2**64, -1, 0, 1e308, -1e308, "", "²", "x" * 5_000, None, True, [], {}, [[[[0]]]], "\x00"]
)


@pytest.fixture
def senses(speaker: Speaker, locator: Locator) -> Senses:
    return speaker.senses(register=[PERSON], locator=locator)


def shapes(speaker: Speaker) -> list[tuple[str, Any]]:
    """Right messages of every family."""
    latitude, longitude = speaker.degrees(100.0, 0.0)
    here = {"latitude": latitude, "longitude": longitude}
    unit, gauge = "pump_truck_1", device_of(speaker.city, "water_level")
    moving = {"unit": unit, "time_ms": T, "heading_deg": 1.0, "speed_mps": 1.0, **here}
    report = {"report_id": "r", "unit": unit, "state": "driving", "time_ms": T, "order_id": "o", "note": "n", **here}
    gateway = speaker.city.devices[0].gateway
    coded = [speaker.cam("veh_1", 100.0, 0.0), speaker.denm("veh_1", 100.0, 0.0), speaker.spatem(1, [(1, 3)]),
             speaker.reads(gauge, T, level=0.1, battery=50.0)]  # fmt: skip
    return [
        *((message.topic, json.loads(message.payload)) for message in coded),
        (f"{NS}/units/{unit}/position", moving),
        (f"{NS}/units/{unit}/report", report),
        (f"{NS}/gw/{gateway}/state", {"gateway": gateway, "state": "online", "time_ms": T}),
        (f"{NS}/tally/c", {"client": "c", "sequence": 1, "wall_ms": 1.0, "sent": {"cam": 1}}),
    ]


def spoilt(value: Any, path: int, absurd: Any) -> Any:
    """The value with one of its leaves, counted round, replaced."""
    leaves: list[tuple[Any, Any]] = []

    def walk(node: Any) -> None:
        for key in range(len(node)) if isinstance(node, list) else list(node):
            if isinstance(node[key], dict | list) and node[key]:
                walk(node[key])
            else:
                leaves.append((node, key))

    walk(value)
    node, key = leaves[path % len(leaves)]
    node[key] = absurd
    return value


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 60), ABSURD), min_size=1, max_size=8))
@settings(max_examples=120, deadline=None)
def test_absurd_values_leave_belief_writable(
    speaker: Speaker, locator: Locator, spoils: list[tuple[int, int, Any]]
) -> None:
    senses = speaker.senses(register=[PERSON], locator=locator)
    messages = []
    for which, path, absurd in spoils:
        topic, body = shapes(speaker)[which]
        messages.append(Message(topic, json.dumps(spoilt(body, path, absurd)).encode()))
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        senses.take(messages, T, wall_ms=1.0)
        senses.advance(T + 1_000)
    assert senses.counts.accepted + sum(senses.counts.rejected.values()) == len(messages)
    written = senses.snapshot()
    senses.restore(written)
    assert senses.snapshot() == written


@pytest.mark.parametrize("payload", [b"[" * 60_000, b'{"a":' * 10_000, b"\xff\xfe{}", b'{"unit": "\\ud800"}', b"1e400"])
def test_payloads_that_break_parsers_are_malformed(senses: Senses, speaker: Speaker, payload: bytes) -> None:
    topics = [topic for topic, _ in shapes(speaker)] + [f"{NS}/person/{PERSON.pseudonym}/report"]
    senses.take([Message(topic, payload) for topic in topics], T)
    assert senses.counts.rejected == {"malformed": len(topics)}


def test_topics_are_remembered_only_while_they_are_short(senses: Senses) -> None:
    deep = Message(f"{NS}/" + "/".join("a" * 3_000), b"{}")
    long = Message(f"{NS}/inQueue/v2x/cam/{'x' * LONGEST_TOPIC}/0/1/2", b"{}")
    senses.take([deep, long], T)
    assert [(refusal.reason.value, refusal.topic) for refusal in senses.refusals] == [
        ("oversize", deep.topic), ("oversize", long.topic)
    ]  # fmt: skip


def test_made_up_publishers_do_not_fill_the_books(senses: Senses) -> None:
    said = {"sequence": 1, "wall_ms": 1.0, "sent": {"cam": 1}}
    senses.take(
        [Message(f"{NS}/tally/c{n}", json.dumps({"client": f"c{n}", **said}).encode()) for n in range(PUBLISHERS + 5)],
        T,
    )
    assert senses.counts.rejected == {"too_many": 5}


def test_made_up_vehicles_do_not_fill_the_streets(
    senses: Senses, speaker: Speaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(movers, "MOST", 5)
    senses.take([speaker.cam(f"veh_{n}", 100.0 + n, 0.0) for n in range(8)], T)
    assert (senses.counts.accepted, senses.counts.rejected) == (5, {"too_many": 3})
    senses.take([speaker.cam("veh_1", 103.0, 0.0, T + 500), Message(*_position(speaker))], T + 500)
    assert senses.counts.accepted == 7 and senses.unit_position("pump_truck_1") is not None
    for at in range(T, T + 70_000, 1_000):
        senses.advance(at)
    senses.take([speaker.cam("veh_7", 107.0, 0.0, T + 70_000)], T + 70_000)
    assert senses.counts.rejected == {"too_many": 3}


def _position(speaker: Speaker) -> tuple[str, bytes]:
    topic, body = shapes(speaker)[4]
    return topic, json.dumps(body).encode()
