"""One case from the first signal to its end, by the ways that it may take."""

from __future__ import annotations

import msgspec
from governance_bench import CHIEF, DISPATCHER, Bench, crossing, flood

from services.facts.base import CommandRefused
from services.facts.closures import ClosureLifted, ClosureOrdered
from services.facts.evidence import IncidentOpened
from services.facts.governance import (
    AssignUnit,
    CaseClosed,
    CaseFedBack,
    CaseFiled,
    CaseNotAccepted,
    CaseOpened,
    CaseReworked,
    CaseRouted,
    CheckOrdered,
    CloseByForce,
    ClosingTestBegun,
    ClosingTestUndecided,
    DispatchFailed,
    ReturnCase,
    TakeOver,
    UnitDispatched,
    UnitLost,
)
from services.facts.units import UnitReleased
from services.governance.case import CaseState
from twin.formats.civic import Closure, Order


def handled(bench: Bench) -> None:
    """A flood whose crew says that it is done."""
    bench.notice(flood())
    for state in ("acknowledged", "driving", "arrived", "working", "done"):
        bench.tick(20)
        bench.report(state)


def test_a_flood_is_filed_routed_and_dispatched_in_the_turn_that_noticed_it(bench: Bench) -> None:
    events = bench.notice(flood())
    kinds = [type(event).__name__ for event in events]
    assert kinds[:5] == ["SignalRaised", "IncidentOpened", "CaseOpened", "CaseTaken", "CaseAccepted"]
    case = bench.case()
    assert case.state is CaseState.PENDING_HANDLE
    assert (case.place, case.department, case.code) == ("underpass", "water", "02007")
    assert case.where.zh == "2号街下穿"
    opened = bench.last(CaseOpened)
    assert opened.actor.kind == "rule" and opened.actor.holder and opened.reason
    assert opened.evidence[0].subject == "d01" and opened.evidence[0].value == 0.2 and opened.evidence[0].unit == "m"
    assert bench.last(CaseFiled).by == bench.last(CaseFiled).actor.holder != ""


def test_the_order_says_everything_and_goes_to_the_nearest_unit(bench: Bench) -> None:
    bench.notice(flood())
    sent = bench.last(UnitDispatched)
    order = next(msgspec.json.decode(m.payload, type=Order) for m in bench.sent if m.topic.endswith("/order"))
    assert (order.order_id, order.task, order.kind, order.case) == ("C-0001/1", "pump", "attend", "C-0001")
    assert order.expires_ms == sent.expires_ms > order.issued_ms == bench.now_ms
    chosen = [one for one in sent.candidates if one.chosen]
    assert [one.unit for one in chosen] == [sent.unit]
    assert all(one.travel_s >= chosen[0].travel_s > 0 for one in sent.candidates if one.travel_s >= 0)
    assert len(sent.candidates) == 3


def test_believed_traffic_changes_the_travel_time(bench: Bench) -> None:
    bench.senses.slow = dict.fromkeys(range(len(bench.city.roads)), 500.0)
    bench.notice(flood())
    jammed = bench.last(UnitDispatched).travel_s
    free = Bench(bench.city, bench.governance)
    free.notice(flood())
    assert jammed > 3 * free.last(UnitDispatched).travel_s


def test_sensors_close_it_and_say_which(bench: Bench) -> None:
    handled(bench)
    assert bench.case().state is CaseState.PENDING_CHECK
    bench.tick(5)
    assert not bench.of(bench.events, (CaseClosed,)), "not calm yet"
    bench.senses.verdicts["flooded_underpass/level"] = "calm"
    bench.tick(5)
    closed = bench.last(CaseClosed)
    assert closed.outcome == "verified"
    assert [(proof.subject, proof.state, proof.value) for proof in closed.readings] == [("d01", "calm", 0.02)]
    assert bench.case().state is CaseState.CLOSED
    assert bench.of(bench.events, (UnitReleased,)), "the crew is sent home"


