"""Tokens of roster people: what a console shows to be believed who it is. Only their digests are stored.

A token is 192 random bits: nobody guesses it, so a plain SHA-256 hides it well, and a wrong one costs the server's one
thread nothing.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import msgspec

from services.app.installation import choice, city_directory, config_directory, start_of_day, time_zone
from services.collaboration.roster import Person, Roster, load_roster
from services.facts.collaboration import Post
from services.governance.calendar import load_calendar
from services.storage.whole import write_whole
from twin.city.units import load_departments
from twin.core.errors import CivitwinError, ConfigError

ROLES: dict[str, Post | None] = {
    "operator": "dispatcher",
    "chief": "duty_chief",
    "acceptor": "acceptor",
    "handler": "handler",
    "head": "department_head",
    "assessor": "assessor",
    "subdistrict": "subdistrict_head",
    "viewer": None,
    "trainee": None,
}
"""What a console's ``--role`` stands for in the roster; a viewer holds no post, a trainee of an exercise those of
the seat."""

log = logging.getLogger("civitwin.people")


class _Entry(msgspec.Struct, frozen=True):
    person: str
    role: str
    sha256: str


def _file(data: Path) -> Path:
    return data / "tokens.json"


def _read(data: Path) -> list[_Entry]:
    path = _file(data)
    if not path.exists():
        return []
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[_Entry])
    except msgspec.DecodeError as fault:
        raise ConfigError(path, str(fault)) from fault


def issue_token(
    data: Path, role: str, roster: Roster, city_ms: int, person: str | None = None, department: str = ""
) -> str:
    """A new token for a roster person, by default the one who holds the role's post at ``city_ms`` (in ``department``
    where one is named). Only its hash is kept in ``data``. Raises :class:`CivitwinError` for a role or person that does
    not exist."""
    if role not in ROLES:
        raise CivitwinError(f"no role {role!r}; there are {', '.join(ROLES)}")
    chosen = person or _holder(roster, role, city_ms, department)
    if chosen and roster.person(chosen) is None:
        raise CivitwinError(f"nobody in config/people.toml has the id {chosen!r}")
    token = secrets.token_urlsafe(24)
    entry = _Entry(chosen, role, _digest(token))
    data.mkdir(parents=True, exist_ok=True)
    with _alone(data):
        write_whole(_file(data), msgspec.json.encode([*_read(data), entry]))  # a server may be reading
    return token


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@contextmanager
def _alone(data: Path) -> Iterator[None]:
    """One writer at a time."""
    lock = os.open(data / "tokens.lock", os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def operator_token(
    data: Path, city_dir: Path, at: str, role: str = "operator", person: str | None = None, department: str = ""
) -> str:
    """A token for whoever holds the role's post when the city opens."""
    departments = load_departments(config_directory() / "departments.toml")
    begins, zone = start_of_day(city_dir, at), time_zone(city_dir)
    works = load_calendar(config_directory() / "calendar.toml", zone).works
    roster = load_roster(config_directory() / "people.toml", departments, zone, works)
    return issue_token(data, role, roster, begins, person, department)


def _holder(roster: Roster, role: str, city_ms: int, department: str) -> str:
    post = ROLES[role]
    holder = roster.holder(post, city_ms, department) if post is not None else None
    if holder is None and department:
        raise CivitwinError(f"nobody of {department!r} holds the post of {role!r} at that time")
    return holder.id if holder is not None else ""


class Visitors:
    """Who stands behind a token, by the tokens' file as it is now."""

    def __init__(self, data: Path, roster: Roster) -> None:
        self._data, self.roster = data, roster
        self._entries: dict[str, _Entry] = {}
        self._stamp: tuple[int, int, int] | None = None

    def who(self, token: str) -> tuple[Person | None, str] | None:
        """The person (None for a viewer) and role, or None for a token that nobody was given."""
        self._refresh()
        entry = self._entries.get(_digest(token))
        return None if entry is None else (self.roster.person(entry.person), entry.role)

    def _refresh(self) -> None:
        """Read the file again where it is another one; a damaged one changes nothing but the log."""
        try:
            found = _file(self._data).stat()
        except FileNotFoundError:
            self._entries, self._stamp = {}, None
            return
        stamp = (found.st_ino, found.st_mtime_ns, found.st_size)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._entries = {entry.sha256: entry for entry in _read(self._data)}
        except ConfigError as fault:
            log.error("%s; the tokens known before stay good", fault)


def print_token(
    data: Path,
    role: str = "operator",
    person: str | None = None,
    city: Path | None = None,
    department: str | None = None,
) -> int:
    """``run.py token``: the token goes to standard output and is not shown again."""
    click.echo(operator_token(data, city_directory(city), choice().start_at, role, person, department or ""))
    return 0
