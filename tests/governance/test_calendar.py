"""Working time: adding and counting undo each other over holidays, make-up days, midnights and changes of clocks."""

from __future__ import annotations

import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from governance_bench import CONFIG
from hypothesis import given, settings
from hypothesis import strategies as st

from services.facts.because import english
from services.governance.calendar import Calendar, ClockKind, load_calendar
from services.governance.case import Clock
from services.governance.limits import extended, left, resumed, stopped, suspended, why_still
from twin.core.errors import ConfigError
from twin.core.text import Text

ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/New_York", "America/Havana", "Australia/Lord_Howe", "UTC")
CALENDARS = {zone: load_calendar(CONFIG / "calendar.toml", zone) for zone in ZONES}
KINDS: tuple[ClockKind, ...] = ("urgent_hour", "working_hour", "working_day", "calendar_day")
FROM_MS = round(datetime.datetime(2025, 12, 20, tzinfo=datetime.UTC).timestamp() * 1000)
UNTIL_MS = round(datetime.datetime(2026, 12, 20, tzinfo=datetime.UTC).timestamp() * 1000)
MOMENTS = st.integers(FROM_MS, UNTIL_MS)
AMOUNTS = st.floats(0.0, 30.0, allow_nan=False)
UNIT_MS = {"urgent_hour": 3_600_000, "working_hour": 3_600_000, "working_day": 28_800_000, "calendar_day": 86_400_000}

a_calendar = st.sampled_from(ZONES).map(lambda zone: CALENDARS[zone])
a_kind = st.sampled_from(KINDS)


def at(text: str, zone: str = "Asia/Shanghai") -> int:
    return round(datetime.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


@given(a_calendar, a_kind, MOMENTS, AMOUNTS)
@settings(max_examples=300, deadline=None)
def test_what_was_added_has_elapsed(calendar: Calendar, kind: ClockKind, start: int, amount: float) -> None:
    due = calendar.add(kind, start, amount)
    assert due >= start
    assert calendar.elapsed(kind, start, due) == pytest.approx(amount, abs=2 / UNIT_MS[kind])


@given(a_calendar, a_kind, MOMENTS, AMOUNTS, AMOUNTS)
@settings(max_examples=200, deadline=None)
def test_more_is_never_sooner_and_parts_add_up(
    calendar: Calendar, kind: ClockKind, start: int, one: float, other: float
) -> None:
    less, more = sorted((one, other))
    assert calendar.add(kind, start, less) <= calendar.add(kind, start, more)
    middle = calendar.add(kind, start, less)
    end = max(middle, calendar.add(kind, start, more))
    whole = calendar.elapsed(kind, start, end)
    parts = calendar.elapsed(kind, start, middle) + calendar.elapsed(kind, middle, end)
    assert whole == pytest.approx(parts, abs=3 / UNIT_MS[kind])


@given(a_calendar, a_kind, MOMENTS, MOMENTS, MOMENTS)
@settings(max_examples=200, deadline=None)
def test_time_never_runs_backwards(calendar: Calendar, kind: ClockKind, a: int, b: int, c: int) -> None:
    first, second, third = sorted((a, b, c))
    assert 0 <= calendar.elapsed(kind, first, second) <= calendar.elapsed(kind, first, third) + 1e-6
    assert calendar.elapsed(kind, third, first) == 0.0
    assert calendar.elapsed(kind, first, second) <= calendar.elapsed("urgent_hour", first, second) + 1e-6


@given(a_calendar, MOMENTS)
@settings(max_examples=300, deadline=None)
def test_a_clock_says_why_it_stands_exactly_while_it_stands(calendar: Calendar, now: int) -> None:
    assert calendar.still("urgent_hour", now) is None and calendar.still("calendar_day", now) is None
    for kind in ("working_hour", "working_day"):
        runs = calendar.elapsed(kind, now, now + 1) > 0
        assert runs is (calendar.still(kind, now) is None) is calendar.working(now)


@given(a_calendar, a_kind, MOMENTS, st.floats(0.1, 20.0), st.lists(st.integers(1, 40 * 3_600_000), max_size=6))
@settings(max_examples=200, deadline=None)
def test_suspended_time_never_counts(
    calendar: Calendar, kind: ClockKind, start: int, amount: float, steps: list[int]
) -> None:
    """Run and suspend in turn: what was used while running, and what is left, are together the limit."""
    clock = Clock("handle", start, calendar.add(kind, start, amount), kind=kind, amount=amount)
    now, used, paused = start, 0.0, False
    for step in steps:
        if not paused:
            used += calendar.elapsed(kind, now, now + step)
        now += step
        if now > clock.due_ms and not paused:
            return
        before = left(clock, calendar, now)
        clock = resumed(clock, calendar, now) if paused else suspended(clock, now, now + step)
        assert left(clock, calendar, now) == pytest.approx(before, abs=5 / UNIT_MS[kind])
        paused = not paused
    assert left(clock, calendar, now) == pytest.approx(amount - used, abs=20 / UNIT_MS[kind])
    assert stopped(clock, calendar, now).stopped_ms == now and not stopped(clock, calendar, now).paused


@pytest.mark.parametrize(
    ("kind", "start", "amount", "due"),
    [
        ("urgent_hour", "2026-02-15 23:30", 2, "2026-02-16 01:30"),
        ("working_hour", "2026-06-15 11:00", 2, "2026-06-15 15:00"),
        ("working_hour", "2026-06-15 17:30", 4, "2026-06-16 11:30"),
        ("working_hour", "2026-06-18 17:00", 2, "2026-06-22 09:00"),  # Dragon Boat, Friday to Sunday
        ("working_day", "2026-06-15 10:00", 1, "2026-06-16 10:00"),
        ("working_day", "2026-02-13 10:00", 1, "2026-02-14 10:00"),  # a Saturday that is worked
        ("working_day", "2026-02-14 10:00", 1, "2026-02-24 10:00"),  # over the whole Spring Festival
        ("working_day", "2026-10-09 14:00", 2, "2026-10-12 12:00"),  # Saturday the 10th is worked, Sunday is not
        ("calendar_day", "2026-09-30 09:15", 3, "2026-10-03 09:15"),
    ],
)
def test_limits_of_the_city(kind: ClockKind, start: str, amount: float, due: str) -> None:
    assert CALENDARS["Asia/Shanghai"].add(kind, at(start), amount) == at(due)


def test_a_calendar_day_is_as_long_as_the_day() -> None:
    berlin = CALENDARS["Europe/Berlin"]
    begins = at("2026-03-29 00:00", "Europe/Berlin")  # clocks go forward: 23 hours
    assert berlin.add("calendar_day", begins, 1.0) - begins == 23 * 3_600_000
    assert berlin.elapsed("working_hour", at("2026-03-27 17:00", "Europe/Berlin"), begins) == 1.0


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("2026-06-15 07:10", "outside working hours, until 08:00"),
        ("2026-06-15 12:30", "outside working hours, until 14:00"),
        ("2026-06-15 19:00", "outside working hours, until 06-16 08:00"),
        ("2026-06-20 10:00", "Dragon Boat Festival: a holiday, until 06-22 08:00"),
        ("2026-06-27 10:00", "a day off, until 06-29 08:00"),
    ],
)
def test_why_it_stands_still(moment: str, words: str) -> None:
    told = CALENDARS["Asia/Shanghai"].still("working_hour", at(moment))
    assert told is not None and english(told) == words


