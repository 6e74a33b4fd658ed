"""``run.py bench intake``: the whole intake against a bare subscriber that only counts, and publish-to-belief latency.

Two thirds CAM 2.4.0 on full quadkey topics, one third SenML, encoded beforehand by a raw-socket publisher in a process
of its own, through a broker with our own configuration, MQTT 3.1.1. Bare and whole rounds alternate; the ratio is the
median of the rounds' own ratios, so that a busy machine weighs on both.
"""

from __future__ import annotations

import select
import statistics
import sys
import tempfile
import time
from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from rich.console import Console
from rich.progress import Progress

from services.app import installation
from services.app.bench_publisher import START_MS, city_messages, write_packets
from twin.city.kinds import DeviceKind, load_kinds
from twin.city.load import load
from twin.core.bus import Message
from twin.core.errors import CivitwinError
from twin.core.words import Provenance
from twin.link.broker import Broker, choose, find_mosquitto
from twin.link.guard import Child, start
from twin.link.mqtt import BrokerAddress, MqttBus
from twin.link.recording import Header, Segment, sealed_batch
from twin.state.conditions import SensorCondition
from twin.state.senses import Senses
from twin.state.sources import Source

ROUNDS: Final = 5
MESSAGES: Final = 60_000
LATENCY_PER_S: Final = 1_000
LATENCY_MESSAGES: Final = 4_000
LARGEST_BATCH: Final = 4_096  # as the server's
TICK_S: Final = 0.1
NAMESPACE: Final = "sim/bench"
_BEYOND: Final[tuple[tuple[Literal[">", "<"], float, float], ...]] = ((">", 0.8, 0.7), ("<", 0.1, 0.2))
_PATIENCE_S: Final = 10.0
_WARM_UP: Final = 200  # messages of a latency run that are not counted


@dataclass(frozen=True, slots=True)
class Bench:
    """What all rounds share. ``blank`` is the snapshot of senses that have heard nothing."""

    directory: Path
    senses: Senses
    blank: bytes

    def packets(self, qos: int) -> Path:
        return self.directory / f"qos{qos}.packets"


@dataclass(slots=True)
class Round:
    """One run of a subscriber; ``done_ns`` has, for a latency run, when each message was believed."""

    received: int = 0
    seconds: float = 0.0
    done_ns: array[int] = field(default_factory=lambda: array("q"))


def bench_intake(out: Console, city_directory: Path | None = None) -> dict[str, object]:
    """The figures of the command's JSON file."""
    kinds = load_kinds(installation.config_directory() / "device_kinds.toml")
    city = load(installation.city_directory(city_directory))
    source = Source(name="bench", namespace=NAMESPACE, provenance=Provenance.SIMULATED)
    result: dict[str, object] = {"broker": "mosquitto" if find_mosquitto() else "embedded"}
    with tempfile.TemporaryDirectory() as folder, Progress(console=out, transient=True) as progress:
        task = progress.add_task("intake", total=4 * ROUNDS + 3)
        senses = Senses(city, kinds, watched(kinds), [source])
        bench = Bench(Path(folder), senses, senses.snapshot())
        messages = city_messages(city, kinds, NAMESPACE, MESSAGES)
        for qos in (0, 1):
            write_packets(messages, qos, bench.packets(qos))
        write_packets(messages[:LATENCY_MESSAGES], 0, bench.directory / "paced.packets")
        progress.advance(task)
        broker = choose(None, bench.directory / "broker")
        try:
            for qos in (0, 1):
                result[f"qos{qos}"] = _compare(bench, broker, qos, lambda: progress.advance(task))
            latency = {str(result["broker"]): _latency(bench, broker)}
        finally:
            broker.stop()
        progress.advance(task)
        embedded = choose(None, bench.directory / "embedded", embedded=True)
        try:
            latency["embedded"] = _latency(bench, embedded)
        finally:
            embedded.stop()
        progress.advance(task)
    return {**result, "publish_to_belief_ms_at_1000_per_s": latency}


def watched(kinds: Mapping[str, DeviceKind]) -> list[SensorCondition]:
    """Two conditions on every quantity of every kind: more than the scenes that come with the twin."""
    return [
        SensorCondition(
            id=f"bench/{kind.id}-{quantity.id}{op}",
            device_kind=kind.id,
            quantity=quantity.id,
            op=op,
            threshold=quantity.range[0] + share * (quantity.range[1] - quantity.range[0]),
            clear=quantity.range[0] + calm * (quantity.range[1] - quantity.range[0]),
            dwell_s=30.0,
        )
        for kind in kinds.values()
        for quantity in kind.quantities
        for op, share, calm in _BEYOND
    ]


def _compare(bench: Bench, broker: Broker, qos: int, progressed: Any) -> dict[str, object]:
    bare: list[float] = []
    whole: list[float] = []
    lost = 0
    for number in range(ROUNDS):
        runs = [(bare, _bare), (whole, _whole)]
        for rates, run in runs if number % 2 == 0 else reversed(runs):
            done = run(bench, broker, qos, MESSAGES, bench.packets(qos), 0)
            rates.append(done.received / done.seconds)
            lost += (MESSAGES - done.received) if run is _whole else 0
            progressed()
    ratios = [w / b for w, b in zip(whole, bare, strict=True)]
    return {
        "ratio": round(statistics.median(ratios), 3),
        "lost": lost,
        "ratios": [round(ratio, 3) for ratio in ratios],
        "bare_per_s": round(statistics.median(bare)),
        "whole_per_s": round(statistics.median(whole)),
    }


