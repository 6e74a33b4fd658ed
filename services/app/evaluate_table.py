"""An evaluation's findings on the terminal."""

from __future__ import annotations

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text as Line

from services.evaluation.findings import OF, Findings
from services.evaluation.measures import Measures
from services.evaluation.wording import Say, amount, span
from twin.core.text import Text

_STYLES = {OF[0]: "green", OF[1]: "yellow"}


def findings_table(measures: Measures, found: Findings, say: Say) -> Table:
    """A row for each measure, the primary ones first and set apart."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column(say(Text("Measure")), overflow="fold")
    for title in (Text("siloed"), Text("scene"), Text("Difference"), Text("95 % interval"), Text("Better in")):
        table.add_column(say(title), justify="right", no_wrap=True)
    for index, measure in enumerate(measures.primary_first):
        one = found.measures[measure.id]
        delta, unit = one.difference, say(measure.unit)
        table.add_row(
            f"{say(measure.name)}, {unit}" if unit else say(measure.name),
            amount(measure, one.siloed.mean), amount(measure, one.scene.mean),
            Line(amount(measure, delta.mean, signed=True), style=_STYLES.get(delta.better, "")),
            Line(span(measure, delta.low, delta.high, signed=True)), f"{delta.won} : {delta.lost}",
            end_section=index == len(measures.primary) - 1,
        )  # fmt: skip
    return table
