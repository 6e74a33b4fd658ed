"""A killed field goes on where it stopped: from its last snapshot it lives the time since again, in silence."""

from __future__ import annotations

import itertools
from pathlib import Path

from twin.core.bus import Bus, Message
from twin.field.effects import read_effects, read_reached
from twin.field.field import Field
from twin.field.truth import TruthFact, TruthSink


class Gate:
    """A field's bus and its truth log. While ``shut`` nothing is said or noted, and only what is ``handed`` comes in;
    what arrives meanwhile waits."""

    def __init__(self, bus: Bus, truth: TruthSink) -> None:
        self._bus, self._truth = bus, truth
        self.shut = False
        self.handed: list[Message] = []

    def publish(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> None:
        if not self.shut:
            self._bus.publish(topic, payload, qos=qos, retain=retain)

    def subscribe(self, topic_filter: str, *, qos: int = 0) -> None:
        self._bus.subscribe(topic_filter, qos=qos)

    def drain(self) -> list[Message]:
        handed, self.handed = self.handed, []
        return handed if self.shut else handed + self._bus.drain()

    def note(self, fact: TruthFact) -> None:
        if not self.shut:
            self._truth.note(fact)


def rerun(field: Field, gate: Gate, log: Path) -> None:
    """Bring a restored field, whose bus and truth are ``gate``, to where the one before it stood: the same inbound
    messages take effect before the same steps, and nothing is said a second time."""
    gate.shut = True
    known = [effect for effect in read_effects(log) if effect.step > field.steps]
    for step, effects in itertools.groupby(known, key=lambda effect: effect.step):
        field.advance(field.now_ms + (step - 1 - field.steps) * field.step_ms)
        gate.handed = [Message(effect.topic, effect.payload) for effect in effects]
        field.advance(field.now_ms + field.step_ms)
    field.advance(field.now_ms + max(0, read_reached(log) - field.steps) * field.step_ms)
    field.take_effects()
    gate.shut = False
