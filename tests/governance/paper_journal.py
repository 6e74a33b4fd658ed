"""Journals written by hand: cases as lists of timed facts, honest ones drawn at random, and the ways to cheat."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import msgspec
from hypothesis import strategies as st

from services.facts.base import Actor, Event
from services.facts.casework import (
    CaseOffered,
    CaseRecategorised,
    CaseReopened,
    CaseSplit,
    CaseTaken,
    FalseAlarmNoted,
    FollowedUp,
    TimeGranted,
)
from services.facts.evidence import Evidence
from services.facts.governance import (
    CaseClosed,
    CaseEvent,
    CaseFedBack,
    CaseFiled,
    CaseMerged,
    CaseNotAccepted,
    CaseOpened,
    CaseReturned,
    CaseReworked,
    CaseRouted,
    CheckReported,
    ClosingTestBegun,
    EvidenceAdded,
    UnitDispatched,
    UnitLost,
)
from services.facts.ledger import LimitSet
from services.governance.measures_book import Book
from services.governance.measures_record import STAGES

MIN = 60_000
NOW = 2_000 * MIN
"""When the measures are taken: every limit below is long past."""
ACCEPT, DISPATCH, HANDLE, CHECK = 15 * MIN, 15 * MIN, 120 * MIN, 30 * MIN
PERSON = Actor("person", "p-001", "duty_chief")
SCENES = ("fire", "bin")
DEPARTMENTS = ("water", "police", "city_management")

Timed = tuple[int, Event]


@dataclass(frozen=True)
class Paper:
    """A case's own facts, in order; ``spot`` keeps cases apart."""

    id: str
    scene: str
    spot: int
    facts: tuple[Timed, ...] = field(default=())

    def __repr__(self) -> str:
        steps = [f"{ms / MIN:g} {_brief(fact)}" for ms, fact in self.facts if not getattr(fact, "plan", False)]
        return f"<{self.id} {self.scene}: {', '.join(steps)}>"

    def after(self, ms: int) -> tuple[Timed, ...]:
        return tuple(fact for fact in self.facts if fact[0] > ms)

    def until(self, ms: int) -> tuple[Timed, ...]:
        return tuple(fact for fact in self.facts if fact[0] <= ms)

    @property
    def opened_ms(self) -> int:
        return self.facts[0][0]

    @property
    def filed_ms(self) -> int:
        return next((ms for ms, fact in self.facts if isinstance(fact, CaseFiled)), NOW)

    @property
    def department(self) -> str:
        """To which it was routed first."""
        return next((fact.department for _, fact in self.facts if isinstance(fact, CaseRouted)), DEPARTMENTS[0])

    @property
    def real(self) -> bool:
        return not any(isinstance(fact, CaseNotAccepted) for _, fact in self.facts)


def _brief(fact: Event) -> str:
    clock = getattr(fact, "clock", "")
    return f"{type(fact).__name__} {clock}".strip()


def evidence(observed_ms: int) -> Evidence:
    return Evidence(
        signal="s", condition="fire/smoke", subject="d01", source="d01", value=1.0, unit="", observed_ms=observed_ms,
        noticed_ms=observed_ms, provenance=1,
    )  # fmt: skip


def opening(
    id: str, scene: str, spot: int, ms: int, delay: int = MIN, severity: int = 3, source: str = "sensor"
) -> list[Timed]:
    event = CaseOpened(
        case=id, incident=f"I{id[1:]}", scene=scene, version="v", code="01001", source=source, severity=severity,
        x_m=1000.0 * spot, y_m=0.0, longitude=0.0, latitude=0.0, edge=-1, place="", cell=spot % 3, target=f"t{spot}",
        evidence=(evidence(ms - delay),), observed_ms=ms - delay, provenance=1, doubtful=False,
    )  # fmt: skip
    plans = (("dispatch", ACCEPT + DISPATCH), ("handle", ACCEPT + DISPATCH + HANDLE), ("close", 180 * MIN))
    limits: list[Timed] = [(ms, LimitSet(case=id, clock=clock, due_ms=ms + span, plan=True)) for clock, span in plans]
    return [(ms, event), *limits, (ms, LimitSet(case=id, clock="accept", due_ms=ms + ACCEPT))]


def dispatching(id: str, ms: int) -> list[Timed]:
    sent = UnitDispatched(
        case=id, unit="u1", order=f"{id}/1", task="pump", number=0, department="water", issued_ms=ms, expires_ms=ms,
        longitude=0.0, latitude=0.0, target="", travel_s=60.0, candidates=(),
    )  # fmt: skip
    return [
        (ms, sent),
        (ms, LimitSet(case=id, clock="handle", due_ms=ms + HANDLE)),
        (ms, LimitSet(case=id, clock="close", due_ms=ms + HANDLE + CHECK)),
    ]


def filing(id: str, ms: int, department: str) -> list[Timed]:
    return [
        (ms, CaseFiled(case=id, by="p-001")),
        (ms, LimitSet(case=id, clock="dispatch", due_ms=ms + DISPATCH)),
        (ms, CaseRouted(case=id, department=department, rule="r", tried=())),
    ]


