"""An exercise in the window: broker, field, server and console as children, a store of its own, and at the end the
score beside those of the same seed in which nobody acted or a colleague did."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import msgspec
from rich.console import Console
from rich.table import Table

from services.app import installation
from services.app.composition import World, read_world
from services.app.exercise_beside import Beside
from services.app.exercise_page import page
from services.app.exercise_runs import Job, judged, run_of, settings_of, words_of
from services.app.parts import (
    FIRST_STARTS,
    POLL_S,
    READY_LIMIT_S,
    Part,
    ended_by_signals,
    keep_alive,
    lives,
    new_run,
    tail,
    until,
)
from services.app.people import issue_token
from services.app.settings import Settings
from services.app.status import ask, ask_summary
from services.app.truth import KIND
from services.exercise.drill import RATINGS
from services.exercise.judging import Run, cut
from services.exercise.review import Review, review
from services.exercise.scenario import Scenario
from services.exercise.seat import TRAINEE
from services.facts.exercise import ReportScore
from services.storage.stores import open_archive
from services.storage.whole import write_whole
from twin.core.errors import CivitwinError
from twin.core.text import Name, Text
from twin.core.views import Propose
from twin.field.truth import TruthFact
from twin.link.broker import Broker, choose, free_port
from twin.render.language import CHINESE, ENGLISH, Language

_KEPT = 10
_LOOK_S = 0.5
_LIMIT_MS = 15_000


@dataclass(frozen=True, slots=True)
class Stage:
    """What is running, and how its server is spoken to."""

    scenario: Scenario
    settings: Settings
    world: World
    broker: Broker
    parts: list[Part]
    requests: str
    control: str  # the token of the exercise's control, at the duty chief's post
    language: str


def play(
    scenario: Scenario, seed: int, language: str, data: Path | None, pace: float | None, city: Path | None,
    html: Path | None, report: Path | None,
) -> int:  # fmt: skip
    """Until the window is closed, or Ctrl-C. Closing it before the end ends the exercise there; what was done until
    then is scored all the same."""
    out = Console(stderr=True)
    kept = data or new_run(installation.runs_directory().parent / "exercises", _KEPT, seed)
    kept.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings = settings_of(scenario.id, kept, seed, city)
    settings = msgspec.structs.replace(settings, simulation=kept.name, pace=pace or settings.pace)
    world = read_world(settings)
    job = Job(exercise=scenario.id, seed=seed, sitter="colleague", city=str(settings.city_dir))
    with ended_by_signals():
        others, broker = Beside(job), choose(None, kept / "broker")
        stage = _stage(scenario, settings, world, broker, language)
        try:
            out.print(f"{scenario.title.en} · {scenario.title.zh} · seed {seed} · data in {kept}", highlight=False)
            return _live(stage, others, html, report, out)
        finally:
            for part in reversed(stage.parts):
                part.stop()
            broker.stop()
            others.end()


def _stage(scenario: Scenario, settings: Settings, world: World, broker: Broker, language: str) -> Stage:
    """Everything that will run: the console is the last of the parts."""
    views, requests = (f"tcp://127.0.0.1:{free_port()}" for _ in range(2))
    data = settings.data
    mine = issue_token(data, "trainee", world.roster, settings.start_ms, TRAINEE)
    control = issue_token(data, "chief", world.roster, settings.start_ms)
    run = [sys.executable, str(Path(__file__).resolve().parents[2] / "run.py")]
    same = ["--city", str(settings.city_dir), "--broker", broker.url, "--simulation", str(settings.simulation),
            "--data", str(data), "--tempo", settings.tempo, "--seed", str(settings.seed),
            "--exercise", scenario.id]  # fmt: skip
    server = [*run, "server", *same, "--views", views, "--requests", requests, "--at", scenario.start_at,
              "--pace", str(settings.pace)]  # fmt: skip
    console = [*run, "console", "--city", str(settings.city_dir), "--views", views, "--requests", requests,
               "--language", language]  # fmt: skip
    parts = [
        Part("server", server, data / "server.log", {}),
        Part("field", [*run, "field", *same], data / "field.log", {}),
        Part("console", console, data / "console.log", {"CIVITWIN_TOKEN": mine}),
    ]
    return Stage(scenario, settings, world, broker, parts, requests, control, language)


def _live(
    stage: Stage, others: Beside, html: Path | None, report: Path | None, out: Console
) -> int:  # fmt: skip
    *served, window = stage.parts
    for part in stage.parts:
        part.launch()
    with out.status("waiting for the city"):
        until(
            lambda: lives(stage.requests) or window.ended() is not None,
            lambda: keep_alive(stage.broker, served, out, FIRST_STARTS), READY_LIMIT_S,
        )  # fmt: skip
    end_ms = _play_out(stage, served, window, out)
    _propose(stage, {"t": "SetClock", "pace": stage.settings.pace, "running": False})
    told = _reviewed(stage, others, end_ms, out)
    where = html or stage.settings.data / "review.html"
    write_whole(where, page(told, words_of(stage.world, stage.settings), stage.language).encode())
    if report is not None:
        figures = msgspec.to_builtins(_score(told, str(where)))
        for name in ("t", "id", "actor"):
            del figures[name]
        write_whole(report, msgspec.json.format(msgspec.json.encode(figures | {"seed": told.seed})) + b"\n")
    _show(told, stage.language, out)
    out.print(f"the whole review: {where}", highlight=False)
    if end_ms >= stage.settings.start_ms + stage.scenario.length_ms:
        _propose(stage, msgspec.to_builtins(_score(told, str(where))))
        _until_closed(stage, served, window, out)
    code = window.ended()
    if code:
        out.print(f"[red]the console ended (exit code {code}): {tail(window.log)}", highlight=False)
    return code or 0


def _play_out(stage: Stage, served: list[Part], window: Part, out: Console) -> int:
    """Until the scenario's time is over or the window is closed; city time then."""
    end_ms, now_ms, looked = stage.settings.start_ms + stage.scenario.length_ms, stage.settings.start_ms, 0.0
    while window.ended() is None and now_ms < end_ms:
        keep_alive(stage.broker, served, out)
        if time.monotonic() - looked >= _LOOK_S:
            looked = time.monotonic()
            now_ms = _city_ms(stage, now_ms)
        time.sleep(POLL_S)
    return min(end_ms, _city_ms(stage, now_ms))


