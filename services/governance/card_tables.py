"""The tables of a case's page: clocks, evidence, truths, closing test, route, units considered."""

from __future__ import annotations

import math

from services.facts.evidence import Truth
from services.governance.case import Case, Clock
from services.governance.claim_story import CLOCK
from services.governance.limits import KIND_TEXT
from services.governance.lookup import Lookup
from services.governance.scenes import Scene
from services.governance.truths import SAYS_TEXT, WHO_TEXT, disagreement
from services.governance.wording import shown
from twin.core.text import Name, Text
from twin.core.views import Moment, Table
from twin.core.words import Freshness, Provenance
from twin.state.conditions import Evidence as Reading

PROVENANCE: dict[int, Text] = {
    Provenance.LIVE: Text("live"),
    Provenance.SIMULATED: Text("simulated"),
    Provenance.REPLAYED: Text("replayed"),
    Provenance.EXERCISE: Text("exercise"),
}
SEVERITY = {1: "Ⅰ", 2: "Ⅱ", 3: "Ⅲ", 4: "Ⅳ"}
PROOF: dict[str, Text] = {
    "calm": Text("calm"),
    "holding": Text("calm, not yet for long enough"),
    "not_calm": Text("not calm"),
    "undecided": Text("undecided"),
}
STALE: dict[int, Text] = {
    Freshness.STALE: Text("stale"),
    Freshness.SILENT: Text("silent"),
    Freshness.UNKNOWN: Text("never heard"),
}

Cell = Text | Name | Moment | str | float | int | None
Row = tuple[Cell, ...]


def clocks_table(case: Case, still: tuple[Text | None, ...]) -> Table:
    """Each clock with its kind, and why it does not run; lying between two posts stops none."""
    rows: tuple[Row, ...] = tuple(
        (
            CLOCK[clock.name],
            Moment(clock.due_ms, due=clock.running and not clock.paused),
            None if clock.running else Moment(clock.stopped_ms),
            _clock_state(clock),
            Text("{amount} {kind}", {"amount": _amount(clock.amount), "kind": KIND_TEXT[clock.kind]}),
            why or _runs(case),
        )
        for clock, why in zip(case.clocks, still, strict=True)
    )
    columns = (Text("Clock"), Text("Due"), Text("Done"), Text("State"), Text("Limit"), Text("Why"))
    return Table(title=Text("Clocks"), columns=columns, rows=rows)


def _clock_state(clock: Clock) -> Text:
    if clock.overdue or (not clock.running and clock.stopped_ms > clock.due_ms):
        return Text("overdue")
    if clock.paused:
        return Text("suspended")
    return Text("running") if clock.running else Text("in time")


def _runs(case: Case) -> Text:
    if case.offer is not None:
        return Text("runs: handing on does not stop it")
    return Text("runs")


def _amount(amount: float) -> str:
    return f"{amount:.2f}".rstrip("0").rstrip(".")


def evidence_table(case: Case, scene: Scene, now: dict[str, Reading]) -> Table:
    rows: list[Row] = []
    for entry in case.evidence:
        signal = scene.signal(entry.condition)
        reading = now.get(entry.signal)
        rows.append(
            (
                signal.name if signal else entry.condition,
                entry.subject,
                shown(entry.value, entry.unit),
                Moment(entry.observed_ms),
                "" if reading is None else STALE.get(reading.freshness) or shown(_finite(reading.value), reading.unit),
                None if reading is None or reading.observed_ms < 0 else Moment(reading.observed_ms),
                PROVENANCE[entry.provenance],
            )
        )
    columns = (
        Text("Signal"),
        Text("Source"),
        Text("Value"),
        Text("Observed"),
        Text("Now"),
        Text("As of"),
        Text("Provenance"),
    )
    return Table(title=Text("Evidence"), columns=columns, rows=tuple(rows))


def truths_table(case: Case, said: tuple[Truth, ...], lookup: Lookup) -> Table:
    """Three truths: who says what, and whether closing waits for it."""
    rows: tuple[Row, ...] = tuple(
        (
            WHO_TEXT[truth.who],
            SAYS_TEXT[truth.says],
            _speaker(truth, lookup),
            Moment(truth.at_ms) if truth.at_ms >= 0 else None,
            Text("needed") if truth.who in case.truths else Text("not needed"),
        )
        for truth in said
    )
    title = Text("Three truths: they disagree") if disagreement(said) else Text("Three truths")
    columns = (Text("Who"), Text("Says"), Text("Name"), Text("As of"), Text("For closing"))
    return Table(title=title, columns=columns, rows=rows)


def _speaker(truth: Truth, lookup: Lookup) -> Name | str:
    if not truth.by:
        return ""
    return lookup.department_name(truth.by) if truth.who == "department" else lookup.person_name(truth.by)


def test_table(case: Case, scene: Scene) -> Table:
    rows: list[Row] = []
    for proof in case.readings:
        signal = scene.signal(proof.condition)
        rows.append(
            (
                signal.name if signal else proof.condition,
                proof.subject,
                shown(proof.value, proof.unit),
                Moment(proof.observed_ms) if proof.observed_ms >= 0 else None,
                PROOF[proof.state],
                proof.why,
            )
        )
    columns = (Text("Signal"), Text("Source"), Text("Value"), Text("Observed"), Text("Result"), Text("Why"))
    return Table(title=Text("Closing test"), columns=columns, rows=tuple(rows))


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def route_table(case: Case) -> Table:
    rows: tuple[Row, ...] = tuple(
        (tried.name, Text("won") if tried.won else Text("lost"), tried.why) for tried in case.trace
    )
    return Table(title=Text("Route"), columns=(Text("Rule"), Text("Result"), Text("Why")), rows=rows)


def candidates_table(case: Case) -> Table:
    rows: tuple[Row, ...] = tuple(
        (
            one.name,
            None if one.travel_s < 0 else round(one.travel_s / 60, 1),
            Text("sent") if one.chosen else Text("not sent"),
            one.why,
        )
        for one in case.candidates
    )
    columns = (Text("Unit"), Text("Minutes away"), Text("Result"), Text("Why"))
    return Table(title=Text("Units considered"), columns=columns, rows=rows)
