"""The findings as one page that needs nothing else: no script, no request, nothing of this machine or moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
import msgspec
from markupsafe import Markup

from services.evaluation.assumptions import Assumption
from services.evaluation.charts import Charts
from services.evaluation.findings import OF, Findings
from services.evaluation.measures import Measure, Measures
from services.evaluation.plots import Plots
from services.evaluation.report import Report
from services.evaluation.statistics import FEWEST_PAIRS, RESAMPLES, SAME
from services.evaluation.wording import Say, amount, assumed, number, plain, span, unit_of_difference
from twin.core.text import Name, Text

TEMPLATES = Path(__file__).parent / "templates"
_CLASSES = {OF[0]: "better", OF[1]: "worse"}


def page(report: Report, language: str, say: Say, font: Path) -> str:
    """The whole page in one language (``en`` or ``zh_CN``); ``font`` is what the plots are measured by."""
    measures, found, verdict = report.measures, report.found, report.verdict
    swept = [one for one in report.assumptions.swept if one.id in found.sensitivity]
    return environment(say).get_template("governance.html").render(
        lang="zh-CN" if language.startswith("zh") else "en",
        study=report.study, found=found, verdict=verdict, digest=report.digest,
        drawn=_drawn(Charts(Plots(font), measures, found, say), swept, found),
        measures=[_measure(measure, found) for measure in measures.primary_first],
        primaries=len(measures.primary),
        assumptions=[_assumption(one, swept, measures, found) for one in report.assumptions.all],
        full_rate=_full_rate(measures, found),
        counts=_counts(found), fewest=FEWEST_PAIRS, resamples=RESAMPLES,
    )  # fmt: skip


def _drawn(charts: Charts, swept: Sequence[Assumption], found: Findings) -> dict[str, Markup]:
    """The plots there is something for."""
    drawn = {"forest": charts.forest(), "pairs": charts.pairs()}
    if found.ablation:
        drawn["ablation"] = charts.ablation()
    if swept:
        drawn["sensitivity"] = charts.sensitivity(swept)
    return {name: Markup(drawing) for name, drawing in drawn.items()}


def environment(say: Say) -> jinja2.Environment:
    """Templates in which ``_("…", name=value)`` and ``say`` speak the reader's language; whatever is left undefined
    is a fault."""

    def words(msgid: str, **args: str | int | float | Text | Name) -> str:
        return say(Text(msgid, args))

    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), undefined=jinja2.StrictUndefined, autoescape=True, trim_blocks=True,
        lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    made.globals.update(_=words, say=say)
    made.filters["plain"] = plain
    return made


class _MeasureRow(msgspec.Struct, frozen=True, kw_only=True):
    measure: Measure
    siloed: str
    siloed_span: str
    scene: str
    scene_span: str
    difference: str
    difference_span: str
    unit: Text
    pairs: int
    left_out: int
    won: int
    lost: int
    said: Text
    kind: str


def _measure(measure: Measure, found: Findings) -> _MeasureRow:
    one = found.measures[measure.id]
    sides, delta = {"siloed": one.siloed, "scene": one.scene}, one.difference
    conclusions = {OF[0]: Text("scene better"), OF[1]: Text("siloed better"), SAME: Text("the same")}
    return _MeasureRow(
        measure=measure,
        siloed=amount(measure, sides["siloed"].mean),
        siloed_span=span(measure, sides["siloed"].low, sides["siloed"].high),
        scene=amount(measure, sides["scene"].mean),
        scene_span=span(measure, sides["scene"].low, sides["scene"].high),
        difference=amount(measure, delta.mean, signed=True),
        difference_span=span(measure, delta.low, delta.high, signed=True),
        unit=unit_of_difference(measure),
        pairs=delta.pairs, left_out=delta.left_out, won=delta.won, lost=delta.lost,
        said=conclusions.get(delta.better, Text("cannot tell")),
        kind=_CLASSES.get(delta.better, "unclear"),
    )  # fmt: skip


def _assumption(one: Assumption, swept: Sequence[Assumption], measures: Measures, found: Findings) -> Mapping[str, Any]:
    """One row: the figure, where it comes from, and what became of its sweep."""
    rows = found.sensitivity[one.id] if one in swept else {}
    turning = [(measures[id], row.break_even) for id, row in rows.items() if row.break_even is not None]
    value, unit = assumed(one)
    return {
        "it": one, "value": value, "unit": unit, "run": bool(rows),
        "turning": [(measure.name, number(factor)) for measure, factor in turning],
    }  # fmt: skip


def _full_rate(measures: Measures, found: Findings) -> Mapping[str, Any] | None:
    rate = found.full_rate
    if rate is None:
        return None
    rows = [
        {
            "measure": measure, "unit": unit_of_difference(measure),
            "bounded": amount(measure, rate.measures[measure.id]["bounded"].difference, signed=True),
            "full": amount(measure, rate.measures[measure.id]["full"].difference, signed=True),
        }
        for measure in measures.primary_first
    ]  # fmt: skip
    names = sorted({name for counts in rate.counts.values() for name in counts})
    counts = [(name, *(plain(rate.counts[side].get(name)) for side in ("bounded", "full"))) for name in names]
    return {"budget": plain(rate.budget_per_city_s), "seeds": rate.seeds, "rows": rows, "counts": counts}


def _counts(found: Findings) -> list[tuple[str, str, str]]:
    names = sorted({name for counts in found.counts.values() for name in counts})
    return [(name, plain(found.counts["siloed"].get(name)), plain(found.counts["scene"].get(name))) for name in names]
