"""What people and crews do with a flooded underpass, step by step: shared by the tests of a case's life."""

from __future__ import annotations

from typing import Any

from governance_bench import Bench, flood

from services.facts.base import Actor, CommandRefused
from services.facts.because import english
from services.governance.case import CaseState

ACCEPTOR = Actor("person", "p-003", "acceptor")
WATER = Actor("person", "p-007", "handler")
CALM = {"flooded_underpass/level": "calm", "flooded_underpass/deep": "calm"}


def head(bench: Bench) -> Actor:
    on_duty = bench.world.roster.holder("department_head", bench.now_ms, "water")
    assert on_duty is not None
    return Actor("person", on_duty.id, "department_head")


def assessor(bench: Bench) -> Actor:
    on_duty = bench.world.roster.holder("assessor", bench.now_ms)
    assert on_duty is not None
    return Actor("person", on_duty.id, "assessor")


def why(events: list[Any]) -> str:
    assert [type(event) for event in events] == [CommandRefused], events
    return english(events[0].why)


def handling(bench: Bench) -> None:
    bench.notice(flood())
    bench.report("acknowledged")
    bench.report("working")


def fed_back(bench: Bench) -> None:
    handling(bench)
    bench.tick(20)
    bench.report("done")


def closed(bench: Bench) -> None:
    fed_back(bench)
    bench.senses.verdicts.update(CALM)  # type: ignore[arg-type]
    bench.tick(5)
    assert bench.case().state is CaseState.CLOSED
