"""``run.py feed try``: the first messages of a feed as they come, each decoded or refused, with the cure."""

from __future__ import annotations

import math
import os
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from services.app.installation import city_directory, config_directory
from twin.city.kinds import DeviceKind, load_kinds
from twin.city.load import load
from twin.city.locate import Locator
from twin.city.model import City
from twin.core.bus import Message
from twin.core.errors import ConfigError
from twin.core.text import Name, Text
from twin.formats.cam import Cam
from twin.formats.denm import Denm
from twin.formats.feed_topics import Decoded
from twin.formats.feeds import Feed, load_feed
from twin.formats.measurement import Measurement
from twin.formats.refusal import Reason, Refused
from twin.formats.units import convert
from twin.link.mqtt import BrokerAddress, MqttBus


def feed_address(feed: Feed, url: str | None) -> BrokerAddress:
    """Where a feed is heard: ``url`` where given, else its own broker; always with its own login, where the URL has
    none. Raises :class:`ConfigError` naming the key that is missing."""
    login = feed.broker
    where = url or (login.url if login is not None else "")
    if not where:
        raise ConfigError(f"{feed.path}: broker.url", "name a broker here, or with --broker URL")
    if login is None:
        return BrokerAddress.parse(where)
    address = BrokerAddress.parse(where, _ca_file(feed, login.ca_file))
    if address.username is not None or not login.username:
        return address
    password = None
    if login.password_env:
        password = os.environ.get(login.password_env)
        if password is None:
            raise ConfigError(f"{feed.path}: broker.password_env", f"the variable {login.password_env} is not set")
    return replace(address, username=login.username, password=password)


def _ca_file(feed: Feed, given: str) -> str | None:
    if not given:
        return None
    path = feed.path.parent / given
    if not path.is_file():
        raise ConfigError(f"{feed.path}: broker.ca_file", f"{path} is not there")
    return str(path)


@dataclass(frozen=True, slots=True)
class Shown:
    """One line of the table."""

    topic: str
    what: str
    value: str
    place: str
    verdict: str
    cure: str = ""
    good: bool = True


@dataclass(frozen=True, slots=True)
class Judge:
    """Decodes messages as the twin would, against a city and its kinds of device."""

    feed: Feed
    city: City
    locator: Locator
    kinds: dict[str, DeviceKind]
    device_kind: dict[str, str]

    @classmethod
    def of(cls, feed: Feed, city: City) -> Judge:
        kinds = load_kinds(config_directory() / "device_kinds.toml")
        return cls(feed, city, Locator(city), kinds, {device.id: device.kind for device in city.devices})

    def lines(self, message: Message, received_ms: int) -> Iterator[Shown]:
        """One line a decoded value, or the refusal."""
        try:
            decoded = self.feed.decode(message.topic, message.payload, received_ms)
        except Refused as refusal:
            yield self._refused(message.topic, repr(message.payload[:60])[2:-1], refusal)
            return
        for one in decoded:
            yield self._line(message, one)

    def _line(self, message: Message, one: Decoded) -> Shown:
        what, value = _said(one)
        try:
            if isinstance(one, Measurement):
                value = self._canonical(one)
            place = self._place(one)
        except Refused as refusal:
            return replace(self._refused(message.topic, what, refusal), value=value)
        return Shown(message.topic, what, value, place, "retained" if message.retained else "decoded")

    def _refused(self, topic: str, what: str, refusal: Refused) -> Shown:
        cure = said(refusal.cure) if refusal.cure is not None else refusal.detail
        return Shown(topic, what, "", "", refusal.reason.value, cure, good=False)

    def _canonical(self, one: Measurement) -> str:
        kind = self.device_kind.get(one.device)
        if kind is None:
            cure = Text("the city has no device {id}; map it under `devices`", {"id": one.device})
            raise Refused(Reason.UNKNOWN_DEVICE, f"no device {one.device}", cure)
        quantities = {quantity.id: quantity for quantity in self.kinds[kind].quantities}
        quantity = quantities.get(one.quantity)
        if quantity is None:
            cure = Text("a {kind} measures: {quantities}", {"kind": kind, "quantities": ", ".join(quantities)})
            raise Refused(Reason.UNKNOWN_DEVICE, f"{one.device} has no {one.quantity}", cure)
        value = convert(one.value, one.unit, quantity.unit) if one.unit else one.value
        low, high = quantity.range
        if not low <= value <= high:
            cure = Text("a {quantity} lies between {low} and {high} {unit}; look at unit and scale",
                        {"quantity": quantity.id, "low": low, "high": high, "unit": quantity.unit})  # fmt: skip
            raise Refused(Reason.OUT_OF_RANGE, f"{value} {quantity.unit}", cure)
        return f"{value:g} {quantity.unit}"

    def _place(self, one: Decoded) -> str:
        latitude, longitude = getattr(one, "latitude", math.nan), getattr(one, "longitude", math.nan)
        if math.isnan(latitude):
            return "–"
        x, y = self.city.frame.to_xy(longitude, latitude)
        shown = f"{latitude:.6f} {longitude:.6f}"
        if not bool(self.locator.inside(x, y)):
            cure = Text("{place} lies outside {city}; look at `crs` and at the order of the two numbers",
                        {"place": shown, "city": self.city.meta.name})  # fmt: skip
            raise Refused(Reason.OUTSIDE_CITY, shown, cure)
        return shown


