"""Working time: four kinds of clock in the city's time zone, with holidays and make-up working days 调休.

``urgent_hour`` 紧急工作时 runs always, ``working_hour`` 工作时 in the hours of working days, ``working_day`` 工作日
is as long as the hours of one, ``calendar_day`` 自然日 is the share of local days from midnight to midnight.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from twin.core.errors import ConfigError
from twin.core.text import Name, Text

ClockKind = Literal["urgent_hour", "working_hour", "working_day", "calendar_day"]

HOUR_MS = 3_600_000
_DAY = datetime.timedelta(days=1)
_MIDNIGHT = datetime.time()
_FARTHEST_DAYS = 3660
"""No limit reaches farther than ten years."""


class _Name(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    en: str
    zh: str


class _Holiday(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: _Name
    first: datetime.date
    last: datetime.date


class MoreTime(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How often more time may be granted to one case, and how much at once."""

    grants: int = 2
    longest_minutes: int = 21_600


class Supervision(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is supervised 督办 by rule: a clock of these that ran out, a severity (1 gravest) from here on; 0 never."""

    clocks: tuple[str, ...] = ("handle",)
    importance: int = 1


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    hours: tuple[tuple[datetime.time, datetime.time], ...]
    weekdays: tuple[int, ...] = (1, 2, 3, 4, 5)
    make_up: tuple[datetime.date, ...] = ()
    holidays: tuple[_Holiday, ...] = ()
    more_time: MoreTime = MoreTime()
    supervision: Supervision = Supervision()


class Calendar:
    """Pure arithmetic on city time (integer milliseconds UTC); days already worked out are remembered."""

    def __init__(self, file: _File, zone: ZoneInfo) -> None:
        self.more_time = file.more_time
        self.supervision = file.supervision
        self._zone = zone
        self._hours = file.hours
        self._weekdays = frozenset(file.weekdays)
        self._make_up = frozenset(file.make_up)
        self._holidays: dict[datetime.date, tuple[Name, datetime.date]] = {}
        for holiday in file.holidays:
            day = holiday.first
            while day <= holiday.last:
                self._holidays[day] = (Name(holiday.name.en, holiday.name.zh), holiday.last)
                day += _DAY
        self._spans: dict[datetime.date, tuple[tuple[int, int], ...]] = {}
        self.day_ms = sum(_minutes(last) - _minutes(first) for first, last in file.hours) * 60_000
        """Working time of an ordinary day: what one ``working_day`` is worth."""

    def add(self, kind: ClockKind, start_ms: int, amount: float) -> int:
        """The earliest moment by which ``amount`` hours or days of this kind have passed since ``start_ms``."""
        if amount <= 0:
            return start_ms
        match kind:
            case "urgent_hour":
                return start_ms + round(amount * HOUR_MS)
            case "working_hour":
                return self._add_working(start_ms, round(amount * HOUR_MS))
            case "working_day":
                return self._add_working(start_ms, round(amount * self.day_ms))
            case "calendar_day":
                return self._moment(self._position(start_ms) + amount)

    def elapsed(self, kind: ClockKind, a_ms: int, b_ms: int) -> float:
        """How many hours or days of this kind lie between two moments; 0 where the second is the earlier."""
        if b_ms <= a_ms:
            return 0.0
        match kind:
            case "urgent_hour":
                return (b_ms - a_ms) / HOUR_MS
            case "working_hour":
                return self._working(a_ms, b_ms) / HOUR_MS
            case "working_day":
                return self._working(a_ms, b_ms) / self.day_ms
            case "calendar_day":
                return max(0.0, self._position(b_ms) - self._position(a_ms))

    def still(self, kind: ClockKind, now_ms: int) -> Text | None:
        """Why a clock of this kind does not run now; None while it does."""
        if kind in ("urgent_hour", "calendar_day"):
            return None
        day = self._day(now_ms)
        if any(first <= now_ms < last for first, last in self._worked(day)):
            return None
        begins = self._begins(now_ms)
        holiday = self._holidays.get(day)
        if holiday is not None:
            return Text("{holiday}: a holiday, until {time}", {"holiday": holiday[0], "time": begins})
        if not self.works(day):
            return Text("a day off, until {time}", {"time": begins})
        return Text("outside working hours, until {time}", {"time": begins})

    def working(self, city_ms: int) -> bool:
        """Whether it is working time."""
        return self.still("working_hour", city_ms) is None

    def works(self, day: datetime.date) -> bool:
        """Whether this local day is a working day; a make-up day is one even at a weekend."""
        if day in self._make_up:
            return True
        return day.isoweekday() in self._weekdays and day not in self._holidays

    def local(self, city_ms: int) -> str:
        """``MM-DD HH:MM`` where the city is."""
        return f"{datetime.datetime.fromtimestamp(city_ms / 1000, self._zone):%m-%d %H:%M}"

    def _begins(self, now_ms: int) -> str:
        """When working time begins next: the hour alone where that is today."""
        day = self._day(now_ms)
        for later in range(_FARTHEST_DAYS):
            for first, _ in self._worked(day + later * _DAY):
                if first > now_ms:
                    return self.local(first)[6:] if later == 0 else self.local(first)
        return "–"

    def _working(self, a_ms: int, b_ms: int) -> int:
        total, day = 0, self._day(a_ms)
        while self._starts(day) < b_ms:
            total += sum(max(0, min(last, b_ms) - max(first, a_ms)) for first, last in self._worked(day))
            day += _DAY
        return total

    def _add_working(self, start_ms: int, wanted_ms: int) -> int:
        day, left = self._day(start_ms), wanted_ms
        if left <= 0:
            return start_ms
        for _ in range(_FARTHEST_DAYS):
            for first, last in self._worked(day):
                begins = max(first, start_ms)
                if last - begins >= left:
                    return begins + left
                left -= max(0, last - begins)
            day += _DAY
        raise ValueError("a limit of more than ten years")

    def _worked(self, day: datetime.date) -> tuple[tuple[int, int], ...]:
        """Working time of a local day as moments, in order and apart; what the change of clocks takes away is gone."""
        known = self._spans.get(day)
        if known is None:
            known = self._spans[day] = tuple(self._hours_of(day)) if self.works(day) else ()
        return known

    def _hours_of(self, day: datetime.date) -> Iterator[tuple[int, int]]:
        reached = self._starts(day)
        for from_, to in self._hours:
            first, last = max(self._at(day, from_), reached), self._at(day, to)
            if last > first:
                yield first, last
                reached = last

    def _at(self, day: datetime.date, time: datetime.time) -> int:
        return round(datetime.datetime.combine(day, time, self._zone).timestamp() * 1000)

    def _starts(self, day: datetime.date) -> int:
        return self._at(day, _MIDNIGHT)

    def _day(self, now_ms: int) -> datetime.date:
        """The local day in whose bounds a moment lies."""
        day = datetime.datetime.fromtimestamp(now_ms / 1000, self._zone).date()
        while self._starts(day) > now_ms:
            day -= _DAY
        while self._starts(day + _DAY) <= now_ms:
            day += _DAY
        return day

    def _position(self, now_ms: int) -> float:
        """Days since the first one, with the share of the present day that has passed."""
        day = self._day(now_ms)
        begins = self._starts(day)
        return day.toordinal() + (now_ms - begins) / (self._starts(day + _DAY) - begins)

    def _moment(self, position: float) -> int:
        day = datetime.date.fromordinal(math.floor(position))
        begins = self._starts(day)
        return begins + round((position - math.floor(position)) * (self._starts(day + _DAY) - begins))


def load_calendar(path: Path, time_zone: str) -> Calendar:
    """Read and check ``config/calendar.toml``. Raises :class:`ConfigError` naming file and key."""
    try:
        file = msgspec.toml.decode(path.read_bytes(), type=_File)
    except (OSError, msgspec.DecodeError) as fault:
        raise ConfigError(path, str(fault)) from fault
    _check_hours(path, file)
    _check_days(path, file)
    if file.more_time.grants < 0 or file.more_time.longest_minutes < 1:
        raise ConfigError(f"{path}: more_time", "grants is not negative, longest_minutes at least 1")
    for clock in file.supervision.clocks:
        if clock not in ("accept", "dispatch", "handle", "check", "file"):
            raise ConfigError(f"{path}: supervision.clocks", f"no clock {clock!r}")
    if not 0 <= file.supervision.importance <= 4:
        raise ConfigError(f"{path}: supervision.importance", "a severity from 1 to 4, or 0 for never")
    return Calendar(file, ZoneInfo(time_zone))


def _check_hours(path: Path, file: _File) -> None:
    reached = -1
    for index, (first, last) in enumerate(file.hours):
        if not reached < _minutes(first) < _minutes(last) or any(t.second or t.microsecond for t in (first, last)):
            raise ConfigError(f"{path}: hours[{index}]", "whole minutes, each span after the one before")
        reached = _minutes(last)
    if not file.hours:
        raise ConfigError(f"{path}: hours", "a working day has working hours")
    if not file.weekdays or any(day not in range(1, 8) for day in file.weekdays):
        raise ConfigError(f"{path}: weekdays", "at least one of 1 (Monday) to 7 (Sunday)")


def _check_days(path: Path, file: _File) -> None:
    taken: dict[datetime.date, str] = {}
    for index, holiday in enumerate(file.holidays):
        if not holiday.first <= holiday.last <= holiday.first + 30 * _DAY:
            raise ConfigError(f"{path}: holidays[{index}]", "first is not after last, and at most a month before it")
        day = holiday.first
        while day <= holiday.last:
            if day in taken:
                raise ConfigError(f"{path}: holidays[{index}]", f"{day} belongs to {taken[day]} already")
            taken[day] = holiday.name.en
            day += _DAY
    for index, day in enumerate(file.make_up):
        if day in taken:
            raise ConfigError(f"{path}: make_up[{index}]", f"{day} is a holiday: {taken[day]}")
        if day.isoweekday() in file.weekdays:
            raise ConfigError(f"{path}: make_up[{index}]", f"{day} is a working day anyway")


def _minutes(time: datetime.time) -> int:
    return time.hour * 60 + time.minute
