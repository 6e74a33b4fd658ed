"""Conduct: graded, by named people, always with an end, appealed to somebody else; capacity refuses with a number."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plaza_bench import Plaza, of, plaza_in_a_folder, refused

from services.facts.base import Actor
from services.facts.engine import PersonErased
from services.facts.governance import TaskDone
from services.facts.virtual import (
    AppealMeasure,
    AvatarEntered,
    AvatarLeft,
    ClosePlace,
    Conduct,
    ConductAppealDecided,
    ConductReported,
    DecideConductAppeal,
    DismissReport,
    EnterPlace,
    EntryQueued,
    EntryRefused,
    LeavePlace,
    MeasureEnded,
    MeasureStep,
    MeasureTaken,
    OpenMoreRoom,
    ReopenPlace,
    ReportClosed,
    ReportConduct,
    SayInPlace,
    TakeMeasure,
)

HOUR_S = 3600
P = "virtual_plaza"
HEAD = "p-057"


@pytest.fixture
def plaza(tmp_path: Path) -> Plaza:
    made = Plaza(tmp_path)
    made.enter(*(f"r_{n:04d}" for n in range(10)))
    made.wait(2)
    return made


def measure(
    about: str, step: MeasureStep, ground: Conduct = "harassment", minutes: int = 0, id: str = "m"
) -> TakeMeasure:
    return TakeMeasure(id=id, place=P, about=about, step=step, ground=ground, minutes=minutes)


def test_a_report_is_answered_by_a_named_moderator_and_closes_what_was_reported(plaza: Plaza) -> None:
    about = plaza.avatar("r_0009")
    for n in range(3):
        plaza.resident(f"r_{n:04d}", ReportConduct(id=f"r{n}", place=P, about=about, conduct="harassment"))
    assert plaza.desk.measured(P, "conduct") == 3.0
    again = plaza.resident("r_0000", ReportConduct(id="r9", place=P, about=about, conduct="threat"))
    assert refused(again)
    events = plaza.by("moderator", measure(about, "mute", minutes=10))
    taken = of(events, MeasureTaken)[0]
    assert taken.moderator == "p-301" and taken.until_ms == plaza.now_ms + 600_000
    assert len(of(events, ReportClosed)) == 3 and plaza.desk.measured(P, "conduct") == 0.0
    say = SayInPlace(id="s1", place=P, phrase="hello")
    assert refused(plaza.resident("r_0009", say)) and not refused(plaza.resident("r_0001", say))
    plaza.wait(601, step_s=5)
    assert not refused(plaza.resident("r_0009", SayInPlace(id="s2", place=P, phrase="hello")))


def test_steps_are_graded(plaza: Plaza) -> None:
    about = plaza.avatar("r_0009")
    assert refused(plaza.by("moderator", measure(about, "remove", "spam")))  # nothing milder was tried
    assert refused(plaza.by("moderator", measure(about, "ban", "spam", 60)))
    assert not refused(plaza.by("moderator", measure(about, "notice", "spam")))
    assert not refused(plaza.by("moderator", measure(about, "remove", "spam")))
    assert "r_0009" not in plaza.inside()
    plaza.enter("r_0009")
    banned = plaza.by("moderator", measure(plaza.avatar("r_0009"), "ban", "threat", 24 * 60))  # grave: at once
    assert not refused(banned) and "r_0009" not in plaza.inside()
    told = of(plaza.enter("r_0009"), EntryRefused)[0]
    assert told.ground == "banned" and told.until_ms == plaza.now_ms + 24 * HOUR_S * 1000
    plaza.wait(24 * HOUR_S + 60, step_s=600)
    assert of(plaza.enter("r_0009"), AvatarEntered)


@pytest.mark.parametrize(("step", "minutes"), [("ban", 0), ("mute", 0), ("mute", 61), ("notice", 5), ("remove", 5)])
def test_no_measure_is_without_its_proper_end(plaza: Plaza, step: MeasureStep, minutes: int) -> None:
    assert refused(plaza.by("moderator", measure(plaza.avatar("r_0009"), step, "threat", minutes)))


def test_nobody_but_a_moderator_on_duty_takes_a_measure(plaza: Plaza) -> None:
    mute = measure(plaza.avatar("r_0009"), "mute", minutes=5)
    assert refused(plaza.command(mute, Actor("resident", "r_0001")))
    assert refused(plaza.command(mute, Actor("rule", "virtual/moderation", "moderator", "")))
    assert refused(plaza.command(mute, Actor("system", "civitwin")))
    assert refused(plaza.by("moderator", mute, person="p-302"))  # the night's
    assert refused(plaza.command(mute, Actor("person", "p-005", "dispatcher")))
    assert not of(plaza.events, MeasureTaken)
    assert not refused(plaza.command(mute, Actor("colleague", "colleague/moderator", "moderator", "p-301")))


def test_an_appeal_is_decided_by_the_head_and_never_by_who_took_the_measure(plaza: Plaza) -> None:
    plaza.by("moderator", measure(plaza.avatar("r_0009"), "ban", "fraud", 60))
    assert refused(plaza.resident("r_0001", AppealMeasure(id="a0", measure="M-1")))  # not theirs
    assert not refused(plaza.resident("r_0009", AppealMeasure(id="a1", measure="M-1")))
    assert refused(plaza.resident("r_0009", AppealMeasure(id="a2", measure="M-1")))
    decide = DecideConductAppeal(id="d", measure="M-1", upheld=False)
    assert refused(plaza.by("moderator", decide))
    police = plaza.world.roster.holder("department_head", plaza.now_ms, "police")
    assert police is not None and refused(plaza.command(decide, Actor("person", police.id, "department_head")))
    events = plaza.by("department_head", decide)
    assert of(events, ConductAppealDecided)
    assert of(events, MeasureEnded)
    assert of(plaza.enter("r_0009"), AvatarEntered)


def test_silence_on_an_appeal_takes_no_right_away(plaza: Plaza) -> None:
    plaza.by("moderator", measure(plaza.avatar("r_0009"), "ban", "fraud", 30 * 24 * 60))
    plaza.resident("r_0009", AppealMeasure(id="a1", measure="M-1"))
    assert not of(plaza.wait(71 * HOUR_S, step_s=3600), MeasureEnded)
    ended = of(plaza.wait(2 * HOUR_S, step_s=3600), MeasureEnded)
    assert [event.how for event in ended] == ["undecided"]
    assert of(plaza.enter("r_0009"), AvatarEntered)


def test_an_unfounded_report_is_dismissed_with_a_ground(plaza: Plaza) -> None:
    plaza.resident("r_0000", ReportConduct(id="r", place=P, about=plaza.avatar("r_0001"), conduct="spam"))
    assert refused(plaza.by("moderator", DismissReport(id="x", report="R-9", ground="no_evidence")))
    closed = of(plaza.by("moderator", DismissReport(id="d", report="R-1", ground="within_the_code")), ReportClosed)
    assert closed[0].unfounded == "within_the_code" and not of(plaza.events, MeasureTaken)


def test_a_full_place_gives_numbers_and_lets_in_by_them() -> None:
    plaza = plaza_in_a_folder(smaller=4)
    plaza.enter(*(f"r_{n:04d}" for n in range(9)))
    assert plaza.inside() == ["r_0000", "r_0001", "r_0002", "r_0003"]
    assert [event.number for event in of(plaza.events, EntryQueued)] == [1, 2, 3, 4]
    full = of(plaza.events, EntryRefused)
    assert [(event.person, event.ground) for event in full] == [("r_0008", "full")] and full[0].reason
    plaza.leave("r_0001")
    assert plaza.inside() == ["r_0000", "r_0002", "r_0003", "r_0004"]
    plaza.leave("r_0005")  # gives up waiting
    plaza.by("moderator", OpenMoreRoom(id="o", place=P, on=True))
    assert plaza.inside()[4:] == ["r_0006", "r_0007"]


def test_a_crew_that_sets_up_more_rooms_lets_people_in() -> None:
    plaza = plaza_in_a_folder(smaller=4)
    plaza.enter(*(f"r_{n:04d}" for n in range(6)))
    plaza.cases = {"C-0001": P, "C-0002": "metro"}
    done = TaskDone(case="C-0002", unit="platform_team_1", order="o1", task="open_rooms", number=0)
    assert len(plaza.do(done)) == 0
    done = TaskDone(case="C-0001", unit="platform_team_1", order="o2", task="open_rooms", number=0)
    plaza.do(done)
    assert len(plaza.inside()) == 6


def test_the_duty_chief_closes_a_place_for_a_ground_and_opens_it_again(plaza: Plaza) -> None:
    chief = plaza.world.roster.holder("duty_chief", plaza.now_ms)
    assert chief is not None
    plaza.command(ClosePlace(id="c", place=P, ground="emergency"), Actor("person", chief.id, "duty_chief"))
    assert plaza.inside() == []
    assert of(plaza.enter("r_0001"), EntryRefused)
    assert not refused(plaza.by("moderator", ReopenPlace(id="o", place=P)))
    assert of(plaza.enter("r_0001"), AvatarEntered)


def test_nothing_is_kept_of_who_was_erased(plaza: Plaza) -> None:
    plaza.resident("r_0005", SayInPlace(id="s", place=P, phrase="hello"))
    plaza.resident("r_0005", ReportConduct(id="r", place=P, about=plaza.avatar("r_0001"), conduct="spam"))
    plaza.by("moderator", measure(plaza.avatar("r_0005"), "ban", "threat", 600))
    plaza.do(PersonErased(person="r_0005", ground="request"))
    kept = plaza.desk.book.state
    assert not kept.reports and not kept.measures and not kept.places[P].said
    assert plaza.desk.snapshot().count(b"r_0005") == 1  # that they were erased
    assert [event.ground for event in of(plaza.enter("r_0005"), EntryRefused)] == ["erased"]


people = st.integers(0, 7).map(lambda n: f"r_{n:04d}")
deeds = st.lists(
    st.tuples(
        st.sampled_from(
            ["in", "out", "enter", "leave", "report", "mute", "remove", "ban", "wait", "more", "appeal", "head"]
        ),
        people, people, st.integers(0, 3000), st.sampled_from(["harassment", "threat", "spam"]),
    ),
    max_size=40,
)  # fmt: skip


@given(deeds)
@settings(max_examples=20)
def test_whatever_happens_nobody_loses_a_right_to_software_and_no_place_holds_too_many(
    story: list[tuple[str, str, str, int, Conduct]],
) -> None:
    """Never more inside than it holds; muted and banned by a named person alone; every ban ends, and has an end."""
    plaza = plaza_in_a_folder(count=8, smaller=3)
    state, opened = plaza.desk.book.state, False
    for step, (what, who, other, number, ground) in enumerate(story):
        _deed(plaza, f"c{step}", what, who, other, number, ground)
        for place in state.places:
            opened = opened or state.places[place].more
            assert len(state.places[place].avatars) <= (4 if opened else 3)
            waiting = [one.person for one in state.places[place].waiting]
            assert not set(waiting) & set(state.places[place].avatars) and len(set(waiting)) == len(waiting)
        inside = [one for place in state.places for one in plaza.inside(place)]
        assert len(inside) == len(set(inside))  # nobody is in two places
    for event in of(plaza.events, MeasureTaken):
        assert event.actor.kind == "person" and event.moderator and event.actor.post == "moderator"
        lasts = event.step in ("mute", "ban")
        assert lasts == (event.until_ms > 0)
    out = [event for event in of(plaza.events, AvatarLeft) if event.ground in ("removed", "banned")]
    assert all(event.actor.kind in ("person", "resident") for event in out)
    plaza.now_ms += 31 * 24 * HOUR_S * 1000
    plaza.wait(1)
    assert not any(one.in_force for one in state.measures.values())
    assert not [
        event
        for event in plaza.enter(*(f"r_{n:04d}" for n in range(8)))
        if isinstance(event, EntryRefused) and event.ground == "banned"
    ]
    kept = plaza.desk.snapshot()
    plaza.desk.restore(kept)
    assert plaza.desk.snapshot() == kept


def _deed(plaza: Plaza, id: str, what: str, who: str, other: str, number: int, ground: Conduct) -> None:
    state = plaza.desk.book.state
    about = state.places[P].avatars[other].id if other in state.places[P].avatars else "A-999"
    match what:
        case "in":
            plaza.enter(who, other, place=(P, "virtual_hall")[number % 2])
        case "out":
            plaza.leave(who, other, place=(P, "virtual_hall")[number % 2])
        case "enter":
            plaza.resident(who, EnterPlace(id=id, place=P))
        case "leave":
            plaza.resident(who, LeavePlace(id=id, place=P))
        case "report":
            plaza.resident(who, ReportConduct(id=id, place=P, about=about, conduct=ground))
        case "mute" | "remove" | "ban" as what:
            minutes = 0 if what == "remove" else number
            plaza.by("moderator", measure(about, what, ground, minutes, id), person="p-301")
        case "wait":
            plaza.wait(1 + number)
        case "more":
            plaza.by("moderator", OpenMoreRoom(id=id, place=P, on=bool(number % 2)), person="p-301")
        case "appeal":
            for measure_id in list(state.measures):
                plaza.resident(who, AppealMeasure(id=f"{id}{measure_id}", measure=measure_id))
        case _:
            for measure_id in list(state.measures):
                decide = DecideConductAppeal(id=f"{id}{measure_id}", measure=measure_id, upheld=bool(number % 2))
                plaza.by("department_head", decide)


def test_reports_from_phones_in_one_batch_have_numbers_of_their_own(plaza: Plaza) -> None:
    from twin.formats.civic import PlaceWord  # noqa: PLC0415

    about = plaza.avatar("r_0009")
    word = PlaceWord(place=P, word="report", subject=about, conduct="threat")
    events = plaza.say(*(plaza.phone(f"r_{n:04d}", word) for n in range(4)))
    made = of(events, ConductReported)
    assert [event.report for event in made] == ["R-1", "R-2", "R-3", "R-4"]
