"""The review 复盘 of an exercise: what happened and what was known when, what each decision cost whom, and what to do
better. Pure: a model for a page in any language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.exercise.dossiers import Dossier, Weighed
from services.exercise.judging import Judged, Run, by_seat, case_of
from services.exercise.scenario import Expected, Row, Scenario
from services.exercise.scoring import Displaced, Result
from services.facts.exercise import ObjectiveScore
from twin.core.text import Name, Text

Args = dict[str, "str | int | float | Text | Name"]

THREE = 3
_LEAST_POINTS = 0.5
"""A loss that is smaller is nothing to learn from."""

ACTION_TEXT: dict[Expected, Text] = {
    "file": Text("take it in and file it"),
    "urgent": Text("act first, file later"),
    "papers": Text("file what was acted on"),
    "route": Text("name the right department"),
    "check": Text("have a collector look before filing"),
    "dismiss": Text("turn it away after the collector's finding"),
    "clarify": Text("say in the virtual place what is true"),
}
COST_TEXT: dict[str, Text] = {
    "false_dispatch": Text("a crew was sent to where nothing was"),
    "real_dismissed": Text("a real case was turned away"),
}


@dataclass(frozen=True, slots=True)
class Words:
    """Names of what ids stand for, from city and configuration; an unknown id is shown as it is."""

    scenes: Mapping[str, Name]
    signals: Mapping[str, Name]  # by condition
    places: Mapping[str, Name]
    departments: Mapping[str, Name]


@dataclass(frozen=True, slots=True)
class Story:
    """One row: city times when it was made, noticed as a case, first acted on by the seat, first helped by a crew, and
    over; -1 where that did not come about."""

    row: Row
    case: Dossier | None
    made_ms: int
    seen_ms: int
    acted_ms: int
    helped_ms: int
    over_ms: int
    judged: tuple[Judged, ...]
    exposure: float | None
    nobody: float | None


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision of the seat with what was known and what stood meanwhile."""

    case: Dossier
    weighed: Weighed
    row: Row | None


@dataclass(frozen=True, slots=True)
class Lesson:
    """A loss: what was expected and what happened, and who waited meanwhile. ``points`` of 100."""

    points: float
    words: Text
    row: Row


@dataclass(frozen=True, slots=True)
class Review:
    scenario: Scenario
    seed: int
    who: Text | Name
    began_ms: int
    end_ms: int
    total: float
    nobody: float
    colleague: float | None
    objectives: tuple[ObjectiveScore, ...]
    stories: tuple[Story, ...]
    decisions: tuple[Decision, ...]
    displaced: tuple[Displaced, ...]
    improve: tuple[Lesson, ...]
    strengths: tuple[Lesson, ...]


def objective_scores(mine: Result, nobody: Result, colleague: Result | None) -> tuple[ObjectiveScore, ...]:
    """The three side by side, 0–100."""
    other = {one.objective.id: one.score for one in colleague.objectives} if colleague is not None else {}
    empty = {one.objective.id: one.score for one in nobody.objectives}
    return tuple(
        ObjectiveScore(
            id=one.objective.id, title=one.objective.title, share=one.objective.weight, trainee=_whole(one.score),
            rating=one.rating, nobody=_whole(empty.get(one.objective.id)),
            colleague=_whole(other.get(one.objective.id)),
        )
        for one in mine.objectives
    )  # fmt: skip


def _whole(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 1)


def review(
    scenario: Scenario, seed: int, who: Text | Name, run: Run, mine: Result, nobody: Result, colleague: Result | None,
    kind_of: Mapping[str, str], words: Words,
) -> Review:  # fmt: skip
    """``mine`` is the result of ``run``; ``nobody`` and ``colleague`` are those of the same seed."""
    of_row = {row.id: case_of(scenario, row, run, kind_of) for row in scenario.msel}
    stories = tuple(_story(row, of_row[row.id], scenario, run, mine, nobody) for row in scenario.msel)
    rows = {case.id: scenario.row(row) for row, case in of_row.items() if case is not None}
    decisions = tuple(
        sorted(
            (
                Decision(case, weighed, rows.get(case.id))
                for case in run.cases.values()
                for weighed in case.weighed
                if weighed.actor.kind in ("person", "colleague") and weighed.actor.post in scenario.seat.posts
            ),
            key=lambda one: (one.weighed.at_ms, one.case.id),
        )
    )
    return Review(
        scenario, seed, who, run.began_ms, run.end_ms, mine.total, nobody.total,
        None if colleague is None else colleague.total, objective_scores(mine, nobody, colleague), stories, decisions,
        mine.displaced, *_lessons(scenario, mine, {story.row.id: story for story in stories}, words),
    )  # fmt: skip


