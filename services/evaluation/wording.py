"""Figures and names of an evaluation as people read them."""

from __future__ import annotations

from collections.abc import Callable

from services.evaluation.assumptions import SHARE, Assumption
from services.evaluation.job import Mechanism
from services.evaluation.measures import Measure
from services.evaluation.statistics import rounded
from twin.core.text import Name, Text

Say = Callable[[Text | Name | str | float], str]
"""Any text in the reader's language."""

NOTHING = "–"

MECHANISM_NAMES: dict[Mechanism, Text] = {
    "fusion": Text("Fusion of evidence"),
    "routing": Text("Routing by scene"),
    "assignment": Text("Assignment over all units"),
    "priority": Text("Traffic-light priority"),
    "letters": Text("Requests without letters"),
    "iot": Text("Sensors (IoT)"),
    "vehicles": Text("Vehicles' messages"),
    "residents": Text("Residents' reports"),
}
"""What an ablation takes away."""


def number(value: float | None, signed: bool = False) -> str:
    """Three significant digits, more for whole thousands: ``12,300``, ``3.21``, ``+0.042``."""
    if value is None:
        return NOTHING
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 1 or value == 0 else 3
    shown = f"{value:{'+' if signed else ''},.{digits}f}"
    if float(shown.replace(",", "")) == 0.0:
        shown = f"{value:{'+' if signed else ''}.2g}" if value else "0"
    return shown.replace("-", "−")


def plain(value: float | None) -> str:
    """A figure that somebody wrote down or counted: ``0.12``, ``45``, ``2,000,000``."""
    return NOTHING if value is None else f"{value:,.6f}".rstrip("0").rstrip(".").replace("-", "−")


def assumed(assumption: Assumption, factor: float = 1.0) -> tuple[str, Text]:
    """An assumption's figure and its unit; shares in per cent. A unit without a translation is shown as it is."""
    if assumption.unit == SHARE:
        return plain(rounded(100.0 * factor * assumption.value, 3)), Text("%")
    return plain(rounded(factor * assumption.value, 3 if factor != 1.0 else 6)), Text(assumption.unit)


def amount(measure: Measure, value: float | None, signed: bool = False) -> str:
    """A measure's figure without its unit; shares in per cent."""
    return number(value if value is None or not measure.share else 100.0 * value, signed)


def span(measure: Measure, low: float | None, high: float | None, signed: bool = False) -> str:
    """``[1.2, 3.4]``; nothing where there is no interval."""
    if low is None or high is None:
        return NOTHING
    return f"[{amount(measure, low, signed)}, {amount(measure, high, signed)}]"


def unit_of_difference(measure: Measure) -> Text:
    """A difference of shares is in percentage points."""
    return Text("points") if measure.share else measure.unit
