"""Virtual places between their neighbours: the hall's errands, governance's cases, the departments' keys."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from services.app import installation
from services.app.settings import Settings
from services.engine.desk import Desk
from services.governance.cases import CaseDesk
from services.hall.credentials import Issuers
from services.hall.errand_text import step_text
from services.hall.errands import ErrandDesk
from services.hall.ports import Sealer
from services.virtual.desks import Around, World, virtual_desks
from twin.core.text import Text
from twin.core.words import Provenance


def virtual_cities() -> Path:
    """Where the folders of virtual places lie."""
    return installation.data_root() / "assets" / "cities"


class VirtualParts:
    """The desks of virtual places; governance reads them, and tells afterwards which place a case is about."""

    def __init__(self, world: World, settings: Settings, vault: Sealer, hall: Sequence[Desk]) -> None:
        self._cases: CaseDesk | None = None
        self._errands = next(desk for desk in hall if isinstance(desk, ErrandDesk))
        simulated = settings.simulation is not None
        issuers = Issuers.seeded(settings.seed) if simulated else Issuers.kept(settings.data / "issuers.key")
        provenance = settings.provenance if simulated else Provenance.LIVE
        around = Around(vault, issuers, self._errand, self._case_place, int(provenance))
        self.desk, board = virtual_desks(world, settings.config_dir, settings.seed, around)
        self.desks: tuple[Desk, ...] = (self.desk, board)

    def heed(self, governing: Sequence[Desk]) -> None:
        """From composition: governance is made after what it reads."""
        self._cases = next(desk for desk in governing if isinstance(desk, CaseDesk))

    def _case_place(self, case: str) -> str:
        known = self._cases.get(case) if self._cases is not None else None
        return known.place if known is not None else ""

    def _errand(self, person: str) -> Text | None:
        """What somebody's open errand waits for."""
        errand = next((one for one in self._errands.book.of_person(person) if one.applicant == person), None)
        return None if errand is None else step_text(errand, self._errands.book.service_of(errand))
