"""An exercise lived without a window: field and twin in lockstep, nobody or a colleague at the seat, and its score."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from services.app import installation
from services.app.composition import World, read_world
from services.app.exercise_page import page
from services.app.exercise_script import script_of
from services.app.lockstep import Lockstep
from services.app.settings import Settings, settings_for
from services.app.truth import KIND
from services.exercise.dossiers import Made, Something, clarified_in, dossiers_of
from services.exercise.judging import Run
from services.exercise.review import Review, Words, review
from services.exercise.scenario import Scenario, load_scenario
from services.exercise.scoring import Result, score
from services.facts.base import Event
from services.governance.desks import governance_desks
from twin.core.errors import CivitwinError
from twin.core.text import Name, Text
from twin.field.truth import TruthFact

Sitter = Literal["none", "colleague"]
STEP_MS = 1_000
SITTER_TEXT: dict[Sitter, Text] = {"none": Text("Nobody at the seat"), "colleague": Text("An automatic colleague")}


class Heard(list[TruthFact]):
    """A sink of the truth that keeps it."""

    def note(self, fact: TruthFact) -> None:
        self.append(fact)


def settings_of(
    exercise: str, data: Path, seed: int | None, city: Path | None = None, config: Path | None = None
) -> Settings:
    """What an exercise's twin is started with; the scenario's own time of day, tempo and pace."""
    scenario = load_scenario(config or installation.config_directory(), exercise)
    return settings_for(
        data, city=city, simulation=data.name, at=scenario.start_at, pace=scenario.pace, tempo=scenario.tempo,
        seed=seed, config=config, exercise=exercise,
    )  # fmt: skip


def live(world: World, settings: Settings, sitter: Sitter, vehicles: int | None = None) -> Run:
    """One whole run, kept nowhere. Raises :class:`CivitwinError` where it was no exercise."""
    scenario = world.scenario
    if scenario is None:
        raise CivitwinError("these settings are of no exercise")
    truth, facts = Heard(), list[tuple[int, Event]]()
    with tempfile.TemporaryDirectory(prefix="civitwin-exercise-") as keys:
        city = Lockstep(
            world, settings, keys=Path(keys), truth=truth, step_ms=STEP_MS, script=script_of(scenario),
            colleague=sitter == "colleague", vehicles=vehicles,
        )  # fmt: skip
        end_ms = settings.start_ms + scenario.length_ms
        while city.now_ms < end_ms:
            facts.extend((city.now_ms, event) for event in city.run(STEP_MS / 1000))
    return run_of(scenario, settings.start_ms, truth, facts)


def run_of(
    scenario: Scenario, began_ms: int, truth: Iterable[TruthFact], facts: Iterable[tuple[int, object]]
) -> Run:  # fmt: skip
    """A run from what the field says really happened and what the journal holds, without what came after the end."""
    end_ms = began_ms + scenario.length_ms
    told = [fact for fact in truth if fact.city_ms <= end_ms]
    made = [fact for fact in told if fact.kind == "inject"]
    kept = [(at_ms, fact) for at_ms, fact in facts if at_ms <= end_ms]
    return Run(
        began_ms, end_ms,
        tuple(
            Made(
                row=fact.id, made_ms=fact.city_ms if fact.what == "made" else -1, x_m=fact.x_m, y_m=fact.y_m,
                subject=str(fact.detail.get("subject", "")),
            )
            for fact in made
        ),
        tuple(_there(told)), dossiers_of(kept), clarified_in(kept),
    )  # fmt: skip


def _there(told: Sequence[TruthFact]) -> Iterable[Something]:
    ended = {(fact.kind, fact.id): fact.city_ms for fact in told if fact.what == "ended"}
    for fact in told:
        if fact.what == "began" and fact.kind not in ("inject", "report"):
            over_ms = ended.get((fact.kind, fact.id), -1)
            yield Something(kind=fact.kind, x_m=fact.x_m, y_m=fact.y_m, began_ms=fact.city_ms, ended_ms=over_ms)


def judged(scenario: Scenario, run: Run, nobody: Mapping[str, float] | None = None) -> Result:
    """The score of a run against the exposure of the one in which nobody acted."""
    return score(scenario, run, KIND, nobody)


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One seed: the run in which nobody acts, and that of ``sitter`` beside it."""

    exercise: str
    seed: int
    sitter: Sitter
    city: str = ""
    config: str = ""
    language: str = ""  # of the review's page; empty: none is made


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """Scores of one seed, 0–100; objectives by id, 0–1 (None: nothing in it could be judged)."""

    seed: int
    score: float
    nobody: float
    objectives: dict[str, float | None]
    nobody_objectives: dict[str, float | None]
    exposure: float
    nobody_exposure: float
    displaced: int
    page: str = ""


def lived(job: Job) -> Outcome:
    """Both runs of a job, in this process."""
    with tempfile.TemporaryDirectory(prefix="civitwin-exercise-") as folder:
        settings = _settings(job, Path(folder) / "run")
        world = read_world(settings)
        vehicles = installation.choice().vehicles
        empty, scenario = live(world, settings, "none", vehicles), world.scenario
        if scenario is None:
            raise CivitwinError("these settings are of no exercise")
        nobody = judged(scenario, empty)
        run = live(world, settings, "colleague", vehicles) if job.sitter == "colleague" else empty
        other, told = judged(scenario, run, nobody.exposure), ""
        if job.language:
            told = page(*reviewed(world, settings, SITTER_TEXT[job.sitter], run, nobody, None), job.language)
    return Outcome(
        seed=job.seed, score=other.total, nobody=nobody.total, objectives=_by_id(other),
        nobody_objectives=_by_id(nobody), exposure=round(sum(other.exposure.values()), 1),
        nobody_exposure=round(sum(nobody.exposure.values()), 1), displaced=len(other.displaced), page=told,
    )  # fmt: skip


def compared(job: Job) -> tuple[Run, Run]:
    """The two runs that a trainee's is held against: nobody's and a colleague's."""
    with tempfile.TemporaryDirectory(prefix="civitwin-exercise-") as folder:
        settings = _settings(job, Path(folder) / "run")
        world, vehicles = read_world(settings), installation.choice().vehicles
        return live(world, settings, "none", vehicles), live(world, settings, "colleague", vehicles)


def _settings(job: Job, data: Path) -> Settings:
    city, config = (Path(one) if one else None for one in (job.city, job.config))
    return settings_of(job.exercise, data, job.seed, city, config)


def reviewed(
    world: World, settings: Settings, who: Text | Name, run: Run, nobody: Result, colleague: Result | None
) -> tuple[Review, Words]:  # fmt: skip
    """The review of a run beside those of the same seed, and what its ids are called."""
    scenario = world.scenario
    if scenario is None:
        raise CivitwinError("these settings are of no exercise")
    mine = judged(scenario, run, nobody.exposure)
    words = words_of(world, settings)
    return review(scenario, settings.seed, who, run, mine, nobody, colleague, KIND, words), words


def words_of(world: World, settings: Settings) -> Words:
    """Names from city and configuration."""
    scenes = governance_desks(world, settings.config_dir, settings.past).scenes
    return Words(
        {scene.id: scene.name for scene in scenes.values()},
        {signal.condition.id: signal.name for scene in scenes.values() for signal in scene.signals},
        {place.id: place.name for place in world.city.places}, world.department_names,
    )  # fmt: skip


def _by_id(result: Result) -> dict[str, float | None]:
    return {one.objective.id: None if one.score is None else round(one.score, 4) for one in result.objectives}
