"""The roster: named people, the posts they hold and when they are on duty (``config/people.toml``)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from services.facts.collaboration import HANDLING, Post
from twin.core.errors import ConfigError
from twin.core.text import Name

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS

Days = Literal["daily", "weekday", "weekend"]
DAYS: dict[Days, frozenset[int]] = {
    "daily": frozenset(range(7)),
    "weekday": frozenset(range(5)),
    "weekend": frozenset((5, 6)),
}
"""Days of the week from Monday, 0."""

MONDAY, SUNDAY = 0, 6
Works = Callable[[date], bool]

ALWAYS_HELD: tuple[Post, ...] = (
    "acceptor",
    "dispatcher",
    "duty_chief",
    "collector",
    "leader",
    "assessor",
    "subdistrict_head",
)


class Duty(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A post in a department, from ``hours[0]`` to ``hours[1]`` local time; a night shift is (20, 8) and belongs to the
    day on which it begins. ``area``: the subdistrict; empty: all. A ``deputy`` stands in when nobody else is there."""

    post: Post
    department: str
    hours: tuple[int, int] = (0, 24)
    days: Days = "daily"
    area: str = ""
    deputy: bool = False

    def covers(self, hour: int, weekday: int = 0, eve: int | None = None) -> bool:
        """``eve`` is what the day before counts as, where that is not the weekday before."""
        first, last = self.hours
        if first < last:
            return first <= hour < last and weekday in DAYS[self.days]
        before = (weekday - 1) % 7 if eve is None else eve
        began = weekday if hour >= first else before
        return (hour >= first or hour < last) and began in DAYS[self.days]

    def serves(self, post: str, department: str, area: str) -> bool:
        """Whether this is the post asked for, of the department and area where they are named."""
        return (
            self.post == post
            and (not department or self.department == department)
            and (not area or self.area in ("", area))
        )


