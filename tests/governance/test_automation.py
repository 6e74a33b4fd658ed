"""How much a scene's rules may do is set by a named person, is on record, and shows on the scenes' pages."""

from __future__ import annotations

import pytest
from governance_bench import CHIEF, DISPATCHER, Bench, flood

from services.facts import governance
from services.facts.base import Actor, Command, CommandRefused
from services.facts.casework import AutomationSet, FalseAlarmNoted, PostStaffed, SetAutomation, StaffPost
from services.facts.governance import CaseOpened
from services.governance.automation import AutomationDesk
from services.governance.automation_levels import Tally
from services.governance.suggestions import SuggestionDesk
from twin.core.text import Text
from twin.core.views import Action, Table

ACCEPTOR = Actor("person", "p-003", "acceptor")
COLLEAGUE = Actor("colleague", "colleague/duty_chief", "duty_chief", "p-001")


@pytest.fixture
def desk(bench: Bench) -> AutomationDesk:
    found: AutomationDesk = bench.desk(AutomationDesk)
    return found


def setting(level: str, actor: Actor = DISPATCHER, scene: str = "fire") -> SetAutomation:
    return SetAutomation(id=f"s/{level}", actor=actor, scene=scene, level=level, why_level="too many")  # type: ignore[arg-type]


def test_a_level_is_the_files_until_somebody_sets_it(bench: Bench, desk: AutomationDesk) -> None:
    assert desk.level("fire") == "automatic"
    (said,) = bench.command(setting("manual"))
    assert isinstance(said, AutomationSet)
    assert (said.actor, said.reason) == (DISPATCHER, "too many")
    assert desk.level("fire") == "manual"
    assert desk.level("lamp_circuit") == "automatic"
    assert desk.level("a scene that is gone") == "manual"
    fire = desk.scenes["fire"]
    assert [desk.permits(fire, step) for step in ("accept", "file", "dispatch")] == [False] * 3
    assert desk.permits(fire, "close")
    bench.command(setting("automatic", CHIEF))
    assert desk.permits(fire, "accept")
    assert bench.snapshots()["automation"] == _again(bench, desk)


def _again(bench: Bench, desk: AutomationDesk) -> bytes:
    before = desk.snapshot()
    desk.restore(before)
    return desk.snapshot()


@pytest.mark.parametrize(
    "command",
    [
        setting("manual", COLLEAGUE),
        setting("manual", Actor("person", "p-003", "acceptor")),
        setting("automatic"),
        setting("manual", scene="nothing"),
        StaffPost(id="1", actor=CHIEF, post="king", department="", colleague=True),
        StaffPost(id="2", actor=CHIEF, post="handler", department="nobody", colleague=True),
        StaffPost(id="3", actor=CHIEF, post="acceptor", department="water", colleague=True),
        StaffPost(id="4", actor=COLLEAGUE, post="acceptor", department="", colleague=True),
    ],
)
def test_what_may_not_be_set_is_refused_with_a_reason(bench: Bench, command: Command) -> None:
    (refused,) = bench.command(command)
    assert isinstance(refused, CommandRefused)
    assert refused.why is not None


def test_a_post_is_filled_by_a_colleague_or_by_a_person(bench: Bench, desk: AutomationDesk) -> None:
    assert desk.staffed("handler", "water") is None
    (said,) = bench.command(StaffPost(id="1", actor=CHIEF, post="handler", department="", colleague=True))
    assert isinstance(said, PostStaffed)
    assert desk.staffed("handler", "water") is True
    bench.command(StaffPost(id="2", actor=CHIEF, post="handler", department="water", colleague=False))
    assert desk.staffed("handler", "water") is False
    assert desk.staffed("handler", "police") is True
    assert desk.staffed("acceptor") is None


