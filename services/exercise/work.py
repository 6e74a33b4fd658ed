"""What waits at a post, and which command does it: the rows from which colleagues take their tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from services.facts.base import Actor, Command


@dataclass(frozen=True, slots=True)
class Seat:
    """A post as it is filled by one: ``department`` for a department's, ``area`` for a subdistrict's."""

    post: str
    department: str = ""
    area: str = ""

    @property
    def id(self) -> str:
        return "/".join(part for part in ("colleague", self.post, self.department, self.area) if part)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a command is made with. ``slip``: this time the colleague gets it wrong."""

    id: str
    actor: Actor
    city_ms: int
    slip: bool
    words: Mapping[str, str]

    def said(self, task: str) -> str:
        return self.words.get(task, "–")


Make = Callable[[Draft], Command | None]
"""None where nothing can be done about it now."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that waits: since when, for whom, how grave (1 the gravest) and about which case."""

    task: str
    seat: Seat
    subject: str
    since_ms: int
    case: str
    severity: int
    make: Make
    holder: str = ""  # the person in whose name it is done; empty: whoever is on duty

    @property
    def key(self) -> str:
        return f"{self.task}/{self.subject}/{self.since_ms}"

    @property
    def order(self) -> tuple[int, int, str]:
        """Queue discipline: the gravest first, then the longest waiting."""
        return (self.severity, self.since_ms, self.key)


class Source(Protocol):
    """Whatever can say what waits."""

    def waiting(self, city_ms: int) -> Iterator[Item]: ...
