"""Dispatch without a view of the whole: for each open task in turn, the free unit whose station is nearest."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from services.governance.assignment import Assigner, OpenTask, Sheet
from services.governance.cases import CaseDesk
from services.governance.dispatch_policy import Cover, DispatchPolicy, Recall
from services.governance.matching import Bits, Floats, Longs
from services.governance.selection import Selection
from services.governance.travel import Spot, Travel
from services.governance.units import UnitDesk
from twin.city.units import Unit


class NearestStation(Assigner):
    """Who has waited longest chooses first; where the units are now is not looked at, nobody is called off for what is
    graver, and nobody held back for what may come."""

    def _match(
        self, sheet: Sheet, tasks: Sequence[OpenTask], value: Floats, weight: Floats, cover: Bits
    ) -> tuple[Longs, Longs]:
        unit = np.full(len(tasks), -1, np.int64)
        free = np.ones(sheet.able.shape[1], np.bool_)
        for row in sorted(range(len(tasks)), key=lambda row: (-tasks[row].waited_s, tasks[row].case.id)):
            seconds = np.where(sheet.able[row] & free, sheet.seconds[row], np.inf)
            if len(seconds) and np.isfinite(seconds.min()):
                unit[row] = int(np.argmin(seconds))
                free[unit[row]] = False
        return unit, np.zeros(0, np.int64)

    def _positions(self, units: Sequence[Unit]) -> list[Spot] | None:
        places = self.cases.lookup.places
        return [places[unit.depot].xy if unit.depot in places else (0.0, 0.0) for unit in units]


def assigner_of(
    cases: CaseDesk, units: UnitDesk, selection: Selection, travel: Travel, policy: DispatchPolicy
) -> Assigner:
    """The one that the policy's method names."""
    if policy.method == "joint":
        return Assigner(cases, units, selection, travel, policy)
    alone = msgspec.structs.replace(policy, recall=Recall(at_least=0), cover=Cover())
    return NearestStation(cases, units, selection, travel, alone)