def _latency(bench: Bench, broker: Broker) -> dict[str, float]:
    packets = bench.directory / "paced.packets"
    done = _whole(bench, broker, 0, LATENCY_MESSAGES, packets, LATENCY_PER_S)
    sent = np.frombuffer(packets.with_suffix(".sent").read_bytes(), np.int64)
    if done.received != len(sent):
        raise CivitwinError(f"{len(sent) - done.received} of {len(sent)} messages were lost at {LATENCY_PER_S}/s")
    delay_ms = (np.array(done.done_ns, np.int64) - sent)[_WARM_UP:] / 1e6
    p50, p99 = np.percentile(delay_ms, (50, 99))
    return {"p50": round(float(p50), 2), "p99": round(float(p99), 2)}


def _publisher(broker: Broker, qos: int, packets: Path, per_second: int) -> Child:
    command = [sys.executable, "-m", "services.app.bench_publisher", str(broker.port), str(qos), str(packets)]
    return start([*command, str(per_second)], log=packets.with_suffix(".log"))


def _bare(bench: Bench, broker: Broker, qos: int, count: int, packets: Path, per_second: int) -> Round:
    """paho as it comes, counting."""
    done = Round()
    begin = 0.0
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="bare")
    ready: list[bool] = []

    def heard(*_: object) -> None:
        nonlocal begin
        done.received += 1
        if done.received == 1:
            begin = time.perf_counter()
        elif done.received == count:
            done.seconds = time.perf_counter() - begin

    client.on_message = heard
    client.on_subscribe = lambda *_: ready.append(True)
    client.connect("127.0.0.1", broker.port)
    while not client.is_connected():
        client.loop(1.0)
    client.subscribe(f"{NAMESPACE}/#", qos)
    while not ready:
        client.loop(1.0)
    publisher = _publisher(broker, qos, packets, per_second)
    seen, patient_until = 0, time.monotonic() + _PATIENCE_S
    while done.received < count and time.monotonic() < patient_until:
        client.loop(1.0)
        if done.received - seen > 100:
            seen, patient_until = done.received, time.monotonic() + _PATIENCE_S
    publisher.wait(_PATIENCE_S)
    client.disconnect()
    client.loop(0.1)
    if done.received < count:
        raise CivitwinError(f"the bare subscriber received {done.received} of {count} messages; is the machine full?")
    return done


def _whole(bench: Bench, broker: Broker, qos: int, count: int, packets: Path, per_second: int) -> Round:
    """Everything the server does with telemetry: read, record, decode, validate, believe, notice."""
    senses, done = bench.senses, Round()
    senses.restore(bench.blank)
    bus = MqttBus(BrokerAddress.parse(broker.url), "whole")
    bus.subscribe(f"{NAMESPACE}/#", qos=qos)
    settled = time.monotonic() + 0.5
    while not bus.connected or time.monotonic() < settled:
        bus.wait(0.05)
    segment = _segment(bench.directory)
    publisher = _publisher(broker, qos, packets, per_second)
    begin = 0.0
    patient_until, tick_at, turn = time.monotonic() + _PATIENCE_S, 0.0, 0
    while done.received < count and time.monotonic() < patient_until:
        select.select([bus.fileno()], [], [], TICK_S)
        bus.service()
        messages = bus.drain()
        now = time.perf_counter()
        begin = begin or (now if messages else 0.0)
        city_ms = START_MS + round((now - begin) * 1000) if begin else START_MS
        for at in range(0, len(messages), LARGEST_BATCH):
            turn += 1
            _take(senses, segment, messages[at : at + LARGEST_BATCH], city_ms, turn, done)
            patient_until = time.monotonic() + _PATIENCE_S
        if now >= tick_at:
            tick_at = now + TICK_S
            senses.advance(city_ms)
    done.seconds = time.perf_counter() - begin
    publisher.wait(_PATIENCE_S)
    bus.close()
    segment.close()
    segment.path.unlink()
    if senses.counts.rejected:
        raise CivitwinError(f"the bench's own messages were refused: {senses.counts.rejected}")
    return done


def _take(senses: Senses, segment: Segment, messages: list[Message], city_ms: int, turn: int, done: Round) -> None:
    segment.write(sealed_batch(turn, city_ms, messages, False, _nobody))
    senses.take(messages, city_ms)
    done.received += len(messages)
    done.done_ns.extend([time.monotonic_ns()] * len(messages))


def _nobody(pseudonym: str, plain: bytes, context: bytes) -> bytes:
    raise CivitwinError(f"the bench has no person {pseudonym}")


def _segment(directory: Path) -> Segment:
    header = Header(
        number=1,
        seed=1,
        code="",
        city="",
        config="",
        settings="",
        city_ms=START_MS,
        turn=0,
        after_turn=0,
        checkpoint="",
        digests={},
    )
    return Segment(directory / f"{time.monotonic_ns()}.seg", header)
