"""Who reported it is asked whether it is solved; a no opens the case again; silence is noticed."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest
from governance_bench import CONFIG, Bench, crossing, flood, world_of

from services.facts.base import Event
from services.facts.casework import CaseReopened, FollowedUp, FollowUpDue, ResidentAsked
from services.facts.governance import CaseClosed
from services.governance.case import CaseState
from services.governance.desks import governance_desks
from services.governance.follow_ups import FollowUpDesk
from services.governance.measures import measure
from services.governance.measures_desk import CityAreas, MeasuresDesk
from twin.city.model import City
from twin.city.residents import register
from twin.formats.civic import Inquiry, PersonReply
from twin.state.batch import PersonSaid

CALM = {"flooded_underpass/level": "calm", "flooded_underpass/deep": "calm"}


@pytest.fixture
def asking(grid_city: City) -> Bench:
    """A bench whose register has residents; the first of them reports a flood that sensors see too."""
    residents = {one.id: one for one in register(grid_city, 7, 20)}
    bench = Bench(grid_city, governance_desks(replace(world_of(grid_city), residents=residents), CONFIG))
    bench.notice(flood())
    person = next(iter(residents))
    said = crossing("flooded_underpass/report", f"person:{person}/{bench.now_ms}", 400.0, 300.0)
    bench.notice(msgspec.structs.replace(said, source=person, message=f"report:{person}@{said.observed_ms}"))
    bench.report("acknowledged")
    bench.report("working")
    bench.report("done")
    bench.senses.verdicts.update(CALM)  # type: ignore[arg-type]
    bench.tick(30)
    assert bench.case().state is CaseState.CLOSED
    return bench


def asked(bench: Bench) -> ResidentAsked:
    bench.tick(299)
    assert not bench.of(bench.events, (ResidentAsked,)), "not at once"
    (event,) = bench.of(bench.tick(2), (ResidentAsked,))
    assert isinstance(event, ResidentAsked) and not bench.of(bench.tick(60), (ResidentAsked,)), "once"
    return event


def answer(bench: Bench, inquiry: str, person: str, solved: bool, satisfied: bool = False) -> list[Event]:
    body = PersonReply(inquiry=inquiry, solved=solved, satisfied=satisfied)
    return bench.batch(PersonSaid(person=person, body=body, observed_ms=bench.now_ms, provenance=1))


def test_who_reported_it_is_asked_by_phone_and_a_yes_is_counted(asking: Bench) -> None:
    event = asked(asking)
    sent = next(one for one in asking.sent if one.topic == f"person/{event.pseudonym}/ask")
    inquiry = msgspec.json.decode(sent.payload, type=Inquiry)
    assert (inquiry.inquiry, inquiry.case, inquiry.reported_ms) == (event.inquiry, "C-0001", event.reported_ms)
    before = asking.snapshots()
    for desk in asking.desks:
        desk.restore(before[desk.name])
    assert asking.snapshots() == before, "a question survives a restart"
    said = asking.of(answer(asking, event.inquiry, event.person, True, True), (FollowedUp,))
    assert said[0].actor.kind == "resident" and said[0].satisfied
    assert asking.case().state is CaseState.CLOSED and asking.case().follow_up is not None
    assert not answer(asking, event.inquiry, event.person, False), "one answer to one question"
    book = asking.desk(MeasuresDesk).book
    (city,) = measure(book, asking.now_ms, "city", CityAreas(asking.city))
    assert city.figures["resident_verified"].value == 1.0


def test_a_residents_no_opens_the_case_again_and_a_checker_has_to_agree(asking: Bench) -> None:
    event = asked(asking)
    events = answer(asking, event.inquiry, event.person, False)
    (again,) = asking.of(events, (CaseReopened,))
    assert again.actor.kind == "resident" and asking.case().state in (
        CaseState.PENDING_DISPATCH, CaseState.PENDING_HANDLE,
    )  # fmt: skip
    assert "checker" in asking.case().truths and asking.case().holder.person, "owned from the first moment"


def test_nobody_else_answers_and_nothing_comes_of_an_unknown_question(asking: Bench) -> None:
    event = asked(asking)
    assert not answer(asking, event.inquiry, "r-999", False)
    assert not answer(asking, "C-0001/9/r-1", event.person, False)


def test_silence_is_noticed_when_the_follow_up_is_due(asking: Bench) -> None:
    asked(asking)
    closed_ms = next(turn.city_ms for turn, one in zip(asking.times, asking.events, strict=True)
                     if isinstance(one, CaseClosed))  # fmt: skip
    asking.now_ms = closed_ms + 24 * 3_600_000 - 1_000
    assert not asking.of(asking.tick(0.5), (FollowUpDue,))
    assert asking.of(asking.tick(1), (FollowUpDue,)) and not asking.of(asking.tick(600), (FollowUpDue,))
    assert any("Follow-up is due" in str(one.text) for one in asking.board.alerts())
    assert not asking.desk(FollowUpDesk)._state.closed["C-0001"].due_ms >= 0