def handing_on(id: str, ms: int, taken_ms: int, *, back: bool = False) -> list[Timed]:
    offered = CaseOffered(
        case=id, from_post="dispatcher", from_department="", to_post="handler", to_department="water", back=back
    )
    return [(ms, offered), (taken_ms, CaseTaken(case=id, post="handler", department="water", person="p-009"))]


def closing(id: str, ms: int, outcome: Literal["verified", "checked", "untested"] = "verified") -> list[Timed]:
    return [(ms, ClosingTestBegun(case=id)), (ms, CaseClosed(case=id, outcome=outcome, actor=PERSON))]


minutes = st.integers(1, 60).map(lambda count: count * MIN)
longer = st.integers(1, 240).map(lambda count: count * MIN)


@st.composite
def honest_cases(draw: st.DrawFn, number: int) -> Paper:
    """A case worked as it should be, well or badly: late or in time, sent back, reworked, extended, reopened."""
    id, scene = f"C-{number:04d}", draw(st.sampled_from(SCENES))
    source = draw(st.sampled_from(("sensor", "12345", "patrol")))
    now = draw(st.integers(10, 300)) * MIN
    facts = opening(id, scene, number, now, draw(minutes), draw(st.integers(1, 4)), source)
    if draw(st.integers(0, 9)) == 0:  # nothing was there, and a collector looked
        now += draw(minutes)
        looked = CheckReported(
            case=id, unit="c1", order="o", stage="filing", collector="p-010", finding="nothing_found", note=""
        )
        facts += [(now, looked), (now, CaseNotAccepted(case=id, reason="nothing found"))]
        return Paper(id, scene, number, tuple(facts))
    now += draw(minutes)
    department = draw(st.sampled_from(DEPARTMENTS))
    facts += filing(id, now, department)
    if draw(st.booleans()):
        now += draw(minutes)
        grown = EvidenceAdded(case=id, evidence=evidence(now - 90 * MIN), severity=draw(st.integers(1, 4)))
        facts.append((now, grown))
    now += draw(minutes)
    facts += dispatching(id, now)
    taken = now + draw(minutes)
    facts += handing_on(id, now, taken)
    now = taken
    if draw(st.integers(0, 4)) == 0:
        now += draw(minutes)
        facts += [
            (now, CaseReturned(case=id, to="dispatcher", department=department)),
            *handing_on(id, now, now + 5 * MIN, back=True),
            (now + 6 * MIN, CaseRouted(case=id, department=draw(st.sampled_from(DEPARTMENTS)), rule="r", tried=())),
            *dispatching(id, now + 7 * MIN),
        ]
        now += 7 * MIN
    if draw(st.integers(0, 3)) == 0:
        facts.append((now, UnitLost(case=id, unit="u1", order="o", how="refused")))
    for _ in range(draw(st.integers(0, 2))):
        now += draw(longer)
        facts += [(now, CaseFedBack(case=id)), (now, CaseReworked(case=id, reason="not calm"))]
    now += draw(longer)
    facts.append((now, CaseFedBack(case=id)))
    now += draw(minutes)
    facts += closing(id, now, draw(st.sampled_from(("verified", "checked"))))
    if draw(st.booleans()):
        now += draw(minutes)
        solved = draw(st.booleans())
        facts.append((now, FollowedUp(case=id, reached=True, solved=solved, satisfied=solved and draw(st.booleans()))))
        if not solved:
            facts += [(now, CaseReopened(case=id)), (now + 30 * MIN, CaseFedBack(case=id))]
            facts += closing(id, now + 40 * MIN)
    return Paper(id, scene, number, tuple(facts))


@st.composite
def honest_journals(draw: st.DrawFn) -> list[Paper]:
    return [draw(honest_cases(number)) for number in range(1, draw(st.integers(2, 6)))]


def book_of(cases: Iterable[Paper]) -> Book:
    """The facts of all cases in the order of time; of one moment, in the order of the cases."""
    timed = [fact for case in cases for fact in case.facts]
    book = Book()
    for ms, fact in sorted(timed, key=lambda one: one[0]):
        book.note(fact, ms)
    return book


# --- the ways to cheat: each takes a real case and gives the cases that stand in its place ----------------------

NEW = "C-9001"


def renamed(facts: Iterable[Timed], id: str) -> list[Timed]:
    return [
        (ms, msgspec.structs.replace(fact, case=id) if isinstance(fact, CaseEvent | LimitSet) else fact)
        for ms, fact in facts
    ]


def recurrence(case: Paper, ms: int) -> Paper:
    """What was not repaired is noticed again at the same spot, as grave as it became, handled at once, and over no
    earlier than it would have been by honest work."""
    grave = min([fact.severity for _, fact in case.facts if isinstance(fact, CaseOpened | EvidenceAdded)], default=4)
    facts = opening(NEW, case.scene, case.spot, ms, MIN, grave)
    facts += [*filing(NEW, ms, case.department), *dispatching(NEW, ms), (ms + MIN, CaseFedBack(case=NEW))]
    over = max(ms + 2 * MIN, case.facts[-1][0])
    return Paper(NEW, case.scene, case.spot, (*facts, *closing(NEW, over)))


