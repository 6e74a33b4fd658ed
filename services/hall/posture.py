"""Where an applicant is in a hall, as anybody there sees it: in the row with a number, or at a counter."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Literal

from services.hall.errand import Errand
from services.hall.ports import Registered
from twin.core.looks import look_of

Posture = Literal["", "queueing", "served"]


def in_hall(errand: Errand) -> tuple[Posture, str, int]:
    """(posture, place, number); nothing of the kind for whoever is not there."""
    visit = errand.visit
    if visit is not None and visit.state == "queued":
        return "queueing", visit.place, visit.number
    if visit is not None and visit.state == "serving":
        return "served", visit.place, visit.number
    return "", "", 0


def looks_of(residents: Iterable[Registered], city_ms: int) -> dict[str, int]:
    """What each resident's figure looks like, by their id (see ``twin.core.looks``)."""
    year = datetime.datetime.fromtimestamp(city_ms / 1000, datetime.UTC).year
    return {
        one.id: look_of(one.pseudonym, year - one.birth_year, wheelchair=one.disability == "walking")
        for one in residents
    }
