"""An honest journal is proved; each way to break a rule is named, by the rule that it breaks."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from governance_bench import Bench, flood
from hypothesis import given
from paper_journal import Paper, honest_journals

from services.facts.base import Actor, CommandRefused, Event
from services.facts.casework import CaseTaken
from services.facts.engine import DeskFailed
from services.facts.evidence import IncidentOpened, Proof, SignalRaised, Truth
from services.facts.governance import (
    CaseClosed,
    CaseFiled,
    CaseOpened,
    CaseReworked,
    CaseRouted,
    CheckReported,
    UnitDispatched,
)
from services.governance.audit import RULES, audit
from twin.core.text import Text

Timed = tuple[int, Event]
CHIEF = Actor("person", "p-001", "duty_chief")
MUTE = Proof(
    condition="level", subject="d1", quantity="level", value=None, unit="m", observed_ms=0, state="undecided",
    why=Text("silent"),
)  # fmt: skip


def journal(bench: Bench) -> list[Timed]:
    return [(turn.city_ms, event) for turn, event in zip(bench.times, bench.events, strict=True)]


@pytest.fixture
def honest(bench: Bench) -> list[Timed]:
    """A flood from the first reading to the crew on its way, by rules, and closed by the chief's named word."""
    bench.notice(flood())
    bench.tick(5)
    bench.report("acknowledged")
    told = journal(bench)
    now = told[-1][0]
    closed = CaseClosed(
        actor=CHIEF, case="C-0001", outcome="untested", reason="the gauge is lost, seen dry from the bridge"
    )
    return [*told, (now + 1000, closed)]


def changed(told: list[Timed], kind: type[Event], **fields: Any) -> list[Timed]:
    return [(at, msgspec.structs.replace(e, **fields) if isinstance(e, kind) else e) for at, e in told]


def without(told: list[Timed], kind: type[Event]) -> list[Timed]:
    return [(at, event) for at, event in told if not isinstance(event, kind)]


def broken(told: list[Timed]) -> dict[str, str]:
    """What is violated, by rule."""
    found = audit(told).violations
    return {rule: "; ".join(one.what for one in found if one.rule == rule) for rule in {one.rule for one in found}}


def test_an_honest_journal_is_proved(honest: list[Timed]) -> None:
    found = audit(honest)
    assert found.violations == ()
    assert found.proved["evidence"] == found.proved["one owner"] == found.proved["closing"] == 1
    assert found.proved["dispatch"] == 1 and set(found.proved) == set(RULES)
    assert found.tally.ends == {"untested": 1} and found.tally.open == 0
    assert found.tally.physical == ("flooded_underpass",)


def test_nothing_is_proved_of_an_empty_journal() -> None:
    found = audit([])
    assert found.violations == () and not any(found.proved.values())


def test_an_incident_needs_evidence_that_can_be_looked_up(honest: list[Timed]) -> None:
    assert "without anything on the journal" in broken(without(honest, SignalRaised))["evidence"]
    assert "no version" in broken(changed(honest, IncidentOpened, version=""))["evidence"]
    assert "no signal" in broken(changed(honest, IncidentOpened, signals=()))["evidence"]
    assert "opened without evidence" in broken(changed(honest, CaseOpened, evidence=()))["evidence"]


def test_a_case_is_somebodys_at_every_instant(honest: list[Timed]) -> None:
    assert "nobody" in broken(without(honest, CaseTaken))["one owner"]
    assert "nobody" in broken(changed(honest, CaseTaken, person=""))["one owner"]
    assert "owned by acceptor, ?" in broken(changed(honest, CaseTaken, post="acceptor", department=""))["one owner"]


def test_no_case_is_closed_upon_a_doubt(honest: list[Timed]) -> None:
    def closing(**fields: Any) -> str:
        return broken(changed(honest, CaseClosed, **fields)).get("closing", "")

    denied = (Truth(who="checker", says="not_done", by="p-016"),)
    calm = msgspec.structs.replace(MUTE, state="calm")
    assert "without a reading" in closing(outcome="verified")
    assert "was undecided" in closing(outcome="verified", readings=(calm, MUTE))
    assert "the checker said that it was not done" in closing(outcome="verified", readings=(calm,), truths=denied)
    assert not closing(outcome="verified", readings=(calm,))
    assert "nobody is named" in closing(outcome="checked", readings=(MUTE,))
    assert "p-016 has not reported" in closing(outcome="checked", readings=(MUTE,), checked_by="p-016")
    assert "not by a duty chief" in closing(actor=Actor("person", "p-005", "dispatcher"))
    assert "not by a duty chief" in closing(actor=Actor("rule", "scene/x", "duty_chief", "p-001"))


def test_a_check_counts_until_the_department_goes_again(honest: list[Timed]) -> None:
    *told, (at, _) = honest
    seen = CheckReported(
        actor=Actor("person", "p-016", "collector"), case="C-0001", unit="collector_1", order="C-0001/9",
        stage="closing", collector="p-016", finding="resolved", note="",
    )  # fmt: skip
    again = CaseReworked(actor=CHIEF, case="C-0001", reason="it is wet again")
    closed = CaseClosed(
        actor=CHIEF, case="C-0001", outcome="checked", readings=(MUTE,), checked_by="p-016", reason="seen dry"
    )  # fmt: skip
    assert broken([*told, (at, seen), (at, closed)]) == {}
    assert "closing" in broken([*told, (at, seen), (at, again), (at, closed)])


def test_somebody_answers_for_every_decision(honest: list[Timed]) -> None:
    nobodys = changed(honest, CaseFiled, actor=Actor("rule", "scene/flood/file", "acceptor"))
    assert "CaseFiled" in broken(nobodys)["decisions"] and "its holder" in broken(nobodys)["decisions"]
    by_clock = changed(honest, CaseRouted, actor=Actor("system", "civitwin"))
    assert "a person or a rule behind it" in broken(by_clock)["decisions"]
    assert "without a reason" in broken(changed(honest, CaseClosed, reason=""))["decisions"]


def test_an_order_follows_from_a_routing(honest: list[Timed]) -> None:
    assert "routed to nobody" in broken(without(honest, CaseRouted))["dispatch"]
    twice = [one for one in honest for _ in range(2 if isinstance(one[1], UnitDispatched) else 1)]
    assert "has the number of an order" in broken(twice)["dispatch"]


def test_a_failed_desk_is_a_violation_and_circles_are_counted(honest: list[Timed]) -> None:
    failed = DeskFailed(desk="cases", fact="Tick", fault="cases.py:1 KeyError")
    assert "KeyError" in broken([*honest, (honest[-1][0], failed)])["desks"]
    reworks: list[Timed] = [(honest[-2][0], CaseReworked(actor=CHIEF, case="C-0001", reason="wet"))] * 4
    refused = CommandRefused(command="AcceptCase", reason="not yours")
    found = audit([*honest[:-1], *reworks, (honest[-1][0], refused), honest[-1]])
    assert [(one.case, one.step, one.times) for one in found.tally.circling] == [("C-0001", "CaseReworked", 4)]
    assert found.tally.refused == {"AcceptCase: not yours": 1}


@given(honest_journals())
def test_counts_agree_with_the_journal(cases: list[Paper]) -> None:
    told = sorted((fact for case in cases for fact in case.facts), key=lambda fact: fact[0])
    found = audit(told)
    assert sum(found.tally.scenes.values()) == len(cases) == found.tally.open + sum(found.tally.ends.values())
