"""What governance is asked to do and what it decides about cases, units and roads."""

from __future__ import annotations

from typing import ClassVar, Literal

from services.facts.base import Command, Event
from services.facts.collaboration import ACCEPTING, CENTRE, DISPATCHING, GOVERNING, HANDLING
from services.facts.evidence import Candidate, Contender, Evidence, Proof, RuleTried, Truth

Outcome = Literal["verified", "checked", "untested"]
Finding = Literal["confirmed", "resolved", "unresolved", "nothing_found"]


class CaseCommand(Command, frozen=True, kw_only=True):
    """A person's wish about one case."""

    case: str


class AcknowledgeCase(CaseCommand, frozen=True, kw_only=True):
    """Seen: the mark stops asking for attention."""

    posts: ClassVar[tuple[str, ...]] = GOVERNING


class AcceptCase(CaseCommand, frozen=True, kw_only=True):
    """Accept 受理 and file 立案; who files is responsible. After a return it is filed again with a reason."""

    posts: ClassVar[tuple[str, ...]] = ACCEPTING
    why_filed: str = ""


class RejectCase(CaseCommand, frozen=True, kw_only=True):
    """Not accepted 不予受理, with a reason."""

    posts: ClassVar[tuple[str, ...]] = ACCEPTING
    why_not: str


class RouteCase(CaseCommand, frozen=True, kw_only=True):
    """Name the department by hand, where no rule did or, with a reason, after a return. A department only as the desk
    of a lower tier, to which the case was moved."""

    posts: ClassVar[tuple[str, ...]] = (*DISPATCHING, *HANDLING)
    department: str
    why_routed: str = ""


class AssignUnit(CaseCommand, frozen=True, kw_only=True):
    """Send this unit, in place of the one chosen by travel time."""

    posts: ClassVar[tuple[str, ...]] = (*DISPATCHING, *HANDLING)
    unit: str


class ReturnCase(CaseCommand, frozen=True, kw_only=True):
    """Department → dispatcher "not our unit", dispatcher → acceptor "not our bureau", or after the feedback acceptor →
    dispatcher, as rework; with a reason."""

    posts: ClassVar[tuple[str, ...]] = (*HANDLING, *CENTRE)
    why_back: str


class OrderFieldCheck(CaseCommand, frozen=True, kw_only=True):
    """Send a collector: before filing 核实, or before closing 核查."""

    posts: ClassVar[tuple[str, ...]] = CENTRE


class CloseByForce(CaseCommand, frozen=True, kw_only=True):
    """Close without a passed test: the duty chief alone, by name, with a reason. Counted as untested."""

    posts: ClassVar[tuple[str, ...]] = ("duty_chief",)
    why_forced: str


class TakeOver(CaseCommand, frozen=True, kw_only=True):
    """Take the case into one's own hands; rules decide nothing more about it but its closing test."""

    posts: ClassVar[tuple[str, ...]] = CENTRE


class AddNote(CaseCommand, frozen=True, kw_only=True):
    """Words for the timeline."""

    posts: ClassVar[tuple[str, ...]] = GOVERNING
    note: str


class CaseEvent(Event, frozen=True, kw_only=True):
    """A step of one case."""

    case: str


class CaseOpened(CaseEvent, frozen=True, kw_only=True):
    """上报. ``observed_ms`` is the earliest observation among the evidence; ``source`` sensor, video, vehicle, patrol,
    12345, snapshot, 110, 119, 120, superior or weather. The first :class:`CaseTaken` follows at once."""

    incident: str
    scene: str
    version: str
    code: str
    source: str
    severity: int
    x_m: float
    y_m: float
    longitude: float
    latitude: float
    edge: int
    place: str
    cell: int
    target: str
    evidence: tuple[Evidence, ...]
    observed_ms: int
    provenance: int
    doubtful: bool


class EvidenceAdded(CaseEvent, frozen=True, kw_only=True):
    evidence: Evidence
    severity: int


class CaseAcknowledged(CaseEvent, frozen=True, kw_only=True): ...


class CaseAccepted(CaseEvent, frozen=True, kw_only=True):
    """受理."""


class CaseNotAccepted(CaseEvent, frozen=True, kw_only=True):
    """不予受理; ``reason`` is never empty."""


