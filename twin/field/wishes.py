"""What the residents of the simulated city are going to ask for, day by day."""

from __future__ import annotations

import datetime
from collections import deque
from zoneinfo import ZoneInfo

from twin.city.errand_demand import Ask, Taken, facts_of, in_tempo, moment_ms, weekdays_before
from twin.city.errand_settings import ErrandSettings, Tempo
from twin.city.lives import Lives
from twin.core.chance import fraction
from twin.field.applicants_state import Wish


class Wishes:
    """Draws days; keeps nothing but what follows from seed and settings."""

    def __init__(
        self, settings: ErrandSettings, lives: Lives, seed: int, tempo: Tempo, time_zone: str, opens_ms: int
    ) -> None:
        """``opens_ms``: when the city opens; what was asked for long before is forgotten."""
        self._settings, self._seed, self._zone = settings, seed, _zone(time_zone)
        self._opens = self._date(opens_ms)
        self._demand = in_tempo(settings, facts_of(lives), seed, tempo)

    def before(self, city_ms: int) -> Taken:
        """Who asked for what, before the day of this moment, that nobody asks for twice."""
        taken: Taken = set()
        today = self._date(city_ms)
        for day in weekdays_before(self._opens, self._settings.remember_days):
            if day < today:
                deque(self._demand.on(day, taken), maxlen=0)
        return taken

    def of_day(self, city_ms: int, taken: Taken) -> tuple[str, list[Wish]]:
        """The day of this moment, and what is asked for in the rest of it, in order; nothing at weekends."""
        day = self._date(city_ms)
        asks = list(self._demand.on(day, taken)) if day.isoweekday() <= 5 else []
        found = [
            Wish(moment_ms(self._settings, ask, self._zone), ask.id, ask.service, ask.row, day.isoformat(), ask.share)
            for ask in asks
        ]
        later = [one for one in found if one.at_ms >= city_ms]
        return day.isoformat(), sorted(later, key=lambda one: (one.at_ms, one.id))

    def day_of(self, city_ms: int) -> str:
        return self._date(city_ms).isoformat()

    def waits_s(self, city_ms: int, key: str, span_h: tuple[float, float], *, daytime: bool) -> float:
        """Seconds until somebody does what takes them so long; by ``daytime``, not at night or at weekends."""
        low, high = span_h
        delay_s = 3600.0 * (low + (high - low) * fraction(self._seed, "applicant", key))
        if not daytime:
            return delay_s
        then = datetime.datetime.fromtimestamp(city_ms / 1000.0 + delay_s, self._zone)
        first, last = self._settings.hours
        hour = then.hour + then.minute / 60.0
        moved = then
        if hour >= last:
            moved = moved + datetime.timedelta(days=1)
        while moved.isoweekday() > 5:
            moved = moved + datetime.timedelta(days=1)
        if moved.date() != then.date() or hour < first:
            spread_h = 2.0 * fraction(self._seed, "applicant", key, "morning")
            moved = datetime.datetime.combine(moved.date(), datetime.time(), self._zone)
            moved = moved + datetime.timedelta(hours=first + spread_h)
        return moved.timestamp() - city_ms / 1000.0

    def _date(self, city_ms: int) -> datetime.date:
        return datetime.datetime.fromtimestamp(city_ms / 1000.0, self._zone).date()


def ask_of(wish: Wish) -> Ask:
    return Ask(wish.id, wish.service, wish.row, datetime.date.fromisoformat(wish.day), wish.share)


def _zone(name: str) -> datetime.tzinfo:
    """As the field's weather has it: where a zone is unknown, UTC."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError):
        return datetime.UTC
