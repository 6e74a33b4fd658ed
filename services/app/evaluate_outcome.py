"""What came out of a run, from the journal's facts and the field's truth; the measures are those of
``config/evaluation/measures.toml``."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import fmean

from services.app.composition import World
from services.app.evaluate_witness import Witness
from services.app.truth import KIND, SAME_M, SLACK_MS, Hazard
from services.evaluation.job import Job, Outcome
from services.evaluation.sights import origin
from services.exercise.memory import SPLIT
from services.exercise.settings import Settings
from services.facts.base import Command, Event
from services.facts.casework import CaseTaken
from services.facts.collaboration import HANDLING
from services.facts.governance import (
    CaseClosed,
    CaseMerged,
    CaseNotAccepted,
    CaseOpened,
    CaseRouted,
    UnitDispatched,
    UnitProgressed,
)
from services.facts.records import Entry
from twin.field.field import Field

_MINUTE_MS = 60_000
LATE_MS = 15 * _MINUTE_MS
"""What begins so late in a run is not judged: there is no time left to act on it."""


@dataclass(frozen=True)
class Basis:
    """What the facts are judged by."""

    began_ms: int
    ended_ms: int
    world: World
    field: Field
    manners: Settings
    values: Mapping[str, float]


@dataclass
class _Case:
    """One case about a kind of hazard; times -1 where it did not come to it."""

    id: str
    kind: str
    x_m: float
    y_m: float
    opened_ms: int
    routed: list[tuple[int, str]] = field(default_factory=list)
    taken: list[tuple[int, str]] = field(default_factory=list)
    arrived: list[tuple[int, str]] = field(default_factory=list)
    ended_ms: int = -1


@dataclass
class _Affair:
    """A hazard and the cases about it, in the order of opening."""

    hazard: Hazard
    cases: list[_Case]
    tasks: tuple[str, ...]
    able: frozenset[str]  # departments that can deal with it


def judged(job: Job, entries: Sequence[Entry], witness: Witness, basis: Basis) -> Outcome:
    """The outcome of a run."""
    cases = _cases(entries)
    affairs, alone = _affairs(witness.hazards, cases, basis)
    due = [one for one in affairs if one.hazard.began_ms <= basis.ended_ms - LATE_MS]
    found = [one for one in due if one.cases]
    about = [case for one in affairs for case in one.cases]
    end = basis.ended_ms
    staff_h = _staff_h(entries, basis.manners)
    measures: dict[str, float | None] = {
        "detection_delay_min": _mean(_since(one, _opened(one, end)) for one in due),
        "found_share": _mean(float(bool(one.cases)) for one in due),
        "true_case_share": _mean([1.0] * len(about) + [0.0] * len(alone)),
        "cases_per_hazard": _mean(float(len(one.cases)) for one in found),
        "right_department_first_share": _mean(float(_first(one) in one.able) for one in found),
        "hops": _mean(float(_hops(case)) for case in about),
        "limbo_min": _mean((_taken(one, end) - _opened(one, end)) / _MINUTE_MS for one in found),
        "arrival_min": _mean(_since(one, _arrived(one, end)) for one in due if one.tasks),
        "verified_close_min": _mean(_since(one, _closed(one, end)) for one in due),
        "exposed_resident_min": sum(witness.exposed_min.values()),
        "lost_vehicle_h": witness.lost_h,
        "cost_yuan": witness.away_h * basis.values["unit_yuan_h"] + staff_h * basis.values["staff_yuan_h"],
    }
    counts = {
        "hazards": float(len(affairs)), "hazards_judged": float(len(due)), "hazards_found": float(len(found)),
        "cases": float(len(cases)), "cases_about_nothing": float(len(alone)), "unit_h": witness.away_h,
        "staff_h": staff_h, **_sent(basis),
    }  # fmt: skip
    counts |= {f"hazards_{kind}": float(n) for kind, n in _by_kind(due).items()}
    return Outcome(job=job, measures=measures, counts=counts)


def _cases(entries: Iterable[Entry]) -> dict[str, _Case]:
    """Every case about a kind of hazard, with what became of it."""
    cases: dict[str, _Case] = {}
    tasks: dict[str, str] = {}
    for entry in entries:
        _note(cases, tasks, entry.fact, entry.city_ms)
    return cases


def _note(cases: dict[str, _Case], tasks: dict[str, str], fact: Event | Command, at_ms: int) -> None:
    match fact:
        case CaseOpened() if origin(fact.scene) in KIND:
            cases[fact.case] = _Case(fact.case, KIND[origin(fact.scene)], fact.x_m, fact.y_m, at_ms)
        case CaseRouted() if fact.case in cases:
            cases[fact.case].routed.append((at_ms, fact.department))
        case CaseTaken() if fact.case in cases and fact.post in HANDLING:
            cases[fact.case].taken.append((at_ms, fact.department))
        case UnitDispatched() if fact.case in cases:
            tasks[fact.order] = fact.task
            cases[fact.case].taken.append((at_ms, fact.department))
        case UnitProgressed() if fact.case in cases and fact.state == "arrived":
            cases[fact.case].arrived.append((at_ms, tasks.get(fact.order, "")))
        case CaseClosed() | CaseNotAccepted() | CaseMerged() if fact.case in cases:
            cases[fact.case].ended_ms = at_ms
        case _:
            pass


def _affairs(
    hazards: Sequence[Hazard], cases: Mapping[str, _Case], basis: Basis
) -> tuple[list[_Affair], list[_Case]]:  # fmt: skip
    """Each case goes to the nearest hazard of its kind; those about none are left over."""
    departments = basis.world.departments.values()
    affairs: list[_Affair] = []
    for hazard in hazards:
        tasks = tuple(basis.field.hazards.of(hazard.kind).tasks) if _known(basis.field, hazard.kind) else ()
        skilled = {d.id for d in departments if any(set(tasks) & set(kind.skills) for kind in d.units)}
        affairs.append(_Affair(hazard, [], tasks, frozenset(skilled)))
    alone: list[_Case] = []
    for case in cases.values():
        away_m, nearest = min(
            ((_away(one.hazard, case), index) for index, one in enumerate(affairs) if _same(one.hazard, case)),
            default=(math.inf, -1),
        )
        (affairs[nearest].cases if away_m <= SAME_M else alone).append(case)
    return affairs, alone


def _known(field: Field, kind: str) -> bool:
    return any(hazard.kind == kind for hazard in field.hazards.all)


def _away(hazard: Hazard, case: _Case) -> float:
    return math.hypot(hazard.x_m - case.x_m, hazard.y_m - case.y_m)


def _same(hazard: Hazard, case: _Case) -> bool:
    over = 0 <= hazard.ended_ms < case.opened_ms - SLACK_MS
    return hazard.kind == case.kind and hazard.began_ms <= case.opened_ms and not over


def _opened(one: _Affair, end: int) -> int:
    return min((case.opened_ms for case in one.cases), default=end)


def _first(one: _Affair) -> str:
    """The department that the first case was sent to first; empty where none was yet."""
    return min(((at_ms, department) for case in one.cases for at_ms, department in case.routed), default=(0, ""))[1]


def _hops(case: _Case) -> int:
    """How often it went on to another department than before; the same one again is no hop."""
    return sum(before != after for (_, before), (_, after) in pairwise(case.routed))


def _taken(one: _Affair, end: int) -> int:
    """When a department that can deal with it had it."""
    return min((at for case in one.cases for at, department in case.taken if department in one.able), default=end)


def _arrived(one: _Affair, end: int) -> int:
    return min((at for case in one.cases for at, task in case.arrived if task in one.tasks), default=end)


def _closed(one: _Affair, end: int) -> int:
    """When it was over and nothing about it was open any more."""
    times = [one.hazard.ended_ms, *(case.ended_ms for case in one.cases)]
    return end if not one.cases or min(times) < 0 else max(times)


def _since(one: _Affair, at_ms: int) -> float:
    return max(0, at_ms - one.hazard.began_ms) / _MINUTE_MS


def _mean(values: Iterable[float]) -> float | None:
    known = list(values)
    return fmean(known) if known else None


def _staff_h(entries: Iterable[Entry], manners: Settings) -> float:
    """Hours of work at desks: the mean time of each task that was done."""
    total_s = 0.0
    for entry in entries:
        fact = entry.fact
        if isinstance(fact, Command) and fact.actor.kind == "colleague":
            time = manners.time(fact.actor.post, fact.id.split(SPLIT)[1].partition("/")[0])
            total_s += 0.0 if time is None or time.afield else time.mean_s
    return total_s / 3600.0


def _sent(basis: Basis) -> dict[str, float]:
    """Messages a city second, of all kinds and of vehicles alone."""
    seconds = (basis.ended_ms - basis.began_ms) / 1000.0
    count = basis.field.sent.count
    return {
        "messages_per_s": round(sum(count.values()) / seconds, 3),
        "cams_per_s": round(count.get("cam", 0) / seconds, 3),
    }


def _by_kind(due: Iterable[_Affair]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for one in due:
        counts[one.hazard.kind] = counts.get(one.hazard.kind, 0) + 1
    return dict(sorted(counts.items()))
