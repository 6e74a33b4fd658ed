"""A case 案卷: the governed handling of an incident, with its owner, clocks, assignments and history."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

import msgspec

from services.facts.casework import Ground, Tier
from services.facts.evidence import Candidate, Evidence, Proof, RuleTried
from services.governance.case_parts import (
    Appeal,
    Assignment,
    Check,
    Clock,
    ClockName,
    Entry,
    FollowUp,
    Holder,
    Limit,
    Offer,
    Refusal,
    TimeRequest,
)
from twin.core.text import Name

__all__ = [
    "ENDED", "Appeal", "Assignment", "Case", "CaseState", "Check", "Clock", "ClockName", "Entry", "FollowUp", "Holder",
    "Limit", "Offer", "Refusal", "TimeRequest",
]  # fmt: skip


class CaseState(StrEnum):
    """The standard's working states; the last three end a case."""

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


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """Never changed in place: every event makes a new one. ``rev`` counts the events applied."""

    id: str
    incident: str
    scene: str
    version: str
    code: str
    source: str  # sensor, video, vehicle, patrol, 12345, snapshot, 110, 119, 120, superior, weather
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
    holder: Holder  # exactly one post owns it, from the opening on
    tier: Tier = "subdistrict"
    truths: tuple[str, ...] = ("department", "sensors")  # who must say done before it is closed
    rev: int = 0
    offer: Offer | None = None
    returned: bool = False  # given back: the main step is not simply repeated
    hops: int = 0
    limbo_ms: int = 0  # closed spans only
    department: str = ""
    filed_by: str = ""
    acknowledged: bool = False
    manual: bool = False  # a person took it over: rules decide nothing but the closing test
    urgent: bool = False  # act first, file later 先处置后补录
    file_by_ms: int = -1
    commands: str = ""  # the department that commands its own units (110, 119, 120)
    supervised: bool = False
    supervision: Ground | Literal[""] = ""
    time_asked: TimeRequest | None = None
    time_grants: int = 0
    suspended_until_ms: int = -1
    task: int = 0  # number of the playbook's task under way
    orders: int = 0
    assignment: Assignment | None = None
    unavailable: bool = False  # the last attempt to dispatch found nobody
    refusals: tuple[Refusal, ...] = ()
    excluded: tuple[str, ...] = ()  # departments that returned it
    check: Check | None = None
    wants_check: Literal["", "filing", "closing"] = ""
    unchecked: bool = False  # the last attempt to send a collector found nobody
    fed_back_ms: int = -1
    tested_ms: int = -1  # since when the closing test runs
    tested_early: bool = False
    readings: tuple[Proof, ...] = ()
    reworks: int = 0
    limit: Limit | None = None  # of handling: chosen when filed, only ever stricter
    clocks: tuple[Clock, ...] = ()
    trace: tuple[RuleTried, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    history: tuple[Entry, ...] = ()
    closed_ms: int = -1
    outcome: Literal["", "verified", "checked", "untested"] = ""
    merged_into: str = ""
    reopened: int = 0
    reopened_ms: int = -1
    appeal: Appeal | None = None
    exempt: bool = False  # an appeal was granted: left out of statistics, its facts stay
    follow_up: FollowUp | None = None
    false_alarm: bool = False

    @property
    def ended(self) -> bool:
        return self.state in ENDED

    @property
    def owner(self) -> str:
        """The named person in charge now."""
        return self.holder.person

    def clock(self, name: ClockName) -> Clock | None:
        """The latest clock of this name."""
        return next((clock for clock in reversed(self.clocks) if clock.name == name), None)

    @property
    def due_ms(self) -> int:
        """When the running clock that is due first is due, or -1."""
        return min((clock.due_ms for clock in self.clocks if clock.running and not clock.paused), default=-1)
