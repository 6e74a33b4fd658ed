"""Cases walked at random by people, crews, sensors and time: owner, clocks and ways out hold, over a restart too."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from governance_bench import Bench, crossing, flood
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.facts.base import Actor, Command, CommandRefused
from services.facts.casework import (
    AcceptHandoff,
    AskForTime,
    DecideTime,
    DeclareUrgent,
    LodgeAppeal,
    MarkFalseAlarm,
    MoveTier,
    ReopenCase,
    ResumeClock,
    ReviewAppeal,
    SuperviseCase,
)
from services.facts.governance import (
    AcceptCase,
    AssignUnit,
    CaseClosed,
    CloseByForce,
    OrderFieldCheck,
    RejectCase,
    ReturnCase,
    RouteCase,
    TakeOver,
)
from services.facts.registry import all_facts
from services.governance.case import CaseState
from services.governance.desks import Governance
from services.governance.lifecycle import TABLE
from services.governance.ownership import owners, ownership_faults
from twin.city.model import City

CHIEF = Actor("person", "p-001", "duty_chief")
ACCEPTOR = Actor("person", "p-003", "acceptor")
DISPATCHER = Actor("person", "p-005", "dispatcher")
WATER = Actor("person", "p-007", "handler")
HEAD = Actor("person", "p-042", "department_head")
ROBOT = Actor("colleague", "colleague/dispatcher", "dispatcher", "p-005")
RESIDENT = Actor("resident", "res_0001")
ACTORS = (CHIEF, ACCEPTOR, DISPATCHER, WATER, HEAD, ROBOT, RESIDENT)

WISHES: tuple[tuple[type[Command], dict[str, Any]], ...] = (
    (AcceptCase, {"why_filed": "it is ours"}),
    (AcceptHandoff, {}),
    (RejectCase, {"why_not": "private land"}),
    (DeclareUrgent, {"why_urgent": "children"}),
    (RouteCase, {"department": "water", "why_routed": "theirs"}),
    (RouteCase, {"department": "urban_management"}),
    (AssignUnit, {"unit": "pump_truck_2"}),
    (ReturnCase, {"why_back": "not ours"}),
    (ReturnCase, {"why_back": " "}),
    (OrderFieldCheck, {}),
    (TakeOver, {}),
    (AskForTime, {"kind": "extension", "minutes": 30, "why_more": "rain"}),
    (AskForTime, {"kind": "suspension", "minutes": 20, "why_more": "rain"}),
    (DecideTime, {"granted": True, "why_decided": "yes"}),
    (DecideTime, {"granted": False, "why_decided": "no"}),
    (ResumeClock, {}),
    (SuperviseCase, {"ground": "leader", "why_supervised": "x"}),
    (MoveTier, {"to": "city", "why_moved": "x"}),
    (MoveTier, {"to": "subdistrict", "why_moved": "x"}),
    (MarkFalseAlarm, {"why_false": "nothing"}),
    (CloseByForce, {"why_forced": "by hand"}),
    (ReopenCase, {"why_again": "wet again"}),
    (LodgeAppeal, {"why_appeal": "x"}),
    (ReviewAppeal, {"granted": True, "why_reviewed": "x"}),
)
SAID = ("acknowledged", "arrived", "working", "done", "done", "refused", "broken_down")
FOUND = ("confirmed", "resolved", "unresolved", "nothing_found")

Move = tuple[str, Any]
MOVES: st.SearchStrategy[Move] = st.one_of(
    st.tuples(st.just("say"), st.tuples(st.sampled_from(SAID), st.sampled_from(FOUND))),
    st.tuples(st.just("wish"), st.tuples(st.sampled_from(range(len(WISHES))), st.sampled_from(ACTORS))),
    st.tuples(st.just("wait"), st.sampled_from((1, 30, 130, 700, 2500))),
    st.tuples(st.just("sense"), st.sampled_from(("calm", "not_calm", "undecided"))),
)


def make(bench: Bench, move: Move, number: int) -> None:
    kind, what = move
    if kind == "say":
        bench.report(what[0], finding=what[1] if what[0] == "done" else "")
    elif kind == "wait":
        bench.tick(what)
    elif kind == "sense":
        for condition in ("flooded_underpass/level", "flooded_underpass/deep"):
            bench.senses.verdicts[condition] = what
    else:
        command, fields = WISHES[what[0]]
        wish: Callable[..., Command] = command
        events = bench.command(wish(id=f"c{number}", actor=what[1], case="C-0001", **fields))
        assert events, "every wish is answered"
        if isinstance(events[0], CommandRefused):
            assert events[0].why is not None and len(events) == 1


def sound(bench: Bench) -> None:
    journal = [(turn.city_ms, event) for turn, event in zip(bench.times, bench.events, strict=True)]
    assert ownership_faults(journal) == ()
    case = bench.case()
    spans = [span for span in owners(journal) if span.case == case.id]
    assert case.holder.person and spans[-1].person == case.holder.person
    assert all(one.to_ms == other.from_ms for one, other in itertools.pairwise(spans) if not case.reopened)
    if not case.ended:
        ways = [row for (state, _, _), row in TABLE.items() if state is case.state and row.next is not state]
        assert [way for way in ways if way.step is not CaseClosed], "there is a way out beside force"
        offered = {action.command for action in bench.board.card(case).actions}
        assert offered - {"AddNote", "AcknowledgeCase"}
    if case.state is CaseState.CLOSED and case.outcome != "untested":
        assert case.readings or case.check is not None
    if case.outcome == "checked":
        assert case.check is not None and case.check.finding in ("resolved", "nothing_found")
    for clock in case.clocks:
        assert clock.due_ms >= clock.started_ms and not (case.ended and clock.running)


def begun(city: City, governance: Governance, doubtful: bool) -> Bench:
    bench = Bench(city, governance)
    bench.notice(crossing("flooded_underpass/report", "person:res_0001", 400.0, 300.0, value=None)
                 if doubtful else flood())  # fmt: skip
    return bench


@given(st.booleans(), st.lists(MOVES, min_size=5, max_size=28), st.integers(0, 27))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_case_keeps_its_promises_whoever_does_what(
    grid_city: City, governance: Governance, doubtful: bool, moves: list[Move], cut: int
) -> None:
    live = begun(grid_city, governance, doubtful)
    kept: Bench | None = None
    for number, move in enumerate(moves):
        if number == cut:
            kept = restarted(live, grid_city, governance)
        make(live, move, number)
        sound(live)
        if kept is not None:
            make(kept, move, number)
    if kept is not None:
        facts = all_facts()
        assert [facts.encode(event) for event in kept.events] == [facts.encode(event) for event in live.events]
        assert kept.snapshots() == live.snapshots()


def restarted(live: Bench, city: City, governance: Governance) -> Bench:
    """The same desks out of their snapshots: owner, offer, clocks and requests as they were."""
    again = Bench(city, governance)
    for desk in again.desks:
        desk.restore(live.snapshots()[desk.name])
    again.events, again.times = list(live.events), list(live.times)
    again.now_ms, again.turn, again.reports = live.now_ms, live.turn, live.reports
    again.senses.verdicts = dict(live.senses.verdicts)
    again.senses.closed = live.senses.closed
    assert again.case() == live.case()
    return again
