"""The weather service: warnings, retained, before and during storms, by what its forecast says."""

from __future__ import annotations

from typing import Literal

import msgspec

from twin.field.hazards.base import Moment
from twin.field.keeping import keep, regain
from twin.field.publish import Publisher
from twin.field.settings import Tempo, WarningSettings
from twin.field.weather import Event, Weather
from twin.formats.civic import WeatherWarning, encode
from twin.formats.topics import warning_topic

Kind = Literal["rainstorm", "gale"]
KINDS: tuple[Kind, ...] = ("rainstorm", "gale")
_COLOURS = {4: ("Blue", "蓝色"), 3: ("Yellow", "黄色"), 2: ("Orange", "橙色"), 1: ("Red", "红色")}
_NAMES: dict[Kind, tuple[str, str]] = {"rainstorm": ("rainstorm", "暴雨"), "gale": ("gale", "大风")}


class Said(msgspec.Struct):
    """What stands of each kind; ``count`` of warnings ever issued."""

    standing: dict[str, WeatherWarning]
    count: int = 0
    given: list[str] = []  # kinds whose warning an exercise gave, whatever the sky


class MetService:
    """Levels only rise while a storm is to come or lasts; with its end the warning is lifted."""

    def __init__(self, weather: Weather, settings: WarningSettings, tempo: Tempo, publisher: Publisher) -> None:
        self._weather, self._settings, self._publisher = weather, settings, publisher
        self._lead_s = settings.lead_s[tempo]
        self.state = Said({})

    def step(self, now: Moment) -> None:
        """Once a second; looks every few."""
        if now.since_s % self._settings.every_s:
            return
        event = self._weather.coming(now.city_ms, self._lead_s)
        for kind in KINDS:
            level, amount = self._level(kind, event, now.city_ms)
            stands = self.state.standing.get(kind)
            lapsed = event is None and kind not in self.state.given
            if stands is not None and (lapsed or now.city_ms >= stands.until_ms):
                del self.state.standing[kind]
                self._publisher.send("met", warning_topic(self._publisher.namespace, kind), b"", qos=1, retain=True)
            elif event is not None and level <= 4 and (stands is None or level < stands.level):
                self._issue(kind, level, amount, event, now.city_ms)

    def announce(self) -> None:
        """Say again what stands (on a new connection)."""
        for kind, warning in self.state.standing.items():
            self._say(kind, warning)

    def give(self, kind: Kind, level: int, city_ms: int, until_ms: int) -> None:
        """Issue a warning whatever the sky, as an exercise wants it."""
        (en, zh), (colour, hue) = _NAMES[kind], _COLOURS[level]
        self.state.count += 1
        self.state.given.append(kind)
        warning = WeatherWarning(
            warning_id=f"{kind}-{city_ms}-{self.state.count}", kind=kind, level=level, issued_ms=city_ms,
            until_ms=until_ms, text=f"{zh}{hue}预警 / {colour} {en} warning",
        )  # fmt: skip
        self.state.standing[kind] = warning
        self._say(kind, warning)

    def _level(self, kind: Kind, event: Event | None, city_ms: int) -> tuple[int, float]:
        """1–4, or 5 for none; and the amount forecast. The nearer the rain, the more the forecast dares to say."""
        if event is None:
            return 5, 0.0
        ahead = max(0.0, (event.begins_ms - city_ms) / 1000.0) / self._lead_s
        sure = 1.0 - (1.0 - self._settings.sure) * min(ahead, 1.0)
        steps, amount = self._settings.gale, event.wind_mps * sure
        if kind == "rainstorm":
            steps, amount = self._settings.rainstorm, event.mm * sure
        return 5 - sum(amount >= least for least in steps), amount

    def _issue(self, kind: Kind, level: int, amount: float, event: Event, city_ms: int) -> None:
        self.state.count += 1
        (en, zh), (colour, hue) = _NAMES[kind], _COLOURS[level]
        much = (f"{amount:.0f} mm in an hour", f"小时雨量{amount:.0f}毫米")
        if kind == "gale":
            much = (f"{amount:.0f} m/s", f"平均风速{amount:.0f}米/秒")
        warning = WeatherWarning(
            warning_id=f"{kind}-{event.begins_ms}-{self.state.count}", kind=kind, level=level, issued_ms=city_ms,
            until_ms=event.ends_ms, text=f"{zh}{hue}预警：预计{much[1]} / {colour} {en} warning: {much[0]} expected",
        )  # fmt: skip
        self.state.standing[kind] = warning
        self._say(kind, warning)

    def _say(self, kind: str, warning: WeatherWarning) -> None:
        topic = warning_topic(self._publisher.namespace, kind)
        self._publisher.send("met", topic, encode(warning), qos=1, retain=True)

    def dump(self) -> bytes:
        return keep(self.state)

    def load(self, data: bytes) -> None:
        self.state = regain(data, Said)