def test_alarms_are_counted_and_one_click_leads_back_to_manual(bench: Bench, desk: AutomationDesk) -> None:
    opened = [event for event in bench.notice(flood()) if isinstance(event, CaseOpened)]
    assert [event.scene for event in opened] == ["flooded_underpass"]
    assert desk.tally("flooded_underpass") == Tally(fired=1, real=1)
    assert desk.open("flooded_underpass") == (opened[0].case,)
    desk.apply(FalseAlarmNoted(actor=CHIEF, case=opened[0].case, scene="flooded_underpass"), bench.times[-1])
    assert desk.tally("flooded_underpass") == Tally(fired=1, false=1)
    assert desk.tally("flooded_underpass").precision == 0.0

    page = desk.page("scenes", "", bench.now_ms)
    assert page is not None
    table = page.sections[0]
    assert isinstance(table, Table)
    assert len(table.rows) == len(desk.scenes) == len(table.links) == len(table.acts)
    assert ("scene", "flooded_underpass") in table.links
    one = desk.page("scene", "flooded_underpass", bench.now_ms)
    assert one is not None
    assert {action.fixed["level"] for action in one.actions} == {"manual", "assisted"}
    assert all(action is not None and not action.asks for action in (*table.acts, *one.actions))
    assert {action.fixed["level"] for action in table.acts if action is not None} == {"manual"}
    assert ("case", opened[0].case) in [page[:2] for page in one.pages]
    assert desk.page("scene", "nothing", bench.now_ms) is None
    card = next(card for card in bench.board.cards() if card.id == opened[0].case)
    assert [action.fixed["level"] for action in card.actions if action.command == "SetAutomation"] == ["manual"]
    bench.command(setting("manual", scene="flooded_underpass"))
    assert list(desk.actions(opened[0].case)) == []
    again = desk.page("scenes", "", bench.now_ms)
    assert again is not None
    assert isinstance(again.sections[0], Table)
    levels = [action.fixed["level"] for action in again.sections[0].acts if action is not None]
    assert sorted(levels) == ["automatic", *["manual"] * (len(desk.scenes) - 1)]


def test_assisted_rules_suggest_and_a_person_decides_in_one_click(bench: Bench, desk: AutomationDesk) -> None:
    bench.command(setting("assisted", scene="flooded_underpass"))
    case = next(event for event in bench.notice(flood()) if isinstance(event, CaseOpened)).case
    suggestions = bench.desk(SuggestionDesk)
    followed: list[str] = []
    while (found := suggestions.of(case, bench.now_ms)) is not None and len(followed) < 5:
        (action,) = suggestions.actions(case)
        assert (action.command, action.fixed, action.asks) == (found.command, found.fixed, {})
        assert list(suggestions.sections(case))
        actor = ACCEPTOR if "acceptor" in found.posts else DISPATCHER
        command = getattr(governance, found.command)(id=f"do/{len(followed)}", actor=actor, **found.fixed)
        assert not any(isinstance(event, CommandRefused) for event in bench.command(command))
        followed.append(found.command)
    assert followed[-1] == "AssignUnit"
    bench.command(setting("automatic", scene="flooded_underpass"))
    assert suggestions.of(case, bench.now_ms) is None


def test_a_post_goes_to_a_person_and_back_in_one_click(bench: Bench, desk: AutomationDesk) -> None:
    def row(post: str) -> tuple[str, Action]:
        card = desk.page("scenes", "", bench.now_ms)
        assert card is not None
        table = next(
            one for one in card.sections if isinstance(one, Table) and one.acts and one.columns[0] == Text("Post")
        )
        words = {str(cells[0]): (cells[1], act) for cells, act in zip(table.rows, table.acts, strict=True)}
        filled, act = words[str(Text(post))]
        assert isinstance(filled, Text) and act is not None
        return filled.msgid, act

    for expected, wanted in (("as this run began", False), ("a person", True), ("an automatic colleague", False)):
        filled, act = row("dispatcher")
        assert filled == expected and act.fixed["colleague"] is wanted and act.posts == ("duty_chief",)
        fields = {"post": "dispatcher", "department": "", "colleague": wanted}
        assert act.fixed == fields
        (said,) = bench.command(StaffPost(id=f"p/{expected}", actor=CHIEF, **fields))  # type: ignore[arg-type]
        assert isinstance(said, PostStaffed) and desk.staffed("dispatcher") is wanted