def _city_ms(stage: Stage, before_ms: int) -> int:
    """As the server says; as before while it does not answer."""
    try:
        return cast(int, ask_summary(stage.requests, 1_000)["city_ms"])
    except CivitwinError:
        return before_ms


def _until_closed(stage: Stage, served: list[Part], window: Part, out: Console) -> None:
    while window.ended() is None:
        keep_alive(stage.broker, served, out)
        time.sleep(POLL_S)


def _propose(stage: Stage, command: object) -> None:
    """In the name of the exercise's control. Raises :class:`CivitwinError` where it is refused."""
    number = time.monotonic_ns()
    proposal = Propose(token=stage.control, id=f"control-{number}", command=msgspec.json.encode(command))
    reply = ask(stage.requests, proposal, _LIMIT_MS)
    if not reply.accepted:
        raise CivitwinError(f"the server refused: {reply.reason}")


def _reviewed(stage: Stage, others: Beside, end_ms: int, out: Console) -> Review:
    scenario, settings = stage.scenario, stage.settings
    run = cut(played(scenario, settings), end_ms)
    with out.status("living the same ten minutes without you"):
        empty, other = (cut(one, end_ms) for one in others.runs())
    nobody = judged(scenario, empty)
    colleague = judged(scenario, other, nobody.exposure)
    mine = judged(scenario, run, nobody.exposure)
    words = words_of(stage.world, settings)
    return review(scenario, settings.seed, scenario.seat.name, run, mine, nobody, colleague, KIND, words)


def played(scenario: Scenario, settings: Settings) -> Run:
    """What was played, from the journal and from what the field says really happened."""
    decoder = msgspec.json.Decoder(TruthFact)
    opened = open_archive(settings.data)
    try:
        facts = [(entry.city_ms, entry.fact) for entry in opened.archive.entries(0)]
    finally:
        opened.close()
    lines = (settings.data / "truth.jsonl").read_bytes().splitlines(keepends=True)
    truth = [decoder.decode(line) for line in lines if line.endswith(b"\n")]  # the last one may be half written
    return run_of(scenario, settings.start_ms, truth, facts)


def _score(told: Review, where: str) -> ReportScore:
    english, chinese = (Language(installation.data_root() / "assets" / "text", code) for code in (ENGLISH, CHINESE))
    improve = tuple(Name(english.translate(one.words), chinese.translate(one.words)) for one in told.improve)
    return ReportScore(
        id="score", exercise=told.scenario.id, trainee=told.total, nobody=told.nobody,
        colleague=told.colleague or 0.0, objectives=told.objectives, improve=improve, page=where,
    )  # fmt: skip


def _show(told: Review, language: str, out: Console) -> None:
    say = Language(installation.data_root() / "assets" / "text", language).translate
    table = Table(title=say(told.scenario.title))
    table.add_column(say(Text("objective")))
    for name in (Text("weight"), Text("you"), Text("rating"), Text("colleague"), Text("nobody")):
        table.add_column(say(name), justify="left" if name.msgid == "rating" else "right")
    for one in told.objectives:
        rating = "–" if one.rating is None else say(RATINGS[one.rating])
        cells = ("–" if value is None else f"{value:.0f}" for value in (one.trainee, one.colleague, one.nobody))
        mine, other, empty = cells
        table.add_row(say(one.title), f"{one.share:.0f}", mine, rating, other, empty)
    other = "–" if told.colleague is None else f"{told.colleague:.1f}"
    table.add_row("", "100", f"[bold]{told.total:.1f}", "", other, f"{told.nobody:.1f}")
    out.print(table)
    for number, lesson in enumerate(told.improve, 1):
        out.print(f"{number}. {say(lesson.words)}", highlight=False, markup=False)
