"""Gateways between devices and the city's network: their retained state, and the times when one is down."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from twin.city.model import City
from twin.core.chance import fraction
from twin.field.keeping import keep, regain
from twin.field.publish import Publisher
from twin.field.settings import GatewaySettings, Tempo
from twin.formats.civic import GatewayState, encode
from twin.formats.topics import gateway_topic

_DAY_S = 86_400.0


class Outages(msgspec.Struct):
    """Gateways that are down, until when (seconds since the start); ``second`` is the last one looked at."""

    down_until_s: dict[str, float]
    second: int = 0
    platforms: list[str] = []  # of virtual places, that are not heard


class Gateways:
    """Every gateway says ``online``, retained; one that fails is reported ``offline`` as its last will would."""

    def __init__(
        self, city: City, settings: GatewaySettings, seed: int, tempo: Tempo, publisher: Publisher,
        platforms: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        self.platforms = platforms
        self.ids = tuple(dict.fromkeys(device.gateway for device in city.devices if device.gateway))
        self._settings = settings
        self._seed = seed
        self._per_s = settings.failures_per_day[tempo] / _DAY_S
        self._publisher = publisher
        self.state = Outages({})

    def follow(self, down: Collection[str], city_ms: int) -> None:
        """Platforms of virtual places fail and come back with their machines."""
        for gateway in self.platforms:
            was = gateway in self.state.platforms
            if was != (gateway in down):
                self._say(gateway, "online" if was else "offline", city_ms)
        self.state.platforms = [gateway for gateway in self.platforms if gateway in down]

    def announce(self, city_ms: int) -> None:
        """Publish every state (at the start, and again on every connection)."""
        for gateway in self.ids:
            self._say(gateway, "offline" if gateway in self.state.down_until_s else "online", city_ms)
        for gateway in self.platforms:
            self._say(gateway, "offline" if gateway in self.state.platforms else "online", city_ms)

    def step(self, city_ms: int, since_s: float) -> None:
        """Once a city second: repair what is due, and perhaps let one fail."""
        self.state.second += 1
        for gateway, until_s in list(self.state.down_until_s.items()):
            if since_s >= until_s:
                del self.state.down_until_s[gateway]
                self._say(gateway, "online", city_ms)
        if self.ids and fraction(self._seed, "gateway", self.state.second) < self._per_s:
            pick = fraction(self._seed, "gateway", self.state.second, "which")
            gateway = self.ids[int(pick * len(self.ids))]
            if gateway not in self.state.down_until_s:
                low, high = self._settings.repair_s
                lasting = low + (high - low) * fraction(self._seed, "gateway", self.state.second, "repair")
                self.state.down_until_s[gateway] = since_s + lasting
                self._say(gateway, "offline", city_ms)

    def _say(self, gateway: str, word: str, city_ms: int) -> None:
        state = GatewayState(gateway=gateway, state="online" if word == "online" else "offline", time_ms=city_ms)
        topic = gateway_topic(self._publisher.namespace, gateway)
        self._publisher.send("gw", topic, encode(state), qos=1, retain=True)

    def dump(self) -> bytes:
        return keep(self.state)

    def load(self, data: bytes) -> None:
        self.state = regain(data, Outages)
