"""Through what a resident speaks: their own phone where they may, a terminal where they are, or the call centre."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import Literal, NamedTuple

import msgspec

from twin.city.model import City
from twin.city.residents import Resident
from twin.field.phones import Phones
from twin.field.publish import Publisher
from twin.formats.civic import TerminalChannel, TerminalMessage, encode
from twin.formats.topics import terminal_topic

CALL_CENTRE = "12345"
_KINDS: dict[str, Literal["counter", "kiosk"]] = {"service_terminal": "counter", "service_kiosk": "kiosk"}

Kind = Literal["presence", "request", "errand", "consent", "mandate"]


class Terminal(NamedTuple):
    """``place``: id of the place that it stands in."""

    id: str
    channel: TerminalChannel
    place: str

    @classmethod
    def call(cls) -> Terminal:
        """The 12345 call centre, from anywhere."""
        return cls(CALL_CENTRE, "phone", "")


class Terminals:
    """All terminals of the city, by place, and the call centre."""

    def __init__(self, city: City, register: Sequence[Resident], phones: Phones, publisher: Publisher) -> None:
        self._register, self._phones, self._publisher = register, phones, publisher
        self._xy = {place.id: place.xy for place in city.places}
        self._kind = {place.id: place.kind for place in city.places}
        self._at: dict[tuple[TerminalChannel, str], list[Terminal]] = {}
        for device in city.devices:
            channel = _KINDS.get(device.kind)
            if channel is not None and device.place in self._xy:
                terminal = Terminal(device.id, channel, device.place)
                self._at.setdefault((channel, device.place), []).append(terminal)

    def nearest(self, channel: TerminalChannel, row: int, kind: str = "") -> str:
        """The place nearest to somebody's home that has such a terminal; empty where none does. ``kind``: of the places
        that count; empty: all."""
        x, y = self._register[row].home_xy
        found = [place for have, place in self._at if have == channel and kind in ("", self._kind[place])]
        away = {place: math.hypot(self._xy[place][0] - x, self._xy[place][1] - y) for place in found}
        return min(found, key=lambda place: (away[place], place), default="")

    def at(self, channel: TerminalChannel, place: str, row: int, broken: Collection[str] = ()) -> Terminal | None:
        """One that stands there and works; people spread over them."""
        sound = [one for one in self._at.get((channel, place), ()) if one.id not in broken]
        return sound[row % len(sound)] if sound else None

    def say(self, row: int, kind: Kind, body: msgspec.Struct, city_ms: int, terminal: Terminal | None) -> bool:
        """By the ``terminal`` that one stands at; None: by one's phone where that is allowed, else by a call. Whether
        anybody could hear it: nobody tells the call centre that they are somewhere."""
        if terminal is None:
            if self._phones.may(row, kind):
                return self._phones.say(row, kind, body, city_ms)
            if kind == "presence":
                return False
            terminal = Terminal.call()
        message = TerminalMessage(
            terminal=terminal.id, channel=terminal.channel, pseudonym=self._register[row].pseudonym, kind=kind,
            time_ms=city_ms, body=encode(body).decode(),
        )  # fmt: skip
        topic = terminal_topic(self._publisher.namespace, terminal.id, message.pseudonym, kind)
        self._publisher.send("terminal", topic, encode(message), qos=1)
        return True
