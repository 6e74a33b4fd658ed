"""The topics by which everybody finds everybody: how they are built, and how one is read.

``<ns>`` may have several levels (``sim/demo``, ``default``). V2X topics use the published topic words, which differ
from the message types: ``map`` carries ``mapem``, ``spat`` ``spatem``, ``info`` ``information``.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from twin.formats.refusal import Reason, Refused

V2X_WORDS = {
    "cam": "cam",
    "denm": "denm",
    "cpm": "cpm",
    "spat": "spatem",
    "map": "mapem",
    "srem": "srem",
    "ssem": "ssem",
    "info": "information",
}
"""Topic word → message type."""

Queue = Literal["inQueue", "outQueue", "interQueue"]
_QUEUES: dict[str, Queue] = {"inQueue": "inQueue", "outQueue": "outQueue", "interQueue": "interQueue"}
_DIGITS = frozenset("0123")


class V2xTopic(NamedTuple):
    """``word`` is the topic word, ``quadkey`` the digits of its tail (may be empty)."""

    namespace: str
    queue: Queue
    word: str
    source: str
    quadkey: str


def v2x_topic(namespace: str, word: str, source: str, levels: str, queue: Queue = "inQueue") -> str:
    """``<ns>/inQueue/v2x/<word>/<source>/<levels>``; ``levels`` from :func:`twin.formats.quadkey.quadkey_levels`."""
    return f"{namespace}/{queue}/v2x/{word}/{source}/{levels}"


def parse_v2x(topic: str) -> V2xTopic:
    """The parts of a V2X topic. Raises :class:`Refused` (wrong topic) for anything else."""
    head, found, tail = topic.partition("/v2x/")
    namespace, _, queue = head.rpartition("/")
    word, _, rest = tail.partition("/")
    source, _, levels = rest.partition("/")
    digits = levels[::2]
    if (
        not found
        or queue not in _QUEUES
        or word not in V2X_WORDS
        or not source
        or not _DIGITS.issuperset(digits)
        or levels != "/".join(digits)
    ):
        raise Refused(Reason.WRONG_TOPIC, f"not a V2X topic: {topic}")
    return V2xTopic(namespace, _QUEUES[queue], word, source, digits)


class CityTopic(NamedTuple):
    """A topic of Civitwin's own below a namespace: ``family`` is its first level (dev, gw, units, closures, lights,
    person, terminal, tally, met, clock), ``subject`` the id after it, ``verb`` the rest (senml, state, order, …)."""

    namespace: str
    family: str
    subject: str
    verb: str


FAMILIES = frozenset({"dev", "gw", "units", "closures", "lights", "person", "terminal", "tally", "met"})


def parse_city(namespace: str, topic: str) -> CityTopic:
    """The parts of a topic below ``namespace``. Raises :class:`Refused` (wrong topic)."""
    if topic.startswith(namespace) and topic[len(namespace) : len(namespace) + 1] == "/":
        family, _, rest = topic[len(namespace) + 1 :].partition("/")
        subject, _, verb = rest.partition("/")
        if family in FAMILIES and subject:
            return CityTopic(namespace, family, subject, verb)
    raise Refused(Reason.WRONG_TOPIC, f"not a topic of {namespace}: {topic}")


def device_topic(namespace: str, device: str) -> str:
    return f"{namespace}/dev/{device}/senml"


def gateway_topic(namespace: str, gateway: str) -> str:
    return f"{namespace}/gw/{gateway}/state"


def unit_topic(namespace: str, unit: str, verb: Literal["order", "report", "position", "finding"]) -> str:
    return f"{namespace}/units/{unit}/{verb}"


def person_topic(namespace: str, pseudonym: str, verb: str) -> str:
    """``verb``: presence, position, report, reply, request, errand, consent, mandate or virtual; answer, ask, steer
    and heard towards the phone."""
    return f"{namespace}/person/{pseudonym}/{verb}"


def terminal_topic(namespace: str, terminal: str, pseudonym: str, kind: str) -> str:
    """What a terminal says for a person; ``kind``: presence, request, errand, consent or mandate. Whose it is stands in
    the topic, as a phone's does, so that recordings seal it with that person's key."""
    return f"{namespace}/terminal/{terminal}/person/{pseudonym}/{kind}"


def offer_topic(namespace: str, service: str) -> str:
    """Where a service of the hall's catalogue is told (retained)."""
    return f"{namespace}/hall/services/{service}"


def tally_topic(namespace: str, client: str) -> str:
    return f"{namespace}/tally/{client}"


def warning_topic(namespace: str, kind: str) -> str:
    """Where the weather service says what it warns of (retained)."""
    return f"{namespace}/met/warning/{kind}"
