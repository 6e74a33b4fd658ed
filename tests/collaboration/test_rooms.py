"""The scene room: who is in it, the talk, meetings and what they decide; all of it kept over a restart."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from working_bench import CHIEF, DISPATCHER, FIRE, GULOU, MINUTE_MS, POLICE, RULE, WATER, WATER_HEAD, Working, a_case

from services.collaboration.canon import canonical
from services.collaboration.room import KEPT_LINES
from services.facts.base import Actor, Command, CommandRefused
from services.facts.casework import CaseReopened
from services.facts.governance import CaseRouted
from services.facts.meetings import (
    AddResolution,
    BeginMeeting,
    EndMeeting,
    FinishResolution,
    MeetingEnded,
    OpenRoom,
    Resolution,
    ResolutionDone,
    ResolutionMade,
    ResolutionOverdue,
    RoomClosed,
    RoomJoined,
    RoomOpened,
    SaidInRoom,
    SayInRoom,
)
from services.facts.working import AskDepartment, BlowWhistle, Escalated
from twin.core.text import Text
from twin.core.views import Card, Facts, Table, Thread

HEALTH = Actor("person", "p-023", "handler")


def room_of(working: Working) -> Card:
    card = working.parts.boards.page("room", "C-0001", working.now_ms)
    assert card is not None and card.kind == "room"
    return card


def titled(card: Card, msgid: str) -> Any:
    return next(one for one in card.sections if isinstance(one.title, Text) and one.title.msgid == msgid)


def test_a_grave_case_has_its_room_when_it_is_filed_and_a_light_one_when_somebody_asks() -> None:
    working = Working()
    assert not working.of(RoomOpened, working.file())
    working.cases.put(a_case("C-0002", severity=2))
    (opened,) = working.of(RoomOpened, working.file("C-0002"))
    assert opened.parties == ("operations_centre", "fire_rescue", "health")
    assert opened.actor == Actor("rule", "collaboration/room", "duty_chief", "p-001")
    assert not working.of(RoomOpened, working.file("C-0002"))
    (opened,) = working.of(RoomOpened, working.give(OpenRoom, GULOU, case="C-0001"))
    assert opened.parties[-1] == "subdistrict_centre"
    assert working.refusal(OpenRoom, CHIEF, case="C-0001") == "case {case} has its scene room"


def test_a_scene_may_have_a_level_of_its_own() -> None:
    working = Working()
    working.cases.change("C-0001", scene="storm", severity=3)
    assert len(working.of(RoomOpened, working.file())) == 1


def test_departments_that_are_called_join() -> None:
    working = Working()
    working.give(OpenRoom, DISPATCHER, case="C-0001")
    assert working.refusal(SayInRoom, WATER, case="C-0001", words="Here") == "{department} is no party to this case"
    ask = {"what": "Water", "respond_minutes": 5, "finish_minutes": 9}
    joined = working.of(RoomJoined, working.give(AskDepartment, FIRE, case="C-0001", department="water", **ask))
    whistle = {"kind": "hard", "departments": ("police", "water"), "why_whistle": "Gas"}
    joined += working.of(RoomJoined, working.give(BlowWhistle, GULOU, case="C-0001", **whistle))
    routed = CaseRouted(actor=RULE, case="C-0001", department="environment", rule="R-900", tried=())
    joined += working.of(RoomJoined, working.run(routed))
    assert [event.department for event in joined] == ["water", "subdistrict_centre", "police", "environment"]
    assert working.of(SaidInRoom, working.give(SayInRoom, WATER, case="C-0001", words="Here"))
    roles = {row[0].zh: row[1].msgid for row in titled(room_of(working), "Parties").rows}
    assert roles["消防救援"] == "lead" and roles["水务"] == "asked" and roles["公安"] == "whistled"


def test_all_see_the_same_evidence_and_who_said_what() -> None:
    working = Working()
    working.give(OpenRoom, DISPATCHER, case="C-0001")
    working.give(SayInRoom, FIRE, case="C-0001", words="  Third floor  ")
    working.give(
        SayInRoom, Actor("colleague", "colleague/handler/health", "handler", "p-023"), case="C-0001", words="On"
    )
    card = room_of(working)
    assert isinstance(titled(card, "Evidence"), Table)
    talk = titled(card, "Talk")
    assert isinstance(talk, Thread) and talk.say is not None and talk.say.fixed == {"case": "C-0001"}
    first, second, third = talk.entries
    assert first.note and isinstance(first.words, Text)
    assert (second.words, second.note, second.colour) == ("Third floor", False, "#ff6b5e")
    assert second.post == Text("department handler")
    assert isinstance(third.who, Text) and third.who.msgid == "automatic colleague for {person}"
    assert working.refusal(SayInRoom, FIRE, case="C-0001", words=" ") == "there are no words"
    assert working.refusal(SayInRoom, FIRE, case="C-0001", words="x" * 501).startswith("{length} characters")


def test_a_meeting_ends_in_minutes_whose_decisions_are_somebodys_tasks() -> None:
    working = Working()
    working.give(OpenRoom, DISPATCHER, case="C-0001")
    assert working.refusal(AddResolution, CHIEF, **decision()) == "no meeting has decided it"
    assert working.refusal(BeginMeeting, FIRE, case="C-0001", subject="x") == "the post of {post} may not do this"
    working.give(BeginMeeting, CHIEF, case="C-0001", subject="Evacuate?")
    assert working.refusal(BeginMeeting, CHIEF, case="C-0001", subject="Again") == "a meeting is under way"
    watched = Resolution(what="Evacuate", department="police", person="", due_minutes=30, supervised=True)
    named = Resolution(what="Ambulances", department="health", person="p-039", due_minutes=60)
    stranger = msgspec.structs.replace(named, person="p-007")
    no = working.refusal(EndMeeting, CHIEF, case="C-0001", minutes="We agreed", decisions=(watched, stranger))
    assert no == "{person} does not work for {department}"
    events = working.give(EndMeeting, CHIEF, case="C-0001", minutes="We agreed", decisions=(watched, named))
    assert working.of(MeetingEnded, events)[0].minutes == "We agreed"
    first, second = working.of(ResolutionMade, events)
    assert (first.resolution, first.person, first.supervised) == ("D-0001", "p-009", True)
    assert (second.resolution, second.person, second.due_ms) == ("D-0002", "p-039", working.now_ms + 60 * MINUTE_MS)
    (third,) = working.of(ResolutionMade, working.give(AddResolution, CHIEF, **decision()))
    assert (third.resolution, third.meeting) == ("D-0003", "M-0001")
    minutes = titled(room_of(working), "Meeting {meeting}")
    assert isinstance(minutes, Facts) and minutes.rows[-1][1] == "We agreed"


def decision() -> dict[str, Any]:
    return {"case": "C-0001", "what": "Shut the main", "department": "water", "due_minutes": 20}


def meeting(working: Working) -> None:
    working.give(OpenRoom, DISPATCHER, case="C-0001")
    working.give(BeginMeeting, CHIEF, case="C-0001", subject="Water")
    working.give(AddResolution, CHIEF, **decision())


def test_a_resolution_is_done_by_its_department_or_goes_up() -> None:
    working = Working()
    meeting(working)
    assert working.refusal(FinishResolution, POLICE, resolution="D-0001", result="x") == "{department} answers for it"
    assert not working.of(ResolutionOverdue, working.tick(20))
    events = working.tick(1)
    assert len(working.of(ResolutionOverdue, events)) == 1
    (step,) = working.of(Escalated, events)
    assert (step.subject, step.case, step.to_post, step.to_department) == (
        "D-0001",
        "C-0001",
        "department_head",
        "water",
    )
    (step,) = working.of(Escalated, working.tick(60))
    assert step.to_post == "duty_chief"
    assert (
        len(working.of(ResolutionDone, working.give(FinishResolution, WATER_HEAD, resolution="D-0001", result="Shut")))
        == 1
    )
    assert not working.of(Escalated, working.tick(600)) and not working.of(ResolutionOverdue, working.tick(600))
    no = working.refusal(FinishResolution, WATER, resolution="D-0001", result="x")
    assert no in ("{resolution} is done already", "{person} is not on duty at this post now")


def test_the_room_closes_with_the_case_and_stays_readable() -> None:
    working = Working()
    meeting(working)
    (closed,) = working.of(RoomClosed, working.close())
    assert closed.case == "C-0001"
    assert working.refusal(SayInRoom, FIRE, case="C-0001", words="Late") == "the room is closed with its case"
    working.restart()
    card = room_of(working)
    assert card.closed_ms == working.now_ms and titled(card, "Talk").say is None
    working.give(EndMeeting, CHIEF, case="C-0001", minutes="Written after the end")
    assert working.refusal(BeginMeeting, CHIEF, case="C-0001", subject="x") == "the room is closed with its case"
    working.give(FinishResolution, HEALTH, resolution="D-0001", result="no")
    working.give(FinishResolution, WATER, resolution="D-0001", result="Shut")
    assert len(working.of(ResolutionDone)) == 1


def test_a_reopened_case_has_its_old_room_again() -> None:
    working = Working()
    meeting(working)
    working.close()
    working.cases.change("C-0001", ended=False)
    (opened,) = working.of(RoomOpened, working.run(CaseReopened(actor=RULE, case="C-0001")))
    assert "health" in opened.parties
    room = working.parts.rooms.room("C-0001")
    assert room is not None and room.open and len(room.meetings) == 1


def test_a_long_talk_keeps_its_end() -> None:
    working = Working()
    working.give(OpenRoom, DISPATCHER, case="C-0001")
    for number in range(KEPT_LINES + 5):
        working.give(SayInRoom, FIRE, case="C-0001", words=f"line {number}")
    room = working.parts.rooms.room("C-0001")
    assert room is not None and len(room.lines) == KEPT_LINES and room.lines[-1].words == f"line {KEPT_LINES + 4}"


WISHES: tuple[tuple[type[Command], Actor, dict[str, Any]], ...] = (
    (OpenRoom, DISPATCHER, {"case": "C-0001"}),
    (SayInRoom, FIRE, {"case": "C-0001", "words": "Here"}),
    (SayInRoom, POLICE, {"case": "C-0001", "words": "Here"}),
    (BeginMeeting, CHIEF, {"case": "C-0001", "subject": "What now"}),
    (AddResolution, CHIEF, decision()),
    (EndMeeting, CHIEF, {"case": "C-0001", "minutes": "Agreed"}),
    (FinishResolution, WATER, {"resolution": "D-0001", "result": "Done"}),
    (
        AskDepartment,
        FIRE,
        {"case": "C-0001", "department": "police", "what": "Help", "respond_minutes": 5, "finish_minutes": 9},
    ),
)


@given(st.lists(st.tuples(st.integers(0, len(WISHES)), st.integers(0, 15), st.booleans()), max_size=14))
def test_a_restart_anywhere_keeps_thread_minutes_and_clocks(walk: list[tuple[int, int, bool]]) -> None:
    """One twin is restarted in the middle, the other never: whatever is asked of them, they say the same."""
    steady, restarted = Working(), Working()
    for number, minutes, restart in walk:
        steady.tick(minutes), restarted.tick(minutes)
        if restart:
            restarted.restart()
        if number == len(WISHES):
            assert steady.close() == restarted.close()
            continue
        kind, actor, fields = WISHES[number]
        events = steady.give(kind, actor, **fields)
        assert restarted.give(kind, actor, **fields) == events
        assert events, "nobody is left to guess"
        refused = [event for event in events if isinstance(event, CommandRefused)]
        assert not refused or len(events) == 1
    assert steady.snapshots() == restarted.snapshots()
    for page, id in (("room", "C-0001"), ("duty", ""), ("department", "water"), ("departments", "")):
        pages = [one.parts.boards.page(page, id, one.now_ms) for one in (steady, restarted)]
        assert canonical(pages[0]) == canonical(pages[1])
