"""What reaches the field from outside: orders, closures, light orders, answers, each taking effect at a step."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, TypeVar

import msgspec

from twin.city.model import City
from twin.core.bus import Bus, Message
from twin.formats.civic import Answer, Closure, Inquiry, LightOrder, Order, PlaceHeard, Steer
from twin.formats.refusal import UNDECODABLE, Refused
from twin.formats.service_offer import ServiceOffer
from twin.formats.ssem import Ssem, decode_ssem
from twin.formats.topics import offer_topic, parse_city

FILTERS = (
    "units/+/order",
    "closures/#",
    "lights/+/order",
    "person/+/answer",
    "person/+/ask",
    "person/+/heard",
    "person/+/steer",
    "hall/services/+",
    "outQueue/v2x/ssem/#",
)
_SIGNALS = "outQueue/v2x/ssem/"
_OFFERS = "hall/services/"
_LARGEST = 16_384
T = TypeVar("T", bound=msgspec.Struct)


class Lifted(NamedTuple):
    """A closure taken back: an empty retained payload."""

    closure_id: str


class Answered(NamedTuple):
    pseudonym: str
    answer: Answer


class Asked(NamedTuple):
    pseudonym: str
    inquiry: Inquiry


class Heard(NamedTuple):
    """What somebody hears in a virtual place."""

    pseudonym: str
    said: PlaceHeard


class Steered(NamedTuple):
    pseudonym: str
    word: Steer


class Effect(NamedTuple):
    """A message and the step before which it took effect: with the seed, enough to run the field again."""

    step: int
    topic: str
    payload: bytes


Inbound = Order | Closure | Lifted | LightOrder | Answered | Asked | Heard | Steered | ServiceOffer | Ssem


def listen(bus: Bus, namespace: str) -> None:
    for topic_filter in FILTERS:
        bus.subscribe(f"{namespace}/{topic_filter}", qos=1)


def read(namespace: str, message: Message) -> Inbound | None:
    """The message as an order; None for what is no order of ours (too long, malformed, on a foreign topic)."""
    if len(message.payload) > _LARGEST:
        return None
    try:
        if message.topic.startswith(f"{namespace}/{_SIGNALS}"):
            return decode_ssem(message.payload)
        if message.topic.startswith(f"{namespace}/{_OFFERS}"):
            offer = _decode(message.payload, ServiceOffer)
            return offer if offer is not None and message.topic == offer_topic(namespace, offer.service) else None
        topic = parse_city(namespace, message.topic)
    except Refused:
        return None
    match topic.family, topic.verb:
        case "units", "order":
            order = _decode(message.payload, Order)
            return order if order is not None and order.unit == topic.subject else None
        case "closures", "":
            return Lifted(topic.subject) if not message.payload else _decode(message.payload, Closure)
        case "lights", "order":
            return _decode(message.payload, LightOrder)
        case "person", "answer":
            answer = _decode(message.payload, Answer)
            return Answered(topic.subject, answer) if answer is not None else None
        case "person", "heard":
            said = _decode(message.payload, PlaceHeard)
            return Heard(topic.subject, said) if said is not None else None
        case "person", "ask":
            inquiry = _decode(message.payload, Inquiry)
            return Asked(topic.subject, inquiry) if inquiry is not None else None
        case "person", "steer":
            word = _decode(message.payload, Steer)
            return Steered(topic.subject, word) if word is not None else None
    return None


def _decode(payload: bytes, type_: type[T]) -> T | None:
    try:
        return msgspec.json.decode(payload, type=type_)
    except UNDECODABLE:
        return None


class Closures:
    """Which edges are closed at a moment, from the closures heard."""

    def __init__(self, city: City) -> None:
        self._edges: dict[str, list[int]] = {}
        seen: set[str] = set()
        for edge, feature in enumerate(city.roads.feature):
            self._edges.setdefault(feature, []).append(edge)
            way = "forward" if f"{feature}/forward" not in seen else "backward"
            seen.add(f"{feature}/{way}")
            self._edges.setdefault(f"{feature}/{way}", []).append(edge)
        self.heard: dict[str, Closure] = {}

    def hear(self, said: Closure | Lifted) -> None:
        if isinstance(said, Closure):
            self.heard[said.closure_id] = said
        else:
            self.heard.pop(said.closure_id, None)

    def edges(self, city_ms: int) -> list[int]:
        """Sorted edges that some closure in force names; unknown roads are nobody's."""
        closed: set[int] = set()
        for closure in self.heard.values():
            if closure.from_ms <= city_ms < closure.until_ms:
                closed.update(self._named(closure.roads))
        return sorted(closed)

    def _named(self, roads: Iterable[str]) -> list[int]:
        return [edge for road in roads for edge in self._edges.get(road, ())]
