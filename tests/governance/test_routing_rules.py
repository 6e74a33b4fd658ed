"""Routing as data: every rule tried says why it lost, and no match lands on a named person's desk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from governance_bench import CHIEF, CONFIG, DISPATCHER, START_MS, Bench, crossing, flood, world_of

from services.collaboration.roster import Roster
from services.facts.base import CommandRefused
from services.facts.governance import CaseRouted, CaseUnrouted, RouteCase, UnitDispatched
from services.governance.case import CaseState
from services.governance.desks import Governance
from services.governance.jurisdiction import Jurisdictions
from services.governance.routing import RoutingDesk
from services.governance.rule_terms import Question
from services.governance.rulebook import Rulebook
from services.governance.rules import load_rules
from services.governance.rules_check import Ground, faults
from twin.city.catalogue import load_catalogue
from twin.city.model import City
from twin.core.errors import ConfigError

RULE = """
[[rules]]
id = "{id}"
name = {{ en = "a", zh = "甲" }}
department = "{department}"
author = "duty_chief"
effective = {effective}
when = {{ {when} }}
"""


SPOT = (400.0, 300.0)  # where :func:`flood` is


def rules(governance: Governance, tmp_path: Path, *texts: str) -> Governance:
    path = tmp_path / "routing.toml"
    path.write_text("".join(texts))
    loaded = load_rules(path, governance.world.departments, governance.scenes)
    return replace(governance, rules=loaded)


def rule(id: str, department: str = "@lead", when: str = "", effective: str = "2026-01-01") -> str:
    return RULE.format(id=id, department=department, when=when, effective=effective)


def test_the_trace_names_every_rule_tried(bench: Bench) -> None:
    bench.notice(crossing("overflowing_bin/fill", "d10", 310.0, 410.0, value=0.95))
    routed = bench.last(CaseRouted)
    lost = [tried for tried in routed.tried if not tried.won]
    assert routed.tried[-1].won and routed.tried[-1].rule == routed.rule == "R-060"
    assert [tried.rule for tried in lost] == ["R-010", "R-020", "R-030", "R-040", "R-050", "R-055"]
    assert all(tried.why.msgid for tried in lost)
    assert routed.actor.post == "dispatcher" and routed.actor.holder == "p-005"


def test_a_component_goes_to_its_owner(bench: Bench) -> None:
    bench.notice(crossing("displaced_cover/tilt", "d09", 300.0, 402.0, value=40.0))
    assert (bench.last(CaseRouted).rule, bench.last(CaseRouted).department) == ("R-030", "urban_management")


def test_no_match_is_an_explicit_result_for_the_chief(grid_city: City, governance: Governance, tmp_path: Path) -> None:
    bench = Bench(grid_city, rules(governance, tmp_path, rule("A", when='scenes = ["fire"]')))
    bench.notice(flood())
    unrouted = bench.last(CaseUnrouted)
    assert unrouted.owner == "p-001" == bench.case().owner
    assert [(tried.rule, tried.won, tried.why.msgid) for tried in unrouted.tried] == [("A", False, "another scene")]
    assert not bench.of(bench.events, (UnitDispatched,))
    bench.command(RouteCase(id="c1", actor=CHIEF, case="C-0001", department="water"))
    assert bench.last(CaseRouted).rule == "by hand"
    assert bench.case().state is CaseState.PENDING_HANDLE
    wrong = bench.command(RouteCase(id="c2", actor=DISPATCHER, case="C-0001", department="circus"))
    assert isinstance(wrong[0], CommandRefused)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (rule("A", when='codes = ["06"]'), "code {code} is not among {codes}"),
        (rule("A", when='place_kinds = ["metro"]'), "not at such a place"),
        (rule("A", when='districts = ["elsewhere"]'), "district {district} is not named"),
        (rule("A", when="at_least = 1"), "not grave enough"),
        (rule("A", when="hours = [20, 8]"), "not between {first}:00 and {last}:00"),
        (rule("A", when="owned = true"), "no component with an owner is concerned"),
        (rule("A", effective="2030-01-01"), "not in force before {date}"),
        (rule("A", department="sanitation"), "{department} has no unit for it"),
        (rule("A", department="@owner"), "it names no department here"),
        (
            rule("A", when='signals = [{ signal = "level", least = 0.3 }]'),
            "the evidence shows no such signal: {signals}",
        ),
        (rule("A", when='subdistricts = ["elsewhere"]'), "subdistrict {subdistrict} is not named"),
        (rule("A", when='tiers = ["district"]'), "handled at another tier"),
        (rule("A", when="weekdays = [1, 2, 3, 4, 5]"), "not on this day of the week"),
        (rule("A", when="working = true"), "outside working hours"),
        (rule("A", when='owners = ["water"]'), "the component has another owner, or none"),
        (rule("A", when='maintainers = ["water"]'), "another department, or none, keeps the component in repair"),
        (rule("A").replace("[[rules]]\n", "[[rules]]\nuntil = 2026-02-01\n"), "not in force after {date}"),
    ],
)
def test_each_condition_can_lose(grid_city: City, governance: Governance, tmp_path: Path, text: str, why: str) -> None:
    bench = Bench(grid_city, rules(governance, tmp_path, text, rule("B")))
    bench.notice(flood())
    tried = bench.last(CaseRouted).tried
    assert [(one.rule, one.won) for one in tried] == [("A", False), ("B", True)]
    assert tried[0].why.msgid == why


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (rule("A", department="circus"), "rules[0].department"),
        (rule("A", department="@anybody"), "rules[0].department"),
        (rule("A", when='scenes = ["ufo"]'), "rules[0].when.scenes"),
        (rule("A") + rule("A"), "rules[1].id"),
        (rule("A", when='code = "x"'), "unknown field"),
        (rule("A", when='owners = ["circus"]'), "rules[0].when.owners"),
        (rule("A", when='signals = [{ signal = "nothing" }]'), "rules[0].when.signals"),
        (rule("A", when="weekdays = [8]"), "weekdays"),
    ],
)
def test_faulty_rules_name_file_and_key(governance: Governance, tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(ConfigError) as caught:
        rules(governance, tmp_path, text)
    assert "routing.toml" in str(caught.value) and fault in str(caught.value)


def test_the_shipped_rules_always_find_somebody(grid_city: City, governance: Governance) -> None:
    assert governance.rules.rules[-1].department == "@lead" and not governance.rules.rules[-1].when.scenes
    world = world_of(grid_city)
    ground = Ground(world.departments, governance.scenes, None, load_catalogue().taxonomy)
    assert faults(CONFIG / "routing.toml", ground) == []
    assert load_rules(CONFIG / "routing.toml", world.departments, governance.scenes) == governance.rules


def test_a_condition_that_holds_lets_the_rule_win(grid_city: City, governance: Governance, tmp_path: Path) -> None:
    when = 'signals = [{ signal = "flooded_underpass/level", least = 0.1, most = 0.5 }], working = false'
    bench = Bench(grid_city, rules(governance, tmp_path, rule("A", when=when), rule("B")))
    bench.notice(flood(0.2))
    routed = bench.last(CaseRouted)
    assert (routed.rule, routed.author, routed.effective, routed.until) == ("A", "duty_chief", "2026-01-01", "")


def test_a_department_with_nobody_on_duty_loses(grid_city: City, governance: Governance, tmp_path: Path) -> None:
    world = world_of(grid_city)
    asleep = replace(
        world,
        roster=Roster(
            tuple(one for one in world.roster.people if all(duty.department != "water" for duty in one.duties)),
            grid_city.meta.time_zone,
        ),
    )
    ours = rules(governance, tmp_path, rule("A", department="water"), rule("B", department="police")).rules
    book = Rulebook(ours, world.departments, asleep.roster, grid_city, lambda _: True)
    found = book.ask(Question(code="02007", severity=3, city_ms=START_MS, district="", subdistrict=""))
    assert [one.why.msgid for one in found.tried] == [
        "{department} has nobody on duty",
        "all conditions hold: {department}",
    ]


def test_near_a_border_where_the_answer_differs_a_person_is_asked(
    grid_city: City, governance: Governance, tmp_path: Path
) -> None:
    ground = Jurisdictions(grid_city)
    cell = Bench(grid_city).cases.lookup.cell(*SPOT)
    near = ground.around(*SPOT, cell, 150.0)
    assert len(near) > 1 and near[1].away_m < 150
    text = rule("A", department="water", when=f'subdistricts = ["{near[1].subdistrict}"]')
    bench = Bench(grid_city, rules(governance, tmp_path, "tolerance_m = 150.0\n", text))
    bench.notice(flood())
    asked = bench.last(CaseUnrouted)
    assert asked.owner == "p-001" and not bench.of(bench.events, (CaseRouted, UnitDispatched))
    assert [one.department for one in asked.contenders] == ["", "water"]
    assert not any(tried.won for tried in asked.tried)
    assert asked.why is not None and "another jurisdiction" in asked.why.msgid
    desk: RoutingDesk = bench.desk(RoutingDesk)
    assert [entry.owner for entry in desk.queue()] == ["p-001"]
    assert len(list(desk.sections("C-0001"))) == 1
    assert [action.fixed["department"] for action in desk.actions("C-0001")] == ["water"]
    again = desk.snapshot()
    desk.restore(again)
    assert desk.snapshot() == again
    bench.command(RouteCase(id="c1", actor=CHIEF, case="C-0001", department="water"))
    assert bench.last(CaseRouted).department == "water" and not desk.queue()


def test_a_border_that_changes_nothing_is_no_question(grid_city: City, governance: Governance, tmp_path: Path) -> None:
    bench = Bench(grid_city, rules(governance, tmp_path, "tolerance_m = 500.0\n", rule("A", department="water")))
    bench.notice(flood())
    assert bench.last(CaseRouted).department == "water"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (rule("A") + rule("B", when='scenes = ["fire"]'), "rules[1] (B): never reached: A takes all"),
        (rule("A", when='codes = ["01"]') + rule("B", when='codes = ["01003"]') + rule("Z"), "rules[1] (B): never"),
        (rule("A", when="hours = [6, 22]") + rule("B", when="hours = [8, 12]") + rule("Z"), "rules[1] (B): never"),
        (
            rule("A", department="sanitation", when='scenes = ["fire"]') + rule("Z"),
            "department (A): 'sanitation' has no",
        ),
        (rule("A", when='scenes = ["fire"], codes = ["06"]') + rule("Z"), "none of its scenes"),
        (rule("A", when='codes = ["777"]') + rule("Z"), "no class begins with '777'"),
        (rule("A", when='districts = ["atlantis"]') + rule("Z"), "no district 'atlantis'"),
        (rule("A", when='subdistricts = ["atlantis"]') + rule("Z"), "no subdistrict 'atlantis'"),
        (rule("A", when="at_least = 1"), "scene 'fire' may match no rule"),
        (rule("A", department="circus") + rule("Z"), "rules[0].department: no department 'circus'"),
        (rule("A", when='owned = false, owners = ["water"]') + rule("Z"), "contradict each other"),
        (rule("A", when="hours = [8, 8]") + rule("Z"), "every hour"),
    ],
)
def test_the_check_names_file_and_key(
    grid_city: City, governance: Governance, tmp_path: Path, text: str, fault: str
) -> None:
    path = tmp_path / "routing.toml"
    path.write_text(text)
    found = faults(path, Ground(governance.world.departments, governance.scenes, grid_city, load_catalogue().taxonomy))
    assert any(fault in one and str(path) in one for one in found), found


def test_a_narrower_rule_before_a_wider_one_is_no_fault(
    grid_city: City, governance: Governance, tmp_path: Path
) -> None:
    path = tmp_path / "routing.toml"
    path.write_text(
        rule("A", when='codes = ["01003"]', department="urban_management") + rule("B", when="at_least = 2") + rule("Z")
    )
    assert faults(path, Ground(governance.world.departments, governance.scenes, grid_city)) == []
