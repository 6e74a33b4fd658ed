"""Crews answer every order once, in a lawful sequence, and do what ends a hazard."""

from __future__ import annotations

import msgspec
from field_runs import NAMESPACE, START_MS, Run, run
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.city.model import City
from twin.core.bus import Message
from twin.formats.civic import Order, Report, UnitPosition, encode

AFTER = {
    "": {"acknowledged", "refused"},
    "acknowledged": {"driving", "available", "returning"},
    "driving": {"arrived", "broken_down", "unable"},
    "arrived": {"working", "unable"},
    "working": {"done"},
    "done": {"returning"},
    "unable": {"returning", "available"},
    "returning": {"available"},
    "broken_down": {"available"},
    "refused": set(),
    "available": set(),
}
"""What may follow in the reports on one order, as far as no other order comes between."""


def _order(run_: Run, number: int, unit: str, task: str, x: float, y: float, **more: object) -> Order:
    longitude, latitude = run_.field.city.frame.to_lonlat(x, y)
    now = run_.field.now_ms
    order = Order(
        order_id=f"o{number}", unit=unit, kind="attend", issued_ms=now, expires_ms=now + 600_000,
        latitude=float(latitude), longitude=float(longitude), task=task,
    )  # fmt: skip
    return msgspec.structs.replace(order, **more)


def _send(run_: Run, order: Order) -> None:
    run_.twin.publish(f"{NAMESPACE}/units/{order.unit}/order", encode(order), qos=1)


def _reports(messages: list[Message]) -> list[Report]:
    return [msgspec.json.decode(m.payload, type=Report) for m in messages if m.topic.endswith("/report")
            and "/units/" in m.topic]  # fmt: skip


def test_a_pump_truck_ends_a_flood(grid_city: City) -> None:
    flood = run(grid_city, vehicles=10, residents=0)
    heard = flood.until(240)
    assert flood.field.hazards.floods.level_m[0] >= 0.15
    order = _order(flood, 1, "pump_truck_1", "pump", 400.0, 300.0)
    _send(flood, order)
    heard = []
    while flood.field.now_ms < START_MS + 1_500_000:
        fresh = flood.until((flood.field.now_ms - START_MS) / 1000 + 20)
        heard += [message for message in fresh if "/units/" in message.topic]
        if any(report.state == "done" for report in _reports(fresh)):
            break
    said = [report.state for report in _reports(heard) if report.order_id == "o1"]
    assert said[:5] == ["acknowledged", "driving", "arrived", "working", "done"]
    done_ms = next(report.time_ms for report in _reports(heard) if report.state == "done")
    began_ms = next(report.time_ms for report in _reports(heard) if report.state == "working")
    assert done_ms - began_ms < 900_000
    assert flood.field.hazards.floods.level_m[0] < 0.05
    assert [fact.what for fact in flood.truth if fact.kind == "flood"] == ["began", "ended"]
    positions = [msgspec.json.decode(m.payload, type=UnitPosition) for m in heard if m.topic.endswith("/position")
                 and "/units/" in m.topic]  # fmt: skip
    assert len(positions) > 200
    assert max(position.speed_mps for position in positions) > 5.0


def test_a_check_tells_what_is_there(grid_city: City) -> None:
    city = run(grid_city, vehicles=0, residents=0)
    city.field.hazards.covers.state.next_s = 0.0
    city.until(3)
    spot = next(spot for spot in city.field.hazards.spots() if spot.kind == "cover")
    _send(city, _order(city, 1, "collector_1", "inspect", spot.x_m, spot.y_m, kind="check"))
    _send(city, _order(city, 2, "collector_2", "inspect", 750.0, 50.0, kind="check"))
    findings = {r.order_id: r.finding for r in _reports(city.until(420)) if r.state == "done"}
    assert findings == {"o1": "confirmed", "o2": "nothing_found"}


def test_an_expired_order_is_refused_and_a_known_one_repeated_in_the_same_words(grid_city: City) -> None:
    city = run(grid_city, vehicles=0, residents=0)
    city.until(5)
    late = _order(city, 1, "pump_truck_1", "pump", 400.0, 300.0, expires_ms=START_MS)
    order = _order(city, 2, "pump_truck_2", "pump", 700.0, 100.0)
    for each in (late, order):
        _send(city, each)
    first = _reports(city.until(6))
    assert [(r.order_id, r.state, r.note) for r in first] == [("o1", "refused", "expired"), ("o2", "acknowledged", "")]
    for each in (late, order):
        _send(city, each)
    again = _reports(city.until(7))
    assert [r.report_id for r in again] == [r.report_id for r in first]


@settings(max_examples=3, deadline=None)
@given(
    script=st.lists(
        st.tuples(
            st.integers(1, 60),  # seconds later
            st.sampled_from(["fire_engine_1", "tow_truck_1", "waste_truck_1", "collector_1"]),
            st.sampled_from(["attend", "check", "return"]),
            st.integers(0, 12),  # order number: repeats happen
            st.tuples(st.floats(0.0, 800.0), st.floats(0.0, 800.0)),
        ),
        min_size=3,
        max_size=7,
    )
)
def test_whatever_is_ordered_reports_follow_the_table(
    grid_city: City, script: list[tuple[int, str, str, int, tuple[float, float]]]
) -> None:
    city = run(grid_city, vehicles=0, residents=0)
    clock, heard, sent = 0, list[Message](), set[tuple[str, str]]()
    for later, unit, kind, number, (x, y) in script:
        clock += later
        heard += city.until(clock)
        order = _order(city, number, unit, "extinguish", x, y, kind=kind)
        _send(city, order)
        sent.add((unit, order.order_id))
    heard += city.until(clock + 240)
    distinct = {report.report_id: report for report in _reports(heard)}
    stories: dict[tuple[str, str], list[str]] = {}
    for report in distinct.values():
        stories.setdefault((report.unit, report.order_id), []).append(report.state)
    assert set(stories) == sent
    for story in stories.values():
        assert sum(state in ("acknowledged", "refused") for state in story) == 1
        before = ""
        for state in story:
            assert state in AFTER[before], story
            before = state
