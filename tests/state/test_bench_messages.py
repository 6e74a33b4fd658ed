"""What the intake bench publishes is what the twin accepts, byte for byte."""

from __future__ import annotations

import socket
from pathlib import Path

from speaking import KINDS, Speaker

from services.app.bench_intake import watched
from services.app.bench_publisher import START_MS, city_messages, write_packets
from twin.city.locate import Locator
from twin.core.words import Provenance
from twin.link.stream import PublishStream
from twin.state.senses import Senses
from twin.state.sources import Source


def test_the_benchs_messages_are_accepted_and_framed_as_mqtt(
    speaker: Speaker, locator: Locator, tmp_path: Path
) -> None:
    messages = city_messages(speaker.city, KINDS, "sim/bench", 90)
    source = Source(name="bench", namespace="sim/bench", provenance=Provenance.SIMULATED)
    senses = Senses(speaker.city, KINDS, watched(KINDS), [source], locator=locator)
    batch = senses.take(messages, START_MS)
    assert (senses.counts.accepted, senses.counts.rejected) == (90, {})
    assert len(batch.positions) == 60
    for qos in (0, 1):
        path = tmp_path / f"{qos}.packets"
        write_packets(messages, qos, path)
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.setblocking(False)
            theirs.sendall(path.read_bytes())
            stream = PublishStream(ours)
            for _ in range(20):
                stream.fill()
            assert stream.messages == messages
