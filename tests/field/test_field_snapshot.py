"""A field restored from a snapshot goes on as if nothing had happened, and the same seed gives the same bytes."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from field_runs import NAMESPACE, Run, run

from twin.city.model import City
from twin.core.bus import Message
from twin.field.effects import EffectLog, read_effects
from twin.field.inbound import Effect
from twin.field.rerun import rerun
from twin.field.snapshot import STEP_MS
from twin.formats.civic import Answer, Closure, Order, encode

ROOT = Path(__file__).parents[2]


def _busy(city: City) -> Run:
    """A field in the middle of things: flood, crew under way, somebody told to come to the hall, a road closed."""
    made = run(city, vehicles=40, residents=60)
    made.until(230)
    now = made.field.now_ms
    longitude, latitude = city.frame.to_lonlat(400.0, 300.0)
    order = Order(
        order_id="o1", unit="pump_truck_1", kind="attend", issued_ms=now, expires_ms=now + 600_000,
        latitude=float(latitude), longitude=float(longitude), task="pump",
    )  # fmt: skip
    made.twin.publish(f"{NAMESPACE}/units/pump_truck_1/order", encode(order))
    closure = Closure(
        closure_id="c1", roads=("v21",), from_ms=now, until_ms=now + 400_000, case="case-1", reason="flood"
    )
    made.twin.publish(f"{NAMESPACE}/closures/c1", encode(closure), retain=True)
    pseudonym = made.field.people.register[3].pseudonym
    answer = Answer(request_id="r", errand="e", step="s", state="expected", place="service_hall", visit="pick_up")
    made.twin.publish(f"{NAMESPACE}/person/{pseudonym}/answer", encode(answer))
    made.until(400)
    return made


def test_a_restored_field_continues_identically_in_the_middle_of_a_flood(grid_city: City) -> None:
    first = _busy(grid_city)
    kept = first.field.snapshot()
    second = run(grid_city, vehicles=40, residents=60)
    second.field.restore(kept)
    second.twin.drain()
    assert second.field.now_ms == first.field.now_ms
    assert second.field.snapshot() == kept
    told, told_again = first.until(500), second.until(500)
    assert told == told_again
    assert len(told) > 1000
    assert second.field.snapshot() == first.field.snapshot()


def test_a_snapshot_of_another_seed_is_refused(grid_city: City) -> None:
    kept = run(grid_city, 1, vehicles=0, residents=0).field.snapshot()
    with pytest.raises(ValueError, match="another"):
        run(grid_city, 2, vehicles=0, residents=0).field.restore(kept)


def test_what_came_in_is_noted_with_the_step_at_which_it_took_effect(grid_city: City) -> None:
    made = run(grid_city, vehicles=0, residents=0)
    made.until(5)
    order = Order(order_id="o1", unit="pump_truck_1", kind="attend", issued_ms=0, expires_ms=0)
    made.twin.publish(f"{NAMESPACE}/units/pump_truck_1/order", encode(order))
    made.twin.publish(f"{NAMESPACE}/closures/c1", b"", retain=True)
    made.until(6)
    effects = made.field.take_effects()
    assert [(effect.step, effect.topic.split("/")[2]) for effect in effects] == [(11, "units"), (11, "closures")]
    assert made.field.take_effects() == []


def test_a_snapshot_and_the_noted_effects_give_the_same_field_again(grid_city: City, tmp_path: Path) -> None:
    first = run(grid_city, vehicles=10, residents=0)
    first.until(20)
    kept, log = first.field.snapshot(), EffectLog(tmp_path / "effects.jsonl")
    log.resumed(0)
    log.note([Effect(first.field.steps + 3, f"{NAMESPACE}/closures/void", b"")])  # of an attempt that was killed
    log.resumed(first.field.steps)
    closure = Closure(
        closure_id="c1", roads=("v21",), from_ms=0, until_ms=first.field.now_ms + 900_000, case="c", reason=""
    )
    for until_s, payload in ((30, encode(closure)), (50, b"")):
        first.until(until_s)
        first.twin.publish(f"{NAMESPACE}/closures/c1", payload, retain=True)
    first.until(60)
    log.note(first.field.take_effects())
    log.close()

    second = run(grid_city, vehicles=10, residents=0)
    second.field.restore(kept)
    for effect in read_effects(tmp_path / "effects.jsonl"):
        second.field.advance(second.field.now_ms + (effect.step - 1 - second.field.steps) * STEP_MS)
        second.twin.publish(effect.topic, effect.payload)
    second.until(60)
    assert second.field.snapshot() == first.field.snapshot() != kept


def test_a_killed_field_goes_on_where_it_stood_without_saying_anything_twice(grid_city: City, tmp_path: Path) -> None:
    first, path = run(grid_city, vehicles=10, residents=20), tmp_path / "effects.jsonl"
    first.until(20)
    kept, log = first.field.snapshot(), EffectLog(path)
    order = Order(
        order_id="o1",
        unit="pump_truck_1",
        kind="attend",
        task="pump",
        issued_ms=0,
        expires_ms=first.field.now_ms + 900_000,
    )
    first.twin.publish(f"{NAMESPACE}/units/pump_truck_1/order", encode(order))
    first.until(40)
    effects = first.field.take_effects()
    assert len(effects) == 1
    log.note(effects)
    log.reached(first.field.steps)
    log.close()
    path.write_bytes(path.read_bytes() + b'{"type":"reac')  # cut short by the kill

    second = run(grid_city, vehicles=10, residents=20)
    second.field.restore(kept)
    rerun(second.field, second.gate, path)
    assert second.twin.drain() == [] == list(second.truth)
    assert second.field.snapshot() == first.field.snapshot()
    assert second.field.crews.crews["pump_truck_1"].order == order
    second.field.announce()
    said = second.twin.drain()
    assert said and all("/gw/" in message.topic for message in said)


def test_noise_on_the_wire_changes_nothing(grid_city: City) -> None:
    made, control = (run(grid_city, vehicles=0, residents=0) for _ in range(2))
    for topic, payload in (
        ("units/pump_truck_1/order", b"{"),
        ("units/pump_truck_1/order", b"x" * 100_000),
        ("units/nobody/order", encode(Order(order_id="o", unit="nobody", kind="check", issued_ms=0, expires_ms=0))),
        (
            "units/pump_truck_1/order",
            encode(Order(order_id="o", unit="another", kind="check", issued_ms=0, expires_ms=0)),
        ),
        ("closures/c1", b"[]"),
        ("lights/x9/order", msgspec.json.encode({"order_id": 1})),
        ("person/p/answer", b"\xff"),
    ):
        made.twin.publish(f"{NAMESPACE}/{topic}", payload)
    made.twin.drain()
    assert made.until(30) == control.until(30)


def _digest(messages: list[Message]) -> str:
    sponge = hashlib.sha256()
    for message in messages:
        sponge.update(message.topic.encode() + b"\0" + message.payload + b"\0")
    return sponge.hexdigest()


SCRIPT = """
import sys
sys.path[:0] = [{root!r}, {root!r} + "/tests", {root!r} + "/tests/field"]
from pathlib import Path
from cities import grid_city
from field_runs import run
from test_field_snapshot import _digest
print(_digest(run(grid_city(Path(sys.argv[1])), vehicles=25, residents=40).until(90)))
"""


def test_the_same_seed_says_the_same_under_any_hash_seed(grid_city: City, tmp_path: Path) -> None:
    said = []
    for hash_seed in ("1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": hash_seed}
        command = [sys.executable, "-c", SCRIPT.format(root=str(ROOT)), str(tmp_path / hash_seed)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        said.append(done.stdout.strip())
    assert said[0] == said[1]
    assert len(said[0]) == 64
