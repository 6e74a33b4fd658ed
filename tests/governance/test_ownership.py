"""Exactly one post owns a case at each instant: over offers, returns, shifts, and what a journal alone says."""

from __future__ import annotations

import itertools

from governance_bench import CHIEF, DISPATCHER, START_MS, Bench, flood

from services.facts.base import Actor, CommandRefused
from services.facts.because import english
from services.facts.casework import AcceptHandoff, CaseOffered, CaseTaken
from services.facts.governance import AcceptCase, CaseClosed, CaseReworked, CaseRouted, ReturnCase, RouteCase, TakeOver
from services.governance.case import CaseState
from services.governance.ownership import SHIFT, owners, ownership_faults

ACCEPTOR = Actor("person", "p-003", "acceptor")
WATER = Actor("person", "p-007", "handler")
POLICE = Actor("person", "p-009", "handler")
COLLEAGUE = Actor("colleague", "colleague/handler/water", "handler", "p-007")


def journal(bench: Bench) -> list[tuple[int, object]]:
    return [(turn.city_ms, event) for turn, event in zip(bench.times, bench.events, strict=True)]


def kept(bench: Bench, id: str = "C-0001") -> None:
    """What the case says of its owner, hops and limbo, the journal alone says too."""
    told = journal(bench)
    assert ownership_faults(told) == ()  # type: ignore[arg-type]
    case, spans = bench.case(id), [span for span in owners(told) if span.case == id]  # type: ignore[arg-type]
    assert all(one.to_ms == other.from_ms for one, other in itertools.pairwise(spans))
    last = spans[-1]
    assert (last.post, last.department, last.person) == (case.holder.post, case.holder.department, case.holder.person)
    assert (last.to_ms < 0) is not case.ended
    assert case.offer is not None or sum(span.limbo_ms for span in spans) == case.limbo_ms
    posts = [(span.post, span.department) for span in spans]
    assert sum(one != other for one, other in itertools.pairwise(posts)) == case.hops


def test_from_the_acceptor_to_the_department_whose_crew_sets_out(bench: Bench) -> None:
    bench.notice(flood())
    case = bench.case()
    assert (case.holder.post, case.holder.person) == ("dispatcher", "p-005")
    assert case.offer is not None and (case.offer.to_post, case.offer.to_department) == ("handler", "water")
    bench.tick(40)
    assert bench.case().holder.post == "dispatcher", "in limbo the sender owns"
    bench.report("acknowledged")
    case = bench.case()
    assert (case.holder.post, case.holder.department, case.holder.person) == ("handler", "water", "p-007")
    assert case.limbo_ms == 40_000 and case.hops == 2 and case.offer is None
    took = [event.actor.kind for event in bench.events if isinstance(event, CaseTaken)]
    assert took == ["rule", "rule", "unit"]
    kept(bench)


def test_a_handler_takes_what_is_offered_and_nobody_elses(bench: Bench) -> None:
    bench.notice(flood())
    refused = bench.command(AcceptHandoff(id="c1", actor=POLICE, case="C-0001"))
    assert isinstance(refused[0], CommandRefused) and refused[0].why is not None
    assert "Public Security" in english(refused[0].why) and "Ma Xiaofeng" in english(refused[0].why)
    bench.tick(90)
    taken = bench.command(AcceptHandoff(id="c2", actor=COLLEAGUE, case="C-0001"))
    assert isinstance(taken[0], CaseTaken) and taken[0].person == "p-007" and taken[0].actor == COLLEAGUE
    assert bench.case().limbo_ms == 90_000
    assert isinstance(bench.command(AcceptHandoff(id="c3", actor=WATER, case="C-0001"))[0], CommandRefused)
    kept(bench)


def test_refusing_a_handoff_leaves_it_with_the_sender_until_the_next_action(bench: Bench) -> None:
    bench.notice(flood())
    bench.command(TakeOver(id="c0", actor=DISPATCHER, case="C-0001"))
    bench.tick(30)
    bench.command(ReturnCase(id="c1", actor=WATER, case="C-0001", why_back="not our pump"))
    case = bench.case()
    assert case.returned and case.excluded == ("water",) and case.holder.post == "dispatcher"
    assert case.offer is not None and case.offer.back and case.offer.to_post == "dispatcher"
    bench.tick(60)
    plain = bench.command(RouteCase(id="c2", actor=DISPATCHER, case="C-0001", department="urban_management"))
    assert isinstance(plain[0], CommandRefused), "after a return the route needs a reason"
    bench.command(
        RouteCase(id="c3", actor=DISPATCHER, case="C-0001", department="urban_management", why_routed="they drain it")
    )
    case = bench.case()
    assert not case.returned and case.limbo_ms >= 60_000
    assert case.offer is not None and case.offer.to_department == "urban_management"
    kept(bench)


