"""A server killed in the middle of a case with room, minutes, request, suspension and hand-over: all is the same."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from rich.console import Console
from running import Eyes, Site, served, site, until

from services.app.journal import verify_journal
from services.app.people import operator_token
from services.app.replay import replay
from services.facts.base import Event
from services.governance.ownership import owners, ownership_faults
from services.storage.stores import open_archive
from twin.city.model import City
from twin.core.views import Card, Reply, Thread
from twin.formats.senml import encode_senml
from twin.link.mqtt import MqttBus
from twin.link.views import ViewLink

NS = "sim/middle"
PAGES = (("room", "C-0001"), ("departments", ""), ("department", "sanitation"), ("department", "police"), ("duty", ""),
         ("scenes", ""), ("scene", "overflowing_bin"))  # fmt: skip


@pytest.fixture
def running(tmp_path: Path, grid_city: City) -> Iterator[Site]:
    with site(tmp_path, grid_city.directory, "--simulation", "middle", "--at", "19:10", "--pace", "20", "--seed", "7",
              "--no-colleagues") as running:  # fmt: skip
        yield running


def visitor(site: Site, role: str, department: str = "") -> Eyes:
    token = operator_token(site.data, site.city, "19:10", role, department=department)
    eyes = Eyes(ViewLink(site.views, site.requests, token, site.context))
    site.consoles.append(eyes)
    until(lambda: eyes.look() and eyes.snapshots, 20, f"a snapshot for {role}")
    return eyes


def says(eyes: Eyes, command: str, **fields: Any) -> Reply:
    id = eyes.link.propose({"t": command, **fields})
    return until(lambda: eyes.look() is not None and eyes.replies.get(id), 20, command)  # type: ignore[return-value]


def does(eyes: Eyes, command: str, **fields: Any) -> None:
    reply = says(eyes, command, **fields)
    assert reply.accepted, (command, reply.reason)


def page(eyes: Eyes, kind: str, id: str) -> Card:
    eyes.replies.pop(id, None)
    eyes.link.ask(kind, id)
    reply: Reply = until(lambda: eyes.look() is not None and eyes.replies.get(id), 20, f"{kind} {id}")  # type: ignore[assignment]
    assert reply.card is not None, (kind, id, reply.reason)
    return msgspec.structs.replace(reply.card, rev=0)


def everything(eyes: Eyes) -> list[Card]:
    """The case's card and all pages about it."""
    return [page(eyes, "case", "C-0001"), *(page(eyes, kind, id) for kind, id in PAGES)]


def filled(site: Site, bus: MqttBus, city: City, eyes: Eyes) -> Card | None:
    """Say that the bin is full; the card of the case once a unit is sent."""
    summary = site.summary()
    bin = next(device.id for device in city.devices if device.kind == "bin")
    if summary is not None:
        pack = encode_senml(f"urn:dev:{city.meta.id}:{bin}:", int(str(summary["city_ms"])), [("fill", "/", 0.97)])
        bus.publish(f"{NS}/dev/{bin}/senml", pack, qos=1)
        served(bus)
        time.sleep(0.1)
    eyes.look()
    card = eyes.cards.get("C-0001")
    return card if card is not None and card.state is not None and card.state.msgid == "order sent" else None


def killed(site: Site) -> None:
    assert site.server is not None
    children = Path(f"/proc/{site.server.pid}/task/{site.server.pid}/children").read_text().split()
    for pid in [*map(int, children), site.server.pid]:
        os.kill(pid, signal.SIGKILL)
    site.server.stop()


def city_ms(site: Site) -> int:
    summary = until(site.summary, 20, "a summary")
    assert summary is not None
    return int(str(summary["city_ms"]))


def facts(site: Site) -> list[tuple[int, Event]]:
    opened = open_archive(site.data)
    try:
        return [(e.city_ms, e.fact) for e in opened.archive.entries(0) if isinstance(e.fact, Event)]
    finally:
        opened.close()


