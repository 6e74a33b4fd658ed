"""The rules beside the main steps: urgent lane, more time, supervision, tiers, codes, false alarms."""

from __future__ import annotations

import msgspec
from flood_case import ACCEPTOR, CALM, WATER, handling, head, why
from governance_bench import CHIEF, DISPATCHER, Bench, crossing, flood

from services.facts.base import Actor, Event
from services.facts.because import english
from services.facts.casework import (
    AcceptHandoff,
    AskForTime,
    CaseOffered,
    CaseSupervised,
    CaseTaken,
    ClockResumed,
    DecideTime,
    DeclareUrgent,
    FalseAlarmNoted,
    LiftSupervision,
    MarkFalseAlarm,
    MoveTier,
    Recategorise,
    SuperviseCase,
    TimeGranted,
    TimeRefused,
    UrgentLaneTaken,
)
from services.facts.governance import (
    AcceptCase,
    CaseClosed,
    CaseFiled,
    CaseNotAccepted,
    CaseRouted,
    RejectCase,
    ReturnCase,
    RouteCase,
    TakeOver,
    UnitDispatched,
)
from services.governance.case import CaseState
from twin.core.views import Facts, Table

# --- urgent lane ------------------------------------------------------------------------------------------


def test_what_is_grave_is_acted_on_first_and_filed_when_somebody_is_there(bench: Bench) -> None:
    bench.notice(flood(0.9))
    case = bench.case()
    lane = bench.last(UrgentLaneTaken)
    assert case.urgent and not case.filed_by and case.state is CaseState.PENDING_HANDLE and lane.commands == ""
    assert case.file_by_ms == lane.file_by_ms == bench.now_ms + 3_600_000
    clock = case.clock("file")
    assert clock is not None and clock.due_ms == case.file_by_ms
    bench.report("acknowledged")
    bench.report("arrived")
    case = bench.case()
    assert case.filed_by == "p-003" and case.state is CaseState.HANDLING and case.holder.post == "handler"
    papers = case.clock("file")
    assert papers is not None and not papers.running


def test_papers_that_do_not_follow_are_overdue_and_keep_it_open(bench: Bench) -> None:
    bench.notice(flood(0.9))
    bench.command(DeclareUrgent(id="c0", actor=DISPATCHER, case="C-0001", why_urgent="x"))
    bench.cases.permits = lambda scene, step: step != "file"
    bench.report("acknowledged")
    bench.report("working")
    bench.report("done")
    bench.senses.verdicts.update(CALM)  # type: ignore[arg-type]
    bench.tick(5)
    assert bench.case().state is CaseState.PENDING_CHECK
    bench.tick(3600)
    papers = bench.case().clock("file")
    assert papers is not None and papers.overdue
    bench.command(AcceptCase(id="c1", actor=ACCEPTOR, case="C-0001"))
    assert bench.last(CaseFiled).by == "p-003" and bench.case().state is CaseState.PENDING_CHECK
    bench.tick(5)
    assert bench.last(CaseClosed).outcome == "verified"


def test_a_department_that_commands_its_own_units_asks_nobody(bench: Bench) -> None:
    bench.notice(crossing("road_collision/accident", "1/1", 300.0, 402.0, value=2.0))
    case = bench.case()
    assert case.commands == case.department == "police" and case.holder.department == "police"
    sent = bench.last(UnitDispatched)
    assert sent.actor.id == "department/police/dispatch" and sent.actor.post == "handler"
    assert bench.last(CaseRouted).actor.post == "handler"
    posts = {event.actor.post for event in bench.events if isinstance(event, UnitDispatched)}
    assert "dispatcher" not in posts
    rows = dict(owner_rows(bench))
    assert rows["The centre"] == "notifies, supports and tracks"


def owner_rows(bench: Bench) -> list[tuple[str, str]]:
    sections = bench.board.card(bench.case()).sections
    found = next(one for one in sections if isinstance(one, Facts) and english(one.title) == "Who owns it")
    return [(english(label), english(value) if not hasattr(value, "city_ms") else "") for label, value in found.rows]


# --- time -------------------------------------------------------------------------------------------------


