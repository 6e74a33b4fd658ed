"""The field's process: the simulated city on MQTT, driven by the clock that the server publishes."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path

import msgspec

from services.app import installation
from services.app.ending import until_told
from services.app.exercise_script import script_of
from services.app.settings import namespace_of
from services.exercise.scenario import load_scenario
from twin.city.kinds import load_kinds
from twin.city.load import load
from twin.city.units import load_departments
from twin.core.bus import Message
from twin.core.clock import CLOCK_TOPIC, CityClock
from twin.core.errors import CivitwinError
from twin.field.effects import EffectLog
from twin.field.field import Field
from twin.field.injects import Script
from twin.field.rerun import Gate, rerun
from twin.field.truth import Forgetful, TruthLog
from twin.formats.refusal import UNDECODABLE
from twin.link.mqtt import BrokerAddress, MqttBus, Will

_EFFECTS = "effects.jsonl"
_SLICE_S = 0.02  # between two looks at the clock
_LARGEST_STRIDE_MS = 1_000  # city time simulated between two looks at the sockets
_SNAPSHOT_S = 5.0
_CATCH_UP_MS = 5_000  # further behind than this, it says as little as at the highest pace
_CATCH_UP_PACE = 60.0
_BEHIND_MS = 60_000
_REACHED_S = 0.25
_BACKWARD_LIMIT_MS = 3_600_000  # less, and it stands still: the server takes up its time
_LISTEN_S = 1.0  # a field says four times a second how far it has come
_SENDERS = (
    "field/reached", "inQueue/#", "dev/#", "gw/#", "units/+/report", "units/+/finding", "met/#", "tally/#",
    "person/+/presence", "person/+/position", "person/+/report", "person/+/reply", "person/+/request",
)  # fmt: skip

log = logging.getLogger("civitwin.field")


class ClockedBus:
    """The field's view of its MQTT connection: everything but the clock, which is this process's own affair."""

    def __init__(self, bus: MqttBus, namespace: str) -> None:
        self._bus = bus
        self._topic = f"{namespace}/{CLOCK_TOPIC}"
        self._kept: list[Message] = []
        self.clock: CityClock | None = None
        bus.subscribe(self._topic, qos=1)

    def publish(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> None:
        self._bus.publish(topic, payload, qos=qos, retain=retain)

    def subscribe(self, topic_filter: str, *, qos: int = 0) -> None:
        self._bus.subscribe(topic_filter, qos=qos)

    def look(self) -> None:
        """Take what has arrived; set the clock by it."""
        for message in self._bus.drain():
            if message.topic == self._topic:
                self._set(message.payload)
            else:
                self._kept.append(message)

    def _set(self, payload: bytes) -> None:
        """What is no clock changes nothing: anybody may speak on a broker."""
        try:
            self.clock = msgspec.json.decode(payload, type=CityClock)
        except UNDECODABLE as fault:
            log.warning("no clock: %s", fault)

    def drain(self) -> list[Message]:
        self.look()
        kept, self._kept = self._kept, []
        return kept


def run_field(
    broker: str,
    simulation: str,
    city: Path | None = None,
    data: Path | None = None,
    tempo: str | None = None,
    seed: int | None = None,
    config: Path | None = None,
    exercise: str = "",
) -> int:
    """Simulate until SIGTERM or Ctrl-C. Publishes below ``sim/<simulation>/`` (in an exercise
    ``exercise/<simulation>/``) and nowhere else."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    os.umask(0o077)  # the truth and the residents' keys are nobody else's
    ended = until_told()
    namespace, config = namespace_of(simulation, bool(exercise)), config or installation.config_directory()
    script = script_of(load_scenario(config, exercise)) if exercise else None
    _refuse_company(BrokerAddress.parse(broker), namespace, ended)
    mqtt = MqttBus(
        BrokerAddress.parse(broker), f"civitwin-field-{simulation}",
        will=Will(f"{namespace}/field/state", b"offline"),
    )  # fmt: skip
    bus = ClockedBus(mqtt, namespace)
    while bus.clock is None and not ended:
        mqtt.wait(0.1)
        bus.look()
    if bus.clock is None:
        return 0
    kept = data / "field.snapshot" if data is not None else None
    gate = Gate(bus, Forgetful() if data is None else TruthLog(data / "truth.jsonl"))
    field = _make_field(city, tempo, seed, gate, namespace, bus.clock, config, script)
    if kept is not None and kept.exists():
        _go_on(field, gate, kept, kept.with_name(_EFFECTS))
    mqtt.publish(f"{namespace}/field/state", b"online", qos=1, retain=True)
    log.info("the field of %s begins at city time %d", namespace, _now(bus.clock))
    effects = EffectLog(data / _EFFECTS) if data is not None else None
    if effects is not None:
        effects.resumed(field.steps)
    _simulate(field, mqtt, bus, namespace, kept, effects, ended)
    mqtt.publish(f"{namespace}/field/state", b"offline", qos=1, retain=True)
    mqtt.close()
    return 0


