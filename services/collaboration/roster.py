"""The roster: named people, the posts they hold and when they are on duty (``config/people.toml``)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from services.facts.collaboration import Post
from twin.core.errors import ConfigError
from twin.core.text import Name

_HOUR_MS = 3_600_000


class _Name(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    en: str
    zh: str


class _Duty(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    post: Post
    department: str
    hours: tuple[int, int] = (0, 24)


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: _Name
    duties: tuple[_Duty, ...]


class Duty(msgspec.Struct, frozen=True):
    """A post in a department, held daily from ``hours[0]`` to ``hours[1]`` local time; a night shift is (20, 8)."""

    post: Post
    department: str
    hours: tuple[int, int]

    def covers(self, hour: int) -> bool:
        first, last = self.hours
        return first <= hour < last if first < last else hour >= first or hour < last


class Person(msgspec.Struct, frozen=True):
    id: str
    name: Name
    duties: tuple[Duty, ...]

    @property
    def posts(self) -> tuple[Post, ...]:
        """Every post this person ever holds, in the file's order."""
        return tuple(dict.fromkeys(duty.post for duty in self.duties))


class Roster:
    """Who holds which post at a moment of city time. Order is the file's: the first on duty holds the post."""

    def __init__(self, people: tuple[Person, ...], time_zone: str) -> None:
        self.people = people
        self._by_id = {person.id: person for person in people}
        try:
            self._zone = ZoneInfo(time_zone)
        except (ZoneInfoNotFoundError, ValueError) as fault:
            raise ConfigError("city.toml: time_zone", f"unknown time zone {time_zone!r}; install tzdata") from fault

    def person(self, id: str) -> Person | None:
        return self._by_id.get(id)

    def hour(self, city_ms: int) -> int:
        """The local hour, 0 to 23."""
        return self.local(city_ms) // _HOUR_MS % 24

    def local(self, city_ms: int) -> int:
        """City time shifted to local time, still in milliseconds."""
        offset = datetime.fromtimestamp(city_ms // 1000, self._zone).utcoffset()
        return city_ms + (0 if offset is None else round(offset.total_seconds() * 1000))

    def on_duty(self, post: Post, city_ms: int, department: str = "") -> tuple[Person, ...]:
        """Everyone who holds the post now, in the roster's order; of one department where it is named."""
        hour = self.hour(city_ms)
        return tuple(
            person
            for person in self.people
            if any(
                duty.post == post and (not department or duty.department == department) and duty.covers(hour)
                for duty in person.duties
            )
        )

    def holder(self, post: Post, city_ms: int, department: str = "") -> Person | None:
        """The person answerable for the post now, or None when nobody is on duty."""
        present = self.on_duty(post, city_ms, department)
        return present[0] if present else None

    def holds(self, person: str, posts: Collection[str], city_ms: int) -> bool:
        """Whether this person holds one of these posts now."""
        known = self._by_id.get(person)
        if known is None:
            return False
        hour = self.hour(city_ms)
        return any(duty.post in posts and duty.covers(hour) for duty in known.duties)

    def check(self, departments: Collection[str] | None) -> None:
        """Raises :class:`ConfigError` for a department that does not exist, or an hour at which a post is vacant."""
        for person in self.people:
            for duty in person.duties:
                if departments is not None and duty.department not in departments:
                    raise ConfigError(f"people.toml: {person.id}", f"no department {duty.department!r}")
        for post in ("acceptor", "dispatcher", "duty_chief", "collector"):
            for hour in range(24):
                if not any(duty.post == post and duty.covers(hour) for one in self.people for duty in one.duties):
                    raise ConfigError("people.toml", f"nobody is {post} at {hour}:00")


def load_roster(path: Path, departments: Collection[str] | None = None, time_zone: str = "UTC") -> Roster:
    """Read and check the roster; shifts are in the city's ``time_zone``. Departments are checked where they are given.
    Raises :class:`ConfigError` naming file and key."""
    try:
        entries = msgspec.toml.decode(path.read_bytes(), type=dict[str, _Entry])
    except (OSError, msgspec.DecodeError) as fault:
        raise ConfigError(path, str(fault)) from fault
    people = tuple(
        Person(
            id,
            Name(entry.name.en, entry.name.zh),
            tuple(Duty(duty.post, duty.department, duty.hours) for duty in entry.duties),
        )
        for id, entry in entries.items()
    )
    roster = Roster(people, time_zone)
    roster.check(departments)
    return roster
