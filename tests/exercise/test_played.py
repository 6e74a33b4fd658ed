"""An exercise played in the window by mouse and keyboard, on the dummy video driver, to its score."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("SDL_AUDIODRIVER", "dummy")

import msgspec
import numpy as np
import pygame
import pytest
from played_city import playable_city
from seated import Seated

from services.app.exercise_runs import judged, run_of
from services.app.installation import config_directory
from services.app.settings import settings_for
from services.exercise.scenario import load_scenario
from services.exercise.scoring import score
from services.facts.base import Event
from services.facts.exercise import ObjectiveScore, ReportScore
from twin.core.text import Name
from twin.core.words import Provenance
from twin.render.stage import Selection

SHORT = """
title = { en = "Short", zh = "短" }
synopsis = { en = "A minute and a half", zh = "一分半钟" }
start_at = "10:00"
length_s = 150
[seat]
name = { en = "Trainee", zh = "学员" }
posts = ["acceptor", "dispatcher"]
[[objectives]]
id = "intake"
title = { en = "Intake", zh = "受理" }
weight = 60
[[objectives]]
id = "doubt"
title = { en = "Doubt", zh = "核实" }
weight = 40
[[msel]]
id = "tree"
at_s = 5
synopsis = { en = "No such tree", zh = "并无倒树" }
inject = { kind = "report", what = "tree", near = { kind = "market" } }
player = "acceptor"
real = false
expect = [{ action = "check", within_s = 60, objective = "doubt" }]
[[msel]]
id = "lights"
at_s = 40
synopsis = { en = "Lights fail", zh = "信号灯故障" }
inject = { kind = "hazard", what = "light_failure", near = { kind = "park" } }
player = "acceptor"
expect = [
  { action = "file", within_s = 60, objective = "intake" },
  { action = "route", within_s = 60, objective = "intake", department = "police" },
]
"""


@pytest.fixture
def seated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Seated:
    config = tmp_path / "config"
    shutil.copytree(config_directory(), config)
    (config / "exercises" / "short.toml").write_text(SHORT, encoding="utf-8")
    city = playable_city(tmp_path / "city")
    given = settings_for(
        tmp_path / "data", city=city.directory, simulation="test", at="10:00", tempo="demo", seed=7, config=config,
        exercise="short",
    )  # fmt: skip
    pygame.display.init()
    return Seated(msgspec.structs.replace(given, residents=80), load_scenario(config, "short"), monkeypatch)


def case_of(seated: Seated, title: str) -> str:
    cards = seated.console.world.cards.values()
    return next(card.id for card in cards if isinstance(card.title, Name) and card.title.en == title)


@pytest.mark.timeout(120)
def test_a_trainee_plays_it_by_mouse_and_keyboard_to_the_score(seated: Seated) -> None:
    console = seated.console
    seated.live(9)
    seated.key(pygame.K_n)
    assert console.choices.selection == Selection("card", case_of(seated, "Fallen tree"))
    seated.press("Accept and file")  # taken in; one word alone is not filed yet
    seated.live(62)
    seated.key(pygame.K_n)
    assert console.choices.selection == Selection("card", case_of(seated, "Traffic-light failure"))
    seated.press("Accept and file")
    seated.press("Name the department")
    seated.press("##department")
    seated.press("Public Security")
    seated.press("##why_routed")
    seated.type("they stand there")
    seated.press("Confirm")
    seated.live(5)
    assert [reply for reply in seated.wire.replies.values() if not reply.accepted and reply.reason] == []
    everything_says_exercise(seated)
    seated.live(75)
    facts = [(entry.city_ms, entry.fact) for entry in seated.city.facts if isinstance(entry.fact, Event)]
    run = run_of(seated.scenario, seated.settings.start_ms, seated.truth, facts)
    mine = judged(seated.scenario, run)
    credits = {(one.row, one.expected.action): one.credit for one in mine.judged}
    assert credits["lights", "file"] == credits["lights", "route"] == 1.0
    assert mine.total > 50.0
    assert score(seated.scenario, run_of(seated.scenario, run.began_ms, seated.truth, []), {}).total == 0.0
    the_score_opens_by_itself(seated, mine.total)


def everything_says_exercise(seated: Seated) -> None:
    world = seated.console.world
    assert world.exercise
    assert set(world.provenances()) == {Provenance.EXERCISE}
    assert {card.provenance for card in world.cards.values()} == {int(Provenance.EXERCISE)}
    assert {mark.provenance for mark in world.marks.values()} == {int(Provenance.EXERCISE)}
    with_mark = pygame.surfarray.array3d(seated.surface)
    world.status = msgspec.structs.replace(world.status, feeds=()) if world.status is not None else None
    seated.console.frame(seated.surface, (), 0.0, seated.wall_ms)
    differs = (pygame.surfarray.array3d(seated.surface) != with_mark).any(axis=2)
    free = seated.console.free
    assert np.count_nonzero(differs[free.left : free.right, free.top : free.bottom]) > 2_000
    assert differs[:, :48].any()


def the_score_opens_by_itself(seated: Seated, total: float) -> None:
    objective = ObjectiveScore(
        id="intake", title=Name("Intake", "受理"), share=60.0, trainee=100.0, rating="P", nobody=0.0, colleague=50.0
    )
    report = ReportScore(
        id="x", exercise="short", trainee=total, nobody=0.0, colleague=40.0, objectives=(objective,),
        improve=(Name("Sooner", "再快些"),), page="review.html",
    )  # fmt: skip
    command = {"t": "ReportScore", **msgspec.to_builtins(report)}
    command.pop("id")
    command.pop("actor")
    id = seated.wire.propose(command)
    seated.frames(1)
    assert not seated.wire.replies[id].accepted  # no trainee scores themselves
    id = seated.wire.propose(command, seated.control)
    seated.frames(4)
    assert seated.wire.replies[id].accepted
    assert seated.console.choices.page == Selection("exercise", "")
    page = seated.console.world.whole["exercise", ""]
    assert f"{total:.0f}" in repr(page.sections[0])