def test_undecided_orders_a_named_collector_who_may_close_it(bench: Bench) -> None:
    handled(bench)
    bench.senses.verdicts["flooded_underpass/level"] = "undecided"
    bench.tick(100)
    assert not bench.of(bench.events, (ClosingTestUndecided,))
    bench.tick(100)
    ordered = bench.last(CheckOrdered)
    assert ordered.stage == "closing" and ordered.unit.startswith("collector_")
    assert bench.world.roster.holds(ordered.collector, ("collector",), bench.now_ms)
    bench.tick(60)
    bench.report("acknowledged")
    bench.report("done", finding="resolved")
    closed = bench.last(CaseClosed)
    assert (closed.outcome, closed.checked_by, closed.actor.id) == ("checked", ordered.collector, ordered.collector)


def test_a_collector_who_finds_it_unresolved_sends_the_department_again(bench: Bench) -> None:
    handled(bench)
    bench.senses.verdicts["flooded_underpass/level"] = "undecided"
    bench.tick(200)
    bench.report("done", finding="unresolved")
    assert bench.of(bench.events, (CaseReworked,))
    assert not bench.of(bench.events, (CaseClosed,))
    case = bench.case()
    assert (case.state, case.reworks) == (CaseState.PENDING_HANDLE, 1)
    assert case.assignment is not None and case.assignment.order == bench.last(UnitDispatched).order


def test_not_calm_for_too_long_is_rework_not_closing(bench: Bench) -> None:
    handled(bench)
    bench.tick(1000)
    assert bench.case().reworks == 1
    assert bench.last(CaseReworked).reason.startswith("not calm")


def test_calm_long_before_the_feedback_closes_too(bench: Bench) -> None:
    bench.notice(flood())
    bench.report("acknowledged")
    bench.senses.verdicts["flooded_underpass/level"] = "calm"
    bench.tick(5)
    assert bench.last(ClosingTestBegun).early
    bench.tick(5)
    assert bench.last(CaseClosed).outcome == "verified"
    assert bench.last(UnitReleased).unit == bench.last(UnitDispatched).unit


def test_refusal_breakdown_and_silence_send_another_unit(bench: Bench) -> None:
    bench.notice(flood())
    first = bench.last(UnitDispatched)
    bench.report("refused")
    second = bench.last(UnitDispatched)
    assert second.unit != first.unit and second.order == "C-0001/2"
    bench.report("acknowledged")
    bench.report("broken_down")
    third = bench.last(UnitDispatched)
    assert len({first.unit, second.unit, third.unit}) == 3
    bench.tick(120)
    assert bench.last(UnitLost).how == "expired"
    assert bench.case().state is CaseState.PENDING_DISPATCH and bench.case().unavailable
    reasons = {one.unit: one.why.msgid for one in bench.last(DispatchFailed).candidates}
    assert reasons[first.unit] == "{unit} refused" and reasons[third.unit] == "{unit} did not acknowledge in time"
    before = len(bench.of(bench.events, (DispatchFailed,)))
    bench.tick(60)
    assert len(bench.of(bench.events, (DispatchFailed,))) == before, "said once, not every second"
    bench.tick(600)
    assert bench.last(UnitDispatched).unit == first.unit, "a refusal lapses"


def test_words_about_an_order_not_in_force_change_nothing(bench: Bench) -> None:
    bench.notice(flood())
    old = bench.last(UnitDispatched)
    bench.report("refused")
    assert bench.report("done", order=old.order, unit=old.unit) == []
    assert bench.report("acknowledged", order="C-9999/1", unit=old.unit) == []


def test_a_burst_of_words_in_one_batch_is_read_in_order(bench: Bench) -> None:
    bench.notice(flood())
    sent = bench.last(UnitDispatched)
    states = ("acknowledged", "acknowledged", "driving", "arrived", "working", "done", "done", "available")
    events = bench.batch(*(bench.said(sent.unit, state, sent.order) for state in states))
    kinds = [type(event).__name__ for event in events]
    assert kinds.count("UnitAcknowledged") == kinds.count("TaskDone") == kinds.count("CaseFedBack") == 1
    assert bench.case().state is CaseState.PENDING_CHECK


def test_tasks_follow_each_other_with_the_right_units(bench: Bench) -> None:
    bench.notice(crossing("road_collision/accident", "1/1", 300.0, 402.0, value=2.0))
    assert bench.last(UnitDispatched).task == "rescue"
    bench.report("acknowledged")
    bench.report("done")
    tow = bench.last(UnitDispatched)
    assert (tow.task, tow.number) == ("tow", 1) and tow.unit.startswith("tow_truck")
    assert bench.last(UnitReleased).unit.startswith("patrol_car")
    bench.report("acknowledged")
    bench.report("done")
    assert bench.case().state is CaseState.PENDING_CHECK


