"""The table walked at random: no way to an end but the lawful ones."""

from __future__ import annotations

from typing import Any

import pytest
from governance_bench import START_MS, Bench, CalmState, flood, world_of
from hypothesis import given, settings
from hypothesis import strategies as st

from services.facts.base import SYSTEM, Actor
from services.facts.evidence import Evidence, Proof
from services.facts.governance import (
    CaseClosed,
    CaseEvent,
    CaseOpened,
    CaseReturned,
    CheckOrdered,
    CheckReported,
    ClosingTestBegun,
)
from services.governance.case import ENDED, Case, CaseState
from services.governance.lifecycle import ANYWHERE, ROWS, TABLE, refusal
from services.governance.lookup import Lookup
from services.governance.progress import ForbiddenStepError, advanced, opened
from services.governance.scenes import Limits
from twin.city.model import City
from twin.core.text import Text

LIMITS = Limits()
ACTORS = (
    Actor("person", "p-001", "duty_chief"),
    Actor("person", "p-003", "acceptor"),
    Actor("person", "p-005", "dispatcher"),
    Actor("person", "p-007", "handler"),
    Actor("person", "p-014", "collector"),
    Actor("rule", "scene/x/close", "duty_chief", "p-001"),
    Actor("rule", "scene/x/file", "acceptor", "p-003"),
    Actor("rule", "routing/R-1", "dispatcher", "p-005"),
    Actor("unit", "pump_truck_1"),
    Actor("resident", "res_0001"),
    SYSTEM,
)
STEPS = tuple(dict.fromkeys([*(row.step for row in ROWS), *ANYWHERE]))
STATES: tuple[CalmState, ...] = ("calm", "holding", "not_calm", "undecided")
PROOFS = st.lists(
    st.sampled_from(STATES).map(
        lambda state: Proof(
            condition="x/y",
            subject="d01",
            quantity="level",
            value=0.1,
            unit="m",
            observed_ms=1,
            state=state,
            why=Text("as told"),
        )
    ),
    max_size=2,
).map(tuple)
FIELDS: dict[str, Any] = {
    "by": st.sampled_from(("", "p-003")),
    "department": st.sampled_from(("", "water")),
    "rule": st.just("R-1"),
    "tried": st.just(()),
    "owner": st.just("p-001"),
    "unit": st.just("pump_truck_1"),
    "order": st.sampled_from(("C-0001/1", "C-0001/2", "C-0001/3")),
    "task": st.just("pump"),
    "number": st.just(0),
    "issued_ms": st.just(START_MS),
    "expires_ms": st.just(START_MS + 1),
    "longitude": st.just(117.0),
    "latitude": st.just(31.0),
    "target": st.just(""),
    "travel_s": st.just(60.0),
    "candidates": st.just(()),
    "state": st.just("driving"),
    "how": st.sampled_from(("refused", "expired", "broken_down")),
    "early": st.booleans(),
    "readings": PROOFS,
    "stage": st.sampled_from(("filing", "closing")),
    "collector": st.sampled_from(("p-014", "p-015")),
    "finding": st.sampled_from(("confirmed", "resolved", "unresolved", "nothing_found")),
    "note": st.just("n"),
    "to": st.sampled_from(("dispatcher", "acceptor")),
    "into": st.just("C-0002"),
    "clock": st.sampled_from(("accept", "handle")),
    "due_ms": st.just(START_MS),
    "outcome": st.sampled_from(("verified", "checked", "untested")),
    "checked_by": st.sampled_from(("", "p-014", "p-015")),
    "closure": st.just("C-0001"),
    "roads": st.just(("v21",)),
    "edges": st.just((1,)),
    "from_ms": st.just(START_MS),
    "until_ms": st.just(START_MS + 1),
    "severity": st.sampled_from((1, 2, 3, 4)),
    "evidence": st.just(
        Evidence(
            signal="S-2",
            condition="x/y",
            subject="d02",
            source="d02",
            value=0.3,
            unit="m",
            observed_ms=START_MS,
            noticed_ms=START_MS,
            provenance=1,
        )
    ),
    "renewed": st.booleans(),
}


@st.composite
def steps(draw: st.DrawFn) -> CaseEvent:
    step = draw(st.sampled_from(STEPS))
    given_fields = {name: draw(FIELDS[name]) for name in step.__struct_fields__ if name in FIELDS}
    return step(
        actor=draw(st.sampled_from(ACTORS)),
        reason=draw(st.sampled_from(("", "because"))),
        case="C-0001",
        **given_fields,
    )


def fresh(lookup: Lookup, doubtful: bool) -> Case:
    event = CaseOpened(
        case="C-0001", incident="I-0001", scene="x", version="1", code="02007", source="sensor", severity=2, x_m=0.0,
        y_m=0.0, longitude=117.0, latitude=31.0, edge=-1, place="", cell=0, target="", evidence=(),
        observed_ms=START_MS, provenance=1, doubtful=doubtful,
    )  # fmt: skip
    return opened(event, LIMITS, lookup, START_MS)


@pytest.fixture(scope="module")
def lookup(grid_city: City) -> Lookup:
    world = world_of(grid_city)
    return Lookup(grid_city, world.departments, tuple(world.units.values()), world.roster)


@given(st.booleans(), st.lists(steps(), max_size=60))
@settings(max_examples=150, deadline=None)
def walk(lookup: Lookup, doubtful: bool, events: list[CaseEvent]) -> None:
    case, now = fresh(lookup, doubtful), START_MS
    for event in events:
        now += 1000
        against = refusal(case, event)
        if against is not None:
            with pytest.raises(ForbiddenStepError):
                advanced(case, event, LIMITS, lookup, now)
            assert against.msgid
            continue
        before, case = case, advanced(case, event, LIMITS, lookup, now)
        lawful_end(before, case, event)
        lawful_clocks(before, case, now)
        assert case.rev == before.rev + 1


def test_random_walks_end_lawfully(lookup: Lookup) -> None:
    walk(lookup)


def lawful_end(before: Case, case: Case, event: CaseEvent) -> None:
    if case.state is not CaseState.CLOSED or before.state is CaseState.CLOSED:
        return
    assert isinstance(event, CaseClosed)
    if event.outcome == "verified":
        assert before.state is CaseState.PENDING_CHECK and event.readings
        assert all(proof.state == "calm" for proof in event.readings)
    elif event.outcome == "checked":
        assert before.state is CaseState.PENDING_CHECK and before.check is not None
        assert before.check.stage == "closing" and before.check.finding in ("resolved", "nothing_found")
        assert event.checked_by == before.check.collector
    else:
        assert event.actor.kind == "person" and event.actor.post == "duty_chief" and event.reason


def lawful_clocks(before: Case, case: Case, now: int) -> None:
    """Clocks are never taken away, set back or started again; an overdue one stays so."""
    assert len(case.clocks) >= len(before.clocks)
    for old, new in zip(before.clocks, case.clocks, strict=False):
        assert (old.name, old.started_ms, old.due_ms) == (new.name, new.started_ms, new.due_ms)
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
    assert not any(row.state in ENDED for row in ROWS)


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
    lookup, case = bench.cases.lookup, bench.case()
    chief = Actor("rule", "x", "duty_chief", "p-001")
    limits, now = LIMITS, START_MS

    def step(case: Case, event: CaseEvent) -> Case:
        return advanced(case, event, limits, lookup, now)

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
    wrong = refusal(case, CaseReturned(actor=ACTORS[8], reason="x", case=case.id, to="dispatcher", department=""))
    assert wrong is not None and "not for this post" in wrong.msgid
