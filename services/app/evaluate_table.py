"""An evaluation's findings on the terminal."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text as Line

from services.evaluation.findings import OF, Findings
from services.evaluation.measures import Measures
from services.evaluation.wording import Say, amount, span, unit_of_difference
from twin.core.text import Text

_STYLES = {OF[0]: "green", OF[1]: "yellow"}


def findings_table(measures: Measures, found: Findings, say: Say) -> Table:
    """A row for each measure, the primary ones first and set apart."""
    table = Table(title_justify="left")
    for title in (Text("Measure"), Text("siloed"), Text("scene"), Text("Difference, scene − siloed")):
        table.add_column(say(title), justify="left" if title.msgid == "Measure" else "right")
    table.add_column(say(Text("95 % interval")), justify="right")
    table.add_column(say(Text("Unit of measure")))
    table.add_column(say(Text("Better in")), justify="right")
    for index, measure in enumerate(measures.primary_first):
        one = found.measures[measure.id]
        delta = one.difference
        table.add_row(
            say(measure.name), amount(measure, one.siloed.mean), amount(measure, one.scene.mean),
            Line(amount(measure, delta.mean, signed=True), style=_STYLES.get(delta.better, "")),
            span(measure, delta.low, delta.high, signed=True), say(unit_of_difference(measure)),
            f"{delta.won} : {delta.lost}", end_section=index == len(measures.primary) - 1,
        )  # fmt: skip
    return table
