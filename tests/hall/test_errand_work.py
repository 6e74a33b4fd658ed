"""Heads of departments who are played by colleagues decide appeals by the papers, each labelled and attributed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hall_bench import CONFIG, Hall
from test_errands import form, until, whole, wish

from services.exercise.colleagues import Colleagues
from services.exercise.errand_work import ErrandWork
from services.exercise.memory import MemoryDesk
from services.exercise.settings import load_colleagues
from services.facts.hall import (
    ErrandCompleted,
    ItemAppealDecided,
    ItemEscalated,
    ItemGranted,
    ItemRefused,
    SupplementAsked,
)
from services.hall.catalogue import Service
from services.hall.errand import ErrandState
from twin.city.model import City
from twin.formats.civic import ErrandWord


@pytest.fixture
def hall(grid_city: City, tmp_path: Path) -> Hall:
    return whole(grid_city, tmp_path)


def work(hall: Hall, hours: float, filled: bool = True) -> None:
    """Colleagues at every post that a head holds."""
    settings = load_colleagues(CONFIG / "colleagues.toml")
    memory = MemoryDesk(settings)
    colleagues = Colleagues(
        hall.world.roster, settings, memory, (ErrandWork(hall.errands),), lambda *_: None, 7, filled=filled
    )
    for _ in range(round(hours * 6)):
        hall.tick(600)
        for command in colleagues.act(hall.now_ms):
            hall.run(command)


def test_papers_that_come_with_an_appeal_reopen_what_was_refused_for_want_of_them(hall: Hall) -> None:
    hall.said("res_1", wish("birth_certificate", materials=("identity_card", "hospital_record")))
    until(hall, SupplementAsked, 10)
    hall.said("res_1", ErrandWord(errand="E-0001", word="supply", materials=("nothing",)))
    hall.said("res_1", ErrandWord(errand="E-0001", word="let_go", item="birth_certificate"))
    assert hall.errand().state is ErrandState.REFUSED, "what was let go is over"
    hall.said("res_1", wish("birth_certificate", "r2", materials=()))
    until(hall, SupplementAsked, 10)
    hall.said("res_1", ErrandWord(errand="E-0002", word="supply", materials=("identity_card", "hospital_record")))
    until(hall, ItemRefused)
    hall.said("res_1", ErrandWord(
        errand="E-0002", word="appeal", item="birth_certificate", ground="new_evidence",
        materials=("marriage_certificate",),
    ))  # fmt: skip
    work(hall, 2)
    decided = hall.of(ItemAppealDecided)
    assert [one.upheld for one in decided] == [False]
    actor = decided[0].actor
    assert (actor.kind, actor.post) == ("colleague", "department_head") and actor.holder
    assert hall.of(ErrandCompleted), "the officer then decided at once"


def test_what_the_register_still_contradicts_stays_refused(hall: Hall) -> None:
    service: Service = hall.errands.book.services["identity_check"]
    hall.said("res_1", wish("identity_check", form=form(service, applicant="王五")))
    until(hall, ItemRefused)
    hall.said("res_1", ErrandWord(errand="E-0001", word="appeal", item="identity_check", ground="unfair"))
    work(hall, 2, filled=False)
    assert not hall.of(ItemAppealDecided), "nobody fills the post"
    work(hall, 2)
    assert [one.upheld for one in hall.of(ItemAppealDecided)] == [True]
    assert hall.errand().state is ErrandState.REFUSED


def test_an_item_on_which_the_office_was_silent_is_decided_by_the_head(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = hall.world.roster.on_duty
    monkeypatch.setattr(hall.world.roster, "on_duty", lambda post, *rest: () if post == "clerk" else real(post, *rest))
    hall.said("res_1", wish("business_licence"))
    until(hall, ItemEscalated, 6 * 3_600)
    work(hall, 3)
    assert [one.actor.kind for one in hall.of(ItemGranted)] == ["colleague"]
    assert hall.of(ErrandCompleted)