def close_untested(case: Paper, ms: int) -> list[Paper]:
    return [replace(case, facts=(*case.until(ms), *closing(case.id, ms, "untested")))]


def close_without_repair(case: Paper, ms: int) -> list[Paper]:
    """The papers say checked."""
    again_ms = max(ms + MIN, min(case.facts[-1][0], ms + 100 * MIN))
    gone = replace(case, facts=(*case.until(ms), *closing(case.id, ms, "checked")))
    return [gone, recurrence(case, again_ms)]


def refuse(case: Paper, ms: int) -> list[Paper]:
    return [replace(case, facts=(*case.until(ms), (ms, CaseNotAccepted(case=case.id, reason="not ours"))))]


def call_it_false(case: Paper, ms: int) -> list[Paper]:
    gone = refuse(case, ms)[0]
    return [replace(gone, facts=(*gone.facts, (ms, FalseAlarmNoted(case=case.id, scene=case.scene))))]


def split(case: Paper, ms: int) -> list[Paper]:
    """The easy half is closed at once as verified; the hard half goes on under a new number and new clocks."""
    part = opening(NEW, case.scene, case.spot, ms)
    rest = [(at, fact) for at, fact in case.after(ms) if not isinstance(fact, LimitSet) or not fact.plan]
    easy = (*case.until(ms), (ms, CaseSplit(case=case.id, signals=("s",), new=NEW)), *closing(case.id, ms))
    filed: list[Timed] = [(ms, CaseFiled(case=NEW, by="p-001"))] if case.filed_ms <= ms else []
    hard = [*part, *filed, *renamed(rest, NEW)]
    return [replace(case, facts=easy), Paper(NEW, case.scene, case.spot, tuple(hard))]


def split_off_easy_parts(case: Paper, ms: int) -> list[Paper]:
    """Many small cases, each closed at once, beside the one that counts."""
    cut: list[Timed] = []
    parts: list[Paper] = []
    for number in range(3):
        id = f"C-9{number:03d}"
        cut.append((ms, CaseSplit(case=case.id, signals=("s",), new=id)))
        facts = [*opening(id, case.scene, case.spot, ms), *filing(id, ms, case.department), *dispatching(id, ms)]
        parts.append(Paper(id, case.scene, case.spot, (*facts, (ms, CaseFedBack(case=id)), *closing(id, ms))))
    return [replace(case, facts=(*case.until(ms), *cut, *case.after(ms))), *parts]


def _with(case: Paper, ms: int, *facts: Event) -> list[Paper]:
    return [replace(case, facts=(*case.until(ms), *((ms, fact) for fact in facts), *case.after(ms)))]


def _moved(case: Paper, ms: int) -> tuple[LimitSet, ...]:
    """Every limit far in the future."""
    return tuple(LimitSet(case=case.id, clock=clock, due_ms=NOW * 2) for clock in STAGES)


def defer(case: Paper, ms: int) -> list[Paper]:
    granted = TimeGranted(case=case.id, kind="extension", minutes=9999, until_ms=NOW * 2)
    return _with(case, ms, granted, *_moved(case, ms))


def suspend(case: Paper, ms: int) -> list[Paper]:
    granted = TimeGranted(case=case.id, kind="suspension", minutes=9999, until_ms=NOW * 2)
    return _with(case, ms, granted, *_moved(case, ms))


def recategorise(case: Paper, ms: int) -> list[Paper]:
    return _with(case, ms, CaseRecategorised(case=case.id, was="01001", code="02020"), *_moved(case, ms))


def send_back(case: Paper, ms: int) -> list[Paper]:
    """To the acceptor and back, so that every clock begins anew; only what was filed can be sent back."""
    ms = max(ms, case.filed_ms)
    offered = [at for at, fact in case.until(ms) if isinstance(fact, CaseOffered)]
    taken = [at for at, fact in case.facts if isinstance(fact, CaseTaken)]
    if len(offered) > len([at for at in taken if at <= ms]):
        ms = taken[len(offered) - 1]  # who has not taken it cannot send it back
    there: Any = [
        CaseReturned(case=case.id, to="acceptor", department="water"),
        CaseOffered(
            case=case.id, from_post="handler", from_department="water", to_post="acceptor", to_department="", back=True
        ),
        CaseTaken(case=case.id, post="acceptor", department="", person="p-003"),
        CaseFiled(case=case.id, by="p-001"),
    ]
    return _with(case, ms, *there, *_moved(case, ms))


CHEATS = (
    close_untested, close_without_repair, refuse, call_it_false, split, split_off_easy_parts, defer, suspend,
    recategorise, send_back,
)  # fmt: skip


def merge(gone: Paper, into: Paper, ms: int) -> list[Paper]:
    """Two troubles called one, so that the worse one disappears; it is noticed again, since nobody went there."""
    again_ms = max(ms + MIN, min(gone.facts[-1][0], ms + 100 * MIN))
    merged = replace(gone, facts=(*gone.until(ms), (ms, CaseMerged(case=gone.id, into=into.id))))
    return [merged, into, recurrence(gone, again_ms)]
