"""Tokens of roster people: what a console shows to be believed who it is. Only their hashes are stored."""

from __future__ import annotations

import secrets
from pathlib import Path

import argon2
import click
import msgspec

from services.app.installation import choice, city_directory, config_directory, start_of_day, time_zone
from services.collaboration.roster import Person, Roster, load_roster
from services.facts.collaboration import Post
from twin.city.units import load_departments
from twin.core.errors import CivitwinError, ConfigError

ROLES: dict[str, Post | None] = {"operator": "dispatcher", "chief": "duty_chief", "viewer": None}
"""What a console's ``--role`` stands for in the roster; a viewer holds no post."""


class _Entry(msgspec.Struct, frozen=True):
    person: str
    role: str
    hash: str


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


def issue_token(data: Path, role: str, roster: Roster, city_ms: int, person: str | None = None) -> str:
    """A new token for a roster person, by default the one who holds the role's post at ``city_ms``. Only its hash is
    kept in ``data``. Raises :class:`CivitwinError` for a role or person that does not exist."""
    if role not in ROLES:
        raise CivitwinError(f"no role {role!r}; there are {', '.join(ROLES)}")
    chosen = person or _holder(roster, role, city_ms)
    if chosen and roster.person(chosen) is None:
        raise CivitwinError(f"nobody in config/people.toml has the id {chosen!r}")
    token = secrets.token_urlsafe(24)
    entry = _Entry(chosen, role, argon2.PasswordHasher().hash(token))
    path = _file(data)
    data.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(msgspec.json.encode([*_read_or_none(data), entry]))
    return token


def operator_token(data: Path, city_dir: Path, at: str, role: str = "operator", person: str | None = None) -> str:
    """A token for whoever holds the role's post when the city opens."""
    departments = load_departments(config_directory() / "departments.toml")
    begins = start_of_day(city_dir, at)
    roster = load_roster(config_directory() / "people.toml", departments, time_zone(city_dir))
    return issue_token(data, role, roster, begins, person)


def _read_or_none(data: Path) -> list[_Entry]:
    return _read(data) if _file(data).stat().st_size else []


def _holder(roster: Roster, role: str, city_ms: int) -> str:
    post = ROLES[role]
    holder = roster.holder(post, city_ms) if post is not None else None
    return holder.id if holder is not None else ""


class Visitors:
    """Who stands behind a token. The costly check is made once a token; a wrong one is refused each time."""

    def __init__(self, data: Path, roster: Roster) -> None:
        self._data, self._roster = data, roster
        self._known: dict[str, tuple[Person | None, str]] = {}

    def who(self, token: str) -> tuple[Person | None, str] | None:
        """The person (None for a viewer) and role, or None for a token that nobody was given."""
        if token in self._known:
            return self._known[token]
        hasher = argon2.PasswordHasher()
        for entry in _read(self._data):
            try:
                hasher.verify(entry.hash, token)
            except argon2.exceptions.VerifyMismatchError:
                continue
            person = self._roster.person(entry.person)
            self._known[token] = (person, entry.role)
            return self._known[token]
        return None


def print_token(data: Path, role: str = "operator", person: str | None = None, city: Path | None = None) -> int:
    """``run.py token``: the token goes to standard output and is not shown again."""
    click.echo(operator_token(data, city_directory(city), choice().start_at, role, person))
    return 0