def test_a_return_to_the_acceptor_is_filed_again_with_a_reason(bench: Bench) -> None:
    bench.notice(flood())
    bench.command(ReturnCase(id="c1", actor=WATER, case="C-0001", why_back="not ours"))
    bench.command(TakeOver(id="c2", actor=DISPATCHER, case="C-0001"))
    bench.command(ReturnCase(id="c3", actor=DISPATCHER, case="C-0001", why_back="nobody's here"))
    case = bench.case()
    assert case.state is CaseState.RETURNED and case.offer is not None and case.offer.to_post == "acceptor"
    assert isinstance(bench.command(AcceptCase(id="c4", actor=ACCEPTOR, case="C-0001"))[0], CommandRefused)
    bench.command(AcceptCase(id="c5", actor=ACCEPTOR, case="C-0001", why_filed="the city's own pump"))
    assert bench.case().state is CaseState.PENDING_DISPATCH and bench.case().holder.post == "acceptor"
    kept(bench)


def test_rework_goes_back_the_same_way(bench: Bench) -> None:
    bench.notice(flood())
    for state in ("acknowledged", "driving", "arrived", "working", "done"):
        bench.tick(20)
        bench.report(state)
    assert bench.case().holder.post == "acceptor", "who closes owns the closing test"
    bench.command(ReturnCase(id="c1", actor=CHIEF, case="C-0001", why_back="still wet"))
    assert bench.of(bench.events, (CaseReworked,))
    routed = bench.last(CaseRouted)
    assert routed.reason and routed.department == "water"
    offers = [event for event in bench.events if isinstance(event, CaseOffered) and event.back]
    assert [(offer.from_post, offer.to_post) for offer in offers] == [
        ("acceptor", "dispatcher"), ("dispatcher", "handler"),
    ]  # fmt: skip
    kept(bench)


def test_a_shift_change_moves_the_person_and_nothing_else(bench: Bench) -> None:
    bench.notice(flood())
    bench.report("acknowledged")
    before = bench.case()
    bench.tick(10.5 * 3600)  # 20:30
    case = bench.case()
    taken = next(event for event in bench.events if isinstance(event, CaseTaken) and event.actor.id == SHIFT)
    assert (case.holder.post, case.holder.department) == (before.holder.post, before.holder.department)
    assert case.holder.person == taken.person == taken.actor.holder != before.holder.person
    assert case.hops == before.hops
    kept(bench)


def test_a_shift_change_in_limbo_keeps_the_offer(bench: Bench) -> None:
    bench.notice(flood())
    bench.report("acknowledged")
    bench.command(TakeOver(id="c1", actor=DISPATCHER, case="C-0001"))
    bench.command(AcceptHandoff(id="c2", actor=WATER, case="C-0001"))
    bench.tick(200)
    assert bench.case().holder.post == "dispatcher", "taken over, until it is handed on again"
    bench.command(ReturnCase(id="c3", actor=WATER, case="C-0001", why_back="not ours"))
    offer = bench.case().offer
    assert offer is not None and offer.back
    bench.tick(10.5 * 3600)
    assert bench.case().offer == offer
    kept(bench)


def test_a_departments_shift_change_while_it_gives_a_case_back(bench: Bench) -> None:
    bench.cases.permits = lambda scene, step: step != "route" or not bench.case().returned
    bench.notice(flood())
    bench.report("acknowledged")
    bench.command(ReturnCase(id="c1", actor=WATER, case="C-0001", why_back="not ours"))
    offer, holder = bench.case().offer, bench.case().holder
    assert offer is not None and offer.to_post == "dispatcher" and holder.department == "water"
    bench.tick(10.5 * 3600)
    case = bench.case()
    assert case.offer == offer and case.holder.post == holder.post and case.holder.person != holder.person
    bench.tick(60)
    kept(bench)


def test_a_whole_case_is_owned_to_its_end(bench: Bench) -> None:
    bench.notice(flood())
    for state in ("acknowledged", "driving", "arrived", "working", "done"):
        bench.tick(20)
        bench.report(state)
    bench.senses.verdicts.update({"flooded_underpass/level": "calm", "flooded_underpass/deep": "calm"})
    bench.tick(5)
    assert bench.of(bench.events, (CaseClosed,))
    kept(bench)
    first = next(span for span in owners(journal(bench)))  # type: ignore[arg-type]
    assert first.post == "acceptor" and first.from_ms == START_MS + 1000


def test_faults_of_ownership_are_found(bench: Bench) -> None:
    bench.notice(flood())
    told = [entry for entry in journal(bench) if not isinstance(entry[1], CaseTaken)]
    assert len(ownership_faults([*told, (bench.now_ms + 1, told[-1][1])])) > 0  # type: ignore[list-item]
