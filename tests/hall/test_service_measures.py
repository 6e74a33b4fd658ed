"""Measures of services follow from events alone; the fairness report gives nobody away."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hall_bench import Enrolled, Hall
from hypothesis import given
from hypothesis import strategies as st

from services.facts.base import Event
from services.facts.hall import (
    ErrandBegun,
    ErrandRefused,
    ErrandStepped,
    ErrandWithdrawn,
    ItemDelivered,
    ItemRefused,
    ReviewTaken,
    SupplementAnswered,
    SupplementAsked,
)
from services.hall.catalogue import load_services
from services.hall.fairness import DIMENSIONS, LEAST, Fairness, fairness, suppressed
from services.hall.service_measures import Figures, by, figures
from services.hall.service_measures_desk import ServiceMeasuresDesk
from services.hall.service_page import fairness_page, services_page
from services.hall.service_record import ServiceBook
from twin.city.catalogue import config_directory, load_catalogue
from twin.city.model import City
from twin.core.text import Name, Text
from twin.core.views import Table

CONFIG = config_directory()
SERVICES = load_services(CONFIG / "services", load_catalogue(CONFIG).departments)
NOW_MS = 1_781_000_000_000
MINUTE = 60_000


def begun(number: int, person: str = "p", channel: Any = "online", service: str = "newborn") -> ErrandBegun:
    return ErrandBegun(
        errand=f"E-{number:04d}", service=service, person=person, pseudonym="x", request="r1", version="v", sealed=b"",
        missing=(), place="hall", provenance=1, channel=channel, materials=("a", "b"),
    )  # fmt: skip


def of(kind: Any, number: int = 1, **more: Any) -> Any:
    own = {"errand": f"E-{number:04d}", "person": "p", "pseudonym": "x", "request": "r1", **more}
    return kind(**{name: value for name, value in own.items() if name in kind.__struct_fields__})


def told(*events: tuple[float, Event]) -> ServiceBook:
    """Events at minutes."""
    book = ServiceBook()
    for minute, event in events:
        book.note(event, NOW_MS + round(minute * MINUTE))
    return book


def step(state: str, **more: Any) -> ErrandStepped:
    return of(ErrandStepped, state=state, **more)  # type: ignore[no-any-return]


def test_a_life_event_is_measured_from_its_form_to_its_last_document() -> None:
    book = told(
        (0, begun(1, channel="counter")),
        (5, step("expected", visit="intake")),
        (60, step("queued", number=1)),
        (72, step("serving", until_ms=NOW_MS + 80 * MINUTE)),
        (80, step("served")),
        (90, of(ReviewTaken, items=("a",), department="health", officer="c", until_ms=NOW_MS + 100 * MINUTE)),
        (101, of(SupplementAsked, item="a", materials=("c",), until_ms=-1)),
        (110, of(SupplementAnswered, item="a", materials=("c",))),
        (120, of(ItemDelivered, item="a")),
        (120, step("completed")),
        (500, step("queued")),
    )
    (record,) = book.records
    assert (record.end, record.trips, record.acts, record.materials, record.met) == ("completed", 1, 3, 3, 1)
    assert (record.waited_ms, record.there_ms, record.staff_ms) == (12 * MINUTE, 8 * MINUTE, 18 * MINUTE)
    made = figures(book.records)
    assert (made.elapsed_h, made.staff_min, made.applicant_min, made.waiting_min) == (2.0, 18.0, 20.0, 12.0)
    assert made.right_first == 0.0 and made.unmet == 0


def test_how_it_ended_and_what_it_cost_whom() -> None:
    book = told(
        (0, begun(1)), (0, begun(2)), (0, begun(3)), (0, begun(4)), (0, begun(5)),
        (1, step("completed")),
        (1, of(ErrandWithdrawn, 2, service="newborn")),
        (1, of(ItemRefused, 3, item="a", ground="not_eligible", remedy="appeal", until_ms=-1)),
        (2, of(ErrandStepped, 3, state="refused")),
        (2, of(ErrandStepped, 4, state="lapsed")),
        (3, ErrandRefused(errand="", person="p", pseudonym="x", service="newborn", request="r")),
        (3, of(ErrandStepped, 77, state="completed")),
    )  # fmt: skip
    made = figures(book.records)
    assert (made.errands, made.open, made.completed, made.refused, made.gave_up) == (5, 1, 1, 1, 2)
    assert made.right_first == 0.25 and made.unmet == 1 and book.turned_away == {"p": 1}
    again = ServiceBook()
    again.restore(book.snapshot())
    assert figures(again.records) == made and again.snapshot() == book.snapshot()


def test_what_is_brought_at_a_terminal_waits_for_nobody() -> None:
    book = told(
        (0, begun(1, channel="kiosk")), (1, of(SupplementAsked, item="a", materials=("c",), until_ms=-1)),
        (1, step("expected", visit="supplement")), (30, step("queued")),
        (30, of(SupplementAnswered, item="a", materials=("c",))), (3000, step("expected", visit="item")),
        (3010, step("queued")), (3015, step("serving", until_ms=0)), (3020, step("served")), (3100, step("completed")),
    )  # fmt: skip
    (record,) = book.records
    assert (record.waited_ms, record.there_ms, record.trips) == (5 * MINUTE, 5 * MINUTE, 2)


def test_the_records_agree_with_the_hall_that_they_are_about(grid_city: City, tmp_path: Path) -> None:
    hall = Hall(grid_city, tmp_path)
    hall.ask()
    hall.tick(600)
    hall.come()
    for _ in range(60):
        hall.through()
        hall.come()
    errand = hall.errand()
    book = next(desk.book for desk in hall.desks if isinstance(desk, ServiceMeasuresDesk))
    (record,) = book.records
    assert errand.ended and record.end == errand.state.value
    assert (record.trips, record.waited_ms) == (errand.trips, errand.waited_ms) and record.trips > 0
    assert record.staff_ms > 0 and record.there_ms > 0
    assert (record.begun_ms, record.ended_ms) == (errand.begun_ms, errand.ended_ms)


def test_services_stand_apart_and_so_do_channels() -> None:
    book = told((0, begun(1)), (0, begun(2, channel="kiosk")), (0, begun(3, service="company")), (9, step("completed")))
    assert [(group.key, group.figures.errands) for group in by(book.records, lambda one: one.service)] == [
        ("company", 1), ("newborn", 2),
    ]  # fmt: skip
    card = services_page(book, SERVICES)
    tables = [section for section in card.sections if isinstance(section, Table)]
    assert [table.title for table in tables] == [
        Text("Life events"), Text("By channel"), Text("How they ended"),
    ]  # fmt: skip
    assert [row[0] for row in tables[1].rows] == [Text("online"), Text("kiosk")]


# --- fairness ---------------------------------------------------------------------------------------------------------

EMPTY = figures(())
GROUPS = st.lists(st.integers(0, 40), max_size=8)


@given(GROUPS)
def test_nothing_hidden_follows_from_a_total(sizes: list[int]) -> None:
    groups: Sequence[tuple[str, int, Figures]] = [(f"g{number}", size, EMPTY) for number, size in enumerate(sizes)]
    shown = suppressed(groups)
    hidden = [size for (_, size, _), one in zip(groups, shown, strict=True) if one.figures is None]
    assert all(one.people is None or one.people == 0 or one.people >= LEAST for one in shown)
    assert all((one.people is None) == (one.figures is None) for one in shown)
    if any(0 < size < LEAST for size in sizes):
        alone = not any(one.people for one in shown)
        assert (len(hidden) >= 2 and sum(hidden) >= LEAST) or alone
    else:
        assert not hidden


def town(old: int, young: int, impaired: int) -> tuple[ServiceBook, dict[str, Enrolled]]:
    book, residents = ServiceBook(), dict[str, Enrolled]()
    for number in range(old + young):
        id, year = f"r{number}", 1950 if number < old else 1995
        disability = "sight" if number < impaired else ""
        residents[id] = Enrolled(id, id, Name(id, id), (0.0, 0.0), (), year, disability=disability)
        book.note(begun(number + 1, id, "counter" if number < old else "online"), NOW_MS)
        book.note(of(ErrandStepped, number + 1, state="completed" if number % 2 else "lapsed"), NOW_MS + MINUTE)
    return book, residents


def judged(book: ServiceBook, residents: dict[str, Enrolled]) -> Fairness:
    homes = dict.fromkeys(residents, "north")
    return fairness(book, residents, homes, lambda id: int(id[1:]) % 3 > 0, NOW_MS)


def test_groups_are_told_by_age_district_ability_and_channel() -> None:
    found = judged(*town(14, 20, 3))
    ages = {group.key: group.people for group in found.groups["age"]}
    assert ages == {"18-34": 20, "70+": 14}
    assert [group.people for group in found.groups["ability"]] == [None, None], "three, and those who give them away"
    assert [group.key for group in found.groups["district"]] == ["north"]
    assert (found.excluded.without_online, found.excluded.of_applicants, found.excluded.gave_up) == (12, 12, 17)
    assert set(found.groups) == set(DIMENSIONS)


def test_no_page_shows_a_person_or_a_small_group() -> None:
    book, residents = town(12, 9, 2)
    card = fairness_page(judged(book, residents), {"north": Name("North", "北区")})
    rows = [row for section in card.sections if isinstance(section, Table) for row in section.rows]
    assert Text("not shown") in [cell for row in rows for cell in row]
    assert not any(isinstance(cell, str) and cell in residents for row in rows for cell in row)
    assert not [row for row in rows if isinstance(row[1], int) and 0 < row[1] < LEAST]