def _story(
    row: Row, case: Dossier | None, scenario: Scenario, run: Run, mine: Result, nobody: Result
) -> Story:  # fmt: skip
    made_ms = next((one.made_ms for one in run.made if one.row == row.id), -1)
    judged = tuple(one for one in mine.judged if one.row == row.id)
    hazard = row.inject.of or row.id  # who reports something is not exposed by it, those near it are
    exposure, before = mine.exposure.get(hazard), nobody.exposure.get(hazard)
    if case is None:
        return Story(row, None, made_ms, -1, -1, -1, -1, judged, exposure, before)
    acted = next((step.at_ms for step in case.steps if by_seat(scenario, step)), -1)
    sent = case.first("UnitDispatched")
    helped = None if sent is None else case.first("UnitProgressed", detail="working", after_ms=sent.at_ms)
    over = case.first("CaseClosed", "CaseNotAccepted")
    return Story(
        row, case, made_ms, case.opened_ms, acted, -1 if helped is None else helped.at_ms,
        -1 if over is None else over.at_ms, judged, exposure, before,
    )  # fmt: skip


def _lessons(
    scenario: Scenario, mine: Result, stories: Mapping[str, Story], words: Words
) -> tuple[tuple[Lesson, ...], tuple[Lesson, ...]]:
    """The three largest losses, and the three largest gains, one a row each."""
    worth = _worth(scenario, mine)
    lost: list[Lesson] = []
    won: list[Lesson] = []
    for one in mine.judged:
        if one.credit is None:
            continue
        points, story = worth[one.expected.objective] * one.expected.weight, stories[one.row]
        lost.append(Lesson(points * (1.0 - one.credit), _loss(one, story, words), story.row))
        won.append(Lesson(points * one.credit, _gain(one, story), story.row))
    for cost in mine.displaced:
        if cost.row:
            lost.append(Lesson(cost.points, _cost(cost, stories[cost.row]), stories[cost.row].row))
    return _largest(lost), _largest(won)


def _worth(scenario: Scenario, mine: Result) -> dict[str, float]:
    """Points of 100 for one unit of weight of an expectation, by objective."""
    counted = sum(one.objective.weight for one in mine.objectives if one.score is not None)
    weights: dict[str, float] = {}
    for one in mine.judged:
        if one.credit is not None:
            weights[one.expected.objective] = weights.get(one.expected.objective, 0.0) + one.expected.weight
    return {
        one.id: 100.0 * one.weight / counted / weights[one.id]
        for one in scenario.objectives
        if one.id in weights and counted
    }


def _largest(lessons: list[Lesson]) -> tuple[Lesson, ...]:
    found: dict[str, Lesson] = {}
    for lesson in sorted(lessons, key=lambda one: (-one.points, one.row.at_s)):
        if lesson.points >= _LEAST_POINTS and lesson.row.id not in found and len(found) < THREE:
            found[lesson.row.id] = lesson
    return tuple(found.values())


def _loss(one: Judged, story: Story, words: Words) -> Text:
    args: Args = {"what": story.row.synopsis, "expected": ACTION_TEXT[one.expected.action]}
    right = one.expected.department
    if right and one.happened not in ("", right):
        known = words.departments
        args |= {"given": known.get(one.happened, one.happened), "right": known.get(right, right)}
        said = Text("“{what}”: {given} was named where {right} was right", args)
    elif one.happened in ("CaseFiled", "UrgentLaneTaken", "UnitDispatched"):
        said = Text("“{what}”: it was believed before anybody had looked; expected: {expected}", args)
    elif one.done_ms >= 0:
        late = {"late": max(0, round((one.done_ms - one.due_ms) / 1000))}
        said = Text("“{what}”: done {late} s too late; expected: {expected}", args | late)
    else:
        limit = {"limit": f"{one.expected.within_s:.0f}"}
        said = Text("“{what}”: not done; expected: {expected} within {limit} s", args | limit)
    if not story.exposure:
        return said
    passed: Args = {"loss": said, "minutes": f"{story.exposure:.0f}"}
    return Text("{loss}. {minutes} resident-minutes passed before help came", passed)


def _gain(one: Judged, story: Story) -> Text:
    spare = max(0, round((one.due_ms - one.done_ms) / 1000)) if one.done_ms >= 0 else 0
    args: Args = {"what": story.row.synopsis, "expected": ACTION_TEXT[one.expected.action], "spare": spare}
    return Text("“{what}”: {expected}, with {spare} s to spare", args)


def _cost(cost: Displaced, story: Story) -> Text:
    args: Args = {"what": story.row.synopsis, "cost": COST_TEXT[cost.what]}
    if not cost.crew_minutes:
        return Text("“{what}”: {cost}", args)
    args["minutes"] = f"{cost.crew_minutes:.0f}"
    return Text("“{what}”: {cost}; {minutes} crew-minutes were missed elsewhere", args)