def test_a_clock_that_is_done_or_suspended_says_so() -> None:
    calendar, start = CALENDARS["Asia/Shanghai"], at("2026-06-15 10:00")
    clock = Clock(
        "handle", start, calendar.add("working_hour", start, 4), kind="working_hour", amount=4, limit=Text("x")
    )
    assert why_still(clock, calendar, start) is None
    pause = suspended(clock, start, at("2026-06-16 09:00"))
    assert english(why_still(pause, calendar, start) or "") == "suspended until 06-16 09:00"
    assert english(why_still(stopped(clock, calendar, start), calendar, start) or "") == "stopped: done at 06-15 10:00"
    assert extended(clock, calendar, 60) == at("2026-06-15 17:00"), "extended by working time"


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("hours = []", "hours"),
        ("hours = [[12:00:00, 08:00:00]]", "hours[0]"),
        ("hours = [[08:00:00, 12:00:00], [11:00:00, 18:00:00]]", "hours[1]"),
        ("hours = [[08:00:00, 12:00:00]]\nweekdays = [8]", "weekdays"),
        ("hours = [[08:00:00, 12:00:00]]\nmake_up = [2026-06-15]", "make_up[0]"),
        ("hours = [[08:00:00, 12:00:00]]\n[supervision]\nclocks = ['lunch']", "supervision.clocks"),
        ("hours = [[08:00:00, 12:00:00]]\nlunch = true", "lunch"),
        (
            "hours = [[08:00:00, 12:00:00]]\nmake_up = [2026-06-20]\n[[holidays]]\nname = { en = 'a', zh = '甲' }\n"
            "first = 2026-06-19\nlast = 2026-06-21",
            "make_up[0]",
        ),
    ],
)
def test_faults_are_named(tmp_path: Path, text: str, where: str) -> None:
    path = tmp_path / "calendar.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as fault:
        load_calendar(path, "Asia/Shanghai")
    assert where in str(fault.value)