def said(text: Text) -> str:
    """English, for the command line."""
    return text.msgid.format(**{
        name: value.en if isinstance(value, Name) else said(value) if isinstance(value, Text) else value
        for name, value in text.args.items()
    })  # fmt: skip


def _said(one: Decoded) -> tuple[str, str]:
    if isinstance(one, Measurement):
        return f"{one.device} {one.quantity}", f"{one.value:g} {one.unit}"
    if isinstance(one, Cam):
        return f"vehicle {one.source}", f"{one.speed_mps:.1f} m/s {one.heading_deg:.0f}°"
    if isinstance(one, Denm):
        ended = f" {one.terminated}" if one.terminated else ""
        return f"warning {one.station_id}/{one.sequence}", f"cause {one.cause}{ended}"
    return f"traffic lights {one.intersection}", f"{len(one.groups)} groups"


def try_feed(file: Path, broker: str | None, city: Path | None, count: int, seconds: float) -> int:
    """Show up to ``count`` messages within ``seconds``; 1 when nothing could be decoded."""
    feed = load_feed(file)
    judge = Judge.of(feed, load(city_directory(city)))
    bus = MqttBus(feed_address(feed, broker), f"civitwin-feed-try-{os.getpid()}")
    for topic_filter, qos in feed.filters:
        bus.subscribe(topic_filter, qos=qos)
    console, verdicts, heard = Console(), Counter[str](), 0
    deadline = time.monotonic() + seconds
    try:
        with _Shower(console, str(file)) as shower:
            while heard < count and time.monotonic() < deadline:
                bus.wait(0.1)
                for message in bus.drain()[: count - heard]:
                    heard += 1
                    for line in judge.lines(message, round(time.time() * 1000)):
                        verdicts[line.verdict] += 1
                        shower.show(line)
    finally:
        bus.close()
    return _summary(console, bus, feed, verdicts)


class _Shower:
    """A table that grows on a terminal; plain lines where the output goes to a file or another program."""

    def __init__(self, console: Console, title: str) -> None:
        self._console = console
        self._table = Table("", "topic", "what", "value", "position", "cure", title=title)
        self._live = Live(self._table, console=console, vertical_overflow="visible", refresh_per_second=8)

    def __enter__(self) -> _Shower:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *raised: object) -> None:
        if self._console.is_terminal:
            self._live.stop()

    def show(self, line: Shown) -> None:
        if self._console.is_terminal:
            style = "green" if line.good else "red"
            cells = (line.topic, line.what, line.value, line.place, line.cure)
            self._table.add_row(f"[{style}]{line.verdict}", *map(escape, cells))
            return
        parts = (line.verdict, line.topic, line.what, line.value, line.place, line.cure)
        self._console.print("  ".join(part for part in parts if part), markup=False, highlight=False, soft_wrap=True)


def _summary(console: Console, bus: MqttBus, feed: Feed, verdicts: Counter[str]) -> int:
    if not verdicts:
        wanted = ", ".join(topic_filter for topic_filter, _ in feed.filters)
        why = f"the broker says: {bus.refusal}" if bus.refusal else f"nothing came on {wanted}"
        if not bus.connects and not bus.refusal:
            why = f"no broker answers at {bus.broker.host}:{bus.broker.port}"
        console.print(f"[red]No message.[/] {why}")
        return 1
    console.print(", ".join(f"{number} {verdict}" for verdict, number in sorted(verdicts.items())))
    return 0 if verdicts["decoded"] or verdicts["retained"] else 1
