"""Where messages come from, and what a topic says before its payload is looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

import msgspec

from twin.city.model import City
from twin.core.words import Provenance
from twin.formats import topics
from twin.formats.civic import WarningKind
from twin.formats.feeds import Feed
from twin.formats.refusal import Reason, Refused
from twin.state.counts import Counter, Counts
from twin.state.ordering import SIMULATED_SKEW_MS, SKEW_MS
from twin.state.sensors import SensorTable

Kind = Literal[
    "cam", "denm", "spat", "srem", "senml", "gateway", "report", "position", "finding", "phone", "terminal", "tally",
    "met", "feed", "heard", "own",
]  # fmt: skip
Family = Literal["v2x", "dev", "gw", "units", "person", "terminal", "tally", "met"]

QUADKEY_CHARS: Final = 44  # "/0/3/1/…": 22 levels
_SLASHES: Final = "/" * 22
_TOPICS_KEPT: Final = 50_000
LONGEST_TOPIC: Final = 512
"""Characters. Topics are remembered: long ones made up by the thousand would fill the memory."""
_QUEUES: Final = ("inQueue", "outQueue", "interQueue")
_OWN_FAMILIES: Final = ("closures", "lights", "clock", "hall")
WARNING_KINDS: Final[frozenset[str]] = frozenset(get_args(WarningKind))
_PHONE_VERBS: Final = ("presence", "position", "report", "reply", "request", "errand", "consent", "mandate", "virtual")
_TERMINAL_VERBS: Final = ("presence", "request", "errand", "consent", "mandate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One namespace of our own topics and of V2X, or one feed of ``config/feeds``.

    ``families`` may be heard in a namespace (``v2x`` alone on a foreign V2X broker); ``delay_ms`` is how late its
    messages are known to be.
    """

    name: str
    provenance: Provenance
    namespace: str = ""
    families: tuple[Family, ...] = ("v2x", "dev", "gw", "units", "person", "terminal", "tally", "met")
    queue: topics.Queue = "inQueue"
    delay_ms: int = 0
    feed: Feed | None = None

    @property
    def slack_ms(self) -> int:
        """How far its senders' clocks may be off."""
        return SIMULATED_SKEW_MS if self.provenance in (Provenance.SIMULATED, Provenance.EXERCISE) else SKEW_MS

    @classmethod
    def of_feed(cls, feed: Feed) -> Source:
        """The source that a feed's file describes; it is subscribed to by the feed's own filters."""
        return cls(name=feed.name, provenance=feed.provenance, families=(), delay_ms=feed.delay_ms, feed=feed)

    @property
    def filters(self) -> tuple[str, ...]:
        """The MQTT topic filters of a namespace; none for a feed, whose filters are its own."""
        tails = {
            "v2x": (f"{self.queue}/v2x/#",),
            "dev": ("dev/#",),
            "gw": ("gw/+/state",),
            "units": ("units/+/report", "units/+/position", "units/+/finding"),
            "person": tuple(f"person/+/{verb}" for verb in _PHONE_VERBS),
            "terminal": tuple(f"terminal/+/person/+/{verb}" for verb in _TERMINAL_VERBS),
            "tally": ("tally/+",),
            "met": ("met/warning/+",),
        }
        return tuple(f"{self.namespace}/{tail}" for family in self.families for tail in tails[family])

    @property
    def prefixes(self) -> tuple[str, ...]:
        """What the topics begin with that need no look at a feed's patterns."""
        if self.feed is None:
            return (f"{self.namespace}/",)
        return tuple(f"{namespace}/{queue}/v2x/" for namespace, queue in self.feed.v2x)


class Route(msgspec.Struct, gc=False):
    """What a topic means: ``sender`` is the id that its level names, ``key`` the sender's key among the movers,
    ``counter`` counts its class for the tallies. For a device, ``device`` is its index and ``names`` maps full SenML
    names to slots (-1: the battery)."""

    kind: Kind
    source: int
    sender: str
    counter: Counter
    verb: str = ""
    key: str = ""
    device: int = -1
    names: dict[str, int] = {}