def test_an_extension_needs_the_head_and_then_the_chief(bench: Bench) -> None:
    handling(bench)
    before = bench.case().clock("handle")
    assert before is not None
    bench.command(AskForTime(id="a", actor=WATER, case="C-0001", kind="extension", minutes=60, why_more="second pump"))
    assert "head approves first" in why(
        bench.command(DecideTime(id="b", actor=CHIEF, case="C-0001", granted=True, why_decided="yes"))
    )
    bench.command(DecideTime(id="c", actor=head(bench), case="C-0001", granted=True, why_decided="yes"))
    assert bench.case().clock("handle") == before and not bench.of(bench.events, (TimeGranted,))
    bench.command(DecideTime(id="d", actor=CHIEF, case="C-0001", granted=True, why_decided="yes"))
    after = bench.case().clock("handle")
    assert after is not None and after.due_ms == before.due_ms + 3_600_000 == bench.last(TimeGranted).until_ms
    assert bench.case().time_grants == 1 and bench.case().time_asked is None


def test_who_asks_does_not_decide_and_a_refusal_ends_it(bench: Bench) -> None:
    handling(bench)
    ask = AskForTime(id="a", actor=head(bench), case="C-0001", kind="extension", minutes=60, why_more="x")
    bench.command(ask)
    told = why(bench.command(DecideTime(id="b", actor=head(bench), case="C-0001", granted=True, why_decided="y")))
    assert told == "who asked for time does not decide about it"
    bench.command(DecideTime(id="c", actor=CHIEF, case="C-0001", granted=False, why_decided="no"))
    assert bench.last(TimeRefused).reason == "no" and bench.case().time_asked is None


def test_a_suspension_stops_the_clock_until_its_end_and_not_longer(bench: Bench) -> None:
    handling(bench)
    before = bench.case().clock("handle")
    assert before is not None
    bench.command(AskForTime(id="a", actor=WATER, case="C-0001", kind="suspension", minutes=30, why_more="typhoon"))
    bench.command(DecideTime(id="b", actor=head(bench), case="C-0001", granted=True, why_decided="yes"))
    bench.command(DecideTime(id="c", actor=CHIEF, case="C-0001", granted=True, why_decided="yes"))
    began = bench.now_ms
    clock = bench.case().clock("handle")
    assert clock is not None and clock.paused and bench.case().suspended_until_ms == began + 1_800_000
    rows = next(one for one in bench.board.card(bench.case()).sections if isinstance(one, Table)).rows
    assert any("suspended until" in english(row[5]) for row in rows)  # type: ignore[arg-type]
    bench.tick(1700)
    assert not bench.of(bench.events, (ClockResumed,))
    bench.tick(400)  # the tick comes late
    clock = bench.case().clock("handle")
    assert clock is not None and not clock.paused and clock.due_ms == before.due_ms + 1_800_000


def test_no_more_time_once_overdue(bench: Bench) -> None:
    handling(bench)
    bench.command(AskForTime(id="a", actor=WATER, case="C-0001", kind="extension", minutes=60, why_more="x"))
    for _ in range(90):
        bench.tick(100)
        bench.senses.verdicts.clear()
    assert bench.last(TimeRefused).actor.kind == "system", "an undecided request lapses"
    told = why(bench.command(AskForTime(id="b", actor=WATER, case="C-0001", kind="extension", minutes=9, why_more="x")))
    assert "overdue" in told or "does not run" in told


def test_the_limit_follows_the_condition_and_only_becomes_stricter(bench: Bench) -> None:
    bench.notice(flood(0.16))
    first = bench.case().limit
    assert first is not None and first.kind == "urgent_hour" and first.amount == 2.0
    assert english(first.why) == "deeper than 15 cm"
    due = bench.case().clock("handle")
    bench.notice(crossing("flooded_underpass/deep", "d01", 400.0, 300.0, value=0.5))
    assert bench.case().clock("handle") == due, "nothing stricter is asked for"


# --- supervision, tiers, codes ------------------------------------------------------------------------------


def test_what_is_overdue_is_supervised_by_rule(bench: Bench) -> None:
    handling(bench)
    for _ in range(80):
        bench.tick(100)
    event = bench.last(CaseSupervised)
    assert event.ground == "timeout" and event.actor.id == "supervision/timeout" and event.actor.holder == "p-001"
    assert why(bench.command(SuperviseCase(id="a", actor=CHIEF, case="C-0001", ground="leader", why_supervised="x")))
    bench.command(LiftSupervision(id="b", actor=CHIEF, case="C-0001", why_lifted="done"))
    assert not bench.case().supervised


def test_a_danger_is_not_handed_down(bench: Bench) -> None:
    bench.notice(crossing("overflowing_bin/fill", "d10", 310.0, 410.0, value=0.95))
    assert bench.case().tier == "subdistrict"
    bench.command(MoveTier(id="a", actor=DISPATCHER, case="C-0001", to="city", why_moved="a market day"))
    assert bench.case().tier == "city"
    bench.command(MoveTier(id="b", actor=DISPATCHER, case="C-0001", to="subdistrict", why_moved="over"))
    assert bench.case().tier == "subdistrict"
    bench.notice(flood(0.9))
    told = why(bench.command(MoveTier(id="c", actor=CHIEF, case="C-0002", to="subdistrict", why_moved="theirs")))
    assert "stays with its tier" in told


