"""What the seat did about each row against what was expected of it: one credit from 0 to 1 an expectation.

Nothing is judged that the seat could not have known: a row without a case, or with too little time left, counts for
nobody.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from services.exercise.dossiers import Dossier, Made, Something, Step, merged_into
from services.exercise.scenario import Expectation, Row, Scenario

LATE = 2.0
"""So many times the limit, and it counts no more; between the two the credit falls evenly."""
LUCK = 0.3
"""What dismissing without a check is worth: right this time, and no procedure."""
TAKEN_IN = ("CaseFiled", "UrgentLaneTaken")


@dataclass(frozen=True, slots=True)
class Run:
    """One run of an exercise, whoever sat at the seat."""

    began_ms: int
    end_ms: int
    made: tuple[Made, ...]
    there: tuple[Something, ...]
    cases: Mapping[str, Dossier]
    clarified: tuple[Step, ...] = ()
    """Rumours that somebody said the truth about; the detail is the place that they sent people to."""


def cut(run: Run, end_ms: int) -> Run:
    """The same run as if it had ended earlier."""
    if end_ms >= run.end_ms:
        return run
    cases: dict[str, Dossier] = {}
    for case in run.cases.values():
        if case.opened_ms <= end_ms:
            cases[case.id] = replace(
                case, steps=[one for one in case.steps if one.at_ms <= end_ms],
                tolls=[one for one in case.tolls if one[0] <= end_ms],
                weighed=[one for one in case.weighed if one.at_ms <= end_ms],
            )  # fmt: skip
    made = tuple(one for one in run.made if one.made_ms <= end_ms)
    there = tuple(one for one in run.there if one.began_ms <= end_ms)
    said = tuple(one for one in run.clarified if one.at_ms <= end_ms)
    return Run(run.began_ms, end_ms, made, there, cases, said)


@dataclass(frozen=True, slots=True)
class Judged:
    """One expectation: ``credit`` 0–1, None where it counts for nobody; when it was due and done (-1: never)."""

    row: str
    expected: Expectation
    credit: float | None
    case: str = ""
    due_ms: int = -1
    done_ms: int = -1
    happened: str = ""


def case_of(scenario: Scenario, row: Row, run: Run, kind_of: Mapping[str, str]) -> Dossier | None:
    """The first case about a row's hazard, near where it was made and not before."""
    made = next((one for one in run.made if one.row == row.id and one.made_ms >= 0), None)
    hazard = scenario.hazard_of(row)
    if made is None or not hazard:
        return None
    since_ms = min(one.made_ms for one in run.made if one.row in (row.id, row.inject.of) and one.made_ms >= 0)
    near = [
        case
        for case in run.cases.values()
        if kind_of.get(case.scene) == hazard
        and case.opened_ms >= since_ms
        and math.hypot(case.x_m - made.x_m, case.y_m - made.y_m) <= scenario.same_m
    ]
    first = min(near, key=lambda case: (case.opened_ms, case.id), default=None)
    return None if first is None else merged_into(dict(run.cases), first.id)


def by_seat(scenario: Scenario, step: Step | None) -> bool:
    """Whether whoever sits at the seat did it: a person or an automatic colleague, no rule."""
    return step is not None and step.actor.kind in ("person", "colleague") and step.actor.post in scenario.seat.posts


def judge(scenario: Scenario, row: Row, expected: Expectation, case: Dossier | None, run: Run) -> Judged:
    """What one expectation is worth in a run."""
    if expected.action == "clarify":
        return _clarified(scenario, row, expected, run)
    if case is None:
        return Judged(row.id, expected, None)
    begins_ms = max(case.opened_ms, next(one.made_ms for one in run.made if one.row == row.id))
    match expected.action:
        case "file":
            lane = case.first("UrgentLaneTaken")
            if lane is not None and not by_seat(scenario, lane):
                return Judged(row.id, expected, None, case.id)
            return _timed(scenario, row, expected, case, run, begins_ms, seats(scenario, case, *TAKEN_IN))
        case "urgent":
            return _timed(scenario, row, expected, case, run, begins_ms, seats(scenario, case, "UrgentLaneTaken"))
        case "papers":
            lane = case.first("UrgentLaneTaken")
            if lane is None or by_seat(scenario, lane):
                return Judged(row.id, expected, None, case.id)
            return _timed(scenario, row, expected, case, run, lane.at_ms, seats(scenario, case, "CaseFiled"))
        case "route":
            return _routed(scenario, row, expected, case, run, begins_ms)
        case "check":
            return _timed(scenario, row, expected, case, run, begins_ms, _check(scenario, case))
        case _:
            return _dismissed(scenario, row, expected, case, run, begins_ms)