def _refuse_company(address: BrokerAddress, namespace: str, ended: list[int]) -> None:
    """Listen before speaking. Raises :class:`CivitwinError` where somebody else sends in this namespace: two fields
    would be one city that contradicts itself."""
    listener = MqttBus(address, f"civitwin-listener-{os.getpid()}")
    for what in _SENDERS:
        listener.subscribe(f"{namespace}/{what}")
    began = 0.0
    try:
        while not ended and (not began or time.monotonic() - began < _LISTEN_S):
            listener.wait(0.05)
            began = began or (time.monotonic() if listener.connected else 0.0)
            heard = next((message for message in listener.drain() if not message.retained), None)
            if heard is not None:
                raise CivitwinError(
                    f"somebody else already publishes below {namespace}/ ({heard.topic}); "
                    "end that field, or give this one a name of its own with --simulation"
                )
    finally:
        listener.close()


def _make_field(
    city: Path | None, tempo: str | None, seed: int | None, gate: Gate, namespace: str, clock: CityClock,
    config: Path, script: Script | None,
) -> Field:  # fmt: skip
    given = installation.choice()
    field = Field(
        load(installation.city_directory(city)),
        load_kinds(config / "device_kinds.toml"),
        load_departments(config / "departments.toml"),
        given.seed if seed is None else seed,
        gate,
        namespace,
        _now(clock),
        tempo=tempo or given.tempo,  # type: ignore[arg-type]  # click has checked the choice
        truth=gate,
        residents=given.residents,
        vehicles=given.vehicles,
        wall_ms=lambda: time.time() * 1000.0,
        config=config / "field",
        script=script,
    )
    field.budget_per_city_s = given.message_budget_per_s / max(clock.pace, 0.1)
    return field


def _go_on(field: Field, gate: Gate, kept: Path, effects: Path) -> None:
    """Take up where a field before this one stood when it ended."""
    try:
        field.restore(kept.read_bytes())
    except (ValueError, msgspec.DecodeError) as fault:
        raise CivitwinError(f"{kept}: {fault}; give its own options again, or another --data") from fault
    if effects.exists():
        rerun(field, gate, effects)
    field.announce()


def _simulate(
    field: Field, mqtt: MqttBus, bus: ClockedBus, namespace: str, kept: Path | None, effects: EffectLog | None,
    ended: list[int],
) -> None:  # fmt: skip
    saved_at, told_at, reached_at, reached = time.monotonic(), 0.0, 0.0, field.now_ms
    budget = installation.choice().message_budget_per_s
    while not ended:
        bus.look()
        clock = bus.clock
        if clock is None:
            raise CivitwinError("the clock was lost")
        target = _now(clock)
        if target < reached - _BACKWARD_LIMIT_MS:
            raise CivitwinError(f"the server's clock went back by {(reached - target) / 1e3:.0f} s; start a new run")
        stride = min(target, reached + _LARGEST_STRIDE_MS)
        if stride > reached:
            pace = clock.pace if target - reached < _CATCH_UP_MS else max(clock.pace, _CATCH_UP_PACE)
            field.budget_per_city_s = budget / max(pace, 0.1)
            field.advance(stride)
            reached = stride
            taken = field.take_effects()
            if effects is not None:
                effects.note(taken)
        now = time.monotonic()
        if now - reached_at > _REACHED_S:
            reached_at = now
            mqtt.publish(f"{namespace}/field/reached", str(reached).encode())
            if effects is not None:
                effects.reached(field.steps)
        if target - reached > _BEHIND_MS and now - told_at > 10.0:
            told_at = now
            log.warning(
                "this machine cannot hold pace %.1f: %.1f s of city time behind", clock.pace, (target - reached) / 1e3
            )
        if kept is not None and now - saved_at > _SNAPSHOT_S:
            saved_at = now
            fresh = kept.with_suffix(".new")
            fresh.write_bytes(field.snapshot())
            fresh.replace(kept)
        mqtt.wait(0.0 if target > reached else _SLICE_S)


def _now(clock: CityClock) -> int:
    return clock.at(time.time_ns() // 1_000_000)
