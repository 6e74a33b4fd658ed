"""The duty log as things happen, and shifts: drafted, signed, taken over, late."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from working_bench import (
    CHIEF,
    DISPATCHER,
    FIRE,
    GULOU,
    NIGHT_DISPATCHER,
    RULE,
    WATER,
    Working,
    a_case,
    at,
)

from services.collaboration.ports import ClosureView
from services.facts.base import Actor, CommandRefused
from services.facts.closures import ClosureOrdered
from services.facts.duty import (
    DutyLogged,
    HandOverShift,
    ShiftHandedOver,
    ShiftOverdue,
    ShiftTakenOver,
    TakeOverShift,
    WriteDutyLog,
)
from services.facts.governance import CaseClosed, ClockOverdue
from services.facts.meetings import OpenRoom
from services.facts.response import ResponseDeclared, ResponseEnded, WarningLifted, WarningNoted
from services.facts.working import AnswerRequest, AskDepartment, BlowWhistle, Escalated
from twin.core.text import Name, Text
from twin.core.views import Action, Table, Timeline


def test_what_happens_is_logged_with_the_event_it_rests_on() -> None:
    working = Working()
    working.cases.change("C-0001", severity=1)
    before = working.sequence
    forced = CaseClosed(actor=CHIEF, case="C-0001", outcome="untested", reason="Nobody there")
    (line,) = working.of(DutyLogged, working.run(forced))
    assert line.cause == f"#{before + 1}" and line.case == "C-0001" and line.actor == CHIEF
    assert line.words == "C-0001 Fire, Bell Street: closed by force: Nobody there"
    road = ClosureOrdered(actor=RULE, case="C-0001", closure="R-1", roads=(), edges=(), from_ms=0, until_ms=9)
    assert len(working.of(DutyLogged, working.run(road))) == 1
    assert working.parts.duty.lines[-1].evidence.startswith("#")


def test_what_goes_as_it_should_is_not_logged() -> None:
    working = Working()
    working.feed_back()
    working.close()
    assert not working.of(DutyLogged)


def test_warnings_and_responses_stand_until_they_are_lifted() -> None:
    working = Working()
    noted = WarningNoted(actor=RULE, hazard="rainstorm", level=2, warning="w1", issued_ms=0, until_ms=9)
    working.run(noted)
    working.run(ResponseDeclared(actor=CHIEF, hazard="rainstorm", level=3))
    texts = [sentence.text for sentence in working.parts.duty.draft(working.now_ms)]
    assert texts[0] == Text(
        "Emergency response to {hazard} at level {level} is in force.", {"hazard": Text("rainstorm"), "level": "Ⅲ"}
    )
    assert texts[1].msgid == "The weather service warns of {hazard} at level {level}."
    working.run(ResponseEnded(actor=CHIEF, hazard="rainstorm"))
    working.run(WarningLifted(actor=RULE, hazard="rainstorm", warning="w1"))
    assert len(working.parts.duty.draft(working.now_ms)) == 1
    assert len(working.of(DutyLogged)) == 4


def test_a_person_writes_in_the_log() -> None:
    working = Working()
    working.give(WriteDutyLog, CHIEF, words=" The mayor called ")
    assert working.parts.duty.lines[-1].words == "The mayor called"
    assert working.refusal(WriteDutyLog, CHIEF, words="") == "there are no words"


def test_a_shift_is_drafted_signed_and_taken_over_by_name() -> None:
    working = Working(at(23, 19, 20))
    working.cases.put(a_case("C-0002", severity=1, overdue=True, suspended_until_ms=at(24, 9), supervised=True))
    working.cases.put(a_case("C-0003", severity=1, offered_to="handler", department=""))
    working.city.closed = (ClosureView(id="R-1", case="C-0002", where=Name("Bell Street", "钟楼街"), until_ms=0),)
    working.city.quiet = ("d1", "d2")
    working.give(OpenRoom, CHIEF, case="C-0001")
    (given_,) = working.of(ShiftHandedOver, working.give(HandOverShift, DISPATCHER, remarks="Watch the bridge"))
    assert (given_.post, given_.outgoing, given_.incoming) == ("dispatcher", "p-005", "p-006")
    rests = {sentence.text.msgid: sentence.evidence for sentence in given_.sentences}
    assert rests["{count} cases are overdue: {ids}."] == ("C-0002",)
    assert rests["The clocks of {count} cases are suspended: {ids}."] == ("C-0002",)
    assert rests["{count} cases are under supervision: {ids}."] == ("C-0002",)
    assert rests["{count} cases are offered and not yet taken: {ids}."] == ("C-0003",)
    assert rests["{count} cases have no department yet: {ids}."] == ("C-0003",)
    assert rests["{count} roads are closed: {places}."] == ("R-1", "C-0002")
    assert rests["{count} devices are silent: {ids}."] == ("d1", "d2")
    graves = [sentence for sentence in given_.sentences if sentence.text.args.get("level") == "Ⅰ"]
    assert graves[0].evidence == ("C-0002", "C-0003") and graves[0].text.args["count"] == 2
    assert working.parts.duty.stands("p-005", "dispatcher"), "until it is taken over"
    assert "handed over, not yet taken over" in states(working)
    working.tick(20)
    (taken,) = working.of(ShiftTakenOver, working.give(TakeOverShift, NIGHT_DISPATCHER, handover="H-0001"))
    assert taken.person == "p-006" and working.parts.duty.stands("p-006", "dispatcher")
    working.restart()
    handover = working.parts.duty.handovers[0]
    assert (handover.taken_by, handover.taken_ms) == ("p-006", working.now_ms)
    late = working.of(ShiftOverdue, working.tick(60))
    assert {event.post for event in late} == {"acceptor", "duty_chief"}


def states(working: Working) -> list[str]:
    card = working.parts.boards.page("duty", "", working.now_ms)
    assert card is not None
    table = card.sections[0]
    assert isinstance(table, Table)
    return [row[-1].msgid for row in table.rows if isinstance(row[-1], Text)]


def test_requests_and_promises_are_handed_over() -> None:
    working = Working(at(23, 19, 20))
    ask = {"what": "Water", "respond_minutes": 60, "finish_minutes": 90}
    for department in ("water", "police"):
        working.give(AskDepartment, FIRE, case="C-0001", department=department, **ask)
    working.give(AnswerRequest, WATER, request="Q-0001", answer="yes")
    working.give(BlowWhistle, GULOU, case="C-0001", kind="routine", departments=("police",), why_whistle="Look")
    rests = {sentence.text.msgid: sentence.evidence for sentence in working.parts.duty.draft(working.now_ms)}
    assert rests["{count} requests wait for an answer: {ids}."] == ("Q-0002",)
    assert rests["{count} requests were promised and are not done: {ids}."] == ("Q-0001",)
    assert rests["{count} whistles have not ended: {ids}."] == ("W-0001",)


def test_what_cannot_be_handed_or_taken_over() -> None:
    working = Working(at(23, 15))
    working.give(WriteDutyLog, CHIEF, words="begin")
    no = working.refusal
    assert no(HandOverShift, DISPATCHER) == "a shift is handed over at most {minutes} min before its end"
    working.now_ms = at(23, 19, 30)
    deputy = Actor("person", "p-024", "dispatcher")
    assert no(HandOverShift, deputy) == "{person} holds this post"
    assert no(TakeOverShift, NIGHT_DISPATCHER, handover="") == "{person} is to hand it over first"
    assert no(TakeOverShift, NIGHT_DISPATCHER, handover="H-0009") == "there is nothing to take over as {handover}"
    working.give(HandOverShift, DISPATCHER)
    assert no(HandOverShift, DISPATCHER) == "it is handed over already, and not yet taken"
    stranger = Actor("person", "p-002", "dispatcher")
    assert no(TakeOverShift, stranger, handover="H-0001") == "{person} is not on duty at this post now"
    assert no(TakeOverShift, DISPATCHER, handover="H-0001") == "{person} holds this post"


def test_until_somebody_comes_the_outgoing_person_holds_the_post_and_may_act() -> None:
    working = Working(at(23, 19, 50))
    working.give(WriteDutyLog, CHIEF, words="begin")
    working.tick(20)
    assert "shift over, not handed over" in states(working)
    assert not isinstance(working.give(WriteDutyLog, DISPATCHER, words="Still here")[0], CommandRefused)
    late = working.of(ShiftOverdue, working.tick(10))
    assert {event.post: event.outgoing for event in late}["dispatcher"] == "p-005"
    step = next(event for event in working.of(Escalated, working.tick(1)) if event.subject == "shift/dispatcher")
    assert (step.to_post, step.person) == ("duty_chief", "p-002")
    working.give(HandOverShift, DISPATCHER, remarks="Sorry")
    (taken,) = working.of(ShiftTakenOver, working.give(TakeOverShift, NIGHT_DISPATCHER, handover="H-0001"))
    assert taken.handover == "H-0001"
    assert isinstance(working.give(WriteDutyLog, DISPATCHER, words="Gone")[0], CommandRefused)


def test_where_the_outgoing_person_has_left_the_next_one_takes_the_post_alone() -> None:
    working = Working(at(23, 19, 50))
    working.give(WriteDutyLog, CHIEF, words="begin")
    working.tick(20)
    colleague = Actor("colleague", "colleague/dispatcher", "dispatcher", "p-006")
    (taken,) = working.of(ShiftTakenOver, working.give(TakeOverShift, colleague, handover=""))
    assert (taken.handover, taken.person) == ("", "p-006")


@given(st.lists(st.tuples(st.sampled_from(("hand", "take", "alone", "wait")), st.integers(0, 240)), max_size=12))
def test_a_post_of_the_centre_is_always_held_by_exactly_one(walk: list[tuple[str, int]]) -> None:
    working = Working(at(23, 19, 0))
    working.give(WriteDutyLog, CHIEF, words="begin")
    shifts = {"p-005": DISPATCHER, "p-006": NIGHT_DISPATCHER}
    for what, minutes in walk:
        working.tick(minutes)
        stand = working.parts.duty.stand("dispatcher", working.now_ms)
        assert stand is not None
        other = shifts["p-006" if stand.person == "p-005" else "p-005"]
        handed = working.parts.duty.given("dispatcher")
        match what:
            case "hand":
                working.give(HandOverShift, shifts[stand.person])
            case "take" if handed is not None:
                working.give(TakeOverShift, other, handover=handed.id)
            case "alone":
                working.give(TakeOverShift, other, handover="")
            case _:
                pass
        working.restart()
        holding = [person for person in shifts if working.parts.duty.stands(person, "dispatcher")]
        assert len(holding) == 1
    taken = working.of(ShiftTakenOver)
    handed_over = [event.handover for event in taken if event.handover]
    assert len(handed_over) == len(set(handed_over))


def test_the_duty_page_shows_posts_draft_and_log() -> None:
    working = Working()
    working.give(WriteDutyLog, CHIEF, words="begin")
    working.run(ClockOverdue(actor=RULE, case="C-0001", clock="handle", due_ms=working.now_ms))
    card = working.parts.boards.page("duty", "", working.now_ms)
    assert card is not None and card.kind == "duty"
    assert {"on duty"} == set(states(working))
    log = card.sections[-1]
    assert isinstance(log, Timeline) and len(log.entries) == 2 and log.entries[-1].what.args == {"words": "begin"}
    assert {action.command for action in card.actions} == {"WriteDutyLog", "HandOverShift", "DeclareResponse"}


def test_the_duty_page_declares_a_response_and_ends_what_is_in_force() -> None:
    working = Working()
    (declare,) = _responses(working)
    assert declare.command == "DeclareResponse" and declare.posts == ("duty_chief",)
    levels = [choice.value for choice in declare.choices["level"]]
    assert levels == [4, 1, 2, 3], "a hasty hand declares no more than the mildest"
    assert "rainstorm" in [choice.value for choice in declare.choices["hazard"]]
    working.run(ResponseDeclared(actor=CHIEF, hazard="rainstorm", level=2))
    end = _responses(working)[1]
    assert (end.command, end.fixed) == ("EndResponse", {"hazard": "rainstorm"})
    working.run(ResponseEnded(actor=CHIEF, hazard="rainstorm"))
    assert len(_responses(working)) == 1


def test_the_gravest_warning_in_force_is_offered_first_to_be_declared() -> None:
    working = Working()
    working.run(WarningNoted(actor=RULE, hazard="gale", level=3, warning="w1", issued_ms=0, until_ms=9))
    working.run(WarningNoted(actor=RULE, hazard="rainstorm", level=2, warning="w2", issued_ms=0, until_ms=9))
    (declare,) = _responses(working)
    assert declare.choices["hazard"][0].value == "rainstorm" and declare.choices["level"][0].value == 2
    assert sorted(choice.value for choice in declare.choices["level"]) == [1, 2, 3, 4]


def _responses(working: Working) -> list[Action]:
    card = working.parts.boards.page("duty", "", working.now_ms)
    assert card is not None
    return [one for one in card.actions if one.command in ("DeclareResponse", "EndResponse")]
