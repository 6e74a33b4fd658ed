"""One-stop beside counters: the same errands, honest queues, the same bytes."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
from rich.console import Console

from services.app.service_compare import as_json, compare_services, read_town
from services.collaboration.roster import load_roster
from services.evaluation.service_compare import ALL, BY_HAND, DIGITAL, MEASURES, SINGLE, Found, Town, compare, served
from services.evaluation.service_demand import Errand
from services.evaluation.service_queues import NobodyServesError, Offices, Tally
from services.evaluation.service_settings import Faults, ServiceSettings, Time, load_service_settings
from services.governance.calendar import load_calendar
from twin.city.errand_demand import facts_of
from twin.city.lives import lives
from twin.core.errors import ConfigError

CONFIG = Path(__file__).parents[2] / "config"
ZONE = "Asia/Shanghai"
FACTS = {"age": 55, "has_household": True, "has_infant": True, "has_school_child": True, "employed": True}
BUNDLES = ("newborn", "school_enrolment", "restaurant", "company", "property_transfer", "retirement")


def at(day: int, hour: int, minute: int = 0) -> int:
    """June 2026; the 15th is a Monday, the 19th a holiday."""
    return round(datetime(2026, 6, day, hour, minute, tzinfo=ZoneInfo(ZONE)).timestamp() * 1000)


@pytest.fixture(scope="module")
def town() -> tuple[Town, ServiceSettings]:
    town, settings = read_town()
    asked = msgspec.structs.replace(town.asked, per_residents=600)
    return replace(town, asked=asked), msgspec.structs.replace(settings, residents=600)


@pytest.fixture(scope="module")
def found(town: tuple[Town, ServiceSettings]) -> Found:
    return compare(*town, seeds=2, days=2)


def sure(settings: ServiceSettings, **faults: float) -> ServiceSettings:
    """Nothing goes wrong, every item takes all of its promise, and everybody goes at once."""
    time = Time(share_of_promise=(1.0, 1.0), free_days=(0.0, 0.0), answer_days=(1.0, 1.0), post_days=(1.0, 1.0))
    return msgspec.structs.replace(settings, faults=Faults(**{"answer": 0.0, "material": 0.0, **faults}), time=time)


def an_errand(service: str, asked_ms: int, number: int = 0, digital: bool = True) -> Errand:
    return Errand(f"{service}/{number}", service, "res_1", asked_ms, 600.0, digital, FACTS)


# --- queues ----------------------------------------------------------------------------------------------------------


def offices(people: str, tmp_path: Path) -> Offices:
    path = tmp_path / "people.toml"
    path.write_text((CONFIG / "people.toml").read_text(encoding="utf-8") + people, encoding="utf-8")
    calendar = load_calendar(CONFIG / "calendar.toml", ZONE)
    return Offices(calendar, load_roster(path, None, ZONE, calendar.works))


def asking(
    desk: Offices, tallies: list[Tally], ended: list[int], seconds: float, came: bool = True
) -> Callable[[int], None]:
    def ask(now: int) -> None:
        tallies.append(Tally("s", now))
        desk.serve("clerk", "tax", seconds, tallies[-1], ended.append, now if came else -1)

    return ask


def test_one_clerk_serves_one_after_the_other_and_two_serve_two(tmp_path: Path) -> None:
    second = '\n[p-901]\nname = { en = "Two", zh = "二" }\nduties = [{ post = "clerk", department = "tax" }]\n'
    for people, waits in (("", [0.0, 600.0, 1200.0]), (second, [0.0, 0.0, 600.0])):
        desk, tallies, ended = offices(people, tmp_path), [], []  # type: tuple[Offices, list[Tally], list[int]]
        for _ in range(3):
            desk.at(at(15, 9), asking(desk, tallies, ended, 600.0))
        desk.run()
        assert [tally.waited_s for tally in tallies] == waits
        assert [tally.staff_s for tally in tallies] == [600.0] * 3


def test_of_those_who_come_at_one_moment_the_first_is_the_first(tmp_path: Path) -> None:
    desk = offices("", tmp_path)
    served_first: list[str] = []
    for name in ("a", "b", "c"):
        desk.at(
            at(15, 9),
            lambda now, name=name: desk.serve(  # type: ignore[misc]
                "clerk", "tax", 60.0, Tally(name, now), lambda _: served_first.append(name), now
            ),
        )
    desk.run()
    assert served_first == ["a", "b", "c"]


def test_who_came_before_closing_is_served_and_work_without_them_waits_for_morning(tmp_path: Path) -> None:
    desk, tallies, ended = offices("", tmp_path), [], []  # type: tuple[Offices, list[Tally], list[int]]
    for _ in range(2):
        desk.at(at(15, 17, 55), asking(desk, tallies, ended, 600.0))
    desk.run()
    assert ended == [at(15, 18, 5), at(15, 18, 15)]
    desk, tallies, ended = offices("", tmp_path), [], []
    for _ in range(2):
        desk.at(at(18, 17, 55), asking(desk, tallies, ended, 600.0, came=False))
    desk.run()
    assert ended == [at(18, 18, 5), at(22, 8, 10)], "the 19th is a holiday, and a weekend follows"


def test_a_queue_that_nobody_serves_is_a_fault(tmp_path: Path) -> None:
    desk = offices("", tmp_path)
    desk.at(at(15, 9), lambda now: desk.serve("clerk", "landscape", 60.0, Tally("s", now), lambda _: None))
    with pytest.raises(NobodyServesError, match="landscape"):
        desk.run()


# --- ways of serving -------------------------------------------------------------------------------------------------


def one(town: Town, settings: ServiceSettings, way: str, *errands: Errand) -> list[Tally]:
    return served(town, settings, errands, way, 1)


@pytest.mark.parametrize("service", BUNDLES)
def test_a_bundle_takes_its_longest_path_and_counters_take_a_way_for_each_item(
    town: tuple[Town, ServiceSettings], service: str
) -> None:
    where, settings = town[0], sure(town[1])
    errand = an_errand(service, at(15, 8))
    bundle, counters, combined = (one(where, settings, way, errand)[0] for way in ("one_stop", "counters", "combined"))
    items = where.services[service].items
    longest: dict[str, float] = {}
    for item in items:
        assert item.promised is not None
        days = item.promised.amount / (1.0 if item.promised.kind == "working_day" else 8.0)
        longest[item.id] = days + max((longest[other] for other in item.after), default=0.0)
    days = where.calendar.elapsed("working_day", bundle.asked_ms, bundle.ended_ms)
    assert max(longest.values()) <= days <= max(longest.values()) + 1.5, "work, post and pick-up come on top"
    assert bundle.trips == sum(item.delivery == "pick_up" for item in items)
    assert 2 <= combined.trips <= counters.trips
    assert counters.trips >= len(items) > bundle.trips
    assert bundle.returned == counters.returned == combined.returned == 0
    assert bundle.questions < counters.questions and bundle.materials < counters.materials
    assert counters.ended_ms > bundle.ended_ms


def test_without_a_digital_identity_one_way_is_enough(town: tuple[Town, ServiceSettings]) -> None:
    where, settings = town[0], sure(town[1])
    for service in ("newborn", "school_enrolment", "property_transfer", "retirement"):
        by_hand = one(where, settings, "one_stop", an_errand(service, at(15, 8), digital=False))[0]
        online = one(where, settings, "one_stop", an_errand(service, at(15, 8)))[0]
        assert (by_hand.trips, online.trips) == (1, 0)
        assert (by_hand.questions, by_hand.materials) == (online.questions, online.materials)


def test_what_is_wrong_comes_back_once_for_each_item_at_most(town: tuple[Town, ServiceSettings]) -> None:
    where, settings = town[0], sure(town[1], answer=0.999, material=0.999)
    for service in BUNDLES:
        items = where.services[service].items
        bundle = one(where, settings, "one_stop", an_errand(service, at(15, 8)))[0]
        counters = one(where, settings, "counters", an_errand(service, at(15, 8)))[0]
        assert 1 <= bundle.returned <= len(items) == counters.returned
        assert bundle.ended_ms > 0 and counters.ended_ms > 0


def test_fewer_officers_than_work_make_a_queue_in_either_way(town: tuple[Town, ServiceSettings]) -> None:
    """Queues emerge: a crowd on one morning waits, and its bundles take longer than one alone."""
    where, settings = town[0], sure(town[1])
    crowd = [an_errand("restaurant", at(15, 8), number) for number in range(40)]
    for way in ("one_stop", "counters"):
        alone = one(where, settings, way, crowd[0])[0]
        together = one(where, settings, way, *crowd)
        assert max(tally.ended_ms for tally in together) > alone.ended_ms
        assert sum(tally.waited_s for tally in together) > 0.0 or way == "one_stop"


# --- the comparison -------------------------------------------------------------------------------------------------


def test_the_same_call_gives_the_same_bytes(town: tuple[Town, ServiceSettings], found: Found) -> None:
    again = compare(*town, seeds=2, days=2)
    assert as_json(found, town[1], {}) == as_json(again, town[1], {})
    assert compare(town[0], msgspec.structs.replace(town[1], first_seed=7), seeds=2, days=2) != found


def test_every_group_has_every_measure_with_an_interval(found: Found) -> None:
    assert set(found.groups) == {ALL, SINGLE, DIGITAL, BY_HAND, *BUNDLES}
    assert found.errands[ALL] == found.errands[DIGITAL] + found.errands[BY_HAND]
    assert found.errands[ALL] == sum(found.errands[name] for name in (SINGLE, *BUNDLES))
    for name in (ALL, SINGLE):
        rows = found.groups[name]
        assert [row.measure for row in rows] == [measure.id for measure in MEASURES]
        for row in rows:
            assert row.change.pairs == 2 and row.change.low is not None
            assert {way: mean.seeds for way, mean in row.ways.items()} == {"counters": 2, "combined": 2, "one_stop": 2}


def test_the_register_knows_who_may_ask(town: tuple[Town, ServiceSettings]) -> None:
    people = lives(town[0].city, 1, 600, town[0].population)
    known = facts_of(people)
    assert any(facts["has_school_child"] for facts in known) and any(facts["has_infant"] for facts in known)
    assert all(facts["age"] >= 18 for facts in known if facts["has_child"] or facts["has_infant"])
    assert all(facts["has_child"] for facts in known if facts["has_school_child"])


def test_the_command_prints_both_languages_and_what_is_assumed(
    town: tuple[Town, ServiceSettings], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("services.app.service_compare.read_town", lambda: town)
    for language, words in (
        ("en", ("Beside published figures", "Assumed, not found", "Not compared", "−62 %")),
        ("zh_CN", ("与公布数字对照", "新生儿出生一件事", "属于假设", "−62 %")),
    ):
        out = io.StringIO()
        report = tmp_path / f"{language}.json"
        assert compare_services(1, 1, report, language, Console(file=out, width=120)) == 0
        assert all(word in out.getvalue() for word in words), out.getvalue()
    assert (tmp_path / "en.json").read_bytes() == (tmp_path / "zh_CN.json").read_bytes()


SETTINGS_FAULTS = [
    ('wallet = ["identity_check"', 'wallet = ["passport"', "nobody issues 'passport'"),
    ("answer = 0.008", "answer = 1.0", "faults.answer: a share"),
    ("free_days = [0.3, 2.0]", "free_days = [2.0, 0.3]", "time.free_days: shortest and longest"),
    ("copy_s = 120.0", "copy_s = -1.0", "work.copy_s: not negative"),
    ('measure = "materials"', 'measure = "joy"', "published[0].measure: no measure 'joy'"),
    ("change = -0.62", "", "published[2]: before and after, or change"),
    ("seeds = 5", "seeds = 0", "seeds: at least 1"),
    ("seeds = 5", "seed = 5", "services.toml"),
]


@pytest.mark.parametrize(("old", "new", "fault"), SETTINGS_FAULTS)
def test_a_faulty_setting_is_named(
    town: tuple[Town, ServiceSettings], tmp_path: Path, old: str, new: str, fault: str
) -> None:
    text = (CONFIG / "evaluation" / "services.toml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "services.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_service_settings(tmp_path / "services.toml", town[0].services, [measure.id for measure in MEASURES])
    assert fault in str(caught.value)


def test_moments_of_the_test_are_what_they_say() -> None:
    assert datetime.fromtimestamp(at(15, 8) / 1000, UTC).hour == 0
