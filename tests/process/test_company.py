"""A simulated field speaks only where nobody else does."""

from __future__ import annotations

import subprocess
from pathlib import Path

from running import RUN, served, until

from twin.link.broker import choose
from twin.link.mqtt import BrokerAddress, MqttBus


def test_a_field_refuses_a_namespace_where_somebody_else_speaks(tmp_path: Path) -> None:
    broker = choose(None, tmp_path)
    sender = MqttBus(BrokerAddress.parse(broker.url), "other")
    try:
        until(lambda: served(sender) and sender.connected, 10, "the sender connects")
        field = subprocess.Popen(
            [*RUN, "field", "--broker", broker.url, "--simulation", "town"], stderr=subprocess.PIPE, text=True
        )

        def refused() -> bool:
            sender.publish("sim/town/dev/level_1/senml", b"[]")
            sender.wait(0.05)
            return field.poll() is not None

        until(refused, 40, "the field gives up")
        said = field.communicate()[1]
        assert field.returncode == 1
        assert "somebody else already publishes below sim/town/" in said
        assert "Traceback" not in said
    finally:
        sender.close(0.1)
        broker.stop()
