"""Injects of an exercise happen where and when they are wanted, are heard as messages alone, and nothing else does."""

from __future__ import annotations

import msgspec
import pytest
from field_runs import Run, run

from twin.city.model import City
from twin.core.bus import Message
from twin.field.injects import FIRST, Inject, Near, Script

SCRIPT = Script(
    (
        Inject("quiet", 5, "silence", "gas", for_s=60),
        Inject("leak", 8, "hazard", "gas", Near(inject="quiet")),
        Inject("smell", 12, "report", "gas", of="leak", channel="119"),
        Inject("nothing", 14, "report", "tree", Near(kind="square"), channel="12345"),
        Inject("stuck", 16, "stuck", "bin", for_s=200, value=0.97),
        Inject("light", 18, "hazard", "light_failure", Near(kind="site")),
        Inject("bin", 20, "hazard", "bin", Near(kind="square")),
        Inject("call", 22, "hazard", "care"),
        Inject("wind", 24, "warning", "gale", for_s=30, level=4),
        Inject("works", 26, "closure", for_s=30),
    )
)


def said(messages: list[Message], part: str) -> list[Message]:
    return [message for message in messages if part in message.topic]


def made(of: Run) -> dict[str, tuple[str, float, float]]:
    return {
        fact.id: (str(fact.detail["subject"]), fact.x_m, fact.y_m)
        for fact in of.truth
        if fact.kind == "inject" and fact.what == "made"
    }


@pytest.fixture(scope="module")
def played(scene_grid: City) -> tuple[Run, list[Message]]:
    field = run(scene_grid, script=SCRIPT, vehicles=10, residents=80)
    return field, field.until(130)


def test_each_happens_once_and_is_on_record(played: tuple[Run, list[Message]]) -> None:
    field, _ = played
    assert set(made(field)) == {inject.id for inject in SCRIPT.injects}
    assert [fact for fact in field.truth if fact.kind == "inject" and fact.what == "failed"] == []


def test_nothing_else_goes_wrong(played: tuple[Run, list[Message]]) -> None:
    field, _ = played
    hazards = [fact for fact in field.truth if fact.what == "began"]
    assert {fact.kind for fact in hazards} == {"gas", "light_failure", "bin", "care"}
    assert field.field.weather.rain(field.field.now_ms) == 0.0


def test_a_silent_device_says_nothing_until_it_is_over(played: tuple[Run, list[Message]]) -> None:
    field, messages = played
    device = made(field)["quiet"][0]
    times = [msgspec.json.decode(m.payload)[0]["bt"] for m in said(messages, f"/dev/{device}/")]
    start_s = field.field.started_ms / 1000
    assert not [at for at in times if 5 <= at - start_s < 65]
    assert [at for at in times if at - start_s >= 65]


def test_the_leak_is_where_the_silent_detector_is(played: tuple[Run, list[Message]]) -> None:
    (_, x, y), (site, leak_x, leak_y) = made(played[0])["quiet"], made(played[0])["leak"]
    assert site == f"gas-{FIRST + 1}"
    assert abs(leak_x - x) + abs(leak_y - y) < 20.0


def test_reports_are_said_by_phones_with_the_channel_that_was_wanted(played: tuple[Run, list[Message]]) -> None:
    field, messages = played
    told = [msgspec.json.decode(m.payload) for m in said(messages, "/report") if "/person/" in m.topic]
    bodies = [msgspec.json.decode(message["body"]) for message in told]
    assert {("10995", "119"), ("04002", "12345")} <= {(body["matter"], body["channel"]) for body in bodies}
    told_of = {(fact.what, fact.id, fact.detail["of"]) for fact in field.truth if fact.kind == "report"}
    assert {("false", "", "tree"), ("reported", made(field)["leak"][0], "gas")} <= told_of


def test_a_stuck_device_reads_what_is_wanted(played: tuple[Run, list[Message]]) -> None:
    field, messages = played
    device = made(field)["stuck"][0]
    records = [record for m in said(messages, f"/dev/{device}/") for record in msgspec.json.decode(m.payload)]
    values = [record["v"] for record in records if record["n"] == "fill"]
    assert 0.97 in values


def test_a_warning_is_lifted_and_a_closure_opened_again(played: tuple[Run, list[Message]]) -> None:
    field, messages = played
    warnings = said(messages, "/met/warning/gale")
    assert warnings[0].payload
    assert warnings[-1].payload == b""
    assert field.field._injects.closed(field.now) == []


def test_the_same_seed_makes_the_same_and_a_snapshot_goes_on_in_the_middle(scene_grid: City) -> None:
    first, second = (run(scene_grid, script=SCRIPT, vehicles=10, residents=80) for _ in range(2))
    first.until(15)
    second.field.restore(first.field.snapshot())
    one, other = first.until(40), second.until(40)
    assert [(m.topic, m.payload) for m in one] == [(m.topic, m.payload) for m in other]


def test_what_finds_no_place_is_noted_and_given_up(grid_city: City) -> None:
    field = run(grid_city, script=Script((Inject("leak", 1, "hazard", "gas"),)), vehicles=0, residents=20)
    field.until(70)
    assert [(fact.what, fact.id) for fact in field.truth if fact.kind == "inject"] == [("failed", "leak")]
