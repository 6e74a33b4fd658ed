"""The day of each resident as it was told: where their phone said they went, and what the city's incidents reached.

No part of the state, and written down nowhere: it is read by whoever may see it, begins anew with the server, and goes
with the person's key.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Final

import msgspec
import numpy as np

from services.facts.base import Event
from services.facts.engine import PersonErased
from services.facts.ledger import TollEstimated
from services.governance.cases import CaseDesk
from services.governance.measures_settings import MeasureSettings
from twin.city.model import City
from twin.core.text import Text
from twin.formats.civic import ConsentWord, PersonReport, Presence
from twin.state.batch import Batch, PersonSaid
from twin.state.senses import Senses

KEPT: Final = 48
"""Lines of a person's day that are held."""
KEPT_REACHED: Final = 24
_GAP_MS: Final = 180_000
"""Whoever was out of an incident's reach for longer was reached twice."""


class Line(msgspec.Struct, frozen=True):
    city_ms: int
    what: Text


class Reached(msgspec.Struct):
    """From when until when a person was within reach of a case's incident."""

    case: str
    from_ms: int
    until_ms: int


class Diary:
    """Hears what is believed and decided; ``place`` of a person is the one that they entered last and did not leave."""

    def __init__(self, city: City, cases: CaseDesk, settings: MeasureSettings, senses: Senses) -> None:
        self._names = {place.id: place.name for place in city.places}
        self._cases, self._settings, self._senses = cases, settings, senses
        self._lines: dict[str, deque[Line]] = {}
        self._reached: dict[str, deque[Reached]] = {}
        self._place: dict[str, str] = {}

    def place(self, person: str) -> str:
        return self._place.get(person, "")

    def lines(self, person: str) -> tuple[Line, ...]:
        return tuple(self._lines.get(person, ()))

    def reached(self, person: str) -> tuple[Reached, ...]:
        return tuple(self._reached.get(person, ()))

    def rewire(self, cases: CaseDesk, senses: Senses) -> None:
        """Other desks hold the same state from now on."""
        self._cases, self._senses = cases, senses

    # --- what is heard ----------------------------------------------------------------------------------------------

    def heard(self, batch: Batch) -> None:
        for said in batch.notices:
            if isinstance(said, PersonSaid):
                self._said(said)

    def _said(self, said: PersonSaid) -> None:
        match said.body:
            case Presence(place=place, entered=True) if self._place.get(said.person) != place:
                self._place[said.person] = place
                self._note(said, Text("Entered {place}", {"place": self._names.get(place, place)}))
            case Presence(place=place, entered=False) if self._place.get(said.person) == place:
                del self._place[said.person]
                self._note(said, Text("Left {place}", {"place": self._names.get(place, place)}))
            case PersonReport():
                self._note(said, Text("Reported something to the city"))
            case ConsentWord(given=given):
                self._note(said, Text("Gave a consent") if given else Text("Withdrew a consent"))
            case _:
                pass

    def _note(self, said: PersonSaid, what: Text) -> None:
        self._lines.setdefault(said.person, deque(maxlen=KEPT)).append(Line(said.observed_ms, what))

    # --- what is decided --------------------------------------------------------------------------------------------

    def saw(self, events: Iterable[Event], city_ms: int) -> None:
        tolls = []
        for event in events:
            if isinstance(event, TollEstimated):
                tolls.append(event.case)
            elif isinstance(event, PersonErased):
                for kept in (self._lines, self._reached, self._place):
                    kept.pop(event.person, None)
        if tolls:
            self._reach(tolls, city_ms)

    def _reach(self, cases: Iterable[str], city_ms: int) -> None:
        """Who of those that are heard is within reach of these incidents now; once a minute a case."""
        heard = self._senses.heard()
        for id in cases:
            case = self._cases.get(id)
            if case is None or not len(heard.person):
                continue
            away = np.hypot(heard.person_xy[:, 0] - case.x_m, heard.person_xy[:, 1] - case.y_m)
            for row in np.flatnonzero(away <= self._settings.reach(case.scene)).tolist():
                self._touch(heard.person[row], id, city_ms)

    def _touch(self, person: str, case: str, city_ms: int) -> None:
        kept = self._reached.setdefault(person, deque(maxlen=KEPT_REACHED))
        last = next((one for one in reversed(kept) if one.case == case), None)
        if last is not None and city_ms - last.until_ms <= _GAP_MS:
            last.until_ms = city_ms
        else:
            kept.append(Reached(case, city_ms, city_ms))