class CaseFiled(CaseEvent, frozen=True, kw_only=True):
    """立案; ``by`` is the person responsible for filing."""

    by: str


class CaseRouted(CaseEvent, frozen=True, kw_only=True):
    """``author`` is the post that authorised the rule, ``effective`` and ``until`` (or empty) ISO dates."""

    department: str
    rule: str
    tried: tuple[RuleTried, ...]
    author: str = ""
    effective: str = ""
    until: str = ""


class CaseUnrouted(CaseEvent, frozen=True, kw_only=True):
    """No rule matched, or (``contenders``) the spot lies so near to another jurisdiction that a person must say whose
    it is: the case lies on a named person's desk."""

    tried: tuple[RuleTried, ...]
    owner: str
    contenders: tuple[Contender, ...] = ()


class OrderEvent(CaseEvent, frozen=True, kw_only=True):
    """A step that concerns a unit under an order."""

    unit: str
    order: str


class UnitDispatched(OrderEvent, frozen=True, kw_only=True):
    """派遣: everything its order says, and who else was considered."""

    task: str
    number: int  # of the task within the playbook, from 0
    department: str
    issued_ms: int
    expires_ms: int
    longitude: float
    latitude: float
    target: str
    travel_s: float
    candidates: tuple[Candidate, ...]


class DispatchFailed(CaseEvent, frozen=True, kw_only=True):
    """Nobody can be sent now; tried again when a unit becomes free or a refusal lapses."""

    task: str
    candidates: tuple[Candidate, ...]


class UnitAcknowledged(OrderEvent, frozen=True, kw_only=True): ...


class UnitProgressed(OrderEvent, frozen=True, kw_only=True):
    state: Literal["driving", "arrived", "working"]


class UnitLost(OrderEvent, frozen=True, kw_only=True):
    """The order will not be carried out by this unit."""

    how: Literal["refused", "unable", "broken_down", "expired", "recalled"]


class TaskDone(OrderEvent, frozen=True, kw_only=True):
    """The crew believes it finished; closes nothing by itself."""

    task: str
    number: int


class CaseFedBack(CaseEvent, frozen=True, kw_only=True):
    """处置反馈: the department says that all tasks are done."""


class ClosingTestBegun(CaseEvent, frozen=True, kw_only=True):
    """``early``: the sensors were calm before the crew said so."""

    early: bool = False


class ClosingTestUndecided(CaseEvent, frozen=True, kw_only=True):
    """The readings cannot decide; a collector is to look."""

    readings: tuple[Proof, ...]


class CheckOrdered(OrderEvent, frozen=True, kw_only=True):
    """A collector, by name, is sent to look: before filing 核实 or before closing 核查."""

    stage: Literal["filing", "closing"]
    collector: str
    issued_ms: int
    expires_ms: int
    longitude: float
    latitude: float
    target: str
    candidates: tuple[Candidate, ...]


class CheckFailed(CaseEvent, frozen=True, kw_only=True):
    """No collector can be sent now."""

    stage: Literal["filing", "closing"]
    candidates: tuple[Candidate, ...]


class CheckReported(OrderEvent, frozen=True, kw_only=True):
    stage: Literal["filing", "closing"]
    collector: str
    finding: Finding
    note: str


class CaseReworked(CaseEvent, frozen=True, kw_only=True):
    """The test or the check failed: the department goes again."""


class CaseReturned(CaseEvent, frozen=True, kw_only=True):
    to: Literal["dispatcher", "acceptor"]
    department: str  # whose return it is; not routed there again


class CaseTakenOver(CaseEvent, frozen=True, kw_only=True):
    owner: str


class NoteAdded(CaseEvent, frozen=True, kw_only=True):
    note: str


class CaseMerged(CaseEvent, frozen=True, kw_only=True):
    """Another case about the same thing carries on."""

    into: str


class ClockOverdue(CaseEvent, frozen=True, kw_only=True):
    clock: str
    due_ms: int


class CaseClosed(CaseEvent, frozen=True, kw_only=True):
    """结案: verified by readings, checked by a named collector, or untested by the duty chief's force."""

    outcome: Outcome
    readings: tuple[Proof, ...] = ()
    checked_by: str = ""
    truths: tuple[Truth, ...] = ()  # what each of the three said then
