"""Hours, school days, warnings and responses open scenes and let them rest."""

from __future__ import annotations

from datetime import datetime

import pytest
from governance_bench import CHIEF, DISPATCHER, START_MS, Bench, crossing
from hypothesis import given
from hypothesis import strategies as st

from services.facts.base import CommandRefused
from services.facts.evidence import SignalCleared, SignalRaised
from services.facts.response import (
    DeclareResponse,
    EndResponse,
    ResponseDeclared,
    ResponseEnded,
    SceneArmed,
    SceneRested,
    WarningLifted,
    WarningNoted,
)
from services.governance.response import ResponseDesk
from services.governance.scene_arming import ArmingDesk, in_time
from services.governance.scene_terms import Active
from services.governance.school import SchoolDays, Weekdays
from services.governance.wording import measured
from twin.core.text import Name
from twin.formats.civic import WarningKind, WeatherWarning
from twin.state.batch import WarningHeard

SCHOOL = SchoolDays((), Weekdays())
HOUR_MS = 3_600_000


def warned(kind: WarningKind = "rainstorm", level: int = 2, until_ms: int = START_MS + HOUR_MS) -> WarningHeard:
    said = WeatherWarning(warning_id="w-1", kind=kind, level=level, issued_ms=START_MS, until_ms=until_ms)
    return WarningHeard(kind=kind, warning=said, provenance=1)


@given(st.integers(0, 23), st.integers(0, 23), st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)))
def test_hours_hold_exactly_within_their_window(first: int, last: int, now: datetime) -> None:
    if first == last:
        return
    hours = set(range(first, last)) if first < last else {*range(first, 24), *range(last)}
    assert in_time(Active(hours=(first, last)), now, SCHOOL) == (now.hour in hours)


def test_a_night_belongs_to_the_day_on_which_it_began() -> None:
    friday = Active(hours=(22, 6), weekdays=(5,))
    assert in_time(friday, datetime(2026, 11, 20, 23), SCHOOL)
    assert in_time(friday, datetime(2026, 11, 21, 5), SCHOOL), "Saturday before dawn is still Friday's night"
    assert not in_time(friday, datetime(2026, 11, 21, 22), SCHOOL)


def test_school_days_are_working_days_within_a_term() -> None:
    terms = SchoolDays(((datetime(2026, 9, 1).date(), datetime(2026, 12, 31).date()),), Weekdays())
    active = Active(school_days=True)
    assert in_time(active, datetime(2026, 9, 1, 8), terms)
    assert not in_time(active, datetime(2026, 9, 5, 8), terms), "a Saturday"
    assert not in_time(active, datetime(2026, 8, 3, 8), terms), "the holidays"
    assert in_time(active, datetime(2028, 8, 3, 8), terms), "a year without terms"


def test_what_rests_raises_nothing_and_what_held_is_cleared(bench: Bench) -> None:
    arming: ArmingDesk = bench.desk(ArmingDesk)
    assert arming.rests("night_noise") and "night_noise" in bench.senses.resting, "it is ten in the morning"
    loud = crossing("night_noise/loud", "d05", 300.0, 300.0, value=75.0)
    assert not [event for event in bench.notice(loud) if isinstance(event, SignalRaised)]
    bench.tick(12.5 * 3600)
    assert bench.last(SceneArmed).scene == "night_noise" and not arming.rests("night_noise")
    assert [event for event in bench.notice(loud) if isinstance(event, SignalRaised)]
    bench.tick(8 * 3600)
    assert bench.last(SceneRested).scene in ("night_noise", "school_gate_congestion") or arming.rests("night_noise")
    assert bench.last(SignalCleared).condition == "night_noise/loud"
    before = arming.snapshot()
    arming.restore(before)
    assert arming.snapshot() == before


def test_warnings_come_and_go_with_the_weather_service(bench: Bench) -> None:
    desk: ResponseDesk = bench.desk(ResponseDesk)
    bench.batch(warned())
    noted = bench.last(WarningNoted)
    assert (noted.hazard, noted.level, desk.warnings["rainstorm"].level) == ("rainstorm", 2, 2)
    assert not [event for event in bench.batch(warned()) if isinstance(event, WarningNoted)], "retained, heard again"
    bench.batch(warned("gale", 3))
    bench.batch(WarningHeard(kind="gale", warning=None, provenance=1))
    assert bench.last(WarningLifted).hazard == "gale"
    bench.tick(2 * 3600)
    assert not desk.warnings, "it ran out"
    desk.restore(desk.snapshot())


