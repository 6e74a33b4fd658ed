"""The field follows the server's clock, and nothing else that somebody says on its topic."""

from __future__ import annotations

import msgspec
import pytest

from services.app.field import ClockedBus
from twin.core.bus import InProcessBroker, Message
from twin.core.clock import CityClock
from twin.field.inbound import read

NOON = CityClock(1, 2, 5.0, True, 5.0)
RUBBISH = (b"", b"[" * 60_000, b"\xff", b'{"wall_ms":1e400}', b'{"wall_ms":1,"city_ms":1,"pace":1e308}',
           b'{"wall_ms":1,"city_ms":-5}', b'{"wall_ms":1,"city_ms":%d}' % 10**30)  # fmt: skip


@pytest.mark.parametrize("payload", RUBBISH)
def test_what_is_no_clock_changes_nothing(payload: bytes) -> None:
    broker = InProcessBroker()
    server, bus = broker.connect(), ClockedBus(broker.connect(), "sim/x")  # type: ignore[arg-type]
    server.publish("sim/x/clock", msgspec.json.encode(NOON))
    server.publish("sim/x/clock", payload)
    bus.look()
    assert bus.clock == NOON


@pytest.mark.parametrize("payload", RUBBISH[:4])
def test_what_is_no_order_closure_or_answer_is_not_heard(payload: bytes) -> None:
    for tail in ("units/u/order", "lights/x/order", "person/p/answer"):
        assert read("sim/x", Message(f"sim/x/{tail}", payload)) is None
