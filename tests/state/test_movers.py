"""Vehicles, crews and people: slots, ages, jumps, edges, and a real client's messages."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest
from speaking import NS, Speaker, T

from twin.city.locate import Locator
from twin.core.bus import Message
from twin.core.words import Doubt, Freshness, Provenance, StationType
from twin.formats import civic
from twin.state.pictures import Pictures
from twin.state.senses import Senses
from twin.state.sources import Source

REAL = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "v2x" / "its_client_cam_denm_1-1-3.txt"


@pytest.fixture
def senses(speaker: Speaker, locator: Locator) -> Senses:
    return speaker.senses(locator=locator)


def test_a_vehicle_is_believed_on_its_edge(senses: Senses, speaker: Speaker) -> None:
    senses.take([speaker.cam("veh_1", 100.0, -2.0)], T)
    senses.advance(T + 100)
    frame = Pictures(senses).frame(T + 100, 1)
    assert len(frame.id) == 1
    mover = senses.mover(int(frame.id[0]))
    assert mover is not None
    assert (mover.sender, mover.kind) == ("vehicle:field/veh_1", StationType.CAR)
    assert abs(mover.x_m - 100.0) < 0.02
    assert speaker.city.roads.feature[mover.edge] == "h00"
    assert abs(mover.offset_m - 100.0) < 1.0


def test_the_newest_position_wins_whatever_the_grouping(senses: Senses, speaker: Speaker) -> None:
    senses.take([speaker.cam("veh_1", 100.0 + i, 0.0, T + 100 * i) for i in (0, 1, 3, 2)], T + 400)
    assert abs(senses.movers.x_m[0] - 103.0) < 0.02
    assert senses.counts.rejected == {}


def test_a_silent_vehicle_grows_stale_then_is_forgotten_and_its_slot_reused(senses: Senses, speaker: Speaker) -> None:
    senses.take([speaker.cam("veh_1", 100.0, 0.0)], T)
    senses.advance(T + 11_000)
    first = int(Pictures(senses).frame(T + 11_000, 1).id[0])
    known = senses.mover(first)
    assert known is not None and known.freshness == Freshness.STALE
    senses.advance(T + 60_001)
    assert senses.mover(first) is None
    senses.take([speaker.cam("veh_2", 50.0, 0.0, T + 61_000)], T + 61_000)
    second = int(Pictures(senses).frame(T + 61_000, 2).id[0])
    assert second >> 16 == first >> 16
    assert second != first


def test_crews_are_never_forgotten(senses: Senses, speaker: Speaker) -> None:
    latitude, longitude = speaker.degrees(100.0, 0.0)
    position = civic.UnitPosition(
        unit="pump_truck_1", time_ms=T, latitude=latitude, longitude=longitude, heading_deg=90.0, speed_mps=5.0
    )
    assert senses.unit_position("pump_truck_1") is None
    senses.take([Message(f"{NS}/units/pump_truck_1/position", civic.encode(position))], T)
    senses.advance(T + 86_400_000)
    where = senses.unit_position("pump_truck_1")
    assert where is not None and where.freshness == Freshness.STALE
    assert Pictures(senses).frame(T, 1).department.tolist() == [3]


def test_a_leap_is_flagged_not_refused(senses: Senses, speaker: Speaker) -> None:
    senses.take([speaker.cam("veh_1", 100.0, 0.0)], T)
    senses.take([speaker.cam("veh_1", 700.0, 0.0, T + 1_000)], T + 1_000)
    assert senses.movers.doubt[0] == Doubt.JUMP
    assert abs(senses.movers.x_m[0] - 700.0) < 0.02
    senses.take([speaker.cam("veh_1", 710.0, 0.0, T + 2_000)], T + 2_000)
    assert senses.movers.doubt[0] == Doubt.NONE


def test_two_thousand_vehicles_find_room(senses: Senses, speaker: Speaker) -> None:
    senses.take([speaker.cam(f"veh_{i}", 10.0 + i * 0.1, 0.0) for i in range(2_000)], T)
    assert len(Pictures(senses).frame(T, 1).id) == 2_000
    assert senses.movers.slot_of["vehicle:field/veh_1999"] == 1999


def test_the_live_network_learns_fades_and_closes(senses: Senses, speaker: Speaker) -> None:
    free = senses.edge_times(T)
    edge = next(i for i, feature in enumerate(speaker.city.roads.feature) if feature == "h00")
    for second in range(30):
        at = T + second * 1_000
        senses.take([speaker.cam(f"veh_{i}", 50.0 + i + second, -2.0, at, speed=2.0) for i in range(8)], at)
        senses.advance(at)
    slow = senses.edge_times()
    assert slow[edge] > 3 * free[edge]
    assert np.delete(slow, edge) == pytest.approx(np.delete(free, edge))
    assert senses.edge_times(T + 400_000)[edge] == pytest.approx(free[edge])
    senses.set_closed([edge])
    assert np.isinf(senses.edge_times()[edge])


@pytest.mark.skipif(not REAL.exists(), reason="the shared data are not here")
def test_a_real_clients_messages_move_a_vehicle(speaker: Speaker, locator: Locator) -> None:
    """Positions moved into the city and stamps re-based, order and spacing kept."""
    live = Source(name="its", namespace="default", provenance=Provenance.LIVE, families=("v2x",))
    senses = speaker.senses(sources=[live], locator=locator)
    lines = [line.split(" ", 1) for line in REAL.read_text().splitlines() if line.strip()]
    bodies = [(topic, msgspec.json.decode(payload)) for topic, payload in lines]
    cams = [body for _, body in bodies if body["type"] == "cam"]
    first = cams[0]["message"]["basic_container"]["reference_position"].copy()
    latitude, longitude = speaker.degrees(400.0, 400.0)
    start_ms = cams[0]["timestamp"]
    for topic, body in bodies:
        if body["type"] != "cam":
            continue
        place = body["message"]["basic_container"]["reference_position"]
        place["latitude"] += round(latitude * 1e7) - first["latitude"]
        place["longitude"] += round(longitude * 1e7) - first["longitude"]
        body["timestamp"] += T - start_ms
        senses.take([Message(topic, msgspec.json.encode(body))], body["timestamp"] + 40)
    assert senses.counts.rejected == {}
    last = cams[-1]["message"]["basic_container"]["reference_position"]
    x, y = speaker.city.frame.to_xy(last["longitude"] / 1e7, last["latitude"] / 1e7)
    slot = senses.movers.slot_of[f"vehicle:its/{cams[-1]['source_uuid']}"]
    assert np.hypot(senses.movers.x_m[slot] - x, senses.movers.y_m[slot] - y) < 0.02
    assert senses.movers.provenance[slot] == Provenance.LIVE
    assert senses.movers.speed_mps[slot] == pytest.approx(
        cams[-1]["message"]["high_frequency_container"]["speed"] / 100
    )
