"""A case's page: what and where, evidence, clocks, closing test, route, units, history, and what may be done."""

from __future__ import annotations

import math

from services.collaboration.authority import POST_TEXT
from services.facts.base import Actor
from services.governance.actions import actions_of
from services.governance.case import Case
from services.governance.cases import CaseDesk
from services.governance.closures import ClosureDesk
from services.governance.lifecycle import STATE_TEXT
from services.governance.scenes import Scene
from services.governance.sensing import Sensing
from services.governance.story import CLOCK, SOURCE
from services.governance.units import UnitDesk
from services.governance.wording import shown
from twin.core.text import Name, Text
from twin.core.views import Card, Facts, Happening, Moment, Section, Table, Timeline
from twin.core.words import Freshness, Provenance
from twin.state.conditions import Evidence as Reading
from twin.state.conditions import SensorCondition

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


class CardMaker:
    """Reads desks and belief; changes nothing."""

    def __init__(self, cases: CaseDesk, closures: ClosureDesk, units: UnitDesk, senses: Sensing) -> None:
        self._cases = cases
        self._closures = closures
        self._units = units
        self._senses = senses
        self._lookup = cases.lookup

    def readings(self, case: Case) -> tuple[tuple[str, Reading], ...]:
        """What the devices in evidence read now, by signal; nothing for an ended case."""
        if case.ended:
            return ()
        scene = self._cases.scenes.of(case)
        found: list[tuple[str, Reading]] = []
        for entry in case.evidence:
            signal = scene.signal(entry.condition)
            if entry.subject in self._lookup.devices and signal and isinstance(signal.condition, SensorCondition):
                belief = self._senses.device(entry.subject)
                found += [
                    (entry.signal, reading)
                    for reading in belief.readings
                    if reading.quantity == signal.condition.quantity
                ]
        return tuple(found)

    def card(self, case: Case) -> Card:
        scene = self._cases.scenes.of(case)
        sections: list[Section] = [self._facts(case, scene), self._clocks(case), self._evidence(case, scene)]
        if case.readings:
            sections.append(self._test(case, scene))
        if case.trace:
            sections.append(_route(case))
        if case.candidates:
            sections.append(_candidates(case))
        sections.append(self._history(case))
        return Card(
            kind="case",
            id=case.id,
            rev=case.rev,
            title=scene.name,
            subtitle=case.where,
            state=STATE_TEXT[case.state],
            severity=case.severity,
            department=self._lookup.department_name(case.department) if case.department else None,
            opened_ms=case.opened_ms,
            due_ms=case.due_ms,
            closed_ms=case.closed_ms,
            owner=self._lookup.person_name(case.owner) if case.owner else "",
            provenance=case.provenance,
            icon=scene.icon,
            mark=case.id,
            sections=tuple(sections),
            actions=actions_of(case),
        )

    def _facts(self, case: Case, scene: Scene) -> Facts:
        lookup = self._lookup
        cell = lookup.city.cells[case.cell] if case.cell >= 0 else None
        district = next((d.name for d in lookup.city.meta.districts if cell and d.id == cell.district), None)
        rows: list[tuple[Text | Name, Text | Name | str | float]] = [
            (Text("Case"), case.id),
            (Text("Matter"), Text("{code} {name}", {"code": case.code, "name": scene.matter})),
            (Text("Severity"), SEVERITY[case.severity]),
            (Text("Where"), case.where),
        ]
        if cell is not None:
            rows.append((Text("Grid cell"), cell.code))
        if district is not None:
            rows.append((Text("District"), district))
        if case.target:
            rows.append((Text("Concerns"), case.target))
        rows += [
            (Text("Reported by"), SOURCE[case.source]),
            (Text("Provenance"), PROVENANCE[case.provenance]),
            (Text("Rule version"), case.version),
        ]
        if case.department:
            rows.append((Text("Department"), lookup.department_name(case.department)))
        if case.filed_by:
            rows.append((Text("Filed by"), lookup.person_name(case.filed_by)))
        if case.assignment is not None:
            rows.append((Text("Unit"), lookup.unit_name(case.assignment.unit)))
        if self._closures.of(case.id) is not None:
            rows.append((Text("Road"), Text("closed to traffic")))
        if case.reworks:
            rows.append((Text("Reworks"), float(case.reworks)))
        if case.merged_into:
            rows.append((Text("Merged into"), case.merged_into))
        return Facts(title=Text("What and where"), rows=tuple(rows))

    @staticmethod
    def _clocks(case: Case) -> Table:
        rows: list[Row] = []
        for clock in case.clocks:
            late = clock.overdue or (not clock.running and clock.stopped_ms > clock.due_ms)
            state = Text("overdue") if late else Text("running") if clock.running else Text("in time")
            ended = None if clock.running else Moment(clock.stopped_ms)
            rows.append((CLOCK[clock.name], Moment(clock.due_ms, due=clock.running), ended, state))
        return Table(
            title=Text("Clocks"), columns=(Text("Clock"), Text("Due"), Text("Done"), Text("State")), rows=tuple(rows)
        )

    def _evidence(self, case: Case, scene: Scene) -> Table:
        now = dict(self.readings(case))
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
                    ""
                    if reading is None
                    else STALE.get(reading.freshness) or shown(_finite(reading.value), reading.unit),
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

    @staticmethod
    def _test(case: Case, scene: Scene) -> Table:
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

    def _history(self, case: Case) -> Timeline:
        return Timeline(
            title=Text("History"),
            entries=tuple(
                Happening(city_ms=entry.city_ms, what=entry.what, who=self._who(entry.actor), why=entry.why)
                for entry in case.history
            ),
        )

    def _who(self, actor: Actor) -> Text | Name | str:
        post = POST_TEXT.get(actor.post, Text("–"))
        match actor.kind:
            case "person":
                return Text("{person}, {post}", {"person": self._lookup.person_name(actor.id), "post": post})
            case "rule":
                person = self._lookup.person_name(actor.holder) if actor.holder else Name("–", "–")
                return Text(
                    "rule {rule}, authorised by the {post} {person}",
                    {"rule": actor.id, "post": post, "person": person},
                )
            case "unit":
                return self._lookup.unit_name(actor.id)
            case _:
                return Text("system clock")


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _route(case: Case) -> Table:
    rows: tuple[Row, ...] = tuple(
        (tried.name, Text("won") if tried.won else Text("lost"), tried.why) for tried in case.trace
    )
    return Table(title=Text("Route"), columns=(Text("Rule"), Text("Result"), Text("Why")), rows=rows)


def _candidates(case: Case) -> Table:
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
