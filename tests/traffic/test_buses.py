"""Buses drive their line, stop where it says, and go round what is closed."""

from __future__ import annotations

import dataclasses
import itertools

from traffic_scenes import edge_between, empty, run

from services.app.bench_traffic import grid_city
from twin.city.model import BusLine, City
from twin.core.text import Name
from twin.core.words import StationType

RING = [0, 1, 2, 5, 8, 7, 6, 3, 0]


def with_line(headway_s: float = 120.0) -> City:
    """A ring line round the outside of a three by three grid, with two stops."""
    city = grid_city(3, 3, 200.0, lanes=1)
    edges = tuple(edge_between(city, a, b) for a, b in itertools.pairwise(RING))
    stops = ((edges[1], 100.0, Name("First", "一")), (edges[5], 60.0, Name("Second", "二")))
    line = BusLine("b1", Name("Ring", "环线"), edges, stops, headway_s)
    return dataclasses.replace(city, bus_lines=(line,))


def buses(traffic: object) -> list[int]:
    rows = traffic.alive & (traffic.kind == StationType.BUS)  # type: ignore[attr-defined]
    return [int(id) for id in traffic.id[rows]]  # type: ignore[attr-defined]


def test_buses_go_round_and_dwell_at_every_stop() -> None:
    city = with_line(100_000.0)
    traffic = empty(city)
    (bus,) = buses(traffic)
    order: list[int] = []
    stops = city.bus_lines[0].stops
    dwelt: dict[tuple[int, float], float] = {}
    elsewhere = 0.0
    for _ in range(900):
        traffic.step(0.5)
        at = traffic.position(bus)
        if not order or order[-1] != at.edge:
            order.append(at.edge)
        here = [(edge, offset) for edge, offset, _ in stops if edge == at.edge and abs(offset - at.offset_m) < 2.0]
        if at.speed_mps < 0.05 and here:
            dwelt[here[0]] = dwelt.get(here[0], 0.0) + 0.5
        elif at.speed_mps < 0.05:
            elsewhere += 0.5  # before a junction at most
    line = city.bus_lines[0]
    start = line.edges.index(order[0])
    assert order == [line.edges[(start + step) % 8] for step in range(len(order))]
    assert len(order) > 10
    assert set(dwelt) == {(edge, offset) for edge, offset, _ in stops}
    assert elsewhere < 10.0
    assert all(10.0 < seconds < 4 * 28.5 for seconds in dwelt.values())


def test_a_short_headway_needs_more_buses() -> None:
    assert len(buses(empty(with_line(60.0)))) > len(buses(empty(with_line(100_000.0)))) == 1


def test_a_bus_goes_round_a_closure_and_back_to_its_line() -> None:
    city = with_line(100_000.0)
    traffic = empty(city)
    (bus,) = buses(traffic)
    line = city.bus_lines[0]
    run(traffic, 5.0)
    ahead = line.edges[(line.edges.index(traffic.position(bus).edge) + 3) % 8]
    traffic.set_closed([ahead])
    seen = set()
    for _ in range(900):
        traffic.step(0.5)
        seen.add(traffic.position(bus).edge)
    assert ahead not in seen
    assert seen - set(line.edges)
    assert len(seen & set(line.edges)) >= 5
