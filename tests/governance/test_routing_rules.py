"""Routing as data: every rule tried says why it lost, and no match lands on a named person's desk."""

from __future__ import annotations

from pathlib import Path

import pytest
from governance_bench import CHIEF, CONFIG, DISPATCHER, Bench, crossing, flood, world_of

from services.facts.base import CommandRefused
from services.facts.governance import CaseRouted, CaseUnrouted, RouteCase, UnitDispatched
from services.governance.case import CaseState
from services.governance.desks import Governance
from services.governance.rules import load_rules
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


def rules(governance: Governance, tmp_path: Path, *texts: str) -> Governance:
    path = tmp_path / "routing.toml"
    path.write_text("".join(texts))
    loaded = load_rules(path, governance.world.departments, governance.scenes)
    return Governance(governance.world, governance.scenes, loaded)


def rule(id: str, department: str = "@lead", when: str = "", effective: str = "2026-01-01") -> str:
    return RULE.format(id=id, department=department, when=when, effective=effective)


def test_the_trace_names_every_rule_tried(bench: Bench) -> None:
    bench.notice(crossing("overflowing_bin/fill", "d10", 310.0, 410.0, value=0.95))
    routed = bench.last(CaseRouted)
    lost = [tried for tried in routed.tried if not tried.won]
    assert routed.tried[-1].won and routed.tried[-1].rule == routed.rule == "R-060"
    assert [tried.rule for tried in lost] == ["R-010", "R-020", "R-030", "R-040", "R-050"]
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
    ],
)
def test_faulty_rules_name_file_and_key(governance: Governance, tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(ConfigError) as caught:
        rules(governance, tmp_path, text)
    assert "routing.toml" in str(caught.value) and fault in str(caught.value)


def test_the_shipped_rules_always_find_somebody(grid_city: City, governance: Governance) -> None:
    assert governance.rules[-1].department == "@lead" and not governance.rules[-1].when.scenes
    world = world_of(grid_city)
    assert load_rules(CONFIG / "routing.toml", world.departments, governance.scenes) == governance.rules