class _Name(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    en: str
    zh: str


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: _Name
    duties: tuple[Duty, ...]


class Person(msgspec.Struct, frozen=True):
    id: str
    name: Name
    duties: tuple[Duty, ...]

    @property
    def posts(self) -> tuple[Post, ...]:
        """Every post this person ever holds, in the file's order."""
        return tuple(dict.fromkeys(duty.post for duty in self.duties))


class Roster:
    """Who holds which post at a moment of city time. Of those on duty the first in the file's order holds the post:
    the one of the very area before the one for all, and deputies last."""

    def __init__(self, people: tuple[Person, ...], time_zone: str, works: Works | None = None) -> None:
        """``works``: which days are working days; without it, Monday to Friday."""
        self.people = people
        self._works = works
        self._by_id = {person.id: person for person in people}
        self._present: dict[tuple[str, str, str, int], tuple[Person, ...]] = {}
        try:
            self._zone = ZoneInfo(time_zone)
        except (ZoneInfoNotFoundError, ValueError) as fault:
            raise ConfigError("city.toml: time_zone", f"unknown time zone {time_zone!r}; install tzdata") from fault

    def person(self, id: str) -> Person | None:
        return self._by_id.get(id)

    def hour(self, city_ms: int) -> int:
        """The local hour, 0 to 23."""
        return self.local(city_ms) // HOUR_MS % 24

    def weekday(self, city_ms: int) -> int:
        """The local day of the week, Monday is 0. A holiday counts as a Sunday, a make-up working day as a Monday."""
        day = datetime.fromtimestamp(self.local(city_ms) // 1000, UTC).date()
        weekday = day.weekday()
        if self._works is None or self._works(day) == (weekday in DAYS["weekday"]):
            return weekday
        return SUNDAY if weekday in DAYS["weekday"] else MONDAY

    def local(self, city_ms: int) -> int:
        """City time shifted to local time, still in milliseconds."""
        offset = datetime.fromtimestamp(city_ms // 1000, self._zone).utcoffset()
        return city_ms + (0 if offset is None else round(offset.total_seconds() * 1000))

    def on_duty(self, post: Post, city_ms: int, department: str = "", area: str = "") -> tuple[Person, ...]:
        """Everyone who holds the post now, whoever answers for it first; of one department or area where named."""
        key = (post, department, area, self.local(city_ms) // HOUR_MS)
        known = self._present.get(key)
        if known is None:
            if len(self._present) > 4096:
                self._present.clear()
            known = self._present[key] = self._find(post, city_ms, department, area)
        return known

    def _find(self, post: Post, city_ms: int, department: str, area: str) -> tuple[Person, ...]:
        at = (self.hour(city_ms), self.weekday(city_ms), self.weekday(city_ms - DAY_MS))
        found = [
            (min((duty.deputy, duty.area != area) for duty in duties), order, person)
            for order, person in enumerate(self.people)
            if (duties := _fit(person, post, department, area, at))
        ]
        return tuple(person for _, _, person in sorted(found, key=lambda entry: entry[:2]))

    def holder(self, post: Post, city_ms: int, department: str = "", area: str = "") -> Person | None:
        """The person answerable for the post now, or None when nobody is on duty."""
        present = self.on_duty(post, city_ms, department, area)
        return present[0] if present else None

    def holds(self, person: str, posts: Collection[str], city_ms: int) -> bool:
        """Whether this person holds one of these posts now."""
        return any(self.duty(person, post, city_ms) is not None for post in posts)

    def duty(self, person: str, post: str, city_ms: int) -> Duty | None:
        """The duty by which this person holds the post now."""
        known = self._by_id.get(person)
        if known is None:
            return None
        mine = _fit(known, post, "", "", (self.hour(city_ms), self.weekday(city_ms), self.weekday(city_ms - DAY_MS)))
        return mine[0] if mine else None

    def shift_end(self, person: str, post: str, city_ms: int) -> int:
        """City time at which this person's shift at the post ends; -1 where they do not hold it, or never put it
        down within a week."""
        at = city_ms
        while at < city_ms + 7 * DAY_MS:
            if self.duty(person, post, at) is None:
                return at if at > city_ms else -1
            at += HOUR_MS - self.local(at) % HOUR_MS
        return -1

    def next_holder(self, post: Post, city_ms: int, department: str = "", area: str = "") -> Person | None:
        """Who answers for the post after the present holder; None where no other comes within a week."""
        now = self.holder(post, city_ms, department, area)
        at = city_ms
        while at <= city_ms + 7 * DAY_MS:
            then = self.holder(post, at, department, area)
            if then is not None and then != now:
                return then
            at += HOUR_MS - self.local(at) % HOUR_MS
        return None

    def check(self, departments: Collection[str] | None) -> None:
        """Raises :class:`ConfigError` for a department that does not exist, an hour of the week at which a post of the
        centre is vacant, or a department without a handler or head."""
        for person in self.people:
            for duty in person.duties:
                if departments is not None and duty.department not in departments:
                    raise ConfigError(f"people.toml: {person.id}", f"no department {duty.department!r}")
                if not all(0 <= hour <= 24 for hour in duty.hours) or duty.hours[0] == duty.hours[1]:
                    raise ConfigError(
                        f"people.toml: {person.id}", f"no shift runs from {duty.hours[0]} to {duty.hours[1]}"
                    )
        for post in ALWAYS_HELD:
            self._held(post, "")
        for department in departments or ():
            for post in HANDLING:
                self._held(post, department)

    def _held(self, post: Post, department: str) -> None:
        duties = [
            duty
            for person in self.people
            for duty in person.duties
            if duty.serves(post, department, "") and not duty.deputy and (post != "subdistrict_head" or not duty.area)
        ]
        for weekday in range(7):
            for hour in range(24):
                if not any(duty.covers(hour, weekday) for duty in duties):
                    of = f" of {department}" if department else ""
                    day = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")[weekday]
                    raise ConfigError("people.toml", f"nobody is {post}{of} at {hour}:00 on a {day}")


def _fit(person: Person, post: str, department: str, area: str, at: tuple[int, int, int]) -> list[Duty]:
    """``at``: the hour, what the day counts as, and what the day before does."""
    return [duty for duty in person.duties if duty.serves(post, department, area) and duty.covers(*at)]


def load_roster(
    path: Path, departments: Collection[str] | None = None, time_zone: str = "UTC", works: Works | None = None
) -> Roster:
    """Read and check the roster; shifts are in the city's ``time_zone``, and move with holidays where ``works`` says
    which days are working days. Departments are checked where they are given. Raises :class:`ConfigError` naming file
    and key."""
    try:
        entries = msgspec.toml.decode(path.read_bytes(), type=dict[str, _Entry])
    except (OSError, msgspec.DecodeError) as fault:
        raise ConfigError(path, str(fault)) from fault
    people = tuple(Person(id, Name(entry.name.en, entry.name.zh), entry.duties) for id, entry in entries.items())
    roster = Roster(people, time_zone, works)
    roster.check(departments)
    return roster
