"""The lists that a person picks from on a case's page."""

from __future__ import annotations

from collections.abc import Callable

from services.governance.case import Case
from services.governance.cases import CaseDesk
from services.governance.claim_guards import TIERS
from services.governance.claim_story import GROUND_TEXT, TIER_TEXT, TIME_TEXT
from twin.city.catalogue import Taxonomy
from twin.core.text import Text
from twin.core.views import Choice

NEAREST = 8
"""So many other cases are offered to merge into."""


class Choices:
    """Reads cases and names; changes nothing."""

    def __init__(self, cases: CaseDesk, taxonomy: Taxonomy) -> None:
        self._cases = cases
        self._taxonomy = taxonomy
        self._lists: dict[str, Callable[[Case], tuple[Choice, ...]]] = {
            "departments": self._departments,
            "units": self._units,
            "codes": self._codes,
            "signals": self._signals,
            "cases": self._others,
            "tiers": lambda case: tuple(Choice(tier, TIER_TEXT[tier]) for tier in TIERS if tier != case.tier),
            "times": lambda case: tuple(Choice(kind, text) for kind, text in TIME_TEXT.items()),
            "grounds": lambda case: tuple(
                Choice(ground, text) for ground, text in GROUND_TEXT.items() if ground != "timeout"
            ),
            "yes_no": lambda case: (Choice(True, Text("yes")), Choice(False, Text("no"))),
        }

    def of(self, kind: str, case: Case) -> tuple[Choice, ...]:
        return self._lists[kind](case)

    def _departments(self, case: Case) -> tuple[Choice, ...]:
        """Those that have a unit for one of the scene's tasks, the scene's own first."""
        scene = self._cases.scenes.of(case)
        fit = [
            department
            for department in self._cases.lookup.departments.values()
            if any(task in kind.skills for kind in department.units for task in scene.tasks)
        ]
        own = (scene.lead, *scene.support)
        fit.sort(key=lambda one: (one.id not in own, own.index(one.id) if one.id in own else 0, one.id))
        return tuple(Choice(one.id, one.name) for one in fit)

    def _units(self, case: Case) -> tuple[Choice, ...]:
        """Those that can do the task that is next, the department's own first."""
        tasks = self._cases.scenes.of(case).tasks
        task = tasks[min(case.task, len(tasks) - 1)]
        able = [unit for unit in self._cases.lookup.units.values() if task in unit.skills]
        able.sort(key=lambda unit: (unit.department != case.department, unit.id))
        under = case.assignment.unit if case.assignment else ""
        return tuple(Choice(unit.id, unit.name) for unit in able if unit.id != under)

    def _codes(self, case: Case) -> tuple[Choice, ...]:
        """Other classes of the same major group."""
        return tuple(
            Choice(entry.code, Text("{code} {name}", {"code": entry.code, "name": entry.name}))
            for entry in self._taxonomy.classes.values()
            if entry.major == case.code[:2] and entry.code != case.code
        )

    def _signals(self, case: Case) -> tuple[Choice, ...]:
        scene = self._cases.scenes.of(case)
        choices = []
        for entry in case.evidence:
            signal = scene.signal(entry.condition)
            name = signal.name if signal else entry.condition
            choices.append(Choice(entry.signal, Text("{signal}, {source}", {"signal": name, "source": entry.subject})))
        return tuple(choices)

    def _others(self, case: Case) -> tuple[Choice, ...]:
        """The nearest other open cases."""
        near = sorted(
            ((other.x_m - case.x_m) ** 2 + (other.y_m - case.y_m) ** 2, other.id, other)
            for other in self._cases.open()
            if other.id != case.id
        )[:NEAREST]
        return tuple(
            Choice(id, Text("{case} {scene}", {"case": id, "scene": self._cases.scenes.of(other).name}))
            for _, id, other in near
        )
