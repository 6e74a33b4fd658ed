"""What the runs of the study of virtual presence say together: a curve over the shares for each measure, each point
with its paired difference to nothing done virtually, and how it stands when single assumptions change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from services.evaluation.adoption_settings import HOURS, START, SWEPT, AdoptionSettings
from services.evaluation.job import Arm, Job, Outcome
from services.evaluation.measures import Measure, Measures
from services.evaluation.statistics import Difference, Interval, difference, interval, rounded

Factors = tuple[tuple[str, float], ...]
OF = ("virtual", "none")
_AT_REST_TOO = ("capacity", "service")
"""What changes a city in which nothing is done virtually as well: its runs are held to runs at 0 of their own."""


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """At one share: the measure, the paired difference to 0, and that as a part of the mean at 0 (None: that is 0)."""

    value: Interval
    difference: Difference
    part: float | None


class Swept(msgspec.Struct, frozen=True, kw_only=True):
    """Assumptions multiplied, none, one or the worst together: each primary measure's point at the share where that
    was. The first is as assumed, on the same seeds."""

    factors: dict[str, float]
    at: float
    points: dict[str, Point]


class AdoptionFindings(msgspec.Struct, frozen=True, kw_only=True):
    """``curves`` by measure, a point for each share; ``counts`` by share, means over seeds."""

    seeds: tuple[int, ...]
    shares: tuple[float, ...]
    curves: dict[str, tuple[Point, ...]]
    sensitivity: tuple[Swept, ...]
    counts: tuple[dict[str, float], ...]


def job(share: float, seed: int, factors: Factors = ()) -> Job:
    """A whole working day of one seed's residents."""
    name = f"{share:.0%} virtual" + "".join(f", {each} ×{factor:g}" for each, factor in factors)
    return Job(
        study="adoption", arm=Arm(name=name, virtual=share, factors=factors), seed=seed, start_at=START, hours=HOURS
    )  # fmt: skip


def seeds_of(settings: AdoptionSettings, count: int) -> tuple[int, ...]:
    """The first so many."""
    return tuple(range(settings.first_seed, settings.first_seed + count))


def jobs(settings: AdoptionSettings, seeds: Sequence[int], quick: bool = False) -> tuple[Job, ...]:
    """Every run, those that decide first; ``quick`` leaves the sweeps out."""
    decide = [job(share, seed) for seed in seeds for share in settings.shares]
    return tuple(dict.fromkeys([*decide, *(() if quick else _sweeps(settings, seeds))]))


def _sweeps(settings: AdoptionSettings, seeds: Sequence[int]) -> Iterator[Job]:
    for seed in seeds[: settings.sweep.seeds]:
        for factors in swept(settings):
            yield job(settings.sweep.at, seed, factors)
            yield job(0.0, seed, _at_rest(factors))


def swept(settings: AdoptionSettings) -> tuple[Factors, ...]:
    """None, to be held to; each assumption with each of its factors; then the worst of them together."""
    alone: list[Factors] = [((name, factor),) for name in SWEPT for factor in getattr(settings.sweep, name)]
    return ((), *alone, tuple(sorted(settings.sweep.worst.items())))


def _at_rest(factors: Factors) -> Factors:
    """Those that count where nothing is done virtually, too."""
    return tuple(one for one in factors if one[0] in _AT_REST_TOO)


def findings(
    settings: AdoptionSettings, measures: Measures, seeds: Sequence[int], outcomes: Mapping[Job, Outcome]
) -> AdoptionFindings:
    """From all outcomes of :func:`jobs`; a sweep without runs is left out. KeyError where a deciding run is missing."""
    by_share = [[outcomes[job(share, seed)] for seed in seeds] for share in settings.shares]
    curves = {
        measure.id: tuple(
            _point(measure, f"{share:g}", runs, by_share[0])
            for share, runs in zip(settings.shares, by_share, strict=True)
        )
        for measure in measures.all
    }  # fmt: skip
    counts = tuple(
        {name: rounded(sum(run.counts[name] for run in runs) / len(runs)) for name in runs[0].counts}
        for runs in by_share
    )
    multiplied = tuple(_sensitivity(settings, measures, seeds, outcomes))
    return AdoptionFindings(
        seeds=tuple(seeds), shares=settings.shares, curves=curves, counts=counts,
        sensitivity=multiplied if len(multiplied) > 1 else (),  # the first alone is nothing multiplied
    )  # fmt: skip


def _sensitivity(
    settings: AdoptionSettings, measures: Measures, seeds: Sequence[int], outcomes: Mapping[Job, Outcome]
) -> Iterator[Swept]:
    some, at = seeds[: settings.sweep.seeds], settings.sweep.at
    for factors in swept(settings):
        now = [outcomes.get(job(at, seed, factors)) for seed in some]
        before = [outcomes.get(job(0.0, seed, _at_rest(factors))) for seed in some]
        ones, others = [one for one in now if one], [other for other in before if other]
        if len(ones) == len(others) == len(some):
            of = ",".join(f"{name}×{factor:g}" for name, factor in factors)
            points = {measure.id: _point(measure, of, ones, others) for measure in measures.primaries}
            yield Swept(factors=dict(factors), at=at, points=points)


def _point(measure: Measure, of: str, runs: Sequence[Outcome], without: Sequence[Outcome]) -> Point:
    here, there = ([run.measures[measure.id] for run in some] for some in (runs, without))
    found = difference(f"{measure.id}:{of}:difference", here, there, measure.sign, OF)
    base = interval(f"{measure.id}:base", there).mean
    part = rounded(found.mean / base) if base and found.mean is not None else None
    return Point(value=interval(f"{measure.id}:{of}", here), difference=found, part=part)
