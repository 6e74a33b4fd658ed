"""Requests between departments: who may, what the table allows, two clocks, the playbook, the end of the case."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from working_bench import (
    ACCEPTOR,
    CHIEF,
    DISPATCHER,
    FIRE,
    MINUTE_MS,
    POLICE,
    RULE,
    WATER,
    WATER_HEAD,
    Working,
    a_case,
)

from services.collaboration.ports import Planned
from services.collaboration.request import TABLE, RequestState
from services.facts.base import Actor, Command, CommandRefused
from services.facts.casework import UrgentLaneTaken
from services.facts.evidence import Evidence
from services.facts.governance import CaseFiled, EvidenceAdded
from services.facts.working import (
    AnswerRequest,
    AskDepartment,
    FinishRequest,
    RefuseRequest,
    RequestAnswered,
    RequestEvent,
    RequestLapsed,
    RequestOverdue,
    RequestRefused,
    RequestSent,
    RequestSignedOff,
    SignOffRequest,
)
from twin.core.text import Name, Text

ASK: dict[str, Any] = {
    "case": "C-0001", "department": "water", "what": "Raise the pressure in Bell Street", "respond_minutes": 10,
    "finish_minutes": 60,
}  # fmt: skip


def asked(working: Working, actor: Actor = FIRE, **changes: Any) -> RequestSent:
    (sent,) = working.of(RequestSent, working.give(AskDepartment, actor, **(ASK | changes)))
    return sent


def state(working: Working, id: str = "Q-0001") -> RequestState:
    request = working.parts.requests.get(id)
    assert request is not None
    return request.state


def test_a_request_has_a_response_clock_of_its_own() -> None:
    working = Working()
    sent = asked(working)
    assert (sent.request, sent.from_department, sent.to_department) == ("Q-0001", "fire_rescue", "water")
    assert sent.respond_by_ms == working.now_ms + 10 * MINUTE_MS
    assert sent.finish_by_ms == working.now_ms + 60 * MINUTE_MS
    assert not working.of(RequestOverdue, working.tick(10))
    (late,) = working.of(RequestOverdue, working.tick(0.1))
    assert late.clock == "respond"
    assert not working.of(RequestOverdue, working.tick(5)), "each clock is noticed once"
    working.give(AnswerRequest, WATER, request="Q-0001", answer="Two pumps go")
    (late,) = working.of(RequestOverdue, working.tick(60))
    assert late.clock == "finish"


def test_only_the_department_addressed_answers_and_only_the_asking_side_signs_off() -> None:
    working = Working()
    asked(working)
    assert (
        working.refusal(AnswerRequest, POLICE, request="Q-0001", answer="yes") == "{department} is asked, and answers"
    )
    working.give(AnswerRequest, WATER_HEAD, request="Q-0001", answer="yes")
    working.give(FinishRequest, WATER, request="Q-0001", result="4 bar")
    assert working.refusal(SignOffRequest, WATER, request="Q-0001") == "{department} asked, and signs off"
    assert working.refusal(SignOffRequest, FIRE, request="Q-0001", accepted=False) == "what is sent back needs a reason"
    working.give(SignOffRequest, FIRE, request="Q-0001", accepted=False, note="Still 2 bar")
    assert state(working) is RequestState.ANSWERED
    working.give(FinishRequest, WATER, request="Q-0001", result="4 bar now")
    working.give(SignOffRequest, CHIEF, request="Q-0001")
    assert state(working) is RequestState.SIGNED_OFF
    request = working.parts.requests.get("Q-0001")
    assert request is not None and request.returns == 1 and request.said_by == CHIEF


def test_a_refusal_gives_its_reason_and_stays_on_record() -> None:
    working = Working()
    asked(working)
    assert working.refusal(RefuseRequest, WATER, request="Q-0001", why_refused=" ") == "a refusal gives its reason"
    (refused,) = working.of(
        RequestRefused, working.give(RefuseRequest, WATER, request="Q-0001", why_refused="Not our main")
    )
    assert refused.reason == "Not our main" and refused.actor == WATER
    assert working.refusal(AnswerRequest, WATER, request="Q-0001", answer="after all") == "request {request} {state}"


def test_what_cannot_be_asked() -> None:
    working = Working()
    no = working.refusal
    assert no(AskDepartment, WATER, **ASK) == "a department does not ask itself"
    assert no(AskDepartment, FIRE, **(ASK | {"department": "circus"})) == "there is no department {department}"
    assert no(AskDepartment, FIRE, **(ASK | {"case": "C-0099"})) == "there is no open case {case}"
    assert no(AskDepartment, FIRE, **(ASK | {"what": "  "})) == "there are no words"
    assert no(AskDepartment, FIRE, **(ASK | {"what": "x" * 501})).startswith("{length} characters")
    wrong = "the answer comes before the result, and both within {minutes} min"
    assert no(AskDepartment, FIRE, **(ASK | {"respond_minutes": 90})) == wrong
    off_duty = Actor("person", "p-032", "handler")
    assert no(AskDepartment, off_duty, **ASK) == "{person} is not on duty at this post now"
    assert not working.of(RequestSent)


def test_the_centre_asks_in_its_own_name() -> None:
    working = Working()
    assert asked(working, DISPATCHER).from_department == "operations_centre"
    working.give(AnswerRequest, WATER, request="Q-0001", answer="yes")
    working.give(FinishRequest, WATER, request="Q-0001", result="done")
    working.give(SignOffRequest, ACCEPTOR, request="Q-0001")
    assert state(working) is RequestState.SIGNED_OFF


def test_open_requests_lapse_with_their_case() -> None:
    working = Working()
    asked(working)
    asked(working, department="police")
    working.give(RefuseRequest, POLICE, request="Q-0002", why_refused="No car")
    lapsed = working.of(RequestLapsed, working.close())
    assert [event.request for event in lapsed] == ["Q-0001"]
    assert not working.of(RequestOverdue, working.tick(600))


def plan(department: str, at: Any, at_least: int = 0) -> Planned:
    what = Name("close the road", "封路")
    return Planned(department=department, what=what, at=at, respond_s=300, finish_s=0, at_least=at_least)


def test_the_playbook_asks_once_at_each_stage_and_never_the_lead() -> None:
    working = Working()
    working.cases.plans = (plan("police", "filed"), plan("fire_rescue", "filed"), plan("health", "fed_back"))
    (first,) = working.of(RequestSent, working.file())
    assert (first.to_department, first.from_department) == ("police", "fire_rescue")
    assert first.actor == Actor("rule", "scene/fire@1/requests", "dispatcher", "p-005")
    assert first.finish_by_ms == 0 and first.what == Text("{what}", {"what": Name("close the road", "封路")})
    assert not working.of(RequestSent, working.file())
    (second,) = working.of(RequestSent, working.feed_back())
    assert second.to_department == "health"
    working.give(AnswerRequest, POLICE, request="Q-0001", answer="yes")
    assert not [event for event in working.of(RequestOverdue, working.tick(600)) if event.request == "Q-0001"]


def test_the_playbook_waits_for_severity_and_leaves_a_case_taken_over_alone() -> None:
    working = Working()
    working.cases.plans = (plan("police", "filed", at_least=2),)
    assert not working.of(RequestSent, working.file())
    working.cases.change("C-0001", severity=2)
    smoke = Evidence(
        signal="S-2", condition="fire/smoke", subject="d1", source="d1", value=1.0, unit="", observed_ms=0,
        noticed_ms=0, provenance=1,
    )  # fmt: skip
    graver = EvidenceAdded(actor=RULE, case="C-0001", evidence=smoke, severity=2)
    assert len(working.of(RequestSent, working.run(graver))) == 1
    working.cases.put(a_case("C-0002", severity=2, rule=""))
    assert not working.of(RequestSent, working.file("C-0002"))


STEPS: tuple[tuple[type[Command], Actor, dict[str, Any]], ...] = (
    (AnswerRequest, WATER, {"answer": "yes"}),
    (RefuseRequest, WATER, {"why_refused": "no"}),
    (FinishRequest, WATER, {"result": "done"}),
    (SignOffRequest, FIRE, {}),
    (SignOffRequest, FIRE, {"accepted": False, "note": "again"}),
)
LEADS_TO: dict[type[Command], str] = {
    AnswerRequest: "RequestAnswered", RefuseRequest: "RequestRefused", FinishRequest: "RequestFinished",
    SignOffRequest: "RequestSignedOff",
}  # fmt: skip


@given(st.lists(st.tuples(st.integers(0, len(STEPS) - 1), st.integers(0, 40), st.booleans()), max_size=12))
def test_a_walk_through_the_life_of_a_request(walk: list[tuple[int, int, bool]]) -> None:
    """Allowed steps succeed, others are refused with a reason; clocks are noticed once; a restart changes nothing."""
    working, other = Working(), Working()
    asked(working), asked(other)
    for number, minutes, restart in walk:
        kind, actor, fields = STEPS[number]
        allowed = {event.__name__: states for event, (states, _) in TABLE.items()}[LEADS_TO[kind]]
        before = state(working)
        working.tick(minutes), other.tick(minutes)
        if restart:
            working.restart()
        events = working.give(kind, actor, request="Q-0001", **fields)
        assert other.give(kind, actor, request="Q-0001", **fields) == events
        if before in allowed:
            assert working.of(RequestEvent, events)
        else:
            assert [type(event) for event in events] == [CommandRefused] and state(working) is before
    assert working.events == other.events
    assert working.snapshots() == other.snapshots()
    clocks = [event.clock for event in working.of(RequestOverdue)]
    assert len(clocks) == len(set(clocks))
    answered = working.of(RequestAnswered)
    assert len(answered) <= 1 and len(working.of(RequestRefused)) <= 1
    assert len([one for one in working.of(RequestSignedOff) if one.accepted]) <= 1


def test_what_is_acted_on_first_is_supported_before_the_papers_follow() -> None:
    working = Working()
    working.cases.change("C-0001", department="")
    working.cases.plans = (
        Planned(department="police", what=Name("Turn traffic away", "劝返车辆"), at="filed", respond_s=300),
        Planned(department="fire_rescue", what=Name("Come", "到场"), at="filed", respond_s=300),
    )
    lane = UrgentLaneTaken(actor=CHIEF, case="C-0001", reason="danger", file_by_ms=9, commands="fire_rescue")
    (sent,) = working.of(RequestSent, working.run(lane))
    assert sent.to_department == "police" and sent.from_department == "operations_centre"
    working.cases.change("C-0001", department="fire_rescue")
    assert not working.of(RequestSent, working.run(CaseFiled(actor=RULE, case="C-0001", by="p-003"))), "once each"
