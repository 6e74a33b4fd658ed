"""Which signals become an incident, which join one, which two are the same thing."""

from __future__ import annotations

from governance_bench import Bench, crossing, flood

from services.facts.base import Event
from services.facts.evidence import IncidentGrew, IncidentMerged, IncidentOpened
from services.facts.governance import CaseMerged, CaseOpened, EvidenceAdded
from services.governance.case import CaseState
from services.governance.signals import SignalDesk


def opened(events: list[Event]) -> list[IncidentOpened]:
    return [event for event in events if isinstance(event, IncidentOpened)]


def test_one_weak_signal_is_not_enough_and_two_near_ones_are(bench: Bench) -> None:
    assert not opened(bench.notice(crossing("fallen_tree/obstacle", "1/1", 700.0, 402.0)))
    bench.tick(30)
    found = opened(bench.notice(crossing("fallen_tree/obstacle", "2/1", 720.0, 402.0)))
    assert len(found) == 1 and len(found[0].signals) == 2
    assert "2 signals within" in found[0].reason


def test_too_far_or_too_late_is_not_evidence(bench: Bench) -> None:
    bench.notice(crossing("fallen_tree/obstacle", "1/1", 700.0, 402.0))
    assert not opened(bench.notice(crossing("fallen_tree/obstacle", "2/1", 600.0, 402.0)))
    bench.tick(1000)
    assert not opened(bench.notice(crossing("fallen_tree/obstacle", "3/1", 702.0, 402.0)))


def test_a_signal_that_ceased_counts_no_more(bench: Bench) -> None:
    bench.notice(crossing("fallen_tree/obstacle", "1/1", 700.0, 402.0))
    bench.notice(crossing("fallen_tree/obstacle", "1/1", 700.0, 402.0, raised=False))
    assert not opened(bench.notice(crossing("fallen_tree/obstacle", "2/1", 702.0, 402.0)))


def test_standing_vehicles_alone_are_a_jam_not_a_tree(bench: Bench) -> None:
    bench.notice(crossing("fallen_tree/stopped", "edge:4", 700.0, 402.0))
    assert not opened(bench.notice(crossing("fallen_tree/stopped", "edge:5", 710.0, 402.0)))


def test_the_same_crossing_twice_is_one_signal(bench: Bench) -> None:
    bench.notice(flood())
    assert bench.notice(flood()) == []
    desk: SignalDesk = bench.desk(SignalDesk)
    assert list(desk.active) == ["S-1"]


def test_lamps_of_two_circuits_are_not_one_outage(bench: Bench) -> None:
    """Only d07 and d08 exist, on one circuit; three subjects are needed."""
    for device in ("d07", "d08"):
        bench.notice(crossing("lamp_circuit/dark", device, 100.0, 394.0, value=0.0))
    assert not opened(bench.events)
    bench.notice(crossing("lamp_circuit/dark", "d77", 120.0, 394.0, value=0.0))
    assert len(opened(bench.events)) == 1


def test_sensor_and_resident_corroborate(bench: Bench) -> None:
    bench.notice(crossing("displaced_cover/tilt", "d09", 300.0, 402.0, value=40.0))
    events = bench.notice(crossing("displaced_cover/report", "person:res_0002", 312.0, 410.0, value=None))
    assert [type(event) for event in events] == [type(events[0]), IncidentGrew, EvidenceAdded]
    case = bench.case()
    assert [entry.subject for entry in case.evidence] == ["d09", "person:res_0002"]


def test_graver_evidence_raises_the_severity_and_never_lowers_it(bench: Bench) -> None:
    bench.notice(flood(0.2))
    first = bench.case().severity
    bench.notice(crossing("flooded_underpass/deep", "d01", 400.0, 300.0, value=0.7))
    graver = bench.case().severity
    assert graver < first
    bench.notice(crossing("flooded_underpass/aquaplaning", "9/9", 410.0, 310.0, value=7.0))
    assert bench.case().severity == graver


def test_an_obstacle_near_a_displaced_cover_is_the_cover(bench: Bench) -> None:
    bench.notice(crossing("displaced_cover/tilt", "d09", 300.0, 402.0, value=40.0))
    bench.notice(
        crossing("displaced_cover/obstacle", "1/1", 305.0, 402.0), crossing("fallen_tree/obstacle", "1/1", 305.0, 402.0)
    )
    bench.notice(crossing("fallen_tree/obstacle", "2/1", 306.0, 402.0))
    assert [event.scene for event in opened(bench.events)] == ["displaced_cover"]


def test_what_was_taken_for_a_tree_is_merged_into_the_cover(bench: Bench) -> None:
    bench.notice(crossing("fallen_tree/obstacle", "1/1", 305.0, 402.0))
    bench.notice(crossing("fallen_tree/obstacle", "2/1", 306.0, 402.0))
    assert bench.case().scene == "fallen_tree"
    bench.notice(crossing("displaced_cover/tilt", "d09", 300.0, 402.0, value=40.0))
    merged = bench.last(IncidentMerged)
    assert (merged.merged, merged.incident) == ("I-0001", "I-0002")
    assert bench.last(CaseMerged).into == "C-0002"
    assert bench.case("C-0001").state is CaseState.MERGED
    assert not bench.case("C-0002").ended


def test_work_under_way_is_not_merged_away(bench: Bench) -> None:
    bench.notice(crossing("fallen_tree/obstacle", "1/1", 305.0, 402.0))
    bench.notice(crossing("fallen_tree/obstacle", "2/1", 306.0, 402.0))
    bench.report("acknowledged")
    bench.notice(crossing("displaced_cover/tilt", "d09", 300.0, 402.0, value=40.0))
    assert bench.case("C-0001").state is CaseState.HANDLING


def test_every_case_shows_its_evidence_and_rule_version(bench: Bench) -> None:
    bench.notice(flood(0.33))
    case = bench.last(CaseOpened)
    assert case.version == bench.governance.scenes["flooded_underpass"].version
    assert case.evidence[0].source == "d01" and case.evidence[0].observed_ms < case.evidence[0].noticed_ms
    assert case.observed_ms == case.evidence[0].observed_ms


def test_what_grows_and_is_explained_in_one_turn_breaks_nothing(bench: Bench) -> None:
    trees = [crossing("fallen_tree/obstacle", f"{n}/1", 300.0 + n, 402.0) for n in range(3)]
    bench.notice(*trees[:2])
    bench.notice(crossing("displaced_cover/tilt", "d09", 310.0, 402.0, value=40.0), trees[2])
    assert bench.last(IncidentGrew).incident == bench.last(IncidentMerged).merged == "I-0001"
    (case,) = bench.cases.open()
    assert case.scene == "displaced_cover"
