"""The table walked at random: no way to an end but the lawful ones."""

from __future__ import annotations

from dataclasses import replace

import pytest
from blind_steps import ACTORS, steps
from governance_bench import START_MS, Bench, flood, world_of
from hypothesis import given, settings
from hypothesis import strategies as st

from services.facts.base import Actor
from services.facts.because import english
from services.facts.casework import CaseTaken, ClockResumed, TimeGranted
from services.facts.evidence import Evidence
from services.facts.governance import (
    CaseClosed,
    CaseEvent,
    CaseOpened,
    CaseReturned,
    CheckOrdered,
    CheckReported,
    ClosingTestBegun,
)
from services.governance.case import ENDED, Case, CaseState, Holder
from services.governance.desks import Governance
from services.governance.lifecycle import ROWS, TABLE, refusal
from services.governance.lookup import Lookup
from services.governance.progress import ForbiddenStepError, advanced, opened
from services.governance.setting import Setting
from twin.city.model import City

EVIDENCE = tuple(
    Evidence(
        signal=signal, condition="flooded_underpass/level", subject="d01", source="d01", value=0.2, unit="m",
        observed_ms=START_MS, noticed_ms=START_MS, provenance=1,
    )
    for signal in ("S-1", "S-2")
)  # fmt: skip


@pytest.fixture(scope="module")
def at(grid_city: City, governance: Governance) -> Setting:
    world = world_of(grid_city)
    lookup = Lookup(grid_city, world.departments, tuple(world.units.values()), world.roster)
    return Setting(governance.scenes["flooded_underpass"], governance.calendar, lookup, START_MS)


def fresh(at: Setting, doubtful: bool) -> Case:
    event = CaseOpened(
        case="C-0001", incident="I-0001", scene="flooded_underpass", version="1", code="02007", source="sensor",
        severity=3, x_m=0.0, y_m=0.0, longitude=117.0, latitude=31.0, edge=-1, place="", cell=0, target="",
        evidence=EVIDENCE, observed_ms=START_MS, provenance=1, doubtful=doubtful,
    )  # fmt: skip
    return opened(event, Holder("acceptor", "operations_centre", "p-003"), at)


@given(st.booleans(), st.lists(steps(), max_size=80))
@settings(max_examples=200, deadline=None)
def walk(at: Setting, doubtful: bool, events: list[CaseEvent]) -> None:
    """Steps drawn blindly: what the table refuses cannot be applied, what it allows keeps every promise."""
    case, now = fresh(at, doubtful), START_MS
    for event in events:
        now += 1000
        here = replace(at, now_ms=now)
        against = refusal(case, event)
        if against is not None:
            with pytest.raises(ForbiddenStepError):
                advanced(case, event, here)
            assert against.msgid
            continue
        before, case = case, advanced(case, event, here)
        lawful(before, case, event, now)


def lawful(before: Case, case: Case, event: CaseEvent, now: int) -> None:
    lawful_end(before, case, event)
    lawful_clocks(before, case, event, now)
    assert case.rev == before.rev + 1
    assert case.holder.post and case.holder.person and case.limbo_ms >= before.limbo_ms
    if not isinstance(event, CaseTaken):
        assert case.holder == before.holder, "only a taking moves a case into other hands"
    assert not (case.ended and case.offer is not None)


def test_random_walks_end_lawfully(at: Setting) -> None:
    walk(at)


def lawful_end(before: Case, case: Case, event: CaseEvent) -> None:
    if case.state is not CaseState.CLOSED or before.state is CaseState.CLOSED:
        return
    assert isinstance(event, CaseClosed)
    if event.outcome == "untested":
        assert event.actor.kind == "person" and event.actor.post == "duty_chief" and event.reason
        return
    assert before.state is CaseState.PENDING_CHECK and (before.filed_by or not before.urgent)
    if event.outcome == "verified":
        assert event.readings
        assert all(proof.state == "calm" for proof in event.readings)
    else:
        assert before.check is not None
        assert before.check.stage == "closing" and before.check.finding in ("resolved", "nothing_found")
        assert event.checked_by == before.check.collector
    if before.reopened:
        assert before.check is not None and before.check.finding in ("resolved", "nothing_found")


LATER = (TimeGranted, ClockResumed)


def lawful_clocks(before: Case, case: Case, event: CaseEvent, now: int) -> None:
    """Clocks are never taken away, set back or started again; only granted time makes one due later."""
    assert len(case.clocks) >= len(before.clocks)
    for old, new in zip(before.clocks, case.clocks, strict=False):
        assert (old.name, old.started_ms) == (new.name, new.started_ms)
        assert new.due_ms <= old.due_ms or isinstance(event, LATER) or old.paused
        assert new.overdue >= old.overdue
        assert old.stopped_ms == new.stopped_ms or (old.running and new.stopped_ms == now)
    running = [clock.name for clock in case.clocks if clock.running]
    assert len(running) == len(set(running))
    if case.ended:
        assert not running


def test_every_state_can_be_reached_and_left() -> None:
    reached = {CaseState.REPORTED} | {row.next for row in ROWS}
    assert reached == set(CaseState)
    for state in set(CaseState) - ENDED:
        assert any(row.state is state and row.next is not state for row in ROWS), state
    assert {row.step.__name__ for row in ROWS if row.state in ENDED} == {"CaseReopened"}


def test_an_end_can_be_reached_from_every_state() -> None:
    ends: set[CaseState] = set(ENDED)
    while True:
        more = {row.state for row in ROWS if row.next in ends and row.step is not CaseClosed} - ends
        if not more:
            break
        ends |= more
    closing = {row.state for row in ROWS if row.step is CaseClosed}
    assert ends | closing == set(CaseState)


def test_no_row_is_written_twice() -> None:
    assert len(TABLE) == len(ROWS)


def test_a_check_for_an_earlier_rework_does_not_close(bench: Bench) -> None:
    bench.notice(flood())
    case, now = bench.case(), START_MS
    chief = Actor("rule", "x", "duty_chief", "p-001")

    def step(case: Case, event: CaseEvent) -> Case:
        return advanced(case, event, bench.cases.setting(case, now))

    case = step(case, ClosingTestBegun(actor=chief, case=case.id, early=True))
    order = CheckOrdered(
        actor=chief, case=case.id, unit="collector_1", order="C-0001/2", stage="closing", collector="p-014",
        issued_ms=now, expires_ms=now, longitude=0.0, latitude=0.0, target="", candidates=(),
    )  # fmt: skip
    case = step(case, order)
    said = Actor("person", "p-014", "collector")
    found = CheckReported(
        actor=said, case=case.id, unit="collector_1", order="C-0001/2", stage="closing", collector="p-014",
        finding="resolved", note="",
    )  # fmt: skip
    case = step(case, found)
    another = CaseClosed(actor=said, case=case.id, outcome="checked", checked_by="p-015")
    assert refusal(case, another) is not None, "another collector's name does not close it"
    assert refusal(case, CaseClosed(actor=said, case=case.id, outcome="checked", checked_by="p-014")) is None


def test_refusals_say_why(bench: Bench) -> None:
    bench.notice(flood())
    case = bench.case()
    back = CaseReturned(actor=ACTORS[2], case=case.id, to="dispatcher", department="water")
    against = refusal(case, back)
    assert against is not None and against.msgid == "a reason is needed"
    crew = Actor("unit", "pump_truck_1")
    wrong = refusal(case, CaseReturned(actor=crew, reason="x", case=case.id, to="dispatcher", department=""))
    assert wrong is not None
    words = "this step is for dispatcher or duty chief or department handler or department head, not for a crew"
    assert english(wrong) == words
