"""Who asks the hall for what: as often as configured, by those who may, the same for whoever draws it."""

from __future__ import annotations

import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest

from twin.city.errand_demand import Demand, Taken, in_tempo, moment_ms, weekdays_before
from twin.city.errand_settings import ErrandSettings, Wanted, load_errand_settings
from twin.city.register_facts import Condition
from twin.core.errors import ConfigError

PATH = Path(__file__).parents[2] / "config" / "errands.toml"
SETTINGS = load_errand_settings(PATH)
MONDAY = datetime.date(2026, 6, 15)
FACTS = tuple({"age": age, "has_household": True} for age in range(100))


def wanting(**demand: Wanted) -> ErrandSettings:
    return msgspec.structs.replace(SETTINGS, demand=demand, per_residents=100)


def days(count: int) -> list[datetime.date]:
    return [MONDAY + datetime.timedelta(days=day) for day in range(count)]


def test_people_ask_as_often_as_configured_and_only_those_who_may() -> None:
    adult = Condition(fact="age", at_least=18, at_most=60)
    demand = Demand(wanting(a=Wanted(per_day=4.0, who=(adult,))), FACTS, 7, times=0.5)
    asks = [ask for day in days(300) for ask in demand.on(day)]
    assert 540 < len(asks) < 660, "300 days of a Poisson mean of 2: 600, three deviations of 24.5 to either side"
    assert {ask.row for ask in asks} <= set(range(18, 61)) and len({ask.row for ask in asks}) == 43
    assert len({ask.id for ask in asks}) == len(asks)
    assert abs(sum(ask.share for ask in asks) / len(asks) - 0.5) < 0.05


def test_nobody_asks_twice_for_what_is_asked_for_once() -> None:
    taken: Taken = set()
    demand = Demand(wanting(a=Wanted(per_day=3.0, once=True), b=Wanted(per_day=3.0)), FACTS, 7)
    asks = [ask for day in days(60) for ask in demand.on(day, taken)]
    once = [ask.row for ask in asks if ask.service == "a"]
    assert len(once) == len(set(once)) > 80
    assert taken == {("a", row) for row in once}
    assert len([ask for ask in asks if ask.service == "b"]) > 140, "who else asks is not changed by it"


def test_a_day_is_the_same_whatever_was_drawn_before() -> None:
    settings = wanting(a=Wanted(per_day=3.0))
    alone = list(Demand(settings, FACTS, 7).on(MONDAY))
    later = Demand(settings, FACTS, 7)
    for day in weekdays_before(MONDAY, 10):
        list(later.on(day))
    assert list(later.on(MONDAY)) == alone != list(Demand(settings, FACTS, 8).on(MONDAY))


def test_what_a_service_asks_of_its_applicants_counts_too_and_nobody_may_ask_for_some() -> None:
    also = {"a": (Condition(fact="age", at_least=98),), "b": (Condition(fact="age", at_least=100),)}
    demand = Demand(wanting(a=Wanted(per_day=5.0), b=Wanted(per_day=5.0)), FACTS, 7, also=also)
    assert {ask.row for day in days(20) for ask in demand.on(day)} == {98, 99}


def test_the_tempo_says_how_many_times_as_often() -> None:
    counts = {
        tempo: sum(1 for day in days(40) for _ in in_tempo(SETTINGS, FACTS * 20, 7, tempo).on(day))
        for tempo in ("real", "demo")
    }
    times = SETTINGS.times["demo"] / SETTINGS.times["real"]
    assert 0.5 * times < counts["demo"] / max(counts["real"], 1) < 2.0 * times


def test_moments_lie_within_the_hours_of_the_city() -> None:
    zone = ZoneInfo("Asia/Shanghai")
    for ask in in_tempo(SETTINGS, FACTS * 30, 7, "demo").on(MONDAY):
        local = datetime.datetime.fromtimestamp(moment_ms(SETTINGS, ask, zone) / 1000, zone)
        assert local.date() == MONDAY
        assert SETTINGS.hours[0] <= local.hour + local.minute / 60 <= SETTINGS.hours[1]


def test_days_before_are_working_days() -> None:
    before = weekdays_before(MONDAY, 10)
    assert [day.isoweekday() for day in before] == [1, 2, 3, 4, 5, 1, 2, 3, 4, 5]
    assert before[-1] == datetime.date(2026, 6, 12) and len(weekdays_before(MONDAY, 0)) == 0


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("newborn = { per_day = 1.0", "newborn = { per_day = 0.0", "demand.newborn.per_day: more than 0"),
        ('fact = "employed"', 'fact = "rich"', "the register has no 'rich'"),
        ("hours = [8.0, 17.5]", "hours = [18.0, 17.5]", "hours: from and to"),
        ("counter = 0.6", "counter = 0.7", "channels.offline: shares that add up to 1"),
        ("appeals = 0.3", "appeals = 1.3", "conduct.appeals: a share"),
        ("times = { real = 1.0, demo = 32.0 }", "times = { real = 1.0 }", "times: one figure for real"),
        ("reply_h = { real = [1.0, 30.0]", "reply_h = { real = [31.0, 30.0]", "pace.reply_h.real: shortest"),
        ("per_residents", "residents", "errands.toml"),
        ("for_child = 0.2", "for_child = 2.0", "demand.identity_check.for_child: a share"),
    ],
)
def test_a_faulty_setting_is_named(tmp_path: Path, old: str, new: str, fault: str) -> None:
    text = PATH.read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "errands.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_errand_settings(tmp_path / "errands.toml")
    assert fault in str(caught.value)
