"""Colleagues take one task at a time, are labelled, keep off where a person acts, and forget nothing at a restart."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from office import DAY, NIGHT, SETTINGS, START_MS, Office

from services.app.installation import config_directory
from services.exercise.settings import ServiceTime, load_colleagues
from services.facts.base import Actor
from services.facts.engine import TurnAbandoned
from services.facts.governance import AcceptCase
from twin.core.errors import ConfigError

HOUR_MS = 3_600_000


def cases(office: Office) -> list[str]:
    return [command.case for _, command in office.given if isinstance(command, AcceptCase)]


def test_one_task_at_a_time_and_the_gravest_first() -> None:
    office = Office()
    for case, severity in (("C-1", 3), ("C-2", 1), ("C-3", 2)):
        office.wants(case, severity)
    office.run(600)
    assert cases(office) == ["C-2", "C-3", "C-1"]
    times = [START_MS, *(at for at, _ in office.given)]
    taken_s = [(after - before) / 1000 for before, after in pairwise(times)]
    assert all(10 <= seconds <= 90 for seconds in taken_s)
    assert len(set(taken_s)) > 1


def test_what_others_do_meanwhile_keeps_nobody_from_the_next_task() -> None:
    office = Office()
    office.wants("C-1", severity=1, task="finish")
    office.wants("C-2", severity=1, task="finish")
    office.wants("C-3", severity=4)
    office.run(120)
    assert cases(office) == ["C-3"], "the gravest two are being done afield"
    office.run(900)
    assert sorted(cases(office)) == ["C-1", "C-2", "C-3"]
    done_s = [(at - START_MS) / 1000 for at, _ in office.given[1:]]
    assert all(450 <= seconds <= 760 for seconds in done_s), "side by side, not one after the other"


def test_two_posts_work_side_by_side_but_not_on_one_case() -> None:
    office = Office()
    office.wants("C-1")
    office.wants("C-2", post="dispatcher")
    office.run(150)
    assert sorted(cases(office)) == ["C-1", "C-2"]
    assert {command.actor.id for _, command in office.given} == {"colleague/acceptor", "colleague/dispatcher"}
    both = Office()
    both.wants("C-1")
    both.wants("C-1", post="dispatcher")
    both.run(300)
    assert len(both.given) == 1


def test_who_acts_is_a_colleague_at_a_post_for_whoever_is_on_duty() -> None:
    office = Office()
    office.wants("C-1")
    office.run(120)
    by_day = office.given[0][1].actor
    assert by_day in (
        Actor("colleague", "colleague/acceptor", "acceptor", DAY),
        Actor("colleague", "colleague/acceptor", "acceptor", NIGHT),
    )
    office.now_ms += 12 * HOUR_MS
    office.wants("C-2")
    office.run(120)
    by_night = office.given[1][1].actor
    assert {by_day.holder, by_night.holder} == {DAY, NIGHT}


def test_a_case_is_left_alone_after_a_person_has_acted() -> None:
    office = Office()
    office.wants("C-1")
    office.wants("C-2")
    office.person_acts("C-1")
    office.run(590)
    assert cases(office) == ["C-2"]
    office.run(120)
    assert cases(office) == ["C-2", "C-1"]


def test_what_was_refused_is_put_aside_and_the_next_is_begun() -> None:
    office = Office(refuses=frozenset({"C-1"}))
    office.wants("C-1", severity=1)
    office.wants("C-2")
    office.run(250)
    assert cases(office) == ["C-1", "C-2"]
    office.run(300)
    assert cases(office) == ["C-1", "C-2", "C-1"]
    assert len({command.id for _, command in office.given}) == 3


def test_nobody_acts_for_a_while_after_a_turn_that_came_to_nothing() -> None:
    office = Office()
    office.wants("C-1")
    office.happened(TurnAbandoned(desk="cases", fact="AcceptCase", fault="x", dropped=0))
    office.run(290)
    assert not office.given
    office.run(120)
    assert len(office.given) == 1


@pytest.mark.parametrize(
    ("filled", "said", "acts"), [(True, None, 1), (True, False, 0), (False, None, 0), (False, True, 1)]
)
def test_a_post_is_filled_as_the_city_or_its_chief_says(filled: bool, said: bool | None, acts: int) -> None:
    office = Office(filled=filled, staffed={} if said is None else {"acceptor": said})
    office.wants("C-1")
    office.run(120)
    assert len(office.given) == acts


def test_some_choices_go_wrong_and_the_same_ones_again() -> None:
    def slips() -> list[bool]:
        office = Office()
        for number in range(30):
            office.wants(f"C-{number}", post="dispatcher")
        office.run(3600)
        return office.slips

    assert slips() == slips()
    assert 5 < sum(slips()) < 25


@given(
    work=st.lists(st.tuples(st.integers(1, 4), st.floats(0, 400)), min_size=1, max_size=8),
    restarts=st.lists(st.integers(1, 200), max_size=4),
)
def test_a_restart_at_any_moment_changes_nothing(work: list[tuple[int, float]], restarts: list[int]) -> None:
    def lived(stops: list[int]) -> list[tuple[int, str]]:
        office = Office()
        for number, (severity, after_s) in enumerate(work):
            office.wants(f"C-{number}", severity, after_s=after_s)
        for seconds in stops:
            office.run(seconds)
            office.restart()
        office.run(1200 - sum(stops))
        return [(at, command.id) for at, command in office.given]

    assert lived(restarts) == lived([])


def test_service_times_scatter_around_their_mean() -> None:
    drawn = [ServiceTime(100.0, 20.0).drawn_ms(7, number) / 1000 for number in range(500)]
    assert 97 < sum(drawn) / len(drawn) < 103
    assert 15 < (sum((one - 100) ** 2 for one in drawn) / len(drawn)) ** 0.5 < 25
    assert min(ServiceTime(10.0, 100.0).drawn_ms(7, number) for number in range(100)) == 2500


def test_the_configuration_is_read_and_its_faults_are_named(tmp_path: Path) -> None:
    settings = load_colleagues(config_directory() / "colleagues.toml")
    assert settings.time("acceptor", "accept") is not None
    assert settings.time("acceptor", "close_by_force") is None
    assert {
        "acceptor",
        "dispatcher",
        "duty_chief",
        "handler",
        "department_head",
        "assessor",
        "subdistrict_head",
    } <= set(settings.posts)
    assert SETTINGS.time("nobody", "accept") is None
    path = tmp_path / "colleagues.toml"
    head = "leave_alone_s = 1\nretry_s = 1\n"
    for text, where in (
        (head + "[posts.king]\n", "posts.king"),
        (head + "[posts.acceptor]\nslip = 2.0\n", "posts.acceptor.slip"),
        (head + "[posts.acceptor]\naccept = { mean_s = 0 }\n", "posts.acceptor.accept"),
        (head + "[posts.acceptor]\naccept = 3.0\n", "posts.acceptor.accept"),
        ("retry_s = 1\n", "colleagues.toml"),
    ):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ConfigError, match=where):
            load_colleagues(path)
