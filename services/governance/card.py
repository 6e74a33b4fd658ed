"""A case's page: what and where, who owns it, evidence, clocks, truths, route, units, history, and what may be done."""

from __future__ import annotations

from dataclasses import dataclass

from services.engine.desk import Contributes, Leads
from services.facts.base import Actor
from services.facts.evidence import Truth
from services.facts.posts import WHO_TEXT
from services.governance.actions import actions_of
from services.governance.card_tables import (
    PROVENANCE,
    SEVERITY,
    candidates_table,
    clocks_table,
    evidence_table,
    route_table,
    test_table,
    truths_table,
)
from services.governance.case import Case, CaseState
from services.governance.cases import CaseDesk
from services.governance.choices import Choices
from services.governance.claim_story import SOURCE, TIER_TEXT
from services.governance.closures import ClosureDesk
from services.governance.lifecycle import STATE_TEXT
from services.governance.limits import why_still
from services.governance.owner_section import owner_section
from services.governance.scenes import Scene
from services.governance.sensing import Sensing
from services.governance.truths import truths
from services.governance.units import UnitDesk
from services.governance.verify import VerifyDesk
from twin.city.catalogue import Taxonomy
from twin.core.text import Name, Text
from twin.core.views import Action, Card, Facts, Happening, Section, Timeline
from twin.state.conditions import Evidence as Reading
from twin.state.conditions import SensorCondition

Row = tuple[Text | Name, Text | Name | str | float]
Added = tuple[tuple[Section, ...], tuple[Action, ...], tuple[tuple[str, str, Text | Name], ...]]


@dataclass(frozen=True, slots=True)
class Live:
    """What a page shows that changes without a step of the case."""

    readings: tuple[tuple[str, Reading], ...]
    truths: tuple[Truth, ...]
    still: tuple[Text | None, ...]


class CardMaker:
    """Reads desks and belief; changes nothing. ``contributors`` add sections and actions."""

    def __init__(
        self, cases: CaseDesk, closures: ClosureDesk, units: UnitDesk, senses: Sensing, verify: VerifyDesk,
        taxonomy: Taxonomy,
    ) -> None:  # fmt: skip
        self.contributors: tuple[Contributes, ...] = ()
        self._cases = cases
        self._closures = closures
        self._units = units
        self._senses = senses
        self._verify = verify
        self._taxonomy = taxonomy
        self._lookup = cases.lookup
        self._choices = Choices(cases, taxonomy)

    def added(self, case: Case) -> Added:
        """What other desks have to say about the case."""
        return (
            tuple(section for one in self.contributors for section in one.sections(case.id)),
            tuple(action for one in self.contributors for action in one.actions(case.id)),
            tuple(page for one in self.contributors if isinstance(one, Leads) for page in one.pages(case.id)),
        )

    def live(self, case: Case, city_ms: int) -> Live:
        still = tuple(why_still(clock, self._cases.calendar, city_ms) for clock in case.clocks)
        return Live(self._readings(case), self._truths(case, city_ms), still)

    def _truths(self, case: Case, city_ms: int) -> tuple[Truth, ...]:
        """Once somebody says that it is done; at the end, what was said then."""
        if case.ended:
            return truths(case, case.readings) if case.tested_ms >= 0 else ()
        if case.state not in (CaseState.HANDLE_FINISH, CaseState.PENDING_CHECK):
            return ()
        hold_s = self._cases.scenes.of(case).closing.hold_s
        return truths(case, self._verify.test(case, hold_s, city_ms))

    def _readings(self, case: Case) -> tuple[tuple[str, Reading], ...]:
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

    def card(self, case: Case, live: Live, added: Added) -> Card:
        scene = self._cases.scenes.of(case)
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
            sections=self._sections(case, scene, live, added[0]),
            actions=(*actions_of(case, self._choices), *added[1]),
            pages=(("room", case.id, Text("Scene room")), ("scene", scene.id, scene.name), *added[2]),
        )

    def _sections(self, case: Case, scene: Scene, live: Live, added: tuple[Section, ...]) -> tuple[Section, ...]:
        sections: list[Section] = [
            self._facts(case, scene),
            owner_section(case, self._lookup, scene),
            clocks_table(case, live.still),
            evidence_table(case, scene, dict(live.readings)),
        ]
        if live.truths:
            sections.append(truths_table(case, live.truths, self._lookup))
        if case.readings:
            sections.append(test_table(case, scene))
        sections += added
        if case.trace:
            sections.append(route_table(case))
        if case.candidates:
            sections.append(candidates_table(case))
        sections.append(self._history(case))
        return tuple(sections)

    def _facts(self, case: Case, scene: Scene) -> Facts:
        lookup = self._lookup
        cell = lookup.city.cells[case.cell] if case.cell >= 0 else None
        district = next((d.name for d in lookup.city.meta.districts if cell and d.id == cell.district), None)
        rows: list[Row] = [
            (Text("Case"), case.id),
            (Text("Matter"), Text("{code} {name}", {"code": case.code, "name": self._matter(case, scene)})),
            (Text("Severity"), SEVERITY[case.severity]),
            (Text("Where"), case.where),
            (Text("Tier"), TIER_TEXT[case.tier]),
        ]
        if cell is not None:
            rows.append((Text("Grid cell"), cell.code))
        if district is not None:
            rows.append((Text("District"), district))
        if case.target:
            rows.append((Text("Concerns"), case.target))
        rows += [
            (Text("Reported by"), SOURCE.get(case.source, SOURCE["sensor"])),
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

    def _matter(self, case: Case, scene: Scene) -> Name:
        entry = self._taxonomy.classes.get(case.code)
        return scene.matter if case.code == scene.code or entry is None else entry.name

    def _history(self, case: Case) -> Timeline:
        return Timeline(
            title=Text("History"),
            entries=tuple(
                Happening(city_ms=entry.city_ms, what=entry.what, who=self._who(entry.actor), why=entry.why)
                for entry in case.history
            ),
        )

    def _who(self, actor: Actor) -> Text | Name | str:
        post = WHO_TEXT.get(actor.post, Text("–"))
        match actor.kind:
            case "person":
                return Text("{person}, {post}", {"person": self._lookup.person_name(actor.id), "post": post})
            case "rule":
                person = self._lookup.person_name(actor.holder) if actor.holder else Name("–", "–")
                return Text(
                    "rule {rule}, authorised by the {post} {person}",
                    {"rule": actor.id, "post": post, "person": person},
                )
            case "colleague":
                person = self._lookup.person_name(actor.holder)
                return Text("automatic colleague for {person}, {post}", {"person": person, "post": post})
            case "unit":
                return self._lookup.unit_name(actor.id)
            case "resident":
                return Text("a resident")
            case _:
                return Text("system clock")