def _clarified(scenario: Scenario, row: Row, expected: Expectation, run: Run) -> Judged:
    """What is true, said by the seat about this rumour, counted from when it was first said in the virtual place."""
    made_ms = next((one.made_ms for one in run.made if one.row == row.id and one.made_ms >= 0), -1)
    if made_ms < 0:
        return Judged(row.id, expected, None)
    step = next((one for one in run.clarified if one.at_ms >= made_ms and by_seat(scenario, one)), None)
    due_ms = made_ms + round(expected.within_s * 1000)
    if step is None:
        return Judged(row.id, expected, None if due_ms > run.end_ms else 0.0, "", due_ms)
    credit = timely(step.at_ms - made_ms, expected.within_s * 1000)
    return Judged(row.id, expected, credit, "", due_ms, step.at_ms, step.detail)


def seats(scenario: Scenario, case: Dossier, *what: str) -> Step | None:
    return next((step for step in case.steps if step.what in what and by_seat(scenario, step)), None)


def _check(scenario: Scenario, case: Dossier) -> Step | None:
    """The seat's order to a collector, given before anything was believed."""
    order, taken = case.first("CheckOrdered", detail="filing"), case.first(*TAKEN_IN)
    late = order is None or (taken is not None and taken.at_ms <= order.at_ms)
    return None if late or not by_seat(scenario, order) else order


def _timed(
    scenario: Scenario, row: Row, expected: Expectation, case: Dossier, run: Run, begins_ms: int, step: Step | None
) -> Judged:  # fmt: skip
    due_ms = begins_ms + round(expected.within_s * 1000)
    if step is None:
        credit = None if due_ms > run.end_ms else 0.0
        return Judged(row.id, expected, credit, case.id, due_ms)
    credit = timely(step.at_ms - begins_ms, expected.within_s * 1000)
    return Judged(row.id, expected, credit, case.id, due_ms, step.at_ms, step.detail)


def timely(took_ms: float, limit_ms: float) -> float:
    """1 within the limit, falling evenly to 0 at :data:`LATE` times the limit."""
    return min(1.0, max(0.0, (LATE * limit_ms - took_ms) / ((LATE - 1.0) * limit_ms)))


def _routed(
    scenario: Scenario, row: Row, expected: Expectation, case: Dossier, run: Run, begins_ms: int
) -> Judged:  # fmt: skip
    """The first department that anybody named; only the seat's own word earns anything."""
    step = case.first("CaseRouted")
    judged = _timed(scenario, row, expected, case, run, begins_ms, step if by_seat(scenario, step) else None)
    if step is not None and by_seat(scenario, step) and step.detail != expected.department:
        return Judged(row.id, expected, 0.0, case.id, judged.due_ms, step.at_ms, step.detail)
    return judged


def _dismissed(
    scenario: Scenario, row: Row, expected: Expectation, case: Dossier, run: Run, begins_ms: int
) -> Judged:  # fmt: skip
    """After the collector's finding; while that is still out, having sent one in time is as good. Nothing is earned
    where the report was believed before."""
    taken = case.first(*TAKEN_IN, "UnitDispatched")
    gone = seats(scenario, case, "CaseNotAccepted", "FalseAlarmNoted")
    found = case.first("CheckReported", detail="filing/nothing_found")
    order, limit_ms = _check(scenario, case), expected.within_s * 1000
    due_ms = begins_ms + round(limit_ms)
    if taken is not None and (gone is None or taken.at_ms <= gone.at_ms):
        return Judged(row.id, expected, 0.0, case.id, due_ms, taken.at_ms, taken.what)
    if gone is not None and (found is None or gone.at_ms < found.at_ms):
        return Judged(row.id, expected, LUCK * timely(gone.at_ms - begins_ms, limit_ms), case.id, due_ms, gone.at_ms)
    sent = 0.0 if order is None else timely(order.at_ms - begins_ms, limit_ms)
    if found is None or (gone is None and found.at_ms + limit_ms > run.end_ms):
        credit = None if order is None and due_ms > run.end_ms else sent
        return Judged(row.id, expected, credit, case.id, due_ms)
    due_ms = found.at_ms + round(limit_ms)
    if gone is None:
        return Judged(row.id, expected, 0.0, case.id, due_ms)
    credit = max(LUCK, sent) * timely(gone.at_ms - found.at_ms, limit_ms)
    return Judged(row.id, expected, credit, case.id, due_ms, gone.at_ms)
