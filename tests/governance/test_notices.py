"""What the public and vehicles are told of a case, and when it is taken back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import msgspec
import pytest
from governance_bench import CHIEF, Bench, crossing

from services.facts.governance import CloseByForce, TakeOver
from services.facts.response import NoticeCancelled, NoticeIssued, VehiclesWarned, WarningWithdrawn
from services.governance.desks import Governance
from services.governance.notices import NoticeDesk
from services.governance.scene_terms import PublicNotice, VehicleWarning
from services.governance.v2x_warnings import WarningDesk
from twin.city.model import City
from twin.core.text import Name
from twin.formats.cap import NAMESPACE, faults
from twin.formats.denm import decode_denm
from twin.formats.topics import parse_v2x

SPACE = {"cap": NAMESPACE}
NOTICE = PublicNotice(
    at_least=2, category="Fire", event=Name("Fire", "火灾"), urgency="Immediate", severity="Severe",
    certainty="Observed", response="Avoid", headline=Name("Fire at {place}", "{place}火灾"),
    instruction=Name("Keep away", "请勿靠近"), radius_m=300.0,
)  # fmt: skip


@pytest.fixture
def telling(grid_city: City, governance: Governance) -> Bench:
    fire = msgspec.structs.replace(
        governance.scenes["fire"], notice=NOTICE, warn=VehicleWarning(cause=94, subcause=0, at_least=3)
    )
    return Bench(grid_city, replace(governance, scenes={**governance.scenes, "fire": fire}))


def smoke(value: float, provenance: int = 1) -> Any:
    return msgspec.structs.replace(
        crossing("fire/smoke", f"s-{value}", 600.0, 790.0, value=value), provenance=provenance
    )


def close(bench: Bench) -> None:
    bench.command(CloseByForce(id="f1", actor=CHIEF, case="C-0001", why_forced="over"))


def said(document: str, path: str) -> list[str]:
    found = ElementTree.fromstring(document).findall("/".join(f"cap:{part}" for part in path.split("/")), SPACE)
    return [element.text or "" for element in found]


def test_a_grave_case_is_told_to_the_public_and_withdrawn(telling: Bench) -> None:
    telling.notice(smoke(0.3))
    assert not telling.of(telling.events, (NoticeIssued,))
    telling.notice(smoke(0.7))
    issued = telling.last(NoticeIssued)
    assert faults(issued.cap) == []
    assert said(issued.cap, "status") == ["Test"] and said(issued.cap, "note") != [""]
    assert said(issued.cap, "msgType") == ["Alert"] and said(issued.cap, "info/language") == ["en", "zh-CN"]
    assert said(issued.cap, "info/instruction") == ["Keep away", "请勿靠近"]
    topic = [message for message in telling.sent if message.topic == "notices/C-0001"]
    assert [message.retain for message in topic] == [True]
    desk: NoticeDesk = telling.desk(NoticeDesk)
    assert len(list(desk.sections("C-0001"))) == 1
    kept = desk.snapshot()
    desk.restore(kept)
    assert desk.snapshot() == kept and desk.of("C-0001") is not None
    close(telling)
    cancelled = telling.last(NoticeCancelled)
    assert faults(cancelled.cap) == [] and said(cancelled.cap, "msgType") == ["Cancel"]
    assert said(cancelled.cap, "references")[0].split(",")[1] == issued.notice == cancelled.notice
    assert telling.sent[-1].payload == b"" or any(m.topic == "notices/C-0001" and not m.payload for m in telling.sent)
    assert desk.of("C-0001") is None and not list(desk.sections("C-0001"))


def test_a_notice_is_renewed_before_it_lapses(telling: Bench) -> None:
    telling.notice(smoke(0.7))
    first = telling.last(NoticeIssued)
    telling.tick(3100)
    second = telling.last(NoticeIssued)
    assert second.updates == first.notice != second.notice
    assert said(second.cap, "msgType") == ["Update"] and second.expires_ms > first.expires_ms


@pytest.mark.parametrize(("provenance", "status"), [(0, "Actual"), (1, "Test"), (2, "Test"), (3, "Exercise")])
def test_only_what_is_live_is_actual(telling: Bench, provenance: int, status: str) -> None:
    telling.notice(smoke(0.7, provenance))
    assert said(telling.last(NoticeIssued).cap, "status") == [status]


def test_a_case_in_a_persons_hands_is_not_told_by_rule(telling: Bench) -> None:
    telling.notice(smoke(0.3))
    telling.command(TakeOver(id="t1", actor=CHIEF, case="C-0001"))
    telling.notice(smoke(0.7))
    assert not telling.of(telling.events, (NoticeIssued,))


def test_vehicles_are_warned_again_and_again_until_the_end(telling: Bench) -> None:
    telling.notice(smoke(0.3))
    warned = telling.last(VehiclesWarned)
    assert (warned.cause_code, warned.subcause_code) == (94, 0)
    telling.tick(301)
    assert len(telling.of(telling.events, (VehiclesWarned,))) == 2
    assert telling.last(VehiclesWarned).denm == warned.denm
    close(telling)
    assert telling.last(WarningWithdrawn).denm == warned.denm
    messages = [message for message in telling.sent if "/denm/" in message.topic]
    decoded = [decode_denm(message.payload) for message in messages]
    assert [one.terminated for one in decoded] == [None, None, "cancelled"]
    assert {(one.station_id, one.sequence) for one in decoded} == {(decoded[0].station_id, 0)}
    assert decoded[0].detection_ms == decoded[2].detection_ms
    ends = [one.detection_ms + one.validity_s * 1000 for one in decoded]
    assert ends[0] < ends[1]
    parsed = parse_v2x(f"sim/x/{messages[0].topic}")
    assert (parsed.queue, parsed.word, parsed.source) == ("outQueue", "denm", "civitwin")
    desk: WarningDesk = telling.desk(WarningDesk)
    kept = desk.snapshot()
    desk.restore(kept)
    assert desk.snapshot() == kept
