"""What a case's card shows of collaboration, the departments' pages, alerts, and the faults of the settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from working_bench import CONFIG, DISPATCHER, FIRE, GULOU, POLICE, RULE, WATER, Working, a_case, at

from services.collaboration.settings import load_settings
from services.facts.base import Command
from services.facts.governance import ClockOverdue
from services.facts.meetings import OpenRoom
from services.facts.registry import all_facts
from services.facts.working import AnswerRequest, AskDepartment, BlowWhistle, Escalated, FinishRequest, RefuseRequest
from twin.core.errors import ConfigError
from twin.core.text import Name, Text
from twin.core.views import Action, Card, Table

ASK: dict[str, Any] = {"case": "C-0001", "what": "Water", "respond_minutes": 60, "finish_minutes": 90}
BLOW: dict[str, Any] = {"case": "C-0001", "kind": "hard", "departments": ("police",), "why_whistle": "Gas"}


def page(working: Working, kind: str, id: str = "") -> Card:
    card = working.parts.boards.page(kind, id, working.now_ms)
    assert card is not None
    return card


def commands(actions: Any) -> list[str]:
    return [action.command for action in actions]


def table(card: Card, msgid: str) -> Table:
    return next(one for one in card.sections if isinstance(one, Table) and one.title == Text(msgid))


def test_a_case_offers_what_can_be_done_next() -> None:
    working = Working()
    boards = working.parts.boards
    assert commands(boards.actions("C-0001")) == ["AskDepartment", "BlowWhistle", "OpenRoom"]
    assert not list(boards.sections("C-0001"))
    working.give(AskDepartment, FIRE, department="water", **ASK)
    working.give(BlowWhistle, GULOU, **BLOW)
    working.give(OpenRoom, DISPATCHER, case="C-0001")
    assert commands(boards.actions("C-0001")) == [
        "AnswerRequest", "RefuseRequest", "AskDepartment", "ReportIn", "EndWhistle",
    ]  # fmt: skip
    titles = [section.title.msgid for section in boards.sections("C-0001") if isinstance(section.title, Text)]
    assert titles == ["Requests", "Whistle {whistle}", "Scene room"]
    working.give(AnswerRequest, WATER, request="Q-0001", answer="yes")
    assert commands(boards.actions("C-0001"))[0] == "FinishRequest"
    working.give(FinishRequest, WATER, request="Q-0001", result="done")
    assert commands(boards.actions("C-0001"))[0] == "SignOffRequest"
    working.close()
    assert not list(boards.actions("C-0001")) and not list(boards.actions("C-0099"))


def test_every_action_fits_its_command() -> None:
    """Fixed fields and asks are fields of the command, and together all that it needs."""
    working = Working()
    working.give(AskDepartment, FIRE, department="water", **ASK)
    working.give(BlowWhistle, GULOU, **BLOW)
    working.give(OpenRoom, DISPATCHER, case="C-0001")
    actions: list[Action] = list(working.parts.boards.actions("C-0001"))
    for kind, id in (("room", "C-0001"), ("duty", ""), ("department", "water"), ("department", "police")):
        actions += page(working, kind, id).actions
    known = all_facts().by_tag
    for action in actions:
        command = known[action.command]
        fields = set(action.fixed) | set(action.asks)
        assert fields <= set(command.__struct_fields__), action.command
        needed = {one.name for one in msgspec.structs.fields(command) if one.required} - {"id"}
        assert needed <= fields, action.command
        assert set(action.choices) | set(action.numbers) | set(action.many) <= set(action.asks)
        assert action.posts and issubclass(command, Command) and set(action.posts) <= set(command.posts)


def test_the_overview_counts_what_each_department_carries() -> None:
    working = Working()
    working.cases.put(a_case("C-0002", department="water", overdue=True))
    working.give(AskDepartment, FIRE, department="water", **ASK)
    card = page(working, "departments")
    rows = {row[0].en: row for row in table(card, "Load").rows if isinstance(row[0], Name)}
    assert rows["Water Affairs"][2:] == (Name("Luo Dahai", "罗大海"), rows["Water Affairs"][3], 1, 1, 1, 1, 1, 0.5)
    assert rows["District Operations Centre"][1] == Text("district")
    assert ("department", "water") in table(card, "Load").links


def test_a_departments_board_has_its_people_cases_requests_and_units() -> None:
    working = Working(at(28, 10))  # a Saturday
    working.cases.put(a_case("C-0002", department="water", owner="p-007"))
    working.give(AskDepartment, FIRE, department="water", **ASK)
    working.give(BlowWhistle, GULOU, **(BLOW | {"departments": ("water",)}))
    card = page(working, "department", "water")
    assert commands(card.actions) == ["AnswerRequest", "RefuseRequest", "ReportIn"]
    people = {row[0].msgid: row for row in table(card, "Roster").rows if isinstance(row[0], Text)}
    assert people["department handler"][1] == Name("Luo Dahai", "罗大海")
    assert people["department handler"][4] == Name("Jiang Yun", "江芸")
    assert people["department head"][1] == Name("Zhuang Yan", "庄妍")
    assert [row[0] for row in table(card, "Open cases").rows] == ["C-0002"]
    assert [row[0] for row in table(card, "Requests in").rows] == ["Q-0001"]
    assert [row[1] for row in table(card, "Units").rows] == [Text("ready"), Text("at work")]
    assert page(working, "department", "fire_rescue").sections
    assert working.parts.boards.page("department", "circus", working.now_ms) is None
    assert working.parts.boards.page("circus", "", working.now_ms) is None


def test_a_room_that_nobody_opened_says_so() -> None:
    working = Working()
    card = page(working, "room", "C-0001")
    assert card.state == Text("not opened") and commands(card.actions) == ["OpenRoom"]
    assert working.parts.boards.page("room", "C-0099", working.now_ms) is None


def test_alerts_are_told_once_in_every_language() -> None:
    working = Working()
    working.give(AskDepartment, FIRE, department="police", **ASK)
    working.give(RefuseRequest, POLICE, request="Q-0001", why_refused="No car free")
    (alert,) = working.parts.boards.alerts()
    assert alert.card == "C-0001" and alert.severity == 3
    what = alert.text.args["what"]
    assert isinstance(what, Text) and what.msgid == "{request} is refused: {reason}"
    assert not list(working.parts.boards.alerts())


def test_a_clock_of_a_case_goes_up_while_it_runs_and_no_longer() -> None:
    working = Working()
    working.cases.clocks.add(("C-0001", "handle"))
    working.cases.change("C-0001", severity=2)
    working.run(ClockOverdue(actor=RULE, case="C-0001", clock="handle", due_ms=working.now_ms))
    (first,) = working.of(Escalated, working.tick(1))
    assert (first.step, first.to_post, first.to_department, first.what) == (
        1, "department_head", "fire_rescue", "case/handle",
    )  # fmt: skip
    working.restart()
    (second,) = working.of(Escalated, working.tick(30))
    assert (second.to_post, second.person) == ("duty_chief", "p-001")
    assert working.parts.escalation.steps_taken("C-0001") == 2
    working.cases.clocks.clear()
    assert not working.of(Escalated, working.tick(60))


def test_the_leader_hears_of_grave_cases_only() -> None:
    working = Working()
    working.cases.clocks.add(("C-0001", "handle"))
    working.run(ClockOverdue(actor=RULE, case="C-0001", clock="handle", due_ms=working.now_ms))
    for _ in range(100):
        working.tick(1)
    assert [event.to_post for event in working.of(Escalated)] == ["department_head", "duty_chief"]


@pytest.mark.parametrize(
    ("was", "becomes", "fault"),
    [
        ("after_minutes = 30", "after_minutes = 90", r"escalation\[2\]\.after_minutes"),
        ('to = "leader"', 'to = "mayor"', "escalation"),
        ("emergency = 30", "emergency = 0", "whistle.emergency"),
        ("[duty]", "[dutty]", "dutty"),
    ],
)
def test_a_faulty_setting_is_named(tmp_path: Path, was: str, becomes: str, fault: str) -> None:
    path = tmp_path / "collaboration.toml"
    path.write_text((CONFIG / "collaboration.toml").read_text().replace(was, becomes, 1))
    with pytest.raises(ConfigError, match=fault):
        load_settings(path)


def test_what_no_department_has_stands_first_on_the_departments_page() -> None:
    working = Working()
    assert [section.title for section in page(working, "departments").sections] == [Text("Load")]
    working.cases.change("C-0001", department="", unrouted=True)
    waiting = table(page(working, "departments"), "Waiting for a department")
    assert waiting == page(working, "departments").sections[0]
    assert [row[0] for row in waiting.rows] == ["C-0001"] and waiting.links == (("case", "C-0001"),)