def test_roads_close_and_open_with_the_case(bench: Bench) -> None:
    bench.notice(flood())
    ordered = bench.last(ClosureOrdered)
    assert ordered.roads == ("v21",) and len(ordered.edges) == 2
    assert bench.senses.closed == ordered.edges
    message = next(m for m in bench.sent if m.topic == "closures/C-0001")
    assert message.retain and msgspec.json.decode(message.payload, type=Closure).until_ms == ordered.until_ms
    bench.tick(1300)
    assert bench.last(ClosureOrdered).renewed and bench.last(ClosureOrdered).until_ms > ordered.until_ms
    bench.report("acknowledged")
    bench.report("done")
    bench.senses.verdicts["flooded_underpass/level"] = "calm"
    bench.tick(5)
    assert bench.of(bench.events, (ClosureLifted,))
    last = [m for m in bench.sent if m.topic == "closures/C-0001"][-1]
    assert (last.payload, last.retain) == (b"", True)
    assert not bench.senses.closed


def test_one_side_of_the_road_is_named_with_its_direction(bench: Bench) -> None:
    bench.notice(crossing("road_collision/accident", "1/1", 300.0, 396.0, value=2.0))
    assert len(bench.last(ClosureOrdered).edges) == 1
    assert bench.last(ClosureOrdered).roads[0] in ("h12/forward", "h12/backward")


def test_a_single_report_is_checked_before_filing(bench: Bench) -> None:
    bench.notice(crossing("displaced_cover/report", "person:res_0001", 300.0, 402.0, value=None))
    case = bench.case()
    assert case.state is CaseState.PENDING_VERIFY and bench.last(CheckOrdered).stage == "filing"
    bench.report("acknowledged")
    bench.report("done", finding="confirmed")
    assert bench.case().filed_by and bench.case().state is CaseState.PENDING_HANDLE
    assert bench.last(IncidentOpened).doubtful


def test_a_report_that_nobody_confirms_is_not_accepted_with_a_reason(bench: Bench) -> None:
    bench.notice(crossing("displaced_cover/report", "person:res_0001", 300.0, 402.0, value=None))
    bench.report("done", finding="nothing_found")
    assert "nothing" in bench.last(CaseNotAccepted).reason
    assert bench.case().ended


def test_a_sensor_that_speaks_up_spares_the_check_before_filing(bench: Bench) -> None:
    """A flood first told of by one resident does not wait for the collector once the gauge tells of it as well."""
    bench.notice(crossing("flooded_underpass/report", "person:res_0001", 400.0, 302.0, value=None))
    assert bench.case().state is CaseState.PENDING_VERIFY
    collector = bench.last(CheckOrdered).unit
    bench.report("acknowledged")
    bench.notice(flood())
    case = bench.case()
    assert case.state is CaseState.PENDING_HANDLE and case.filed_by
    lost = bench.last(UnitLost)
    assert (lost.unit, lost.how) == (collector, "recalled")
    assert any(message.topic == f"units/{collector}/order" and "return" in message.key for message in bench.sent)


def test_the_chief_alone_closes_by_force_and_gives_a_reason(bench: Bench) -> None:
    bench.notice(flood())
    refused = bench.command(CloseByForce(id="c1", actor=DISPATCHER, case="C-0001", why_forced="tired"))
    assert isinstance(refused[0], CommandRefused) and refused[0].why is not None
    refused = bench.command(CloseByForce(id="c2", actor=CHIEF, case="C-0001", why_forced="  "))
    assert [type(event).__name__ for event in refused] == ["CommandRefused"]
    bench.command(CloseByForce(id="c3", actor=CHIEF, case="C-0001", why_forced="pumped by the army"))
    closed = bench.last(CaseClosed)
    assert (closed.outcome, closed.actor, closed.reason) == ("untested", CHIEF, "pumped by the army")


