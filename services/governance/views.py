"""What a console is told of governance: a card and a mark a case, closures, alerts. Nothing here is state."""

from __future__ import annotations

from collections.abc import Iterable

from services.collaboration.canon import canonical
from services.engine.desk import Contributes, Fact, Turn
from services.facts.base import Event
from services.facts.governance import CaseEvent
from services.governance.alerts import alert_of
from services.governance.card import CardMaker
from services.governance.case import Case, CaseState
from services.governance.cases import CaseDesk
from services.governance.closures import ClosureDesk
from services.governance.lifecycle import STATE_TEXT
from services.governance.scenes import Scene
from services.governance.sensing import Sensing
from services.governance.story import OUTCOME, task_text
from services.governance.units import UnitDesk
from services.governance.verify import VerifyDesk
from services.governance.wording import measured, proven
from twin.city.catalogue import Taxonomy
from twin.core.text import Name, Text
from twin.core.views import Alert, Card, Mark

AFTERGLOW_MS = 180_000
"""An ended case stays on the map for this long."""
CARDS_KEPT_MS = 3_600_000

WEIGHT = {1: 8.0, 2: 6.0, 3: 4.0, 4: 2.0}
"""How strongly a severity draws the unattended camera."""


class BoardDesk:
    """Decides nothing. Cards are made again only when their case, or a reading they show, changed."""

    name = "board"

    def __init__(
        self, cases: CaseDesk, closures: ClosureDesk, units: UnitDesk, senses: Sensing, verify: VerifyDesk,
        taxonomy: Taxonomy,
    ) -> None:  # fmt: skip
        self._cases = cases
        self._closures = closures
        self._maker = CardMaker(cases, closures, units, senses, verify, taxonomy)
        self._made: dict[str, tuple[object, Card]] = {}
        self._alerts: list[Alert] = []
        self._latest_ms = 0

    def gather(self, desks: Iterable[object]) -> None:
        """From composition: what these desks have to say goes onto the cases' cards."""
        self._maker.contributors = tuple(desk for desk in desks if isinstance(desk, Contributes))

    def card(self, case: Case) -> Card:
        """Governance's own page of a case, without what others add."""
        return self._maker.card(case, self._maker.live(case, self._latest_ms), ((), (), ()))

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        return ()

    def apply(self, event: Event, turn: Turn) -> None:
        """Only what the next look at the board needs; the state itself lies with the other desks."""
        self._latest_ms = max(self._latest_ms, turn.city_ms)
        if isinstance(event, CaseEvent):
            case = self._cases.get(event.case)
            alert = None if case is None else alert_of(event, case, self._cases, turn.city_ms)
            if alert is not None:
                self._alerts.append(alert)

    def cards(self) -> Iterable[Card]:
        """One a case, the recently ended included."""
        shown: dict[str, tuple[object, Card]] = {}
        for case in self._cases.all():
            if case.ended and self._latest_ms - case.closed_ms > CARDS_KEPT_MS:
                continue
            closure = self._closures.of(case.id)
            added = self._maker.added(case)
            live = self._maker.live(case, self._latest_ms)
            key = (case.rev, live, closure.until_ms if closure else -1, added)
            made = self._made.get(case.id)
            fresh = made is not None and made[0] == key
            shown[case.id] = made if made is not None and fresh else (key, self._maker.card(case, live, added))
        self._made = shown
        return [card for _, card in shown.values()]

    def marks(self) -> Iterable[Mark]:
        marks = [
            self._mark(case, self._cases.scenes.of(case))
            for case in self._cases.all()
            if case.state not in (CaseState.MERGED, CaseState.NOT_ACCEPTED)
            and (not case.ended or self._latest_ms - case.closed_ms <= AFTERGLOW_MS)
        ]
        for closure in self._closures.all():
            case = self._cases.get(closure.case)
            if case is not None:
                marks.append(
                    Mark(
                        id=f"closure/{closure.id}",
                        kind="closure",
                        x_m=case.x_m,
                        y_m=case.y_m,
                        icon="closure",
                        title=Text("Road closed: {place}", {"place": case.where}),
                        severity=case.severity,
                        card=case.id,
                        edges=closure.edges,
                        provenance=case.provenance,
                    )
                )
        return marks

    def _mark(self, case: Case, scene: Scene) -> Mark:
        return Mark(
            id=case.id,
            kind="incident",
            x_m=case.x_m,
            y_m=case.y_m,
            icon=scene.icon,
            title=scene.name,
            severity=case.severity,
            acknowledged=case.acknowledged or case.ended,
            state=STATE_TEXT[case.state],
            card=case.id,
            provenance=case.provenance,
            radius_m=min(scene.evidence.radius_m, 60.0),
            attention=0.5 if case.ended else WEIGHT[case.severity],
            caption=self._caption(case, scene),
        )

    def _caption(self, case: Case, scene: Scene) -> Text:
        """Why to look there: what was noticed and what is being done about it, or how it is known to be over."""
        if case.state is CaseState.CLOSED and case.outcome == "verified":
            proof = proven(case, scene)
            if proof is not None:
                return proof
        return Text("{what}: {step}", {"what": measured(scene, case.evidence, case.where), "step": self._doing(case)})

    def _doing(self, case: Case) -> Text:
        names = self._cases.lookup
        under = case.assignment
        match case.state:
            case CaseState.CLOSED:
                return OUTCOME[case.outcome or "untested"]
            case CaseState.PENDING_HANDLE | CaseState.HANDLING if under is not None:
                unit: Name = names.unit_name(under.unit)
                if under.state in ("arrived", "working"):
                    return Text("{unit} is there to {task}", {"unit": unit, "task": task_text(under.task)})
                return Text("{unit} is on its way to {task}", {"unit": unit, "task": task_text(under.task)})
            case CaseState.HANDLE_FINISH | CaseState.PENDING_CHECK if case.check and not case.check.finding:
                return Text("{person} goes to look", {"person": names.person_name(case.check.collector)})
            case CaseState.PENDING_VERIFY if case.check:
                return Text("{person} goes to look", {"person": names.person_name(case.check.collector)})
            case CaseState.HANDLE_FINISH | CaseState.PENDING_CHECK:
                return Text("the sensors must stay calm before it is closed")
            case _:
                return STATE_TEXT[case.state]

    def alerts(self) -> Iterable[Alert]:
        """Since the last call."""
        alerts, self._alerts = self._alerts, []
        return alerts

    def snapshot(self) -> bytes:
        return canonical(None)

    def restore(self, data: bytes) -> None:
        """Nothing is kept; everything is made again from the other desks."""
        self._made.clear()
        self._alerts.clear()