def moved(bench: Bench, to: str, by: Actor = DISPATCHER) -> list[Event]:
    return bench.command(MoveTier(id=f"m{bench.turn}", actor=by, case="C-0001", to=to, why_moved="nearer"))  # type: ignore[arg-type]


def test_what_is_moved_down_is_offered_to_the_desk_of_that_tier(bench: Bench) -> None:
    bench.notice(crossing("overflowing_bin/fill", "d10", 310.0, 410.0, value=0.95))
    bench.report("acknowledged")
    assert bench.case().holder.department == "sanitation"
    offer = bench.of(moved(bench, "district"), (CaseOffered,))[0]
    assert (offer.from_department, offer.to_post, offer.to_department) == ("sanitation", "handler", "district_centre")
    bench.tick(60)
    assert bench.case().holder.department == "sanitation", "until the desk takes it the sender owns it"
    desk = Actor("person", "p-064", "handler")
    bench.command(AcceptHandoff(id="t", actor=desk, case="C-0001"))
    assert (bench.case().holder.department, bench.case().department) == ("district_centre", "sanitation")
    assert bench.case().limbo_ms == 60_000
    bench.command(ReturnCase(id="r", actor=desk, case="C-0001", why_back="another department's"))
    assert bench.case().department == ""


def test_the_desk_of_a_lower_tier_names_the_department(bench: Bench) -> None:
    bench.notice(crossing("overflowing_bin/fill", "d10", 310.0, 410.0, value=0.95))
    bench.command(TakeOver(id="o", actor=DISPATCHER, case="C-0001"))
    bench.command(ReturnCase(id="r", actor=DISPATCHER, case="C-0001", why_back="whose is it?"))
    desk = Actor("person", "p-064", "handler")
    routed = RouteCase(id="d1", actor=desk, case="C-0001", department="landscape", why_routed="a park's bin")
    assert "does not have this case" in why(bench.command(routed))
    moved(bench, "district")
    took = bench.command(msgspec.structs.replace(routed, id="d2"))[0]
    assert isinstance(took, CaseTaken) and took.department == "district_centre", "whoever acts on it has taken it"
    case = bench.case()
    assert case.department == "landscape" and case.offer is not None and case.offer.to_department == "landscape"


def test_what_is_moved_up_goes_to_the_citys_dispatcher(bench: Bench) -> None:
    bench.notice(crossing("overflowing_bin/fill", "d10", 310.0, 410.0, value=0.95))
    bench.report("acknowledged")
    moved(bench, "city")
    offer = bench.case().offer
    assert offer is not None and offer.to_post == "dispatcher"
    bench.command(AcceptHandoff(id="t", actor=DISPATCHER, case="C-0001"))
    assert bench.case().holder.post == "dispatcher" and bench.case().state is CaseState.HANDLING


def test_what_is_not_filed_stays_at_its_tier(bench: Bench) -> None:
    bench.notice(crossing("overflowing_bin/report", "person:a/1", 310.0, 410.0))
    assert not bench.case().filed_by
    assert "filed before" in why(moved(bench, "district"))


def test_another_code_leaves_the_limit_as_it_is(bench: Bench) -> None:
    bench.notice(flood())
    before = (bench.case().limit, bench.case().clocks)
    assert "no class of" in why(
        bench.command(Recategorise(id="a", actor=ACCEPTOR, case="C-0001", code="99999", why_code="x"))
    )
    bench.command(Recategorise(id="b", actor=ACCEPTOR, case="C-0001", code="02008", why_code="the drain"))
    assert bench.case().code == "02008" and (bench.case().limit, bench.case().clocks) == before


def test_a_false_alarm_is_not_accepted_and_noted_against_the_scene(bench: Bench) -> None:
    bench.notice(crossing("displaced_cover/report", "person:res_0001", 300.0, 402.0, value=None))
    bench.report("done", finding="nothing_found")
    assert bench.last(FalseAlarmNoted).scene == "displaced_cover" and bench.case().false_alarm
    bench.notice(flood())
    assert why(bench.command(MarkFalseAlarm(id="a", actor=ACCEPTOR, case="C-0002", why_false="a duck")))
    assert why(bench.command(RejectCase(id="b", actor=ACCEPTOR, case="C-0002", why_not="x")))
    assert len(bench.of(bench.events, (CaseNotAccepted,))) == 1
