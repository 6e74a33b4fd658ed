"""The score of an exercise: what the seat did about each row against what was expected of it, and what it cost others.

Pure: the same scenario, truth and facts give the same score, 0 to 100.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from services.exercise.dossiers import Dossier
from services.exercise.judging import TAKEN_IN, Judged, Run, case_of, judge, seats
from services.exercise.scenario import Objective, Scenario
from services.facts.exercise import Rating

MET, WELL = 0.5, 0.8
"""Shares of an objective from which it is met, and met without challenges: this project's own bands, an assumption."""
_MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Displaced:
    """What others paid for a mistake: ``points`` off the score; ``what`` is *false_dispatch* or *real_dismissed*."""

    what: str
    case: str
    row: str
    at_ms: int
    points: float
    crew_minutes: float = 0.0


@dataclass(frozen=True, slots=True)
class ObjectiveResult:
    """``score`` 0–1 before costs."""

    objective: Objective
    score: float | None
    rating: Rating | None
    displaced: float


@dataclass(frozen=True, slots=True)
class Result:
    """``total`` 0–100. ``exposure`` resident-minutes by row until help came; ``queued`` vehicle-hours likewise."""

    total: float
    objectives: tuple[ObjectiveResult, ...]
    judged: tuple[Judged, ...]
    displaced: tuple[Displaced, ...]
    exposure: Mapping[str, float]
    queued: Mapping[str, float]


def score(
    scenario: Scenario, run: Run, kind_of: Mapping[str, str], nobody: Mapping[str, float] | None = None
) -> Result:
    """``kind_of`` names the kind of hazard that each scene is about; ``nobody`` is the exposure of the run in which
    nobody acted (without it, the run is its own measure)."""
    of_row = {row.id: case for row in scenario.msel if (case := case_of(scenario, row, run, kind_of)) is not None}
    judged = tuple(
        judge(scenario, row, one, of_row.get(row.id), run) for row in scenario.msel for one in row.expect
    )  # fmt: skip
    displaced = tuple(_displaced(scenario, run, kind_of, of_row))
    exposure = {row: exposed(case, run)[0] for row, case in of_row.items() if _is_hazard(scenario, row)}
    queued = {row: exposed(case, run)[1] for row, case in of_row.items() if _is_hazard(scenario, row)}
    results = tuple(
        _objective(one, judged, displaced, exposure, exposure if nobody is None else nobody)
        for one in scenario.objectives
    )
    counted = [(one.objective.weight, one.score) for one in results if one.score is not None]
    whole = sum(weight for weight, _ in counted)
    reached = 100.0 * sum(weight * share for weight, share in counted) / whole if whole else 0.0
    total = min(100.0, max(0.0, reached - sum(cost.points for cost in displaced)))
    return Result(round(total, 2), results, judged, displaced, exposure, queued)


def _is_hazard(scenario: Scenario, row: str) -> bool:
    return scenario.row(row).inject.kind in ("hazard", "rumour")


def _displaced(
    scenario: Scenario, run: Run, kind_of: Mapping[str, str], of_row: Mapping[str, Dossier]
) -> list[Displaced]:  # fmt: skip
    found: list[Displaced] = []
    rows = {case.id: scenario.row(row) for row, case in of_row.items()}
    for case in run.cases.values():
        row = rows.get(case.id)
        real = (row is not None and row.real) or _something_there(scenario, case, run, kind_of)
        believed = seats(scenario, case, *TAKEN_IN, "CaseRouted")
        gone = seats(scenario, case, "CaseNotAccepted", "FalseAlarmNoted")
        sent = case.first("UnitDispatched")
        name = "" if row is None else row.id
        if not real and believed is not None and sent is not None:
            back = case.first("UnitReleased")
            minutes = ((run.end_ms if back is None else back.at_ms) - sent.at_ms) / _MINUTE_MS
            cost = scenario.costs.false_dispatch
            found.append(Displaced("false_dispatch", case.id, name, sent.at_ms, cost, round(minutes, 1)))
        unfounded = case.first("CheckReported", detail="filing/nothing_found")
        if row is not None and row.real and gone is not None and unfounded is None:
            found.append(Displaced("real_dismissed", case.id, name, gone.at_ms, scenario.costs.real_dismissed))
    return found


def _something_there(scenario: Scenario, case: Dossier, run: Run, kind_of: Mapping[str, str]) -> bool:
    """Whether anything was wrong near a case: a scene about the whole city is about something in any case."""
    if case.scene not in kind_of:
        return True
    return any(
        math.hypot(one.x_m - case.x_m, one.y_m - case.y_m) <= scenario.same_m
        and one.began_ms <= case.opened_ms
        and (one.ended_ms < 0 or one.ended_ms >= case.opened_ms - 10 * _MINUTE_MS)
        for one in run.there
    )


def exposed(case: Dossier, run: Run) -> tuple[float, float]:
    """(resident-minutes, vehicle-hours) from opening until the first crew is at work, else to the end, as the ledger
    estimates them: what was said last holds on after a case was turned away."""
    sent = case.first("UnitDispatched")  # a collector who only looks is no help yet
    help_ = None if sent is None else case.first("UnitProgressed", detail="working", after_ms=sent.at_ms)
    until_ms = run.end_ms if help_ is None else help_.at_ms
    people = vehicles = 0.0
    points = [*case.tolls, (until_ms, 0, 0.0)] if case.tolls else []
    for (at_ms, residents, losing), (next_ms, _, _) in pairwise(points):
        span_ms = max(0, min(next_ms, until_ms) - at_ms)
        people += residents * span_ms / _MINUTE_MS
        vehicles += losing * span_ms / (60 * _MINUTE_MS)
    if points:
        lead_ms = max(0, min(points[0][0], until_ms) - case.opened_ms)
        people += points[0][1] * lead_ms / _MINUTE_MS
        vehicles += points[0][2] * lead_ms / (60 * _MINUTE_MS)
    return round(people, 2), round(vehicles, 4)


def _objective(
    objective: Objective, judged: Sequence[Judged], displaced: Sequence[Displaced], exposure: Mapping[str, float],
    nobody: Mapping[str, float],
) -> ObjectiveResult:  # fmt: skip
    if objective.measure == "exposure":
        shared = [row for row in exposure if nobody.get(row, 0.0) > 0.0]
        before = sum(nobody[row] for row in shared)
        averted = 1.0 - sum(exposure[row] for row in shared) / before if before > 0.0 else None
        share = None if averted is None else min(1.0, max(0.0, averted / objective.target))
        return ObjectiveResult(objective, share, _rating(share, 0.0), 0.0)
    mine = [one for one in judged if one.expected.objective == objective.id and one.credit is not None]
    whole = sum(one.expected.weight for one in mine)
    share = sum(one.expected.weight * (one.credit or 0.0) for one in mine) / whole if whole else None
    rows = {one.row for one in judged if one.expected.objective == objective.id}
    paid = sum(cost.points for cost in displaced if cost.row in rows)
    return ObjectiveResult(objective, share, _rating(share, paid), paid)


def _rating(share: float | None, displaced: float) -> Rating | None:
    """P, S, M, U: M is an objective that was met while other activities suffered."""
    if share is None:
        return None
    if share < MET:
        return "U"
    if displaced > 0.0:
        return "M"
    return "P" if share >= WELL else "S"
