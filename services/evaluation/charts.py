"""What the plots of a study of governance show."""

from __future__ import annotations

from collections.abc import Sequence

from services.evaluation.assumptions import Assumption
from services.evaluation.findings import OF, Ablated, Findings
from services.evaluation.measures import Measure, Measures
from services.evaluation.plots import BETTER, UNCLEAR, WORSE, Mark, Pairs, Panel, Plots
from services.evaluation.statistics import Difference
from services.evaluation.wording import MECHANISM_NAMES, NOTHING, Say, amount, number, unit_of_difference
from twin.core.text import Text

_COLOURS = {OF[0]: BETTER, OF[1]: WORSE}


class Charts:
    """Each gives an SVG drawing in the reader's language."""

    def __init__(self, plots: Plots, measures: Measures, found: Findings, say: Say) -> None:
        self._plots, self._measures, self._found, self._say = plots, measures, found, say

    def forest(self) -> str:
        """All measures on one scale: the mean paired difference in standard deviations, better to the right."""
        say, order = self._say, self._measures.primary_first
        differences = [self._found.measures[measure.id].difference for measure in order]
        panel = Panel(
            title="",
            axis=say(Text("← siloed better · mean paired difference ÷ its standard deviation · scene better →")),
            marks=[
                Mark(
                    middle=one.effect, low=one.effect_low, high=one.effect_high,
                    colour=_COLOURS.get(one.better, UNCLEAR), note=self._in_units(measure, one),
                )
                for measure, one in zip(order, differences, strict=True)
            ],
        )  # fmt: skip
        labels = [say(measure.name) for measure in order]
        return self._plots.intervals("forest", labels, [panel], strong=len(self._measures.primary))

    def pairs(self) -> str:
        """The primary measures, seed by seed."""
        say, found = self._say, self._found
        panels = []
        for measure in self._measures.primaries:
            sides = found.by_seed[measure.id]
            scale = 100.0 if measure.share else 1.0
            panels.append(
                Pairs(
                    title=say(measure.name), axis=say(measure.unit), lower_is_better=measure.better == "lower",
                    pairs=[
                        (scale * a, scale * b)
                        for a, b in zip(sides["siloed"], sides["scene"], strict=True)
                        if a is not None and b is not None
                    ],
                )
            )  # fmt: skip
        return self._plots.pairs("pairs", (say(Text("siloed")), say(Text("scene"))), panels)

    def ablation(self) -> str:
        """What each primary measure loses without one mechanism."""
        panels = []
        for measure in self._measures.primaries:
            scale = 100.0 if measure.share else 1.0
            rows = [self._found.ablation[mechanism][measure.id] for mechanism in MECHANISM_NAMES]
            panels.append(
                Panel(
                    title=self._say(measure.name),
                    axis=self._axis(measure),
                    marks=[_ablated(row, scale) for row in rows],
                )
            )
        labels = [self._say(name) for name in MECHANISM_NAMES.values()]
        return self._plots.intervals("ablation", labels, panels)

    def sensitivity(self, swept: Sequence[Assumption]) -> str:
        """The difference of each primary measure while one assumption goes from half to double."""
        panels = []
        for measure in self._measures.primaries:
            scale = 100.0 if measure.share else 1.0
            rows = [self._found.sensitivity[assumption.id][measure.id] for assumption in swept]
            ordered = [
                [
                    None if (value := row.differences[factor]) is None else scale * value
                    for factor in _by_size(row.differences)
                ]
                for row in rows
            ]
            notes = ["" if row.break_even is None else f"= 0: ×{number(row.break_even)}" for row in rows]
            panels.append(Panel(title=self._say(measure.name), axis=self._axis(measure), points=ordered, notes=notes))
        return self._plots.sweeps("sensitivity", [self._say(assumption.name) for assumption in swept], panels)

    def _in_units(self, measure: Measure, one: Difference) -> str:
        if one.mean is None:
            return NOTHING
        return f"{amount(measure, one.mean, signed=True)} {self._say(unit_of_difference(measure))}".rstrip()

    def _axis(self, measure: Measure) -> str:
        better = Text("less is better") if measure.better == "lower" else Text("more is better")
        unit = self._say(unit_of_difference(measure))
        return f"{unit} · {self._say(better)}" if unit else self._say(better)


def _ablated(row: Ablated, scale: float) -> Mark:
    """Coloured where the mechanism matters: green where taking it away harms, brown where it improves."""
    colour = {"scene": BETTER, "without": WORSE}.get(row.better, UNCLEAR)
    middle, low, high = (None if value is None else scale * value for value in (row.mean, row.low, row.high))
    return Mark(middle=middle, low=low, high=high, colour=colour)


def _by_size(differences: dict[str, float | None]) -> list[str]:
    return sorted(differences, key=float)