def test_a_unit_can_be_chosen_by_hand(bench: Bench) -> None:
    bench.notice(flood())
    first = bench.last(UnitDispatched)
    other = next(one.unit for one in first.candidates if one.unit != first.unit)
    bench.command(AssignUnit(id="c1", actor=DISPATCHER, case="C-0001", unit=other))
    assert bench.last(UnitLost).how == "recalled"
    assert bench.last(UnitDispatched).unit == other and bench.last(UnitDispatched).actor == DISPATCHER
    wrong = bench.command(AssignUnit(id="c2", actor=DISPATCHER, case="C-0001", unit="fire_engine_1"))
    assert isinstance(wrong[0], CommandRefused)


def test_a_return_goes_elsewhere_and_never_straight_on(bench: Bench) -> None:
    bench.notice(flood())
    assert bench.last(CaseRouted).department == "water"
    bench.command(ReturnCase(id="c1", actor=DISPATCHER, case="C-0001", why_back="not our pump"))
    case = bench.case()
    assert case.excluded == ("water",) and case.department == ""
    assert all(not tried.won for tried in case.trace)
    assert case.owner == bench.world.roster.holder("duty_chief", bench.now_ms).id  # type: ignore[union-attr]
    bench.command(ReturnCase(id="c2", actor=DISPATCHER, case="C-0001", why_back="not our bureau"))
    assert bench.case().state is CaseState.RETURNED
    bench.tick(60)
    assert bench.case().state is CaseState.RETURNED, "no rule files it again"


def test_taking_over_stops_the_rules_but_not_the_closing_test(bench: Bench) -> None:
    bench.notice(flood())
    bench.command(TakeOver(id="c1", actor=CHIEF, case="C-0001"))
    bench.report("refused")
    assert bench.case().state is CaseState.PENDING_DISPATCH
    bench.tick(60)
    assert bench.case().state is CaseState.PENDING_DISPATCH
    assert bench.case().owner == "p-001"
    bench.senses.verdicts["flooded_underpass/level"] = "calm"
    bench.tick(5)
    bench.tick(5)
    assert bench.last(CaseClosed).outcome == "verified"


def test_clocks_run_out_once(bench: Bench) -> None:
    bench.notice(flood())
    bench.report("acknowledged")
    bench.report("working")
    for _ in range(80):
        bench.tick(100)
    overdue = [event for event in bench.events if type(event).__name__ == "ClockOverdue"]
    assert [event.clock for event in overdue] == ["handle"]  # type: ignore[attr-defined]
    clock = bench.case().clock("handle")
    assert clock is not None and clock.overdue


def test_an_emergency_call_never_waits_for_a_check(bench: Bench) -> None:
    """The fire brigade goes and sees for itself, however weak one caller's word is."""
    call = crossing("fire/report", "call:1", 300.0, 402.0, value=None)
    bench.notice(msgspec.structs.replace(call, channel="119"))
    case = bench.case()
    assert bench.last(IncidentOpened).doubtful and case.urgent and not case.doubtful
    assert case.department == "fire_rescue" and bench.last(UnitDispatched).department == "fire_rescue"
    assert not [event for event in bench.events if isinstance(event, CheckOrdered)]


def test_smoke_that_bears_a_report_out_calls_the_collector_off(bench: Bench) -> None:
    bench.notice(crossing("fire/report", "person:res_0001", 50.0, 60.0, value=None))
    assert bench.case().state is CaseState.PENDING_VERIFY
    bench.notice(crossing("fire/smoke", "d06", 50.0, 50.0, value=0.7))
    case = bench.case()
    assert case.urgent and not case.doubtful and bench.last(UnitDispatched).department == "fire_rescue"
    assert bench.last(UnitLost).how == "recalled"


def test_what_lasts_as_long_as_its_signals_is_not_done_with_its_tasks(bench: Bench) -> None:
    """A storm: the playbook's inspection is over in minutes, the warning is not."""
    bench.notice(crossing("storm/rainstorm", "weather:W1", 300.0, 402.0, value=2.0))
    bench.senses.verdicts["storm/rainstorm"] = "not_calm"
    bench.report("acknowledged")
    bench.report("done")
    bench.tick(3600)
    assert bench.case().state is CaseState.HANDLING
    assert not [event for event in bench.events if isinstance(event, CaseFedBack | ClosingTestBegun)]
    bench.senses.verdicts["storm/rainstorm"] = "calm"
    bench.tick(5)
    assert bench.last(ClosingTestBegun).early
    bench.tick(5)
    assert bench.last(CaseClosed).outcome == "verified"
