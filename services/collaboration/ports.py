"""What collaboration needs to know of cases, units and roads; whoever puts the desks together hands it in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, Protocol

import msgspec

from twin.core.text import Name, Text
from twin.core.views import Section

Stage = Literal["filed", "dispatched", "fed_back"]


class CaseView(msgspec.Struct, frozen=True, kw_only=True):
    """A case as other departments see it. ``department`` is empty until it is routed, ``lead`` and ``support`` are
    the scene's. ``owner`` is a person, ``post`` and ``held_by`` (a department) what they own it as; ``area`` a
    subdistrict's id. ``rule`` names the scene's version for rules that act about it; empty: they may not."""

    id: str
    scene: str
    title: Name
    where: Name
    severity: int
    state: Text
    lead: str
    support: tuple[str, ...] = ()
    department: str = ""
    owner: str = ""
    post: str = ""
    held_by: str = ""
    area: str = ""
    opened_ms: int
    due_ms: int = -1
    overdue: bool = False
    suspended_until_ms: int = -1
    supervised: bool = False
    offered_to: str = ""  # the post to which it is offered and that has not taken it
    ended: bool = False
    unrouted: bool = False  # it waits for a person to name the department
    rule: str = ""

    def concerns(self, department: str) -> bool:
        """Whether the department answers for it, or owns it for the moment."""
        return department in (self.department, self.held_by)


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """A request that a scene's playbook makes, for cases of severity ``at_least`` (0: any) or graver; without a limit
    for the result where ``finish_s`` is 0."""

    department: str
    what: Name
    at: Stage
    respond_s: float
    finish_s: float = 0.0
    at_least: int = 0


class UnitView(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: Name
    state: Text
    free: bool
    case: str = ""
    where: Text | Name | None = None


class ClosureView(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    case: str
    where: Name
    until_ms: int


class Cases(Protocol):
    def view(self, case: str) -> CaseView | None: ...

    def open(self) -> Iterable[CaseView]:
        """In the order of opening."""

    def running(self, case: str, clock: str) -> bool:
        """Whether this clock of the case runs."""

    def planned(self, case: str) -> tuple[Planned, ...]:
        """What the playbook asks of other departments; the same for the life of a case."""

    def evidence(self, case: str) -> tuple[Section, ...]:
        """What every party sees: the evidence, and what was decided so far."""


class Surroundings(Protocol):
    def units(self, department: str) -> tuple[UnitView, ...]: ...

    def closures(self) -> tuple[ClosureView, ...]: ...

    def silent(self) -> tuple[str, ...]:
        """Ids of the devices that are not heard."""
