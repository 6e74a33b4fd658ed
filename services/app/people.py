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
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click
import msgspec

from services.app.installation import choice, city_directory, config_directory, start_of_day, time_zone
from services.app.recorded import recorded_people
from services.collaboration.roster import Person, Roster, load_roster
from services.facts.collaboration import Post
from services.governance.calendar import load_calendar
from services.storage.whole import write_whole
from twin.city.load import load
from twin.city.population import PURPOSES
from twin.city.population_settings import load_population
from twin.city.residents import CENSUS_YEAR, Resident, register
from twin.city.units import load_departments
from twin.core.errors import CivitwinError, ConfigError
from twin.link.views import CENTRE

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
    "resident": None,
}
"""What a console's ``--role`` stands for in the roster; a viewer holds no post, a trainee of an exercise those of
the seat, and a resident is nobody of the roster: they are in their own twin's shoes."""

RESIDENT: Final = "resident"
_YOUNG, _OLD = 24, 38

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
    if role == "resident":
        raise CivitwinError("a resident is nobody of the roster")
    if chosen and roster.person(chosen) is None:
        raise CivitwinError(f"nobody in config/people.toml has the id {chosen!r}")
    return _keep(data, chosen, role)


def resident_token(data: Path, residents: Mapping[str, Resident], person: str | None = None) -> str:
    """A new token for a resident's own console, by default of somebody to whom much can happen. Raises
    :class:`CivitwinError` for nobody of the register."""
    chosen = person or _somebody(residents)
    if chosen not in residents:
        raise CivitwinError(f"the register has nobody {chosen!r}; ids look like res_0012")
    return _keep(data, chosen, "resident")


def _somebody(residents: Mapping[str, Resident]) -> str:
    """A woman of an age to have a child, in a family, whose phone speaks for all that can be agreed to."""
    fits = (
        one.id
        for one in residents.values()
        if one.woman and one.relation in ("head", "spouse") and len(one.consents) == len(PURPOSES)
        and _YOUNG <= CENSUS_YEAR - one.birth_year <= _OLD and not one.disability
    )  # fmt: skip
    return next(fits, next(iter(residents), ""))


def _keep(data: Path, person: str, role: str) -> str:
    token = secrets.token_urlsafe(24)
    data.mkdir(parents=True, exist_ok=True)
    with _alone(data):
        entries = [*_read(data), _Entry(person, role, _digest(token))]
        write_whole(_file(data), msgspec.json.encode(entries))  # a server may be reading
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


def _residents(data: Path, city_dir: Path) -> dict[str, Resident]:
    """The register of a run's data, or of the run that would begin there."""
    seed, count = recorded_people(data) or (choice().seed, choice().residents)
    return residents_of(city_dir, seed, count)


def residents_of(city_dir: Path, seed: int, count: int) -> dict[str, Resident]:
    """The register of a city by id."""
    people = register(load(city_dir), seed, count, load_population(config_directory() / "population.toml"))
    return {one.id: one for one in people}


class Visitors:
    """Who stands behind a token, by the tokens' file as it is now."""

    def __init__(self, data: Path, roster: Roster) -> None:
        self._data, self.roster = data, roster
        self._entries: dict[str, _Entry] = {}
        self._stamp: tuple[int, int, int] | None = None

    def who(self, token: str) -> tuple[Person | None, str] | None:
        """The person (None for a viewer) and role, or None for a token that nobody of the centre was given."""
        self._refresh()
        entry = self._entries.get(_digest(token))
        if entry is None or entry.role == RESIDENT:
            return None
        return self.roster.person(entry.person), entry.role

    def resident(self, token: str) -> str:
        """Whose own console it is; empty where it is no resident's."""
        self._refresh()
        entry = self._entries.get(_digest(token))
        return entry.person if entry is not None and entry.role == RESIDENT else ""

    def stream(self, token: str) -> str | None:
        """Which views the token opens: the centre's, a resident's own, or none."""
        if self.who(token) is not None:
            return CENTRE
        return self.resident(token) or None

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
    if role == RESIDENT:
        click.echo(resident_token(data, _residents(data, city_directory(city)), person))
        return 0
    click.echo(operator_token(data, city_directory(city), choice().start_at, role, person, department or ""))
    return 0
