"""What may be concluded, in plain words: where scene governance helps, where it does not, where nobody can tell, and
what would change that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from services.evaluation.assumptions import Assumption
from services.evaluation.findings import OF, Findings
from services.evaluation.measures import Measure, Measures
from services.evaluation.statistics import FEWEST_PAIRS, SAME, UNCLEAR, Difference
from services.evaluation.wording import MECHANISM_NAMES, amount, assumed, number, unit_of_difference
from twin.core.text import Name, Text

_SCENE, _SILOED = OF


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """``headline`` rests on the primary measures alone; the others by what can be said of them (ids); ``words`` has one
    sentence for each measure, the primary ones first; ``would_change`` one for each thing that turns a primary measure
    about which something is concluded."""

    headline: Text
    helps: tuple[str, ...]
    hinders: tuple[str, ...]
    same: tuple[str, ...]
    unclear: tuple[str, ...]
    words: dict[str, Text]
    would_change: tuple[Text, ...]


def judge(measures: Measures, swept: Sequence[Assumption], found: Findings) -> Verdict:
    """Whether an interval holds 0 decides; whoever reads one measure of many should know that one in twenty does not by
    chance alone."""
    by_better: dict[str, list[str]] = {_SCENE: [], _SILOED: [], SAME: [], UNCLEAR: []}
    for measure in measures.primary_first:
        by_better[found.measures[measure.id].difference.better].append(measure.id)
    return Verdict(
        headline=_headline(measures, found),
        helps=tuple(by_better[_SCENE]),
        hinders=tuple(by_better[_SILOED]),
        same=tuple(by_better[SAME]),
        unclear=tuple(by_better[UNCLEAR]),
        words={one.id: _sentence(one, found.measures[one.id].difference) for one in measures.primary_first},
        would_change=_would_change(measures, swept, found),
    )


def _headline(measures: Measures, found: Findings) -> Text:
    differences = [found.measures[id].difference for id in measures.primary]
    total = len(differences)
    better = sum(one.better == _SCENE for one in differences)
    worse = sum(one.better == _SILOED for one in differences)
    pairs = max(one.pairs for one in differences)
    if pairs < FEWEST_PAIRS:
        args: dict[str, str | int | float | Text | Name] = {"pairs": pairs, "fewest": FEWEST_PAIRS}
        return Text("Nothing can be concluded from so few pairs of runs ({pairs}); it takes at least {fewest}.", args)
    args = {"total": total, "better": better, "worse": worse}
    if better == total:
        return Text("Scene governance helps: all {total} primary measures are better under it.", args)
    if worse == total:
        return Text("Scene governance does harm: all {total} primary measures are worse under it.", args)
    if better and worse:
        return Text(
            "Scene governance both helps and harms: of {total} primary measures {better} are better under it and "
            "{worse} worse.",
            args,
        )
    if better:
        return Text(
            "Scene governance helps in {better} of {total} primary measures; for the rest no difference can be told "
            "from chance.",
            args,
        )
    if worse:
        return Text(
            "Scene governance does not help: {worse} of {total} primary measures are worse under it and none is "
            "better.",
            args,
        )
    return Text("This study cannot tell whether scene governance helps: no primary measure differs beyond chance.")


def _sentence(measure: Measure, found: Difference) -> Text:
    args: dict[str, str | int | float | Text | Name] = {"measure": measure.name, "pairs": found.pairs}
    if found.mean is None:
        return Text("{measure}: nothing to measure in any pair.", args)
    if found.low is None or found.high is None:
        args |= {"mean": amount(measure, found.mean, signed=True), "unit": unit_of_difference(measure)}
        return Text("{measure}: {mean} {unit} in the only pair, which says nothing.", args)
    args |= {
        "low": amount(measure, found.low, signed=True), "high": amount(measure, found.high, signed=True),
        "unit": unit_of_difference(measure),
    }  # fmt: skip
    if found.better == SAME:
        return Text("{measure}: the same in all {pairs} pairs.", args)
    if found.better == UNCLEAR:
        args["mean"] = amount(measure, found.mean, signed=True)
        if found.pairs < FEWEST_PAIRS:
            return Text("{measure}: {mean} {unit} ({low} to {high}), from too few pairs ({pairs}) to conclude.", args)
        return Text("{measure}: {mean} {unit}, but the interval {low} to {high} includes no difference.", args)
    args["by"] = amount(measure, abs(found.mean))
    if found.mean < 0:
        return Text("{measure}: lower by {by} {unit} under scene governance (95 % interval {low} to {high}).", args)
    return Text("{measure}: higher by {by} {unit} under scene governance (95 % interval {low} to {high}).", args)


def _would_change(measures: Measures, swept: Sequence[Assumption], found: Findings) -> tuple[Text, ...]:
    concluded = [one for one in measures.primaries if found.measures[one.id].difference.better in OF]
    if not concluded:
        return (Text("There is no conclusion to change: no primary measure differs beyond chance."),)
    if found.full_rate is None:
        return (Text("Nothing was tried that could change it: only the main comparison was run."),)
    changes = (*_by_assumption(concluded, swept, found), *_by_mechanism(concluded, found), *_by_rate(concluded, found))
    return changes or (
        Text(
            "Nothing that was tried turns a primary measure: {swept} assumptions from half to double, {mechanisms} "
            "mechanisms taken away one at a time, messages at the full rate.",
            {"swept": len(found.sensitivity), "mechanisms": len(found.ablation)},
        ),
    )


def _by_assumption(concluded: Sequence[Measure], swept: Sequence[Assumption], found: Findings) -> Iterator[Text]:
    """Where a primary measure turns; and where too few seeds were swept for that to say anything."""
    for assumption in swept:
        for measure in concluded:
            one = found.sensitivity[assumption.id][measure.id]
            if one.break_even is None:
                continue
            value, unit = assumed(assumption, one.break_even)
            args: dict[str, str | int | float | Text | Name] = {
                "assumption": assumption.name, "factor": number(one.break_even), "measure": measure.name,
                "value": value, "unit": unit, "pairs": one.pairs,
            }  # fmt: skip
            if one.pairs < FEWEST_PAIRS:
                yield Text(
                    "“{assumption}” at {factor} times its value ({value} {unit}): there “{measure}” would be equal "
                    "under both, though {pairs} seeds are too few to conclude.",
                    args,
                )
            else:
                yield Text(
                    "“{assumption}” at {factor} times its value ({value} {unit}): there “{measure}” would be equal "
                    "under both, and turn beyond it.",
                    args,
                )


def _by_mechanism(concluded: Sequence[Measure], found: Findings) -> Iterator[Text]:
    for mechanism, name in MECHANISM_NAMES.items():
        for measure in concluded:
            one = found.ablation.get(mechanism, {}).get(measure.id)
            if one is None or not one.flips:
                continue
            args: dict[str, str | int | float | Text | Name] = {
                "mechanism": name, "measure": measure.name, "unit": unit_of_difference(measure), "pairs": one.pairs,
                "rest": amount(measure, one.rest, True), "whole": amount(measure, one.whole, True),
            }  # fmt: skip
            if one.better == UNCLEAR:
                yield Text(
                    "Without “{mechanism}”, “{measure}” would point the other way ({rest} instead of {whole} {unit}), "
                    "though on these {pairs} seeds that may be chance.",
                    args,
                )
            else:
                yield Text(
                    "Without “{mechanism}”, “{measure}” would point the other way ({rest} instead of {whole} {unit}).",
                    args,
                )


def _by_rate(concluded: Sequence[Measure], found: Findings) -> Iterator[Text]:
    rate = found.full_rate
    if rate is None:
        return
    for measure in concluded:
        bounded, full = (rate.measures[measure.id][name].difference for name in ("bounded", "full"))
        if bounded is not None and full is not None and bounded * full < 0.0:
            yield Text(
                "With messages at the full rate, “{measure}” would point the other way ({full} instead of {bounded} "
                "{unit}).",
                {
                    "measure": measure.name, "unit": unit_of_difference(measure),
                    "full": amount(measure, full, True), "bounded": amount(measure, bounded, True),
                },
            )  # fmt: skip
