"""What the outcomes of a study come to: figures alone, each from the runs of the same seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from services.evaluation.assumptions import Assumption
from services.evaluation.job import Arm, Job, Outcome
from services.evaluation.measures import Measure, Measures
from services.evaluation.plan import MECHANISMS, SCENE, SILOED, Study, multiplied, without
from services.evaluation.statistics import Difference, Interval, break_even, difference, interval, rounded

OF = ("scene", "siloed")
RATE = "_per_s"


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """One measure under both policies, and scene − siloed, pair by pair."""

    siloed: Interval
    scene: Interval
    difference: Difference


class Ablated(msgspec.Struct, frozen=True, kw_only=True):
    """Scene governance without one mechanism − scene governance, pair by pair; ``whole`` and ``rest`` are the mean
    differences to the siloed policy with and without it on these seeds; ``flips`` where they point opposite ways."""

    mean: float | None
    low: float | None
    high: float | None
    pairs: int
    better: str
    whole: float | None
    rest: float | None
    flips: bool


class Swept(msgspec.Struct, frozen=True, kw_only=True):
    """scene − siloed with one assumption multiplied: the mean by factor (as text, ``1`` among them), and the factor at
    which it changes sign; None: nowhere between the lowest and the highest."""

    differences: dict[str, float | None]
    break_even: float | None
    pairs: int


class AtRate(msgspec.Struct, frozen=True, kw_only=True):
    """Means over the seeds of the full rate, at one budget of messages."""

    siloed: float | None
    scene: float | None
    difference: float | None


class FullRate(msgspec.Struct, frozen=True, kw_only=True):
    """The same seeds under the bounded and under the full rate of messages; ``counts`` are over both policies."""

    budget_per_city_s: float
    seeds: tuple[int, ...]
    measures: dict[str, dict[str, AtRate]]
    counts: dict[str, dict[str, float]]


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything found. ``by_seed`` has each measure's values in the order of ``seed_list``; ``counts`` are sums over
    the seeds, and means of what is counted by the second."""

    seed_list: tuple[int, ...]
    by_seed: dict[str, dict[str, list[float | None]]]
    measures: dict[str, Compared]
    ablation: dict[str, dict[str, Ablated]]
    ablation_seeds: tuple[int, ...]
    sensitivity: dict[str, dict[str, Swept]]
    sensitivity_seeds: tuple[int, ...]
    full_rate: FullRate | None
    counts: dict[str, dict[str, float]]


class _Runs:
    """The outcomes, to be asked by arm and seeds."""

    def __init__(self, study: Study, outcomes: Mapping[Job, Outcome]) -> None:
        self._study, self._outcomes = study, outcomes

    def of(self, arm: Arm, seeds: Sequence[int]) -> list[Outcome]:
        return [self._outcomes[self._study.job(arm, seed)] for seed in seeds]

    def values(self, measure: Measure, arm: Arm, seeds: Sequence[int]) -> list[float | None]:
        """In the order of the seeds; None where there was nothing to measure."""
        return [outcome.measures.get(measure.id) for outcome in self.of(arm, seeds)]

    def delta(self, measure: Measure, first: Arm, second: Arm, seeds: Sequence[int]) -> tuple[float | None, int]:
        """Mean of the paired differences, and over how many pairs."""
        return _mean_delta(self.values(measure, first, seeds), self.values(measure, second, seeds))


class _PartRuns(_Runs):
    """Those of the study's parts."""

    def __init__(self, study: Study, outcomes: Mapping[Job, Outcome], budget: float = 0.0) -> None:
        super().__init__(study, outcomes)
        self._budget = budget

    def of(self, arm: Arm, seeds: Sequence[int]) -> list[Outcome]:
        return [self._outcomes[self._study.part(arm, seed, self._budget)] for seed in seeds]


def find(study: Study, measures: Measures, swept: Sequence[Assumption], outcomes: Mapping[Job, Outcome]) -> Findings:
    """Judge the outcomes of :func:`services.evaluation.plan.plan` of the same study. Raises :class:`KeyError`
    where one is missing."""
    runs, parts, seeds = _Runs(study, outcomes), _PartRuns(study, outcomes), study.first(study.seeds)
    ablation_seeds = () if study.quick else study.first(study.ablation.seeds)
    sensitivity_seeds = () if study.quick else study.first(study.sensitivity.seeds)
    return Findings(
        seed_list=seeds,
        by_seed={measure.id: _by_seed(runs, measure, seeds) for measure in measures.all},
        measures={measure.id: _compared(runs, measure, seeds) for measure in measures.all},
        ablation={
            mechanism: {measure.id: _ablated(parts, measure, mechanism, ablation_seeds) for measure in measures.all}
            for mechanism in (MECHANISMS if ablation_seeds else ())
        },
        ablation_seeds=ablation_seeds,
        sensitivity={
            assumption.id: {
                measure.id: _swept(parts, measure, assumption, study.sensitivity.factors, sensitivity_seeds)
                for measure in measures.primaries
            }
            for assumption in (swept if sensitivity_seeds else ())
        },
        sensitivity_seeds=sensitivity_seeds,
        full_rate=None if study.quick else _full_rate(study, measures, outcomes),
        counts={arm.name: _counted(runs.of(arm, seeds)) for arm in (SILOED, SCENE)},
    )


