"""Crews ask lights for priority: who may, who goes first, and that everybody is answered."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from governance_bench import Bench, crossing

from services.facts.governance import UnitDispatched
from services.facts.response import PriorityDecided
from services.governance.desks import Governance
from services.governance.priority import PriorityDesk
from twin.city.model import City
from twin.formats.civic import LightOrder
from twin.formats.srem import Asks
from twin.formats.ssem import Grant, decode_ssem
from twin.state.batch import PriorityAsked


@pytest.fixture
def bench(grid_city: City, governance: Governance) -> Bench:
    """Two engines on their way: the first to a lesser fire, the second to a grave one."""
    bench = Bench(grid_city, governance)
    assert governance.scenes["fire"].priority
    bench.notice(crossing("fire/smoke", "s1", 600.0, 790.0, value=0.3))
    bench.notice(crossing("fire/smoke", "s2", 20.0, 410.0, value=0.7))
    return bench


def unit(bench: Bench, case: str) -> str:
    sent = [event for event in bench.of(bench.events, (UnitDispatched,)) if event.case == case]
    return str(sent[-1].unit)


def ask(bench: Bench, who: str, *, group: int = 1, asks: int = Asks.PRIORITY, request: int = 1, at: int = 0) -> Any:
    number = bench.city.intersections[at].number
    asked = PriorityAsked(
        unit=who, station=77, sequence=3, intersection=number, request=request, asks=asks, group=group,
        arrives_ms=bench.now_ms + 5000, lasts_s=10.0, provenance=1,
    )  # fmt: skip
    return bench.of(bench.batch(asked), (PriorityDecided,))


def orders(bench: Bench) -> list[LightOrder]:
    payloads = [message.payload for message in bench.sent if message.topic.startswith("lights/")]
    return [msgspec.json.decode(payload, type=LightOrder) for payload in payloads]


def answers(bench: Bench) -> list[int]:
    payloads = [message.payload for message in bench.sent if "/v2x/ssem/civitwin/" in message.topic]
    return [decode_ssem(payload).answers[0].grant for payload in payloads]


def test_a_crew_on_an_order_is_granted_and_answered(bench: Bench) -> None:
    (granted,) = ask(bench, unit(bench, "C-0001"))
    assert granted.granted and granted.until_ms == bench.now_ms + 15_000
    assert granted.actor.post == "duty_chief"
    (order,) = orders(bench)
    assert (order.intersection, order.group, order.until_ms) == (granted.intersection, 1, granted.until_ms)
    answer = decode_ssem(bench.sent[-1].payload)
    assert answer.answers[0].grant == Grant.GRANTED and answer.answers[0].station_id == 77
    assert not ask(bench, unit(bench, "C-0001"), asks=Asks.UPDATE)
    bench.tick(6)
    assert ask(bench, unit(bench, "C-0001"), asks=Asks.UPDATE)[0].granted


def test_a_graver_case_takes_it_over_and_a_lesser_one_waits(bench: Bench) -> None:
    first, second = unit(bench, "C-0001"), unit(bench, "C-0002")
    ask(bench, first, group=1)
    lost, won = ask(bench, second, group=2)
    assert (lost.unit, lost.granted, won.unit, won.granted) == (first, False, second, True)
    (denied,) = ask(bench, first, group=1, asks=Asks.UPDATE)
    assert not denied.granted and denied.until_ms == -1
    assert [order.group for order in orders(bench)] == [1, 2]
    assert answers(bench) == [Grant.GRANTED, Grant.REJECTED, Grant.GRANTED, Grant.REJECTED]
    (passed,) = ask(bench, second, group=2, asks=Asks.CANCELLATION)
    assert not passed.granted and orders(bench)[-1].until_ms == bench.now_ms
    assert ask(bench, first, group=1, asks=Asks.UPDATE)[0].granted
    desk: PriorityDesk = bench.desk(PriorityDesk)
    kept = desk.snapshot()
    desk.restore(kept)
    held = desk.held(bench.city.intersections[0].id)
    assert desk.snapshot() == kept and held is not None and held.unit == first


def test_who_has_no_order_or_asks_for_no_group_gets_nothing(bench: Bench) -> None:
    assert not ask(bench, "waste_truck_1")
    (denied,) = ask(bench, unit(bench, "C-0001"), group=99)
    assert not denied.granted and not orders(bench)
    bench.notice(crossing("overflowing_bin/fill", "d10", 310.0, 410.0, value=0.95))
    (truck,) = ask(bench, unit(bench, "C-0003"))
    assert not truck.granted and truck.why is not None and "no priority" in truck.why.msgid