class Router:
    """Finds the route of a topic. A V2X topic changes with every tile its vehicle enters: its head is what is kept."""

    def __init__(self, city: City, table: SensorTable, sources: Sequence[Source], counts: Counts) -> None:
        self.sources = tuple(sources)
        self._city = city
        self._table = table
        self.counts = counts
        self.nowhere = Route("heard", -1, "", counts.counter("", "unknown"))
        self._routes: dict[str, Route] = {}
        self._heads: dict[str, Route] = {}
        prefixes = [(prefix, i) for i, source in enumerate(self.sources) for prefix in source.prefixes]
        self._prefixes = sorted(prefixes, key=lambda pair: (-len(pair[0]), pair))

    def find(self, topic: str) -> Route:
        """Raises :class:`Refused` where nobody may say anything on this topic."""
        route = self._routes.get(topic)
        if route is not None:
            return route
        route = self._heads.get(topic[:-QUADKEY_CHARS])
        tail = topic[-QUADKEY_CHARS:]
        if route is not None and tail[::2] == _SLASHES and not tail[1::2].strip("0123"):
            return route
        return self._parse(topic)

    def _parse(self, topic: str) -> Route:
        if len(topic) > LONGEST_TOPIC:
            raise Refused(Reason.OVERSIZE, f"a topic of {len(topic)} characters")
        if len(self._routes) + len(self._heads) > _TOPICS_KEPT:
            self._routes.clear()
            self._heads.clear()
        for prefix, index in self._prefixes:
            if topic.startswith(prefix):
                source = self.sources[index]
                family = topic[len(source.namespace) + 1 :].partition("/")[0]
                if source.feed is not None or family in _QUEUES:
                    return self._v2x(topic, index, source)
                return self._routes.setdefault(topic, self._own(topic, index, source, family))
        for index, source in enumerate(self.sources):
            if source.feed is not None and source.feed.hears(topic):
                counter = self.counts.counter(source.name, "feed")
                return self._routes.setdefault(topic, Route("feed", index, "", counter))
        raise Refused(Reason.WRONG_TOPIC, "no source speaks here")

    def _v2x(self, topic: str, index: int, source: Source) -> Route:
        parsed = topics.parse_v2x(topic)
        if source.feed is None and (parsed.namespace != source.namespace or "v2x" not in source.families):
            raise Refused(Reason.WRONG_TOPIC, f"{source.name} has no V2X at this place")
        counter = self.counts.counter(source.name, parsed.word)
        if source.feed is None and parsed.queue != source.queue:
            return Route("own", index, parsed.source, counter)
        kinds: Mapping[str, Kind] = {"cam": "cam", "denm": "denm", "spat": "spat", "srem": "srem"}
        key = f"vehicle:{source.name}/{parsed.source}"
        route = Route(kinds.get(parsed.word, "heard"), index, parsed.source, counter, parsed.word, key)
        if len(parsed.quadkey) * 2 == QUADKEY_CHARS:
            self._heads[topic[:-QUADKEY_CHARS]] = route
        return route

    def _own(self, topic: str, index: int, source: Source, family: str) -> Route:
        counter = self.counts.counter(source.name, family)
        if family in _OWN_FAMILIES:
            return Route("own", index, "", counter)
        parsed = topics.parse_city(source.namespace, topic)
        if family not in source.families:
            raise Refused(Reason.WRONG_TOPIC, f"{source.name} may not send {family}")
        kinds: dict[tuple[str, str], Kind] = {
            ("dev", "senml"): "senml",
            ("gw", "state"): "gateway",
            ("units", "report"): "report",
            ("units", "position"): "position",
            ("units", "finding"): "finding",
            ("units", "order"): "own",
            ("person", "answer"): "own",
            ("person", "ask"): "own",
            ("person", "steer"): "own",
            ("person", "heard"): "own",
            ("tally", ""): "tally",
            **{("person", verb): "phone" for verb in _PHONE_VERBS},
        }
        if family == "terminal":
            return self._terminal(parsed, index, counter)
        if family == "met" and parsed.subject == "warning" and parsed.verb in WARNING_KINDS:
            return Route("met", index, parsed.verb, counter, parsed.verb)
        kind = kinds.get((family, parsed.verb))
        if kind is None:
            raise Refused(Reason.WRONG_TOPIC, f"nobody speaks on {family}/…/{parsed.verb}")
        mover = {"units": "unit", "person": "person"}.get(family, family)
        route = Route(kind, index, parsed.subject, counter, parsed.verb, f"{mover}:{source.name}/{parsed.subject}")
        if kind == "senml":
            self._know_device(route)
        return route

    @staticmethod
    def _terminal(parsed: topics.CityTopic, index: int, counter: Counter) -> Route:
        """``terminal/<terminal>/person/<pseudonym>/<kind>``; ``key`` is the pseudonym."""
        of, _, rest = parsed.verb.partition("/")
        pseudonym, _, verb = rest.partition("/")
        if of != "person" or verb not in _TERMINAL_VERBS:
            raise Refused(Reason.WRONG_TOPIC, f"nobody speaks on terminal/…/{of}/…/{verb}")
        return Route("terminal", index, parsed.subject, counter, verb, pseudonym)

    def _know_device(self, route: Route) -> None:
        device = self._table.device_of.get(route.sender)
        if device is None:
            raise Refused(Reason.UNKNOWN_DEVICE, f"no device {route.sender}")
        base = f"urn:dev:{self._city.meta.id}:{route.sender}:"
        route.device = device
        route.names = {base + quantity: slot for quantity, slot in self._table.slot_of[device].items()}
        route.names[base + "battery"] = -1


__all__ = ["Route", "Router", "Source"]