def talked_over(chief: Eyes, dispatcher: Eyes, handler: Eyes, head: Eyes) -> None:
    """All that can be under way about one case."""
    case = {"case": "C-0001"}
    does(handler, "AcceptHandoff", **case)
    does(chief, "OpenRoom", **case)
    does(handler, "SayInRoom", **case, words="两台车都在路上")
    does(dispatcher, "SayInRoom", **case, words="the market closes at eight")
    does(chief, "BeginMeeting", **case, subject="who empties it")
    one = {"what": "a second van", "department": "sanitation", "person": "", "due_minutes": 90, "supervised": True}
    does(chief, "EndMeeting", **case, minutes="Sanitation sends a second van.", decisions=[one])
    does(dispatcher, "AskDepartment", **case, department="police", what="keep the lane free", respond_minutes=30,
         finish_minutes=60)  # fmt: skip
    does(handler, "AskForTime", **case, kind="suspension", minutes=60, why_more="the van is in the workshop")
    assert not says(handler, "DecideTime", **case, granted=True, why_decided="I agree with myself").accepted
    does(head, "DecideTime", **case, granted=True, why_decided="so it is")
    does(chief, "DecideTime", **case, granted=True, why_decided="until then")
    does(dispatcher, "HandOverShift", remarks="watch the bins")


@pytest.mark.timeout(240)
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds the server's process in /proc")
def test_owner_clocks_thread_and_minutes_are_the_same(running: Site, grid_city: City) -> None:
    bus = running.bus("the-field")
    bus.publish(f"{NS}/field/state", b"online", qos=1, retain=True)
    chief = visitor(running, "chief")
    until(lambda: filled(running, bus, grid_city, chief), 90, "a unit is sent")
    does(chief, "SetClock", running=False)
    talked_over(chief, visitor(running, "operator"), visitor(running, "handler", "sanitation"),
                visitor(running, "head", "sanitation"))  # fmt: skip
    before, now, told = everything(chief), city_ms(running), facts(running)

    for _ in range(2):
        killed(running)
        running.start_server()
        until(lambda: chief.look() is not None and chief.link.connected, 20, "the console is back")
        assert city_ms(running) == now
        assert [card for card in before if card not in everything(chief)] == []
    assert [event for event in facts(running) if event not in told and type(event[1]).__name__ != "Restarted"] == []

    does(chief, "SetClock", running=True)
    at, wall = city_ms(running), time.monotonic()
    killed(running)
    time.sleep(1.0)
    running.start_server()
    away_s = time.monotonic() - wall
    gone_s = (city_ms(running) - at) / 1000
    assert gone_s < 20 * (away_s + 1.0), "time counted double"
    assert gone_s > 10, "a short absence is time that passed"
    does(chief, "SetClock", running=False)
    threads = [
        [part for part in card.sections if isinstance(part, Thread)] for card in (before[1], page(chief, *PAGES[0]))
    ]
    assert threads[0] == threads[1] and threads[0][0].entries
    assert running.server is not None
    running.server.stop()

    journal = facts(running)
    assert ownership_faults(journal) == ()
    spans = [span for span in owners(journal) if span.case == "C-0001"]
    assert spans[-1].to_ms == -1 and (spans[-1].post, spans[-1].department) == ("handler", "sanitation")
    kinds = [type(event).__name__ for _, event in journal]
    for once in ("TimeGranted", "MeetingEnded", "ResolutionMade", "ShiftHandedOver", "RequestSent"):
        assert kinds.count(once) == 1, once
    assert not {"DeskFailed", "TurnAbandoned", "ClockResumed"} & set(kinds)
    out, folder = Console(quiet=True), running.data.parent / "replay"
    assert verify_journal(running.data, out) == 0
    folder.mkdir()
    result = replay(running.data, folder, out)
    assert (result.difference, result.restarts) == (None, 3)


@pytest.mark.timeout(120)
def test_city_time_waits_for_a_field_that_was_killed(tmp_path: Path, grid_city: City) -> None:
    with site(tmp_path, grid_city.directory, "--simulation", "middle", "--at", "10:00", "--pace", "20", "--seed", "7",
              "--tempo", "demo") as running:  # fmt: skip
        running.start_field("middle")
        began = city_ms(running)
        until(lambda: city_ms(running) > began + 20_000, 60, "the city goes on")
        field = running.children[0]
        children = Path(f"/proc/{field.pid}/task/{field.pid}/children").read_text().split()
        for pid in [*map(int, children), field.pid]:
            os.kill(pid, signal.SIGKILL)
        gone = city_ms(running)
        time.sleep(4.0)
        held = city_ms(running)
        assert held - gone < 60_000
        time.sleep(3.0)
        assert city_ms(running) == held
        running.start_field("middle")
        until(lambda: city_ms(running) > held + 20_000, 60, "the city goes on again")
        log = (tmp_path / "field.log").read_text(encoding="utf-8")
        assert "went back" not in log
