"""Who holds a post: by shift, by day of the week, by area, deputies last; and the faults of a roster by name."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.collaboration.authority import Authority, person_of
from services.collaboration.roster import HOUR_MS, Duty, Roster, load_roster
from services.facts.base import Actor
from services.facts.collaboration import HANDLING
from services.facts.working import AnswerRequest
from twin.city.units import load_departments
from twin.core.errors import ConfigError

CONFIG = Path(__file__).resolve().parents[2] / "config"
ZONE = ZoneInfo("Asia/Shanghai")
DEPARTMENTS = load_departments(CONFIG / "departments.toml")
ROSTER = load_roster(CONFIG / "people.toml", DEPARTMENTS, "Asia/Shanghai")


def at(day: int, hour: int, minute: int = 0) -> int:
    """November 2026; the 23rd is a Monday."""
    return round(datetime(2026, 11, day, hour, minute, tzinfo=ZONE).timestamp() * 1000)


def test_the_same_hour_has_another_head_at_the_weekend() -> None:
    weekday, weekend = (ROSTER.holder("department_head", at(day, 10), "water") for day in (27, 28))
    assert weekday and weekend and weekday != weekend


def test_a_night_shift_belongs_to_the_day_on_which_it_begins() -> None:
    friday_night = Duty("handler", "water", (20, 8), "weekday")
    assert friday_night.covers(7, 5) and friday_night.covers(23, 4)
    assert not friday_night.covers(7, 0) and not friday_night.covers(23, 5)


@given(st.integers(0, 7 * 24 - 1))
def test_every_department_can_be_asked_at_every_hour(hour: int) -> None:
    now = at(23, 0) + hour * HOUR_MS
    for department in DEPARTMENTS:
        for post in HANDLING:
            assert ROSTER.holder(post, now, department) is not None


def test_a_subdistrict_without_a_head_of_its_own_has_the_one_for_all() -> None:
    gulou, unknown, none = (ROSTER.holder("subdistrict_head", at(23, 10), area=area) for area in ("gulou", "x", ""))
    assert gulou and gulou.id == "p-070"
    assert unknown and none and unknown == none and unknown.id == "p-082"


def test_deputies_come_last_and_may_still_act() -> None:
    present = [person.id for person in ROSTER.on_duty("duty_chief", at(23, 10))]
    assert present == ["p-001", "p-024"]
    assert ROSTER.holds("p-024", ("duty_chief",), at(23, 10))


@given(st.integers(0, 7 * 24 * 60 - 1))
def test_the_shift_ends_when_the_roster_says_and_the_next_one_follows(minute: int) -> None:
    now = at(23, 0) + minute * 60_000
    for post in ("dispatcher", "duty_chief", "leader"):
        holder = ROSTER.holder(post, now)
        assert holder is not None
        end = ROSTER.shift_end(holder.id, post, now)
        assert end > now and ROSTER.holds(holder.id, (post,), end - 1)
        assert not ROSTER.holds(holder.id, (post,), end)
        assert ROSTER.next_holder(post, now) == ROSTER.holder(post, end)


def test_nobody_ends_a_shift_that_is_not_theirs() -> None:
    assert ROSTER.shift_end("p-002", "duty_chief", at(23, 10)) == -1
    assert ROSTER.shift_end("p-014", "collector", at(23, 10)) == -1  # never puts it down
    assert ROSTER.next_holder("collector", at(23, 10)) is None


def test_a_department_without_a_handler_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "people.toml"
    text = (CONFIG / "people.toml").read_text()
    path.write_text(
        text.replace('post = "department_head", department = "water"', 'post = "clerk", department = "water"')
    )
    with pytest.raises(ConfigError, match="nobody is department_head of water at 0:00 on a Monday"):
        load_roster(path, DEPARTMENTS, "Asia/Shanghai")
    path.write_text(text.replace("hours = [20, 8]", "hours = [8, 8]", 1))
    with pytest.raises(ConfigError, match="p-002: no shift runs from 8 to 8"):
        load_roster(path, DEPARTMENTS, "Asia/Shanghai")


def test_a_colleague_acts_as_whoever_is_on_duty() -> None:
    authority = Authority(Roster(ROSTER.people, "Asia/Shanghai"))
    colleague = Actor("colleague", "colleague/handler/water", "handler", "p-007")
    command = AnswerRequest(id="c", actor=colleague, request="Q-0001", answer="yes")
    assert person_of(colleague) == "p-007"
    assert authority.refusal(command, at(23, 10)) is None
    assert authority.refusal(command, at(23, 22)) is not None
    assert authority.department(colleague, at(23, 10)) == "water"
    rule = AnswerRequest(id="c", actor=Actor("rule", "x", "handler", "p-007"), request="Q-0001", answer="yes")
    assert authority.refusal(rule, at(23, 10)) is not None


def test_shifts_move_with_holidays_and_make_up_days() -> None:
    """1 January 2026 is a Thursday and a holiday; 10 October a Saturday that is worked."""
    off, worked = date(2026, 1, 1), date(2026, 10, 10)
    moved = load_roster(
        CONFIG / "people.toml", DEPARTMENTS, "Asia/Shanghai",
        lambda day: day == worked or (day != off and day.weekday() < 5),
    )  # fmt: skip

    def head(roster: Roster, month: int, day: int, hour: int) -> str:
        now = round(datetime(2026, month, day, hour, tzinfo=ZONE).timestamp() * 1000)
        holder = roster.holder("department_head", now, "water")
        assert holder is not None
        return holder.id

    weekday, weekend = head(ROSTER, 11, 27, 10), head(ROSTER, 11, 28, 10)
    assert (head(ROSTER, 1, 1, 10), head(moved, 1, 1, 10)) == (weekday, weekend)
    assert (head(ROSTER, 10, 10, 10), head(moved, 10, 10, 10)) == (weekend, weekday)
    assert [head(moved, 1, 2, hour) for hour in range(24)] == [head(ROSTER, 11, 27, hour) for hour in range(24)]
    night = Duty("handler", "water", (20, 8), "weekday")
    assert not night.covers(7, 0, eve=6) and night.covers(7, 6, eve=0), "it belongs to the day on which it begins"
