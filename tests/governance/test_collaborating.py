"""What collaboration is told of governance: cases, playbooks, evidence, units, roads."""

from __future__ import annotations

from typing import Any

from governance_bench import CHIEF, Bench, flood

from services.collaboration.boards import Boards
from services.collaboration.duty import DutyDesk
from services.collaboration.requests import RequestDesk
from services.collaboration.rooms import RoomDesk
from services.facts.duty import HandOverShift
from services.facts.governance import CaseClosed, CaseOpened, CloseByForce, UnitDispatched
from services.facts.meetings import OpenRoom, RoomClosed
from services.facts.working import AskDepartment, RequestLapsed, RequestSent
from services.governance.collaborating import CasesSeen
from twin.core.text import Name, Text
from twin.core.views import Card, Table

ASK: dict[str, Any] = {
    "department": "landscape", "what": "Clear the grating", "respond_minutes": 10, "finish_minutes": 60,
}  # fmt: skip


def page(bench: Bench, kind: str, id: str) -> Card:
    card: Card | None = bench.desk(Boards).page(kind, id, bench.now_ms)
    assert card is not None
    return card


def test_the_room_shows_the_evidence_of_the_case(bench: Bench) -> None:
    bench.notice(flood(0.4))
    case = bench.last(CaseOpened).case
    if bench.desk(RoomDesk).room(case) is None:
        bench.command(OpenRoom(id="o", actor=CHIEF, case=case))
    card = page(bench, "room", case)
    shown = [section for section in card.sections if section.title == Text("Evidence")]
    assert isinstance(shown[0], Table) and len(shown[0].rows) == len(bench.case(case).evidence)
    assert any(section.title == Text("History") for section in card.sections)
    parties = {row[0].en for row in card.sections[0].rows if isinstance(row[0], Name)}  # type: ignore[union-attr]
    assert {"City Operations Centre", "Water Affairs"} <= parties


def test_the_scenes_playbook_is_asked_for_once(bench: Bench) -> None:
    bench.notice(flood(0.4))
    case = bench.case()
    scene = bench.cases.scenes.of(case)
    reached = {"filed"} | ({"dispatched"} if bench.of(bench.events, (UnitDispatched,)) else set())
    wanted = [
        one.department
        for one in scene.requests
        if one.at in reached and not 0 < one.at_least < case.severity and one.department != case.department
    ]
    sent = [event.to_department for event in bench.of(bench.events, (RequestSent,))]
    assert sorted(sent) == sorted(wanted)


def test_what_was_asked_lapses_when_the_chief_closes_by_force(bench: Bench) -> None:
    bench.notice(flood(0.4))
    case = bench.last(CaseOpened).case
    bench.command(AskDepartment(id="a", actor=CHIEF, case=case, **ASK))
    bench.desk(RoomDesk).room(case) or bench.command(OpenRoom(id="o", actor=CHIEF, case=case))
    bench.command(CloseByForce(id="f", actor=CHIEF, case=case, why_forced="Test of the evening"))
    assert bench.last(CaseClosed).outcome == "untested"
    assert not list(bench.desk(RequestDesk).open()) and bench.last(RequestLapsed).case == case
    assert bench.last(RoomClosed).case == case
    assert any("closed by force" in str(line.words) for line in bench.desk(DutyDesk).lines)


def test_an_owner_and_an_offer_are_passed_on(bench: Bench) -> None:
    bench.notice(flood(0.4))
    case = bench.case()
    seen = CasesSeen(bench.cases, bench.board.card, lambda scene, step: False)
    view = seen.view(case.id)
    assert view is not None
    assert (view.owner, view.post, view.held_by) == (
        case.holder.person, case.holder.post, case.holder.department,
    )  # fmt: skip
    assert view.rule == "" and view.offered_to == (case.offer.to_post if case.offer else "")
    assert seen.running(case.id, "handle") == any(one.name == "handle" and one.running for one in case.clocks)
    assert seen.view("C-0099") is None and not seen.planned("C-0099") and not seen.evidence("C-0099")


def test_the_board_knows_who_is_out(bench: Bench) -> None:
    bench.notice(flood(0.4))
    sent = bench.last(UnitDispatched)
    card = page(bench, "department", sent.department)
    units = next(one for one in card.sections if isinstance(one, Table) and one.title == Text("Units"))
    out = [row for row in units.rows if row[3] == sent.case]
    assert len(out) == 1 and out[0][2] == bench.case(sent.case).where
    text = bench.desk(DutyDesk).draft(bench.now_ms)
    assert any(sent.case in sentence.evidence for sentence in text)
    refused = bench.command(HandOverShift(id="h", actor=CHIEF))
    assert refused[0].why == Text("a shift is handed over at most {minutes} min before its end", {"minutes": 60})


def test_every_desk_comes_back_from_its_snapshot(bench: Bench) -> None:
    bench.notice(flood(0.4))
    bench.command(AskDepartment(id="a", actor=CHIEF, case=bench.case().id, **ASK))
    before = bench.snapshots()
    for desk in bench.desks:
        desk.restore(before[desk.name])
    assert bench.snapshots() == before