def test_the_chief_declares_and_ends_a_response(bench: Bench) -> None:
    desk: ResponseDesk = bench.desk(ResponseDesk)
    declare = DeclareResponse(id="d1", actor=CHIEF, hazard="rainstorm", level=3, why_declared="orange warning")
    bench.command(declare)
    assert bench.last(ResponseDeclared).level == 3 and desk.responses["rainstorm"].by == CHIEF.id
    bench.command(EndResponse(id="e1", actor=CHIEF, hazard="rainstorm", why_ended="the rain is over"))
    assert bench.last(ResponseEnded).hazard == "rainstorm" and not desk.responses


@pytest.mark.parametrize(
    ("actor", "level", "why", "words"),
    [
        (DISPATCHER, 3, "x", "may not do this"),
        (CHIEF, 7, "x", "level from 1 to 4"),
        (CHIEF, 3, " ", "give a reason"),
    ],
)
def test_a_response_is_refused_with_a_reason(bench: Bench, actor: object, level: int, why: str, words: str) -> None:
    declare = DeclareResponse(id="d1", actor=actor, hazard="gale", level=level, why_declared=why)  # type: ignore[arg-type]
    (refused,) = [event for event in bench.command(declare) if isinstance(event, CommandRefused)]
    assert refused.why is not None and words in refused.why.msgid
    nothing = EndResponse(id="e1", actor=CHIEF, hazard="gale", why_ended="over")
    assert any(isinstance(event, CommandRefused) for event in bench.command(nothing))


def test_a_warning_or_a_response_opens_a_scene(bench: Bench) -> None:
    arming: ArmingDesk = bench.desk(ArmingDesk)
    by_warning = Active(warnings=("rainstorm",), warning_at_least=3)
    by_response = Active(response=("rainstorm",), response_at_least=2)
    assert arming.opened(by_warning, bench.now_ms) is None
    bench.batch(warned(level=4))
    assert arming.opened(by_warning, bench.now_ms) is None, "blue is not enough"
    bench.batch(warned(level=1))
    found = arming.opened(by_warning, bench.now_ms)
    assert found is not None and "rainstorm" in found["reason"] and "red" in found["reason"]
    assert arming.opened(by_response, bench.now_ms) is None
    bench.command(DeclareResponse(id="d1", actor=CHIEF, hazard="rainstorm", level=2, why_declared="red warning"))
    assert arming.opened(by_response, bench.now_ms) is not None


def test_a_declared_response_arms_the_watch_over_underpasses_and_its_end_lets_it_rest(bench: Bench) -> None:
    arming: ArmingDesk = bench.desk(ArmingDesk)
    water = crossing("underpass_watch/first", "d01", 300.0, 300.0, value=0.06)
    assert arming.rests("underpass_watch")
    assert not [event for event in bench.notice(water) if isinstance(event, SignalRaised)]
    bench.command(DeclareResponse(id="d1", actor=CHIEF, hazard="rainstorm", level=3, why_declared="orange warning"))
    bench.tick(1)
    assert not arming.rests("underpass_watch") and bench.last(SceneArmed).scene == "underpass_watch"
    bench.notice(water)
    assert bench.last(SignalRaised).evidence.condition == "underpass_watch/first"
    bench.command(EndResponse(id="e1", actor=CHIEF, hazard="rainstorm", why_ended="the rain is over"))
    bench.tick(1)
    assert arming.rests("underpass_watch") and bench.last(SignalCleared).condition == "underpass_watch/first"


def test_a_storm_is_opened_by_its_warning_for_the_whole_city(bench: Bench) -> None:
    bench.notice(crossing("storm/rainstorm", "met:rainstorm/2", 400.0, 400.0, value=2.0))
    case = bench.case()
    assert (case.scene, case.severity, case.evidence[0].channel) == ("storm", 2, "weather")
    assert case.where == bench.world.city.meta.name, "and not the grid cell in which its mark stands"
    bench.notice(crossing("storm/rainstorm", "met:rainstorm/1", 400.0, 400.0, value=1.0))
    assert bench.case().severity == 1, "red after orange"
    caption = measured(bench.governance.scenes["storm"], bench.case().evidence, Name("Town", "市"))
    assert caption.en.endswith("level 1"), "the gravest"
