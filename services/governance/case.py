"""A case 案卷: the governed handling of an incident, with its clocks, assignments and history."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

import msgspec

from services.facts.base import Actor
from services.facts.evidence import Candidate, Evidence, Proof, RuleTried
from twin.core.text import Name, Text


class CaseState(StrEnum):
    """The standard's working states; the last four end a case."""

    REPORTED = "reported"
    PENDING_REGISTER = "pending_register"
    PENDING_VERIFY = "pending_verify"
    PENDING_DISPATCH = "pending_dispatch"
    PENDING_HANDLE = "pending_handle"
    HANDLING = "handling"
    HANDLE_FINISH = "handle_finish"
    PENDING_CHECK = "pending_check"
    RETURNED = "returned"
    CLOSED = "closed"
    NOT_ACCEPTED = "not_accepted"
    MERGED = "merged"


ENDED = frozenset({CaseState.CLOSED, CaseState.NOT_ACCEPTED, CaseState.MERGED})

ClockName = Literal["accept", "dispatch", "handle", "check"]


class Clock(msgspec.Struct, frozen=True):
    """A limit in city time. It runs while ``stopped_ms`` is -1; ``overdue`` once noticed, and for ever."""

    name: ClockName
    started_ms: int
    due_ms: int
    stopped_ms: int = -1
    overdue: bool = False

    @property
    def running(self) -> bool:
        return self.stopped_ms < 0


class Entry(msgspec.Struct, frozen=True):
    """One line of the case's history."""

    city_ms: int
    what: Text
    actor: Actor
    why: Text | None = None


class Assignment(msgspec.Struct, frozen=True, kw_only=True):
    """The order a unit of the department is under."""

    unit: str
    order: str
    task: str
    number: int
    expires_ms: int
    travel_s: float
    acknowledged: bool = False
    state: Literal["ordered", "driving", "arrived", "working", "done"] = "ordered"
    heard_ms: int = -1


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """A collector's order to look, and what was found."""

    unit: str
    order: str
    collector: str
    stage: Literal["filing", "closing"]
    expires_ms: int
    acknowledged: bool = False
    finding: Literal["", "confirmed", "resolved", "unresolved", "nothing_found"] = ""
    reported_ms: int = -1


class Refusal(msgspec.Struct, frozen=True):
    """A unit that is not asked again for this case before ``until_ms``."""

    unit: str
    until_ms: int
    why: Text


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """Never changed in place: every event makes a new one. ``rev`` counts the events applied."""

    id: str
    incident: str
    scene: str
    version: str
    code: str
    source: str
    state: CaseState
    severity: int
    provenance: int
    x_m: float
    y_m: float
    longitude: float
    latitude: float
    edge: int
    place: str
    cell: int
    target: str
    where: Name
    opened_ms: int
    observed_ms: int
    doubtful: bool
    evidence: tuple[Evidence, ...]
    rev: int = 0
    department: str = ""
    owner: str = ""  # the named person in charge now
    filed_by: str = ""
    acknowledged: bool = False
    manual: bool = False  # a person took it over: rules decide nothing but the closing test
    task: int = 0  # number of the playbook's task under way
    orders: int = 0
    assignment: Assignment | None = None
    unavailable: bool = False  # the last attempt to dispatch found nobody
    refusals: tuple[Refusal, ...] = ()
    excluded: tuple[str, ...] = ()  # departments that returned it
    check: Check | None = None
    wants_check: Literal["", "filing", "closing"] = ""
    unchecked: bool = False  # the last attempt to send a collector found nobody
    tested_ms: int = -1  # since when the closing test runs
    readings: tuple[Proof, ...] = ()
    reworks: int = 0
    clocks: tuple[Clock, ...] = ()
    trace: tuple[RuleTried, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    history: tuple[Entry, ...] = ()
    closed_ms: int = -1
    outcome: Literal["", "verified", "checked", "untested"] = ""
    merged_into: str = ""

    @property
    def ended(self) -> bool:
        return self.state in ENDED

    def clock(self, name: ClockName) -> Clock | None:
        """The latest clock of this name."""
        return next((clock for clock in reversed(self.clocks) if clock.name == name), None)

    @property
    def due_ms(self) -> int:
        """When the running clock that is due first is due, or -1."""
        return min((clock.due_ms for clock in self.clocks if clock.running), default=-1)