def _by_seed(runs: _Runs, measure: Measure, seeds: Sequence[int]) -> dict[str, list[float | None]]:
    return {
        arm.name: [None if value is None else rounded(value) for value in runs.values(measure, arm, seeds)]
        for arm in (SILOED, SCENE)
    }


def _compared(runs: _Runs, measure: Measure, seeds: Sequence[int]) -> Compared:
    siloed, scene = runs.values(measure, SILOED, seeds), runs.values(measure, SCENE, seeds)
    return Compared(
        siloed=interval(f"{measure.id} siloed", siloed),
        scene=interval(f"{measure.id} scene", scene),
        difference=difference(f"{measure.id} difference", scene, siloed, measure.sign, OF),
    )


def _ablated(runs: _Runs, measure: Measure, mechanism: str, seeds: Sequence[int]) -> Ablated:
    arm = without(next(one for one in MECHANISMS if one == mechanism))
    less, whole = runs.values(measure, arm, seeds), runs.values(measure, SCENE, seeds)
    found = difference(f"{measure.id} without {mechanism}", less, whole, measure.sign, ("without", "scene"))
    before, _ = runs.delta(measure, SCENE, SILOED, seeds)
    after, _ = runs.delta(measure, arm, SILOED, seeds)
    flips = before is not None and after is not None and before * after < 0.0
    return Ablated(
        mean=found.mean, low=found.low, high=found.high, pairs=found.pairs, better=found.better,
        whole=before, rest=after, flips=flips,
    )  # fmt: skip


def _swept(
    runs: _Runs, measure: Measure, assumption: Assumption, factors: Sequence[float], seeds: Sequence[int]
) -> Swept:
    found: dict[float, float | None] = {}
    fewest = len(seeds)
    for factor in sorted((*factors, 1.0)):
        scene, siloed = (
            arm if factor == 1.0 else multiplied(assumption, factor, arm.policy) for arm in (SCENE, SILOED)
        )
        found[factor], pairs = runs.delta(measure, scene, siloed, seeds)
        fewest = min(fewest, pairs)
    points = [(factor, delta) for factor, delta in found.items() if delta is not None]
    return Swept(
        differences={f"{factor:g}": delta for factor, delta in found.items()},
        break_even=break_even(points) if len(points) > 1 else None,
        pairs=fewest,
    )


def _full_rate(study: Study, measures: Measures, outcomes: Mapping[Job, Outcome]) -> FullRate:
    seeds, full = study.first(study.full_rate.seeds), study.full_rate.budget_per_city_s
    rates = {"bounded": _PartRuns(study, outcomes), "full": _PartRuns(study, outcomes, full)}
    return FullRate(
        budget_per_city_s=full,
        seeds=seeds,
        measures={
            measure.id: {name: _at_rate(runs, measure, seeds) for name, runs in rates.items()}
            for measure in measures.all
        },
        counts={
            name: _counted([*runs.of(SILOED, seeds), *runs.of(SCENE, seeds)]) for name, runs in rates.items()
        },
    )  # fmt: skip


def _at_rate(runs: _Runs, measure: Measure, seeds: Sequence[int]) -> AtRate:
    siloed, scene = (runs.values(measure, arm, seeds) for arm in (SILOED, SCENE))
    return AtRate(siloed=_mean(siloed), scene=_mean(scene), difference=_mean_delta(scene, siloed)[0])


def _counted(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Sums; means of what is counted by the second (``…_per_s``)."""
    names = sorted({name for outcome in outcomes for name in outcome.counts})
    sums = {name: sum(outcome.counts.get(name, 0.0) for outcome in outcomes) for name in names}
    return {name: rounded(sum_ / len(outcomes) if name.endswith(RATE) else sum_) for name, sum_ in sums.items()}


def _mean(values: Sequence[float | None]) -> float | None:
    seen = [value for value in values if value is not None]
    return rounded(sum(seen) / len(seen)) if seen else None


def _mean_delta(first: Sequence[float | None], second: Sequence[float | None]) -> tuple[float | None, int]:
    pairs = [a - b for a, b in zip(first, second, strict=True) if a is not None and b is not None]
    return (rounded(sum(pairs) / len(pairs)) if pairs else None), len(pairs)
